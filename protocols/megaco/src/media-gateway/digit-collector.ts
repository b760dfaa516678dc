// One activation of a digit map: the digits so far, and the timer that the next one is waited for under
// (RFC 3525 §7.1.14.2, §7.1.14.5). It ends once; what ends it is told, and whose turn is next is the watch's.
import { type Millis, NEVER } from '@altpath/core';
import type { DigitMapValue } from '../message/index.js';
import { type DigitMap, DigitMapMatcher, type DigitSymbol } from './digit-map.js';

/** Provisioned in the gateway; a digit map may override them (§7.1.14.2). */
export interface DigitTimers {
  /** T, before the first digit; 0: for ever. Default 16,000. */
  readonly startMs: Millis;
  /** S, where a number is complete and could go on. Default 4,000. */
  readonly shortMs: Millis;
  /** L, where more digits are needed. Default 16,000. */
  readonly longMs: Millis;
  /** Z, from which on a digit is a long one. Default 2,000. */
  readonly durationMs: Millis;
}

export const DEFAULT_DIGIT_TIMERS: DigitTimers = { startMs: 16_000, shortMs: 4_000, longMs: 16_000, durationMs: 2_000 };

/** How a collection ended, as `dd/ce` tells it (E.6.2). */
export interface Collected {
  /** `ds` */
  readonly digits: string;
  /** Unambiguous, partial or full match. */
  readonly method: 'UM' | 'PM' | 'FM';
  /** The last digit did not fit: it is no part of `digits`, and is an event of its own after the completion. */
  readonly isRejecting: boolean;
}

export class DigitCollector {
  readonly #matcher: DigitMapMatcher;
  readonly #timers: DigitTimers;
  #at: Millis;

  /** @param value  Whose timers go before those of the gateway. */
  constructor(map: DigitMap, value: DigitMapValue, provisioned: DigitTimers, now: Millis) {
    this.#matcher = new DigitMapMatcher(map);
    this.#timers = {
      startMs: value.start === undefined ? provisioned.startMs : value.start * 1_000,
      shortMs: value.short === undefined ? provisioned.shortMs : value.short * 1_000,
      longMs: value.long === undefined ? provisioned.longMs : value.long * 1_000,
      // In tenths of a second.
      durationMs: value.duration === undefined ? provisioned.durationMs : value.duration * 100,
    };
    // T=0 waits for ever.
    this.#at = this.#timers.startMs === 0 ? NEVER : now + this.#timers.startMs;
  }

  /** The current dial string. */
  get dialled(): string {
    return this.#matcher.dialled;
  }

  /**
   * A digit was dialled.
   *
   * @param durationMs  How long the key was held; it counts only where the map asks for long ones.
   * @returns           How the collection ended, undefined while it goes on.
   */
  digit(symbol: DigitSymbol, durationMs: Millis, now: Millis): Collected | undefined {
    // §7.1.14.5 rule 5: full when what was dialled before this digit was a number.
    const wasSatisfied = this.#matcher.isSatisfied;
    const result = this.#matcher.feed(symbol, durationMs > this.#timers.durationMs);
    if (result === 'open') {
      this.#at = now + (this.#matcher.timer === 'short' ? this.#timers.shortMs : this.#timers.longMs);
      return undefined;
    }
    const { dialled: digits } = this.#matcher;
    if (result === 'unambiguous') return { digits, method: 'UM', isRejecting: false };
    return { digits, method: wasSatisfied ? 'FM' : 'PM', isRejecting: true };
  }

  /** @returns how the collection ended when its timer has. */
  expire(now: Millis): Collected | undefined {
    if (now < this.#at) return undefined;
    return { digits: this.#matcher.dialled, method: this.#matcher.isSatisfied ? 'FM' : 'PM', isRejecting: false };
  }

  deadline(): Millis {
    return this.#at;
  }
}
