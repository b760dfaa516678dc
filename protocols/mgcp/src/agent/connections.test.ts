// Modes, and what fits.
import { expect } from 'chai';
import { fits, modeFor, neutralMode, type Connection } from './connections.js';

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
