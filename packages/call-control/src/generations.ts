// Generations: the requests of a line are numbered on a circle, so that a late report is told from a new one by as few digits as an
// identifier of its protocol has room for.
import type { Millis } from '@altpath/core';

export class Generations {
  /** @param count  So many there are before the first comes again; even. */
  constructor(private readonly count: number) {}

  /** @returns true when generation `a` is later than `b`: the shorter way round the circle leads from `b` up to `a`. */
  isLater(a: number, b: number): boolean {
    const distance = (a - b + this.count) % this.count;
    return distance > 0 && distance < this.count / 2;
  }

  /** The generation behind this one. */
  after(generation: number): number {
    return (generation + 1) % this.count;
  }

  /**
   * The generation with which a line begins of which no audit tells: seconds of the clock. Where the circle is wide, a node that starts
   * again so stays ahead of what it wrote before, as long as a line sees less than one request a second.
   */
  first(now: Millis): number {
    return Math.floor(now / 1_000) % this.count;
  }
}
