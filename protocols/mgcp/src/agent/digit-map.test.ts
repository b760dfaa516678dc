// Digit maps out of number patterns: what fires when, and that no map is too long. The maps are run here as a gateway
// runs them.
import { expect } from 'chai';
import { dialPlanOf, digitMapOf, isComplete } from './digit-map.js';

describe('a digit map', () => {
  const maps: readonly [title: string, patterns: readonly string[], map: string][] = [
    ['has a string for each pattern', ['100x', '9.'], '(100x|9x.T)'],
    ['joins numbers that differ in one place', ['1001', '1002', '1003', '1005'], '(100[1-35])'],
    ['joins across two places only what stays exact', ['11', '12', '21', '22', '31'], '([12][12]|31)'],
    ['writes ten neighbours as x', ['50', '51', '52', '53', '54', '55', '56', '57', '58', '59'], '(5x)'],
    ['lets a number that another goes on from wait for the pause', ['100', '1001'], '(100T|1001)'],
    ['does not hold up an extension for the route of all that is left over', ['100x', '.'], '(100x|xx.T)'],
    ['holds up a local number for a longer one with the same beginning', ['1xx', '112x'], '(1xxT|112x)'],
    ['keeps star and hash keys', ['*21#', '*3x'], '(*21#|*3x)'],
    ['lets a code that a key may still complete wait for the pause', ['*21#', '*xx'], '(*21#|*xxT)'],
    ['joins keys and digits in one range', ['5*', '51', '52', '53'], '(5[1-3*])'],
    ['leaves out what no telephone dials', ['+49.', 'alice', '0'], '(0)'],
    ['is the widest where nothing can be dialled', [], '(xx.T)'],
    ['says a pattern once', ['7x', '7x'], '(7x)'],
  ];
  for (const [title, patterns, map] of maps) it(title, () => expect(digitMapOf(patterns)).to.equal(map));

  it('of a thousand numbers in a row is short, and exact', () => {
    const numbers = Array.from({ length: 1_000 }, (_, i) => String(4_000 + i));
    expect(digitMapOf(numbers)).to.equal('(4xxx)');
  });

  it('is widened from behind until a gateway takes it, and then keeps no number from firing', () => {
    const numbers = Array.from({ length: 400 }, (_, i) => String(200_000 + ((i * 7_919) % 100_000)));
    const map = digitMapOf([...numbers, '9.'], 200);
    expect(map.length).to.be.at.most(200);
    for (const number of numbers) expect(isComplete(number, patternsOf(map)), number).to.equal(true);
    expect(map).to.match(/9x\.T/);
  });

  it('that is widened makes the shorter of two numbers wait where one may now begin the other', () => {
    expect(digitMapOf(['1234', '5239', '56789', '86780'], 13)).to.equal('(xxxxT|xxxxx)');
  });

  it('is never longer than the gateway takes', () => {
    const patterns = Array.from({ length: 300 }, (_, i) => `${(i * 37) % 1000}x${i}.`);
    for (const bytes of [2_048, 500, 100, 20, 8]) expect(digitMapOf(patterns, bytes).length).to.be.at.most(bytes);
  });

  it('stands beside its patterns in a dial plan', () => {
    expect(dialPlanOf(['20x'])).to.deep.equal({ patterns: ['20x'], digitMap: '(20x)' });
  });
});

describe('a dial string', () => {
  const plan = ['100x', '9.', '*21#'];
  for (const digits of ['1000', '1009', '9', '91234567890', '*21#']) {
    it(`${digits} is a number`, () => expect(isComplete(digits, plan)).to.equal(true));
  }
  for (const digits of ['', '100', '10000', '8', '*21', '100#', '100*', '91#']) {
    it(`${JSON.stringify(digits)} is none`, () => expect(isComplete(digits, plan)).to.equal(false));
  }
});

/** Reads a map back into patterns, ranges written out. */
function patternsOf(map: string): string[] {
  return map
    .slice(1, -1)
    .split('|')
    .flatMap((entry) => expanded(entry.replace('x.T', '.').replace('T', '')));
}

function expanded(entry: string): string[] {
  const match = /\[([^\]]+)\]/.exec(entry);
  if (match === null) return [entry];
  const symbols = (match[1] ?? '').replace(/(\d)-(\d)/g, (_, from: string, to: string) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_unused, i) => String(Number(from) + i)).join(''),
  );
  return [...symbols].flatMap((symbol) => expanded(entry.replace(match[0], symbol)));
}
