// How long to wait before a repetition: measured delays and growing gaps, as MGCP (RFC 3435 §3.5.3) and MEGACO (RFC 3525
// D.1.3) have them. Values only: a schedule in, the next gap and a new schedule out.
import type { Millis } from './time.js';

/** What the gaps are held between. */
export interface RetransmissionTimers {
  /** First gap while nothing has been measured. */
  readonly rtoMs: Millis;
  /** No measured gap is shorter. */
  readonly rtoMinMs: Millis;
  /** The longest gap. */
  readonly rtoMaxMs: Millis;
}

/** How many average deviations a gap is longer than the average delay, as in TCP. */
const DEVIATIONS = 4;
/** Addresses that delays are remembered of; the one used longest ago goes first. */
const MAX_ADDRESSES = 4_096;

/** The gap that runs now, and what the next one is computed from. */
export interface Schedule {
  readonly gapMs: Millis;
  /** T-DELAY */
  readonly delayMs: Millis;
  /** N * ADEV, the same for all repetitions of a transaction. */
  readonly spreadMs: Millis;
}

/** The schedule of an address of which nothing is known, or of a new name (RFC 3991 §2.1). */
export function defaultSchedule(timers: RetransmissionTimers): Schedule {
  return { gapMs: timers.rtoMs, delayMs: timers.rtoMs, spreadMs: 0 };
}

/** After a repetition: T-DELAY doubles, and a random part keeps senders apart that one event woke. */
export function nextSchedule(schedule: Schedule, timers: RetransmissionTimers, random: () => number): Schedule {
  const delayMs = 2 * schedule.delayMs;
  const randomMs = delayMs * (0.5 + random() / 2);
  const gapMs = Math.min(randomMs + schedule.spreadMs, timers.rtoMaxMs);
  return { gapMs, delayMs, spreadMs: schedule.spreadMs };
}

interface Estimate {
  averageMs: Millis;
  deviationMs: Millis;
  /** The gap of the last repetition that was answered: it stands until something is answered at once. */
  carriedMs: Millis | undefined;
  /** Something was measured. */
  measured: boolean;
}

/** AAD and ADEV of each address, smoothed as in TCP (1/8 and 1/4 of each new sample). */
export class Estimators {
  readonly #estimates = new Map<string, Estimate>();

  constructor(private readonly timers: RetransmissionTimers) {}

  /** The schedule of a first transmission to this address, as its owner writes addresses. */
  first(address: string): Schedule {
    const estimate = this.#estimates.get(address);
    if (estimate === undefined) return defaultSchedule(this.timers);
    const { rtoMinMs, rtoMaxMs, rtoMs } = this.timers;
    const delayMs = estimate.measured ? Math.max(estimate.averageMs, rtoMinMs) : rtoMs;
    const spreadMs = DEVIATIONS * estimate.deviationMs;
    if (estimate.carriedMs !== undefined) return { gapMs: estimate.carriedMs, delayMs: estimate.carriedMs, spreadMs };
    const gapMs = estimate.measured ? Math.max(estimate.averageMs + spreadMs, rtoMinMs) : rtoMs;
    return { gapMs: Math.min(gapMs, rtoMaxMs), delayMs, spreadMs };
  }

  /** A command that was sent once had its first response after `delayMs`. */
  answered(address: string, delayMs: Millis): void {
    const estimate = this.#of(address);
    estimate.carriedMs = undefined;
    if (!estimate.measured) {
      estimate.measured = true;
      estimate.averageMs = delayMs;
      estimate.deviationMs = delayMs / 2;
      return;
    }
    const error = delayMs - estimate.averageMs;
    estimate.averageMs += error / 8;
    estimate.deviationMs += (Math.abs(error) - estimate.deviationMs) / 4;
  }

  /** A command was answered after repetitions: which copy is unknown, so nothing is measured (Karn), but the gap stands. */
  answeredLate(address: string, gapMs: Millis): void {
    this.#of(address).carriedMs = gapMs;
  }

  /** The smoothed delay of an address, undefined before the first measurement; what load control looks at. */
  averageMs(address: string): Millis | undefined {
    const estimate = this.#estimates.get(address);
    return estimate?.measured ? estimate.averageMs : undefined;
  }

  #of(address: string): Estimate {
    let estimate = this.#estimates.get(address);
    if (estimate === undefined) estimate = { averageMs: 0, deviationMs: 0, carriedMs: undefined, measured: false };
    else this.#estimates.delete(address);
    this.#estimates.set(address, estimate);
    if (this.#estimates.size > MAX_ADDRESSES) this.#estimates.delete(this.#estimates.keys().next().value as string);
    return estimate;
  }
}
