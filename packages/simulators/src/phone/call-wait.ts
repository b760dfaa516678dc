// Waiting for something to become true of a phone's call, in the call's own time.
import type { Millis } from '@altpath/core';

/** The wait took too long, or the call ended and it cannot come true any more. */
export class CallTimeout extends Error {
  constructor(what: string, wanted: string, is: string) {
    super(`${what} is ${is} and not ${wanted}`);
    this.name = 'CallTimeout';
  }
}

interface Waiter {
  /** Undefined: not yet. */
  readonly verdict: () => boolean | undefined;
  readonly settle: (holds: boolean) => void;
}

/** Look again after this for what changes without a message: audio. */
const LOOK_MS: Millis = 20;

export class Waiting {
  readonly #waiters = new Set<Waiter>();

  constructor(private readonly later: (delayMs: Millis, action: () => void) => () => void) {}

  /**
   * Settles as soon as the verdict is true.
   *
   * @param verdict  undefined: not yet; false: never any more.
   * @param failure  Makes the error for what does not come in time, or never.
   */
  until(verdict: () => boolean | undefined, timeoutMs: Millis, failure: () => Error): Promise<void> {
    const already = verdict();
    if (already === true) return Promise.resolve();
    if (already === false) return Promise.reject(failure());
    return new Promise((resolve, reject) => {
      const callOffs: (() => void)[] = [];
      const waiter: Waiter = {
        verdict,
        settle: (holds) => {
          this.#waiters.delete(waiter);
          for (const callOff of callOffs.splice(0)) callOff();
          if (holds) resolve();
          else reject(failure());
        },
      };
      this.#waiters.add(waiter);
      callOffs.push(this.later(timeoutMs, () => waiter.settle(false)));
      const look = (): void => {
        this.#look(waiter);
        if (this.#waiters.has(waiter)) callOffs[1] = this.later(LOOK_MS, look);
      };
      callOffs.push(this.later(LOOK_MS, look));
    });
  }

  /** Something has changed. */
  look(): void {
    for (const waiter of [...this.#waiters]) this.#look(waiter);
  }

  #look(waiter: Waiter): void {
    const verdict = waiter.verdict();
    if (verdict !== undefined) waiter.settle(verdict);
  }
}
