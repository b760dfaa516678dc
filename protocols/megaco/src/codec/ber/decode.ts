// From the octets of annex A to a message. The outer layers are read here one by one, so that of a broken message all
// is known that its answer needs; from the transaction inwards schema.ts reads and map-*.ts put into the model's words.
import type { AuthenticationHeader, MegacoMessage, Transaction } from '../../message/index.js';
import { type PackageRegistry, STANDARD_PACKAGES } from '../../packages/index.js';
import type { Asn1 } from './asn1.js';
import { Mapping } from './context.js';
import { type Decoded, type Salvage, VERSIONS } from '../fault.js';
import { errorOf, mIdOf } from './map-identity.js';
import { transactionOf } from './map-transaction.js';
import { BerReader, CONSTRUCTED, CONTEXT, UNIVERSAL } from './reader.js';
import { authenticationHeader, transaction as transactionType } from './schema.js';
import { errorDescriptor, mId as mIdType, versionNumber } from './schema-descriptors.js';
import { TerminationNames } from './termination-names.js';

/** What both directions need to know of the gateway; the defaults are the product's. */
export interface BerOptions {
  readonly packages?: PackageRegistry | undefined;
  /** The gateway's `terminations` key, made once. */
  readonly terminations?: TerminationNames | undefined;
}

export const DEFAULT_NAMES = new TerminationNames();

type Progress = { -readonly [K in keyof Salvage]: Salvage[K] } & { whole: Transaction[] };

const VERSION_UNSUPPORTED = 406;
const IN_MESSAGE = 400;
const IN_TRANSACTION = 403;

/** Alternatives of Transaction by their number. */
const TRANSACTION_KINDS: readonly Transaction['kind'][] = ['request', 'pending', 'reply', 'ack', 'segment-reply'];

/**
 * Reads one message in binary encoding.
 *
 * @param bytes  One whole message (a datagram, or what TPKT framed); not kept. Octets behind the message are passed over.
 * @returns      The message; or the fault `megaco.ber.*` (blame: remote) with its offset, the H.248.8 code to answer
 *               with, and what was understood before. Work is linear in the length, depth is bounded.
 * @see          RFC 3525 annex A; X.690 §8
 */
export function decode(bytes: Buffer, options: BerOptions = {}): Decoded {
  const reader = new BerReader(bytes);
  const progress: Progress = { version: undefined, mId: undefined, transaction: undefined, contextId: undefined, whole: [] };
  const message = readMessage(reader, progress, options);
  if (message !== undefined && reader.fault === undefined) return { ok: true, value: message };
  reader.fail('type', 0, 'not a message');
  const fault = reader.fault as NonNullable<typeof reader.fault>;
  return { ok: false, fault: { ...fault, errorCode: reader.place, salvage: progress } };
}

function readMessage(reader: BerReader, progress: Progress, options: BerOptions): MegacoMessage | undefined {
  const head = readHead(reader, progress);
  if (head === undefined) return undefined;
  const { authentication, version, mId, pos, inner } = head;
  if (!openPart(reader, 2, pos, inner)) return refuse(reader, pos, 'the body is missing');
  const mapping = new Mapping(options.packages ?? STANDARD_PACKAGES, options.terminations ?? DEFAULT_NAMES, version);
  const body = readBody(reader, progress, mapping);
  return body && { authentication, version, mId, body };
}

/** What stands in front of the body; `pos` is where the body begins, `inner` where what holds it ends. */
interface Head extends Omit<MegacoMessage, 'body'> {
  readonly pos: number;
  readonly inner: number;
}

function readHead(reader: BerReader, progress: Progress): Head | undefined {
  if (!reader.next(0, reader.bytes.length)) return undefined;
  if (reader.tag !== UNIVERSAL.sequence) return refuse(reader, 0, 'a message is a sequence');
  const outer = reader.end;
  let pos = reader.start;
  const record = readPart(reader, 0, pos, outer, authenticationHeader);
  const authentication = record && authenticationOf(record);
  if (record !== undefined) pos = reader.after;
  if (!openPart(reader, 1, pos, outer)) return refuse(reader, pos, 'the message is missing');
  const inner = reader.end;
  pos = reader.start;

  const version = readPart(reader, 0, pos, inner, versionNumber);
  if (version === undefined) return refuse(reader, pos, 'the version is missing');
  progress.version = version;
  const versionAt = pos;
  pos = reader.after;

  const mIdRecord = readPart(reader, 1, pos, inner, mIdType);
  if (mIdRecord === undefined) return refuse(reader, pos, 'the message identifier is missing');
  const mId = mIdOf(mIdRecord);
  progress.mId = mId;
  pos = reader.after;
  if (VERSIONS.includes(version)) return { authentication, version, mId, pos, inner };
  reader.place = VERSION_UNSUPPORTED;
  reader.fail('version', versionAt, `version ${version} is not supported`);
  return undefined;
}

/** The header and the octets of the body: its transactions, or the content of its error. */
export function readSigned(
  bytes: Buffer,
): { readonly header: AuthenticationHeader | undefined; readonly start: number; readonly end: number } | undefined {
  const reader = new BerReader(bytes);
  const head = readHead(reader, { whole: [] });
  if (head === undefined || !openPart(reader, 2, head.pos, head.inner)) return undefined;
  return reader.next(reader.start, reader.end) ? { header: head.authentication, start: reader.start, end: reader.end } : undefined;
}

function readBody(reader: BerReader, progress: Progress, mapping: Mapping): MegacoMessage['body'] | undefined {
  const { start, end } = reader;
  const error = readPart(reader, 0, start, end, errorDescriptor);
  if (error !== undefined) return errorOf(error);
  if (!openPart(reader, 1, start, end)) return refuse(reader, start, 'neither transactions nor an error');
  const limit = reader.end;
  for (let pos = reader.start; pos < limit;) {
    const transaction = readTransaction(reader, pos, limit, progress, mapping);
    if (transaction === undefined) return undefined;
    progress.whole.push(transaction);
    pos = reader.after;
  }
  return { kind: 'transactions', transactions: progress.whole };
}

function readTransaction(reader: BerReader, at: number, limit: number, progress: Progress, mapping: Mapping): Transaction | undefined {
  reader.transactionId = undefined;
  reader.contextId = undefined;
  if (!reader.next(at, limit)) return undefined;
  const { tag, start, end, after } = reader;
  reader.place = IN_TRANSACTION;
  const record = transactionType.read(reader, tag, start, end);
  if (record !== undefined) {
    reader.place = IN_MESSAGE;
    reader.after = after;
    return transactionOf(record, mapping);
  }
  const kind = TRANSACTION_KINDS[tag & 0x1f];
  const { transactionId } = reader;
  if (kind !== undefined && transactionId !== undefined) progress.transaction = { kind, transactionId };
  progress.contextId = reader.contextId;
  return undefined;
}

/** Opens the part with this number, if it is the one at `at`; leaves its content's bounds in the reader. */
function openPart(reader: BerReader, index: number, at: number, limit: number): boolean {
  if (at >= limit || ((reader.bytes[at] as number) & ~CONSTRUCTED) !== (CONTEXT | index)) return false;
  return reader.next(at, limit);
}

/** Reads a part whole. `reader.after` is then the offset behind it. @returns undefined when it is not there or broken. */
function readPart<T>(reader: BerReader, index: number, at: number, limit: number, type: Asn1<T>): T | undefined {
  if (!openPart(reader, index, at, limit)) return undefined;
  const { tag, start, end, after } = reader;
  const isOfType = type.isChoice ? (tag & CONSTRUCTED) !== 0 : type.isString || ((tag ^ type.tag) & CONSTRUCTED) === 0;
  if (!isOfType) return refuse(reader, at, 'an element of another type');
  let value: T | undefined;
  if (!type.isChoice) value = type.read(reader, tag, start, end);
  else if (reader.next(start, end)) value = type.read(reader, reader.tag, reader.start, reader.end);
  reader.after = after;
  return value;
}

function refuse(reader: BerReader, offset: number, hint: string): undefined {
  reader.fail('message', offset, hint);
  return undefined;
}

function authenticationOf({ secParmIndex, seqNum, ad }: { secParmIndex: Buffer; seqNum: Buffer; ad: Buffer }): AuthenticationHeader {
  return { parameterIndex: secParmIndex.toString('hex'), sequenceNumber: seqNum.toString('hex'), data: ad.toString('hex') };
}
