// A cluster in a simulated network: a clock that only moves when told, datagrams and connections that a test may lose,
// and scripted endpoints. No socket and no waiting; the order of everything is fixed.
import { type ClusterNode, type Hop, hopKey, type Millis, type ResolvedAddress } from '@altpath/core';
import { Endpoint } from './endpoint.js';
import { type NodeOptions, SimulatedNode } from './simulated-node.js';

export { Endpoint } from './endpoint.js';
export { type NodeOptions, SimulatedNode } from './simulated-node.js';

/** What makes a packet part of a connection. */
interface Carriage {
  readonly transport?: 'udp' | 'tcp';
  readonly flow?: number;
}

/** `host:port` of both ends and the text of one message that crossed the network. */
export interface Crossed extends Carriage {
  readonly at: Millis;
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

interface Packet extends Carriage {
  readonly at: Millis;
  readonly order: number;
  readonly from: string;
  readonly to: string;
  readonly data: Buffer;
}

const START = 1_700_000_000_000;
const LATENCY_MS = 1;

export class Simulation {
  readonly startedAt: Millis = START;
  now: Millis = START;
  readonly nodes: SimulatedNode[] = [];
  readonly crossed: Crossed[] = [];
  /** Addresses whose hosts answer with ICMP instead of taking anything. */
  readonly refusing = new Set<string>();
  /** What DNS knows; a name that is not here resolves to nothing. */
  readonly names = new Map<string, readonly ResolvedAddress[]>();
  /** Asked for every packet; `true` loses it. */
  lose: (packet: Crossed) => boolean = () => false;
  readonly #packets: Packet[] = [];
  readonly #later: { readonly at: Millis; readonly run: () => void }[] = [];
  readonly #endpoints = new Map<string, Endpoint>();
  /** Open connections: the number by both ends' addresses, in either order. */
  readonly #flows = new Map<string, number>();
  #order = 0;
  #flow = 0;

  /** Nodes `10.0.0.1`, `10.0.0.2` ... in this order. */
  constructor(names: readonly string[] = [], options: NodeOptions = {}) {
    this.addCluster(names, options, '10.0.0');
  }

  /** Another cluster in the same network: `PREFIX.1`, `PREFIX.2` ... @returns its nodes. */
  addCluster(names: readonly string[], options: NodeOptions = {}, prefix = '10.2.0'): SimulatedNode[] {
    const transports = options.tcp ? (['udp', 'tcp'] as const) : (['udp'] as const);
    const members: ClusterNode[] = names.map((name, index) => ({
      name,
      index,
      self: false,
      addresses: transports.map((transport) => ({
        host: `${prefix}.${index + 1}`,
        port: options.port ?? 5060,
        scheme: `sip+${transport}`,
        transport,
      })),
    }));
    const nodes = members.map((member) => new SimulatedNode(this, members, member.index, options));
    this.nodes.push(...nodes);
    return nodes;
  }

  node(name: string): SimulatedNode {
    const found = this.nodes.find((each) => each.name === name);
    if (!found) throw new Error(`no node ${name}`);
    return found;
  }

  /** Every other node holds this one for down. */
  deadForAllOf(name: string): void {
    for (const other of this.nodes) if (other.name !== name && other.running) other.peerState(name, 'down');
  }

  /** Dies with a word from its host or without, and the others notice. */
  kill(name: string): void {
    this.node(name).die();
    this.deadForAllOf(name);
  }

  endpoint(address: string): Endpoint {
    const endpoint = new Endpoint(this, address);
    this.#endpoints.set(address, endpoint);
    return endpoint;
  }

  /** ms since the start. */
  get elapsed(): Millis {
    return this.now - START;
  }

  /** The requests and responses that crossed from one address to another, as their start lines. */
  between(from: string, to: string): string[] {
    return this.crossed.filter((each) => each.from === from && each.to === to).map((each) => each.text.split('\r\n', 1)[0] ?? '');
  }

  // --- the network -------------------------------------------------------------------------------------------------

  send(from: string, to: string, data: Buffer, carriage: Carriage): void {
    const crossed = { at: this.now, from, to, text: data.toString('latin1'), ...carriage };
    this.crossed.push(crossed);
    if (this.lose(crossed)) return;
    this.#order += 1;
    this.#packets.push({ at: this.now + LATENCY_MS, order: this.#order, from, to, data, ...carriage });
  }

  /** What a node sends: a datagram, or bytes over the flow to that address, opened where there is none. */
  sendFrom(node: SimulatedNode, data: Buffer, hop: Hop): void {
    const to = hopKey(hop).slice(hop.transport.length + 1);
    if (hop.transport === 'udp') return this.send(node.address, to, data, {});
    const flow = this.#flowBetween(node.address, to) ?? (this.#accepts(to) ? this.connect(node.address, to) : undefined);
    if (flow !== undefined) return this.send(node.address, to, data, { transport: 'tcp', flow });
    return this.later(LATENCY_MS, () => node.running && node.unreachable(to, 'tcp', data));
  }

  /** The number of the connection between two addresses, opened where there is none. */
  connect(a: string, b: string): number {
    const known = this.#flowBetween(a, b);
    if (known !== undefined) return known;
    this.#flow += 1;
    this.#flows.set([a, b].sort().join(' '), this.#flow);
    return this.#flow;
  }

  /** The connection breaks; nodes at its ends hear of it. */
  disconnect(a: string, b: string): void {
    const flow = this.#flowBetween(a, b);
    this.#flows.delete([a, b].sort().join(' '));
    if (flow === undefined) return;
    for (const [own, other] of [
      [a, b],
      [b, a],
    ] as const)
      this.nodes.find((each) => each.address === own && each.running)?.flowClosed(other, flow);
  }

  #flowBetween(a: string, b: string): number | undefined {
    return this.#flows.get([a, b].sort().join(' '));
  }

  #accepts(address: string): boolean {
    if (this.#endpoints.get(address)?.listens) return true;
    return this.nodes.some(
      (each) => each.address === address && each.alive && each.settings.listeners.some((listener) => listener.transport === 'tcp'),
    );
  }

  /** One fire-and-forget datagram to every other node of the same cluster. */
  tell(from: SimulatedNode, topic: string, content: string): void {
    const cluster = from.address.slice(0, from.address.lastIndexOf('.'));
    for (const other of this.nodes) {
      if (other === from || !other.address.startsWith(`${cluster}.`)) continue;
      this.later(LATENCY_MS, () => {
        if (!other.running) return;
        other.adapter.told(topic, content, from.index, this.now);
        other.flush();
      });
    }
  }

  resolve(node: SimulatedNode, id: number, name: string): void {
    this.later(LATENCY_MS, () => {
      if (!node.running) return;
      node.adapter.handle({ kind: 'resolved', id, addresses: this.names.get(name) ?? [] }, this.now);
      node.flush();
    });
  }

  // --- time --------------------------------------------------------------------------------------------------------

  later(ms: Millis, run: () => void): void {
    this.#later.push({ at: this.now + ms, run });
  }

  /** Runs everything that happens until `now + ms`. */
  run(ms: Millis): void {
    const end = this.now + ms;
    for (;;) {
      const next = Math.min(this.#nextPacket()?.at ?? Infinity, ...this.#later.map((each) => each.at), this.#nextDeadline());
      if (next > end) break;
      this.now = Math.max(next, this.now);
      this.#runLater();
      const packet = this.#nextPacket();
      if (packet && packet.at <= this.now) {
        this.#packets.splice(this.#packets.indexOf(packet), 1);
        this.#deliver(packet);
      }
      for (const node of this.nodes) if (node.running) node.tick();
    }
    this.now = end;
  }

  #nextPacket(): Packet | undefined {
    let first: Packet | undefined;
    for (const packet of this.#packets)
      if (!first || packet.at < first.at || (packet.at === first.at && packet.order < first.order)) first = packet;
    return first;
  }

  #nextDeadline(): Millis {
    return Math.min(...this.nodes.filter((each) => each.running).map((each) => Math.max(each.adapter.deadline(), this.now + 1)));
  }

  #runLater(): void {
    const due = this.#later.filter((each) => each.at <= this.now);
    for (const each of due) {
      this.#later.splice(this.#later.indexOf(each), 1);
      each.run();
    }
  }

  #deliver(packet: Packet): void {
    const { from, to, data, flow } = packet;
    if (this.refusing.has(to)) return this.nodes.find((each) => each.address === from && each.running)?.unreachable(to);
    const node = this.nodes.find((each) => each.address === to);
    if (node?.running) return node.receive(data, from, flow);
    if (node) {
      const sender = this.nodes.find((each) => each.address === from);
      if (sender?.running && node.refuses && !node.frozen) sender.unreachable(to);
      return undefined;
    }
    this.#endpoints.get(to)?.receive(data, from, this.now, flow);
    return undefined;
  }
}
