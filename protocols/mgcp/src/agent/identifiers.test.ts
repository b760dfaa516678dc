// Request identifiers: what is written in comes back out of an audit.
import { expect } from 'chai';
import { callCounterOf, formatRequestIdentifier, GENERATIONS, parseRequestIdentifier, type RequestIdentity } from './identifiers.js';

const RINGBACK: RequestIdentity = {
  slot: 10,
  phase: 'ringback',
  role: 'originating',
  generation: 0x1a2b3,
  callCounter: 0x00ff,
  dialled: '*9100#',
};

describe('a request identifier', () => {
  it('is written digit by digit as the page says', () => {
    expect(formatRequestIdentifier(RINGBACK)).to.equal('A301A2B300FFA9100B');
  });

  it('gives back what was written, in either case', () => {
    const text = formatRequestIdentifier(RINGBACK);
    expect(parseRequestIdentifier(text)).to.deep.equal(RINGBACK);
    expect(parseRequestIdentifier(text.toLowerCase())).to.deep.equal(RINGBACK);
  });

  it('holds at most 32 characters: the digits beyond the twentieth are left out', () => {
    const text = formatRequestIdentifier({ ...RINGBACK, dialled: '1234567890123456789012345' });
    expect(text).to.have.length(32);
    expect(parseRequestIdentifier(text)?.dialled).to.equal('12345678901234567890');
  });

  for (const foreign of [
    '',
    '0',
    '123',
    'a301a2b300f',
    'ae01a2b300ff',
    'a321a2b300ff',
    'a301a2b300ffc',
    'not-hexadecimal!',
    'f'.repeat(32),
  ]) {
    it(`does not take ${JSON.stringify(foreign)} for one of ours`, () => expect(parseRequestIdentifier(foreign)).to.equal(undefined));
  }
});

describe('generations', () => {
  it('go round, and a later one is told from an earlier one across the end', () => {
    expect(GENERATIONS.after(0xf_ffff)).to.equal(0);
    expect(GENERATIONS.isLater(0, 0xf_ffff)).to.equal(true);
    expect(GENERATIONS.isLater(0xf_ffff, 0)).to.equal(false);
    expect(GENERATIONS.isLater(7, 7)).to.equal(false);
  });

  it('begin with the seconds of the clock, so a node that starts again is ahead of itself', () => {
    const before = GENERATIONS.first(1_700_000_000_000);
    expect(GENERATIONS.isLater(GENERATIONS.first(1_700_000_002_000), GENERATIONS.after(before))).to.equal(true);
  });
});

describe('the call in a request identifier', () => {
  it('is the counter of the call id', () => {
    expect(callCounterOf('16741a2b3004d')).to.equal(0x004d);
  });

  it('is 0 where there is no call', () => {
    expect(callCounterOf(undefined)).to.equal(0);
    expect(callCounterOf('zz')).to.equal(0);
  });
});
