import { expect } from 'chai';
import { type DigitsVerdict, formatTarget, isNumberPattern, NumberPlan, parseTarget, presentedCaller, type Target } from './number-plan.js';

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
      expect(formatTarget(parseTarget(text, '1234'))).to.equal(text);
    expect(parseTarget('registrar', '1234')).to.deep.equal({ kind: 'registrar', user: '1234' });
    expect(parseTarget('SIP:a@b', '1234').kind).to.equal('sip');
  });

  for (const text of ['', '1.2', 'a', '..', '1 2', '1-2', '+', '1+'])
    it(`refuses the pattern ${JSON.stringify(text)}`, () => {
      expect(isNumberPattern(text)).to.equal(false);
      expect(() => new NumberPlan({ [text]: 'a@b' })).to.throw(RangeError);
    });

  it('refuses a number that leads nowhere', () => {
    expect(() => new NumberPlan({ '1': [] })).to.throw(RangeError, 'without target');
  });

  it('refuses a count of digits that is none', () => {
    expect(() => new NumberPlan({ '1': { to: 'a@b', strip: -1 } })).to.throw(RangeError, 'strip');
    expect(() => new NumberPlan({ '1': { to: 'a@b', strip: 0.5 } })).to.throw(RangeError, 'strip');
  });
});

describe('what a number is dialled as', () => {
  const targetsOf = (rule: ConstructorParameters<typeof NumberPlan>[0], digits: string): readonly Target[] | undefined =>
    new NumberPlan(rule).find(digits)?.targets;

  it('is what was dialled, where the rule says no more', () => {
    expect(targetsOf({ '30x': ['registrar', 'group:sales', 'sip:example.test', 'aaln/1@g'] }, '301')).to.deep.equal([
      { kind: 'registrar', user: '301' },
      { kind: 'group', name: 'sales', user: '301' },
      { kind: 'sip', uri: 'sip:301@example.test' },
      { kind: 'line', line: 'aaln/1@g' },
    ]);
  });

  it('loses digits in front and gets others', () => {
    const rule = { '0.': { to: ['group:out', 'sips:trunk.example.test:5061;transport=tls'], strip: 1, prefix: '+49' } };
    expect(targetsOf(rule, '030123')).to.deep.equal([
      { kind: 'group', name: 'out', user: '+4930123' },
      { kind: 'sip', uri: 'sips:+4930123@trunk.example.test:5061;transport=tls' },
    ]);
  });

  it('counts a + as a digit', () => {
    expect(targetsOf({ '+49.': { to: 'registrar', strip: 3, prefix: '0' } }, '+4930123')).to.deep.equal([
      { kind: 'registrar', user: '030123' },
    ]);
  });

  it('does not change a URI that has a user', () => {
    expect(targetsOf({ '5': { to: 'sip:desk@example.test', prefix: '9' } }, '5')).to.deep.equal([
      { kind: 'sip', uri: 'sip:desk@example.test' },
    ]);
  });

  it('is spelled as a URI can spell it', () => {
    expect(targetsOf({ '#.': 'sip:example.test' }, '#21#')).to.deep.equal([{ kind: 'sip', uri: 'sip:%2321%23@example.test' }]);
  });

  it('leaves out a target that needs a digit, where none is left', () => {
    const to = ['registrar', 'sip:example.test', 'group:sales'];
    expect(targetsOf({ '9.': { to, strip: 1 } }, '9')).to.deep.equal([{ kind: 'sip', uri: 'sip:example.test' }]);
  });

  it('has no visual separators', () => {
    expect(targetsOf({ '+49.': 'registrar' }, '+49-(30).12-3')).to.deep.equal([{ kind: 'registrar', user: '+4930123' }]);
  });
});

describe('what a rule says beside its targets', () => {
  const PLAN_OF_RULES = new NumberPlan({
    '0900.': { forbid: true },
    '112': { to: ['aaln/1@g', 'group:out'], emergency: true },
    '1001': 'aaln/1@g',
    '7.': { to: 'registrar', callerId: '4900' },
    '8.': { to: 'registrar', callerId: 'anonymous' },
  });

  it('is that nobody may call it, and then it may lead nowhere', () => {
    expect(PLAN_OF_RULES.find('0900123')).to.deep.include({ forbid: true, emergency: false, targets: [] });
  });

  it("is that it is an emergency, and then it is nobody's own number", () => {
    expect(PLAN_OF_RULES.find('112')).to.deep.include({ forbid: false, emergency: true });
    expect(PLAN_OF_RULES.numberOf('aaln/1@g')).to.equal('1001');
  });

  it('is whom the called side is told of', () => {
    const caller = { number: '1001', name: 'Ann' };
    const presented = (digits: string): object => presentedCaller(PLAN_OF_RULES.find(digits) ?? {}, caller);
    expect(presented('1001')).to.deep.equal(caller);
    expect(presented('71')).to.deep.equal({ number: '4900', name: 'Ann' });
    expect(presented('81')).to.deep.equal({});
  });
});
