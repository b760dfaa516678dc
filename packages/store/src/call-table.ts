// The live table of calls: those that are going on, and for an hour those that are over, so that nobody who comes late
// brings one back.
import type { CallRecord, Millis } from '@altpath/core';
import { own, shared } from './compact.js';

/** How long it is remembered that a call is over. */
export const ENDED_MS = 3_600_000;
/** Who carries a call writes it at each change; a call that nobody has written for so long is nobody's any more. */
export const FORGOTTEN_MS = 7 * 24 * 3_600_000;
/** Records looked at in one `sweep`: below a millisecond of work. */
const SWEEP_RECORDS = 500;

export class CallTable {
  readonly #records = new Map<string, CallRecord>();
  #sweeping: Iterator<CallRecord> | undefined;

  /** A call that is not over. */
  read(callId: string): CallRecord | undefined {
    const record = this.#records.get(callId);
    return record && isGoingOn(record) ? record : undefined;
  }

  /** A call, over or not. */
  find(callId: string): CallRecord | undefined {
    return this.#records.get(callId);
  }

  /** Calls that are not over. */
  *goingOn(): Generator<CallRecord> {
    for (const record of this.#records.values()) if (isGoingOn(record)) yield record;
  }

  all(): Iterable<CallRecord> {
    return this.#records.values();
  }

  /** Replaces the record, unless a newer one is known: of two of the same millisecond the one that comes later counts. */
  put(record: CallRecord): CallRecord | undefined {
    const known = this.#records.get(record.callId);
    if (known && known.updatedAt > record.updatedAt) return undefined;
    const { callId, node, updatedAt, content } = record;
    const kept = { callId: known?.callId ?? own(callId), node: shared(node), updatedAt, content };
    this.#records.set(kept.callId, kept);
    return kept;
  }

  /** Looks at the next few hundred records and drops what is over. Calls go on where the last one stopped. */
  sweep(now: Millis, dropped: (callId: string) => void): void {
    for (let looked = 0; looked < SWEEP_RECORDS; looked += 1) {
      this.#sweeping ??= this.#records.values();
      const next = this.#sweeping.next();
      if (next.done === true) {
        this.#sweeping = undefined;
        return;
      }
      if (endOf(next.value) >= now) continue;
      this.#records.delete(next.value.callId);
      dropped(next.value.callId);
    }
  }
}

/** Until when a call is kept. */
export function endOf({ content, updatedAt }: CallRecord): Millis {
  return updatedAt + (content === '' ? ENDED_MS : FORGOTTEN_MS);
}

function isGoingOn({ content }: CallRecord): boolean {
  return content !== '';
}
