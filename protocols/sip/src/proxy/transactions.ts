// The transactions of this node: one table of the server's side (inbound.ts), one of the client's (outbound.ts), and the
// timers of everything that waits in the proxy.
import { type Millis, TimerQueue } from '@altpath/core';
import type { Environment } from '../environment.js';
import type { Inbound } from './inbound.js';
import type { Outbound } from './outbound.js';
import type { Surroundings, Timed } from './timed.js';

export class Transactions implements Surroundings {
  readonly inbound = new Map<string, Inbound>();
  readonly outbound = new Map<string, Outbound>();
  readonly timers: TimerQueue<Timed>;

  constructor(
    readonly environment: Environment,
    now: Millis,
  ) {
    this.timers = new TimerQueue(now);
  }

  findOutbound(branch: string, method: string): Outbound | undefined {
    return this.outbound.get(`${branch}|${method}`);
  }

  /** Forgets everything without a word: the host was frozen, and others have carried on. */
  clear(): void {
    for (const each of this.inbound.values()) this.timers.disarm(each.timer);
    for (const each of this.outbound.values()) this.timers.disarm(each.timer);
    this.inbound.clear();
    this.outbound.clear();
  }
}
