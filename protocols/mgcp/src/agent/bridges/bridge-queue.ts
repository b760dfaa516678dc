// Bridges that may have something to send, in the order in which they came to need it, and those that wait for an instant.
import { NEVER, type Millis } from '@altpath/core';
import type { Bridge } from './bridge.js';

export class BridgeQueue {
  readonly #queue = new Set<Bridge>();
  readonly #waiting = new Set<Bridge>();
  /** No waiting one is due before. */
  #wakeAt: Millis = NEVER;

  get size(): number {
    return this.#queue.size;
  }

  add(bridge: Bridge): void {
    this.#waiting.delete(bridge);
    this.#queue.add(bridge);
  }

  remove(bridge: Bridge): void {
    this.#queue.delete(bridge);
    this.#waiting.delete(bridge);
  }

  /** Each, once; one that is added meanwhile comes too. Who is served is removed first, and may be added again. */
  bridges(): Iterable<Bridge> {
    return this.#queue;
  }

  /** It has nothing to send before its own deadline. */
  wait(bridge: Bridge): void {
    const at = bridge.deadline();
    if (at === NEVER) return;
    this.#waiting.add(bridge);
    this.#wakeAt = Math.min(this.#wakeAt, at);
  }

  /** Puts those whose wait is over back into the queue. */
  tick(now: Millis): void {
    if (now < this.#wakeAt) return;
    this.#wakeAt = NEVER;
    for (const bridge of this.#waiting) {
      const at = bridge.deadline();
      if (at <= now) this.add(bridge);
      else this.#wakeAt = Math.min(this.#wakeAt, at);
    }
  }

  /** May be early. */
  deadline(): Millis {
    return this.#wakeAt;
  }
}
