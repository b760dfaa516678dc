// A cluster on a bench: controllers with call control's real brain, and gateways that a test scripts, with nothing between
// them but a queue. Time is a number; what nodes tell each other arrives at once, or is thrown away.
import { CallControl } from '@altpath/call-control';
import {
  type AdapterOutput,
  type ClusterNode,
  formatHostPort,
  type Hop,
  type Millis,
  NEVER,
  type NodeState,
  type Observer,
  parseHostPort,
  SILENT,
} from '@altpath/core';
import { MegacoAdapter } from '../adapter.js';
import { TpktReader } from '../codec/tpkt.js';
import type { MegacoMessage } from '../message/index.js';
import type { MegacoGatewaySettings, MegacoListener, MegacoSettings } from '../settings.js';
import { readMessage } from '../transaction/index.js';
import { commandsOf, gatewayHost, HOSTS, PORTS, ScriptedGateway, type Wiring } from './scripted-gateway.fixture.js';

export const START: Millis = Date.UTC(2026, 10, 22, 14, 24);

export interface BenchOptions {
  readonly nodes?: number;
  /** What differs from a gateway with two lines; one entry a gateway. */
  readonly gateways?: readonly Partial<MegacoGatewaySettings>[];
  readonly timers?: MegacoSettings['timers'];
  readonly auth?: Buffer;
}

/** One message that passed. */
export interface Passed {
  readonly from: string;
  readonly to: string;
  /** Without TPKT header. */
  readonly data: Buffer;
  readonly text: string;
  readonly message: MegacoMessage | undefined;
}

interface Told {
  readonly from: number;
  readonly topic: string;
  readonly content: string;
}

/** A gateway that is a machine of its own, in the place of a scripted one. */
export interface Attached {
  readonly host: string;
  /** What a node sent there, framed as it came. */
  receives(data: Buffer, hop: Hop, from: string): void;
  drain(): void;
  tick(now: Millis): void;
  deadline(): Millis;
}

/** Gateways `mg1`, `mg2`... at 10.1.0.1, 10.1.0.2..., numbers `1GL` for line L of gateway G; its trunks come behind its lines. */
export class ControllerBench implements Wiring {
  now = START;
  readonly nodes: Node[];
  readonly gateways: readonly ScriptedGateway[];
  readonly told: Told[] = [];
  /** Nodes that hold gateways of other protocols, on whatever path; undefined: nobody knows yet. */
  others: readonly number[] | undefined = [];
  /** Says which messages are lost. */
  loses: (passed: Passed) => boolean = () => false;
  /** Says which words between nodes are lost. */
  forgets: (told: Told) => boolean = () => false;
  readonly #byHost: ReadonlyMap<string, ScriptedGateway>;
  readonly #attached = new Map<string, Attached>();
  #passed: Passed[] = [];
  readonly #queue: { readonly data: Buffer; readonly from: string; readonly hop: Hop }[] = [];
  #delivering = false;

  constructor(private readonly options: BenchOptions = {}) {
    const { gateways = [{}] } = options;
    this.gateways = gateways.map(
      (each, at) => new ScriptedGateway(this, at, each.mid ?? `mg${at + 1}`, each.lines ?? ['line/1', 'line/2']),
    );
    this.#byHost = new Map(this.gateways.map((gateway) => [gateway.host, gateway]));
    this.nodes = Array.from({ length: options.nodes ?? 1 }, (_, index) => this.#node(index));
  }

  /** All nodes have found out who is there. */
  static started(options: BenchOptions = {}): ControllerBench {
    const bench = new ControllerBench(options);
    for (const node of bench.nodes) for (const other of bench.nodes) if (other !== node) node.sees(other.index, 'up');
    bench.run(3_000);
    bench.look();
    return bench;
  }

  attach(gateway: Attached): void {
    this.#attached.set(gateway.host, gateway);
  }

  node(index = 0): Node {
    return this.nodes[index] as Node;
  }

  gateway(at = 0): ScriptedGateway {
    return this.gateways[at] as ScriptedGateway;
  }

  closed(node: number, hop: Hop): void {
    this.node(node).adapter.handle({ kind: 'flow-closed', hop }, this.now);
    this.settle();
  }

  /** A node is there again and knows nothing. */
  restart(index: number): Node {
    return (this.nodes[index] = this.#node(index));
  }

  /** What passed since the last look. */
  look(): readonly Passed[] {
    return this.#passed.splice(0);
  }

  /** The same in words: `mg1>11 service-change ROOT`, `11>mg1 reply 406`. */
  words(): readonly string[] {
    return this.look().flatMap(({ from, to, message }) =>
      (message ? wordsOf(message) : ['?']).map((word) => `${short(from)}>${short(to)} ${word}`),
    );
  }

  run(ms: Millis): void {
    const end = this.now + ms;
    this.settle();
    for (let turns = 0; ; turns += 1) {
      const nodes = this.nodes.filter((node) => node.isRunning).flatMap(({ adapter, calls }) => [adapter, calls]);
      const machines: readonly { tick(now: Millis): void; deadline(): Millis }[] = [...nodes, ...this.#attached.values()];
      const at = Math.min(NEVER, ...machines.map((machine) => machine.deadline()));
      if (at > end) break;
      if (turns > 200_000) throw new Error('time stands still');
      this.now = Math.max(this.now, at);
      for (const machine of machines) if (machine.deadline() <= this.now) machine.tick(this.now);
      this.settle();
    }
    this.now = end;
  }

  /** Carries everything that is on its way. */
  settle(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    for (;;) {
      const heard = this.told.length;
      for (const node of this.nodes) node.drain();
      for (const gateway of this.#attached.values()) gateway.drain();
      const next = this.#queue.shift();
      if (next !== undefined) this.#deliver(next);
      else if (this.told.length === heard) break;
    }
    this.#delivering = false;
  }

  send(data: Buffer, from: string, hop: Hop): void {
    this.#queue.push({ data, from, hop });
  }

  tell(word: Told): void {
    this.told.push(word);
    if (this.forgets(word)) return;
    for (const node of this.nodes) if (node.index !== word.from) node.hears(word);
  }

  #deliver({ data, from, hop }: { readonly data: Buffer; readonly from: string; readonly hop: Hop }): void {
    const to = formatHostPort(hop);
    const node = this.nodes.find((each) => each.hosts(to));
    const bare = hop.transport === 'tcp' ? Buffer.concat(new TpktReader().feed(data).messages) : data;
    const { decoded } = readMessage(bare);
    const passed = { from, to, data: bare, text: bare.toString('latin1').trim(), message: decoded.ok ? decoded.value : undefined };
    this.#passed.push(passed);
    if (this.loses(passed)) return;
    if (node) return node.receives(data, { ...hop, ...parseHostPort(from), port: parseHostPort(from)?.port ?? 0 });
    const attached = this.#attached.get(hop.host);
    if (attached) attached.receives(data, hop, from);
    else this.#byHost.get(hop.host)?.receives(bare, hop, from);
  }

  #node(index: number): Node {
    const { nodes = 1, gateways = [{}], timers = {}, auth } = this.options;
    const everybody = Array.from({ length: nodes }, (_, at) => nodeOf(at, index));
    const settings = gateways.map((each, at): MegacoGatewaySettings => ({
      name: `gw${at + 1}`,
      mid: `mg${at + 1}`,
      addresses: [gatewayHost(at)],
      lines: ['line/1', 'line/2'],
      nodes: everybody.map((node) => node.index),
      ...each,
    }));
    return new Node(this, index, everybody, { listeners: listenersOf(index), gateways: settings, timers, auth, joiningMs: 2_000 });
  }
}

export class Node {
  readonly counted = new Map<string, number>();
  /** Names that it asked for. */
  readonly questions: Extract<AdapterOutput, { readonly kind: 'resolve' }>[] = [];
  /** Connections that it closed. */
  readonly closed: number[] = [];
  readonly calls: CallControl;
  readonly adapter: MegacoAdapter;
  /** What call control was told of service: `line/1@gw1 true`. */
  readonly service: string[] = [];
  /** `more` of each restore. */
  readonly restored: boolean[] = [];
  isRunning = true;
  readonly #states = new Map<number, NodeState>();

  constructor(
    private readonly bench: ControllerBench,
    readonly index: number,
    everybody: readonly ClusterNode[],
    settings: MegacoSettings,
  ) {
    const { gateways } = settings;
    const observer: Observer = { ...SILENT, count: (name, reason) => this.#count(reason === undefined ? name : `${name} ${reason}`) };
    const linesOf = ({ name, lines: own, trunks = [] }: MegacoGatewaySettings): readonly string[] =>
      [...own, ...trunks].map((local) => `${local}@${name}`);
    const lines = gateways.flatMap((each) => linesOf(each).map((line) => ({ line, protocol: 'megaco' })));
    const numbers = Object.fromEntries(
      gateways.flatMap((each, at) => linesOf(each).map((line, of) => [`1${at + 1}${of + 1}`, line] as const)),
    );
    this.calls = new CallControl(
      { slot: index, lines, numbers },
      { order: (line, state, now) => this.adapter.order(line, state, now) },
      observer,
      bench.now,
    );
    const self = everybody[index] as ClusterNode;
    const state = (at: number): NodeState => (at === index ? 'up' : (this.#states.get(at) ?? 'down'));
    const peers = {
      self,
      nodes: everybody,
      state,
      isFresh: (at: number) => state(at) === 'up' || state(at) === 'draining',
      joining: false,
    };
    const { calls } = this;
    const port = {
      event: calls.event.bind(calls),
      release: calls.release.bind(calls),
      changed: calls.changed.bind(calls),
      parted: calls.parted.bind(calls),
      recall: calls.recall.bind(calls),
      holdersAlong: (): readonly number[] | undefined => bench.others,
      patterns: calls.patterns,
      service: (line: string, inService: boolean, now: Millis): void => {
        this.service.push(`${line} ${inService}`);
        calls.service(line, inService, now);
      },
      restore: (legs: Parameters<CallControl['restore']>[0], more: boolean, now: Millis): void => {
        this.restored.push(more);
        calls.restore(legs, more, now);
      },
    };
    this.adapter = new MegacoAdapter(settings, { peers, observer, calls: port, random: () => 0.5 }, bench.now);
  }

  hosts(address: string): boolean {
    return parseHostPort(address)?.host === HOSTS[this.index];
  }

  /** What this node holds of another. */
  sees(index: number, state: NodeState): void {
    this.#states.set(index, state);
    if (!this.isRunning) return;
    this.adapter.handle({ kind: 'peer', index, state }, this.bench.now);
    this.bench.settle();
  }

  stop(): void {
    this.isRunning = false;
  }

  /** After `stop`: it goes on where it stood. */
  thaw(gapMs: Millis): void {
    this.isRunning = true;
    this.adapter.handle({ kind: 'thawed', gapMs }, this.bench.now);
    this.bench.settle();
  }

  drainCalls(): void {
    this.adapter.handle({ kind: 'drain' }, this.bench.now);
    this.bench.settle();
  }

  hears({ topic, content, from }: Told): void {
    if (this.isRunning) this.adapter.told(topic, content, from, this.bench.now);
  }

  receives(data: Buffer, hop: Hop): void {
    if (this.isRunning) this.adapter.handle({ kind: 'bytes', data, hop }, this.bench.now);
  }

  drain(): void {
    if (!this.isRunning) return;
    this.adapter.drain((output: AdapterOutput) => {
      if (output.kind === 'send') {
        const port = output.hop.listener === undefined ? PORTS.text : (listenersOf(this.index)[output.hop.listener]?.port ?? 0);
        this.bench.send(output.data, `${HOSTS[this.index]}:${port}`, output.hop);
      } else if (output.kind === 'resolve') this.questions.push(output);
      else if (output.kind === 'close') this.closed.push(output.flow);
      else if (output.kind === 'tell-peers') this.bench.tell({ from: this.index, topic: output.topic, content: output.content });
    });
  }

  counts(name: string): number {
    return this.counted.get(name) ?? 0;
  }

  /** As `altpath gateways` shows it. */
  state(at = 0): string | undefined {
    return this.adapter.gateways()[at]?.state;
  }

  #count(name: string): void {
    this.counted.set(name, this.counts(name) + 1);
  }
}

function wordsOf({ body }: MegacoMessage): readonly string[] {
  if (body.kind === 'error') return [`error ${body.code}`];
  return body.transactions.flatMap((transaction) => {
    switch (transaction.kind) {
      case 'request':
        return commandsOf(transaction).map(({ kind, terminationId }) => `${kind} ${terminationId}`);
      case 'reply':
        return [transaction.result.kind === 'error' ? `reply ${transaction.result.code}` : 'reply'];
      default:
        return [transaction.kind];
    }
  });
}

function listenersOf(index: number): readonly MegacoListener[] {
  const host = HOSTS[index] as string;
  const listener = (transport: 'udp' | 'tcp', encoding: 'text' | 'binary'): MegacoListener => ({
    transport,
    encoding,
    host,
    port: PORTS[encoding],
    advertised: { host, port: PORTS[encoding] },
  });
  return [listener('udp', 'text'), listener('tcp', 'text'), listener('udp', 'binary'), listener('tcp', 'binary')];
}

function nodeOf(at: number, self: number): ClusterNode {
  const addresses = listenersOf(at).map(({ transport, encoding, advertised }) => ({
    ...advertised,
    transport,
    scheme: `${encoding === 'binary' ? 'megaco-binary' : 'megaco'}+${transport}`,
  }));
  return { name: `n${at + 1}`, index: at, self: at === self, addresses };
}

/** `11` for the first node, `mg1` for the first gateway. */
function short(address: string): string {
  const { host = '' } = parseHostPort(address) ?? {};
  const last = host.split('.').at(-1) ?? '';
  return host.startsWith('10.1.') ? `mg${last}` : last;
}
