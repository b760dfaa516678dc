// When two descriptions say the same.
import { expect } from 'chai';
import { linesOfFirst, sameDescription } from './compare.js';

describe('a session description', () => {
  const plain = 'v=0\nc=IN IP4 10.0.0.9\nm=audio 4000 RTP/AVP 0\na=ptime:20\n';

  it('is the same with another origin, name and time, other line ends and another order of attributes', () => {
    const other = 'v=0\r\no=- 1 2 IN IP4 h\r\ns=x\r\nt=0 0\r\na=ptime:20\r\nc=IN IP4 10.0.0.9\r\nm=audio 4000 RTP/AVP 0';
    expect(sameDescription(plain, other)).to.equal(true);
  });

  for (const [from, to] of [
    ['10.0.0.9', '10.0.0.8'],
    ['4000', '4002'],
    ['AVP 0', 'AVP 0 8'],
    ['ptime:20', 'ptime:30'],
  ] as const) {
    it(`is another with ${to} for ${from}`, () => expect(sameDescription(plain, plain.replace(from, to))).to.equal(false));
  }

  it('is not the one that is not known', () => {
    expect(sameDescription(plain, undefined)).to.equal(false);
    expect(sameDescription(undefined, undefined)).to.equal(true);
  });

  it('of several is the first', () => {
    expect(sameDescription(plain, `${plain}v=0\nm=audio 1 RTP/AVP 8\n`)).to.equal(true);
    expect(linesOfFirst('v=0\r\n m=audio 1 RTP/AVP 8 \r\n\r\nv=0\r\ns=-')).to.deep.equal(['v=0', 'm=audio 1 RTP/AVP 8']);
  });
});
