// Modes and descriptions.
import { expect } from 'chai';
import { fits, modeFor, neutralMode, sameDescription, type Connection } from './connections.js';

const NONE: ReadonlySet<string> = new Set();

describe('the mode of a connection', () => {
  it('is call control’s where the far side is known', () => {
    for (const mode of ['sendrecv', 'recvonly', 'sendonly', 'inactive'] as const) {
      expect(modeFor({ mode, remote: 'v=0' }, NONE)).to.equal(mode);
    }
  });

  it('sends nothing where it is not (527)', () => {
    expect(modeFor({ mode: 'sendrecv' }, NONE)).to.equal('recvonly');
    expect(modeFor({ mode: 'sendonly' }, NONE)).to.equal('inactive');
    expect(modeFor({ mode: 'recvonly' }, NONE)).to.equal('recvonly');
  });

  it('is replaced where the gateway does not have it, unless nothing stands in', () => {
    expect(modeFor({ mode: 'inactive', remote: 'v=0' }, new Set(['inactive']))).to.equal('recvonly');
    expect(modeFor({ mode: 'sendonly', remote: 'v=0' }, new Set(['sendonly']))).to.equal('sendrecv');
    expect(modeFor({ mode: 'sendrecv', remote: 'v=0' }, new Set(['sendrecv']))).to.equal('sendrecv');
  });

  it('of others is one that sends and receives, in neutral words', () => {
    expect(neutralMode('confrnce')).to.equal('sendrecv');
    expect(neutralMode('inactive')).to.equal('inactive');
    expect(neutralMode(undefined)).to.equal('sendrecv');
  });
});

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
});

describe('a connection', () => {
  const connection: Connection = { callId: 'A', connectionId: '1', mode: 'recvonly', remote: undefined, local: undefined };

  it('fits when its mode does and the far side is not asked for', () => {
    expect(fits(connection, { mode: 'recvonly' }, NONE)).to.equal(true);
    expect(fits(connection, { mode: 'inactive' }, NONE)).to.equal(false);
    expect(fits({ ...connection, mode: undefined }, { mode: 'recvonly' }, NONE)).to.equal(false);
  });

  it('does not fit when it does not know the far side that is asked for', () => {
    expect(fits(connection, { mode: 'recvonly', remote: 'v=0\nm=audio 1 RTP/AVP 0' }, NONE)).to.equal(false);
  });
});
