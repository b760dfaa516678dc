// Gateways that the file gives by name: looked up at the start and again from time to time, since a gateway is obeyed only
// from where its name leads.
import type { Millis, NameQuestion, ResolvedAddress } from '@altpath/core';
import type { ControllerEnvironment } from './controller-environment.js';
import type { GatewayAddresses } from './gateway-addresses.js';

/** How often names are asked for again. */
const AGAIN_MS: Millis = 60_000;

export class GatewayNames {
  /** Questions without an answer. */
  readonly #asked = new Map<number, GatewayAddresses>();
  #askAt: Millis;

  /** @param service  The protocol's, for service records, and the port where there are none; of answers the host alone is used. */
  constructor(
    private readonly environment: Pick<ControllerEnvironment<unknown>, 'nextId' | 'emit'>,
    private readonly gateways: Iterable<{ readonly addresses: GatewayAddresses }>,
    private readonly service: Pick<NameQuestion, 'service' | 'port'>,
    now: Millis,
  ) {
    this.#askAt = now;
  }

  sweep(now: Millis): void {
    if (now < this.#askAt) return;
    this.#askAt = now + AGAIN_MS;
    this.#asked.clear();
    for (const { addresses } of this.gateways) {
      for (const host of addresses.names) {
        const id = this.environment.nextId();
        this.#asked.set(id, addresses);
        this.environment.emit({ kind: 'resolve', id, question: { host, transport: 'udp', secure: false, ...this.service } });
      }
    }
  }

  /** @returns false when the question was not one of these. */
  resolved(id: number, found: readonly ResolvedAddress[]): boolean {
    const addresses = this.#asked.get(id);
    if (!addresses) return false;
    this.#asked.delete(id);
    addresses.learn(found.map(({ host }) => host));
    return true;
  }
}
