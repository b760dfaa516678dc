// One node of a simulated cluster: the real SIP adapter with real keys and a real store; its sockets, its heartbeats and
// its DNS are the simulation's.
import {
  type AdapterOutput,
  type ClusterNode,
  type Hop,
  hopKey,
  type LocationRecord,
  type NodeState,
  type Observer,
  parseHostPort,
  type PeerDirectory,
  type TraceEvent,
} from '@altpath/core';
import type { SipAdapter, SipSettings } from '@altpath/sip';
import { Locations } from '@altpath/store';
import { defaultSipSettings, openSipAdapter } from './sip-adapter.js';

export interface NodeOptions {
  readonly settings?: (defaults: SipSettings) => SipSettings;
  /** Listens on TCP, too. */
  readonly tcp?: boolean;
  /** 5060 by default. */
  readonly port?: number;
  /** `sip.proxy.relay`. */
  readonly relay?: 'trusted' | 'anyone' | 'none';
  /** The first signs; default: one key, the same for every cluster that does not say otherwise. */
  readonly secret?: number;
}

/** What a node sees of the simulation around it. */
export interface Surroundings {
  readonly now: number;
  node(name: string): { readonly index: number };
  sendFrom(node: SimulatedNode, data: Buffer, hop: Hop): void;
  tell(from: SimulatedNode, topic: string, content: string): void;
  resolve(node: SimulatedNode, id: number, name: string): void;
}

/** A store whose writes may have to be waited for. */
class TestStore extends Locations {
  durable: Promise<void> | undefined;

  override write(record: LocationRecord): Promise<void> | undefined {
    return super.write(record) ?? this.durable;
  }
}

export class SimulatedNode {
  readonly name: string;
  /** `host:port` of its listeners. */
  readonly address: string;
  readonly counters = new Map<string, number>();
  readonly traces: TraceEvent[] = [];
  readonly states: NodeState[];
  /** Nodes from which the last heartbeat is a little late: up, but no message may be left to them. */
  readonly stale = new Set<number>();
  readonly store = new TestStore();
  readonly settings: SipSettings;
  /** Writes that the adapter waits for. */
  readonly settling: number[] = [];
  readonly closedFlows: { readonly flow: number; readonly reason: string }[] = [];
  readonly told: { readonly topic: string; readonly content: string }[] = [];
  joining = false;
  alive = true;
  /** Gets nothing and runs nothing, but its kernel keeps the address: no ICMP. */
  frozen = false;
  /** When dead: an ICMP error comes back. */
  refuses = true;
  adapter: SipAdapter;
  readonly #peers: PeerDirectory;

  constructor(
    private readonly simulation: Surroundings,
    members: readonly ClusterNode[],
    readonly index: number,
    private readonly options: NodeOptions,
  ) {
    const nodes = members.map((each) => ({ ...each, self: each.index === index }));
    const self = nodes[index] as ClusterNode;
    this.name = self.name;
    this.address = hopKey(hopOfAddress(self)).slice('udp:'.length);
    this.states = members.map(() => 'up');
    const defaults = defaultSipSettings(self);
    this.settings = options.settings ? options.settings(defaults) : defaults;
    const isJoining = (): boolean => this.joining;
    this.#peers = {
      self,
      nodes,
      state: (node) => this.states[node] ?? 'down',
      isFresh: (node) => node === index || (this.states[node] === 'up' && !this.stale.has(node)),
      get joining() {
        return isJoining();
      },
    };
    this.adapter = this.#makeAdapter();
  }

  #makeAdapter(): SipAdapter {
    const observer: Observer = {
      count: (name, reason) => {
        const key = reason === undefined ? name : `${name} ${reason}`;
        this.counters.set(key, (this.counters.get(key) ?? 0) + 1);
      },
      tracing: true,
      trace: (event) => this.traces.push(event),
      log: () => undefined,
    };
    const { relay, secret } = this.options;
    return openSipAdapter({
      settings: this.settings,
      peers: this.#peers,
      store: this.store,
      observer,
      relay,
      secret,
      now: this.simulation.now,
    });
  }

  get running(): boolean {
    return this.alive && !this.frozen;
  }

  count(name: string): number {
    return this.counters.get(name) ?? 0;
  }

  receive(data: Buffer, from: string, flow?: number): void {
    const hop = hopOf(from, flow === undefined ? 'udp' : 'tcp');
    this.adapter.handle({ kind: 'bytes', data, hop: flow === undefined ? hop : { ...hop, listener: 1, flow } }, this.simulation.now);
    this.flush();
  }

  /** Nothing can be sent there. ICMP does not say which message it was; a connection does. */
  unreachable(address: string, transport: 'udp' | 'tcp' = 'udp', data?: Buffer): void {
    this.adapter.handle({ kind: 'unreachable', hop: hopOf(address, transport), data }, this.simulation.now);
    this.flush();
  }

  flowClosed(address: string, flow: number): void {
    this.adapter.handle({ kind: 'flow-closed', hop: { ...hopOf(address, 'tcp'), flow } }, this.simulation.now);
    this.flush();
  }

  peerState(name: string, state: NodeState): void {
    const peer = this.simulation.node(name).index;
    this.states[peer] = state;
    this.adapter.handle({ kind: 'peer', index: peer, state }, this.simulation.now);
    this.flush();
  }

  tick(): void {
    this.adapter.tick(this.simulation.now);
    this.flush();
  }

  flush(): void {
    this.adapter.drain((output) => this.#perform(output));
  }

  #perform(output: AdapterOutput): void {
    switch (output.kind) {
      case 'send':
        return this.simulation.sendFrom(this, output.data, output.hop);
      case 'tell-peers':
        this.told.push({ topic: output.topic, content: output.content });
        return this.simulation.tell(this, output.topic, output.content);
      case 'resolve':
        return this.simulation.resolve(this, output.id, output.question.host);
      case 'settle':
        this.settling.push(output.id);
        return undefined;
      case 'close':
        this.closedFlows.push({ flow: output.flow, reason: output.reason });
        return undefined;
      default:
        return output satisfies never;
    }
  }

  /** What was waited for is on disk, or is not. */
  settle(failed = false): void {
    for (const id of this.settling.splice(0)) this.adapter.handle({ kind: 'settled', id, failed }, this.simulation.now);
    this.flush();
  }

  /** The whole table to another node, as the cluster asks for it. */
  sendTable(to: string): { done: boolean } {
    const state = { done: false };
    this.adapter.sendTable(this.simulation.node(to).index, () => (state.done = true), this.simulation.now);
    this.flush();
    return state;
  }

  drainNode(): void {
    this.adapter.handle({ kind: 'drain' }, this.simulation.now);
    this.flush();
  }

  /** Dies; the others do not know yet. `refuses`: its host answers with ICMP. */
  die(refuses = true): void {
    this.alive = false;
    this.refuses = refuses;
  }

  /** A new process in its place, with the store it had. */
  restart(): void {
    this.alive = true;
    this.adapter = this.#makeAdapter();
  }

  /** The host runs again after `gapMs`; what lay in the sockets is let go by the transport. */
  thaw(gapMs: number): void {
    this.frozen = false;
    this.adapter.handle({ kind: 'thawed', gapMs }, this.simulation.now);
    this.flush();
  }
}

/** Reads `host:port`, `[v6]:port`. */
export function hopOf(address: string, transport: 'udp' | 'tcp'): Hop {
  const parsed = parseHostPort(address);
  if (!parsed) throw new Error(`no address: ${address}`);
  return { transport, host: parsed.host, port: parsed.port ?? 5060, listener: 0 };
}

function hopOfAddress(node: ClusterNode): Hop {
  const [first] = node.addresses;
  if (!first) throw new Error('a node without address');
  return { transport: 'udp', host: first.host, port: first.port };
}
