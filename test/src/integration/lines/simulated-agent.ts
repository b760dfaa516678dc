// One node of a simulated cluster, its MGCP side alone: the real adapter and the real call control, a network and a clock
// that the test owns, and peers of which the test says how they are.
import { CallControl } from '@altpath/call-control';
import {
  type AdapterOutput,
  type ClusterNode,
  type Hop,
  type Millis,
  NEVER,
  type NodeState,
  type Observer,
  type PeerDirectory,
} from '@altpath/core';
import { MgcpAdapter, type MgcpGatewaySettings, type MgcpSettings } from '@altpath/mgcp';
import type { Random, SimulatedClock, SimulatedNetwork } from '@altpath/testkit';

export interface AgentOptions {
  readonly nodes: readonly ClusterNode[];
  readonly index: number;
  readonly gateways: readonly MgcpGatewaySettings[];
  readonly numbers: Readonly<Record<string, string | readonly string[]>>;
  readonly timers?: MgcpSettings['timers'] | undefined;
  /** States of the other nodes, by index; the test changes them. */
  readonly states: ReadonlyMap<number, NodeState>;
  /** Another node was heard a moment ago; default: it is up. */
  readonly isFresh?: ((index: number) => boolean) | undefined;
  readonly tell: (from: number, topic: string, content: string) => void;
}

export class SimulatedAgent {
  readonly calls: CallControl;
  readonly adapter: MgcpAdapter;
  readonly counters = new Map<string, number>();
  readonly sent: { readonly to: string; readonly text: string }[] = [];
  /** Datagrams that it may still send before `onLastBreath`; the test's way to stop it between any two of them. */
  breaths = Number.POSITIVE_INFINITY;
  onLastBreath: () => void = () => undefined;
  /** What it would write into its log. */
  onLog: Observer['log'] = () => undefined;
  #isOut = false;
  #alive = true;
  #frozen = false;
  #cancel: (() => void) | undefined;

  constructor(
    private readonly options: AgentOptions,
    private readonly clock: SimulatedClock,
    private readonly network: SimulatedNetwork,
    random: Random,
  ) {
    const { nodes, index, gateways, numbers, timers, states } = options;
    const self = nodes[index] as ClusterNode;
    const observer: Observer = {
      count: (name, reason) => {
        const key = reason === undefined ? name : `${name}:${reason}`;
        this.counters.set(key, (this.counters.get(key) ?? 0) + 1);
      },
      tracing: false,
      trace: () => undefined,
      log: (level, text, fields) => this.onLog(level, text, fields),
    };
    const peers: PeerDirectory = {
      self,
      nodes,
      state: (at) => (at === index ? 'up' : (states.get(at) ?? 'up')),
      isFresh: (at) => at === index || (options.isFresh?.(at) ?? (states.get(at) ?? 'up') === 'up'),
      joining: false,
    };
    const lines = gateways.flatMap((gateway) => gateway.lines.map((local) => ({ line: `${local}@${gateway.name}`, protocol: 'mgcp' })));
    const adapterOf = (): MgcpAdapter => this.adapter;
    this.calls = new CallControl(
      { slot: index, lines, numbers },
      (line, state, now) => adapterOf().order(line, state, now),
      observer,
      clock.now,
    );
    this.adapter = new MgcpAdapter(
      {
        listeners: [{ host: this.host, port: 2727, advertised: { host: this.host, port: 2727 } }],
        gateways,
        timers: timers ?? {},
        joiningMs: 1_000,
      },
      { peers, observer, calls: this.calls, random: () => random.next() },
      clock.now,
    );
    network.listen(this.address, (data, from) => this.#receive(data, from));
    this.#wake();
  }

  get host(): string {
    return this.options.nodes[this.options.index]?.addresses[0]?.host ?? '';
  }

  get address(): string {
    return `${this.host}:2727`;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** As SIGKILL: nothing of it is left, and its address is closed. */
  kill(): void {
    this.#alive = false;
    this.#cancel?.();
    this.network.close(this.address);
  }

  /** As SIGSTOP: nothing is read, nothing runs, and senders hear nothing of it. */
  freeze(): void {
    this.#frozen = true;
    this.#cancel?.();
  }

  thaw(gapMs: Millis): void {
    this.#frozen = false;
    this.adapter.handle({ kind: 'thawed', gapMs }, this.clock.now);
    this.#wake();
  }

  peer(index: number, state: NodeState): void {
    if (!this.#alive || this.#frozen) return;
    this.adapter.handle({ kind: 'peer', index, state }, this.clock.now);
    this.#wake();
  }

  told(topic: string, content: string, from: number): void {
    if (!this.#alive || this.#frozen) return;
    this.adapter.told(topic, content, from, this.clock.now);
    this.#wake();
  }

  /** Sends its table, as to a node that joins. */
  sendTable(to: number): void {
    if (!this.#alive || this.#frozen) return;
    this.adapter.sendTable(to, () => undefined, this.clock.now);
    this.#wake();
  }

  #receive(data: Buffer, from: string): void {
    if (!this.#alive || this.#frozen) return;
    const colon = from.lastIndexOf(':');
    const hop = { transport: 'udp', host: from.slice(0, colon), port: Number(from.slice(colon + 1)), listener: 0 } as const;
    this.adapter.handle({ kind: 'bytes', data, hop }, this.clock.now);
    this.#wake();
  }

  #tick(): void {
    if (!this.#alive || this.#frozen) return;
    this.adapter.tick(this.clock.now);
    this.calls.tick(this.clock.now);
    this.#wake();
  }

  #wake(): void {
    this.adapter.drain((output) => this.#perform(output));
    this.#cancel?.();
    if (!this.#alive) return;
    const deadline = Math.min(this.adapter.deadline(), this.calls.deadline());
    this.#cancel = deadline === NEVER ? undefined : this.clock.at(deadline, () => this.#tick());
  }

  #perform(output: AdapterOutput): void {
    if (!this.#alive) return;
    if (output.kind === 'tell-peers') return this.options.tell(this.options.index, output.topic, output.content);
    if (output.kind !== 'send') return;
    if (this.breaths <= 0) {
      if (!this.#isOut) this.onLastBreath();
      this.#isOut = true;
      if (!this.#alive) return;
    }
    this.breaths -= 1;
    const to = `${output.hop.host}:${output.hop.port}`;
    this.sent.push({ to, text: output.data.toString('latin1') });
    if (!this.network.send(this.address, to, output.data)) this.#undelivered(output.hop);
  }

  /** What a host reports by ICMP. */
  #undelivered(hop: Hop): void {
    this.clock.after(1, () => {
      if (!this.#alive || this.#frozen) return;
      this.adapter.handle({ kind: 'unreachable', hop }, this.clock.now);
      this.#wake();
    });
  }
}
