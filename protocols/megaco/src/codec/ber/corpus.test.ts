// The corpus of H.248 in BER (ALTPATH_VECTORS): its verdicts, its texts, the way from text to BER and back, and every
// message cut and bent.
import { loadIndex, needs, type Vector, type VectorIndex } from '@altpath/testkit';
import { expect } from 'chai';
import type { MegacoMessage } from '../../message/index.js';
import { decode as decodeText, encode as encodeText } from '../text/index.js';
import { decode } from './decode.js';
import { encode } from './encode.js';
import { TerminationNames } from './termination-names.js';

/** The corpus has no patterns: its ids are octets, and its texts name them by their bits. */
const OPTIONS = { terminations: new TerminationNames({}) };

/** Pairs whose text is not what their octets say: what that stack left out or put otherwise on its way. */
const UNLIKE: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/otp7576_msg01/, 'the stream of a topology is in the text and not in the octets'],
  [/msg76a02/, 'the name of a property that is selected by value is written beside it once more'],
  [/own-mid-mtp/, 'the digits of the MTP address are in the octets as characters'],
];

/** Names and ids that a text of the corpus has and no number stands for. */
const WITHOUT_NUMBER = /^megaco\.ber\.(?:name|termination|session)$/;

const SAMPLES = 40;

describe('the MEGACO BER corpus', function () {
  this.timeout(120_000);
  let index: VectorIndex;
  let pairs: readonly { readonly vector: Vector; readonly octets: Buffer; readonly text: Buffer }[] = [];
  let bad: readonly { readonly vector: Vector; readonly octets: Buffer }[] = [];

  before(function () {
    needs(this, 'vectors');
    index = loadIndex('megaco') as VectorIndex;
    const octetsOf = (file: string): Buffer => Buffer.from(fileOf(file).toString('latin1').trim(), 'hex');
    const fileOf = (file: string): Buffer => index.read({ file, valid: null });
    bad = index.vectors.filter(({ file }) => file.startsWith('ber/')).map((vector) => ({ vector, octets: octetsOf(vector.file) }));
    pairs = index.vectors
      .filter((vector) => typeof vector['ber'] === 'string')
      .map((vector) => ({ vector, octets: octetsOf(vector['ber'] as string), text: fileOf(vector['ber_text'] as string) }));
    expect(bad.length).to.be.greaterThan(150);
    expect(pairs.length).to.be.greaterThan(700);
  });

  it('every message that is judged gets its verdict', () => {
    const wrong: string[] = [];
    for (const { vector, octets } of [...bad, ...pairs]) {
      const outcome = decode(octets, OPTIONS);
      if (vector.valid !== null && outcome.ok !== vector.valid)
        wrong.push(`${vector.file}: ${outcome.ok ? 'accepted' : outcome.fault.hint}`);
    }
    expect(wrong).to.deep.equal([]);
  });

  it('every refusal has a code of the protocol to answer with, and its place', () => {
    for (const { vector, octets } of bad) {
      const outcome = decode(octets, OPTIONS);
      if (outcome.ok) continue;
      expect(outcome.fault.errorCode, vector.file).to.be.oneOf([400, 403, 406, 442, 443, 444, 448, 449]);
      expect(outcome.fault.offset, vector.file).to.be.within(0, octets.length);
    }
  });

  it('octets and text of a message mean the same', () => {
    let compared = 0;
    for (const { vector, octets, text } of pairs) {
      const [fromOctets, fromText] = [decode(octets, OPTIONS), decodeText(text)];
      expect(fromOctets.ok, vector.file).to.equal(fromText.ok);
      if (!fromOctets.ok || !fromText.ok || UNLIKE.some(([pattern]) => pattern.test(vector.file))) continue;
      expect(meaning(fromOctets.value), vector.file).to.deep.equal(meaning(fromText.value));
      compared += 1;
    }
    expect(compared).to.be.greaterThan(700);
  });

  it('from text to octets and back a message stays what it was', () => {
    let compared = 0;
    for (const { vector, text } of pairs) {
      const outcome = decodeText(text);
      if (!outcome.ok) continue;
      expect(meaning(throughOctets(outcome.value, vector.file)), vector.file).to.deep.equal(meaning(outcome.value));
      compared += 1;
    }
    expect(compared).to.be.greaterThan(700);
  });

  it('every other text goes to octets and back, or has a name without a number', () => {
    let compared = 0;
    for (const vector of index.vectors.filter(({ file }) => file.startsWith('text/'))) {
      const outcome = decodeText(index.read(vector));
      if (!outcome.ok) continue;
      const octets = encode(outcome.value, OPTIONS);
      if (!octets.ok) {
        expect(octets.fault.code, `${vector.file}: ${octets.fault.hint}`).to.match(WITHOUT_NUMBER);
        continue;
      }
      expect(meaning(throughOctets(outcome.value, vector.file)), vector.file).to.deep.equal(meaning(outcome.value));
      compared += 1;
    }
    expect(compared).to.be.greaterThan(400);
  });

  it('from octets to text and back a message stays what it was', () => {
    for (const { vector, octets } of pairs) {
      const outcome = decode(octets, OPTIONS);
      if (!outcome.ok) continue;
      const again = decodeText(encodeText(outcome.value, { style: 'compact' }));
      expect(again.ok ? meaning(again.value) : again.fault, vector.file).to.deep.equal(meaning(outcome.value));
    }
  });

  it('cut at any place nothing throws, and nothing is accepted', () => {
    for (const { vector, octets } of pairs) {
      const step = Math.max(1, Math.floor(octets.length / SAMPLES));
      for (let end = 0; end < octets.length; end += step) {
        const outcome = decode(octets.subarray(0, end), OPTIONS);
        expect(outcome.ok, `${vector.file} cut at ${end}`).to.equal(false);
      }
    }
  });

  it('with any bit turned nothing throws, and what is accepted can be written', () => {
    for (const { vector, octets } of [...pairs, ...bad]) {
      const step = Math.max(1, Math.floor((octets.length * 8) / SAMPLES));
      // A step that shares a factor with 8 would turn the same bits of every octet.
      for (let bit = 0; bit < octets.length * 8; bit += step | 1) {
        const bent = Buffer.from(octets);
        bent.writeUInt8(bent.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        const outcome = decode(bent, OPTIONS);
        if (!outcome.ok) continue;
        const again = encode(outcome.value, OPTIONS);
        // Parts of a later version are read in all of them, and written in none but their own.
        const isWritten = again.ok ? decode(again.value, OPTIONS).ok : again.fault.code === 'megaco.ber.version';
        expect(isWritten, `${vector.file} with bit ${bit} turned`).to.equal(true);
      }
    }
  });
});

/** Writes a message and reads it again. */
function throughOctets(message: MegacoMessage, what: string): MegacoMessage {
  const octets = encode(message, OPTIONS);
  if (!octets.ok) throw new Error(`${what}: ${octets.fault.hint}`);
  const again = decode(octets.value, OPTIONS);
  if (!again.ok) throw new Error(`${what}: ${again.fault.hint}`);
  return again.value;
}

/**
 * The model with what the two encodings cannot both keep made equal: case, blanks and line ends, quotes, the order of the
 * bits of an audit, the two spellings of a boolean, and the zeros in the name of a digit map.
 */
function meaning(value: unknown, key?: string): unknown {
  if (typeof value === 'string') {
    const text = value.toLowerCase().trim().replace(/\s+/g, ' ');
    return SPELLINGS[text] ?? text.replace(/^dialplan0*(?=\d)/, 'dialplan');
  }
  if (Array.isArray(value)) {
    const items = value.map((each) => meaning(each));
    return key === 'items' ? items.sort() : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]) => name !== 'quoted' && member !== undefined)
      .map(([name, member]) => [name, meaning(member, name)]),
  );
}

const SPELLINGS: Readonly<Record<string, string>> = { true: 'on', false: 'off' };
