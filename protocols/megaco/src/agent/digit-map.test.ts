import { NumberPlan } from '@altpath/call-control';
import { expect } from 'chai';
import { parseDigitMap } from '../media-gateway/digit-map.js';
import { dialPlanOf, digitMapOf, judge, USUAL_MAP_LENGTH } from './digit-map.js';

describe('a digit map of number patterns', () => {
  const maps: readonly [patterns: readonly string[], map: string][] = [
    [['100x', '9.'], '(100x|9x.)'],
    [['1001', '1002', '1003'], '(100[1-3])'],
    [['1001', '1003', '1009'], '(100[139])'],
    [['*21', '#21'], '([EF]21)'],
    [['10', '11', '20', '21'], '([12][01])'],
    [['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'], '(x)'],
    [['0x', '0.'], '(0x|0x.)'],
    [['.'], '(xx.)'],
    [[], '(xx.)'],
    [['+49.', '1001'], '(1001)'],
    [['100X'], '(100x)'],
  ];
  for (const [patterns, map] of maps) it(`${patterns.join(' ')} is ${map}`, () => expect(digitMapOf(patterns)).to.equal(map));

  it('is one that gateways read', () => {
    for (const [patterns] of maps) expect(parseDigitMap(digitMapOf(patterns)), patterns.join(' ')).not.to.equal(undefined);
  });

  it('of many numbers is widened until it fits', () => {
    const patterns = Array.from({ length: 2_000 }, (_, at) => String(at * at + 1_000_000));
    const map = digitMapOf(patterns);
    expect(map.length).to.be.at.most(USUAL_MAP_LENGTH);
    expect(map).to.match(/^\([1-5[]/);
    expect(digitMapOf(patterns, 5)).to.equal('(xx.)');
  });

  it('goes out with timers, or as the configuration writes it', () => {
    expect(dialPlanOf(['1xx']).digitMap).to.deep.equal({ start: 16, short: 4, long: 16, body: '(1xx)' });
    expect(dialPlanOf(['1xx'], 'T:10, S:3, L:8, (2xx | 3x.)').digitMap).to.deep.equal({ start: 10, short: 3, long: 8, body: '(2xx|3x.)' });
    expect(dialPlanOf(['1xx'], '(2xx)').digitMap).to.deep.equal({ start: 16, short: 4, long: 16, body: '(2xx)' });
    expect(dialPlanOf(['1xx'], 'T:1:2').digitMap.body).to.equal('(1xx)');
  });
});

describe('what was dialled', () => {
  const plan = dialPlanOf(['100x', '9.', '*21']);
  const dialled: readonly [symbols: string, method: string | undefined, digits: string, result: string][] = [
    ['1002', 'UM', '1002', 'match'],
    ['90', 'FM', '90', 'match'],
    ['10', 'PM', '10', 'timeout'],
    ['', 'PM', '', 'timeout'],
    ['3', 'PM', '3', 'no-match'],
    ['E21', 'UM', '*21', 'match'],
    ['e2', 'PM', '*2', 'timeout'],
    ['1002', 'PM', '1002', 'match'],
    ['10Z02', 'UM', '1002', 'match'],
    ['1002F', 'PM', '1002', 'match'],
    ['10F', 'PM', '10', 'timeout'],
    ['1002', undefined, '1002', 'match'],
  ];
  for (const [symbols, method, digits, result] of dialled) {
    it(`${symbols || 'nothing'} by ${method ?? 'no method'} is ${digits || 'nothing'}: ${result}`, () => {
      expect(judge(symbols, method, plan)).to.deep.equal({ digits, result });
    });
  }

  it('agrees with call control on what a number is', () => {
    const numbers = new NumberPlan({ '100x': 'a', '9.': 'b', '*21': 'c' });
    for (const digits of ['1002', '9', '*21']) expect(numbers.find(digits), digits).not.to.equal(undefined);
  });
});
