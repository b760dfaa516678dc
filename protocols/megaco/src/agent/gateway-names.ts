// Gateways that the file gives by name: looked up at the start and again from time to time, since a gateway is obeyed only
// from where its name leads.
import type { Millis, ResolvedAddress } from '@altpath/core';
import type { Environment } from '../environment.js';
import type { Gateway } from './gateway.js';
import type { Gateways } from './gateways.js';

/** How often names are asked for again. */
const AGAIN_MS: Millis = 60_000;
/** RFC 3525 §9: of text; the address alone is used. */
const PORT = 2_944;

export class GatewayNames {
  /** Questions without an answer. */
  readonly #asked = new Map<number, Gateway>();
  #askAt: Millis;

  constructor(
    private readonly environment: Environment,
    private readonly gateways: Gateways,
    now: Millis,
  ) {
    this.#askAt = now;
  }

  sweep(now: Millis): void {
    if (now < this.#askAt) return;
    this.#askAt = now + AGAIN_MS;
    this.#asked.clear();
    for (const gateway of this.gateways) {
      for (const host of gateway.addresses.names) {
        const id = this.environment.nextId();
        this.#asked.set(id, gateway);
        this.environment.emit({ kind: 'resolve', id, question: { host, port: PORT, transport: 'udp', secure: false, service: 'megaco' } });
      }
    }
  }

  resolved(id: number, addresses: readonly ResolvedAddress[]): void {
    this.#asked.get(id)?.addresses.learn(addresses.map(({ host }) => host));
    this.#asked.delete(id);
  }
}
