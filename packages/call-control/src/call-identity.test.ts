import { expect } from 'chai';
import { callCounter, mayHaveParty, newCallId, parseCallId, partialCallId } from './call-identity.js';

describe('the identity of a call', () => {
  it('is slot, seconds and counter in thirteen hexadecimal digits', () => {
    expect(newCallId(10, 1_700_000_000_999, 0x12)).to.equal('A6553F1000012');
  });

  it('gives back what was put in, the time in whole seconds', () => {
    for (const slot of [0, 1, 15])
      for (const counter of [0, 1, 0xffff])
        expect(parseCallId(newCallId(slot, 1_700_000_000_999, counter))).to.deep.equal({ slot, counter, setUpAt: 1_700_000_000_000 });
  });

  it('counts round after 65,535', () => {
    expect(parseCallId(newCallId(1, 5_000, 0x1_0003))?.counter).to.equal(3);
  });

  it('tells in the highest bit of the counter whether a leg may be a party, also where it tells no time', () => {
    for (const may of [true, false]) {
      expect(mayHaveParty(newCallId(3, 5_000, callCounter(0x1_7fff, may)))).to.equal(may);
      expect(mayHaveParty(partialCallId(3, callCounter(7, may)))).to.equal(may);
      expect(callCounter(0x8007, may) & 0x7fff).to.equal(7);
    }
    expect(mayHaveParty('foreign')).to.equal(false);
  });

  it('need not tell when the call was set up', () => {
    expect(partialCallId(10, 0x12)).to.equal('A000000000012');
    expect(parseCallId(partialCallId(10, 0x1_0012))).to.deep.equal({ slot: 10, setUpAt: undefined, counter: 0x12 });
  });

  it('is read whatever its case, since gateways may give it back in theirs', () => {
    expect(parseCallId('a6553f1000012')).to.deep.equal(parseCallId('A6553F1000012'));
  });

  for (const foreign of ['', 'A1', 'A6553F100001', 'A6553F10000123', 'A6553F100001G', ' A6553F100001'])
    it(`does not read ${JSON.stringify(foreign)}`, () => expect(parseCallId(foreign)).to.equal(undefined));
});
