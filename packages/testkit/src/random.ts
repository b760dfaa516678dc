// Dice for tests that fall the same way again when the seed is the same.
import { randomInt } from 'node:crypto';

/** A seeded generator: quick, even enough for tests, useless for secrets. */
export class Random {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** @returns a number in [0, 1). */
  next(): number {
    // A Weyl sequence, its bits mixed by two multiplications: every 32-bit state comes once in a period.
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }

  /** @returns a whole number in [0, below). */
  integer(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** @returns `true` with the probability `share`, 0..1. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** @throws RangeError when there is nothing to pick from. */
  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new RangeError('nothing to pick from');
    return items[this.integer(items.length)] as Item;
  }

  shuffle<Item>(items: readonly Item[]): Item[] {
    const shuffled = [...items];
    for (let at = shuffled.length - 1; at > 0; at -= 1) {
      const other = this.integer(at + 1);
      [shuffled[at], shuffled[other]] = [shuffled[other] as Item, shuffled[at] as Item];
    }
    return shuffled;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.integer(256)));
  }
}

/** The seed of this run: `ALTPATH_SEED` where it is set, else a new one. Tests put it into their messages. */
export function runSeed(): number {
  const given = Number.parseInt(process.env['ALTPATH_SEED'] ?? '', 10);
  return Number.isNaN(given) ? randomInt(2 ** 31) : given;
}

/** Runs `body` with a generator; when it throws, the message begins with the seed: of what stands behind, mocha cuts off a part. */
export function withSeed(body: (random: Random) => void, seed = runSeed()): void {
  try {
    body(new Random(seed));
  } catch (error) {
    if (error instanceof Error) error.message = `ALTPATH_SEED=${seed}, ${error.message}`;
    throw error;
  }
}
