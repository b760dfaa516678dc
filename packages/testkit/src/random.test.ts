import { expect } from 'chai';
import { Random, withSeed } from './random.js';

describe('the seeded dice', () => {
  it('fall alike under one seed and otherwise under another', () => {
    const throwsOf = (seed: number): number[] => {
      const random = new Random(seed);
      return Array.from({ length: 8 }, () => random.next());
    };
    expect(throwsOf(42)).to.deep.equal(throwsOf(42));
    expect(throwsOf(42)).to.not.deep.equal(throwsOf(43));
  });

  it('fall evenly', () => {
    const random = new Random(1);
    const counts = new Array<number>(6).fill(0);
    for (let at = 0; at < 60_000; at += 1) counts[random.integer(6)]! += 1;
    for (const count of counts) expect(count).to.be.within(9_500, 10_500);
  });

  it('shuffle without losing anything', () => {
    expect(new Random(3).shuffle([1, 2, 3, 4, 5]).sort()).to.deep.equal([1, 2, 3, 4, 5]);
    expect(() => new Random(3).pick([])).to.throw(RangeError);
  });

  it('are named by a failure', () => {
    expect(() =>
      withSeed(() => {
        throw new Error('broken');
      }, 99),
    ).to.throw('ALTPATH_SEED=99, broken');
  });
});
