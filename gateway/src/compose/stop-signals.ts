// SIGTERM and SIGINT as two promises: the first asks the node to drain, the second to stop now. They are listened for
// from the very start, so that a node which is told to go while it still opens its store goes in good order.

const NAMES = ['SIGTERM', 'SIGINT'] as const;

export class StopSignals {
  /** Settles with the first signal. */
  readonly first: Promise<void>;
  /** Settles with the next one. */
  readonly second: Promise<void>;
  readonly #tell: (() => void)[] = [];
  readonly #onSignal = (): void => this.#tell.shift()?.();

  constructor() {
    this.first = new Promise((resolve) => this.#tell.push(resolve));
    this.second = new Promise((resolve) => this.#tell.push(resolve));
    for (const name of NAMES) process.on(name, this.#onSignal);
  }

  /** Signals do again what they do by themselves: they end the process. */
  release(): void {
    for (const name of NAMES) process.off(name, this.#onSignal);
  }
}
