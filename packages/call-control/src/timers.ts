// How long each state of a line or a call may last.
import { type Millis, NEVER } from '@altpath/core';

/** Lengths in ms. Raising one makes callers wait longer, lowering it ends what might have succeeded. */
export interface CallTimers {
  /** Off-hook without a whole number. Default 120 s: above what a digit map's own timers allow for the longest number. */
  readonly diallingMs: Millis;
  /** A connection, or a ringing, that nobody confirms. Default 60 s: above the time in which a protocol gives up by itself. */
  readonly setUpMs: Millis;
  /**
   * Ringing without an answer, counted from the call's set-up, or from when the target before was given up. Default 180 s
   * (RFC 3660 §2.4: the length of `rg`).
   */
  readonly noAnswerMs: Millis;
  /** Ringing before a call is forwarded that is not answered, where its line says so. Default 20 s; not above `noAnswerMs`. */
  readonly forwardMs: Millis;
  /** A talk, hold included, counted from the call's set-up. Default: without end. */
  readonly talkingMs: Millis;
  /** Busy or reorder tone before the off-hook warning. Default 30 s. */
  readonly toneMs: Millis;
  /** Off-hook warning before the line is left alone. Default 60 s. */
  readonly howlerMs: Millis;
}

export const DEFAULT_TIMERS: CallTimers = {
  diallingMs: 120_000,
  setUpMs: 60_000,
  noAnswerMs: 180_000,
  forwardMs: 20_000,
  talkingMs: NEVER,
  toneMs: 30_000,
  howlerMs: 60_000,
};
