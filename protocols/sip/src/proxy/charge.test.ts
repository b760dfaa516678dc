import { expect } from 'chai';
import { type ClusterNode, NEVER, type NodeState, type PeerDirectory } from '@altpath/core';
import { Charge } from './charge.js';

const SINCE = 1_700_000_000_000;

function chargeOf(other: NodeState): { charge: Charge; asked: () => number; become: (state: NodeState) => void } {
  let state = other;
  let asked = 0;
  const nodes: ClusterNode[] = [0, 1].map((index) => ({ name: `n${index}`, index, self: index === 0, addresses: [] }));
  const self = nodes[0] as ClusterNode;
  const peers: PeerDirectory = { self, nodes, state: () => state, isFresh: () => false, joining: false };
  const charge = new Charge(peers, SINCE, () => (asked += 1));
  return { charge, asked: () => asked, become: (next) => (state = next) };
}

describe('being in charge', () => {
  it('is for who has heard, and for who is alone', () => {
    const { charge, become } = chargeOf('up');
    expect(charge.isOurs(SINCE)).to.equal(false);
    become('down');
    expect(charge.isOurs(SINCE)).to.equal(true);
    become('up');
    charge.hear();
    expect(charge.isOurs(SINCE)).to.equal(true);
  });

  it('is claimed no sooner than a telephone may be silent, asked for, and taken when nobody answers', () => {
    const { charge, asked } = chargeOf('up');
    charge.claimLater(SINCE + 6_400);
    expect(charge.at).to.equal(SINCE + 32_000);
    expect(charge.due(SINCE + 31_999)).to.equal(false);
    expect(asked()).to.equal(0);
    expect(charge.due(SINCE + 32_000)).to.equal(false);
    expect(asked()).to.equal(1);
    expect(charge.due(SINCE + 32_399)).to.equal(false);
    expect(charge.due(SINCE + 32_400)).to.equal(true);
    expect(charge.isOurs(SINCE + 32_400)).to.equal(true);
    expect(charge.at).to.equal(NEVER);
  });

  it('is claimed at once where the time has come', () => {
    const { charge, asked } = chargeOf('up');
    charge.claimSoon(SINCE + 20_000);
    charge.due(SINCE + 20_000);
    expect(asked()).to.equal(1);
    charge.claimLater(SINCE + 20_100);
    expect(charge.at, 'asked already').to.equal(SINCE + 20_400);
  });

  it('is left to who answers', () => {
    const { charge } = chargeOf('up');
    charge.claimSoon(SINCE);
    charge.due(SINCE);
    charge.leave();
    expect(charge.due(SINCE + 100_000)).to.equal(false);
    expect(charge.isOurs(SINCE + 100_000)).to.equal(false);
  });

  it('needs no asking when the others have gone meanwhile', () => {
    const { charge, asked, become } = chargeOf('up');
    charge.claimLater(SINCE);
    become('suspect');
    expect(charge.due(SINCE + 32_000)).to.equal(true);
    expect(asked()).to.equal(0);
  });
});
