import { expect } from 'chai';
import type { ClusterNode, NodeState, PeerDirectory } from '@altpath/core';
import { heirOf, inheritedFrom } from './heirs.js';

/** Nodes `a`, `b`, ... in these states, as the one at `self` sees them. */
function cluster(self: number, ...states: readonly NodeState[]): PeerDirectory {
  const nodes: readonly ClusterNode[] = states.map((_, index) => ({
    name: 'abcd'.charAt(index),
    index,
    self: index === self,
    addresses: [],
  }));
  return {
    self: nodes[self] as ClusterNode,
    nodes,
    state: (index) => states[index] ?? 'down',
    isFresh: () => true,
    joining: false,
  };
}

describe('who goes on with the calls of a node', () => {
  it('is the next one behind it that is up, round to the beginning', () => {
    expect(heirOf(0, cluster(1, 'down', 'up', 'up'), 0)).to.equal(1);
    expect(heirOf(0, cluster(2, 'down', 'down', 'up'), 0)).to.equal(2);
    expect(heirOf(2, cluster(0, 'up', 'up', 'down'), 0)).to.equal(0);
  });

  it('is one that joins or is under suspicion only where none is plainly up, and none that drains', () => {
    expect(heirOf(0, cluster(2, 'down', 'suspect', 'up'), 0)).to.equal(2);
    expect(heirOf(0, cluster(1, 'down', 'suspect', 'draining'), 0)).to.equal(1);
    expect(heirOf(0, cluster(1, 'down', 'draining'), 0)).to.equal(undefined);
  });

  it('is the same, whoever asks', () => {
    const states = ['up', 'down', 'down', 'up'] as const;
    expect(inheritedFrom(cluster(3, ...states), 0)).to.deep.equal(['b', 'c']);
    expect(inheritedFrom(cluster(0, ...states), 0)).to.deep.equal([]);
  });
});
