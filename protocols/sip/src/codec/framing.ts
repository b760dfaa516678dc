// Messages out of a byte stream (TCP, TLS): Content-Length tells where one ends (RFC 3261 §18.3), and bare line ends
// between messages are keep-alives (RFC 5626 §3.5.1). Memory is bounded by the largest message allowed.
import type { Fault } from '@altpath/core';
import { remoteFault } from '../errors.js';
import { readDecimal, skipClass, trimLws } from '../message/characters.js';
import { DEFAULT_LIMITS, type DecodeLimits } from './decode.js';
import * as names from './header-names.js';

// Characters and classes of characters.ts, folded here.
const COLON = 0x3a;
const CR = 0x0d;
const LF = 0x0a;
const SP = 0x20;
const TAB = 0x09;
const TOKEN = 1;

/** What a stream brought. After `fault` nothing more comes: where the next message begins is unknown. */
export type Framed =
  | { readonly kind: 'message'; readonly bytes: Buffer }
  /** A double CRLF: answer with a single one. */
  | { readonly kind: 'ping' }
  /** A single CRLF: the answer. */
  | { readonly kind: 'pong' }
  | { readonly kind: 'fault'; readonly fault: Fault };

const EMPTY = Buffer.alloc(0);

/** Cuts one stream into messages. One for each connection and direction. */
export class StreamFramer {
  /** What has come and is not yet given out: the first `used` bytes. Room behind them is for what comes next. */
  private held: Buffer = EMPTY;
  private used = 0;
  /** Bytes in which the end of the headers has been looked for already. */
  private searched = 0;
  /** Length of the message at the head once its headers are complete. */
  private needed = 0;
  /** A single CRLF ended the last chunk: one more makes it a ping that was cut in two. */
  private halfPing = false;
  private dead = false;
  private readonly maxBytes: number;

  /** @param limits  `maxBytes` is the largest message, headers and body; a longer one is the fault `sip.size.message`. */
  constructor(limits: Pick<DecodeLimits, 'maxBytes'> = DEFAULT_LIMITS) {
    this.maxBytes = limits.maxBytes;
  }

  /** The stream has had a fault and should be closed. */
  get failed(): boolean {
    return this.dead;
  }

  /**
   * Takes the next bytes of the stream.
   *
   * @param chunk  Given away: a message may share its memory.
   * @returns      What is complete now, in order.
   */
  push(chunk: Buffer): Framed[] {
    if (this.dead || chunk.length === 0) return [];
    this.append(chunk);
    const framed: Framed[] = [];
    for (let next = this.take(); next; next = this.take()) framed.push(next);
    return framed;
  }

  /** Grows by doubling: a message that comes byte by byte is not copied for each of them. */
  private append(chunk: Buffer): void {
    if (this.used === 0) {
      this.held = chunk;
    } else {
      if (this.held.length - this.used < chunk.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.used, this.used + chunk.length));
        this.held.copy(larger, 0, 0, this.used);
        this.held = larger;
      }
      chunk.copy(this.held, this.used);
    }
    this.used += chunk.length;
  }

  private take(): Framed | undefined {
    if (this.used === 0) return undefined;
    const bytes = this.held.subarray(0, this.used);
    if (this.needed === 0) {
      if (bytes[0] === CR || bytes[0] === LF) return this.takeKeepAlive(bytes);
      this.halfPing = false;
      const end = this.headersEnd(bytes);
      if (end < 0) return this.used > this.maxBytes ? this.fail('sip.size.message', 'Message Too Large') : undefined;
      const length = contentLength(bytes, end);
      // RFC 3261 §20.14: over a stream the length must be told.
      if (length < 0) return this.fail('sip.parse.content-length', 'Bad Content-Length');
      this.needed = end + length;
      if (this.needed > this.maxBytes) return this.fail('sip.size.message', 'Message Too Large');
    }
    if (this.used < this.needed) return undefined;
    const message = bytes.subarray(0, this.needed);
    this.drop(this.needed);
    return { kind: 'message', bytes: message };
  }

  private takeKeepAlive(bytes: Buffer): Framed | undefined {
    const { length } = bytes;
    if (bytes[0] === LF) return this.pass(1, 'pong');
    if (length < 2) return undefined;
    if (bytes[1] !== LF) return this.fail('sip.parse.request-line', 'Bad Request Line');
    if (this.halfPing) return this.pass(2, 'ping');
    if (length >= 4 && bytes[2] === CR && bytes[3] === LF) return this.pass(4, 'ping');
    if (length === 3 && bytes[2] === CR) return undefined;
    const pong = this.pass(2, 'pong');
    this.halfPing = length === 2;
    return pong;
  }

  private pass(length: number, kind: 'ping' | 'pong'): Framed {
    this.drop(length);
    this.halfPing = false;
    return { kind };
  }

  private drop(length: number): void {
    this.used -= length;
    this.held = this.used === 0 ? EMPTY : this.held.subarray(length);
    this.searched = 0;
    this.needed = 0;
  }

  private fail(code: string, hint: string): Framed {
    this.dead = true;
    this.held = EMPTY;
    this.used = 0;
    return { kind: 'fault', fault: remoteFault(code, hint) };
  }

  /** @returns the offset after the empty line, or -1. */
  private headersEnd(bytes: Buffer): number {
    for (let lf = bytes.indexOf(LF, this.searched); lf >= 0; lf = bytes.indexOf(LF, lf + 1)) {
      if (bytes[lf + 1] === LF) return lf + 2;
      if (bytes[lf + 1] === CR && bytes[lf + 2] === LF) return lf + 3;
    }
    this.searched = Math.max(0, bytes.length - 3);
    return -1;
  }
}

/** @returns the one Content-Length of a message whose headers end at `end`; -1 when absent, malformed or told twice. */
function contentLength(bytes: Buffer, end: number): number {
  let length = -1;
  for (let at = bytes.indexOf(LF) + 1; at < end;) {
    const nameEnd = skipClass(bytes, at, end, TOKEN);
    let next = bytes.indexOf(LF, nameEnd) + 1;
    while (next < end && (bytes[next] === SP || bytes[next] === TAB)) next = bytes.indexOf(LF, next) + 1;
    if (nameEnd > at && names.headerIdAt(bytes, at, nameEnd) === names.CONTENT_LENGTH) {
      const colon = bytes.indexOf(COLON, nameEnd);
      let start = colon + 1;
      while (start < next && (bytes[start] === SP || bytes[start] === TAB || bytes[start] === CR || bytes[start] === LF)) start += 1;
      const value = readDecimal(bytes, start, trimLws(bytes, start, next));
      if (value < 0 || length >= 0) return -1;
      length = value;
    }
    at = next;
  }
  return length;
}
