// Whether what stands behind the live tables can be written, as people are told it: in the status, once in the log for each
// change, in a counter.
import type { Millis, Observer, StoreState } from '@altpath/core';

export interface HealthOptions {
  readonly kind: string;
  readonly observer: Observer;
  /** How bad it is when it is away. */
  readonly level: 'warn' | 'error';
  /** What is said then; `hint` is the error in words. */
  readonly away: (hint: string) => string;
  readonly back: string;
  readonly now?: (() => Millis) | undefined;
}

/** Several parts may be in trouble at the same time (`connection`, `write`); all is well again with the last of them. */
export class Health {
  readonly #troubles = new Map<string, string>();
  #since: Millis;

  constructor(private readonly options: HealthOptions) {
    this.#since = this.#now();
  }

  get isAway(): boolean {
    return this.#troubles.size > 0;
  }

  /** @param reason  A word for the counter `store.away` and for the status; `closed` says less than what it follows upon. */
  fails(part: string, reason: string, hint: string): void {
    const isNews = !this.isAway;
    if (reason !== 'closed' || !this.#troubles.has(part)) this.#troubles.set(part, reason);
    if (!isNews) return;
    const { observer, level, away } = this.options;
    this.#since = this.#now();
    observer.count('store.away', reason);
    observer.log(level, away(hint));
  }

  works(part: string): void {
    if (!this.#troubles.delete(part) || this.isAway) return;
    this.#since = this.#now();
    this.options.observer.log('info', this.options.back);
  }

  state(waiting: number): StoreState {
    const [reason] = this.#troubles.values();
    return { kind: this.options.kind, state: reason === undefined ? 'up' : 'away', reason, since: this.#since, waiting };
  }

  #now(): Millis {
    return (this.options.now ?? Date.now)();
  }
}
