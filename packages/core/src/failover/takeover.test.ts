import { expect } from 'chai';
import type { ClusterNode, NodeState, PeerDirectory } from '../ports.js';
import { decideTakeover, isAlone } from './takeover.js';

const NOW = 1_700_000_000_000;

/** Node 0 is this one; the others are in these states, and fresh where that is said. */
function peersOf(states: readonly NodeState[], fresh: readonly number[] = []): PeerDirectory {
  const nodes: ClusterNode[] = ['up' as NodeState, ...states].map((_, index) => ({
    name: `n${index}`,
    index,
    self: index === 0,
    addresses: [],
  }));
  return {
    self: nodes[0] as ClusterNode,
    nodes,
    state: (index) => (index === 0 ? 'up' : (states[index - 1] ?? 'down')),
    isFresh: (index) => fresh.includes(index),
    joining: false,
  };
}

describe('what to do with a message that another node wrote', () => {
  it('a token that does not verify is refused, whoever wrote it', () => {
    for (const writer of [0, 1, undefined]) {
      expect(decideTakeover({ writer, token: 'invalid', repeated: false }, peersOf(['down']), NOW)).to.deep.equal({
        kind: 'refuse',
        reason: 'token',
      });
    }
  });

  it('what we wrote ourselves is ours', () => {
    expect(decideTakeover({ writer: 0, token: 'valid', repeated: true }, peersOf(['up']), NOW).kind).to.equal('own');
  });

  it('a writer that was heard a moment ago gets its message', () => {
    const decision = decideTakeover({ writer: 1, token: 'valid', repeated: false }, peersOf(['up'], [1]), NOW);
    expect(decision.kind === 'leave' && decision.to.name).to.equal('n1');
  });

  it('a message that came again was not acted upon: it is ours now', () => {
    expect(decideTakeover({ writer: 1, token: 'valid', repeated: true }, peersOf(['up'], [1]), NOW)).to.deep.equal({
      kind: 'stand-in',
      reason: 'primary-silent',
    });
  });

  it('a writer that is late, suspect or down is stood in for', () => {
    const reasons = (['up', 'suspect', 'down', 'joining', 'draining'] as const).map((state) => {
      const decision = decideTakeover({ writer: 1, token: 'valid', repeated: false }, peersOf([state]), NOW);
      return decision.kind === 'stand-in' ? decision.reason : decision.kind;
    });
    expect(reasons).to.deep.equal(['primary-silent', 'primary-silent', 'primary-down', 'primary-silent', 'primary-silent']);
  });

  it('a writer that the message does not tell, or that is not in the file, is stood in for', () => {
    for (const writer of [undefined, 7]) {
      expect(decideTakeover({ writer, token: 'none', repeated: false }, peersOf(['up'], [1]), NOW)).to.deep.equal({
        kind: 'stand-in',
        reason: 'primary-silent',
      });
    }
  });
});

describe('being alone', () => {
  it('a single node is', () => expect(isAlone(peersOf([]), NOW)).to.equal(true));
  it('with every other node suspect or down', () => expect(isAlone(peersOf(['suspect', 'down']), NOW)).to.equal(true));
  it('not while one of them is up, joining or draining', () => {
    for (const state of ['up', 'joining', 'draining'] as const) expect(isAlone(peersOf(['down', state]), NOW), state).to.equal(false);
  });
});
