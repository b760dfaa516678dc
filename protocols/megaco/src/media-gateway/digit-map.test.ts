import { expect } from 'chai';
import { DEFAULT_DIGIT_TIMERS, DigitCollector } from './digit-collector.js';
import { DigitMapMatcher, parseDigitMap } from './digit-map.js';

/** What each digit makes of the string: `open`, `unambiguous`, `impossible`. `z` before a digit: it is held long. */
function dial(body: string, digits: string): readonly string[] {
  const map = parseDigitMap(body);
  if (map === undefined) throw new Error(`no digit map: ${body}`);
  const matcher = new DigitMapMatcher(map);
  return [...digits.matchAll(/(z?)(.)/g)].map(([, long, digit]) => matcher.feed(digit as string, long === 'z'));
}

function outcome(body: string, digits: string): string | undefined {
  return dial(body, digits).at(-1);
}

// RFC 3525 §7.1.14.9
const PLAN = '(0| 00|[1-7]xxx|8xxxxxxx|Fxxxxxxx|Exx|91xxxxxxxxxx|9011x.)';

describe('digit maps', () => {
  const complete = ['2345', '82345678', 'F2345678', 'E12', '911234567890'];
  for (const number of complete) {
    it(`${number} is complete in the plan of RFC 3525 §7.1.14.9 with its last digit, and no sooner`, () => {
      const results = dial(PLAN, number);
      expect(results.at(-1)).to.equal('unambiguous');
      expect(results.slice(0, -1)).to.deep.equal(results.slice(0, -1).map(() => 'open'));
    });
  }

  it('0 is a number that could go on; 00 is one that could not', () => {
    expect(dial(PLAN, '00')).to.deep.equal(['open', 'unambiguous']);
  });

  it('a terminal dot goes on for ever', () => {
    expect(outcome(PLAN, '9011442079460000')).to.equal('open');
  });

  it('a digit that no alternative takes is impossible, and no part of the string', () => {
    const matcher = new DigitMapMatcher(parseDigitMap('(100x|9x.)') ?? { alternatives: [] });
    expect(['1', '2'].map((digit) => matcher.feed(digit))).to.deep.equal(['open', 'impossible']);
    expect(matcher.dialled).to.equal('1');
  });

  const timers: readonly [body: string, digits: string, timer: string, why: string][] = [
    ['(12|123)', '12', 'short', 'a number that could go on'],
    ['(12|123)', '1', 'long', 'digits that are no number yet'],
    ['9x.', '9', 'short', 'a terminal dot'],
    ['(1S23|45)', '1', 'short', 'a short timer written before what is needed'],
    ['(1L2.)', '1', 'long', 'a long timer written before what may follow'],
    ['(1S2|1L3)', '1', 'long', 'alternatives that do not agree'],
    ['(1S2|13)', '1', 'short', 'one alternative that says so, and one that says nothing'],
    ['(1S2|134)', '13', 'long', 'the one that said so being out'],
  ];
  for (const [body, digits, timer, why] of timers) {
    it(`the ${timer} timer is for ${why}: ${digits} in ${body}`, () => {
      const matcher = new DigitMapMatcher(parseDigitMap(body) ?? { alternatives: [] });
      for (const digit of digits) matcher.feed(digit);
      expect(matcher.timer).to.equal(timer);
    });
  }

  it('a long digit drops the alternatives that ask for no long one, and is told with a Z', () => {
    const matcher = new DigitMapMatcher(parseDigitMap('(1Z23|124)') ?? { alternatives: [] });
    matcher.feed('1');
    matcher.feed('2', true);
    expect(matcher.dialled).to.equal('1Z2');
    expect(matcher.feed('4')).to.equal('impossible');
  });

  it('a short digit drops the alternatives that ask for a long one', () => {
    expect(dial('(1Z23|124)', '123')).to.deep.equal(['open', 'open', 'impossible']);
  });

  it('the length of a digit counts for nothing where no alternative asks', () => {
    expect(dial('(12)', 'z1z2')).to.deep.equal(['open', 'unambiguous']);
  });

  const broken = ['', '()', '(1|)', '(12', '12)', '[1-', '[]', '[7-1]', '[1-A]', '.', '1..', '1Z', 'ZZ1', 'S', '12T', '(1|2)|3', 'M'];
  for (const body of broken) it(`${JSON.stringify(body)} is none`, () => expect(parseDigitMap(body)).to.equal(undefined));

  it('blanks and the case of letters mean nothing', () => {
    expect(outcome('( eX | 1 [0-9a] . )', 'E7')).to.equal('unambiguous');
  });

  it('a map of many dots costs no more than its length a digit', () => {
    expect(outcome('x.'.repeat(2_000), '1'.repeat(200))).to.equal('open');
  });
});

describe('the collection of digits', () => {
  function collector(body: string, value = {}): DigitCollector {
    return new DigitCollector(parseDigitMap(body) ?? { alternatives: [] }, { body, ...value }, DEFAULT_DIGIT_TIMERS, 0);
  }

  it('ends unambiguously with the last digit of a number', () => {
    const digits = collector('(100x|9x.)');
    expect([...'100'].map((digit) => digits.digit(digit, 0, 0))).to.deep.equal([undefined, undefined, undefined]);
    expect(digits.digit('2', 0, 0)).to.deep.equal({ digits: '1002', method: 'UM', isRejecting: false });
  });

  it('ends with a full match when the short timer runs out behind a number', () => {
    const digits = collector('9x.', { short: 3 });
    digits.digit('9', 0, 0);
    digits.digit('1', 0, 500);
    expect(digits.deadline()).to.equal(3_500);
    expect(digits.expire(3_499)).to.equal(undefined);
    expect(digits.expire(3_500)).to.deep.equal({ digits: '91', method: 'FM', isRejecting: false });
  });

  it('ends with a partial match when nothing is dialled, and never where T is 0', () => {
    expect(collector('100x').deadline()).to.equal(16_000);
    expect(collector('100x').expire(16_000)).to.deep.equal({ digits: '', method: 'PM', isRejecting: false });
    expect(collector('100x', { start: 0 }).deadline()).to.equal(Number.POSITIVE_INFINITY);
  });

  it('ends with a partial match when a digit does not fit', () => {
    const digits = collector('100x');
    digits.digit('1', 0, 0);
    expect(digits.digit('7', 0, 0)).to.deep.equal({ digits: '1', method: 'PM', isRejecting: true });
  });

  it('ends with a full match when a digit does not fit behind a number', () => {
    const digits = collector('(0|00)');
    digits.digit('0', 0, 0);
    expect(digits.digit('5', 0, 0)).to.deep.equal({ digits: '0', method: 'FM', isRejecting: true });
  });

  it('takes a digit for long by the threshold of the map', () => {
    const digits = collector('(Z12|13)', { duration: 5 });
    digits.digit('1', 501, 0);
    expect(digits.dialled).to.equal('Z1');
  });
});
