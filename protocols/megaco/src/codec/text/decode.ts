// From octets to a message: header, transactions, and what to say when it breaks. RFC 3525 §B.2, from megacoMessage to
// transactionResponseAck; §8.
import type {
  AckRange,
  ActionReply,
  ActionRequest,
  AuthenticationHeader,
  ErrorDescriptor,
  MegacoMessage,
  MessageBody,
  MId,
  Segment,
  Transaction,
  TransactionReply,
} from '../../message/index.js';
import { type Decoded, type Salvage, VERSIONS } from '../fault.js';
import { COLON, EQUAL, HEX, isAll } from './characters.js';
import { readActionReply, readActionRequest, readContext } from './read-action.js';
import { type Mutable, readBlock, readError, readMId } from './read-values.js';
import { decimal, decimalRange, Scanner, SYNTAX, UINT16, UINT32 } from './scanner.js';
import * as t from './tokens.js';
import { isToken, WordTable } from './tokens.js';

type Progress = Mutable<Salvage> & { whole: Transaction[] };

const VERSION_UNSUPPORTED = 406;

/**
 * Reads one message in text encoding.
 *
 * @param bytes  One whole message (a datagram, or what TPKT framed); not kept.
 * @returns      The message; or the fault `megaco.parse.*` (blame: remote) with its offset, the H.248.8 code to answer
 *               with, and what was understood before. Work is linear in the length, depth is bounded by the grammar.
 * @see          RFC 3525 annex B
 */
export function decode(bytes: Buffer): Decoded {
  const s = new Scanner(bytes.toString('latin1'));
  const progress: Progress = { version: undefined, mId: undefined, transaction: undefined, contextId: undefined, whole: [] };
  // RFC 3525 §B.2: no production holds the octet zero.
  const zero = s.text.indexOf('\0');
  if (zero >= 0) s.fail('octet', 'an octet zero', zero);
  const message = readMessage(s, progress);
  const { stop } = s;
  if (stop === undefined) return { ok: true, value: message };
  const { code, hint, offset, errorCode } = stop;
  return { ok: false, fault: { code, blame: 'remote', hint, offset, errorCode, salvage: progress } };
}

function readMessage(s: Scanner, progress: Progress): MegacoMessage {
  const { authentication, version, mId } = readHead(s, progress);
  return { authentication, version, mId, body: readBody(s, progress) };
}

/** What stands in front of the body, and the blanks behind it. */
function readHead(s: Scanner, progress: Progress): Omit<MegacoMessage, 'body'> {
  s.skip();
  let start = s.pos;
  let word = s.word();
  let authentication: AuthenticationHeader | undefined;
  if (isToken(word, t.AUTHENTICATION)) {
    authentication = readAuthentication(s);
    start = s.pos;
    word = s.word();
  }
  const version = readVersion(s, word, start, progress);
  const mId = readOriginator(s);
  if (s.stop === undefined) progress.mId = mId;
  return { authentication, version, mId };
}

/** The header and where the body begins; undefined where the head cannot be read. The end of the message ends the body. */
export function readSigned(bytes: Buffer): { readonly header: AuthenticationHeader | undefined; readonly start: number } | undefined {
  const s = new Scanner(bytes.toString('latin1'));
  const { authentication } = readHead(s, { whole: [] });
  return s.stop === undefined ? { header: authentication, start: s.pos } : undefined;
}

function readAuthentication(s: Scanner): AuthenticationHeader {
  s.equal();
  const parameterIndex = readHex(s, 8, 8);
  s.expect(COLON);
  const sequenceNumber = readHex(s, 8, 8);
  s.expect(COLON);
  const data = readHex(s, 24, 64);
  return { parameterIndex, sequenceNumber, data };
}

/** `0x` and hex digits. */
function readHex(s: Scanner, least: number, most: number): string {
  const start = s.pos;
  const word = s.word().toLowerCase();
  const digits = word.slice(2);
  const isHex = word.startsWith('0x') && digits.length >= least && digits.length <= most && isAll(digits, HEX);
  if (!isHex) s.fail('authentication', `0x and ${least} to ${most} hex digits expected`, start);
  return digits;
}

/** `MEGACO/1` or `!/1` */
function readVersion(s: Scanner, word: string, start: number, progress: Progress): number {
  const slash = word.indexOf('/');
  if (slash < 0 || !isToken(word.slice(0, slash), t.MEGACO)) {
    s.fail('header', 'MEGACO/version or !/version expected', start);
    return 0;
  }
  const version = decimal(word.slice(slash + 1), 99, 2);
  if (version >= 0) progress.version = version;
  if (!VERSIONS.includes(version)) {
    const isNumber = decimal(word.slice(slash + 1), UINT32) >= 0;
    s.fail('version', `version ${word.slice(slash + 1, slash + 9)} is not supported`, start, isNumber ? VERSION_UNSUPPORTED : s.level);
  }
  s.version = version;
  return version;
}

/** The mId; a device name must not be the first word of the body. */
function readOriginator(s: Scanner): MId {
  const start = s.pos;
  const mId = readMId(s);
  if (mId.kind === 'device' && s.at(EQUAL)) s.fail('mid', 'no message identifier', start);
  return mId;
}

type TransactionWord = Transaction['kind'] | 'error';

const TRANSACTIONS = new WordTable<TransactionWord>([
  [t.TRANSACTION, 'request'],
  [t.REPLY, 'reply'],
  [t.PENDING, 'pending'],
  [t.RESPONSE_ACK, 'ack'],
  [t.SEGMENT, 'segment-reply'],
  [t.ERROR, 'error'],
]);

function readBody(s: Scanner, progress: Progress): MessageBody {
  const transactions = progress.whole;
  do {
    s.level = SYNTAX.message;
    const start = s.pos;
    const word = s.word();
    const kind = TRANSACTIONS.read(word);
    if (kind === 'error' && transactions.length === 0) return readMessageError(s);
    if (kind === undefined || kind === 'error') s.fail('transaction', `a transaction expected, ${JSON.stringify(word)} found`, start);
    else {
      s.level = SYNTAX.transaction;
      const transaction = readTransaction(s, kind, progress);
      if (s.stop === undefined) {
        transactions.push(transaction);
        // What breaks behind it is no fault of it.
        progress.transaction = undefined;
        progress.contextId = undefined;
      }
    }
  } while (!s.atEnd);
  return { kind: 'transactions', transactions: s.stop === undefined ? transactions : [] };
}

function readMessageError(s: Scanner): ErrorDescriptor {
  const error = readError(s);
  if (!s.atEnd) s.fail('trailing', 'something stands behind the error of the message');
  return error;
}

function readTransaction(s: Scanner, kind: Transaction['kind'], progress: Progress): Transaction {
  switch (kind) {
    case 'request': {
      const transactionId = readTransactionId(s, kind, progress);
      return { kind, transactionId, actions: readActionRequests(s, progress) };
    }
    case 'reply':
      return readReplyTransaction(s, progress);
    case 'pending': {
      const transactionId = readTransactionId(s, kind, progress);
      s.open();
      s.close();
      return { kind, transactionId };
    }
    case 'ack':
      return { kind, ranges: readBlock(s, readAckRange) };
    case 'segment-reply': {
      s.equal();
      const start = s.pos;
      const [transactionId, segment] = readSegmented(s, s.word(), start);
      if (segment === undefined) s.fail('segment', 'a segment number is missing', start);
      return { kind, transactionId, segment: segment ?? { number: 0, complete: false } };
    }
    default:
      return kind satisfies never;
  }
}

function readTransactionId(s: Scanner, kind: Transaction['kind'], progress: Progress): number {
  s.equal();
  const start = s.pos;
  const transactionId = decimal(s.word(), UINT32);
  if (transactionId < 0) s.fail('number', 'a transaction id expected', start);
  if (s.stop === undefined) progress.transaction = { kind, transactionId };
  return transactionId;
}

function readActionRequests(s: Scanner, progress: Progress): ActionRequest[] {
  const actions: ActionRequest[] = [];
  s.open();
  do {
    const contextId = readContext(s);
    if (s.stop === undefined) progress.contextId = contextId;
    actions.push(readActionRequest(s, contextId));
    s.level = SYNTAX.transaction;
  } while (s.comma());
  s.close();
  return actions;
}

function readReplyTransaction(s: Scanner, progress: Progress): TransactionReply {
  s.equal();
  const start = s.pos;
  const [transactionId, segment] = readSegmented(s, s.word(), start);
  if (s.stop === undefined) progress.transaction = { kind: 'reply', transactionId };
  s.open();
  const immAckRequired = readImmAck(s);
  const result = readReplyResult(s, progress);
  s.close();
  return { kind: 'reply', transactionId, immAckRequired, segment, result };
}

function readImmAck(s: Scanner): true | undefined {
  const start = s.pos;
  if (isToken(s.word(), t.IMM_ACK_REQUIRED)) {
    if (!s.comma()) s.unexpected(',');
    return true;
  }
  s.pos = start;
  return undefined;
}

function readReplyResult(s: Scanner, progress: Progress): TransactionReply['result'] {
  const start = s.pos;
  if (isToken(s.word(), t.ERROR)) return readError(s);
  s.pos = start;
  const actions: ActionReply[] = [];
  do {
    const contextId = readContext(s);
    if (s.stop === undefined) progress.contextId = contextId;
    actions.push(readActionReply(s, contextId));
    s.level = SYNTAX.transaction;
  } while (s.comma());
  return { kind: 'actions', actions };
}

/** `id`, or (version 3) `id/segment` or `id/segment/END`, `&` for short. */
function readSegmented(s: Scanner, word: string, start: number): readonly [transactionId: number, segment: Segment | undefined] {
  const slash = word.indexOf('/');
  const transactionId = decimal(slash < 0 ? word : word.slice(0, slash), UINT32);
  if (transactionId < 0) s.fail('number', 'a transaction id expected', start);
  if (slash < 0) return [transactionId, undefined];
  const rest = word.slice(slash + 1);
  const end = rest.indexOf('/');
  const complete = end >= 0;
  const number = decimal(complete ? rest.slice(0, end) : rest, UINT16, 5);
  if (number < 0 || (complete && !isToken(rest.slice(end + 1), t.SEGMENTATION_COMPLETE)))
    s.fail('segment', 'a segment number, and END or nothing, expected', start);
  return [transactionId, { number, complete }];
}

/** `id` or `id-id`. */
function readAckRange(s: Scanner): AckRange {
  const start = s.pos;
  const [first, last] = decimalRange(s.word(), UINT32);
  if (first < 0 || (last !== undefined && last < 0)) s.fail('number', 'a transaction id or a range expected', start);
  return { first, last };
}
