// Calls that ended before all their legs were found: a leg of one that is found later belongs to nothing any more.
import type { Millis } from '@altpath/core';
import { meansSameCall, shortCallId } from './call-identity.js';
import type { Cause } from './cause.js';
import type { HalfCallRole, LineName } from './half-call.js';
import type { LineState } from './states.js';

/** Above the time in which an audit, or a telephone's next message, may still tell of such a call. */
const KEPT_MS: Millis = 3_600_000;
/** So many calls at most are remembered, about 200 bytes each; the oldest are forgotten first. */
const MOST = 10_000;
/** Of nearly every call; an empty map of its own would be as large as the rest. */
const NOTHING: ReadonlyMap<string, LineState> = new Map();

interface EndedCall {
  readonly callId: string;
  readonly at: Millis;
  /** By the names of lines, or by roles. */
  readonly became: ReadonlyMap<string, LineState>;
  readonly cause: Cause;
}

export class EndedCalls {
  /** By slot and counter, in the order of their ends. */
  readonly #ended = new Map<string, EndedCall>();

  /**
   * @param became  What its lines are since, or who has this role, where that is known.
   * @param cause   Why it ended, where that is known.
   */
  add(callId: string, now: Millis, became = NOTHING, cause: Cause = 'normal-clearing'): void {
    const short = shortCallId(callId);
    if (short === undefined) return;
    this.#ended.delete(short);
    this.#ended.set(short, { callId, at: now, became: became.size === 0 ? NOTHING : became, cause });
    for (const [oldest, { at }] of this.#ended) {
      if (this.#ended.size <= MOST && now - at < KEPT_MS) break;
      this.#ended.delete(oldest);
    }
  }

  /** What this line, which had this role, is since its call is over; undefined where it is not known. */
  becameOf(callId: string, line: LineName, role: HalfCallRole): LineState | undefined {
    const became = this.#ended.get(shortCallId(callId) ?? '')?.became;
    return became?.get(line) ?? became?.get(role);
  }

  /** Why it ended, as who comes late is told. */
  causeOf(callId: string): Cause {
    return this.#ended.get(shortCallId(callId) ?? '')?.cause ?? 'normal-clearing';
  }

  /** Those that ended at `since` or later, in the order of their ends. */
  endedSince(since: Millis): readonly string[] {
    return [...this.#ended.values()].flatMap(({ callId, at }) => (at < since ? [] : [callId]));
  }

  has(callId: string, now: Millis): boolean {
    const ended = this.#ended.get(shortCallId(callId) ?? '');
    return ended !== undefined && now - ended.at < KEPT_MS && meansSameCall(ended.callId, callId);
  }
}
