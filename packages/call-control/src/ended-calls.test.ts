import { expect } from 'chai';
import { newCallId, partialCallId } from './call-identity.js';
import { EndedCalls } from './ended-calls.js';

const NOW = 1_700_000_000_000;

describe('calls that ended', () => {
  it('are known by the whole of their identity, or by the part that some legs tell', () => {
    const ended = new EndedCalls();
    ended.add(newCallId(2, NOW, 7), NOW);
    expect(ended.has(newCallId(2, NOW, 7), NOW)).to.equal(true);
    expect(ended.has(partialCallId(2, 7), NOW)).to.equal(true);
    expect(ended.has(newCallId(2, NOW + 1_000, 7), NOW), 'a later call with the same counter').to.equal(false);
    expect(ended.has(newCallId(3, NOW, 7), NOW)).to.equal(false);
  });

  it('are forgotten after an hour', () => {
    const ended = new EndedCalls();
    ended.add(newCallId(2, NOW, 7), NOW);
    expect(ended.has(newCallId(2, NOW, 7), NOW + 3_599_000)).to.equal(true);
    expect(ended.has(newCallId(2, NOW, 7), NOW + 3_600_000)).to.equal(false);
  });

  it('are forgotten, the oldest first, when there are too many', () => {
    const ended = new EndedCalls();
    for (let counter = 0; counter <= 10_000; counter += 1) ended.add(newCallId(2, NOW, counter), NOW);
    expect([0, 1, 10_000].map((counter) => ended.has(newCallId(2, NOW, counter), NOW))).to.deep.equal([false, true, true]);
  });

  it('tell who comes late why they ended, and who joins which they were', () => {
    const ended = new EndedCalls();
    ended.add(newCallId(2, NOW, 7), NOW, new Map(), 'user-busy');
    ended.add(newCallId(2, NOW, 8), NOW + 1_000);
    expect([7, 8, 9].map((counter) => ended.causeOf(newCallId(2, NOW, counter)))).to.deep.equal([
      'user-busy',
      'normal-clearing',
      'normal-clearing',
    ]);
    expect(ended.endedSince(NOW + 1)).to.deep.equal([newCallId(2, NOW, 8)]);
  });

  it('must have an identity of ours', () => {
    const ended = new EndedCalls();
    ended.add('foreign', NOW);
    expect(ended.has('foreign', NOW)).to.equal(false);
  });
});
