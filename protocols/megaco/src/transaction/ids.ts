// Transaction ids (RFC 3525 §8.1.1, Annex D.1.2.1): 32 bits, unique for an mId, never 0.
import type { Millis } from '@altpath/core';
import type { TransactionId } from '../message/index.js';

/** 1..2^32-1. */
const SPACE = 0xffff_ffff;
/** The space is gone through once in no less than this. */
const TURN_MS: Millis = 3_600_000;

/**
 * Ids that follow the clock: each is at least as far along as the clock is, so a process that starts again does not come
 * upon what the one before it used, and none is used twice within LONG-TIMER. Only a burst of more than 1,193 a
 * millisecond (fewer with several workers) runs ahead of the clock.
 */
export class TransactionIds {
  readonly #first: number;
  readonly #length: number;
  readonly #perMs: number;
  #last = -1;

  /**
   * @param workers  Where several processes speak under one mId: this one's index and their number (at most 64).
   * @throws RangeError for a worker outside.
   */
  constructor(workers: { readonly index: number; readonly count: number } = { index: 0, count: 1 }) {
    const { index, count } = workers;
    if (!(count >= 1 && count <= 64 && index >= 0 && index < count)) throw new RangeError(`no worker ${index} of ${count}`);
    this.#length = Math.floor(SPACE / count);
    this.#first = 1 + index * this.#length;
    this.#perMs = Math.max(1, Math.floor(this.#length / TURN_MS));
  }

  next(now: Millis): TransactionId {
    this.#last = Math.max(this.#last + 1, Math.floor(now * this.#perMs));
    return this.#first + (this.#last % this.#length);
  }
}
