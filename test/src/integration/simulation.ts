// A cluster in a simulated network: real SIP adapters, keys and stores, a clock that only moves when told, and
// scripted endpoints. No socket and no waiting.
import {
  type AdapterOutput,
  type ClusterNode,
  type Hop,
  type Millis,
  type NodeState,
  type Observer,
  type PeerDirectory,
  resolverOf,
  type TraceEvent,
} from '@altpath/core';
import { KeyRing, mergeBindings } from '@altpath/cluster';
import { foreignStep, contactStep, registeredStep, sipTerritory } from '@altpath/gateway';
import { CidrSet } from '@altpath/core';
import { decode, Identity, SipAdapter, type SipMessage, type SipSettings } from '@altpath/sip';
import { MemoryStore } from '@altpath/store';

export interface NodeOptions {
  readonly settings?: (defaults: SipSettings) => SipSettings;
}

interface Packet {
  readonly at: Millis;
  readonly order: number;
  readonly from: string;
  readonly to: string;
  readonly data: Buffer;
  readonly transport: 'udp' | 'tcp';
}

/** `host:port` of both ends and the text of one message that crossed the network. */
export interface Crossed {
  readonly at: Millis;
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

const START = 1_700_000_000_000;
const LATENCY_MS = 1;

export class Simulation {
  now: Millis = START;
  readonly nodes: SimulatedNode[] = [];
  readonly crossed: Crossed[] = [];
  /** Asked for every packet; `true` loses it. */
  lose: (packet: Crossed) => boolean = () => false;
  readonly #packets: Packet[] = [];
  readonly #endpoints = new Map<string, Endpoint>();
  #order = 0;

  constructor(names: readonly string[], options: NodeOptions = {}) {
    const members: ClusterNode[] = names.map((name, index) => ({
      name,
      index,
      self: false,
      addresses: [{ host: `10.0.0.${index + 1}`, port: 5060, scheme: 'sip+udp', transport: 'udp' }],
    }));
    for (const member of members) this.nodes.push(new SimulatedNode(this, members, member.index, options));
  }

  node(name: string): SimulatedNode {
    const found = this.nodes.find((each) => each.name === name);
    if (!found) throw new Error(`no node ${name}`);
    return found;
  }

  /** Every other node holds this one for down. */
  deadForAllOf(name: string): void {
    for (const other of this.nodes) if (other.name !== name && other.alive) other.peerState(name, 'down');
  }

  endpoint(address: string): Endpoint {
    const endpoint = new Endpoint(this, address);
    this.#endpoints.set(address, endpoint);
    return endpoint;
  }

  send(from: string, to: string, data: Buffer, transport: 'udp' | 'tcp' = 'udp'): void {
    const crossed = { at: this.now, from, to, text: data.toString('latin1') };
    this.crossed.push(crossed);
    if (this.lose(crossed)) return;
    this.#order += 1;
    this.#packets.push({ at: this.now + LATENCY_MS, order: this.#order, from, to, data, transport });
  }

  /** Runs everything that happens until `now + ms`. */
  run(ms: Millis): void {
    const end = this.now + ms;
    for (;;) {
      this.#packets.sort((a, b) => a.at - b.at || a.order - b.order);
      const packet = this.#packets[0];
      const deadline = Math.min(...this.nodes.filter((each) => each.alive).map((each) => Math.max(each.adapter.deadline(), this.now + 1)));
      const next = Math.min(packet?.at ?? Infinity, deadline);
      if (next > end) break;
      this.now = next;
      if (packet && packet.at <= this.now) {
        this.#packets.shift();
        this.#deliver(packet);
      }
      for (const node of this.nodes) if (node.alive) node.tick();
    }
    this.now = end;
  }

  #deliver(packet: Packet): void {
    const node = this.nodes.find((each) => each.address === packet.to);
    if (node?.alive) return node.receive(packet.data, packet.from);
    if (node) {
      const sender = this.nodes.find((each) => each.address === packet.from);
      if (sender?.alive && node.refuses) sender.unreachable(packet.to);
      return undefined;
    }
    this.#endpoints.get(packet.to)?.receive(packet.data, packet.from);
    return undefined;
  }
}

export class SimulatedNode {
  readonly name: string;
  readonly address: string;
  readonly counters = new Map<string, number>();
  readonly traces: TraceEvent[] = [];
  readonly states: NodeState[];
  readonly store = new MemoryStore();
  readonly settings: SipSettings;
  joining = false;
  alive = true;
  /** When dead: an ICMP error comes back. */
  refuses = true;
  adapter: SipAdapter;
  readonly #peers: PeerDirectory;

  constructor(
    private readonly simulation: Simulation,
    members: readonly ClusterNode[],
    index: number,
    options: NodeOptions,
  ) {
    const nodes = members.map((each) => ({ ...each, self: each.index === index }));
    const self = nodes[index] as ClusterNode;
    this.name = self.name;
    this.address = `${self.addresses[0]?.host}:5060`;
    this.states = members.map(() => 'up');
    const defaults = defaultSettings(self);
    this.settings = options.settings ? options.settings(defaults) : defaults;
    const isJoining = (): boolean => this.joining;
    this.#peers = {
      self,
      nodes,
      state: (node) => this.states[node] ?? 'down',
      isFresh: (node) => this.states[node] === 'up',
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
    const signer = new KeyRing([{ id: 'k1', secret: Buffer.alloc(32, 7) }]);
    const territory = sipTerritory(new Identity(this.settings, this.#peers), this.settings.domains);
    const trusted = new CidrSet(this.settings.trust.flatMap((group) => group.neighbours));
    const resolver = resolverOf([
      contactStep(this.store, territory),
      registeredStep(this.store, territory, this.settings.proxy.mode === 'redirect'),
      foreignStep(this.store, { relay: 'trusted', trusted }),
    ]);
    const ports = { signer, peers: this.#peers, store: this.store, observer, resolver };
    return new SipAdapter(
      this.settings,
      ports,
      (current, incoming, now) => mergeBindings(current, incoming, now) ?? current,
      this.simulation.now,
    );
  }

  count(name: string): number {
    return this.counters.get(name) ?? 0;
  }

  receive(data: Buffer, from: string): void {
    this.adapter.handle({ kind: 'bytes', data, hop: hopOf(from) }, this.simulation.now);
    this.flush();
  }

  unreachable(address: string): void {
    this.adapter.handle({ kind: 'unreachable', hop: hopOf(address) }, this.simulation.now);
    this.flush();
  }

  peerState(name: string, state: NodeState): void {
    const index = this.simulation.node(name).index;
    this.states[index] = state;
    this.adapter.handle({ kind: 'peer', index, state }, this.simulation.now);
    this.flush();
  }

  get index(): number {
    return this.simulation.nodes.indexOf(this);
  }

  tick(): void {
    this.adapter.tick(this.simulation.now);
    this.flush();
  }

  flush(): void {
    this.adapter.drain((output) => this.#perform(output));
  }

  #perform(output: AdapterOutput): void {
    if (output.kind === 'send') this.simulation.send(this.address, `${output.hop.host}:${output.hop.port}`, output.data);
    if (output.kind === 'tell-peers') {
      for (const other of this.simulation.nodes) {
        if (other === this || !other.alive) continue;
        other.adapter.told(output.topic, output.content, this.index, this.simulation.now);
        other.flush();
      }
    }
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
}

function hopOf(address: string): Hop {
  const colon = address.lastIndexOf(':');
  return { transport: 'udp', host: address.slice(0, colon), port: Number(address.slice(colon + 1)), listener: 0 };
}

function defaultSettings(self: ClusterNode): SipSettings {
  const address = self.addresses[0] as { host: string; port: number };
  return {
    listeners: [{ transport: 'udp', host: address.host, port: address.port, advertised: address }],
    domains: ['sample2.test'],
    timers: { t1: 500, t2: 4_000, t4: 5_000, c: 180_000 },
    proxy: {
      mode: 'stateful',
      fork: 'parallel',
      serialTimeoutMs: 20_000,
      trying: 'downstream',
      recordRoute: true,
      maxForwards: 70,
      maxBreadth: 60,
    },
    path: { carrier: 'parameter', max: 3, hedge: 1, guard: 6, expiresMs: 86_400_000, downForMs: 60_000 },
    registrar: { minExpiresS: 60, defaultExpiresS: 3_600, maxExpiresS: 7_200, maxContacts: 10 },
    trust: [{ name: 'test', neighbours: ['10.1.0.0/16'], alternates: ['10.0.0.0/8'] }],
    limits: { messageBytes: 65_536, headers: 200, userAgents: [], exempt: [] },
  };
}

/** A scripted telephone: it sends what the test says and keeps what it gets. */
export class Endpoint {
  readonly received: { readonly from: string; readonly message: SipMessage; readonly text: string }[] = [];
  /** What it does with a request; by default nothing. */
  onRequest: (request: SipMessage, from: string) => void = () => undefined;

  constructor(
    private readonly simulation: Simulation,
    readonly address: string,
  ) {}

  get host(): string {
    return this.address.slice(0, this.address.lastIndexOf(':'));
  }

  send(to: string, text: string): void {
    this.simulation.send(this.address, to, Buffer.from(text, 'latin1'));
  }

  receive(data: Buffer, from: string): void {
    const decoded = decode(data);
    if (!decoded.ok) throw new Error(`${this.address} got what does not parse: ${decoded.fault.code}`);
    this.received.push({ from, message: decoded.message, text: data.toString('latin1') });
    if (decoded.message.isRequest) this.onRequest(decoded.message, from);
  }

  requests(method: string): SipMessage[] {
    return this.received.filter((each) => each.message.isRequest && each.message.method === method).map((each) => each.message);
  }

  responses(status: number, method = 'INVITE'): SipMessage[] {
    return this.received.filter((each) => each.message.status === status && each.message.cseqMethod === method).map((each) => each.message);
  }

  /** Answers by the top Via: to where the request came from. */
  respond(request: SipMessage, to: string, status: number, reason: string, options: { tag?: string; contact?: boolean } = {}): void {
    const lines = [`SIP/2.0 ${status} ${reason}`];
    const [host, port] = to.split(':') as [string, string];
    request.vias.forEach((via, index) =>
      lines.push(`Via: ${index === 0 ? `${via.text.replace(/;rport\b(?!=)/, `;rport=${port}`)};received=${host}` : via.text}`),
    );
    for (const value of request.headerValues('Record-Route')) lines.push(`Record-Route: ${value}`);
    const toTag = request.toTag === '' && status > 100 ? `;tag=${options.tag ?? 'callee'}` : '';
    lines.push(
      `From: ${request.header('From')}`,
      `To: ${request.header('To')}${toTag}`,
      `Call-ID: ${request.callId}`,
      `CSeq: ${request.cseq} ${request.cseqMethod}`,
    );
    if (options.contact !== false) lines.push(`Contact: <sip:callee@${this.address}>`);
    lines.push('Content-Length: 0', '', '');
    this.send(to, lines.join('\r\n'));
  }
}
