import { expect } from 'chai';
import { createHmac, hash, randomBytes } from 'node:crypto';
import type { TokenKind } from '@altpath/core';
import { deriveText, KeyRing } from './key-ring.js';

const KINDS: readonly TokenKind[] = ['via', 'dialog', 'leg', 'registration', 'replication', 'cluster'];
const OLD = { id: 'old', secret: Buffer.alloc(32, 7) };
const NEW = { id: 'new', secret: Buffer.alloc(48, 9) };

describe('the key ring', () => {
  it('signs what HMAC-SHA-256 of node gives under the derived key, cut to 128 bits', () => {
    const secret = randomBytes(40);
    const ring = new KeyRing([{ id: 'k1', secret }]);
    for (const kind of KINDS) {
      for (const length of [0, 1, 55, 56, 63, 64, 65, 200, 5000]) {
        const content = randomBytes(length).toString('latin1');
        const digest = createHmac('sha256', deriveText(secret, kind)).update(content).digest();
        expect(ring.sign(kind, content)).to.deep.equal({ keyId: 'k1', mac: digest.subarray(0, 16).toString('base64url') });
      }
    }
  });

  it('verifies its own signatures and refuses every changed one', () => {
    const ring = new KeyRing([OLD]);
    const { keyId, mac } = ring.sign('via', 'a text');
    expect(ring.verify('via', 'a text', keyId, mac)).to.equal(true);
    expect(ring.verify('via', 'a texT', keyId, mac)).to.equal(false);
    for (let at = 0; at < mac.length; at += 1) {
      const other = mac.charAt(at) === 'A' ? 'B' : 'A';
      expect(ring.verify('via', 'a text', keyId, mac.slice(0, at) + other + mac.slice(at + 1)), `character ${at}`).to.equal(false);
    }
  });

  it('refuses a cut, a padded and an empty signature, and an unknown key', () => {
    const ring = new KeyRing([OLD]);
    const { keyId, mac } = ring.sign('via', 'a text');
    for (const wrong of ['', mac.slice(0, 21), `${mac}A`, `${mac}==`]) expect(ring.verify('via', 'a text', keyId, wrong)).to.equal(false);
    expect(ring.verify('via', 'a text', 'other', mac)).to.equal(false);
    expect(ring.verify('via', 'a text', '__proto__', mac)).to.equal(false);
  });

  it('takes a token of one kind for no other kind', () => {
    const ring = new KeyRing([OLD]);
    for (const signed of KINDS) {
      const { keyId, mac } = ring.sign(signed, 'same');
      for (const asked of KINDS) expect(ring.verify(asked, 'same', keyId, mac), `${signed} as ${asked}`).to.equal(asked === signed);
    }
  });

  it('signs with the first key and verifies what the one before signed', () => {
    const before = new KeyRing([OLD]);
    const after = new KeyRing([NEW, { ...OLD, verifyOnly: true }]);
    const token = before.sign('dialog', 'long call');
    expect(after.verify('dialog', 'long call', token.keyId, token.mac)).to.equal(true);
    expect(after.sign('dialog', 'long call').keyId).to.equal('new');
    expect(before.verify('dialog', 'long call', 'new', after.sign('dialog', 'long call').mac)).to.equal(false);
  });

  it('skips a retired key in front when it signs', () => {
    expect(new KeyRing([{ ...OLD, verifyOnly: true }, NEW]).sign('via', '').keyId).to.equal('new');
  });

  it('keeps its branches while keys rotate in front of the last one', () => {
    expect(new KeyRing([NEW, OLD]).branch('seed')).to.equal(new KeyRing([OLD]).branch('seed'));
    expect(new KeyRing([OLD, NEW]).branch('seed')).to.not.equal(new KeyRing([OLD]).branch('seed'));
  });

  it('keeps its branches under any keys when a branch key is given', () => {
    const branchKey = Buffer.alloc(32, 1);
    expect(new KeyRing([OLD], branchKey).branch('seed')).to.equal(new KeyRing([NEW], branchKey).branch('seed'));
    expect(new KeyRing([OLD], branchKey).branch('seed')).to.not.equal(new KeyRing([OLD]).branch('seed'));
  });

  it('hashes a branch over one secret block and the content, cut to 128 bits', () => {
    const prefix = deriveText(OLD.secret, 'branch');
    expect(Buffer.byteLength(prefix)).to.equal(64);
    const digest = Buffer.from(hash('sha256', `${prefix}seed`, 'hex'), 'hex');
    expect(new KeyRing([OLD]).branch('seed')).to.equal(digest.subarray(0, 16).toString('base64url'));
    expect(new KeyRing([OLD]).branch('seed')).to.match(/^[A-Za-z0-9_-]{22}$/);
  });

  it('is different for every process when it is random', () => {
    const { keyId, mac } = KeyRing.random().sign('via', 'x');
    expect(KeyRing.random().verify('via', 'x', keyId, mac)).to.equal(false);
  });

  it('refuses short secrets, doubled or unwritable ids, and a ring in which nothing signs', () => {
    expect(() => new KeyRing([{ id: 'k', secret: Buffer.alloc(31) }])).to.throw(RangeError, '31 bytes');
    expect(() => new KeyRing([OLD], Buffer.alloc(16))).to.throw(RangeError, 'branch key');
    expect(() => new KeyRing([OLD, OLD])).to.throw(RangeError, 'twice');
    expect(() => new KeyRing([{ ...OLD, id: 'a.b' }])).to.throw(RangeError, 'key id');
    expect(() => new KeyRing([])).to.throw(RangeError, 'no key may sign');
    expect(() => new KeyRing([{ ...OLD, verifyOnly: true }])).to.throw(RangeError, 'no key may sign');
  });
});
