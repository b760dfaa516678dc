// SIP and SIPS URIs, read from text (RFC 3261 §19.1.1). How two of them compare is in uri-comparison.ts.
import { type Fault, type Outcome } from '@altpath/core';
import { CLASSES, COLON, HOST, OPEN_BRACKET, QUESTION, SEMICOLON, URI } from './characters.js';
import type { SipUri } from './sip-uri.js';
import { NO_PARAMETERS, type Parameters, parametersOf } from './parameters.js';

export { addressOfRecord, sameUri, uriKey } from './uri-comparison.js';
export type { SipUri } from './sip-uri.js';

/**
 * Reads a URI.
 *
 * @returns the URI: sip and sips in full, any other scheme with `host` empty; or the fault `sip.parse.uri` with the
 *          offset inside the text. Whether the scheme is one to serve is the caller's question.
 * @see     RFC 3261 §19.1.1, RFC 5118 §4 for addresses in brackets
 */
export function parseUri(text: string): Outcome<SipUri> {
  const colon = text.indexOf(':');
  if (colon < 1) return bad(0);
  const scheme = schemeOf(text, colon);
  if (scheme === undefined) return bad(0);
  for (let i = colon + 1; i < text.length; i += 1) {
    if (((CLASSES[text.charCodeAt(i)] ?? 0) & URI) === 0) return bad(i);
  }
  if (scheme === 'sip' || scheme === 'sips') return sipUri(text, scheme, colon + 1);
  if (colon + 1 === text.length) return bad(colon);
  return { ok: true, value: new ParsedUri(scheme, '', undefined, '', undefined, '', '', text) };
}

class ParsedUri implements SipUri {
  private parsed: Parameters | undefined = undefined;

  constructor(
    readonly scheme: string,
    readonly user: string,
    readonly password: string | undefined,
    readonly host: string,
    readonly port: number | undefined,
    private readonly parameterText: string,
    readonly headers: string,
    readonly text: string,
  ) {}

  get parameters(): Parameters {
    if (this.parameterText === '') return NO_PARAMETERS;
    this.parsed ??= parametersOf(this.parameterText);
    return this.parsed;
  }
}

function schemeOf(text: string, colon: number): string | undefined {
  if (colon === 3 && text.startsWith('sip')) return 'sip';
  const scheme = text.slice(0, colon);
  return /^[A-Za-z][A-Za-z0-9+.-]*$/.test(scheme) ? scheme.toLowerCase() : undefined;
}

function sipUri(text: string, scheme: string, start: number): Outcome<SipUri> {
  // '@' stands in no host, parameter or header: the first one ends the user part, whatever ';' or '?' it holds.
  const at = text.indexOf('@', start);
  let user = '';
  let password: string | undefined;
  let i = start;
  if (at >= 0) {
    if (at === start) return bad(at);
    user = text.slice(start, at);
    const separator = user.indexOf(':');
    if (separator === 0) return bad(start);
    if (separator > 0) {
      password = user.slice(separator + 1);
      user = user.slice(0, separator);
    }
    i = at + 1;
  }
  const hostStart = i;
  let host: string;
  if (text.charCodeAt(i) === OPEN_BRACKET) {
    const close = text.indexOf(']', i);
    const literal = ipv6(close < 0 ? '' : text.slice(i + 1, close));
    if (literal === undefined) return bad(i);
    host = literal;
    i = close + 1;
  } else {
    while (i < text.length && ((CLASSES[text.charCodeAt(i)] ?? 0) & HOST) !== 0) i += 1;
    if (i === hostStart) return bad(i);
    host = text.slice(hostStart, i).toLowerCase();
  }
  let port: number | undefined;
  if (text.charCodeAt(i) === COLON) {
    const from = i + 1;
    port = 0;
    for (i = from; i < text.length; i += 1) {
      const digit = text.charCodeAt(i) - 0x30;
      if (digit < 0 || digit > 9) break;
      port = port * 10 + digit;
      if (port > 65_535) return bad(from);
    }
    if (port === 0) return bad(from);
  }
  let parameters = '';
  let headers = '';
  if (i < text.length) {
    const mark = text.indexOf('?', i);
    const end = mark < 0 ? text.length : mark;
    if (mark >= 0) headers = text.slice(mark + 1);
    if (end > i) {
      if (text.charCodeAt(i) !== SEMICOLON || text.indexOf('@', i) >= 0) return bad(i);
      parameters = text.slice(i, end);
    } else if (text.charCodeAt(i) !== QUESTION) return bad(i);
  }
  return { ok: true, value: new ParsedUri(scheme, user, password, host, port, parameters, headers, text) };
}

/**
 * Checks an IPv6 literal, brackets already taken off.
 *
 * @returns the literal in lower case; with two colons where the ABNF of RFC 3261 makes some write three
 *          (RFC 5118 §4.10); undefined when it is none. A zone is refused: it means nothing to another host.
 */
export function ipv6(text: string): string | undefined {
  if (text.length < 2 || text.length > 46 || !/^[0-9A-Fa-f:.]+$/.test(text)) return undefined;
  const literal = text.includes(':::') ? text.replace(':::', '::') : text;
  return isIPv6(literal) ? literal.toLowerCase() : undefined;
}

function isIPv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  let groups = 0;
  for (let h = 0; h < halves.length; h += 1) {
    const half = halves[h] as string;
    if (half === '') continue;
    const parts = half.split(':');
    for (let p = 0; p < parts.length; p += 1) {
      const part = parts[p] as string;
      if (part.includes('.')) {
        if (h !== halves.length - 1 || p !== parts.length - 1 || !isIPv4(part)) return false;
        groups += 2;
      } else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups += 1;
      else return false;
    }
  }
  return halves.length === 2 ? groups <= 7 && text !== '' : groups === 8;
}

function isIPv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|\d{1,2})(?:\.|$)){4}$/.test(text) && !text.endsWith('.');
}

function bad(offset: number): { readonly ok: false; readonly fault: Fault } {
  return { ok: false, fault: { code: 'sip.parse.uri', blame: 'remote', hint: 'Bad URI', offset } };
}

