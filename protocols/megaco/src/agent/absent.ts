// Gateways that another node had and that have not come here yet, although it is gone: while some are on their way, legs of
// calls may be on theirs. A gateway comes when it notices, after its heartbeat and T-MAX at the latest (RFC 3525 §11.5).
import { type Millis, NEVER } from '@altpath/core';
import type { Gateway } from './gateway.js';

export class Absent {
  readonly #until = new Map<Gateway, Millis>();

  get any(): boolean {
    return this.#until.size > 0;
  }

  expect(gateway: Gateway, until: Millis): void {
    if (!this.#until.has(gateway)) this.#until.set(gateway, until);
  }

  /** It is here, or another node has it. */
  settled(gateway: Gateway): void {
    this.#until.delete(gateway);
  }

  clear(): void {
    this.#until.clear();
  }

  /** Forgets those that are overdue. */
  sweep(now: Millis): void {
    for (const [gateway, until] of this.#until) if (until <= now) this.#until.delete(gateway);
  }

  deadline(): Millis {
    return Math.min(NEVER, ...this.#until.values());
  }
}
