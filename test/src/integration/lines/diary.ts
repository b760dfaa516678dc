// What was done on a scene, and when: what the records of its calls say is held against that. Each call has one record, and what no
// living node saw is said to be estimated there.
import type { CallDetailRecord, Millis } from '@altpath/core';
import type { Act } from './stories.js';

/** Instants are those of the controllers: they tell when a call was set up in whole seconds. */
const SECOND_MS: Millis = 1_000;

interface Entry {
  readonly act: Act;
  readonly from: Millis;
  /** When what was wanted of it had come; undefined: it has not. */
  to?: Millis | undefined;
}

export class Diary {
  readonly #entries: Entry[] = [];

  /** An act begins now. @returns what is to be called when it has brought what was wanted. */
  begins(act: Act, from: Millis): (at: Millis) => void {
    const entry: Entry = { act, from };
    this.#entries.push(entry);
    return (at) => (entry.to = at);
  }

  get calls(): number {
    return this.#entries.filter(({ act }) => act.begins).length;
  }

  /** What is not so in these records, in words; undefined: all is. @param more  So many may stand beside those of the calls. */
  faultOf(records: readonly CallDetailRecord[], more = 0): string | undefined {
    const { calls } = this;
    if (records.length < calls || records.length > calls + more)
      return `${records.length} records of ${calls} calls: ${records.map(text).join('; ')}`;
    return records.map((record) => this.#faultOf(record)).find((fault) => fault !== undefined);
  }

  #faultOf(record: CallDetailRecord): string | undefined {
    const { setUpAt, answeredAt = setUpAt, endedAt, estimated } = record;
    if (setUpAt > answeredAt + SECOND_MS || answeredAt > endedAt) return `in no order: ${text(record)}`;
    if (!estimated.includes('setUpAt') && !this.#was(({ begins }) => begins === true, setUpAt, SECOND_MS))
      return `set up when: ${text(record)}`;
    const isTold = record.answeredAt !== undefined && !estimated.includes('answeredAt');
    return isTold && !this.#was(({ what }) => what.endsWith('answers'), answeredAt, 0) ? `answered when: ${text(record)}` : undefined;
  }

  /** Such an act was going on then. */
  #was(isSuch: (act: Act) => boolean, at: Millis, before: Millis): boolean {
    return this.#entries.some((entry) => isSuch(entry.act) && entry.from - before <= at && at <= (entry.to ?? Number.POSITIVE_INFINITY));
  }
}

function text({ callId, from, to, setUpAt, answeredAt, endedAt, estimated, cause, nodes }: CallDetailRecord): string {
  return [callId, from, to, setUpAt, answeredAt ?? '-', endedAt, `estimated ${estimated.join()}`, cause, nodes.join()].join(' ');
}
