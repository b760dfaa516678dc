// A datagram network for tests: delay, loss and cuts, all from one seed.
import type { Millis } from '@altpath/core';
import type { Random } from './random.js';
import type { SimulatedClock } from './simulated-clock.js';

/** What happens to a datagram sent to `to`, an address as the test names them. */
export type Receive = (data: Buffer, from: string) => void;

export class SimulatedNetwork {
  /** One-way delay of every datagram. */
  latencyMs: Millis = 1;
  /** Further delay of up to this much, which lets datagrams overtake each other. */
  jitterMs: Millis = 0;
  /** Share of datagrams that are lost, 0..1. */
  loss = 0;
  readonly #receivers = new Map<string, Receive>();
  readonly #cuts = new Set<string>();

  constructor(
    private readonly clock: SimulatedClock,
    private readonly random: Random,
  ) {}

  /** Opens an address; a second call replaces the receiver, as a restarted process does. */
  listen(address: string, receive: Receive): void {
    this.#receivers.set(address, receive);
  }

  /** @returns `false` when nobody listens there: what a host would report by ICMP. */
  send(from: string, to: string, data: Buffer): boolean {
    if (!this.#receivers.has(to)) return false;
    if (this.#cuts.has(`${from} ${to}`) || this.random.chance(this.loss)) return true;
    const delayMs = this.latencyMs + this.random.next() * this.jitterMs;
    this.clock.after(delayMs, () => this.#receivers.get(to)?.(Buffer.from(data), from));
    return true;
  }

  close(address: string): void {
    this.#receivers.delete(address);
  }

  /** Nothing passes between `a` and `b` any more, silently. */
  cut(a: string, b: string): void {
    this.#cuts.add(`${a} ${b}`).add(`${b} ${a}`);
  }

  mend(): void {
    this.#cuts.clear();
  }
}
