// The live table of finished calls: the newest of them, one record a call.
import type { CallDetailRecord, Millis } from '@altpath/core';
import { own, shared } from './compact.js';

/** What both copies of one call's record say together; the same whichever comes first. */
export type MergeDetails = (known: CallDetailRecord, other: CallDetailRecord) => CallDetailRecord;

/**
 * Finished calls that are kept. Higher: longer looks back, and about 350 bytes of memory for each; lower: records that
 * nobody has fetched go earlier.
 */
export const DETAIL_LIMIT = 100_000;
/** Beyond the limit by this part of it, the oldest go: sorting is not done for one record. */
const SLACK = 0.01;

export class DetailTable {
  /** The oldest end first, as long as `#inOrder`. */
  #records = new Map<string, CallDetailRecord>();
  #inOrder = true;
  #lastEndedAt: Millis = 0;

  constructor(
    readonly merge: MergeDetails,
    private readonly limit = DETAIL_LIMIT,
  ) {}

  read(callId: string): CallDetailRecord | undefined {
    return this.#records.get(callId);
  }

  all(): Iterable<CallDetailRecord> {
    return this.#records.values();
  }

  latest(limit: number): readonly CallDetailRecord[] {
    this.#sort();
    return [...this.#records.values()].slice(-Math.max(1, limit)).reverse().slice(0, Math.max(0, limit));
  }

  /**
   * Takes a copy of a call's record in.
   *
   * @param dropped  Told the calls that had to make room.
   * @returns        The record as it is kept now; undefined when it has already gone again, being too old.
   */
  put(record: CallDetailRecord, dropped: (callId: string) => void): CallDetailRecord | undefined {
    const known = this.#records.get(record.callId);
    const kept = compactDetail(known ? this.merge(known, record) : record);
    this.#records.set(kept.callId, kept);
    if (known ? known.endedAt !== kept.endedAt : kept.endedAt < this.#lastEndedAt) this.#inOrder = false;
    this.#lastEndedAt = Math.max(this.#lastEndedAt, kept.endedAt);
    if (this.#records.size > this.limit * (1 + SLACK)) this.#trim(dropped);
    return this.#records.get(kept.callId);
  }

  #trim(dropped: (callId: string) => void): void {
    this.#sort();
    for (const callId of this.#records.keys()) {
      if (this.#records.size <= this.limit) return;
      this.#records.delete(callId);
      dropped(callId);
    }
  }

  #sort(): void {
    if (this.#inOrder) return;
    this.#records = new Map([...this.#records].sort(([, a], [, b]) => a.endedAt - b.endedAt));
    this.#inOrder = true;
  }
}

const NONE: readonly never[] = Object.freeze([]);

/** For keeping: one shape, and texts that many calls share kept once. */
function compactDetail(record: CallDetailRecord): CallDetailRecord {
  const { callId, from, to, protocol, setUpAt, answeredAt, endedAt, estimated, endedBy, cause, q850, nodes } = record;
  return {
    callId: own(callId),
    from: own(from),
    to: own(to),
    protocol: shared(protocol),
    setUpAt,
    answeredAt,
    endedAt,
    estimated: estimated.length === 0 ? NONE : [...estimated],
    endedBy,
    cause: shared(cause),
    q850,
    nodes: nodes.map(shared),
  };
}
