// Addresses in header fields: From, To, Contact, Route, Record-Route, Path ... (RFC 3261 §20.10, §25.1 name-addr and
// addr-spec). What is read is a range of the message; the URI inside is text until somebody parses it.
import type { Outcome } from '@altpath/core';
import { CLASSES, matches, skipClass, skipLws, skipQuoted, trimLws, trimmed, unfold, unquote, wordOf } from './characters.js';
import { NO_PARAMETERS, type Parameters, parametersOf } from './parameters.js';

// Characters and classes of characters.ts, folded here.
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const LESS = 0x3c;
const QUESTION = 0x3f;
const QUOTE = 0x22;
const SEMICOLON = 0x3b;
const LWS = 2;
const TOKEN = 1;
const URI = 4;
const VALUE = 8;
const SP = 0x20;
const table = CLASSES;
const TAG = wordOf('tag');

/** One address of a header field, with its byte ranges in the message that it was read from. */
export interface NameAddress {
  /** The display name, unquoted; empty when there is none. */
  readonly display: string;
  /** The display name stands in quotes. */
  readonly quoted: boolean;
  /** The text inside `<>`, or the bare address. */
  readonly uri: string;
  /** The header parameters, those after `>`. */
  readonly parameters: Parameters;
  /** Empty when there is none. */
  readonly tag: string;
  /** The whole value, first to one after the last byte. */
  readonly start: number;
  readonly end: number;
  readonly uriStart: number;
  readonly uriEnd: number;
}

class ReadAddress implements NameAddress {
  private parsed: Parameters | undefined = undefined;

  constructor(
    private readonly source: string,
    private readonly tagStart: number,
    private readonly tagEnd: number,
    readonly start: number,
    readonly end: number,
    readonly uriStart: number,
    readonly uriEnd: number,
    private readonly displayEnd: number,
    private readonly parameterStart: number,
  ) {}

  get uri(): string {
    return this.source.slice(this.uriStart, this.uriEnd);
  }

  get tag(): string {
    return this.source.slice(this.tagStart, this.tagEnd);
  }

  get display(): string {
    return unquote(trimmed(unfold(this.source.slice(this.start, this.displayEnd))));
  }

  get quoted(): boolean {
    return this.displayEnd > this.start && this.source.charCodeAt(this.start) === QUOTE;
  }

  get parameters(): Parameters {
    if (this.parameterStart >= this.end) return NO_PARAMETERS;
    this.parsed ??= parametersOf(unfold(this.source.slice(this.parameterStart, this.end)));
    return this.parsed;
  }
}

/** Stands for an address that could not be read, in a message that is only there to be refused. */
export const NO_ADDRESS: NameAddress = new ReadAddress('', 0, 0, 0, 0, 0, 0, 0, 0);

/** Reads one address that fills the text. @returns the fault `sip.parse.address` for anything else. */
export function parseNameAddress(text: string): Outcome<NameAddress> {
  const bytes = Buffer.from(text, 'latin1');
  const address = readNameAddress(bytes, text, 0, bytes.length);
  if (address && skipLws(bytes, address.end, bytes.length) === bytes.length) return { ok: true, value: address };
  return { ok: false, fault: { code: 'sip.parse.address', blame: 'remote', hint: 'Bad Address' } };
}

/**
 * Reads the address that begins at `start`; what follows it, a comma or nothing, is for the caller to look at.
 *
 * @param text  The same bytes as latin1.
 * @param end   End of the header field's value.
 * @returns     undefined when there is no address: a display name that should be quoted, an unclosed quote or
 *              bracket, white space inside the URI, a bare URI with `?` (RFC 3261 §20), an empty parameter.
 */
export function readNameAddress(bytes: Buffer, text: string, start: number, end: number): NameAddress | undefined {
  const first = skipLws(bytes, start, end);
  let i = first;
  let displayEnd = first;
  let uriStart: number;
  let uriEnd: number;
  if (bytes[i] === QUOTE) {
    displayEnd = skipQuoted(bytes, i, end);
    if (displayEnd < 0) return undefined;
    i = skipLws(bytes, displayEnd, end);
    if (i >= end || bytes[i] !== LESS) return undefined;
  } else if (bytes[i] !== LESS) {
    i = skipDisplay(bytes, i, end);
  }
  if (i < end && bytes[i] === LESS) {
    if (displayEnd === first) displayEnd = i;
    uriStart = i + 1;
    uriEnd = skipClass(bytes, uriStart, end, URI);
    if (uriEnd >= end || bytes[uriEnd] !== GREATER) return undefined;
    i = uriEnd + 1;
  } else {
    // RFC 3261 §20: a bare address ends before its first ';', ',' or '?'; parameters after it are the header's.
    uriStart = first;
    i = first;
    for (; i < end; i += 1) {
      const code = bytes[i] as number;
      if (code === SEMICOLON || code === COMMA || ((table[code] as number) & LWS) !== 0) break;
      if (code === QUESTION || ((table[code] as number) & URI) === 0) return undefined;
    }
    uriEnd = i;
    displayEnd = first;
  }
  if (!hasScheme(bytes, uriStart, uriEnd)) return undefined;
  const parameterStart = skipLws(bytes, i, end);
  let tagStart = 0;
  let tagEnd = 0;
  let last = i;
  i = parameterStart;
  while (i < end && bytes[i] === SEMICOLON) {
    i += 1;
    if (isLws(bytes[i])) i = skipLws(bytes, i, end);
    const name = i;
    while (i < end && ((table[bytes[i] as number] as number) & TOKEN) !== 0) i += 1;
    const nameEnd = i;
    if (nameEnd === name) return undefined;
    last = nameEnd;
    if (isLws(bytes[i])) i = skipLws(bytes, i, end);
    if (i >= end || bytes[i] !== EQUALS) continue;
    i += 1;
    last = i;
    if (isLws(bytes[i])) i = skipLws(bytes, i, end);
    const value = i;
    if (i < end && bytes[i] === QUOTE) i = skipQuoted(bytes, i, end);
    else while (i < end && ((table[bytes[i] as number] as number) & VALUE) !== 0) i += 1;
    if (i < 0) return undefined;
    if (i > value) last = i;
    if (nameEnd - name === 3 && tagEnd === 0 && matches(bytes, name, TAG)) {
      tagStart = value;
      tagEnd = i;
    }
    if (isLws(bytes[i])) i = skipLws(bytes, i, end);
  }
  if (i < end && bytes[i] !== COMMA) return undefined;
  return new ReadAddress(text, tagStart, tagEnd, first, last, uriStart, uriEnd, displayEnd, parameterStart);
}

/** Walks over an unquoted display name, or what may prove to be a bare address. */
function skipDisplay(bytes: Buffer, start: number, end: number): number {
  let i = start;
  for (; i < end; i += 1) {
    const code = bytes[i] as number;
    if (code === LESS || code === COMMA || code === SEMICOLON || code === QUOTE || code === BACKSLASH || code === GREATER) break;
    if (code < 0x20 && ((table[code] as number) & LWS) === 0) break;
  }
  return i;
}

function hasScheme(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start] as number;
  if (start >= end || (first | 0x20) < 0x61 || (first | 0x20) > 0x7a) return false;
  for (let i = start + 1; i < end; i += 1) {
    const code = bytes[i] as number;
    if (code === COLON) return i + 1 < end;
    if (((table[code] as number) & TOKEN) === 0) return false;
  }
  return false;
}

function isLws(code: number | undefined): boolean {
  return code !== undefined && code <= SP;
}

/**
 * Reads a comma list of addresses and appends them to `into`.
 *
 * @returns `false` when an element is no address; what was read before it has been appended.
 */
export function readNameAddresses(bytes: Buffer, text: string, start: number, end: number, into: NameAddress[]): boolean {
  const last = trimLws(bytes, start, end);
  for (let i = start; ;) {
    const address = readNameAddress(bytes, text, i, last);
    if (!address) return false;
    into.push(address);
    i = skipLws(bytes, address.end, last);
    if (i >= last) return true;
    i += 1;
  }
}
