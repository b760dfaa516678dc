// The live table of calls: those that are going on, and for an hour those that are over, so that nobody who comes late
// brings one back.
import type { CallRecord, Millis } from '@altpath/core';
import { own, shared } from './compact.js';
import { type PackedEntry, PackedTable } from './packed-table.js';

/** How long it is remembered that a call is over: about 50 bytes of memory for each, outside the JavaScript heap. */
export const ENDED_MS = 3_600_000;
/** Who carries a call writes it at each change; a call that nobody has written for so long is nobody's any more. */
export const FORGOTTEN_MS = 7 * 24 * 3_600_000;
/** Records looked at in one `sweep`: below a millisecond of work. */
const SWEEP_RECORDS = 500;

export class CallTable {
  readonly #goingOn = new Map<string, CallRecord>();
  /** Which node has written last that a call is over, and when. */
  readonly #over = new PackedTable();
  #sweeping: Iterator<CallRecord> | undefined;

  /** A call that is not over. */
  read(callId: string): CallRecord | undefined {
    return this.#goingOn.get(callId);
  }

  /** A call, over or not. */
  find(callId: string): CallRecord | undefined {
    const goingOn = this.#goingOn.get(callId);
    const over = goingOn ? undefined : this.#over.get(callId);
    return goingOn ?? (over && recordOf(over));
  }

  /** Calls that are not over. */
  goingOn(): Iterable<CallRecord> {
    return this.#goingOn.values();
  }

  /** Of all, over or not. */
  *callIds(): Generator<string> {
    for (const { callId } of this.#all()) yield callId;
  }

  *#all(): Generator<CallRecord> {
    yield* this.#goingOn.values();
    for (const over of this.#over.entries()) yield recordOf(over);
  }

  /** Replaces the record, unless a newer one is known: of two of the same millisecond the one that comes later counts. */
  put(record: CallRecord): CallRecord | undefined {
    const known = this.find(record.callId);
    if (known && known.updatedAt > record.updatedAt) return undefined;
    const { node, updatedAt, content } = record;
    const kept = { callId: known?.callId ?? own(record.callId), node: shared(node), updatedAt, content };
    if (content === '') {
      this.#goingOn.delete(kept.callId);
      this.#over.set({ key: kept.callId, at: updatedAt, text: kept.node });
    } else {
      this.#over.delete(kept.callId);
      this.#goingOn.set(kept.callId, kept);
    }
    return kept;
  }

  /** Looks at the next few hundred records and drops what is over. Calls go on where the last one stopped. */
  sweep(now: Millis, dropped: (callId: string) => void): void {
    for (let looked = 0; looked < SWEEP_RECORDS; looked += 1) {
      this.#sweeping ??= this.#all();
      const next = this.#sweeping.next();
      if (next.done === true) {
        this.#sweeping = undefined;
        return;
      }
      if (endOf(next.value) >= now) continue;
      const { callId, content } = next.value;
      if (content === '') this.#over.delete(callId);
      else this.#goingOn.delete(callId);
      dropped(callId);
    }
  }
}

function recordOf({ key, at, text }: PackedEntry): CallRecord {
  return { callId: key, node: text, updatedAt: at, content: '' };
}

/** Until when a call is kept. */
export function endOf({ content, updatedAt }: CallRecord): Millis {
  return updatedAt + (content === '' ? ENDED_MS : FORGOTTEN_MS);
}
