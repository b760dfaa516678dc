// What an act plays on: the two nodes of one file, the fault that strikes the primary, its return, and the look around at
// the end for what was left behind. Each act has a stage of its own.
import type { LadderStep } from './ladder.js';
import {
  DemoNode,
  type DemoPlaces,
  findPlaces,
  freePort,
  freeTcpPort,
  type GatewayProtocols,
  makeFolder,
  type NodeName,
  removeFolder,
} from './nodes.js';

/** `SIGKILL`: the process dies, and ICMP tells. `SIGSTOP`: it freezes, and nothing tells. */
export type Fault = 'SIGKILL' | 'SIGSTOP';

/** Where steps go as they happen. */
export type Show = (step: LadderStep) => void;

const NODE_ENDS_WITHIN_MS = 3_000;

export class Stage {
  readonly #nodes = new Map<NodeName, DemoNode>();
  readonly #lost = new Set<string>();
  readonly #left: string[] = [];
  /** Whether they are free, asked in the end. */
  readonly #ports = new Map<string, () => Promise<number | undefined>>();
  #over = false;

  private constructor(
    readonly places: DemoPlaces,
    readonly folder: string,
    readonly fault: Fault,
  ) {}

  /** Finds free addresses and writes the nodes' file; nothing runs yet. */
  static async set(fault: Fault, protocols: GatewayProtocols): Promise<Stage> {
    const places = await findPlaces();
    return new Stage(places, await makeFolder(places, protocols), fault);
  }

  /** The curtain has fallen: whoever waits shall stop. */
  get over(): boolean {
    return this.#over;
  }

  isLost(name: string): boolean {
    return this.#lost.has(name);
  }

  /** Starts both nodes; settles when they are ready. */
  async raise(show: Show): Promise<void> {
    this.#insist();
    const { places } = this;
    const names = ['primary', 'backup'] as const;
    for (const name of names) {
      this.#nodes.set(name, DemoNode.start(name, this.folder));
      for (const port of [places.port, places.agentPort]) this.watchPort(places[name], port);
      this.#ports.set(`${places[name]}:${places.controllerPort} (TCP)`, () => freeTcpPort(places[name], places.controllerPort));
    }
    await Promise.all(names.map((name) => this.#node(name).ready()));
    this.#insist();
    const pids = names.map((name) => `${name} ${places[name]} (pid ${this.#node(name).pid})`);
    remark(show, `two nodes are ready: ${pids.join(', ')}`);
  }

  /**
   * The primary comes back: the frozen process thaws, or a new one starts in place of the dead.
   *
   * @returns  The instant from which it can act.
   */
  async revive(show: Show, meanwhile: string): Promise<number> {
    this.#insist();
    const at = instant();
    if (this.fault === 'SIGSTOP') this.#node('primary').signal('SIGCONT');
    else {
      const node = DemoNode.start('primary', this.folder);
      this.#nodes.set('primary', node);
      await node.ready();
    }
    this.#lost.delete('primary');
    const text = this.fault === 'SIGSTOP' ? `SIGCONT: the primary thaws ${meanwhile}` : `the primary was started again ${meanwhile}`;
    show({ kind: 'return', at: instant(), who: 'primary', text });
    return at;
  }

  /** The fault: after it, whatever is sent to that node is lost. @returns its instant. */
  async strike(show: Show, meanwhile: string, who: NodeName = 'primary'): Promise<number> {
    const node = this.#node(who);
    node.signal(this.fault);
    if (this.fault === 'SIGKILL') await node.gone;
    const at = instant();
    this.#lost.add(who);
    const text =
      this.fault === 'SIGKILL'
        ? `SIGKILL: the ${who} dies while ${meanwhile}`
        : `SIGSTOP: the ${who} freezes while ${meanwhile}, and nothing tells anybody`;
    show({ kind: 'death', at, who, text });
    return at;
  }

  /** A port that must be free in the end. */
  watchPort(address: string, port: number): void {
    this.#ports.set(`${address}:${port}`, () => freePort(address, port));
  }

  /** Whoever waits in an act shall stop. */
  end(): void {
    this.#over = true;
  }

  /** Ends the nodes, takes the folder away, and looks around. @returns what was left behind, in words. */
  async clear(): Promise<readonly string[]> {
    this.end();
    await Promise.all([...this.#nodes.values()].map((node) => this.#endNode(node)));
    if (!(await removeFolder(this.folder))) this.#left.push(this.folder);
    for (const [name, isFree] of this.#ports) if ((await isFree()) === undefined) this.#left.push(`port ${name}`);
    return this.#left;
  }

  /** For whoever must stop at once: no process of this demo outlives it. */
  killAll(): void {
    for (const node of this.#nodes.values()) node.signal('SIGKILL');
  }

  async #endNode(node: DemoNode): Promise<void> {
    if (node.ended) return;
    if (this.#lost.has(node.name)) {
      node.signal('SIGKILL'); // a frozen process cannot be asked
      await node.gone;
    } else if (!(await node.end(NODE_ENDS_WITHIN_MS))) {
      this.#left.push(`${node.name} did not end when asked`);
    }
  }

  /** An act that was stopped may still be on its way here: nothing starts once the stage is being cleared. */
  #insist(): void {
    if (this.#over) throw new Error('the act was stopped');
  }

  #node(name: NodeName): DemoNode {
    const node = this.#nodes.get(name);
    if (!node) throw new Error(`${name} was not started`);
    return node;
  }
}

/** Tells what is done now. */
export function remark(show: Show, text: string): void {
  show({ kind: 'remark', at: instant(), text });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Now, in milliseconds since the epoch with fractions. */
export function instant(): number {
  return performance.timeOrigin + performance.now();
}
