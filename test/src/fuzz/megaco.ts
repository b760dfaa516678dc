// H.248 before the fuzzer: text, BER and the framing of TPKT, with the transaction layer behind them. What is accepted can
// be written and read again as it was; whatever is sent upon a message is a message itself; nothing is kept of what is
// broken.
import { type AdapterOutput, type Hop, SILENT } from '@altpath/core';
import {
  Authenticator,
  BINARY,
  COMPACT_TEXT,
  type Decoded,
  decodeText,
  encodeBer,
  type Encoding,
  integrityKey,
  PRETTY_TEXT,
  readMessage,
  Streams,
  TransactionIds,
  TransactionLayer,
  tpktFrame,
  transactionSettings,
  VERSIONS,
} from '@altpath/megaco';
import { loadIndex, type Random } from '@altpath/testkit';
import { MEGACO_MESSAGES } from '../support/megaco-messages.js';
import type { Subject } from './subject.js';

const PEER: Hop = { transport: 'udp', host: '192.0.2.1', port: 2944 };
const NOW = 1_700_000_000_000;
const AUTHENTICATOR = new Authenticator({ key: integrityKey('a key'), refusesReplays: true }, NOW);
const PATH = { from: PEER, to: { host: '192.0.2.10', port: 2944 } };

const TEXT_MORSELS = [
  ...[
    '{',
    '}',
    ',',
    '=',
    ':',
    '[',
    ']',
    '"',
    '/',
    '*',
    '$',
    '-',
    ';',
    '\\}',
    '\\',
    '\0',
    '\r\n',
    '\t',
    ' ',
    '<',
    '>',
    '#',
    '|',
    '(',
    ')',
    '.',
  ],
  ...['4294967295', '4294967296', '65536', '-1', '0x', '99999999999999999999', '0-4294967295', '\x80\xff'],
  ...[
    'T=1{',
    'P=1{',
    'C=$',
    'C=-{',
    'MF=',
    'O-W-',
    'ROOT',
    'M{',
    'ST=1',
    'L{',
    'E=1{',
    'EM{',
    'SG',
    'SL=1{',
    'DM=',
    'AT{',
    'ER=',
    'SV{',
    'MEGACO/3',
    '!/1',
    'AU=0x',
    'P=1/2/&',
  ],
];

/** Ends, lengths in every form, and tags that mean something. */
const BINARY_MORSELS = [
  '00',
  '0000',
  '80',
  '81ff',
  '84ffffffff',
  'ff',
  '30',
  '3080',
  'a0',
  'a180',
  'bf',
  '1f8181',
  '8001',
  '04',
  'ffffffffffffffff',
];

/** @returns the subjects with messages of our own, and those of the corpora where ALTPATH_VECTORS names them. */
export function megacoSubjects(): readonly Subject[] {
  const texts = [...MEGACO_MESSAGES.map(({ text }) => Buffer.from(text, 'latin1')), ...foreign('text/')];
  const octets = [...texts.flatMap(inBinary), ...foreign('ber/')];
  const morsels = TEXT_MORSELS.map((text) => Buffer.from(text, 'latin1'));
  const binaryMorsels = BINARY_MORSELS.map((hex) => Buffer.from(hex, 'hex'));
  const frames = [...texts, ...octets].map(tpktFrame);
  return [
    { name: 'megaco text', seeds: texts, morsels, exercise: (bytes) => message(bytes, decodeText, [COMPACT_TEXT, PRETTY_TEXT]) },
    {
      name: 'megaco ber',
      seeds: octets,
      morsels: binaryMorsels,
      exercise: (bytes) => message(bytes, (each) => BINARY.decode(each), [BINARY]),
    },
    {
      name: 'megaco tpkt',
      seeds: frames.map((frame, index) => Buffer.concat([frame, frames[index + 1] ?? frame])),
      morsels: [...morsels, ...binaryMorsels, Buffer.from('03000004', 'hex'), Buffer.from('0300ffff', 'hex'), Buffer.from('0300', 'hex')],
      exercise: stream,
    },
  ];
}

function message(bytes: Buffer, decode: (bytes: Buffer) => Decoded, own: readonly Encoding[]): string {
  const decoded = decode(bytes);
  const wrong = decoded.ok ? wrongInWriting(decoded, own) : wrongInFault(decoded, bytes);
  AUTHENTICATOR.verify(bytes, PATH);
  return wrong ?? wrongInAnswers(bytes) ?? (decoded.ok ? 'accepted' : 'refused');
}

type Accepted = Extract<Decoded, { readonly ok: true }>;
type Refused = Extract<Decoded, { readonly ok: false }>;

/** The model without absent members. */
function plain(value: unknown): string {
  return JSON.stringify(value);
}

/** What came in an encoding can be written in it and read again as it was, and in the others as far as they have words for it. */
function wrongInWriting({ value }: Accepted, own: readonly Encoding[]): string | undefined {
  for (const encoding of [COMPACT_TEXT, PRETTY_TEXT, BINARY] satisfies Encoding[]) {
    const written = encoding.encode(value);
    if (!written.ok) {
      // Parts of later versions are read in all, and written in theirs.
      const isNamed = own.includes(encoding) ? written.fault.code === 'megaco.ber.version' : written.fault.code.startsWith('megaco.ber.');
      if (!isNamed) return `not written in ${encoding.name}: ${written.fault.hint}`;
      continue;
    }
    const again = encoding.decode(written.value);
    if (!again.ok) {
      // BER may have lists and descriptors of nothing, for which text has no form.
      if (own.includes(encoding)) return `what was written in ${encoding.name} is refused: ${again.fault.hint}`;
      continue;
    }
    const twice = encoding.encode(again.value);
    if (!twice.ok || !twice.value.equals(written.value)) return `what was written in ${encoding.name} is another message`;
  }
  return undefined;
}

function wrongInFault({ fault }: Refused, bytes: Buffer): string | undefined {
  const { code, blame, errorCode, offset = -1, salvage } = fault;
  if (!/^megaco\.(?:parse|ber)\./.test(code) || blame !== 'remote') return `a fault ${code} of ${blame}`;
  if (errorCode < 400 || errorCode > 599) return `an error code ${errorCode}`;
  if (offset < 0 || offset > bytes.length) return `an offset ${offset}`;
  return plain(salvage).length > 64 * (bytes.length + 100) ? 'more is salvaged than came' : undefined;
}

/** Feeds a layer, refuses what it is asked for, lets a minute pass, and reads what was sent. */
function wrongInAnswers(bytes: Buffer): string | undefined {
  const sent: Buffer[] = [];
  const emit = (output: AdapterOutput): void => {
    if (output.kind === 'send') sent.push(output.data);
  };
  const layer = new TransactionLayer<never>(
    transactionSettings(),
    { emit, random: () => 0.5, ids: new TransactionIds(), observer: SILENT, mIdOf: () => ({ kind: 'device', name: 'us' }) },
    NOW,
  );
  layer.receive(readMessage(bytes), PEER, NOW);
  for (let event = layer.poll(); event; event = layer.poll())
    if (event.kind === 'request') layer.respond(event.handle, { kind: 'error', code: 501 }, NOW);
  for (let minute = 1; minute < 4; minute += 1) layer.tick(NOW + minute * 20_000);
  for (const answer of sent) {
    const { decoded } = readMessage(answer);
    if (!decoded.ok) return `an answer that cannot be read: ${decoded.fault.hint}\n${answer.toString('latin1')}`;
    if (!VERSIONS.includes(decoded.value.version)) return `an answer in version ${decoded.value.version}`;
  }
  const { sent: waiting, executing, records, bytes: kept } = layer.load;
  return waiting + executing + records + kept === 0 ? undefined : `${records} records with ${kept} octets are kept`;
}

/** A stream gives the same messages whether it comes whole or in pieces. */
function stream(bytes: Buffer, random: Random): string {
  const hop: Hop = { ...PEER, transport: 'tcp', flow: 1 };
  const whole = new Streams().feed(Buffer.from(bytes), hop);
  const pieces = new Streams();
  const parts: Buffer[] = [];
  let fault: string | undefined;
  for (let at = 0; at < bytes.length;) {
    const next = Math.min(bytes.length, at + 1 + random.integer(400));
    const slice = pieces.feed(Buffer.from(bytes.subarray(at, next)), hop);
    parts.push(...slice.messages);
    fault = slice.fault?.code;
    at = next;
  }
  const isSame =
    whole.messages.length === parts.length && whole.messages.every((each, index) => each.equals(parts[index] ?? Buffer.alloc(0)));
  if (!isSame || fault !== whole.fault?.code) return 'a stream differs with the way it is cut';
  for (const each of parts) readMessage(each);
  return fault === undefined ? 'accepted' : 'refused';
}

// --- what to start from --------------------------------------------------------------------------------------------

function inBinary(text: Buffer): Buffer[] {
  const decoded = decodeText(text);
  const written = decoded.ok ? encodeBer(decoded.value) : decoded;
  return written.ok ? [written.value] : [];
}

function foreign(folder: 'text/' | 'ber/'): Buffer[] {
  const index = loadIndex('megaco');
  const found = (index?.vectors ?? [])
    .filter(({ file }) => file.startsWith(folder))
    .map((vector) => index?.read(vector) ?? Buffer.alloc(0));
  return folder === 'text/' ? found : found.map((hex) => Buffer.from(hex.toString('latin1').trim(), 'hex'));
}
