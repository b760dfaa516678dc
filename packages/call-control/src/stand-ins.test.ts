import type { NodeState, PeerDirectory } from '@altpath/core';
import { expect } from 'chai';
import { firstToTakeOver, standInsOf } from './stand-ins.js';

describe('the nodes that stand in for one', () => {
  it('are those behind it, then from the beginning those before it', () => {
    expect(standInsOf(2, [0, 2, 1, 3])).to.deep.equal([1, 3, 0]);
    expect(standInsOf(3, [0, 2, 1, 3])).to.deep.equal([0, 2, 1]);
  });

  it('are all of them where it is none of these, or nobody', () => {
    expect([standInsOf(7, [0, 2, 1]), standInsOf(undefined, [0, 2, 1])]).to.deep.equal([
      [0, 2, 1],
      [0, 2, 1],
    ]);
  });
});

describe('who takes over', () => {
  function first(...states: readonly NodeState[]): number | undefined {
    const peers: Pick<PeerDirectory, 'state'> = { state: (index) => states[index] ?? 'down' };
    return firstToTakeOver([0, 1, 2], peers, 0);
  }

  it('is the first that is plainly up, wherever it stands', () => {
    expect([first('suspect', 'joining', 'up'), first('up', 'up', 'up')]).to.deep.equal([2, 0]);
  });

  it('is the first that joins or is under suspicion where nobody is up', () => {
    expect([first('down', 'suspect', 'joining'), first('draining', 'joining', 'suspect')]).to.deep.equal([1, 1]);
  });

  it('is nobody who drains, nor who is down', () => {
    expect(first('draining', 'down', 'draining')).to.equal(undefined);
  });
});
