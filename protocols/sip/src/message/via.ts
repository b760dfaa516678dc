// The Via header field (RFC 3261 §20.42, rport of RFC 3581): who sent a message, and the way of its response.
import type { Outcome } from '@altpath/core';
import {
  CLOSE_BRACKET,
  COLON,
  COMMA,
  EQUALS,
  HOST,
  OPEN_BRACKET,
  QUOTE,
  SEMICOLON,
  SLASH,
  TOKEN,
  VALUE,
  readDecimal,
  skipClass,
  skipLws,
  skipQuoted,
  trimLws,
  unfold,
} from './characters.js';
import { NO_PARAMETERS, type Parameters, parametersOf } from './parameters.js';
import { ipv6 } from './uri.js';

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
  private parsed: Parameters | undefined = undefined;

  constructor(
    private readonly source: string,
    readonly protocol: string,
    readonly transport: string,
    readonly host: string,
    readonly port: number | undefined,
    readonly sentBy: string,
    readonly branch: string,
    readonly received: string | undefined,
    readonly rport: number | null | undefined,
    readonly start: number,
    readonly end: number,
    private readonly parameterStart: number,
  ) {}

  get parameters(): Parameters {
    if (this.parameterStart >= this.end) return NO_PARAMETERS;
    this.parsed ??= parametersOf(unfold(this.source.slice(this.parameterStart, this.end)));
    return this.parsed;
  }

  get text(): string {
    return unfold(this.source.slice(this.start, this.end));
  }
}

/** Stands for a Via that could not be read, in a message that is only there to be refused. */
export const NO_VIA: Via = new ReadVia('', '', '', '', undefined, '', '', undefined, undefined, 0, 0, 0);

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
  let i: number;
  let protocol = 'SIP/2.0';
  if (text.startsWith('SIP/2.0/', first)) i = first + 8;
  else {
    const nameEnd = skipClass(bytes, first, end, TOKEN);
    const version = afterSlash(bytes, nameEnd, end);
    if (nameEnd === first || version < 0) return undefined;
    const versionEnd = skipClass(bytes, version, end, TOKEN);
    i = afterSlash(bytes, versionEnd, end);
    if (versionEnd === version || i < 0) return undefined;
    protocol = `${text.slice(first, nameEnd)}/${text.slice(version, versionEnd)}`.toUpperCase();
  }
  const transportEnd = skipClass(bytes, i, end, TOKEN);
  const hostStart = skipLws(bytes, transportEnd, end);
  if (transportEnd === i || hostStart === transportEnd || hostStart >= end) return undefined;
  const transport = transportName(text.slice(i, transportEnd));
  let host: string;
  let hostEnd: number;
  if (bytes[hostStart] === OPEN_BRACKET) {
    const close = text.indexOf(']', hostStart);
    if (close < 0 || close >= end) return undefined;
    const literal = ipv6(text.slice(hostStart + 1, close));
    if (literal === undefined) return undefined;
    host = literal;
    hostEnd = close + 1;
  } else {
    hostEnd = skipClass(bytes, hostStart, end, HOST);
    if (hostEnd === hostStart) return undefined;
    host = text.slice(hostStart, hostEnd).toLowerCase();
  }
  let sentBy = bytes[hostStart] === OPEN_BRACKET ? text.slice(hostStart, hostEnd).toLowerCase() : host;
  let port: number | undefined;
  let last = hostEnd;
  i = skipLws(bytes, hostEnd, end);
  if (i < end && bytes[i] === COLON) {
    const digits = skipLws(bytes, i + 1, end);
    last = skipClass(bytes, digits, end, TOKEN);
    port = readDecimal(bytes, digits, last);
    if (port < 1 || port > 65_535) return undefined;
    sentBy = `${sentBy}:${text.slice(digits, last)}`;
    i = skipLws(bytes, last, end);
  }
  const parameterStart = i;
  let branch = '';
  let received: string | undefined;
  let rport: number | null | undefined;
  while (i < end && bytes[i] === SEMICOLON) {
    const name = skipLws(bytes, i + 1, end);
    const nameEnd = skipClass(bytes, name, end, TOKEN);
    if (nameEnd === name) return undefined;
    let value = nameEnd;
    let valueEnd = nameEnd;
    last = nameEnd;
    const equals = skipLws(bytes, nameEnd, end);
    const hasValue = equals < end && bytes[equals] === EQUALS;
    if (hasValue) {
      value = skipLws(bytes, equals + 1, end);
      valueEnd = value < end && bytes[value] === QUOTE ? skipQuoted(bytes, value, end) : skipClass(bytes, value, end, VALUE);
      if (valueEnd < 0) return undefined;
      last = valueEnd > value ? valueEnd : equals + 1;
    }
    switch (nameEnd - name) {
      case 6:
        if (branch === '' && isNamed(text, name, nameEnd, 'branch')) branch = text.slice(value, valueEnd);
        break;
      case 8:
        if (isNamed(text, name, nameEnd, 'received')) received = withoutBrackets(text.slice(value, valueEnd));
        break;
      case 5:
        if (!isNamed(text, name, nameEnd, 'rport')) break;
        rport = valueEnd > value ? readDecimal(bytes, value, valueEnd) : null;
        if (rport !== null && (rport < 1 || rport > 65_535)) return undefined;
        break;
      default:
    }
    i = skipLws(bytes, hasValue ? valueEnd : nameEnd, end);
  }
  if (i < end && bytes[i] !== COMMA) return undefined;
  return new ReadVia(text, protocol, transport, host, port, sentBy, branch, received, rport, first, last, parameterStart);
}

function isNamed(text: string, start: number, end: number, name: string): boolean {
  return text.startsWith(name, start) || text.slice(start, end).toLowerCase() === name;
}

/** RFC 3261 §25.1 allows white space on both sides of SLASH. */
function afterSlash(bytes: Buffer, at: number, end: number): number {
  const slash = skipLws(bytes, at, end);
  return slash < end && bytes[slash] === SLASH ? skipLws(bytes, slash + 1, end) : -1;
}

function transportName(text: string): string {
  switch (text) {
    case 'UDP':
    case 'TCP':
    case 'TLS':
      return text;
    default:
      return text.toUpperCase();
  }
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
  for (let i = start; ; ) {
    const via = readVia(bytes, text, i, last);
    if (!via) return false;
    into.push(via);
    i = skipLws(bytes, via.end, last);
    if (i >= last) return true;
    i += 1;
  }
}
