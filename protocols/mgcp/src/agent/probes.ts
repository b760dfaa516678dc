// A node that is held for dead is asked itself before its gateways are taken: the way between two nodes may be broken while
// both of them reach the gateways, and a gateway has one controller at a time (RFC 3435 §4.1).
import type { Millis } from '@altpath/core';
import { agentAddress } from '../path-mapping.js';
import type { AgentParts } from './parts.js';

/** How long it has to answer. */
const PROBE_MS: Millis = 800;
/** One that answered is asked again so much later, while it is held for dead. */
const AGAIN_MS: Millis = 2_000;
const ENDPOINT = 'probe';

export class Probes {
  /** Nodes that are being asked, each until when. */
  readonly #open = new Map<number, Millis>();
  /** Nodes that answered although they are held for dead, and when each is asked again. */
  readonly #alive = new Map<number, Millis>();

  constructor(private readonly parts: AgentParts) {}

  /** It may live for all that is known: its gateways are not taken. */
  doubts(index: number): boolean {
    return this.#open.has(index) || this.#alive.has(index);
  }

  /** A short question to where the node listens for gateways: one that lives answers anything. */
  ask(index: number, now: Millis): void {
    if (this.#open.has(index)) return;
    const { environment, courier, takeover } = this.parts;
    const node = environment.peers.nodes[index];
    const address = node && agentAddress(node);
    if (!address) return takeover.nodeGone(index);
    this.#alive.delete(index);
    this.#open.set(index, now + PROBE_MS);
    this.parts.wakeBy(now + PROBE_MS);
    courier.run({
      gateway: undefined,
      to: { names: [{ host: address.host, port: address.port }] },
      command: { verb: 'AUEP', endpoint: { local: ENDPOINT, domain: node.name }, parameters: {} },
      then: (response, at) => {
        if (!response) return;
        environment.observer.count('mgcp.probe.answered');
        if (this.#open.delete(index)) this.#alive.set(index, at + AGAIN_MS);
      },
    });
  }

  /** It is plainly there. */
  settled(index: number): void {
    this.#open.delete(index);
    this.#alive.delete(index);
  }

  clear(): void {
    this.#open.clear();
    this.#alive.clear();
  }

  sweep(now: Millis): void {
    const { environment, layer, takeover } = this.parts;
    for (const [index, againAt] of this.#alive) {
      if (now < againAt) continue;
      this.#alive.delete(index);
      if (environment.peers.state(index, now) === 'down') this.ask(index, now);
    }
    for (const [index, until] of this.#open) {
      if (now < until) continue;
      this.#open.delete(index);
      environment.observer.count('mgcp.probe.silent');
      const name = environment.peers.nodes[index]?.name;
      layer.abandon(({ command }) => command.endpoint.local === ENDPOINT && command.endpoint.domain === name);
      takeover.nodeGone(index);
    }
  }
}
