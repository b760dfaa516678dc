// A machine on the driver: takes inputs, gives outputs, and never has to be entered twice. What comes in while its
// outputs are being performed waits its turn.
import type { Machine, Millis } from '@altpath/core';

export class Passenger<Input, Output> {
  #busy = false;
  #waiting: Input[] = [];

  /**
   * @param perform    Does one output to the world; may feed this passenger again.
   * @param stumbled   Told of an exception of the machine's: a broken promise of our own, which must not end the node.
   */
  constructor(
    private readonly machine: Machine<Input, Output>,
    private readonly perform: (output: Output) => void,
    private readonly stumbled: (error: unknown) => void,
  ) {}

  /** Hands an input in, without performing what comes of it: `settle` does that, once a turn. */
  take(input: Input, now: Millis): void {
    if (this.#busy) this.#waiting.push(input);
    else this.#handle(input, now);
  }

  /** Performs everything that has come of inputs, and of inputs that came meanwhile. */
  settle(now: Millis): void {
    if (this.#busy) return;
    this.#busy = true;
    for (;;) {
      try {
        this.machine.drain(this.perform);
      } catch (error) {
        this.stumbled(error);
      }
      const input = this.#waiting.shift();
      if (input === undefined) break;
      this.#handle(input, now);
    }
    this.#busy = false;
  }

  /** Runs what is due. */
  tick(now: Millis): void {
    if (this.#busy) return;
    try {
      this.machine.tick(now);
    } catch (error) {
      this.stumbled(error);
    }
    this.settle(now);
  }

  deadline(): Millis {
    return this.machine.deadline();
  }

  #handle(input: Input, now: Millis): void {
    try {
      this.machine.handle(input, now);
    } catch (error) {
      this.stumbled(error);
    }
  }
}
