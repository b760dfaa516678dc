// SIP before the fuzzer: the codec, asked for everything it can be asked for, and the framing of streams.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decode, StreamFramer } from '@altpath/sip';
import { loadIndex, type Random, vectorsRoot } from '@altpath/testkit';
import { exercise } from '../conformance/verdict.js';
import { ownMessages, readOwn } from '../conformance/vectors.js';
import type { Subject } from './subject.js';

const MAX_BYTES = 65_535;

/** @returns the subject with messages of our own, and those of the corpora where ALTPATH_VECTORS names them. */
export function sipSubject(): Subject {
  return {
    name: 'sip',
    seeds: [...own(), ...foreign()],
    morsels: MORSELS.map((text) => Buffer.from(text, 'latin1')),
    exercise(bytes, random) {
      const accepted = exercise(bytes);
      return acrossStream(bytes, random) ?? (accepted ? 'accepted' : 'refused');
    },
  };
}

/** A stream gives the same messages whether it comes whole or in pieces, and what it gives as a message can be decoded or refused. */
function acrossStream(bytes: Buffer, random: Random): string | undefined {
  const whole = new StreamFramer({ maxBytes: MAX_BYTES }).push(Buffer.from(bytes));
  const pieces = new StreamFramer({ maxBytes: MAX_BYTES });
  const parts: typeof whole = [];
  for (let at = 0; at < bytes.length;) {
    const next = Math.min(bytes.length, at + 1 + random.integer(400));
    parts.push(...pieces.push(Buffer.from(bytes.subarray(at, next))));
    at = next;
  }
  const messages = (framed: typeof whole): string[] =>
    framed.flatMap((one) => (one.kind === 'message' ? [one.bytes.toString('latin1')] : []));
  const [a, b] = [messages(whole), messages(parts)];
  if (a.length !== b.length || a.some((message, i) => message !== b[i])) return 'a stream differs with the way it is cut';
  for (const message of a) decode(Buffer.from(message, 'latin1'));
  return undefined;
}

/** What parsers trip over: separators, white space, quotes, numbers at the edge, names that mean something. */
const MORSELS: readonly string[] = [
  ...[
    ':',
    ';',
    ',',
    '<',
    '>',
    '"',
    '\\',
    '@',
    '=',
    '?',
    '[',
    ']',
    '/',
    '*',
    '%',
    '%00',
    '\0',
    '\r',
    '\n',
    '\r\n',
    '\r\n ',
    '\r\n\r\n',
    '\t',
    ' ',
  ],
  ...['4294967296', '2147483648', '-1', '65536', '99999999999999999999', 'sip:', 'sips:', 'SIP/2.0', 'SIP / 2.0 / UDP', '\x80\xff'],
  ...[
    'Via:',
    'v:',
    'Content-Length:',
    'l:',
    'Route:',
    'CSeq:',
    'Contact: *',
    'To:',
    '[::1]',
    '::ffff:192.0.2.1',
    ';branch=',
    ';tag=',
    ';rport=',
  ],
];

// --- what to start from --------------------------------------------------------------------------------------------

function own(): Buffer[] {
  return ['rfc4475', 'rfc5118'].flatMap((document) => ownMessages(document).map(({ file }) => readOwn(document, file)));
}

function foreign(): Buffer[] {
  const root = vectorsRoot();
  if (root === undefined) return [];
  const folders = readdirSync(join(root, 'sip'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap(({ name }) => {
    const index = loadIndex(`sip/${name}`);
    return (index?.vectors ?? []).map((vector) => index?.read(vector) ?? Buffer.alloc(0));
  });
}
