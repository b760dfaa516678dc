// The reliable provisional responses of a callee (RFC 3262 §3): one at a time, each repeated until its PRACK.
import type { Millis } from '@altpath/core';
import type { PhoneTimers } from '../sip/timers.js';

/** What they need of their call. */
export interface ReliableSurroundings {
  readonly timers: PhoneTimers;
  later(delayMs: Millis, action: () => void): () => void;
  random(): number;
  /** 64 T1 without a PRACK. */
  unacknowledged(): void;
}

/** Sends the response; called once for each transmission. */
type Transmit = (rseq: number) => void;

export class ReliableResponses {
  readonly #waiting: Transmit[] = [];
  #current: Transmit | undefined;
  #rseq: number;
  #callOff: (() => void) | undefined;

  constructor(private readonly around: ReliableSurroundings) {
    // §3: chosen between 1 and 2**31 - 1; the numbers go up by one.
    this.#rseq = Math.floor(around.random() * 2 ** 20);
  }

  /** One waits for its PRACK: a 2xx may not be sent before. */
  get isPending(): boolean {
    return this.#current !== undefined;
  }

  send(transmit: Transmit): void {
    this.#waiting.push(transmit);
    if (!this.#current) this.#next();
  }

  /** A PRACK came. @returns false where it acknowledges nothing that waits. */
  acknowledge(rseq: number): boolean {
    if (!this.#current || rseq !== this.#rseq) return false;
    this.#callOff?.();
    this.#next();
    return true;
  }

  /** The INVITE has its final response. */
  stop(): void {
    this.#callOff?.();
    this.#waiting.length = 0;
    this.#current = undefined;
  }

  #next(): void {
    this.#current = this.#waiting.shift();
    if (!this.#current) return;
    this.#rseq += 1;
    this.#current(this.#rseq);
    this.#repeatAfter(this.around.timers.t1, 0);
  }

  #repeatAfter(intervalMs: Millis, waitedMs: Millis): void {
    this.#callOff = this.around.later(intervalMs, () => {
      const waited = waitedMs + intervalMs;
      if (waited >= this.around.timers.giveUp) {
        this.stop();
        return this.around.unacknowledged();
      }
      this.#current?.(this.#rseq);
      this.#repeatAfter(Math.min(intervalMs * 2, this.around.timers.giveUp - waited), waited);
    });
  }
}
