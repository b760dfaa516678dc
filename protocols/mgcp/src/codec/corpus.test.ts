// The corpus of MGCP messages (ALTPATH_VECTORS/mgcp): the verdict and the return code of each, the round trip of every
// valid one, and that none of them does harm, whole, cut or with a bit turned.
import { loadIndex, needs, type Vector } from '@altpath/testkit';
import { expect } from 'chai';
import type { MgcpMessage } from '../message/message.js';
import { checkEvents, PackageRegistry, STANDARD_PACKAGES } from '../packages/index.js';
import { checkCommand } from './check.js';
import { type Decoded, decodeDatagram } from './decode.js';
import { encodeCommand, encodeResponse, joinDatagram } from './encode.js';

const REGISTRY = new PackageRegistry(STANDARD_PACKAGES);

/** What a gateway that knows the standard packages would answer: 0 where it would obey. */
function returnCodeOf(message: Decoded): number {
  if (message.kind === 'broken') return message.code;
  if (message.kind === 'response') return 0;
  return (checkCommand(message) ?? checkEvents(message.parameters, REGISTRY, 'L'))?.code ?? 0;
}

/**
 * Messages that their source calls valid and that break the grammar all the same, by what is printed in them: RFC 3064 has
 * prose and misprints in its tables of messages.
 */
const MISPRINTS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['the text says beside a value what else could stand there', /\( ?or |[a-z] or R:|in the case of/],
  ['a full stop ends the sentence behind the value', /^R: \S+\.\r?$/m],
  ['a line that goes on is cut', /,\r?$/m],
  ['a parenthesis is missing', /R: ms\/sup\(E\(R\(ms\/inf, ms\/rel\)\)\r?$/m],
];

/** RFC 3435 §2.1.5 has a code of its own for an extension letter in a digit map, which the corpus does not know. */
const OTHER_CODES: Readonly<Record<string, number>> = { 'own-bad-digitmap-bad-char.txt': 537 };

/** The codes that the expectation names; what it says in words is in the table below. */
function expectedCodes(vector: Vector): number[] {
  const own = OTHER_CODES[vector.file];
  // What osmo-mgw answers depends on its endpoints; examples and captures name no code.
  if (!vector.file.startsWith('own-')) return [];
  return own === undefined ? [...String(vector['expectation']).matchAll(/\b[45]\d\d\b/g)].map(([code]) => Number(code)) : [own];
}

function isRight(vector: Vector, bytes: Buffer): boolean {
  const messages = decodeDatagram(bytes);
  const broken = messages.filter(({ kind }) => kind === 'broken');
  if (vector.valid === true && broken.length > 0) return MISPRINTS.some(([, pattern]) => pattern.test(bytes.toString('latin1')));
  const codes = messages.map(returnCodeOf).filter((code) => code !== 0);
  const expected = expectedCodes(vector);
  if (expected.length > 0 && codes.length > 0) return codes.every((code) => expected.includes(code));
  if (expected.length > 0) return /lenient|ignore/.test(String(vector['expectation']));
  return vector.valid !== false || isHarmless(vector, messages);
}

/** What is to be ignored: nothing comes of it, nothing that could be answered, or it is an answer itself. */
function isHarmless(vector: Vector, messages: readonly Decoded[]): boolean {
  if (vector.file === 'own-bad-bundle-empty-part.txt') return messages.length === 2 && messages.every(({ kind }) => kind === 'command');
  if (vector.file === 'own-bad-bundle-bad-second.txt') return messages[0]?.kind === 'command' && isSilent(messages.slice(1));
  if (vector.file === 'osmo-short3.txt') return returnCodeOf(messages[0] as Decoded) === 510;
  return /reject/.test(String(vector['expectation'])) ? messages.every((message) => returnCodeOf(message) !== 0) : isSilent(messages);
}

function isSilent(messages: readonly Decoded[]): boolean {
  return messages.every((message) => message.kind === 'response' || (message.kind === 'broken' && message.transactionId === undefined));
}

function encode(message: MgcpMessage): Buffer {
  return message.kind === 'command' ? encodeCommand(message, message.transactionId) : encodeResponse(message, message.transactionId);
}

function withoutBytes(message: Decoded): object {
  const { bytes: _, ...rest } = message;
  return rest;
}

/** A reader that throws or hangs fails here; so does one that gives what cannot be written. */
function exercise(bytes: Buffer): void {
  for (const message of decodeDatagram(bytes)) {
    returnCodeOf(message);
    if (message.kind !== 'broken') encode(message);
  }
}

describe('the MGCP corpus', function () {
  this.timeout(120_000);
  let vectors: readonly (readonly [Vector, Buffer])[] = [];

  before(function () {
    needs(this, 'vectors');
    const index = loadIndex('mgcp');
    vectors = (index?.vectors ?? []).map((vector) => [vector, index?.read(vector) ?? Buffer.alloc(0)]);
    expect(vectors.length).to.be.above(380);
  });

  it('gets its verdicts and its return codes', () => {
    const wrong = vectors.filter(([vector, bytes]) => !isRight(vector, bytes));
    expect(wrong.map(([{ file }, bytes]) => `${file}: ${decodeDatagram(bytes).map(returnCodeOf).join()}`)).to.deep.equal([]);
  });

  it('is written as it was read, wherever it is valid', () => {
    let count = 0;
    for (const [vector, bytes] of vectors) {
      const messages = decodeDatagram(bytes).filter((message): message is MgcpMessage => message.kind !== 'broken');
      if (vector.valid !== true || messages.length === 0) continue;
      const again = decodeDatagram(joinDatagram(messages.map(encode)));
      expect(again.map(withoutBytes), vector.file).to.deep.equal(messages.map(withoutBytes));
      count += 1;
    }
    expect(count).to.be.above(280);
  });

  it('does no harm when it is cut at any place', () => {
    for (const [, bytes] of vectors) {
      const step = Math.max(1, Math.floor(bytes.length / 2_000));
      for (let end = 0; end < bytes.length; end += step) exercise(bytes.subarray(0, end));
    }
  });

  it('does no harm when any bit of it is turned', () => {
    for (const [, bytes] of vectors) {
      if (bytes.length > 2_000) continue;
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const turned = Buffer.from(bytes);
        turned[bit >> 3] = (turned[bit >> 3] as number) ^ (1 << (bit & 7));
        exercise(turned);
      }
    }
  });
});
