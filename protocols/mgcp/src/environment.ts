// What every MGCP room of one node shares: its settings, who it is, and the ports to the outside. Made once.
import type { AdapterOutput, Observer, PeerDirectory } from '@altpath/core';
import type { CallControlPort } from '@altpath/call-control';
import type { MgcpSettings } from './settings.js';

/** The ports that the adapter is given. */
export interface MgcpPorts {
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
    readonly settings: MgcpSettings,
    ports: MgcpPorts,
  ) {
    this.peers = ports.peers;
    this.observer = ports.observer;
    this.calls = ports.calls;
    this.random = ports.random;
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
