// Dice that fall the same way again when the seed is the same, so that a gateway's misbehaviour can be repeated.

/** @returns a function that gives numbers in [0, 1). */
export function seededDice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // A Weyl sequence, mixed twice by multiplication: even enough for a simulator.
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
