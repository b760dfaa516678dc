// The live table of finished calls: the newest of them, one record a call.
import type { CallDetailRecord } from '@altpath/core';
import { type PackedEntry, PackedTable } from './packed-table.js';
import { detailOf } from './records.js';

/** What both copies of one call's record say together; the same whichever comes first. */
export type MergeDetails = (known: CallDetailRecord, other: CallDetailRecord) => CallDetailRecord;

/**
 * Finished calls that are kept. Higher: longer looks back, and about 170 bytes of memory for each, outside the JavaScript heap (numbers
 * of four digits, a call within one node: measured); lower: records that nobody has fetched go earlier.
 */
export const DETAIL_LIMIT = 100_000;
/** Beyond the limit by this part of it, the oldest go: sorting is not done for one record. */
const SLACK = 0.01;

export class DetailTable {
  /** Their instants are their ends. */
  readonly #records = new PackedTable();

  constructor(
    readonly merge: MergeDetails,
    private readonly limit = DETAIL_LIMIT,
  ) {}

  read(callId: string): CallDetailRecord | undefined {
    const entry = this.#records.get(callId);
    return entry && unpacked(entry);
  }

  *callIds(): Generator<string> {
    for (const { key } of this.#records.entries()) yield key;
  }

  latest(limit: number): readonly CallDetailRecord[] {
    if (limit <= 0) return [];
    const from = this.#records.instants().at(-Math.min(limit, this.#records.size));
    const latest = [...this.#records.entries(from)].reverse().sort((a, b) => b.at - a.at);
    return latest.slice(0, limit).flatMap((entry) => unpacked(entry) ?? []);
  }

  /**
   * Takes a copy of a call's record in.
   *
   * @param dropped  Told the calls that had to make room.
   * @returns        The record as it is kept now; undefined when it has already gone again, being too old.
   */
  put(record: CallDetailRecord, dropped: (callId: string) => void): CallDetailRecord | undefined {
    const known = this.read(record.callId);
    const { callId } = known ?? record;
    this.#records.set(packed(callId, known ? this.merge(known, record) : record));
    if (this.#records.size > this.limit * (1 + SLACK)) this.#trim(dropped);
    return this.read(callId);
  }

  #trim(dropped: (callId: string) => void): void {
    const newestOfOldest = this.#records.instants()[this.#records.size - this.limit - 1];
    for (const { key } of this.#records.entries(-Infinity, newestOfOldest)) {
      if (this.#records.size <= this.limit) return;
      this.#records.delete(key);
      dropped(key);
    }
  }
}

/** Values alone: names of fields would be half of it. */
function packed(callId: string, record: CallDetailRecord): PackedEntry {
  const { from, to, protocol, setUpAt, answeredAt, endedAt, estimated, endedBy, cause, q850, nodes } = record;
  const values = [from, to, protocol, setUpAt, answeredAt, estimated, endedBy, cause, q850, nodes];
  return { key: callId, at: endedAt, text: JSON.stringify(values) };
}

function unpacked({ key, at, text }: PackedEntry): CallDetailRecord | undefined {
  const values: unknown = JSON.parse(text);
  if (!Array.isArray(values)) return undefined;
  const [from, to, protocol, setUpAt, answeredAt, estimated, endedBy, cause, q850, nodes] = values.map(
    (value: unknown) => value ?? undefined,
  );
  return detailOf({ callId: key, from, to, protocol, setUpAt, answeredAt, endedAt: at, estimated, endedBy, cause, q850, nodes });
}
