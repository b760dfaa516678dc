// From bytes to a message: one pass over the header bytes, then what routing relies on is checked. What must not be
// forwarded is refused here; what only its final reader needs is checked in strict.ts.
import type { Fault } from '@altpath/core';
import { remoteFault } from '../errors.js';
import { CLASSES, COLON, CR, LF, LWS, SP, TAB, TOKEN, readDecimal, skipClass, trimLws } from '../message/characters.js';
import type { NameAddress } from '../message/name-address.js';
import { NO_ADDRESS } from '../message/name-address.js';
import { NO_VIA } from '../message/via.js';
import * as names from './header-names.js';
import { type Scan, SipMessage, STRIDE } from './sip-message.js';

export { checkStrict } from './strict.js';

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
  if (bytes.length > limits.maxBytes) return refuse('sip.size.message', 'Message Too Large');
  return new Decoder(bytes, limits).run();
}

function refuse(code: string, hint: string, offset?: number): { readonly ok: false; readonly fault: Fault } {
  return { ok: false, fault: remoteFault(code, hint, offset) };
}

class Decoder {
  private readonly text: string;
  private readonly index: number[] = [];
  private fault: Fault | undefined = undefined;
  private start = 0;
  private startLineEnd = 0;
  private headersStart = 0;
  private headersEnd = 0;
  private bodyStart = 0;
  private status = 0;
  private methodEnd = 0;
  private uriStart = 0;
  private uriEnd = 0;
  private reasonStart = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly limits: DecodeLimits,
  ) {
    this.text = bytes.toString('latin1');
  }

  run(): Decoded {
    const fault = this.readStartLine();
    if (fault) return { ok: false, fault };
    this.readHeaders();
    const end = this.readLength();
    const message = new SipMessage(this.toScan(end));
    const wrong = this.fault ?? mandatory(message);
    if (!wrong) return { ok: true, message };
    return { ok: false, fault: wrong, message: isAnswerable(message) ? message : undefined };
  }

  private toScan(end: number): Scan {
    return {
      bytes: end === this.bytes.length ? this.bytes : this.bytes.subarray(0, end),
      text: this.text,
      index: this.index,
      startLineEnd: this.startLineEnd,
      headersStart: this.headersStart,
      headersEnd: this.headersEnd,
      bodyStart: this.bodyStart,
      status: this.status,
      methodEnd: this.methodEnd,
      start: this.start,
      uriStart: this.uriStart,
      uriEnd: this.uriEnd,
      reasonStart: this.reasonStart,
    };
  }

  private readStartLine(): Fault | undefined {
    const { bytes, text } = this;
    let start = 0;
    while (start < bytes.length && (bytes[start] === CR || bytes[start] === LF)) start += 1;
    if (start === bytes.length) return remoteFault('sip.parse.empty', 'Empty Message', start);
    const lf = text.indexOf('\n', start);
    if (lf < 0) return remoteFault('sip.parse.incomplete', 'Incomplete Message', bytes.length);
    const end = bytes[lf - 1] === CR ? lf - 1 : lf;
    this.start = start;
    this.startLineEnd = end;
    this.headersStart = lf + 1;
    if (isVersion(text, start, start + 7) && bytes[start + 7] === SP) return this.readStatusLine(start + 8, end);
    return this.readRequestLine(start, end);
  }

  /** RFC 3261 §7.2: three digits, and a reason phrase that may be empty (RFC 4475 §3.1.1.13). */
  private readStatusLine(at: number, end: number): Fault | undefined {
    const digitsEnd = Math.min(at + 3, end);
    this.status = readDecimal(this.bytes, at, digitsEnd);
    if (digitsEnd < at + 3 || this.status < 100 || this.status > 699) return remoteFault('sip.parse.status', 'Bad Status Line', at);
    if (digitsEnd < end && this.bytes[digitsEnd] !== SP) return remoteFault('sip.parse.status', 'Bad Status Line', digitsEnd);
    this.reasonStart = Math.min(digitsEnd + 1, end);
    return undefined;
  }

  /** RFC 3261 §7.1: three elements with one SP between; more of them would be forwarded (RFC 4475 §3.1.2.9). */
  private readRequestLine(start: number, end: number): Fault | undefined {
    const { bytes, text } = this;
    this.methodEnd = skipClass(bytes, start, end, TOKEN);
    if (this.methodEnd === start || this.methodEnd === end) return remoteFault('sip.parse.request-line', 'Bad Request Line', start);
    if (bytes[this.methodEnd] !== SP) {
      return text.startsWith('SIP/', start) && /^SIP\/\d+\.\d+ \d/i.test(text.slice(start, Math.min(end, start + 40)))
        ? remoteFault('sip.version', 'Version Not Supported', start)
        : remoteFault('sip.parse.request-line', 'Bad Request Line', this.methodEnd);
    }
    this.uriStart = this.methodEnd + 1;
    const space = text.indexOf(' ', this.uriStart);
    this.uriEnd = space < 0 || space > end ? end : space;
    if (this.uriEnd === end) {
      this.fault = remoteFault('sip.parse.request-line', 'Bad Request Line', end);
    } else if (!isVersion(text, this.uriEnd + 1, end)) {
      const version = text.slice(this.uriEnd + 1, Math.min(end, this.uriEnd + 20));
      this.fault = /^SIP\/\d+\.\d+$/i.test(version)
        ? remoteFault('sip.version', 'Version Not Supported', this.uriEnd + 1)
        : remoteFault('sip.parse.request-line', 'Bad Request Line', this.uriEnd + 1);
    }
    return undefined;
  }

  private readHeaders(): void {
    const { bytes, text, index } = this;
    const size = bytes.length;
    let at = this.headersStart;
    for (let count = 0; ; count += 1) {
      if (at < size && (bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] === LF))) {
        this.headersEnd = at;
        this.bodyStart = bytes[at] === LF ? at + 1 : at + 2;
        return;
      }
      const nameEnd = skipClass(bytes, at, size, TOKEN);
      let value = nameEnd;
      while (value < size && (bytes[value] === SP || bytes[value] === TAB)) value += 1;
      const isHeader = nameEnd > at && value < size && bytes[value] === COLON;
      let lf = text.indexOf('\n', isHeader ? value : at);
      while (lf >= 0 && lf + 1 < size && (bytes[lf + 1] === SP || bytes[lf + 1] === TAB)) lf = text.indexOf('\n', lf + 1);
      if (lf < 0 || count >= this.limits.maxHeaders) {
        this.fail(lf < 0 ? 'sip.parse.incomplete' : 'sip.size.headers', lf < 0 ? 'Incomplete Message' : 'Too Many Header Fields', at);
        this.headersEnd = this.bodyStart = at;
        return;
      }
      if (isHeader) {
        const end = trimLws(bytes, value + 1, lf);
        let start = value + 1;
        while (start < end && ((CLASSES[bytes[start] as number] as number) & LWS) !== 0) start += 1;
        index.push(names.headerIdAt(bytes, at, nameEnd), at, start, end);
      } else this.fail('sip.parse.header', 'Bad Header Field', at);
      at = lf + 1;
    }
  }

  /** @returns where the message ends (RFC 3261 §20.14; over UDP a body may end with the datagram). */
  private readLength(): number {
    const { bytes, index } = this;
    let length = -1;
    for (let at = 0; at < index.length; at += STRIDE) {
      if (index[at] !== names.CONTENT_LENGTH) continue;
      const value = readDecimal(bytes, index[at + 2] as number, index[at + 3] as number);
      // RFC 4475 §3.3.9: two lengths leave no way to tell where the message ends.
      if (value < 0 || length >= 0) this.fail('sip.parse.content-length', 'Bad Content-Length', index[at + 2]);
      length = Math.max(value, 0);
    }
    if (length < 0 || this.fault) return bytes.length;
    if (length > bytes.length - this.bodyStart) {
      this.fail('sip.parse.content-length', 'Content-Length Larger Than Message', this.bodyStart);
      return bytes.length;
    }
    return this.bodyStart + length;
  }

  private fail(code: string, hint: string, offset?: number): void {
    this.fault ??= remoteFault(code, hint, offset);
  }
}

function isVersion(text: string, start: number, end: number): boolean {
  return end - start === 7 && (text.startsWith('SIP/2.0', start) || text.slice(start, end).toUpperCase() === 'SIP/2.0');
}

/** What routing relies on. */
function mandatory(message: SipMessage): Fault | undefined {
  const { index } = message.scan;
  const counts = new Uint8Array(names.MAX_FORWARDS + 1);
  for (let at = 0; at < index.length; at += STRIDE) {
    const id = index[at] as number;
    if (id <= names.MAX_FORWARDS) counts[id] = Math.min((counts[id] as number) + 1, 2);
  }
  for (const id of [names.FROM, names.TO, names.CALL_ID, names.CSEQ]) {
    if (counts[id] !== 1) return bad(id, counts[id] === 0 ? 'Missing' : 'Several');
  }
  if (counts[names.VIA] === 0) return bad(names.VIA, 'Missing');
  if ((counts[names.MAX_FORWARDS] as number) > 1) return bad(names.MAX_FORWARDS, 'Several');
  return readable(message);
}

function readable(message: SipMessage): Fault | undefined {
  if (message.topVia === NO_VIA) return bad(names.VIA);
  if (message.cseq < 0) return bad(names.CSEQ);
  if (message.callId === '') return bad(names.CALL_ID);
  if (message.from === NO_ADDRESS) return bad(names.FROM);
  if (message.to === NO_ADDRESS) return bad(names.TO);
  if (!message.isRequest) return undefined;
  if (message.cseqMethod !== message.method) return remoteFault('sip.parse.cseq', 'CSeq Method Mismatch');
  if (message.maxForwards === undefined && message.find(names.MAX_FORWARDS) >= 0) return bad(names.MAX_FORWARDS);
  const routes: NameAddress[] = [];
  if (!message.readAddresses(names.ROUTE, routes)) return bad(names.ROUTE);
  if (message.uri.scheme === '') return remoteFault('sip.parse.uri', 'Bad Request-URI', message.requestUriStart);
  // RFC 3261 §19.1.1: no headers in a Request-URI; forwarded they would become ours (RFC 4475 §3.1.2.11).
  if (message.uri.headers !== '') return remoteFault('sip.parse.uri', 'Headers In Request-URI', message.requestUriStart);
  return undefined;
}

function bad(id: number, word = 'Bad'): Fault {
  const name = names.headerName(id);
  return remoteFault(`sip.parse.${name.toLowerCase()}`, `${word} ${name}`);
}

function isAnswerable(message: SipMessage): boolean {
  return (
    message.isRequest &&
    message.topVia !== NO_VIA &&
    message.find(names.FROM) >= 0 &&
    message.find(names.TO) >= 0 &&
    message.find(names.CALL_ID) >= 0 &&
    message.find(names.CSEQ) >= 0
  );
}
