import type { Phase } from '@altpath/call-control';
import { expect } from 'chai';
import { encode } from '../codec/text/index.js';
import { dialPlanOf } from './digit-map.js';
import type { GatewayFacts } from './line-facts.js';
import { askedFor, dispensable, hookOf, isOfCall, type Manner } from './phases.js';

function factsWithout(...refused: readonly string[]): GatewayFacts {
  const dialPlan = dialPlanOf(['100x']);
  return { codecs: ['PCMU'], family: 'IP4', ephemeral: '$', dialPlan, refusedModes: new Set(), refusedItems: new Set(refused) };
}

function textOf(phase: Phase, manner: Manner = 'begin', facts = factsWithout()): string {
  const { events, signals } = askedFor(phase, manner, facts);
  const descriptors = [...(signals ? [{ kind: 'signals' as const, signals }] : []), { kind: 'events' as const, requestId: 1, events }];
  const command = { kind: 'modify' as const, terminationId: 'l', descriptors };
  const request = { kind: 'request' as const, transactionId: 1, actions: [{ contextId: 0, commands: [command] }] };
  const message = { version: 1, mId: { kind: 'device', name: 'a' }, body: { kind: 'transactions', transactions: [request] } } as const;
  const text = encode(message, { style: 'compact' }).toString('latin1').trim();
  return /MF=l\{(.*)\}\}\}$/s.exec(text)?.[1] ?? text;
}

const MAP = 'dd/ce{DM{T:16,S:4,L:16,(100x)}}';

describe('what a phase is asked for', () => {
  const begun: readonly [Phase, string][] = [
    ['idle', 'SG,E=1{al/of{strict=state}}'],
    ['dialling', `SG{cg/dt{NC={TO}}},E=1{al/on{strict=state},${MAP},g/sc}`],
    ['routing', 'SG,E=1{al/on{strict=state}}'],
    ['ringback', 'SG{cg/rt{NC={TO}}},E=1{al/on{strict=state},g/sc}'],
    ['ringing', 'SG{al/ri{NC={TO}}},E=1{al/of{strict=state},g/sc}'],
    ['talking', 'SG,E=1{al/on{strict=state},al/fl}'],
    ['holding', 'SG,E=1{al/on{strict=state},al/fl}'],
    ['held', 'SG,E=1{al/on{strict=state},al/fl}'],
    ['busy', 'SG{cg/bt{NC={TO}}},E=1{al/on{strict=state},g/sc}'],
    ['congested', 'SG{cg/ct{NC={TO}}},E=1{al/on{strict=state},g/sc}'],
    ['howling', 'SG{cg/wt{NC={TO}}},E=1{al/on{strict=state},g/sc}'],
    ['parked', 'SG,E=1{al/on{strict=state}}'],
    ['early', 'SG,E=1{al/on{strict=state}}'],
    ['knocking', 'SG{cg/cw{NC={TO}}},E=1{al/on{strict=state},al/fl,g/sc}'],
  ];
  for (const [phase, text] of begun) it(`${phase}: ${text}`, () => expect(textOf(phase)).to.equal(text));

  it('leaves out a tone that has ended, and its end', () => {
    expect(textOf('busy', 'silently')).to.equal('SG,E=1{al/on{strict=state}}');
  });

  it('again: says how the phone lies in any case, and what sounds goes on unless the user has done something', () => {
    expect(textOf('ringing', 'again')).to.equal('E=1{al/of{strict=state},al/on{KA,strict=state},g/sc}');
    expect(textOf('talking', 'again')).to.equal('E=1{al/on{strict=state},al/of{KA,strict=state},al/fl}');
  });

  it('without what the gateway has refused: another tone, or none, no parameter, no flash', () => {
    expect(textOf('howling', 'begin', factsWithout('cg/wt', 'g/sc'))).to.equal('SG{cg/ct},E=1{al/on{strict=state}}');
    expect(textOf('ringback', 'begin', factsWithout('cg/rt'))).to.equal('SG,E=1{al/on{strict=state}}');
    expect(textOf('talking', 'begin', factsWithout('strict', 'al/fl'))).to.equal('SG,E=1{al/on}');
  });

  it('tells how the phone lies, and which phases are those of a call', () => {
    expect(begun.filter(([phase]) => hookOf(phase) === 'on').map(([phase]) => phase)).to.deep.equal(['idle', 'ringing']);
    expect(begun.filter(([phase]) => isOfCall(phase)).map(([phase]) => phase)).to.deep.equal([
      'routing',
      'ringback',
      'ringing',
      'talking',
      'holding',
      'held',
      'early',
      'knocking',
    ]);
  });
});

describe('what is given up of a refused request', () => {
  it('is what the gateway names, as far as calls can do without it', () => {
    const asked = askedFor('talking', 'begin', factsWithout());
    expect(dispensable(451, 'no event AL/FL', asked)).to.equal('al/fl');
    expect(dispensable(451, 'al/on', asked)).to.equal('al/fl');
    expect(dispensable(451, 'al/on', askedFor('talking', 'begin', factsWithout('al/fl', 'strict')))).to.equal(undefined);
  });

  it('is an event or a tone as the code says', () => {
    const asked = askedFor('busy', 'begin', factsWithout());
    expect(dispensable(451, undefined, asked)).to.equal('g/sc');
    expect(dispensable(512, undefined, asked)).to.equal('g/sc');
    expect(dispensable(452, undefined, asked)).to.equal('cg/bt');
    expect(dispensable(513, undefined, asked)).to.equal('cg/bt');
    expect(dispensable(440, undefined, asked)).to.equal('g/sc');
    expect(dispensable(454, undefined, askedFor('busy', 'begin', factsWithout('g/sc')))).to.equal('strict');
  });

  it('is never dial tone, ringing or the hook', () => {
    const none = factsWithout('g/sc', 'strict');
    expect(dispensable(440, 'cg/dt', askedFor('dialling', 'begin', none))).to.equal(undefined);
    expect(dispensable(440, 'al/ri', askedFor('ringing', 'begin', none))).to.equal(undefined);
  });
});
