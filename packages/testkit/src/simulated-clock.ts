// Time for tests: it stands still until it is told to go on, and then goes from one due action to the next.
import { type Machine, type Millis, NEVER } from '@altpath/core';

interface Action {
  readonly at: Millis;
  readonly order: number;
  readonly run: () => void;
}

/** More actions than this at one instant is a machine that asks to be woken and then does nothing. */
const MAX_AT_ONCE = 10_000;

export class SimulatedClock {
  #now: Millis;
  #order = 0;
  #actions: Action[] = [];

  constructor(start: Millis = 1_700_000_000_000) {
    this.#now = start;
  }

  get now(): Millis {
    return this.#now;
  }

  /** Runs `action` when time gets to `instant`, in the order of arrival among equals. @returns how to call it off. */
  at(instant: Millis, action: () => void): () => void {
    const entry: Action = { at: Math.max(instant, this.#now), order: this.#order, run: action };
    this.#order += 1;
    this.#actions.push(entry);
    return () => {
      this.#actions = this.#actions.filter((other) => other !== entry);
    };
  }

  after(delayMs: Millis, action: () => void): () => void {
    return this.at(this.#now + delayMs, action);
  }

  /** Lets `ms` pass, and does everything that falls due meanwhile. `run(0)` does what is due now. */
  run(ms: Millis): void {
    const end = this.#now + ms;
    let atOnce = 0;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      atOnce = next.at === this.#now ? atOnce + 1 : 0;
      if (atOnce > MAX_AT_ONCE) throw new Error(`time stands still at ${this.#now}: something is due again and again`);
      this.#now = next.at;
      this.#actions = this.#actions.filter((other) => other !== next);
      next.run();
    }
    this.#now = end;
  }

  /** Lets `ms` pass in which nothing runs, as on a host that was frozen; what fell due meanwhile is due now. */
  freeze(ms: Millis): void {
    this.#now += ms;
    this.#actions = this.#actions.map((action) => (action.at < this.#now ? { ...action, at: this.#now } : action));
  }

  #next(end: Millis): Action | undefined {
    let first: Action | undefined;
    for (const action of this.#actions) {
      if (action.at <= end && (!first || action.at < first.at || (action.at === first.at && action.order < first.order))) first = action;
    }
    return first;
  }
}

/** A machine under a simulated clock: fed by the test, ticked at its own deadlines. */
export interface Driven<Input> {
  feed(input: Input): void;
  /** Drains and looks at the deadline again, after something else than `feed` has touched the machine. */
  wake(): void;
  /** As a killed process: it is never ticked or fed again. */
  stop(): void;
}

/** Drives `machine` as the transport's driver would. `perform` gets every output. */
export function drive<Input, Output>(
  clock: SimulatedClock,
  machine: Machine<Input, Output>,
  perform: (output: Output) => void,
): Driven<Input> {
  let cancel: (() => void) | undefined;
  let stopped = false;
  const wake = (): void => {
    if (stopped) return;
    machine.drain(perform);
    cancel?.();
    const deadline = machine.deadline();
    cancel = deadline === NEVER ? undefined : clock.at(deadline, tick);
  };
  const tick = (): void => {
    machine.tick(clock.now);
    wake();
  };
  const feed = (input: Input): void => {
    if (stopped) return;
    machine.handle(input, clock.now);
    wake();
  };
  const stop = (): void => {
    stopped = true;
    cancel?.();
  };
  wake();
  return { feed, wake, stop };
}
