// K for the answers that we have received: which ids the next command to the same side may confirm (RFC 3435 §3.5.2).
import { formatHostPort, type Millis } from '@altpath/core';
import type { TransactionRange } from '../message/parameters.js';
import type { EntityPlace } from './events.js';

/** Ids that wait for each side, and sides; older ones go unconfirmed, which harms nobody. */
const MAX_IDS = 64;
const MAX_SIDES = 1_024;
/** Ranges in one command: §3.5.2 asks for short lists. */
const MAX_RANGES = 8;

interface Answered {
  readonly transactionId: number;
  readonly at: Millis;
}

export class Confirmations {
  readonly #sides = new Map<string, Answered[]>();

  /** A final response to `transactionId`, which was sent to this side, is here. */
  answered(side: EntityPlace, transactionId: number, now: Millis): void {
    const key = formatHostPort(side);
    let ids = this.#sides.get(key);
    if (ids === undefined) {
      this.#sides.set(key, (ids = []));
      if (this.#sides.size > MAX_SIDES) this.#sides.delete(this.#sides.keys().next().value as string);
    }
    ids.push({ transactionId, at: now });
    if (ids.length > MAX_IDS) ids.shift();
  }

  /** What the next command to this side confirms; each id is given once, none later than `withinMs` after its response. */
  take(side: EntityPlace, withinMs: Millis, now: Millis): readonly TransactionRange[] {
    const key = formatHostPort(side);
    const ids = this.#sides.get(key);
    if (ids === undefined) return [];
    this.#sides.delete(key);
    const fresh = ids.filter(({ at }) => now - at < withinMs).map(({ transactionId }) => transactionId);
    return rangesOf(fresh).slice(0, MAX_RANGES);
  }
}

/** The shortest list of ranges that holds just these ids. */
export function rangesOf(ids: readonly number[]): readonly TransactionRange[] {
  const ranges: { first: number; last: number }[] = [];
  for (const id of [...ids].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range !== undefined && id <= range.last + 1) range.last = id;
    else ranges.push({ first: id, last: id });
  }
  return ranges;
}
