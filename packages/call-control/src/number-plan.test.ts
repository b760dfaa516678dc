import { expect } from 'chai';
import { type DigitsVerdict, formatTarget, isNumberPattern, NumberPlan, parseTarget } from './number-plan.js';

const PLAN = new NumberPlan({
  '1001': 'aaln/1@rgw1',
  '1002': ['aaln/2@rgw1', 'line/1@mg1'],
  '10xx': 'registrar',
  '1xxx': 'group:sales',
  '0.': 'sip:pstn.example.test',
  '00.': { to: ['ds/1@trunk', 'ds/2@trunk'] },
  '*70': 'aaln/9@rgw1',
  '11': 'aaln/3@rgw1',
  '1105': 'aaln/4@rgw1',
});

describe('a number plan', () => {
  const found: readonly [digits: string, pattern: string | undefined][] = [
    ['1001', '1001'],
    ['1002', '1002'],
    ['1003', '10xx'],
    ['1200', '1xxx'],
    ['0', '0.'],
    ['0123456789', '0.'],
    ['0049', '00.'],
    ['00', '00.'],
    ['*70', '*70'],
    ['11', '11'],
    ['1105', '1105'],
    ['1106', '1xxx'],
    ['', undefined],
    ['1', undefined],
    ['10011', undefined],
    ['10*1', undefined],
    ['2', undefined],
  ];
  for (const [digits, pattern] of found)
    it(`finds ${pattern ?? 'nothing'} for ${JSON.stringify(digits)}`, () => expect(PLAN.find(digits)?.pattern).to.equal(pattern));

  const verdicts: readonly [digits: string, verdict: DigitsVerdict][] = [
    ['', 'partial'],
    ['1', 'partial'],
    ['10', 'partial'],
    ['1001', 'complete'],
    ['11', 'extensible'],
    ['110', 'partial'],
    ['1105', 'complete'],
    ['0', 'extensible'],
    ['0012', 'extensible'],
    ['*', 'partial'],
    ['*7', 'partial'],
    ['*70', 'complete'],
    ['*71', 'no-match'],
    ['2', 'no-match'],
    ['10011', 'no-match'],
  ];
  for (const [digits, verdict] of verdicts)
    it(`holds ${JSON.stringify(digits)} for ${verdict}`, () => expect(PLAN.verdict(digits)).to.equal(verdict));

  it('gives the targets in order', () => {
    expect(PLAN.find('1002')?.targets.map(formatTarget)).to.deep.equal(['aaln/2@rgw1', 'line/1@mg1']);
    expect(PLAN.find('0049')?.targets.map(formatTarget)).to.deep.equal(['ds/1@trunk', 'ds/2@trunk']);
  });

  it('a closed pattern is preferred to an open one of the same prefix, and a longer to a shorter', () => {
    const plan = new NumberPlan({ '5.': 'a@g', '5xx': 'b@g', '5xx.': 'c@g', '5x': 'd@g' });
    expect(['5', '51', '512', '5123'].map((digits) => plan.find(digits)?.pattern)).to.deep.equal(['5.', '5x', '5xx', '5xx.']);
  });

  it('lists its patterns, best first', () => {
    expect(PLAN.patterns).to.deep.equal(['1001', '1002', '1105', '*70', '10xx', '11', '00.', '1xxx', '0.']);
  });

  it('knows the number of a line by its own entry alone', () => {
    expect(PLAN.numberOf('aaln/1@rgw1')).to.equal('1001');
    expect(PLAN.numberOf('line/1@mg1'), 'a second choice is not its number').to.equal(undefined);
    expect(PLAN.numberOf('ds/1@trunk'), 'a pattern is no number').to.equal(undefined);
  });

  it('reads targets as they are written', () => {
    for (const text of ['aaln/1@rgw1', 'registrar', 'sip:bob@example.test', 'sips:b@c', 'group:sales'])
      expect(formatTarget(parseTarget(text))).to.equal(text);
    expect(parseTarget('registrar').kind).to.equal('registrar');
    expect(parseTarget('SIP:a@b').kind).to.equal('sip');
  });

  for (const text of ['', '1.2', 'a', '..', '1 2', '1-2', '+', '1+'])
    it(`refuses the pattern ${JSON.stringify(text)}`, () => {
      expect(isNumberPattern(text)).to.equal(false);
      expect(() => new NumberPlan({ [text]: 'a@b' })).to.throw(RangeError);
    });

  it('refuses a number that leads nowhere', () => {
    expect(() => new NumberPlan({ '1': [] })).to.throw(RangeError, 'without target');
  });
});
