// Calls that ended before all their legs were found: a leg of one that is found later belongs to nothing any more.
import type { Millis } from '@altpath/core';
import { meansSameCall, shortCallId } from './call-identity.js';

/** Above the time in which an audit, or a telephone's next message, may still tell of such a call. */
const KEPT_MS: Millis = 3_600_000;
/** So many calls at most are remembered; the oldest are forgotten first. */
const MOST = 10_000;

export class EndedCalls {
  /** By slot and counter, in the order of their ends. */
  readonly #ended = new Map<string, { readonly callId: string; readonly at: Millis }>();

  add(callId: string, now: Millis): void {
    const short = shortCallId(callId);
    if (short === undefined) return;
    this.#ended.delete(short);
    this.#ended.set(short, { callId, at: now });
    for (const [oldest, { at }] of this.#ended) {
      if (this.#ended.size <= MOST && now - at < KEPT_MS) break;
      this.#ended.delete(oldest);
    }
  }

  has(callId: string, now: Millis): boolean {
    const ended = this.#ended.get(shortCallId(callId) ?? '');
    return ended !== undefined && now - ended.at < KEPT_MS && meansSameCall(ended.callId, callId);
  }
}
