// SIP and SIPS URIs, read from text or from a message's bytes (RFC 3261 §19.1.1). How two of them compare is in
// uri-comparison.ts.
import type { Outcome } from '@altpath/core';
import { CLASSES, matches, skipClass, wordOf } from './characters.js';
import { skipIpv6, withoutThirdColon } from './ipv6.js';
import { scratchBytes } from './latin1.js';
import { NO_PARAMETERS, type Parameters, parametersOf } from './parameters.js';
import type { SipUri } from './sip-uri.js';

export type { SipUri } from './sip-uri.js';
export { addressOfRecord, sameUri, uriKey } from './uri-comparison.js';

// Characters and classes of characters.ts, folded here.
const AT = 0x40;
const COLON = 0x3a;
const NINE = 0x39;
const OPEN_BRACKET = 0x5b;
const QUESTION = 0x3f;
const SEMICOLON = 0x3b;
const ZERO = 0x30;
const HOST = 32;
const TOKEN = 1;
const UPPER = 128;
const URI = 4;
const table = CLASSES;
const SIP = wordOf('sip');

/**
 * Reads a URI.
 *
 * @param text  Latin1, without the brackets of a name-addr.
 * @returns     The URI: sip and sips in full, any other scheme with `host` empty; or the fault `sip.parse.uri`. Whether
 *              the scheme is one to serve is the caller's question.
 * @see         RFC 3261 §19.1.1, RFC 5118 §4 for addresses in brackets
 */
export function parseUri(text: string): Outcome<SipUri> {
  const value = readUri(scratchBytes(text), text, 0, text.length);
  return value ? { ok: true, value } : { ok: false, fault: { code: 'sip.parse.uri', blame: 'remote', hint: 'Bad URI', offset: 0 } };
}

/** Stands for a URI that could not be read. */
export const NO_URI: SipUri = { scheme: '', user: '', host: '', parameters: NO_PARAMETERS, headers: '', text: '' };

class ReadUri implements SipUri {
  userStart = 0;
  userEnd = 0;
  password: string | undefined = undefined;
  hostStart = 0;
  hostEnd = 0;
  /** Capitals stand in the host. */
  upper = false;
  port: number | undefined = undefined;
  headers = '';
  /** Where the parameters stand in `source`. */
  parameterStart = 0;
  parameterEnd = 0;
  private parsed: Parameters | undefined = undefined;

  constructor(
    readonly scheme: string,
    readonly source: string,
    readonly start: number,
    readonly end: number,
  ) {}

  get text(): string {
    return this.source.slice(this.start, this.end);
  }

  get user(): string {
    return this.source.slice(this.userStart, this.userEnd);
  }

  get host(): string {
    const { hostStart, hostEnd } = this;
    const isReference = this.source.charCodeAt(hostStart) === OPEN_BRACKET;
    const host = isReference ? withoutThirdColon(this.source.slice(hostStart + 1, hostEnd - 1)) : this.source.slice(hostStart, hostEnd);
    return this.upper ? host.toLowerCase() : host;
  }

  get parameters(): Parameters {
    if (this.parameterStart === this.parameterEnd) return NO_PARAMETERS;
    this.parsed ??= parametersOf(this.source.slice(this.parameterStart, this.parameterEnd));
    return this.parsed;
  }
}

/** Reads the URI that fills the range. @param text  The same bytes as latin1. @returns undefined when it is none. */
export function readUri(bytes: Buffer, text: string, start: number, end: number): SipUri | undefined {
  if (end - start > 4 && bytes[start + 3] === COLON && matches(bytes, start, SIP))
    return readSipUri(bytes, text, 'sip', start, start + 4, end);
  const colon = skipClass(bytes, start, end, TOKEN);
  if (colon >= end || bytes[colon] !== COLON) return undefined;
  const scheme = text.slice(start, colon).toLowerCase();
  if (scheme === 'sip' || scheme === 'sips') return readSipUri(bytes, text, scheme, start, colon + 1, end);
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme) || colon + 1 === end || skipClass(bytes, colon, end, URI) !== end) return undefined;
  return new ReadUri(scheme, text, start, end);
}

function readSipUri(bytes: Buffer, text: string, scheme: string, start: number, from: number, end: number): SipUri | undefined {
  // '@' stands in no host, parameter or header: the first one ends the user part, whatever ';' or '?' it holds.
  let colon = -1;
  let at = from;
  while (at < end) {
    const code = bytes[at] as number;
    if (code === AT) break;
    if (code === COLON && colon < 0) colon = at;
    if (((table[code] as number) & URI) === 0) return undefined;
    at += 1;
  }
  const uri = new ReadUri(scheme, text, start, end);
  let i = from;
  if (at < end) {
    if (at === from || colon === from) return undefined;
    uri.userStart = from;
    uri.userEnd = colon < 0 ? at : colon;
    if (colon >= 0) uri.password = text.slice(colon + 1, at);
    i = at + 1;
  }
  i = readHost(uri, bytes, i, end);
  if (i >= 0 && i < end && bytes[i] === COLON) i = readPort(uri, bytes, i + 1, end);
  return i >= 0 && (i === end || readTail(uri, bytes, i, end)) ? uri : undefined;
}

/** @returns the offset after the host, or -1 when there is none. */
function readHost(uri: ReadUri, bytes: Buffer, start: number, end: number): number {
  let i = start;
  let seen = 0;
  if (i < end && bytes[i] === OPEN_BRACKET) {
    i = skipIpv6(bytes, uri.source, start, end);
    seen = UPPER;
  } else {
    for (; i < end; i += 1) {
      const kind = table[bytes[i] as number] as number;
      if ((kind & HOST) === 0) break;
      seen |= kind;
    }
  }
  uri.hostStart = start;
  uri.hostEnd = i;
  uri.upper = (seen & UPPER) !== 0;
  return i > start ? i : -1;
}

/** @returns the offset after the port, or -1 when it is none between 1 and 65,535. */
function readPort(uri: ReadUri, bytes: Buffer, start: number, end: number): number {
  let port = 0;
  let i = start;
  for (; i < end && port <= 65_535; i += 1) {
    const digit = bytes[i] as number;
    if (digit < ZERO || digit > NINE) break;
    port = port * 10 + digit - ZERO;
  }
  uri.port = port;
  return port < 1 || port > 65_535 ? -1 : i;
}

/** Parameters and headers. @returns `false` when something else stands there. */
function readTail(uri: ReadUri, bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start] as number;
  if (first !== SEMICOLON && first !== QUESTION) return false;
  let mark = start;
  for (; mark < end && bytes[mark] !== QUESTION; mark += 1) {
    const code = bytes[mark] as number;
    if (code === AT || ((table[code] as number) & URI) === 0) return false;
  }
  uri.parameterStart = start;
  uri.parameterEnd = mark;
  if (mark === end) return true;
  uri.headers = uri.source.slice(mark + 1, end);
  return skipClass(bytes, mark, end, URI) === end;
}
