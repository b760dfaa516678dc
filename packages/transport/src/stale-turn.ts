// The short turn after a thaw in which everything that comes out of the sockets is old. It is over when two rounds of
// the event loop in a row brought next to nothing: then the sockets were read empty.
import type { Millis } from '@altpath/core';
import type { Clock } from './clock.js';

/** libuv reads up to 32 datagrams a socket and round; a backlog shows as more than this, fresh traffic as less. */
const BACKLOG = 8;
/** Under a load that never pauses the turn ends anyhow. */
const LONGEST_MS = 200;

export class StaleTurn {
  #seen = 0;
  #quiet = 0;
  #until: Millis = 0;
  #next: NodeJS.Immediate | undefined;

  constructor(private readonly clock: Clock) {}

  start(): void {
    this.#seen = 0;
    this.#quiet = 0;
    this.#until = this.clock.now() + LONGEST_MS;
    this.#next ??= setImmediate(this.#round);
  }

  /** Something came. @returns whether it is old. */
  saw(): boolean {
    if (this.#next === undefined) return false;
    this.#seen += 1;
    return true;
  }

  stop(): void {
    clearImmediate(this.#next);
    this.#next = undefined;
  }

  readonly #round = (): void => {
    this.#quiet = this.#seen < BACKLOG ? this.#quiet + 1 : 0;
    this.#seen = 0;
    this.#next = this.#quiet >= 2 || this.clock.now() >= this.#until ? undefined : setImmediate(this.#round);
  };
}
