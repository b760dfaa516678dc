// What every room of an adapter that controls gateways shares on one node: its settings, who it is, and the ports to the
// outside. Made once, by the adapter.
import type { AdapterOutput, Observer, PeerDirectory } from '@altpath/core';
import type { CallControlPort } from './half-call.js';

/** The ports that an adapter which controls gateways is given. */
export interface ControllerPorts {
  readonly peers: PeerDirectory;
  readonly observer: Observer;
  readonly calls: CallControlPort;
  /** In [0, 1). */
  readonly random: () => number;
}

/** What is emitted waits here until the adapter is drained, in the order in which it came. */
export class ControllerEnvironment<Settings> {
  readonly peers: PeerDirectory;
  readonly observer: Observer;
  readonly calls: CallControlPort;
  readonly random: () => number;
  draining = false;
  #outbox: AdapterOutput[] = [];
  #id = 0;

  constructor(
    readonly settings: Settings,
    ports: ControllerPorts,
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

  /** Gives away what was emitted, and what is emitted meanwhile. */
  drain(perform: (output: AdapterOutput) => void): void {
    while (this.#outbox.length > 0) {
      const batch = this.#outbox;
      this.#outbox = [];
      batch.forEach(perform);
    }
  }
}
