// The timers of SIP transactions by their letters: how long each runs, and how the gaps between retransmissions grow.
// RFC 3261 §17 table 4, with timers L and M of RFC 6026. No clock here: lengths only.
import { type Millis, NEVER } from '@altpath/core';

/**
 * The three values from which all others derive, in milliseconds.
 *
 * `t1`: estimated round trip, default 500. Lower makes silence visible sooner and sends more; everything but D, I, K
 * scales with it. `t2`: longest gap between retransmissions, default 8 * t1. `t4`: longest life of a message in the
 * network, default 10 * t1: how long retransmissions are awaited after the end.
 */
export interface TimerSettings {
  readonly t1: Millis;
  readonly t2: Millis;
  readonly t4: Millis;
}

/** @returns the settings for a `t1` in milliseconds (positive), with `t2` and `t4` at their defaults. */
export function timerSettings(t1: Millis = 500): TimerSettings {
  return { t1, t2: 8 * t1, t4: 10 * t1 };
}

/** Timers that repeat a message. */
export type RetransmissionTimer = 'A' | 'E' | 'G';

/** Timers that end a state. */
export type ExpiryTimer = 'B' | 'D' | 'F' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M';

/** RFC 3261 §17.1.1.2: the server's T1 is unknown to the client, hence a floor in seconds and not in T1. */
const LEAST_TIMER_D: Millis = 32_000;

/** @returns how long the timer runs, in milliseconds; 0: its state is left at once (reliable transports). */
export function expiryOf(timer: ExpiryTimer, settings: TimerSettings, reliable: boolean): Millis {
  switch (timer) {
    case 'B':
    case 'F':
    case 'H':
    case 'L':
    case 'M':
      return 64 * settings.t1;
    case 'D':
      return reliable ? 0 : Math.max(64 * settings.t1, LEAST_TIMER_D);
    case 'J':
      return reliable ? 0 : 64 * settings.t1;
    case 'I':
    case 'K':
      return reliable ? 0 : settings.t4;
    default:
      return timer satisfies never;
  }
}

/** @returns the first gap of a retransmission timer; `NEVER` where the transport repeats by itself. */
export function firstGap(settings: TimerSettings, reliable: boolean): Millis {
  return reliable ? NEVER : settings.t1;
}

/**
 * @param gap         The gap that has just passed.
 * @param capped      Timers E and G stop growing at T2; A does not (RFC 3261 §17.1.1.2).
 * @param proceeding  A provisional response was heard: E goes straight to T2 (§17.1.2.2).
 */
export function nextGap(gap: Millis, settings: TimerSettings, capped: boolean, proceeding: boolean): Millis {
  if (proceeding) return settings.t2;
  return capped ? Math.min(2 * gap, settings.t2) : 2 * gap;
}
