import { expect } from 'chai';
import { shortestMegacoPatienceMs } from './settings.js';

describe('the patience of gateways', () => {
  it('is Max1 repetitions at their shortest, or T-MAX where that is shorter', () => {
    expect(shortestMegacoPatienceMs({})).to.equal(6_300);
    expect(shortestMegacoPatienceMs({ tMaxMs: 2_000 })).to.equal(2_000);
    expect(shortestMegacoPatienceMs({ rtoMs: 100 })).to.equal(3_150);
  });
});
