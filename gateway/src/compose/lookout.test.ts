import { expect } from 'chai';
import { NEVER } from '@altpath/core';
import { Lookout } from './lookout.js';

const LINGER_MS = 4_000;

describe('the search for legs of calls', () => {
  let unknown: Set<string>;
  let lookout: Lookout;

  beforeEach(() => {
    unknown = new Set(['mgcp', 'megaco']);
    lookout = new Lookout(LINGER_MS, () => unknown);
  });

  it('ends with the last of those that have looked', () => {
    expect(lookout.says('mgcp', true, 0)).to.equal(true);
    expect(lookout.says('megaco', true, 10)).to.equal(true);
    expect(lookout.says('mgcp', false, 20)).to.equal(true);
    expect(lookout.says('megaco', false, 30)).to.equal(false);
    expect(lookout.deadline()).to.equal(NEVER);
  });

  it('waits for a protocol that has not begun, until it has looked', () => {
    lookout.says('megaco', true, 0);
    expect(lookout.says('megaco', false, 10)).to.equal(true);
    expect(lookout.deadline()).to.equal(10 + LINGER_MS);
    expect(lookout.says('mgcp', true, 2_000)).to.equal(true);
    expect(lookout.says('mgcp', false, 9_000)).to.equal(false);
  });

  it('waits so long for it and not longer', () => {
    lookout.says('megaco', true, 0);
    lookout.says('megaco', false, 10);
    expect([lookout.tick(4_009), lookout.tick(4_010), lookout.tick(4_020)]).to.deep.equal([false, true, false]);
  });

  it('waits for nobody whose lines are all known', () => {
    unknown = new Set(['megaco']);
    lookout.says('megaco', true, 0);
    expect(lookout.says('megaco', false, 10)).to.equal(false);
  });

  it('does not wait for ever for one that forgets to say that it has ended', () => {
    lookout.says('mgcp', true, 0);
    expect([lookout.tick(119_999), lookout.tick(120_000)]).to.deep.equal([false, true]);
  });

  it('that was never begun is at its end', () => {
    expect(lookout.says('mgcp', false, 0)).to.equal(false);
    expect([lookout.tick(9_999), lookout.deadline()]).to.deep.equal([false, NEVER]);
  });
});
