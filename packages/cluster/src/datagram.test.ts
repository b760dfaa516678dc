import { expect } from 'chai';
import { type Random, withSeed } from '@altpath/testkit';
import { CLUSTER_BYTE, type ClusterDatagram, readDatagram, writeDatagram } from './datagram.js';
import { KeyRing } from './key-ring.js';

const RING = new KeyRing([{ id: 'k1', secret: Buffer.alloc(32, 1) }]);
const ORIGIN = { node: 2, boot: 'b-7Xq_', sequence: 41, time: 1_700_000_000_123 };
const BEAT: ClusterDatagram = { kind: 'beat', origin: ORIGIN, state: 'joining', synced: ['a1', 'b-2'] };
const TOLD: ClusterDatagram = { kind: 'told', origin: ORIGIN, topic: 'fork-choice', content: 'two\nlines \u00e9' };

describe('a datagram between nodes', () => {
  it('starts with a byte that no SIP message starts with, and is plain text after it', () => {
    const bytes = writeDatagram(BEAT, RING);
    expect(bytes[0]).to.equal(CLUSTER_BYTE);
    expect(bytes.toString('latin1', 1)).to.match(/^beat 2 b-7Xq_ 15 [0-9a-z]+ joining a1,b-2\nk1 [\w-]{22}$/);
  });

  it('is read as it was written', () => {
    const asked: ClusterDatagram = { ...TOLD, topic: 'sip.heard?' };
    for (const datagram of [BEAT, TOLD, asked, { ...BEAT, synced: [] }, { ...TOLD, content: '' }, { ...TOLD, content: '\n' }]) {
      expect(readDatagram(writeDatagram(datagram, RING), RING)).to.deep.equal({ ok: true, datagram });
    }
  });

  it('is not believed under another key, nor with any one byte changed, nor cut', () => {
    const stranger = new KeyRing([{ id: 'k1', secret: Buffer.alloc(32, 2) }]);
    expect(readDatagram(writeDatagram(BEAT, stranger), RING)).to.deep.equal({ ok: false, reason: 'signature' });
    const bytes = writeDatagram(TOLD, RING);
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(readDatagram(changed, RING).ok, `byte ${at}`).to.equal(false);
      expect(readDatagram(bytes.subarray(0, at), RING).ok, `cut at ${at}`).to.equal(false);
    }
  });

  it('is refused in words when it is well signed and makes no sense', () => {
    for (const body of [
      '',
      'beat',
      'beat 2 b 1 1 up',
      'beat 2 b 1 1 down -',
      'beat 200 b 1 1 up -',
      'told 2 b 1 1 a topic\nx',
      'told 2 b 1 1 t',
      'BEAT 2 b 1 1 up -',
    ]) {
      const { keyId, mac } = RING.sign('cluster', body);
      expect(readDatagram(Buffer.from(`\u00c1${body}\n${keyId} ${mac}`, 'latin1'), RING), body).to.deep.equal({
        ok: false,
        reason: 'malformed',
      });
    }
  });

  it('survives whatever comes', () => {
    withSeed((random: Random) => {
      for (let round = 0; round < 2000; round += 1) {
        const noise = random.bytes(random.integer(200));
        expect(readDatagram(Buffer.concat([Buffer.from([CLUSTER_BYTE]), noise]), RING).ok).to.equal(false);
      }
    });
    expect(readDatagram(Buffer.alloc(0), RING).ok).to.equal(false);
  });
});
