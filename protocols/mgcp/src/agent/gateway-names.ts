// Gateways that the file gives by name: looked up at the start and again from time to time, since a gateway is obeyed only
// from where its name leads.
import type { Millis, ResolvedAddress } from '@altpath/core';
import type { Environment } from '../environment.js';
import { DEFAULT_GATEWAY_PORT } from '../message/entity-name.js';
import type { Gateway } from './gateway.js';
import type { Gateways } from './gateways.js';

/** How often names are asked for again. */
const AGAIN_MS: Millis = 60_000;

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
        const question = { host, port: DEFAULT_GATEWAY_PORT, transport: 'udp', secure: false, service: 'mgcp' } as const;
        this.environment.emit({ kind: 'resolve', id, question });
      }
    }
  }

  /** @returns false when the question was not ours. */
  resolved(id: number, addresses: readonly ResolvedAddress[]): boolean {
    const gateway = this.#asked.get(id);
    if (!gateway) return false;
    this.#asked.delete(id);
    gateway.addresses.learn(addresses.map(({ host }) => host));
    return true;
  }
}
