// What every MEGACO room of one node shares: its settings, who it is, and the ports to the outside. Made once.
import type { AdapterOutput, Hop, Observer, PeerDirectory } from '@altpath/core';
import type { CallControlPort } from '@altpath/call-control';
import type { MId } from './message/index.js';
import { mIdOfAddress } from './path-mapping.js';
import type { MegacoListener, MegacoSettings } from './settings.js';

/** The ports that the adapter is given. */
export interface MegacoPorts {
  readonly peers: PeerDirectory;
  readonly observer: Observer;
  readonly calls: CallControlPort;
  /** In [0, 1). */
  readonly random: () => number;
}

export class Environment {
  readonly peers: PeerDirectory;
  readonly observer: Observer;
  readonly calls: CallControlPort;
  readonly random: () => number;
  draining = false;
  #outbox: AdapterOutput[] = [];
  #id = 0;

  constructor(
    readonly settings: MegacoSettings,
    ports: MegacoPorts,
  ) {
    this.peers = ports.peers;
    this.observer = ports.observer;
    this.calls = ports.calls;
    this.random = ports.random;
  }

  /** The listener that a hop goes through, or the first one of its transport. */
  listenerOf(hop: Pick<Hop, 'transport' | 'listener'>): MegacoListener | undefined {
    const { listeners } = this.settings;
    const named = hop.listener === undefined ? undefined : listeners[hop.listener];
    return named ?? listeners.find(({ transport }) => transport === hop.transport) ?? listeners[0];
  }

  /** Our mId: that of the listener, the same as long as an association lasts (RFC 3525 §8.3). */
  mIdOf(hop: Pick<Hop, 'transport' | 'listener'>): MId {
    const listener = this.listenerOf(hop);
    return listener ? mIdOfAddress(listener.advertised) : { kind: 'device', name: this.peers.self.name };
  }

  /** A number for a question that is answered by a later input. */
  nextId(): number {
    this.#id += 1;
    return this.#id;
  }

  emit(output: AdapterOutput): void {
    this.#outbox.push(output);
  }

  tellPeers(topic: string, content: string): void {
    this.#outbox.push({ kind: 'tell-peers', topic, content });
  }

  drain(perform: (output: AdapterOutput) => void): void {
    while (this.#outbox.length > 0) {
      const batch = this.#outbox;
      this.#outbox = [];
      batch.forEach(perform);
    }
  }
}
