// From bytes to a message: one pass over the header lines, then what routing relies on is checked. What must not be
// forwarded is refused here; what only its final reader needs is checked in strict.ts.
import type { Fault } from '@altpath/core';
import { remoteFault } from '../errors.js';
import { matches, readDecimal, skipClass, wordOf } from '../message/characters.js';
import { latin1 } from '../message/latin1.js';
import { NO_ADDRESS } from '../message/name-address.js';
import { NO_URI } from '../message/uri.js';
import { NO_VIA } from '../message/via.js';
import * as names from './header-names.js';
import { FIRSTS, isKnownMethod, LONG_NAME, Scan, SipMessage } from './sip-message.js';

export { checkStrict } from './strict.js';

// Characters and classes of characters.ts, folded here.
const COLON = 0x3a;
const CR = 0x0d;
const LF = 0x0a;
const SP = 0x20;
const TAB = 0x09;
const TOKEN = 1;

/** Bounds on what is read at all. Raising them costs memory for a message at a time; lowering them refuses long ones with 513. */
export interface DecodeLimits {
  /** Largest message in bytes; default 65,535, what a datagram can hold. */
  readonly maxBytes: number;
  /** Most header lines; default 256. */
  readonly maxHeaders: number;
}

export const DEFAULT_LIMITS: DecodeLimits = { maxBytes: 65_535, maxHeaders: 256 };

/**
 * A message, or why it is none. Of a refused one, `message` is there when enough was read to answer it: it is a request
 * and has Via, From, To, Call-ID and CSeq.
 */
export type Decoded =
  | { readonly ok: true; readonly message: SipMessage }
  | { readonly ok: false; readonly fault: Fault; readonly message?: SipMessage | undefined };

/**
 * Reads one whole message: a datagram, or what StreamFramer has cut out of a stream. Octets after the body that
 * Content-Length announces are noise and left out of `message.bytes` (RFC 3261 §18.3).
 *
 * Never throws, and takes time linear in the bytes. Lines may end in CRLF or in LF alone; empty lines before the
 * start line are passed over (§7.5).
 *
 * @param bytes  Kept by the message, and not copied: the caller gives it away.
 */
export function decode(bytes: Buffer, limits: DecodeLimits = DEFAULT_LIMITS): Decoded {
  if (bytes.length > limits.maxBytes) return refused('sip.size.message', 'Message Too Large', limits.maxBytes);
  const scan = new Scan(bytes, latin1(bytes));
  // The first fault counts, but the scan goes on as far as it can: a refused request is answered with what it brought.
  let fault = readStartLine(scan);
  if (scan.headersStart === 0) return { ok: false, fault: fault ?? remoteFault('sip.parse.empty', 'Empty Message') };
  const broken = readHeaders(scan, limits.maxHeaders);
  fault ??= broken;
  let end = bytes.length;
  if (fault === undefined && (scan.present & (1 << names.CONTENT_LENGTH)) !== 0) {
    const length = readLength(scan);
    if (typeof length === 'number') end = scan.bodyStart + length;
    else fault = length;
  }
  const message = new SipMessage(end === bytes.length ? bytes : bytes.subarray(0, end), scan);
  fault ??= checkPresence(scan) ?? checkRouting(message);
  if (fault === undefined) return { ok: true, message };
  return { ok: false, fault, message: isAnswerable(message) ? message : undefined };
}

function refused(code: string, hint: string, offset?: number): { readonly ok: false; readonly fault: Fault } {
  return { ok: false, fault: remoteFault(code, hint, offset) };
}

// --- the start line ------------------------------------------------------------------------------------------------

function readStartLine(scan: Scan): Fault | undefined {
  const { bytes, text } = scan;
  let start = 0;
  while (start < bytes.length && (bytes[start] === CR || bytes[start] === LF)) start += 1;
  const lf = text.indexOf('\n', start);
  if (lf < 0) return start === bytes.length ? undefined : remoteFault('sip.parse.incomplete', 'Incomplete Message', bytes.length);
  scan.methodStart = start;
  scan.startLineEnd = bytes[lf - 1] === CR ? lf - 1 : lf;
  scan.headersStart = lf + 1;
  const isResponse = isVersion(bytes, start, start + 7) && bytes[start + 7] === SP;
  return isResponse ? readStatusLine(scan, start + 8) : readRequestLine(scan, start);
}

const VERSION = wordOf('SIP/2.0');

/** RFC 3261 §7.2: three digits, and a reason phrase that may be empty (RFC 4475 §3.1.1.13). */
function readStatusLine(scan: Scan, at: number): Fault | undefined {
  const end = scan.startLineEnd;
  const digitsEnd = Math.min(at + 3, end);
  const status = readDecimal(scan.bytes, at, digitsEnd);
  // Also what is no status stays a response: it is dropped, and never answered.
  scan.status = Math.max(status, 1);
  scan.reasonStart = Math.min(digitsEnd + 1, end);
  const isStatus = digitsEnd === at + 3 && status >= 100 && status <= 699;
  if (isStatus && (digitsEnd === end || scan.bytes[digitsEnd] === SP)) return undefined;
  return remoteFault('sip.parse.status-line', 'Bad Status Line', at);
}

/** RFC 3261 §7.1: three elements with one SP between; more of them would be forwarded (RFC 4475 §3.1.2.9). */
function readRequestLine(scan: Scan, start: number): Fault | undefined {
  const { bytes, text, startLineEnd: end } = scan;
  const methodEnd = skipClass(bytes, start, end, TOKEN);
  scan.methodEnd = methodEnd;
  if (methodEnd === start || methodEnd === end || bytes[methodEnd] !== SP) {
    const isOtherVersion = /^SIP\/\d+\.\d+ \d/i.test(text.slice(start, start + 40));
    // A response of another version cannot be answered: as if nothing had been there.
    if (isOtherVersion) scan.headersStart = 0;
    return isOtherVersion ? badVersion(start) : remoteFault('sip.parse.request-line', 'Bad Request Line', methodEnd);
  }
  scan.uriStart = methodEnd + 1;
  const space = text.indexOf(' ', scan.uriStart);
  scan.uriEnd = space < 0 || space > end ? end : space;
  if (isVersion(bytes, scan.uriEnd + 1, end)) return undefined;
  const version = text.slice(scan.uriEnd + 1, Math.min(end, scan.uriEnd + 20));
  if (/^SIP\/\d+\.\d+$/i.test(version)) return badVersion(scan.uriEnd + 1);
  return remoteFault('sip.parse.request-line', 'Bad Request Line', scan.uriEnd);
}

function badVersion(offset: number): Fault {
  return remoteFault('sip.version', 'Version Not Supported', offset);
}

function isVersion(bytes: Buffer, start: number, end: number): boolean {
  return end - start === 7 && end <= bytes.length && matches(bytes, start, VERSION);
}

// --- the header lines ----------------------------------------------------------------------------------------------

function readHeaders(scan: Scan, maxHeaders: number): Fault | undefined {
  const { bytes, text, lines, first } = scan;
  const size = bytes.length;
  let fault: Fault | undefined;
  let present = 0;
  let repeated = 0;
  let at = scan.headersStart;
  // A header line is at least two bytes long, so that the three bytes looked at here are there.
  while (at + 2 < size || isEmptyLine(bytes, at)) {
    const code = bytes[at];
    if ((code === CR || code === LF) && isEmptyLine(bytes, at)) {
      scan.present = present;
      scan.repeated = repeated;
      scan.headersEnd = at;
      scan.bodyStart = code === LF ? at + 1 : at + 2;
      return fault;
    }
    if (lines.length === maxHeaders) {
      // Who asked may stand in what was read: then it can be answered.
      fault ??= remoteFault('sip.size.headers', 'Too Many Header Fields', at);
      break;
    }
    let id = names.longHeaderId(bytes, at);
    let form = LONG_NAME;
    if (id === names.OTHER) {
      form = 0;
      id = unusualHeaderId(bytes, at, size);
      if (id === names.BROKEN) fault ??= remoteFault('sip.parse.header', 'Bad Header Field', at);
    }
    let lf = text.indexOf('\n', at);
    // RFC 3261 §7.3.1: a line that begins with white space goes on with the one before.
    while (lf >= 0 && (bytes[lf + 1] === SP || bytes[lf + 1] === TAB)) {
      lf = text.indexOf('\n', lf + 1);
      scan.folded = true;
    }
    if (lf < 0) break;
    if (id < FIRSTS) {
      if (first[id] === -1) first[id] = lines.length;
      else repeated |= 1 << id;
      present |= 1 << id;
    }
    lines.push((at << 7) | form | id);
    at = lf + 1;
  }
  scan.present = present;
  scan.repeated = repeated;
  scan.headersEnd = scan.bodyStart = at;
  return fault ?? remoteFault('sip.parse.incomplete', 'Incomplete Message', at);
}

function isEmptyLine(bytes: Buffer, at: number): boolean {
  return bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] === LF);
}

/** A compact name, one in other capitals, one with white space before its colon, or one that the table lacks. */
function unusualHeaderId(bytes: Buffer, at: number, size: number): number {
  const nameEnd = skipClass(bytes, at, size, TOKEN);
  let colon = nameEnd;
  while (colon < size && (bytes[colon] === SP || bytes[colon] === TAB)) colon += 1;
  if (nameEnd === at || colon >= size || bytes[colon] !== COLON) return names.BROKEN;
  return names.headerIdAt(bytes, at, nameEnd);
}

/** @returns how long the body is (RFC 3261 §20.14). Without Content-Length it ends with the datagram. */
function readLength(scan: Scan): number | Fault {
  const length = scan.decimalOf(names.CONTENT_LENGTH);
  // RFC 4475 §3.3.9: two lengths leave no way to tell where the message ends.
  if (length < 0 || (scan.repeated & (1 << names.CONTENT_LENGTH)) !== 0) return bad(names.CONTENT_LENGTH);
  if (length <= scan.bytes.length - scan.bodyStart) return length;
  return remoteFault('sip.parse.content-length', 'Content-Length Larger Than Message', scan.bodyStart);
}

// --- what routing relies on ----------------------------------------------------------------------------------------

const MANDATORY = (1 << names.VIA) | (1 << names.FROM) | (1 << names.TO) | (1 << names.CALL_ID) | (1 << names.CSEQ);
const ONLY_ONCE = (1 << names.FROM) | (1 << names.TO) | (1 << names.CALL_ID) | (1 << names.CSEQ) | (1 << names.MAX_FORWARDS);

function checkPresence(scan: Scan): Fault | undefined {
  const missing = MANDATORY & ~scan.present;
  if (missing !== 0) return bad(lowestBit(missing), 'Missing');
  const several = ONLY_ONCE & scan.repeated;
  return several === 0 ? undefined : bad(lowestBit(several), 'Several');
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

function checkRouting(message: SipMessage): Fault | undefined {
  if (message.topVia === NO_VIA) return bad(names.VIA);
  if (message.cseq < 0) return bad(names.CSEQ);
  if (message.callId === '') return bad(names.CALL_ID);
  if (message.from === NO_ADDRESS) return bad(names.FROM);
  if (message.to === NO_ADDRESS) return bad(names.TO);
  if (!message.isRequest) return undefined;
  if (message.cseqMethod !== message.method) {
    // RFC 4475 §3.1.2.18: who comes with a method of the future is better told that than of a mistake.
    if (!isKnownMethod(message.method)) return remoteFault('sip.method.unknown', 'Not Implemented');
    return remoteFault('sip.parse.cseq', 'CSeq Method Mismatch');
  }
  const { present } = message.scan;
  if ((present & (1 << names.MAX_FORWARDS)) !== 0 && message.maxForwards === undefined) return bad(names.MAX_FORWARDS);
  if ((present & (1 << names.ROUTE)) !== 0 && !message.readRoutes()) return bad(names.ROUTE);
  if (message.uri === NO_URI) return remoteFault('sip.parse.uri', 'Bad Request-URI', message.requestUriStart);
  // RFC 3261 §19.1.1: no headers in a Request-URI; forwarded they would become ours (RFC 4475 §3.1.2.11).
  if (message.uri.headers !== '') return remoteFault('sip.parse.uri', 'Headers In Request-URI', message.requestUriStart);
  return undefined;
}

function bad(id: number, word = 'Bad'): Fault {
  const name = names.headerName(id);
  return remoteFault(`sip.parse.${name.toLowerCase()}`, `${word} ${name}`);
}

function isAnswerable(message: SipMessage): boolean {
  return message.isRequest && message.topVia !== NO_VIA && (MANDATORY & ~message.scan.present) === 0;
}
