// What every SIP room of one node shares: its settings, who it is, and the ports to the outside. Made once.
import type { CallControlPort } from '@altpath/call-control';
import {
  type AdapterOutput,
  type AddressResolver,
  FadingHealth,
  type Hop,
  type HostPort,
  hopKey,
  type LocationStore,
  type Millis,
  type Observer,
  type PeerDirectory,
  type Signer,
  type Transmitter,
} from '@altpath/core';
import { Identity } from './path/identity.js';
import { SipPeers } from './path/sip-peers.js';
import { TrustPolicy } from './path/trust.js';
import { TracedMessage } from './traced-message.js';
import type { SipSettings } from './settings.js';

/** The ports that the adapter is given. */
export interface SipPorts {
  readonly signer: Signer;
  readonly peers: PeerDirectory;
  readonly store: LocationStore;
  readonly observer: Observer;
  readonly resolver: AddressResolver;
  /** Call control, where this node has one: without it no call is served here, all are passed on. */
  readonly calls?: CallControlPort | undefined;
}

/** Beside what is shared: the last stage. What is sent here becomes an output; how it went comes back as an input. */
export class Environment implements Transmitter {
  readonly identity: Identity;
  readonly trust: TrustPolicy;
  readonly health: FadingHealth;
  readonly signer: Signer;
  readonly peers: PeerDirectory;
  readonly store: LocationStore;
  readonly observer: Observer;
  readonly resolver: AddressResolver;
  /** No new calls are taken. */
  draining = false;
  #outbox: AdapterOutput[] = [];
  #spare: AdapterOutput[] = [];
  /** What waits until everybody else has been told. */
  #last: Later[] = [];
  #isLast = false;
  #id = 0;

  constructor(
    readonly settings: SipSettings,
    ports: SipPorts,
  ) {
    this.signer = ports.signer;
    this.peers = new SipPeers(ports.peers);
    this.store = ports.store;
    this.observer = ports.observer;
    this.resolver = ports.resolver;
    this.identity = new Identity(settings, this.peers);
    const own = (address: HostPort): boolean => this.identity.nodeAt(address.host, address.port) === this.peers.self.index;
    this.trust = new TrustPolicy(settings.trust, own);
    this.health = new FadingHealth(settings.path.downForMs);
  }

  /** Was this node heard a moment ago, and has nothing said since that it cannot be reached? An ICMP error is quicker than a heartbeat that stays away. */
  isPresent(node: number, now: Millis): boolean {
    if (node < 0 || !this.peers.isFresh(node, now)) return false;
    return this.peers.nodes[node]?.addresses.some((each) => this.health.isDown(hopKey(each), now)) !== true;
  }

  /** While this node waits for the others' tables: one that is up and knows where users are. */
  peerToAsk(now: Millis): Hop | undefined {
    if (!this.peers.joining) return undefined;
    const peer = this.peers.nodes.find((node) => !node.self && this.peers.state(node.index, now) === 'up');
    return peer && this.hopTo(peer.index);
  }

  /** Where a node of ours listens for SIP, over UDP where it does; undefined where it does not speak SIP. */
  hopTo(node: number): Hop | undefined {
    const addresses = this.peers.nodes[node]?.addresses;
    const address = addresses?.find((each) => each.transport === 'udp') ?? addresses?.[0];
    return address && { transport: address.transport, host: address.host, port: address.port };
  }

  /**
   * Hands a request that gets no answer of its own, or has got it already (ACK, CANCEL), to a peer as it came: what the
   * peer derives from it is then what this node would have derived. Never on from another node.
   *
   * @returns whether there was a peer to hand it to.
   */
  handToPeer(request: Buffer, from: Hop, now: Millis): boolean {
    const peer = this.identity.nodeAt(from.host, from.port) < 0 ? this.peerToAsk(now) : undefined;
    if (!peer) return false;
    this.observer.count('sip.request.asked-peer', 'handed');
    this.send(request, peer, now, 'joining: the other node knows');
    return true;
  }

  /** A number for a question that is answered by a later input. */
  nextId(): number {
    this.#id += 1;
    return this.#id;
  }

  emit(output: AdapterOutput): void {
    this.#outbox.push(output);
  }

  /** Sends, and tells the ladder. `note` says why this hop, where it is not the plain way. */
  send(data: Buffer, hop: Hop, now: Millis, note?: string): void {
    const output: AdapterOutput = { kind: 'send', data, hop };
    const traced = this.observer.tracing ? new TracedMessage(now, 'out', data, hop, note) : undefined;
    if (this.#isLast || this.#isBehind(hop)) return void this.#last.push({ hop: hopKey(hop), output, traced });
    this.#outbox.push(output);
    if (traced) this.observer.trace(traced);
  }

  /**
   * What is sent within this leaves last: after all else that comes of it, here and in other protocols. It answers somebody, and who
   * has no answer says it again: should this node end in between, to the next one.
   */
  lastly(act: () => void): void {
    this.#isLast = true;
    try {
      act();
    } finally {
      this.#isLast = false;
    }
  }

  /** Something waits that goes to the same: one peer hears everything in its order. */
  #isBehind(hop: Hop): boolean {
    return this.#last.length > 0 && this.#last.some((each) => each.hop === hopKey(hop));
  }

  /** Something waits that leaves last. */
  get speaksLast(): boolean {
    return this.#last.length > 0;
  }

  traceIn(data: Buffer, hop: Hop, now: Millis): void {
    if (this.observer.tracing) this.observer.trace(new TracedMessage(now, 'in', data, hop));
  }

  drain(perform: (output: AdapterOutput) => void): void {
    for (;;) {
      if (this.#outbox.length === 0) this.#sayLast();
      if (this.#outbox.length === 0) return;
      const batch = this.#outbox;
      this.#outbox = this.#spare;
      for (const output of batch) perform(output);
      batch.length = 0;
      this.#spare = batch;
    }
  }

  #sayLast(): void {
    for (const { output, traced } of this.#last.splice(0)) {
      this.#outbox.push(output);
      if (traced) this.observer.trace(traced);
    }
  }
}

interface Later {
  readonly hop: string;
  readonly output: AdapterOutput;
  readonly traced: TracedMessage | undefined;
}
