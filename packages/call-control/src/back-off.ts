// When a line may try again: waits that double, and are forgotten once something succeeds or is ordered anew.
import type { Millis } from '@altpath/core';

/** First waits by what went wrong. */
export const BACK_OFF = {
  /** Refused for now. */
  refusedMs: 250,
  /** Nothing was heard although the command was repeated for T-MAX; or refused for good. */
  silentMs: 5_000,
  longestMs: 30_000,
} as const;

export class BackOff {
  attempts = 0;
  notBefore: Millis = 0;

  /** One more attempt was in vain. */
  wait(firstMs: Millis, now: Millis): void {
    this.attempts += 1;
    const lengthMs = firstMs * 2 ** Math.min(this.attempts - 1, 16);
    this.notBefore = now + Math.min(lengthMs, BACK_OFF.longestMs);
  }

  /** Waits at least so long, and counts nothing. */
  pause(until: Millis): void {
    this.notBefore = Math.max(this.notBefore, until);
  }

  reset(): void {
    this.attempts = 0;
    this.notBefore = 0;
  }

  isOver(now: Millis): boolean {
    return now >= this.notBefore;
  }
}
