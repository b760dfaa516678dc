// One node of a simulated cluster, its gateways' side alone: the real adapters, joined to the real call control by the program's
// patch panel, a network and a clock that the test owns, and peers of which the test says how they are.
import { type CallControl, GATEWAY_HELD } from '@altpath/call-control';
import {
  type AdapterInput,
  type AdapterOutput,
  type ClusterNode,
  formatHostPort,
  type Hop,
  type Millis,
  NEVER,
  type NodeStore,
  type NodeState,
  type Observer,
  parseHostPort,
  type PeerDirectory,
  type ProtocolAdapter,
} from '@altpath/core';
import { PatchPanel } from '@altpath/gateway';
import { type SipAdapter, type SipSettings } from '@altpath/sip';
import { MegacoAdapter, type MegacoGatewaySettings, type MegacoSettings } from '@altpath/megaco';
import { MgcpAdapter, type MgcpGatewaySettings, type MgcpSettings } from '@altpath/mgcp';
import type { Random, SimulatedClock, SimulatedNetwork } from '@altpath/testkit';
import { defaultSipSettings, openSipAdapter } from '../sip-adapter.js';
import { LISTENERS } from './kinds.js';
import type { SimulatedStreams, StreamHost } from './simulated-streams.js';

export interface ControllerOptions {
  readonly nodes: readonly ClusterNode[];
  readonly index: number;
  readonly mgcp: Pick<MgcpSettings, 'gateways' | 'timers'>;
  readonly megaco: Pick<MegacoSettings, 'gateways' | 'timers'>;
  readonly numbers: Readonly<Record<string, string | readonly string[]>>;
  /** Name of the gateway on which calls between SIP telephones are anchored; default: none is. */
  readonly anchor?: string | undefined;
  /** SIP telephones beside the gateways; default: none. */
  readonly sip?: SipPart | undefined;
  /** Where users are registered, and calls are kept. */
  readonly store: Pick<NodeStore, 'locations' | 'calls' | 'details'>;
  /** States of the other nodes, by index; the test changes them. */
  readonly states: ReadonlyMap<number, NodeState>;
  /** Another node was heard a moment ago; default: it is up. */
  readonly isFresh?: ((index: number) => boolean) | undefined;
  readonly tell: (from: number, topic: string, content: string) => void;
}

/** What a node that serves SIP telephones needs. */
export interface SipPart {
  readonly timers: SipSettings['timers'];
}

/** How often a node that drains looks what is left. */
const DRAIN_LOOK_MS: Millis = 100;

type Adapter = MgcpAdapter | MegacoAdapter | SipAdapter;
type Protocol = keyof typeof LISTENERS;

const JOINING_MS: Millis = 1_000;

export class SimulatedController {
  readonly counters = new Map<string, number>();
  readonly sent: { readonly to: string; readonly text: string }[] = [];
  /** Messages that it may still send before `onLastBreath`; the test's way to stop it between any two of them. */
  breaths = Number.POSITIVE_INFINITY;
  onLastBreath: () => void = () => undefined;
  /** What it would write into its log. */
  onLog: Observer['log'] = () => undefined;
  readonly #panel: PatchPanel;
  readonly #adapters = new Map<Protocol, Adapter>();
  readonly #streams: StreamHost;
  /** Connections over which something came while it was frozen: they have a gap. */
  readonly #stale = new Map<number, Hop>();
  /** Outputs so far. */
  #performed = 0;
  #isOut = false;
  #alive = true;
  #frozen = false;
  #cancel: (() => void) | undefined;

  constructor(
    private readonly options: ControllerOptions,
    private readonly clock: SimulatedClock,
    private readonly network: SimulatedNetwork,
    streams: SimulatedStreams,
    random: Random,
  ) {
    const { nodes, index, mgcp, megaco, numbers, states } = options;
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
      self: nodes[index] as ClusterNode,
      nodes,
      state: (at) => (at === index ? 'up' : (states.get(at) ?? 'up')),
      isFresh: (at) => at === index || (options.isFresh?.(at) ?? (states.get(at) ?? 'up') === 'up'),
      joining: false,
    };
    const lines = [...linesOf('mgcp', mgcp.gateways), ...linesOf('megaco', megaco.gateways)];
    const protocolOf = new Map(lines.map(({ line, protocol }) => [line, protocol]));
    this.#panel = new PatchPanel(
      { slot: index, nodes: nodes.map(({ name }) => name), lines, numbers, protocolOf, parties: 'sip', anchor: options.anchor },
      { peers, observer, store: options.store.calls, details: options.store.details },
      clock.now,
    );
    this.#panel.onTell((topic, content) => {
      if (this.#alive) options.tell(index, `call.${topic}`, content);
    });
    const settings = <P extends Protocol>(protocol: P) => ({
      listeners: LISTENERS[protocol].map((each) => ({ ...each, host: this.host, advertised: { host: this.host, port: each.port } })),
      joiningMs: JOINING_MS,
    });
    const ports = (protocol: Protocol) => ({ peers, observer, calls: this.#panel.portOf(protocol), random: () => random.next() });
    if (mgcp.gateways.length > 0) this.#join('mgcp', new MgcpAdapter({ ...mgcp, ...settings('mgcp') }, ports('mgcp'), clock.now));
    if (megaco.gateways.length > 0)
      this.#join('megaco', new MegacoAdapter({ ...megaco, ...settings('megaco') }, ports('megaco'), clock.now));
    if (options.sip) this.#join('sip', this.#openSip(options.sip, peers, observer));
    this.#streams = streams.host(this.host, {
      bytes: (data, hop) => (this.#frozen ? void this.#stale.set(hop.flow ?? 0, hop) : this.#feed('megaco', { kind: 'bytes', data, hop })),
      closed: (hop) => this.#feed('megaco', { kind: 'flow-closed', hop }),
      unreachable: (hop, data) => this.#feed('megaco', { kind: 'unreachable', hop, data }),
    });
    this.#listen();
    this.#wake();
  }

  get calls(): CallControl {
    return this.#panel.calls;
  }

  get host(): string {
    return this.options.nodes[this.options.index]?.addresses[0]?.host ?? '';
  }

  /** Where it takes datagrams. */
  get addresses(): readonly string[] {
    return this.#datagrams().map(({ port }) => `${this.host}:${port}`);
  }

  get alive(): boolean {
    return this.#alive;
  }

  adapter(protocol: Protocol): Adapter | undefined {
    return this.#adapters.get(protocol);
  }

  /** As SIGKILL: nothing of it is left, its addresses are closed and its connections shut. */
  kill(): void {
    this.#die();
    for (const address of this.addresses) this.network.close(address);
    this.#streams.reset();
  }

  /** Its host is gone: nobody says anything. */
  vanish(): void {
    this.#die();
    for (const address of this.addresses) this.network.listen(address, () => undefined);
    this.#streams.vanish();
  }

  /** As SIGSTOP: nothing is read, nothing runs, and senders hear nothing of it. */
  freeze(): void {
    this.#frozen = true;
    this.#cancel?.();
  }

  thaw(gapMs: Millis): void {
    this.#frozen = false;
    for (const adapter of this.#adapters.values()) adapter.handle({ kind: 'thawed', gapMs }, this.clock.now);
    this.#wake();
    for (const [flow, hop] of this.#stale) {
      this.#streams.close(flow);
      this.#feed('megaco', { kind: 'flow-closed', hop });
    }
    this.#stale.clear();
  }

  /** As SIGTERM: it hands its gateways over, and goes when it has no call left. */
  drain(): void {
    this.#giveCallsAway();
    this.#feedAll({ kind: 'drain' });
  }

  #giveCallsAway(): void {
    this.#turn(() => this.#panel.drain(this.clock.now));
    this.clock.after(DRAIN_LOOK_MS, () => {
      if (this.#alive) this.#giveCallsAway();
    });
  }

  peer(index: number, state: NodeState): void {
    this.#feedAll({ kind: 'peer', index, state });
    if (state === 'down') this.#turn(() => this.#panel.peerDown(this.clock.now));
  }

  /** The others have told it what they hold. */
  joined(): void {
    this.#turn(() => this.#panel.joined(this.clock.now));
  }

  told(topic: string, content: string, from: number): void {
    if (topic.startsWith('call.')) return this.#turn(() => this.#panel.told(topic.slice('call.'.length), content, from, this.clock.now));
    this.#visit((adapter) => {
      const prefix = `${adapter.protocol}.`;
      if (topic.startsWith(prefix)) adapter.told(topic.slice(prefix.length), content, from, this.clock.now);
    });
    if (topic.endsWith(`.${GATEWAY_HELD}`)) this.#turn(() => this.#panel.holdersChanged(this.clock.now));
  }

  /** Sends its table, as to a node that joins. */
  sendTable(to: number): void {
    this.#turn(() => this.#panel.sendTable(to, this.clock.now));
    this.#visit((adapter) => adapter.sendTable(to, () => undefined, this.clock.now));
  }

  #join(protocol: Protocol, adapter: Adapter): void {
    this.#adapters.set(protocol, adapter);
    this.#panel.join(adapter, 'holderOf' in adapter ? adapter : undefined);
    if (adapter instanceof MgcpAdapter) this.#panel.joinAnchors(protocol, adapter);
  }

  #openSip({ timers }: SipPart, peers: PeerDirectory, observer: Observer): SipAdapter {
    const { numbers, store, anchor } = this.options;
    const settings = { ...defaultSipSettings(peers.self), timers };
    return openSipAdapter({
      settings,
      peers,
      store: store.locations,
      observer,
      numbers,
      anchored: anchor !== undefined,
      calls: this.#panel.portOf('sip'),
      now: this.clock.now,
    });
  }

  #listen(): void {
    for (const { protocol, port, listener } of this.#datagrams()) {
      this.network.listen(`${this.host}:${port}`, (data, from) => {
        const { host = '', port: fromPort = 0 } = parseHostPort(from) ?? {};
        this.#feed(protocol, { kind: 'bytes', data, hop: { transport: 'udp', host, port: fromPort, listener } });
      });
    }
    LISTENERS.megaco.forEach(({ port, transport }, listener) => {
      if (transport === 'tcp' && this.#adapters.has('megaco')) this.#streams.listen(port, listener);
    });
  }

  #datagrams(): readonly { readonly protocol: Protocol; readonly port: number; readonly listener: number }[] {
    return [...this.#adapters.keys()].flatMap((protocol) =>
      LISTENERS[protocol].flatMap(({ port, transport }, listener) => (transport === 'udp' ? [{ protocol, port, listener }] : [])),
    );
  }

  #die(): void {
    this.#alive = false;
    this.#cancel?.();
  }

  #feed(protocol: Protocol, input: AdapterInput): void {
    if (!this.#alive || this.#frozen) return;
    const adapter: ProtocolAdapter | undefined = this.#adapters.get(protocol);
    adapter?.handle(input, this.clock.now);
    // As a node's driver does: whose turn it is speaks first, or last where it says so.
    if (adapter?.speaksLast !== true) adapter?.drain((output) => this.#perform(protocol, output));
    else for (const [other, each] of this.#adapters) if (other !== protocol) each.drain((output) => this.#perform(other, output));
    this.#wake();
  }

  #feedAll(input: AdapterInput): void {
    this.#visit((adapter) => adapter.handle(input, this.clock.now));
  }

  #visit(act: (adapter: Adapter) => void): void {
    this.#turn(() => this.#adapters.forEach((adapter) => act(adapter)));
  }

  #turn(act: () => void): void {
    if (!this.#alive || this.#frozen) return;
    act();
    this.#wake();
  }

  #tick(): void {
    if (!this.#alive || this.#frozen) return;
    for (const adapter of this.#adapters.values()) adapter.tick(this.clock.now);
    this.#panel.tick(this.clock.now);
    this.#wake();
  }

  /** An adapter's outputs may be orders to the other one: until none of them says anything. */
  #wake(): void {
    for (let before = -1; before !== this.#performed;) {
      before = this.#performed;
      for (const [protocol, adapter] of this.#adapters) adapter.drain((output) => this.#perform(protocol, output));
    }
    this.#cancel?.();
    if (!this.#alive) return;
    const deadline = Math.min(this.#panel.deadline(), ...[...this.#adapters.values()].map((adapter) => adapter.deadline()));
    this.#cancel = deadline === NEVER ? undefined : this.clock.at(deadline, () => this.#tick());
  }

  #perform(protocol: Protocol, output: AdapterOutput): void {
    this.#performed += 1;
    if (!this.#alive) return;
    switch (output.kind) {
      case 'tell-peers':
        // As a whole node does it: topics are their protocol's own.
        return this.options.tell(this.options.index, `${protocol}.${output.topic}`, output.content);
      case 'close':
        return this.#streams.close(output.flow);
      case 'send':
        return this.#send(protocol, output.data, output.hop);
      // No gateway of a scene is known by a name, and nothing is stored.
      case 'resolve':
      case 'settle':
        return;
      default:
        output satisfies never;
    }
  }

  #send(protocol: Protocol, data: Buffer, hop: Hop): void {
    if (this.breaths <= 0) {
      if (!this.#isOut) this.onLastBreath();
      this.#isOut = true;
      if (!this.#alive) return;
    }
    this.breaths -= 1;
    const to = formatHostPort(hop);
    this.sent.push({ to, text: data.toString('latin1') });
    if (hop.transport !== 'udp') return this.#streams.send(data, hop);
    const from = `${this.host}:${LISTENERS[protocol][hop.listener ?? 0]?.port ?? 0}`;
    // What a host reports by ICMP.
    if (!this.network.send(from, to, data)) this.clock.after(1, () => this.#feed(protocol, { kind: 'unreachable', hop }));
  }
}

function linesOf<P extends Protocol>(
  protocol: P,
  gateways: readonly (MgcpGatewaySettings | MegacoGatewaySettings)[],
): readonly { readonly line: string; readonly protocol: P }[] {
  return gateways.flatMap(({ name, lines, trunks = [] }) => [...lines, ...trunks].map((local) => ({ line: `${local}@${name}`, protocol })));
}
