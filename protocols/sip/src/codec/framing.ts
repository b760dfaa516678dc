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

export class StreamFramer {
  private buffered: Buffer = EMPTY;
  /** Bytes of `buffered` in which the end of the headers has been looked for already. */
  private searched = 0;
  /** Length of the message at the head of `buffered` once its headers are complete. */
  private needed = 0;
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
    if (this.dead) return [];
    this.buffered = this.buffered.length === 0 ? chunk : Buffer.concat([this.buffered, chunk]);
    const framed: Framed[] = [];
    let next = this.take();
    while (next) {
      framed.push(next);
      next = this.dead ? undefined : this.take();
    }
    return framed;
  }

  private take(): Framed | undefined {
    const { buffered } = this;
    if (this.needed === 0) {
      if (buffered.length === 0) return undefined;
      if (buffered[0] === CR || buffered[0] === LF) return this.takeKeepAlive();
      const end = this.headersEnd();
      if (end < 0) return buffered.length > this.maxBytes ? this.fail('sip.size.message', 'Message Too Large') : undefined;
      const length = contentLength(buffered, end);
      // RFC 3261 §20.14: over a stream the length must be told.
      if (length < 0) return this.fail('sip.parse.content-length', 'Bad Content-Length');
      this.needed = end + length;
      if (this.needed > this.maxBytes) return this.fail('sip.size.message', 'Message Too Large');
    }
    if (buffered.length < this.needed) return undefined;
    const bytes = buffered.subarray(0, this.needed);
    this.drop(this.needed);
    return { kind: 'message', bytes };
  }

  private takeKeepAlive(): Framed | undefined {
    const { buffered } = this;
    if (buffered[0] === LF) return this.pass(1, 'pong');
    if (buffered.length < 2) return undefined;
    if (buffered[1] !== LF) return this.fail('sip.parse.request-line', 'Bad Request Line');
    if (buffered.length >= 4 && buffered[2] === CR && buffered[3] === LF) return this.pass(4, 'ping');
    // A half-arrived ping waits for its other half; a message after one CRLF does not begin with CR.
    if (buffered.length === 3 && buffered[2] === CR) return undefined;
    return this.pass(2, 'pong');
  }

  private pass(length: number, kind: 'ping' | 'pong'): Framed {
    this.drop(length);
    return { kind };
  }

  private drop(length: number): void {
    this.buffered = this.buffered.length === length ? EMPTY : this.buffered.subarray(length);
    this.searched = 0;
    this.needed = 0;
  }

  private fail(code: string, hint: string): Framed {
    this.dead = true;
    this.buffered = EMPTY;
    return { kind: 'fault', fault: remoteFault(code, hint) };
  }

  /** @returns the offset after the empty line, or -1. */
  private headersEnd(): number {
    const { buffered } = this;
    for (let lf = buffered.indexOf(LF, this.searched); lf >= 0; lf = buffered.indexOf(LF, lf + 1)) {
      if (buffered[lf + 1] === LF) return lf + 2;
      if (buffered[lf + 1] === CR && buffered[lf + 2] === LF) return lf + 3;
    }
    this.searched = Math.max(0, buffered.length - 3);
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
