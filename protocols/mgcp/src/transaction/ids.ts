// Transaction ids (RFC 3435 §3.2.1.2). A gateway tells commands apart by the number alone, whichever agent sent them,
// so agents that stand in for each other draw from parts of the number space that do not overlap.
import type { Millis } from '@altpath/core';

/** 1..999,999,999 falls into 16 slots of this length, one a node. */
const SLOT_LENGTH = 62_500_000;
const SLOTS = 16;
/** A part of the space is gone through once in no less than this, where it is long enough for one id a millisecond. */
const TURN_MS: Millis = 3_600_000;

/**
 * Ids that follow the clock: at each instant the next one is at least as far along as the clock is, so a process that
 * starts again does not come upon what the one before it used, and nothing is used twice within 3 minutes after its
 * transaction ended (§3.2.1.2). Only a burst runs ahead of the clock; a slot has 17 ids for each millisecond.
 */
export class TransactionIds {
  readonly #first: number;
  readonly #length: number;
  readonly #perMs: number;
  #last = -1;

  /** Ids `first` to `first + length - 1`. */
  constructor(first: number, length: number) {
    this.#first = first;
    this.#length = length;
    this.#perMs = Math.max(1, Math.floor(length / TURN_MS));
  }

  /**
   * The part of a call agent's node.
   *
   * @param slot     0..15, the node's place in the cluster's file.
   * @param workers  Where several processes share the node: this one's index and their number (at most 64).
   * @throws RangeError for a slot or worker outside.
   */
  static ofNode(slot: number, workers: { readonly index: number; readonly count: number } = { index: 0, count: 1 }): TransactionIds {
    const isWorker = workers.count >= 1 && workers.count <= 64 && workers.index >= 0 && workers.index < workers.count;
    if (!(slot >= 0 && slot < SLOTS) || !isWorker) throw new RangeError(`no slot ${slot} for worker ${workers.index} of ${workers.count}`);
    const length = Math.floor((SLOT_LENGTH - 1) / workers.count);
    // 0 is no id, so the first number of each slot is left out.
    return new TransactionIds(slot * SLOT_LENGTH + 1 + workers.index * length, length);
  }

  /** The whole space: a gateway's ids need only differ among its own. */
  static ofGateway(): TransactionIds {
    return new TransactionIds(1, 999_999_999);
  }

  next(now: Millis): number {
    this.#last = Math.max(this.#last + 1, Math.floor(now * this.#perMs));
    return this.#first + (this.#last % this.#length);
  }
}

/** @returns the slot, 0..15, that a call agent's transaction id is from. */
export function slotOfTransaction(transactionId: number): number {
  return Math.floor(transactionId / SLOT_LENGTH);
}
