import { expect } from 'chai';
import { writeDialogToken } from '../path/token.js';
import { parseUri } from '../message/uri.js';
import { signerOf } from '../registrar/testing.js';
import { isLegToken, type LegClaims, readLegToken, writeLegToken } from './leg-token.js';

const SIGNER = signerOf('secret');
const CLAIMS: LegClaims = { callId: '0655E1A2B000F', role: 'originating', line: 'aaln/1@gw2' };

describe('a leg token', () => {
  const token = writeLegToken(SIGNER, CLAIMS, 'c1@phone');

  it('can be read by people, and is short', () => {
    expect(token).to.match(/^leg\.k1\.0655E1A2B000Fo\.aaln!2f1!40gw2\.[\w-]{22}$/);
    expect(token.length).to.be.below(120);
  });

  it('is the user of a URI as it stands', () => {
    const uri = parseUri(`sip:${token}@10.0.0.1:5060;alternatePath=10.0.0.2`);
    expect(uri.ok && uri.value.user).to.equal(token);
  });

  for (const claims of [
    CLAIMS,
    { callId: '0655E1A2B000F', role: 'terminating', line: undefined },
    { callId: '0655E1A2B000F', role: 'terminating', line: 'S1/ds1-1/*$.%?!ü@rgw.example' },
  ] as const satisfies readonly LegClaims[]) {
    it(`gives back a ${claims.role} leg's ${claims.line ?? 'other end without a line'}`, () => {
      expect(readLegToken(SIGNER, writeLegToken(SIGNER, claims, 'c1@phone'), 'c1@phone')).to.deep.equal(claims);
    });
  }

  it('holds in its own dialog alone', () => expect(readLegToken(SIGNER, token, 'c2@phone')).to.equal(undefined));

  it('does not hold under another secret', () => expect(readLegToken(signerOf('other'), token, 'c1@phone')).to.equal(undefined));

  for (const [what, from, to] of [
    ['call', '0655E1A2B000F', '0655E1A2B0010'],
    ['role', 'Fo.', 'Ft.'],
    ['line', '1!40', '2!40'],
    ['key', 'k1', 'k2'],
  ] as const) {
    it(`does not hold for another ${what}`, () => {
      const forged = token.replace(from, to);
      expect(forged).not.to.equal(token);
      expect(isLegToken(forged)).to.equal(true);
      expect(readLegToken(SIGNER, forged, 'c1@phone')).to.equal(undefined);
    });
  }

  it('is signed for its own purpose', () => {
    const [, mac = ''] = writeDialogToken(SIGNER, `${CLAIMS.callId}o.aaln!2f1!40gw2`, 'c1@phone').split('.');
    expect(readLegToken(SIGNER, token.replace(/[\w-]{22}$/, mac), 'c1@phone')).to.equal(undefined);
  });

  for (const other of ['', '1001', 'leg', 'leg.k1.0655E1A2B000Fo.aaln', `leg.${'.'.repeat(1_000)}`, `${token}x`, token.toUpperCase()]) {
    it(`is not ${other.slice(0, 30) || 'nothing'}`, () => {
      expect(isLegToken(other)).to.equal(false);
      expect(readLegToken(SIGNER, other, 'c1@phone')).to.equal(undefined);
    });
  }
});
