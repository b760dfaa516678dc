// What every SIP room of one node shares: its settings, who it is, and the ports to the outside. Made once.
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
import type { SipMessage } from './codec/sip-message.js';
import { Identity } from './path/identity.js';
import { TrustPolicy } from './path/trust.js';
import type { SipSettings } from './settings.js';

/** The ports that the adapter is given. */
export interface SipPorts {
  readonly signer: Signer;
  readonly peers: PeerDirectory;
  readonly store: LocationStore;
  readonly observer: Observer;
  readonly resolver: AddressResolver;
}

/** As much of a message as says what it is. */
const SUMMARY_BYTES = 24;

/** What a ladder wants to know of a message that is sent. */
export type About = Pick<SipMessage, 'callId' | 'cseqMethod'>;

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
  #id = 0;

  constructor(
    readonly settings: SipSettings,
    ports: SipPorts,
  ) {
    this.signer = ports.signer;
    this.peers = ports.peers;
    this.store = ports.store;
    this.observer = ports.observer;
    this.resolver = ports.resolver;
    this.identity = new Identity(settings, ports.peers);
    const own = (address: HostPort): boolean => this.identity.nodeAt(address.host, address.port) === ports.peers.self.index;
    this.trust = new TrustPolicy(settings.trust, own);
    this.health = new FadingHealth(settings.path.downForMs);
  }

  /** Was this node heard a moment ago, and has nothing said since that it cannot be reached? An ICMP error is quicker than a heartbeat that stays away. */
  isPresent(node: number, now: Millis): boolean {
    if (!this.peers.isFresh(node, now)) return false;
    return this.peers.nodes[node]?.addresses.some((each) => this.health.isDown(hopKey(each), now)) !== true;
  }

  /** A number for a question that is answered by a later input. */
  nextId(): number {
    this.#id += 1;
    return this.#id;
  }

  emit(output: AdapterOutput): void {
    this.#outbox.push(output);
  }

  transmit(data: Buffer, hop: Hop, now: Millis): void {
    this.send(data, hop, undefined, now);
  }

  /** Sends, and tells the ladder. `note` says why this hop, where it is not the plain way. */
  send(data: Buffer, hop: Hop, about: About | undefined, now: Millis, note?: string): void {
    this.#outbox.push({ kind: 'send', data, hop });
    if (this.observer.tracing) this.#trace(data, hop, about, now, note);
  }

  #trace(data: Buffer, hop: Hop, about: About | undefined, now: Millis, note: string | undefined): void {
    const head = data.toString('latin1', 0, SUMMARY_BYTES);
    const isResponse = head.startsWith('SIP/2.0 ');
    const summary = isResponse ? `${head.slice(8, 11)} ${about?.cseqMethod ?? ''}` : head.slice(0, Math.max(0, head.indexOf(' ')));
    this.observer.trace({ at: now, callId: about?.callId ?? '', direction: 'out', peer: hopKey(hop), summary, note });
  }

  traceIn(message: SipMessage, hop: Hop, now: Millis): void {
    if (!this.observer.tracing) return;
    const summary = message.isRequest ? message.method : `${message.status} ${message.cseqMethod}`;
    this.observer.trace({ at: now, callId: message.callId, direction: 'in', peer: hopKey(hop), summary });
  }

  drain(perform: (output: AdapterOutput) => void): void {
    while (this.#outbox.length > 0) {
      const batch = this.#outbox;
      this.#outbox = this.#spare;
      for (const output of batch) perform(output);
      batch.length = 0;
      this.#spare = batch;
    }
  }
}
