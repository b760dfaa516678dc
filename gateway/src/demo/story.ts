// The demo's call: two nodes, two phones, one death while the phone rings. It only plays and notes down; drawing and
// judging are elsewhere.
import { type IncomingCall, NetworkPhone, type OutgoingCall } from '@altpath/simulators';
import { type Cast, stepOf } from './explain.js';
import type { LadderStep } from './ladder.js';
import { DEMO_DOMAIN, DemoNode, type DemoPlaces, freePort, type NodeName, removeFolder } from './nodes.js';
import type { DemoFacts } from './verdict.js';

export interface StoryOptions {
  readonly places: DemoPlaces;
  readonly folder: string;
  /** `SIGKILL`: the process dies, and ICMP tells. `SIGSTOP`: it freezes, and nothing tells. */
  readonly fault: 'SIGKILL' | 'SIGSTOP';
  readonly show: (step: LadderStep) => void;
}

const RING_BEFORE_FAULT_MS = 250;
const RING_AFTER_FAULT_MS = 250;
/** Packets of 20 ms that each side must have heard before the call is hung up. */
const PACKETS_TO_HEAR = 40;
const NODE_ENDS_WITHIN_MS = 3_000;

export class Story {
  readonly #nodes = new Map<NodeName, DemoNode>();
  readonly #phones: NetworkPhone[] = [];
  readonly #lost = new Set<string>();
  readonly #left: string[] = [];
  #ends: Pick<DemoFacts, 'aliceEnd' | 'bobEnd' | 'aliceAudio' | 'bobAudio'> = {};
  #over = false;
  #bobRang = 0;
  #killedAt: number | undefined;
  #answeredAt: number | undefined;

  constructor(private readonly options: StoryOptions) {}

  /** Plays it from start to hang-up; rejects where it cannot go on. Call `clear` in any case. */
  async play(): Promise<void> {
    await this.#startNodes();
    const { places } = this.options;
    const alice = await this.#openPhone('alice', places.alice);
    const bob = await this.#openPhone('bob', places.bob);
    await Promise.all([alice.register(), bob.register()]);
    this.#remark(`alice and bob are registered; alice calls sip:bob@${DEMO_DOMAIN}`);

    const incoming = new Promise<IncomingCall>((resolve) => {
      bob.onIncoming((offered) => {
        this.#bobRang += 1;
        resolve(offered);
      });
    });
    const call = alice.call(`sip:bob@${DEMO_DOMAIN}`);
    const ringing = new Promise<void>((resolve) => call.once('ringing', () => resolve()));
    const theirs = await orEnd(incoming, call);
    theirs.ring();
    await orEnd(ringing, call);
    await pause(RING_BEFORE_FAULT_MS);
    await this.#strike();
    await pause(RING_AFTER_FAULT_MS);
    await this.#talk(call, theirs);
  }

  /** Ends what still runs, checks that nothing is left, and gives back what happened. */
  async clear(trouble: string | undefined): Promise<DemoFacts> {
    this.#over = true;
    await Promise.all(this.#phones.map((phone) => phone.close()));
    await Promise.all([...this.#nodes.values()].map((node) => this.#endNode(node)));
    if (!(await removeFolder(this.options.folder))) this.#left.push(this.options.folder);
    await this.#checkPorts();
    return this.#facts(trouble);
  }

  /** For whoever must stop at once: no process of this demo outlives it. */
  killAll(): void {
    for (const node of this.#nodes.values()) node.signal('SIGKILL');
  }

  async #startNodes(): Promise<void> {
    const { places, folder } = this.options;
    for (const name of ['primary', 'backup'] as const) this.#nodes.set(name, DemoNode.start(name, folder));
    await Promise.all([...this.#nodes.values()].map((node) => node.ready()));
    const describe = (name: NodeName): string => `${name} ${places[name]}:${places.port} (pid ${this.#node(name).pid})`;
    this.#remark(`two nodes are ready: ${describe('primary')}, ${describe('backup')}`);
  }

  async #openPhone(user: 'alice' | 'bob', address: string): Promise<NetworkPhone> {
    const { places } = this.options;
    const outbound = [`${places.primary}:${places.port}`, `${places.backup}:${places.port}`];
    const phone = await NetworkPhone.open({
      user,
      domain: DEMO_DOMAIN,
      outbound,
      address,
      aware: true,
      toneHz: user === 'alice' ? 600 : 1_050,
    });
    this.#phones.push(phone);
    phone.watch((message) => {
      const step = stepOf(user, message, this.#cast);
      if (step) this.options.show(step);
    });
    return phone;
  }

  /** The fault: after it, whatever is sent to the primary is lost. */
  async #strike(): Promise<void> {
    const { fault } = this.options;
    const primary = this.#node('primary');
    primary.signal(fault);
    if (fault === 'SIGKILL') await primary.gone;
    this.#killedAt = instant();
    this.#lost.add('primary');
    const text =
      fault === 'SIGKILL'
        ? 'SIGKILL: the primary dies while the phone rings'
        : 'SIGSTOP: the primary freezes while the phone rings, and nothing tells the phones';
    this.options.show({ kind: 'death', at: this.#killedAt, who: 'primary', text });
  }

  async #talk(call: OutgoingCall, theirs: IncomingCall): Promise<void> {
    this.#remark('bob answers');
    this.#answeredAt = instant();
    await theirs.answer();
    await Promise.all([call.confirmed, theirs.confirmed]);
    const heard = (): number => Math.min(call.audioReport()?.heard ?? 0, theirs.audioReport()?.heard ?? 0);
    while (heard() < PACKETS_TO_HEAR && !this.#over) await pause(20);
    this.#remark('they talk, each hears the tone of the other; alice hangs up');
    const aliceEnd = await call.hangUp();
    const bobEnd = await theirs.ended;
    this.#ends = { aliceEnd, bobEnd, aliceAudio: call.audioReport(), bobAudio: theirs.audioReport() };
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

  async #checkPorts(): Promise<void> {
    const { places } = this.options;
    const phones = this.#phones.map((phone) => [phone.address, phone.port] as const);
    for (const [address, port] of [[places.primary, places.port] as const, [places.backup, places.port] as const, ...phones]) {
      if ((await freePort(address, port)) === undefined) this.#left.push(`port ${address}:${port}`);
    }
  }

  #facts(trouble: string | undefined): DemoFacts {
    const { places } = this.options;
    const messagesOf = (user: string): DemoFacts['alice'] => this.#phones.find((phone) => phone.user === user)?.messages ?? [];
    return {
      primary: `${places.primary}:${places.port}`,
      backup: `${places.backup}:${places.port}`,
      alice: messagesOf('alice'),
      bob: messagesOf('bob'),
      bobRang: this.#bobRang,
      killedAt: this.#killedAt,
      answeredAt: this.#answeredAt,
      ...this.#ends,
      left: this.#left,
      trouble,
    };
  }

  /** Who is who; the phones' own addresses are never the other side of a message. */
  readonly #cast: Cast = {
    nameOf: (peer) => {
      const { places } = this.options;
      return (['primary', 'backup'] as const).find((name) => peer === `${places[name]}:${places.port}`);
    },
    isLost: (name) => this.#lost.has(name),
  };

  #node(name: NodeName): DemoNode {
    const node = this.#nodes.get(name);
    if (!node) throw new Error(`${name} was not started`);
    return node;
  }

  #remark(text: string): void {
    this.options.show({ kind: 'remark', at: instant(), text });
  }
}

/** What is waited for, or the call's end as an error. */
function orEnd<T>(wanted: Promise<T>, call: OutgoingCall): Promise<T> {
  const early = call.ended.then((end) => {
    throw new Error(`the call ended early: ${end.reason} ${end.status ?? ''} ${end.detail ?? ''}`.trim());
  });
  return Promise.race([wanted, early]);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function instant(): number {
  return performance.timeOrigin + performance.now();
}
