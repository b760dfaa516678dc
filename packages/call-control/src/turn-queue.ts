// Who may have something to send, in the order in which each came to need it, and who waits for an instant of his own.
import { type Millis, NEVER } from '@altpath/core';

/** Each is in the queue once, or waits, or neither. Who owns it empties the queue after each input. */
export class TurnQueue<Item extends { deadline(): Millis }> {
  readonly #queue = new Set<Item>();
  readonly #waiting = new Set<Item>();
  /** No waiting one is due before. */
  #wakeAt: Millis = NEVER;

  /** How many stand in the queue. */
  get size(): number {
    return this.#queue.size;
  }

  /** It may have something to say, and has not been asked yet. */
  has(item: Item): boolean {
    return this.#queue.has(item);
  }

  add(item: Item): void {
    this.#waiting.delete(item);
    this.#queue.add(item);
  }

  remove(item: Item): void {
    this.#queue.delete(item);
    this.#waiting.delete(item);
  }

  /** Each, once; one that is added meanwhile comes too. Who is served is removed first, and may be added again. */
  [Symbol.iterator](): Iterator<Item> {
    return this.#queue[Symbol.iterator]();
  }

  /** It has nothing to send before its own deadline. */
  wait(item: Item): void {
    const at = item.deadline();
    if (at === NEVER) return;
    this.#waiting.add(item);
    this.#wakeAt = Math.min(this.#wakeAt, at);
  }

  /** Puts those whose wait is over back into the queue. */
  tick(now: Millis): void {
    if (now < this.#wakeAt) return;
    this.#wakeAt = NEVER;
    for (const item of this.#waiting) {
      const at = item.deadline();
      if (at <= now) this.add(item);
      else this.#wakeAt = Math.min(this.#wakeAt, at);
    }
  }

  /** May be early. */
  deadline(): Millis {
    return this.#wakeAt;
  }
}
