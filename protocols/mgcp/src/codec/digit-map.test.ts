import { expect } from 'chai';
import { DigitMapMatcher, type DigitMapResult, parseDigitMap } from './digit-map.js';

/** The result after each symbol. */
function dial(map: string, symbols: string): DigitMapResult[] {
  const parsed = parseDigitMap(map);
  if (parsed === undefined) throw new Error(`no digit map: ${map}`);
  const matcher = new DigitMapMatcher(parsed);
  return [...symbols].map((symbol) => matcher.feed(symbol));
}

function last(map: string, symbols: string): DigitMapResult | undefined {
  return dial(map, symbols).at(-1);
}

describe('a digit map', () => {
  it('matches as RFC 3435 §2.1.5 tells of its dial plan', () => {
    const map = '(0T|00T|[1-7]xxx|8xxxxxxx|#xxxxxxx|*xx|91xxxxxxxxxx|9011x.T)';
    expect(dial(map, '0T')).to.deep.equal(['partial-could-match', 'match']);
    expect(dial(map, '00T')).to.deep.equal(['partial-could-match', 'partial-could-match', 'match']);
    expect(dial(map, '1234')).to.deep.equal(['partial', 'partial', 'partial', 'match']);
    expect(last(map, '82345678')).to.equal('match');
    expect(last(map, '*67')).to.equal('match');
    expect(last(map, '9011')).to.equal('partial-could-match');
    expect(last(map, '90114420')).to.equal('partial-could-match');
    expect(last(map, '90114420T')).to.equal('match');
    expect(last(map, '92')).to.equal('no-match');
    expect(last(map, '12T')).to.equal('no-match');
  });

  it('takes the shortest match', () => {
    expect(dial('(xxxxxxx|x11)', '411')).to.deep.equal(['partial', 'partial', 'match']);
  });

  it('takes zero repetitions for a match (the subtle example of §2.1.5)', () => {
    const map = '(0[12].|00|1[12].1|2x.#)';
    expect(last(map, '0')).to.equal('match');
    expect(last(map, '1')).to.equal('partial');
    expect(last(map, '12')).to.equal('partial');
    expect(last(map, '11')).to.equal('match');
    expect(last(map, '121')).to.equal('match');
    expect(last(map, '2345')).to.equal('partial');
    expect(last(map, '2345#')).to.equal('match');
    expect(last(map, '2#')).to.equal('match');
  });

  it('knows when the timer alone is missing (RFC 3660 §2.2)', () => {
    expect(dial('(xxxxxxx|x11T)', '411')).to.deep.equal(['partial', 'partial', 'partial-could-match']);
    expect(last('(1[2-3T].)', '1')).to.equal('match');
    expect(last('(1[2-3].T)', '1')).to.equal('partial-could-match');
    expect(dial('(1[2-3]T.)', '12')).to.deep.equal(['partial', 'match']);
  });

  it('lets an alternative with P wait for others (RFC 3660 §2.7)', () => {
    const map = '([3-7]11|123xxxxxxx|[1-7]xxxxxxP|8xxxP)';
    expect(last(map, '1234567')).to.equal('partial-could-match');
    expect(last(map, '1234567890')).to.equal('match');
    expect(last(map, '411')).to.equal('match');
    expect(last(map, '8234')).to.equal('match');
    expect(last(map, '2345678')).to.equal('match');
  });

  it('counts letters without case, and x inside a range', () => {
    expect(last('(aX[xT]d)', 'A5td')).to.equal('match');
    expect(last('[2-4a-c]', 'B')).to.equal('match');
  });

  it('may be one string without parentheses, and keeps its end', () => {
    expect(dial('100x', '10029')).to.deep.equal(['partial', 'partial', 'partial', 'match', 'match']);
    expect(dial('11', '121')).to.deep.equal(['partial', 'no-match', 'no-match']);
  });

  it('starts again after a reset', () => {
    const map = parseDigitMap('(12)');
    const matcher = new DigitMapMatcher(map ?? { alternatives: [], extensionLetters: '' });
    matcher.feed('1');
    matcher.reset();
    expect(matcher.result).to.equal('partial');
    expect(matcher.feed('2')).to.equal('no-match');
  });

  it('names its extension letters', () => {
    expect(parseDigitMap('(0Q|ZZP|xxT)')?.extensionLetters).to.equal('QZ');
    expect(parseDigitMap('(0T|xP)')?.extensionLetters).to.equal('');
  });

  for (const bad of [
    '',
    '()',
    '(',
    ')',
    '(1',
    '1)',
    '((0T|00T',
    '((0))',
    '(1|)',
    '1|2',
    '[1',
    '[]',
    '1]',
    '[1-]',
    '[3-1]',
    '[1-A]',
    '(1 2)',
    '.',
    '(1..)',
    '(1-2)',
    '1+',
  ]) {
    it(`is not ${JSON.stringify(bad)}`, () => expect(parseDigitMap(bad)).to.equal(undefined));
  }

  it('costs no more for a nasty map than for a plain one: states stay below its length', () => {
    const map = `(${'x.'.repeat(1_000)}#)`;
    expect(last(map, '5'.repeat(200))).to.equal('partial');
    expect(last(map, `${'5'.repeat(200)}#`)).to.equal('match');
  });
});
