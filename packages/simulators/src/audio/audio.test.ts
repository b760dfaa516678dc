import { expect } from 'chai';
import { AudioStream } from './audio-stream.js';
import { decodeMuLaw, encodeMuLaw } from './mu-law.js';
import { readRtp, ReceptionCount, writeRtp } from './rtp.js';
import { strongestTone, toneOfName, tonePacket, toneShare } from './tone.js';

describe('mu-law', () => {
  it('encodes the values that G.711 gives', () => {
    // Table 2a of G.711: the extremes, both zeros, and the first step.
    expect([32_635, 0, -1, -32_635].map(encodeMuLaw)).to.deep.equal([0x80, 0xff, 0x7f, 0x00]);
    expect([0x80, 0xff, 0x00].map(decodeMuLaw)).to.deep.equal([32_124, 0, -32_124]);
  });

  it('every octet survives decoding and encoding, but for the second zero', () => {
    for (let octet = 0; octet < 256; octet += 1) {
      if (octet !== 0x7f) expect(encodeMuLaw(decodeMuLaw(octet)), String(octet)).to.equal(octet);
    }
  });
});

describe('tones', () => {
  it('a tone is found at its own frequency and at no other', () => {
    const packet = tonePacket(850);
    expect(toneShare(packet, 850)).to.be.greaterThan(0.99);
    expect(toneShare(packet, 800)).to.be.lessThan(0.01);
    expect(strongestTone(packet)).to.equal(850);
  });

  it('silence and noise are no tone', () => {
    expect(strongestTone(Buffer.alloc(160, 0xff))).to.equal(undefined);
    let seed = 1;
    const noise = Buffer.from(Array.from({ length: 160 }, () => (seed = (seed * 48_271) % 2_147_483_647) & 0xff));
    expect(strongestTone(noise)).to.equal(undefined);
  });

  it("a name's tone is a multiple of 50 Hz in the telephone band", () => {
    for (const name of ['alice', 'bob', 'carol', '']) {
      expect(toneOfName(name) % 50).to.equal(0);
      expect(toneOfName(name)).to.be.within(400, 1_550);
    }
    expect(toneOfName('alice')).not.to.equal(toneOfName('bob'));
  });
});

describe('RTP', () => {
  it('a packet is read as it was written; extension and padding are taken off', () => {
    const packet = { payloadType: 0, sequence: 65_535, timestamp: 160, source: 7, payload: Buffer.from('abc') };
    expect(readRtp(writeRtp(packet, true))).to.deep.equal(packet);
    const padded = Buffer.from('b0000001000000a000000007be0000010102030461620002', 'hex');
    expect(readRtp(padded)?.payload.toString()).to.equal('ab');
    expect(readRtp(Buffer.from('800000'))).to.equal(undefined);
  });

  it('losses are counted over the wrap of the sequence number, late packets are not lost', () => {
    const count = new ReceptionCount();
    for (const sequence of [65_534, 65_535, 2, 1]) count.note(sequence);
    expect([count.received, count.lost]).to.deep.equal([4, 1]);
  });
});

describe('audio streams', () => {
  it('two ends hear each other, and leave their ports', async () => {
    const left = await AudioStream.open('127.0.0.1', 600);
    const right = await AudioStream.open('127.0.0.1', 1_150);
    left.start({ host: right.address, port: right.port });
    right.start({ host: left.address, port: left.port });
    await Promise.all([left, right].map((end) => end.until(({ heard }) => heard >= 3)));
    await Promise.all([left.close(), right.close()]);
    expect([left.report().hearsHz, right.report().hearsHz]).to.deep.equal([1_150, 600]);
  });
});
