// The node's one number line of time, and how a node notices that it did not run for a while. Protocol rooms get
// `now` from here and read no clock themselves.
import type { Millis } from '@altpath/core';

/** What the driver needs of time. Tests inject one that jumps. */
export interface Clock {
  /** Milliseconds since the epoch, with fractions; never goes backwards. */
  now(): Millis;
  /** Processor time that this process has used, in milliseconds: a busy loop uses it, a frozen one does not. */
  usedMs(): Millis;
}

/** How far the wall clock may be ahead before it is followed: less is rounding. */
const AHEAD_MS = 5;

/**
 * Monotonic time anchored at the epoch. A wall clock that runs ahead is followed at once, since the monotonic one stands
 * still while a host sleeps; one that is set back is not.
 */
export class SystemClock implements Clock {
  #anchor = performance.timeOrigin;
  #last = 0;

  now(): Millis {
    let now = this.#anchor + performance.now();
    const ahead = Date.now() - now;
    if (ahead > AHEAD_MS) {
      this.#anchor += ahead;
      now += ahead;
    }
    if (now > this.#last) this.#last = now;
    return this.#last;
  }

  usedMs(): Millis {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  }
}

/** How often processor time is sampled. The watch must be asked about as often, work or none. */
export const BEAT_MS = 200;

/**
 * Tells a thaw from a pause. It is asked at the start of every turn of the driver: when nothing has asked for longer than
 * the threshold and the process has not been computing meanwhile, the process or its host was frozen.
 */
export class FreezeWatch {
  #seenAt: Millis;
  #sampledAt: Millis;
  #usedMs: Millis;

  /**
   * @param thresholdMs  The shortest pause that is a freeze. Lower: an overloaded host looks frozen, and what waited in
   *                     the sockets is lost; higher: messages that others have taken over meanwhile are acted on again.
   */
  constructor(
    private readonly clock: Clock,
    private readonly thresholdMs: Millis,
  ) {
    this.#seenAt = clock.now();
    this.#sampledAt = this.#seenAt;
    this.#usedMs = clock.usedMs();
  }

  /** Whether the process was frozen amid the present turn, at `now`: what the turn has still to say is out of date. Nothing is noted. */
  isAmidFreeze(now: Millis): boolean {
    const gap = now - this.#seenAt;
    return gap > this.thresholdMs && this.clock.usedMs() - this.#usedMs < gap / 2;
  }

  /** @returns how long nothing ran before `now`, when that was a freeze; else 0. */
  look(now: Millis): Millis {
    const gap = now - this.#seenAt;
    this.#seenAt = now;
    if (now - this.#sampledAt < BEAT_MS && gap <= this.thresholdMs) return 0;
    this.#sampledAt = now;
    const used = this.clock.usedMs();
    const busy = used - this.#usedMs;
    this.#usedMs = used;
    return gap > this.thresholdMs && busy < gap / 2 ? gap : 0;
  }
}
