// What waits in the proxy: whoever owns a timer of the one queue that all of it shares.
import type { Millis, TimerQueue } from '@altpath/core';
import type { Environment } from '../environment.js';

export interface Timed {
  fire(now: Millis): void;
}

/** What a transaction needs of the table that keeps it. */
export interface Surroundings {
  readonly environment: Environment;
  readonly timers: TimerQueue<Timed>;
}
