// TransactionResponseAck for the replies that we have received (RFC 3525 D.1.2.2): ids wait a little for a message that
// goes the same way, then they go alone.
import { hopKey, type Millis, NEVER } from '@altpath/core';
import type { AckRange, TransactionAck, TransactionId } from '../message/index.js';
import type { Association } from './events.js';

/** Ids in one message; the last of them sends it. */
const MAX_IDS = 32;
/** Places that ids wait for; the ids of the oldest go unacknowledged, which harms nobody. */
const MAX_PLACES = 4_096;

interface Waiting {
  readonly association: Association;
  readonly dueAt: Millis;
  readonly ids: TransactionId[];
}

export class Acknowledgements {
  /** By `hopKey`, in the order in which they are due. */
  readonly #places = new Map<string, Waiting>();

  constructor(private readonly delayMs: Millis) {}

  get deadline(): Millis {
    for (const { dueAt } of this.#places.values()) return dueAt;
    return NEVER;
  }

  /** A reply to this id is here. @returns `true` when no more ids fit: `take` them and send them. */
  add(association: Association, id: TransactionId, now: Millis): boolean {
    const key = hopKey(association.hop);
    let waiting = this.#places.get(key);
    if (waiting === undefined) {
      this.#places.set(key, (waiting = { association, dueAt: now + this.delayMs, ids: [] }));
      if (this.#places.size > MAX_PLACES) this.#places.delete(this.#places.keys().next().value as string);
    }
    waiting.ids.push(id);
    return waiting.ids.length >= MAX_IDS;
  }

  /**
   * What a message to this place carries besides; each id is given once. It is to stand last: §8.3 knows no order, and
   * there is software that looks at nothing behind an acknowledgement (the text dissector of Wireshark).
   */
  take(place: Pick<Association, 'hop'>): TransactionAck | undefined {
    if (this.#places.size === 0) return undefined;
    const key = hopKey(place.hop);
    const waiting = this.#places.get(key);
    if (waiting === undefined) return undefined;
    this.#places.delete(key);
    return { kind: 'ack', ranges: rangesOf(waiting.ids) };
  }

  /** The next place whose ids have waited long enough. */
  due(now: Millis): Association | undefined {
    for (const { association, dueAt } of this.#places.values()) return dueAt <= now ? association : undefined;
    return undefined;
  }
}

/** The shortest list of ranges that holds just these ids. */
export function rangesOf(ids: readonly TransactionId[]): readonly AckRange[] {
  const ranges: { first: TransactionId; last?: TransactionId }[] = [];
  for (const id of [...ids].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    const end = range === undefined ? -1 : (range.last ?? range.first);
    if (range === undefined || id > end + 1) ranges.push({ first: id });
    else if (id === end + 1) range.last = id;
  }
  return ranges;
}
