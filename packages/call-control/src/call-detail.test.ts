import type { CallDetailRecord } from '@altpath/core';
import { expect } from 'chai';
import { type CallLife, copyFor, detailOf, endOf, mergeDetails } from './call-detail.js';
import { newCallId } from './call-identity.js';
import { START } from './exchange.fixture.js';

const LIFE: CallLife = {
  callId: newCallId(1, START, 7),
  from: '1001',
  to: '1002',
  protocol: 'mgcp+sip',
  setUpAt: START,
  answeredAt: START + 3_000,
  estimated: [],
  nodes: ['n1'],
};
const WHOLE = detailOf(LIFE, endOf('originating:on-hook'), START + 60_000);
/** What a stand-in writes that knew nothing before it found the legs. */
const PART: CallDetailRecord = {
  ...WHOLE,
  from: 'unknown',
  protocol: 'mgcp',
  setUpAt: START + 20_000,
  answeredAt: START + 20_000,
  endedAt: START + 61_000,
  estimated: ['setUpAt', 'answeredAt'],
  endedBy: 'terminating',
  nodes: ['n1', 'n2'],
};

describe('the record of a call', () => {
  it('that one node has passed on to another is one: the first tells how it began and ended', () => {
    const there = { ...WHOLE, callId: newCallId(2, START, 9), protocol: 'sip+mgcp', answeredAt: START + 2_990, endedAt: START + 70_000 };
    const copy = copyFor(WHOLE.callId, { ...there, endedBy: 'network', nodes: ['n2'] });
    expect(copy).to.deep.include({ callId: WHOLE.callId, estimated: ['setUpAt', 'endedAt'] });
    const whole = { ...WHOLE, protocol: 'sip' };
    const merged = mergeDetails(whole, copy);
    expect(merged).to.deep.equal({ ...WHOLE, protocol: 'sip+mgcp', answeredAt: START + 2_990, nodes: ['n1', 'n2'] });
    expect(mergeDetails(copy, whole)).to.deep.equal(merged);
  });

  it('tells its life and its end', () => {
    expect(WHOLE).to.deep.equal({
      callId: LIFE.callId,
      from: '1001',
      to: '1002',
      protocol: 'mgcp+sip',
      setUpAt: START,
      answeredAt: START + 3_000,
      endedAt: START + 60_000,
      estimated: [],
      endedBy: 'originating',
      cause: 'normal-clearing',
      q850: 16,
      nodes: ['n1'],
    });
  });

  it('does not estimate an answer that there was not', () => {
    const life: CallLife = { ...LIFE, answeredAt: undefined, estimated: ['setUpAt', 'answeredAt'] };
    expect(detailOf(life, endOf('all-busy'), START).estimated).to.deep.equal(['setUpAt']);
  });

  it('says that the end of a call which was found without its leg is an estimate', () => {
    expect(detailOf(LIFE, endOf('terminating:missing'), START).estimated).to.deep.equal(['endedAt']);
  });

  const ends = [
    ['originating:on-hook', undefined, 'originating', 'normal-clearing', 16],
    ['terminating:on-hook', 'call-rejected', 'terminating', 'call-rejected', 21],
    ['all-busy', undefined, 'terminating', 'user-busy', 17],
    ['none-left', 'no-circuit', 'network', 'no-circuit', 34],
    ['time-out', undefined, 'network', 'recovery-on-timer-expiry', 102],
    ['terminating:tone-ended', undefined, 'network', 'no-answer', 19],
    ['originating:lost', 'bearer-not-available', 'network', 'bearer-not-available', 58],
    ['digits-unknown', undefined, 'network', 'temporary-failure', 41],
  ] as const;
  for (const [event, told, endedBy, cause, q850] of ends)
    it(`holds ${endedBy} for who ended it by ${event}${told ? `, ${told}` : ''}`, () => {
      expect(detailOf(LIFE, endOf(event, told), START)).to.include({ endedBy, cause, q850 });
    });
});

describe('two copies of one record', () => {
  const bothWays = (a: CallDetailRecord, b: CallDetailRecord): CallDetailRecord => {
    const merged = mergeDetails(a, b);
    expect(mergeDetails(b, a), 'the other way round').to.deep.equal(merged);
    expect(mergeDetails(merged, a), 'the first once more').to.deep.equal(merged);
    expect(mergeDetails(merged, b), 'the second once more').to.deep.equal(merged);
    return merged;
  };

  it('that are equal are one', () => {
    expect(mergeDetails(WHOLE, WHOLE)).to.deep.equal(WHOLE);
  });

  it('give the instants that somebody saw, and what they said to each other', () => {
    expect(bothWays(WHOLE, PART)).to.deep.equal({ ...WHOLE, endedAt: START + 61_000, endedBy: 'terminating', nodes: ['n1', 'n2'] });
  });

  it('give the latest end of those who saw it, however late an estimate is', () => {
    const late: CallDetailRecord = {
      ...WHOLE,
      endedAt: START + 99_000,
      estimated: ['endedAt'],
      endedBy: 'network',
      cause: 'temporary-failure',
    };
    expect(bothWays(WHOLE, late)).to.deep.equal(WHOLE);
  });

  it('give the earliest estimate where nobody saw it', () => {
    const guess = (at: number): CallDetailRecord => ({ ...WHOLE, setUpAt: at, endedAt: at + 1, estimated: ['setUpAt', 'endedAt'] });
    const merged = bothWays(guess(START + 9_000), guess(START + 5_000));
    expect(merged).to.include({ setUpAt: START + 5_000, endedAt: START + 5_001 });
    expect(merged.estimated).to.deep.equal(['setUpAt', 'endedAt']);
  });

  it('know of no answer that a stand-in has found when the call was over', () => {
    const { answeredAt: _none, ...unanswered } = { ...WHOLE, endedAt: START + 5_000 };
    const late = {
      ...PART,
      answeredAt: START + 200_000,
      endedAt: START + 200_000,
      estimated: ['setUpAt', 'answeredAt', 'endedAt'] as const,
    };
    for (const merged of [mergeDetails(unanswered, late), mergeDetails(late, unanswered)])
      expect([merged.answeredAt, merged.endedAt, merged.estimated]).to.deep.equal([undefined, START + 5_000, []]);
  });

  it('know of the answer if one of them does', () => {
    expect(bothWays({ ...WHOLE, answeredAt: undefined }, PART)).to.include({ answeredAt: PART.answeredAt });
    expect(bothWays({ ...WHOLE, answeredAt: undefined }, PART).estimated).to.deep.equal(['answeredAt']);
  });

  it('name the caller and the protocols that one of them knows', () => {
    const seesSetUp: CallDetailRecord = { ...WHOLE, from: 'unknown', protocol: 'mgcp' };
    expect(bothWays(seesSetUp, { ...WHOLE, setUpAt: START + 1, from: '1001' })).to.include({
      from: '1001',
      protocol: 'mgcp+sip',
      setUpAt: START,
    });
  });

  it('name each node once, in the order of the one that knows more of them', () => {
    expect(bothWays({ ...WHOLE, nodes: ['n2', 'n3'] }, { ...WHOLE, nodes: ['n1', 'n2', 'n4'] }).nodes).to.deep.equal([
      'n1',
      'n2',
      'n4',
      'n3',
    ]);
  });
});
