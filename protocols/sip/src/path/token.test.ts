import { expect } from 'chai';
import { signerOf } from '../registrar/testing.js';
import { readViaToken, verifyDialogToken, type ViaBinding, type ViaClaims, writeDialogToken, writeViaToken } from './token.js';

const NOW = 1_700_000_000_000;
const SIGNER = signerOf('secret');
const CLAIMS: ViaClaims = { node: 1, flags: 0, forkIndex: 2, forkCount: 3, expiresAt: NOW + 86_400_000, loopHash: 'abc123' };
const BINDING: ViaBinding = {
  branch: 'z9hG4bKown',
  nextBranch: 'z9hG4bKnext',
  nextSentBy: '10.1.0.1:5060',
  nextReceived: '10.1.0.1',
  nextRport: 5060,
  nextTransport: 'UDP',
  alternates: '10.0.0.2+10.0.0.3',
  callId: 'call@x',
  cseq: 1,
};

describe('a Via token', () => {
  const token = writeViaToken(SIGNER, CLAIMS, BINDING);

  it('reads KEY.NODE.FLAGS.INDEX.COUNT.EXPIRY.LOOP.MAC, and gives its claims back', () => {
    expect(token).to.match(/^k1\.1\.0\.2\.3\.[0-9a-z]+\.abc123\.[\w-]{22}$/);
    expect(readViaToken(SIGNER, token, BINDING, NOW)).to.deep.equal({ ok: true, claims: CLAIMS });
  });

  it('is no longer than it must be', () => expect(token.length).to.be.below(60));

  for (const key of Object.keys(BINDING) as (keyof ViaBinding)[]) {
    it(`does not hold for another ${key}`, () => {
      const changed = { ...BINDING, [key]: typeof BINDING[key] === 'number' ? 7 : 'other' };
      expect(readViaToken(SIGNER, token, changed, NOW)).to.deep.equal({ ok: false, reason: 'invalid' });
    });
  }

  it('an absent rport is another value than any port', () => {
    const bare = writeViaToken(SIGNER, CLAIMS, { ...BINDING, nextRport: undefined });
    expect(readViaToken(SIGNER, bare, { ...BINDING, nextRport: undefined }, NOW).ok).to.equal(true);
    expect(readViaToken(SIGNER, bare, { ...BINDING, nextRport: 0 }, NOW).ok).to.equal(false);
  });

  it('values cannot be moved from one field to the next', () => {
    const moved = { ...BINDING, nextSentBy: '10.1.0.1:5060\n10.1.0.1', nextReceived: '' };
    expect(readViaToken(SIGNER, token, moved, NOW).ok).to.equal(false);
  });

  for (let part = 0; part < 8; part += 1) {
    it(`does not hold when its part ${part} is changed`, () => {
      const parts = token.split('.');
      parts[part] = part === 0 ? 'k2' : part === 7 ? 'A'.repeat(22) : '9';
      expect(readViaToken(SIGNER, parts.join('.'), BINDING, NOW)).to.deep.equal({ ok: false, reason: 'invalid' });
    });
  }

  for (const bad of ['x', '.......', `${'.'.repeat(8)}`, `${'a'.repeat(10_000)}`, 'k1.1.0.2.3.x.abc123']) {
    it(`${JSON.stringify(bad.slice(0, 20))} is invalid`, () =>
      expect(readViaToken(SIGNER, bad, BINDING, NOW)).to.deep.equal({ ok: false, reason: 'invalid' }));
  }

  it('an absent one is missing', () => {
    for (const absent of [undefined, null, ''])
      expect(readViaToken(SIGNER, absent, BINDING, NOW)).to.deep.equal({ ok: false, reason: 'missing' });
  });

  it('expires, a minute late because clocks differ', () => {
    expect(readViaToken(SIGNER, token, BINDING, CLAIMS.expiresAt + 60_000).ok).to.equal(true);
    expect(readViaToken(SIGNER, token, BINDING, CLAIMS.expiresAt + 61_000)).to.deep.equal({ ok: false, reason: 'expired' });
  });

  it('is first checked, then believed: a forged one is invalid, not expired', () => {
    const forged = token.slice(0, -1) + (token.endsWith('A') ? 'Q' : 'A');
    expect(readViaToken(SIGNER, forged, BINDING, CLAIMS.expiresAt + 100_000)).to.deep.equal({ ok: false, reason: 'invalid' });
  });

  it('of another key does not hold', () => {
    expect(readViaToken(signerOf('other'), token, BINDING, NOW).ok).to.equal(false);
  });
});

describe('a dialog token', () => {
  const token = writeDialogToken(SIGNER, 'call@x', 'caller');

  it('holds for the initial From tag in From or in To: whoever sends', () => {
    expect(verifyDialogToken(SIGNER, token, 'call@x', 'caller', 'callee')).to.equal(true);
    expect(verifyDialogToken(SIGNER, token, 'call@x', 'callee', 'caller')).to.equal(true);
    expect(verifyDialogToken(SIGNER, token, 'call@x', 'caller', '')).to.equal(true);
  });

  it('holds for no other call and no other tags', () => {
    expect(verifyDialogToken(SIGNER, token, 'call@y', 'caller', 'callee')).to.equal(false);
    expect(verifyDialogToken(SIGNER, token, 'call@x', 'x', 'y')).to.equal(false);
  });

  it('is no Via token, nor the other way round', () => {
    expect(readViaToken(SIGNER, token, BINDING, NOW).ok).to.equal(false);
    expect(verifyDialogToken(SIGNER, writeViaToken(SIGNER, CLAIMS, BINDING), 'call@x', 'caller', '')).to.equal(false);
  });

  for (const bad of [undefined, null, '', '.', 'k1', 'k1.', '.mac', 'k1.mac.more']) {
    it(`${JSON.stringify(bad)} is none`, () => expect(verifyDialogToken(SIGNER, bad, 'call@x', 'caller', 'callee')).to.equal(false));
  }
});
