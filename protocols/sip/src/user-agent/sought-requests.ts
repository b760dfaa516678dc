// Requests within calls whose other end is a line that nobody has at the moment: its node is down, and its gateway on its way to
// another. They wait until it is known which one: that node hears the telephone, too, and the call stays whole.
import { type Millis, Timer } from '@altpath/core';
import type { Passage } from '../proxy/forward.js';
import type { Inbound } from '../proxy/inbound.js';
import type { Transactions } from '../proxy/transactions.js';
import type { Timed } from '../proxy/timed.js';
import { ServerRequest } from './server-request.js';

/** How long one waits. A gateway of H.248 that hears nothing of its controller needs some seconds to notice. */
const PATIENCE_MS: Millis = 8_000;
/** How soon it is looked again. Not at once: a node that begins anew is held for a moment for the one that has what it had. */
const LOOK_MS: Millis = 1_500;
const LIMIT = 1_024;

interface Waiting {
  readonly passage: Passage;
  readonly copy: Inbound;
}

export class SoughtRequests implements Timed {
  readonly #clock = new Timer<Timed>(this);
  readonly #until = new WeakMap<Inbound, Millis>();
  #waiting: Waiting[] = [];

  /** @param again  Takes a request once more; it may be added again. */
  constructor(
    private readonly transactions: Transactions,
    private readonly again: (passage: Passage, copy: Inbound, now: Millis) => void,
  ) {}

  /** It has waited as long as it may, or too many do. */
  isDue(copy: Inbound, now: Millis): boolean {
    return this.#waiting.length >= LIMIT || now >= (this.#until.get(copy) ?? Number.POSITIVE_INFINITY);
  }

  add(passage: Passage, copy: Inbound, now: Millis): void {
    if (!this.#until.has(copy)) {
      this.#until.set(copy, now + PATIENCE_MS);
      if (passage.request.method === 'INVITE') new ServerRequest(this.transactions.environment, passage, copy).reply(100, {}, now);
    }
    this.#waiting.push({ passage, copy });
    this.transactions.timers.arm(this.#clock, now + LOOK_MS);
  }

  fire(now: Millis): void {
    for (const { passage, copy } of this.#waiting.splice(0)) if (!copy.answered) this.again(passage, copy, now);
  }

  forget(): void {
    this.#waiting = [];
    this.transactions.timers.disarm(this.#clock);
  }
}
