// The corpora of others (ALTPATH_VECTORS): the verdicts of RFC 4475 and RFC 5118 on their own messages, and every other
// SIP message there is, whole and cut at any place.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { statusOf } from '@altpath/sip';
import { loadIndex, needs, type Vector, vectorsRoot } from '@altpath/testkit';
import { expect } from 'chai';
import { exercise, exerciseTruncated, verdictOn } from './verdict.js';

/**
 * Messages that their source calls valid may break the grammar of RFC 3261 all the same: misprints in documents, and what
 * a lenient stack of its time let pass. Each refusal of such a message must be one of these.
 */
const MISPRINTS: readonly (readonly [reason: string, pattern: RegExp])[] = [
  ['an ellipsis is printed as a line of the header', /^[ \t]*\. \. \.[ \t]*$/m],
  ['a sentence of the text is printed as a second line of Content-Length', /^(?:Content-Length|l)[ \t]*:[ \t]*\d+\r\n[ \t]+\S/im],
  ['an address without a scheme', /^(?:from|to|contact|route|record-route)[ \t]*:[ \t]*(?:[^<:\r\n]*<)?[^:>\r\n]*[>\r]/im],
  ['an ACK whose CSeq says INVITE', /^ACK [^]*?\r\nCSeq[ \t]*: *\d+ INVITE\r/],
  [
    'a semicolon with nothing behind it (RFC 4475 §3.1.2.1)',
    /^(?:via|v|from|to|contact)[ \t]*:[^\r\n]*;[ \t]*(?:;|\r\n(?![ \t])|\r\n[ \t]+;)/im,
  ],
  ['a comma with nothing behind it', /^[^\r\n]*>,\r\n(?![ \t])/m],
  ['white space inside the brackets of a URI (RFC 4475 §3.1.2.14)', /<sips?:[^>\s]*\s/i],
  ['an address with a user as the sent-by of a Via', /^Via[ \t]*:[^\r\n]*\/\w+ [^;\s]*@/im],
  ['a fold between a header name and its colon', /^[\w-]+\r\n[ \t]+:/m],
  ['the mark-up of RFC 4475 left in the message', /<hex>/],
  ['a Via or a To without a value', /^(?:via|to)[ \t]*:[ \t]*\r\n(?![ \t])/im],
  ['no Via', /^(?![^]*\r\n(?:via|v)[ \t]*:)/i],
  ['a Via that ends after its transport', /^Via[ \t]*:[ \t]*SIP\/2\.0\/\w+[ \t]*\r\n(?![ \t])/im],
  ['a Warning without its code', /^Warning[ \t]*:[ \t]*(?!\d{3} )/im],
  ['headers in the Request-URI (RFC 4475 §3.1.2.11)', /^\S+ sips?:[^ @?]*(?:@[^ ?]*)?\?\S* SIP\//i],
];

describe('the SIP corpora', function () {
  this.timeout(120_000);
  before(function () {
    needs(this, 'vectors');
  });

  for (const document of ['rfc4475', 'rfc5118']) {
    it(`${document}: every message gets the verdict that the document gives`, () => {
      const index = loadIndex(`sip/${document}`);
      const wrong = (index?.vectors ?? []).filter((vector) => !isRight(vector, index?.read(vector) ?? Buffer.alloc(0)));
      expect(wrong.map(({ file }) => file)).to.deep.equal([]);
      expect(index?.vectors.length).to.be.greaterThan(document === 'rfc4475' ? 49 : 11);
    });
  }

  it('every message, whole and cut at any place, is read without a throw', () => {
    let count = 0;
    for (const { bytes } of everything()) {
      exercise(bytes);
      exerciseTruncated(bytes);
      count += 1;
    }
    expect(count).to.be.greaterThan(62);
  });

  it('every message that is called valid and is complete is accepted, or breaks the grammar in a way that can be named', () => {
    const refused: string[] = [];
    for (const { vector, bytes } of everything()) {
      if (vector.valid !== true || vector['complete'] === false) continue;
      const { accepted, fault } = verdictOn(bytes);
      if (!accepted && misprint(bytes) === undefined) refused.push(`${vector.file}: ${fault?.code}`);
    }
    expect(refused).to.deep.equal([]);
  });
});

function misprint(bytes: Buffer): string | undefined {
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n') + 4;
  const length = Number(/^(?:Content-Length|l)[ \t]*:[ \t]*(\d+)/im.exec(text)?.[1] ?? 0);
  if (end > 3 && end + length > text.length) return 'a Content-Length larger than the message';
  return MISPRINTS.find(([, pattern]) => pattern.test(text.slice(0, end > 3 ? end : undefined)))?.[0];
}

/** The verdict, and for what is refused an answer that the document accepts, or none. */
function isRight(vector: Vector, bytes: Buffer): boolean {
  const { accepted, fault, message } = verdictOn(bytes);
  if (accepted !== vector.valid) return false;
  if (fault === undefined) return true;
  const statuses = vector['status'] as readonly number[];
  return statuses.length > 0 ? statuses.includes(statusOf(fault)) : message?.isRequest !== true;
}

function* everything(): Generator<{ readonly vector: Vector; readonly bytes: Buffer }> {
  const root = vectorsRoot();
  if (root === undefined) return;
  for (const entry of readdirSync(join(root, 'sip'), { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const index = loadIndex(`sip/${entry.name}`);
    for (const vector of index?.vectors ?? []) yield { vector, bytes: index?.read(vector) ?? Buffer.alloc(0) };
  }
}
