import { expect } from 'chai';
import type { AuthenticationHeader, MegacoMessage } from '../../message/index.js';
import { BINARY, COMPACT_TEXT, type Encoding, PRETTY_TEXT } from '../../transaction/encoding.js';
import { tpktFrame } from '../tpkt.js';
import { decode as decodeText } from '../text/index.js';
import { Authenticator, verifyAuthentication } from './authenticator.js';
import { integrityKey, type MessagePath } from './integrity.js';
import { ReplayWindow } from './replay-window.js';
import { MAX_HEADER_BYTES, signedPart } from './signed-part.js';

const KEY = integrityKey('sixteen-octets-16');
const PATH: MessagePath = { from: { host: '10.0.0.1' }, to: { host: '10.0.0.2', port: 2944 } };
const NOW = 1_700_000_000_000;
const ENCODINGS: readonly Encoding[] = [COMPACT_TEXT, PRETTY_TEXT, BINARY];

const MESSAGES: Readonly<Record<string, MegacoMessage>> = {
  'two transactions': messageOf('!/1 [10.0.0.1]:2944\nT=1{C=-{AV=ROOT{AT{}}}}P=2{C=-{N=line/1}}'),
  'an error': messageOf('!/2 gw ER=400{"nothing"}'),
  'a long transaction': messageOf(`!/1 gw T=1{${Array.from({ length: 40 }, (_, i) => `C=${i + 1}{S=*}`).join(',')}}`),
};

function messageOf(text: string): MegacoMessage {
  const decoded = decodeText(Buffer.from(text, 'latin1'));
  if (!decoded.ok) throw new Error(decoded.fault.hint);
  return decoded.value;
}

function encoded(encoding: Encoding, message: MegacoMessage): Buffer {
  const outcome = encoding.encode(message);
  if (!outcome.ok) throw new Error(outcome.fault.hint);
  return outcome.value;
}

function headerOf(bytes: Buffer, encoding: Encoding): AuthenticationHeader {
  const decoded = encoding.decode(bytes);
  if (!decoded.ok || decoded.value.authentication === undefined) throw new Error('no header');
  return decoded.value.authentication;
}

/** A compact message with this header in front. */
function signedBy(data: string, index = '00000100'): Buffer {
  return Buffer.from(`AU=0x${index}:0x00000001:0x${data}\n!/1 gw T=1{C=-{AV=ROOT{AT{}}}}`);
}

/** What openssl makes of `0A0000010A0000020B80T=1{C=-{AV=ROOT{AT{}}}}` with this key. */
const VALUES = { 'hmac-sha-1-96': '516db6cd9dd82ae7f35f06a3', 'hmac-md5-96': 'e54dfee8a678d1c5e5ebc9ba' } as const;

describe('the integrity check value', () => {
  for (const [algorithm, data] of Object.entries(VALUES)) {
    it(`of ${algorithm} is what another program makes of the same octets`, () => {
      expect(verifyAuthentication(signedBy(data), KEY, PATH)).to.equal(true);
      expect(new Authenticator({ key: KEY }, NOW).verify(signedBy(data.toUpperCase()), PATH)).to.equal('verified');
    });

    it(`of ${algorithm} belongs to this key, this way and these transactions`, () => {
      const others: readonly [Buffer, MessagePath][] = [
        [integrityKey('sixteen-octets-17'), PATH],
        [KEY, { ...PATH, from: { host: '10.0.0.3' } }],
        [KEY, { ...PATH, to: { host: '10.0.0.3', port: 2944 } }],
        [KEY, { ...PATH, to: { host: '10.0.0.2', port: 2945 } }],
      ];
      for (const [key, path] of others) expect(verifyAuthentication(signedBy(data), key, path)).to.equal(false);
      const altered = Buffer.from(signedBy(data).toString().replace('ROOT', 'root'));
      expect(verifyAuthentication(altered, KEY, PATH)).to.equal(false);
      expect(verifyAuthentication(signedBy(`${data}00`), KEY, PATH), 'longer').to.equal(false);
    });
  }

  it('does not cover the blanks in front of the transactions, and not the header', () => {
    const message = Buffer.from(signedBy(VALUES['hmac-sha-1-96']).toString().replace('!/1 gw ', '\r\nMEGACO/1 gw2 ; a comment\r\n\t'));
    expect(verifyAuthentication(message, KEY, PATH)).to.equal(true);
  });

  it('is made for IPv4 alone, written in either form', () => {
    const data = VALUES['hmac-sha-1-96'];
    expect(verifyAuthentication(signedBy(data), KEY, { ...PATH, from: { host: '::ffff:10.0.0.1' } })).to.equal(true);
    const path: MessagePath = { ...PATH, from: { host: '2001:db8::1' } };
    expect(verifyAuthentication(signedBy(data), KEY, path)).to.equal(false);
    expect(new Authenticator({ key: KEY }, NOW).verify(signedBy(data), path)).to.equal('unprotected');
    const message = encoded(COMPACT_TEXT, MESSAGES['an error'] as MegacoMessage);
    expect(new Authenticator({ key: KEY }, NOW).sign(message, path)).to.equal(message);
  });

  it('has a key of hex digits or of text', () => {
    expect(integrityKey('0x00fFa0').toString('hex')).to.equal('00ffa0');
    expect(integrityKey('0x0').toString()).to.equal('0x0');
    expect(integrityKey('\u00e9').toString('hex')).to.equal('c3a9');
  });
});

describe('an authenticator', () => {
  for (const encoding of ENCODINGS) {
    for (const [title, message] of Object.entries(MESSAGES)) {
      it(`signs ${title} in ${encoding.name}, and its other end verifies it`, () => {
        const plain = encoded(encoding, message);
        const bytes = new Authenticator({ key: KEY }, NOW).sign(plain, PATH);
        expect(new Authenticator({ key: KEY }, NOW).verify(bytes, PATH)).to.equal('verified');
        expect(bytes.length - plain.length).to.be.within(28, MAX_HEADER_BYTES);
        const decoded = encoding.decode(bytes);
        expect(decoded.ok && encoded(encoding, { ...decoded.value, authentication: undefined }).equals(plain)).to.equal(true);
        // The codec writes the same octets.
        expect(decoded.ok && encoded(encoding, decoded.value).equals(bytes)).to.equal(true);
      });

      it(`says of ${title} in ${encoding.name} with any octet of its transactions changed that it is forged`, () => {
        const bytes = new Authenticator({ key: KEY }, NOW).sign(encoded(encoding, message), PATH);
        const octets = signedPart(bytes)?.octets ?? Buffer.alloc(0);
        expect(octets.length).to.be.greaterThan(10);
        for (let at = 0; at < octets.length; at += 1) {
          const kept = octets[at] as number;
          octets[at] = kept ^ 0x04;
          const verdict = new Authenticator({ key: KEY }, NOW).verify(bytes, PATH);
          expect(verdict, `octet ${at}`).to.be.oneOf(['forged', 'missing']);
          octets[at] = kept;
        }
      });
    }
  }

  it('counts from the clock, and goes on behind a predecessor', () => {
    const message = encoded(COMPACT_TEXT, MESSAGES['an error'] as MegacoMessage);
    const first = new Authenticator({ key: KEY }, NOW);
    const numbers = [first, first, new Authenticator({ key: KEY }, NOW + 1_000)].map((each) =>
      Number.parseInt(headerOf(each.sign(message, PATH), COMPACT_TEXT).sequenceNumber, 16),
    );
    expect(numbers).to.deep.equal([0, 1, 10].map((ahead) => (NOW / 100 + 1 + ahead) % 2 ** 32));
  });

  it('answers with the index and the algorithm that its peer uses', () => {
    const authenticator = new Authenticator({ key: KEY }, NOW);
    const message = encoded(COMPACT_TEXT, messageOf('!/1 gw T=1{C=-{AV=ROOT{AT{}}}}'));
    expect(headerOf(authenticator.sign(message, PATH), COMPACT_TEXT)).to.include({
      parameterIndex: '00000100',
      data: VALUES['hmac-sha-1-96'],
    });
    expect(authenticator.verify(signedBy(VALUES['hmac-md5-96'], 'EFCDAB89'), PATH)).to.equal('verified');
    expect(headerOf(authenticator.sign(message, PATH), COMPACT_TEXT)).to.include({
      parameterIndex: 'efcdab89',
      data: VALUES['hmac-md5-96'],
    });
  });

  it('takes nothing but its own index and algorithm where they are set', () => {
    const authenticator = new Authenticator({ key: KEY, parameterIndex: 0xefcd_ab89, algorithm: 'hmac-md5-96' }, NOW);
    expect(authenticator.verify(signedBy(VALUES['hmac-md5-96']), PATH)).to.equal('unknown-index');
    expect(authenticator.verify(signedBy(VALUES['hmac-sha-1-96'], 'EFCDAB89'), PATH)).to.equal('forged');
    expect(authenticator.verify(signedBy(VALUES['hmac-md5-96'], 'EFCDAB89'), PATH)).to.equal('verified');
  });

  it('says what has no header, and what cannot be read', () => {
    const authenticator = new Authenticator({ key: KEY }, NOW);
    for (const text of ['!/1 gw T=1{C=-{S=*}}', '', '0', 'AU=', 'AU=0x1:0x2:0x3 !/1 gw K{1}', '!/99 gw K{1}'])
      expect(authenticator.verify(Buffer.from(text), PATH), text).to.equal('missing');
    expect(authenticator.verify(tpktFrame(signedBy(VALUES['hmac-md5-96'])), PATH)).to.equal('missing');
  });

  it('takes a copy, unless it refuses replays; a forged number does not move its window', () => {
    const message = encoded(COMPACT_TEXT, MESSAGES['an error'] as MegacoMessage);
    const sender = new Authenticator({ key: KEY }, NOW);
    const [first, second] = [sender.sign(message, PATH), sender.sign(message, PATH)];
    const lenient = new Authenticator({ key: KEY }, NOW);
    expect([first, first].map((each) => lenient.verify(each, PATH))).to.deep.equal(['verified', 'verified']);
    const strict = new Authenticator({ key: KEY, refusesReplays: true }, NOW);
    const forged = new Authenticator({ key: Buffer.from('x') }, NOW + 1_000_000).sign(message, PATH);
    const verdicts = [second, forged, first, second, first].map((each) => strict.verify(each, PATH));
    expect(verdicts).to.deep.equal(['verified', 'forged', 'verified', 'replayed', 'replayed']);
  });
});

describe('the replay window', () => {
  it('takes each number once, in any order within 64', () => {
    const window = new ReplayWindow();
    expect([100, 102, 101, 101, 100, 102].map((number) => window.take(number))).to.deep.equal([true, true, true, false, false, false]);
    expect([165, 102, 103, 101].map((number) => window.take(number))).to.deep.equal([true, false, true, false]);
    expect([10_000, 9_937, 9_936, 165].map((number) => window.take(number))).to.deep.equal([true, true, false, false]);
  });

  it('goes round the circle of 32 bits', () => {
    const window = new ReplayWindow();
    expect([0xffff_fffe, 1, 0xffff_ffff, 0, 0xffff_fffe].map((number) => window.take(number))).to.deep.equal([
      true,
      true,
      true,
      true,
      false,
    ]);
  });
});
