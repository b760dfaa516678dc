// The Via header field (RFC 3261 §20.42, rport of RFC 3581): who sent a message, and the way of its response.
import type { Outcome } from '@altpath/core';
import { CLASSES, matches, readDecimal, skipClass, skipLws, skipQuoted, trimLws, unfold, wordOf } from './characters.js';
import { NO_PARAMETERS, type Parameters, parametersOf } from './parameters.js';
import { skipIpv6, withoutThirdColon } from './ipv6.js';

// Characters and classes of characters.ts, folded here.
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const OPEN_BRACKET = 0x5b;
const QUOTE = 0x22;
const SEMICOLON = 0x3b;
const SLASH = 0x2f;
const HOST = 32;
const TOKEN = 1;
const UPPER = 128;
const VALUE = 8;
const SP = 0x20;
const ZERO = 0x30;
const table = CLASSES;
const SIP_2 = Buffer.from('SIP/2.0/', 'latin1');
const BRANCH = wordOf('branch');
const RECEIVED = wordOf('received');
const RPORT = wordOf('rport');

/** One Via value, with its byte range in the message that it was read from. */
export interface Via {
  /** `SIP/2.0` */
  readonly protocol: string;
  /** Upper case. */
  readonly transport: string;
  /** Lower case; an IPv6 address without brackets. */
  readonly host: string;
  readonly port?: number | undefined;
  /** `host[:port]` as written, in lower case. */
  readonly sentBy: string;
  readonly parameters: Parameters;
  /** Empty when there is none (RFC 2543). */
  readonly branch: string;
  /** An IPv6 address without brackets, however it was written (RFC 5118 §4.5). */
  readonly received?: string | undefined;
  /** `null` is the bare flag of a request. */
  readonly rport?: number | null | undefined;
  /** The whole value as written, folded lines joined. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

class ReadVia implements Via {
  protocol = 'SIP/2.0';
  transport = '';
  port: number | undefined = undefined;
  received: string | undefined = undefined;
  rport: number | null | undefined = undefined;
  end = 0;
  hostStart = 0;
  hostEnd = 0;
  portEnd = 0;
  /** The sent-by is not as it should be given out: capitals in it, or white space. */
  unusual = false;
  branchStart = 0;
  branchEnd = 0;
  private parsed: Parameters | undefined = undefined;

  constructor(
    readonly source: string,
    readonly start: number,
  ) {}

  get host(): string {
    const { hostStart, hostEnd } = this;
    const isReference = this.source.charCodeAt(hostStart) === OPEN_BRACKET;
    const host = isReference ? withoutThirdColon(this.source.slice(hostStart + 1, hostEnd - 1)) : this.source.slice(hostStart, hostEnd);
    return this.unusual ? host.toLowerCase() : host;
  }

  get sentBy(): string {
    const sentBy = this.source.slice(this.hostStart, this.portEnd);
    return this.unusual ? sentBy.replace(/[ \t\r\n]/g, '').toLowerCase() : sentBy;
  }

  get branch(): string {
    return this.source.slice(this.branchStart, this.branchEnd);
  }

  get parameters(): Parameters {
    if (this.portEnd >= this.end) return NO_PARAMETERS;
    this.parsed ??= parametersOf(unfold(this.source.slice(this.portEnd, this.end)));
    return this.parsed;
  }

  get text(): string {
    return unfold(this.source.slice(this.start, this.end));
  }
}

/** Stands for a Via that could not be read, in a message that is only there to be refused. */
export const NO_VIA: Via = new ReadVia('', 0);

/** Reads one Via value that fills the text. @returns the fault `sip.parse.via` for anything else. */
export function parseVia(text: string): Outcome<Via> {
  const bytes = Buffer.from(text, 'latin1');
  const via = readVia(bytes, text, 0, bytes.length);
  if (via && skipLws(bytes, via.end, bytes.length) === bytes.length) return { ok: true, value: via };
  return { ok: false, fault: { code: 'sip.parse.via', blame: 'remote', hint: 'Bad Via' } };
}

/**
 * Reads the Via value that begins at `start`; what follows it, a comma or nothing, is for the caller to look at.
 *
 * @param text  The same bytes as latin1.
 * @param end   End of the header field's value.
 * @returns     undefined when it is no Via value.
 */
export function readVia(bytes: Buffer, text: string, start: number, end: number): Via | undefined {
  const first = skipLws(bytes, start, end);
  const via = new ReadVia(text, first);
  let at = readProtocol(via, bytes, end);
  if (at >= 0) at = readSentBy(via, bytes, at, end);
  if (at >= 0) at = readParameters(via, bytes, at, end);
  return at < 0 || (at < end && bytes[at] !== COMMA) ? undefined : via;
}

/** Each of these three takes its part and gives the offset of the next, or -1 when it is not what should stand there. */
function readProtocol(via: ReadVia, bytes: Buffer, end: number): number {
  let i = via.start + 8;
  if (!isSip2(bytes, via.start)) {
    i = skipProtocol(bytes, via.start, end);
    if (i < 0) return -1;
    via.protocol = via.source
      .slice(via.start, i)
      .replace(/[ \t\r\n]/g, '')
      .slice(0, -1)
      .toUpperCase();
  }
  via.transport = bytes[i + 3] === SP ? shortTransport(bytes, i) : '';
  if (via.transport !== '') return skipLws(bytes, i + 4, end);
  const transportEnd = skipClass(bytes, i, end, TOKEN);
  const next = skipLws(bytes, transportEnd, end);
  if (transportEnd === i || next === transportEnd) return -1;
  via.transport = via.source.slice(i, transportEnd).toUpperCase();
  return next;
}

/** `SIP/2.0/` to the letter, as nearly everybody writes it. */
function isSip2(bytes: Buffer, at: number): boolean {
  for (let i = 0; i < 8; i += 1) if (bytes[at + i] !== SIP_2[i]) return false;
  return true;
}

function shortTransport(bytes: Buffer, at: number): string {
  const code = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
  return code === 0x554450 ? 'UDP' : code === 0x544350 ? 'TCP' : code === 0x544c53 ? 'TLS' : '';
}

function readSentBy(via: ReadVia, bytes: Buffer, start: number, end: number): number {
  let i = start;
  let seen = 0;
  if (i < end && bytes[i] === OPEN_BRACKET) {
    i = skipIpv6(bytes, via.source, start, end);
    if (i < 0) return -1;
    seen = UPPER;
  } else {
    for (; i < end; i += 1) {
      const kind = table[bytes[i] as number] as number;
      if ((kind & HOST) === 0) break;
      seen |= kind;
    }
    if (i === start) return -1;
  }
  via.hostStart = start;
  via.hostEnd = i;
  via.unusual = (seen & UPPER) !== 0;
  // RFC 3261 §25.1 allows white space around COLON.
  const colon = i < end && bytes[i] === COLON ? i : skipLws(bytes, i, end);
  if (colon < end && bytes[colon] === COLON) {
    const digits = skipLws(bytes, colon + 1, end);
    let port = 0;
    for (i = digits; i < end; i += 1) {
      const digit = (bytes[i] as number) - ZERO;
      if (digit < 0 || digit > 9 || port > 65_535) break;
      port = port * 10 + digit;
    }
    if (port < 1 || port > 65_535) return -1;
    via.port = port;
    if (digits !== via.hostEnd + 1) via.unusual = true;
  }
  via.portEnd = i;
  via.end = i;
  return i;
}

function readParameters(via: ReadVia, bytes: Buffer, start: number, end: number): number {
  let i = start < end && bytes[start] === SEMICOLON ? start : skipLws(bytes, start, end);
  while (i < end && bytes[i] === SEMICOLON) {
    i += 1;
    if (isLws(bytes[i])) i = skipLws(bytes, i, end);
    const name = i;
    while (i < end && ((table[bytes[i] as number] as number) & TOKEN) !== 0) i += 1;
    const nameEnd = i;
    if (nameEnd === name) return -1;
    via.end = nameEnd;
    if (isLws(bytes[i])) i = skipLws(bytes, i, end);
    let value = nameEnd;
    let valueEnd = nameEnd;
    if (i < end && bytes[i] === EQUALS) {
      i += 1;
      via.end = i;
      if (isLws(bytes[i])) i = skipLws(bytes, i, end);
      value = i;
      if (i < end && bytes[i] === QUOTE) i = skipQuoted(bytes, i, end);
      else while (i < end && ((table[bytes[i] as number] as number) & VALUE) !== 0) i += 1;
      if (i < 0) return -1;
      valueEnd = i;
      if (valueEnd > value) via.end = valueEnd;
      if (isLws(bytes[i])) i = skipLws(bytes, i, end);
    }
    if (!keepParameter(via, bytes, name, nameEnd, value, valueEnd)) return -1;
  }
  return i;
}

function isLws(code: number | undefined): boolean {
  return code !== undefined && code <= SP;
}

/** Takes the value of a parameter that routing asks for. @returns `false` when it is impossible. */
function keepParameter(via: ReadVia, bytes: Buffer, name: number, nameEnd: number, value: number, valueEnd: number): boolean {
  switch (nameEnd - name) {
    case 6:
      if (via.branchEnd === 0 && matches(bytes, name, BRANCH)) {
        via.branchStart = value;
        via.branchEnd = valueEnd;
      }
      return true;
    case 8:
      if (matches(bytes, name, RECEIVED)) via.received = withoutBrackets(via.source.slice(value, valueEnd));
      return true;
    case 5:
      if (!matches(bytes, name, RPORT)) return true;
      via.rport = valueEnd > value ? readDecimal(bytes, value, valueEnd) : null;
      return via.rport === null || (via.rport >= 1 && via.rport <= 65_535);
    default:
      return true;
  }
}

/** Name, version and two slashes, with the white space that RFC 3261 §25.1 allows around SLASH. @returns -1 for none. */
function skipProtocol(bytes: Buffer, start: number, end: number): number {
  const nameEnd = skipClass(bytes, start, end, TOKEN);
  const version = afterSlash(bytes, nameEnd, end);
  if (nameEnd === start || version < 0) return -1;
  const versionEnd = skipClass(bytes, version, end, TOKEN);
  return versionEnd === version ? -1 : afterSlash(bytes, versionEnd, end);
}

function afterSlash(bytes: Buffer, at: number, end: number): number {
  const slash = skipLws(bytes, at, end);
  return slash < end && bytes[slash] === SLASH ? skipLws(bytes, slash + 1, end) : -1;
}

function withoutBrackets(text: string): string {
  return text.charCodeAt(0) === OPEN_BRACKET && text.charCodeAt(text.length - 1) === CLOSE_BRACKET ? text.slice(1, -1) : text;
}

/**
 * Reads a comma list of Via values and appends them to `into`.
 *
 * @returns `false` when an element is no Via; what was read before it has been appended.
 */
export function readVias(bytes: Buffer, text: string, start: number, end: number, into: Via[]): boolean {
  const last = trimLws(bytes, start, end);
  for (let i = start; ;) {
    const via = readVia(bytes, text, i, last);
    if (!via) return false;
    into.push(via);
    i = skipLws(bytes, via.end, last);
    if (i >= last) return true;
    i += 1;
  }
}
