// The corpus of H.248 text messages (ALTPATH_VECTORS): every verdict, every round trip, and every message cut and bent.
import { loadIndex, needs, type Vector } from '@altpath/testkit';
import { expect } from 'chai';
import { decode } from './decode.js';
import { encode } from './encode.js';
import { plain } from './testing.js';
import type { TextStyle } from './writer.js';

/**
 * Verdicts of the corpus that are those of one stack and against the document: the reason stands beside the file.
 */
const AGAINST_THE_DOCUMENT: Readonly<Record<string, string>> = {
  'text/rfc3525-l08926-fixed.txt':
    'an example of RFC 3525 with `Signals { }`, which its grammar allows (§B.2 signalsDescriptor); Erlang/OTP does not',
};

const STYLES: readonly TextStyle[] = ['pretty', 'compact'];
const SAMPLES = 48;

describe('the MEGACO text corpus', function () {
  this.timeout(120_000);
  let vectors: readonly { readonly vector: Vector; readonly bytes: Buffer }[] = [];

  before(function () {
    needs(this, 'vectors');
    const index = loadIndex('megaco');
    vectors = (index?.vectors ?? [])
      .filter(({ file }) => file.startsWith('text/'))
      .map((vector) => ({ vector, bytes: index?.read(vector) ?? Buffer.alloc(0) }));
    expect(vectors.length).to.be.greaterThan(900);
  });

  it('every message that is judged gets its verdict', () => {
    const wrong: string[] = [];
    for (const { vector, bytes } of vectors) {
      const outcome = decode(bytes);
      const expected = vector.file in AGAINST_THE_DOCUMENT ? true : vector.valid;
      if (expected !== null && outcome.ok !== expected) wrong.push(`${vector.file}: ${outcome.ok ? 'accepted' : outcome.fault.hint}`);
    }
    expect(wrong).to.deep.equal([]);
  });

  it('every refusal has a code of the protocol to answer with, and its place', () => {
    for (const { vector, bytes } of vectors) {
      const outcome = decode(bytes);
      if (outcome.ok) continue;
      expect(outcome.fault.errorCode, vector.file).to.be.oneOf([400, 403, 406, 410, 422, 442, 443, 444, 447, 448, 449]);
      expect(outcome.fault.offset, vector.file).to.be.within(0, bytes.length);
    }
  });

  it('what is accepted comes back as it was from both styles', () => {
    for (const { vector, bytes } of vectors) {
      const outcome = decode(bytes);
      if (!outcome.ok) continue;
      for (const style of STYLES) {
        const again = decode(encode(outcome.value, { style }));
        expect(again.ok ? plain(again.value) : again.fault, `${vector.file} ${style}`).to.deep.equal(plain(outcome.value));
      }
    }
  });

  it('what another stack writes of a message means the same, but for the order and the case of its words', () => {
    let compared = 0;
    const index = loadIndex('megaco');
    for (const { vector, bytes } of vectors) {
      const outcome = decode(bytes);
      for (const field of ['re_pretty', 're_compact']) {
        const file = vector[field];
        if (!outcome.ok || typeof file !== 'string' || index === undefined) continue;
        const again = decode(index.read({ file, valid: true }));
        if (!again.ok) throw new Error(`${file}: ${again.fault.hint}`);
        if (LOSSY.test(file)) continue;
        expect(meaning(again.value), file).to.deep.equal(meaning(outcome.value));
        compared += 1;
      }
    }
    expect(compared).to.be.greaterThan(800);
  });

  it('cut at any place nothing throws, and what is accepted can be written', () => {
    for (const { bytes } of vectors) {
      const step = Math.max(1, Math.floor(bytes.length / SAMPLES));
      for (let end = 0; end < bytes.length; end += step) exercise(bytes.subarray(0, end));
    }
  });

  it('with any bit turned nothing throws, and what is accepted can be written', () => {
    for (const { bytes } of vectors) {
      const step = Math.max(1, Math.floor((bytes.length * 8) / SAMPLES));
      // A step that shares a factor with 8 would turn the same bits of every octet.
      for (let bit = 0; bit < bytes.length * 8; bit += step | 1) {
        const bent = Buffer.from(bytes);
        bent.writeUInt8(bent.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        exercise(bent);
      }
    }
  });
});

/** Companions in which that stack left something out (the modem, an empty digit map) or added a character to an SDP. */
const LOSSY = /msg62b|otp7431_msg|otp7671_msg05/;

function exercise(bytes: Buffer): void {
  const outcome = decode(bytes);
  if (!outcome.ok) return;
  for (const style of STYLES) {
    const again = decode(encode(outcome.value, { style }));
    // As text: comparing trees member by member would take most of this suite's time.
    const same = JSON.stringify(again.ok ? again.value : again.fault) === JSON.stringify(outcome.value);
    expect(same, `${style} of ${JSON.stringify(bytes.toString('latin1'))}`).to.equal(true);
  }
}

/** The model with what another writer may change made equal: case, blanks, quotes, the order of audit returns. */
function meaning(value: unknown): unknown {
  if (typeof value === 'string') return value.toLowerCase().replace(/\s+/g, ' ');
  if (Array.isArray(value)) {
    const items = value.map(meaning);
    return items.some(isReturn) ? items.flatMap(unbundled).sort(byText) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, member]) => key !== 'quoted' && member !== undefined)
      .map(([key, member]) => [key, meaning(member)]),
  );
}

function isReturn(item: unknown): boolean {
  return (
    typeof item === 'object' &&
    item !== null &&
    'kind' in item &&
    (item.kind === 'audit' || item.kind === 'packages' || item.kind === 'statistics')
  );
}

/** One audit descriptor of several items is the same as several of one. */
function unbundled(item: unknown): unknown[] {
  const { kind, items } = item as { readonly kind?: string; readonly items?: readonly unknown[] };
  return kind === 'audit' && items !== undefined ? items.map((each) => ({ kind, items: [each] })) : [item];
}

function byText(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : Number(left > right);
}
