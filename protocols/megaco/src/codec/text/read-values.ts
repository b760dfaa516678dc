// Names, values, lists and identities: the parts that every descriptor is made of. RFC 3525 §B.2, from mId to parmValue.
import { canonicalHost, ipFamily } from '@altpath/core';
import {
  ALL_CONTEXTS,
  ALL_REQUESTS,
  CHOOSE_CONTEXT,
  type ContextId,
  type ErrorDescriptor,
  type ItemName,
  type MId,
  NULL_CONTEXT,
  type Parameter,
  type ParameterValue,
  type Property,
  type RequestId,
  ROOT,
  type StreamId,
  type TerminationId,
  type Value,
} from '../../message/index.js';
import {
  CLASS,
  COLON,
  EQUAL,
  GREATER,
  HASH,
  HEX,
  isAll,
  LEFT_BRACE,
  LEFT_BRACKET,
  LESS,
  NAME,
  PATH,
  QUOTE,
  RIGHT_BRACE,
  RIGHT_BRACKET,
  SLASH,
} from './characters.js';
import { decimal, type Scanner, UINT16, UINT32 } from './scanner.js';
import { isToken, MTP, OFF, ON, WordTable } from './tokens.js';

const IDENTIFIER = 410;
const VALUE_UNKNOWN = 449;

/** A value under construction: all members are there from the start, so that every value has one shape. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Records the second appearance of what may stand once. */
export function twice(s: Scanner, what: string): void {
  s.fail('duplicate', `${what} appears twice`);
}

/** Reads `item *(COMMA item)`. */
export function readList<T>(s: Scanner, readItem: (s: Scanner) => T): T[] {
  const items: T[] = [];
  do items.push(readItem(s));
  while (s.comma());
  return items;
}

/** Reads `{ item, item }`. */
export function readBlock<T>(s: Scanner, readItem: (s: Scanner) => T): T[] {
  s.open();
  const items = readList(s, readItem);
  s.close();
  return items;
}

/** One of a few words; anything else is the error 449, "unsupported or unknown parameter or property value". */
export function readChoice<Meaning>(s: Scanner, table: WordTable<Meaning>, otherwise: Meaning, rule: string): Meaning {
  const start = s.pos;
  const word = s.word();
  const meaning = table.read(word);
  if (meaning !== undefined) return meaning;
  s.fail('value', `${rule}: ${JSON.stringify(word)} is none of its values`, start, s.level === 442 ? VALUE_UNKNOWN : s.level);
  return otherwise;
}

const SWITCH = new WordTable<boolean>([
  [ON, true],
  [OFF, false],
]);

/** `= ON` or `= OFF`. */
export function readSwitch(s: Scanner, rule: string): boolean {
  s.equal();
  return readChoice(s, SWITCH, false, rule);
}

// --- names and values --------------------------------------------------------------------------------------------

/** pkgdName, already taken as a word. */
export function itemName(s: Scanner, word: string, start: number): ItemName {
  const { length } = word;
  const slash = nameEnd(word, 0);
  const isName =
    slash > 0 &&
    word.charCodeAt(slash) === SLASH &&
    nameEnd(word, slash + 1) === length &&
    (word.charCodeAt(0) !== ASTERISK || isAllAt(word, slash + 1));
  if (!isName) s.fail('name', `a package item expected, ${JSON.stringify(word)} found`, start);
  return word;
}

const ASTERISK = 0x2a;
const MAX_NAME = 64;

/** @returns where the NAME or `*` that begins here ends, or -1 where there is none. */
function nameEnd(word: string, start: number): number {
  let end = start;
  while (end < word.length && ((CLASS[word.charCodeAt(end)] as number) & NAME) !== 0) end += 1;
  if (end === start) return isAllAt(word, start) ? start + 1 : -1;
  return end - start <= MAX_NAME ? end : -1;
}

function isAllAt(word: string, at: number): boolean {
  return at < word.length && word.charCodeAt(at) === ASTERISK;
}

export function readItemName(s: Scanner): ItemName {
  const start = s.pos;
  return itemName(s, s.word(), start);
}

/** NAME of a parameter, or an extension (`X-abc`, `X+abc`), already taken as a word. */
export function parameterName(s: Scanner, word: string, start: number): string {
  if (word.length === 0 || word.length > MAX_NAME || !(isAll(word, NAME) || isExtension(word)))
    s.fail('name', `a parameter name expected, ${JSON.stringify(word)} found`, start);
  return word;
}

/** extensionParameter: `X-` or `X+` and 1 to 6 letters or digits; longer ones are taken too. */
export function isExtension(word: string): boolean {
  const first = word.charCodeAt(0) | 0x20;
  const second = word.charCodeAt(1);
  return first === 0x78 && (second === 0x2d || second === 0x2b) && word.length > 2 && isAll(word.slice(2), NAME);
}

export function readValue(s: Scanner): Value {
  if (s.at(QUOTE)) return { text: s.string(), quoted: true };
  const text = s.word();
  if (text === '') s.unexpected('a value');
  return { text, quoted: false };
}

/** parmValue: `=` with one value, a list or a range; `>`, `<`, `#` with one value. */
export function readParameterValue(s: Scanner): ParameterValue {
  if (s.eat(EQUAL)) {
    if (s.at(LEFT_BRACKET)) return readBracketed(s);
    if (s.at(LEFT_BRACE)) return { kind: 'alternatives', values: readBlock(s, readValue) };
    return { kind: 'one', value: readValue(s) };
  }
  if (s.eat(GREATER)) return { kind: 'relation', relation: 'greater', value: readValue(s) };
  if (s.eat(LESS)) return { kind: 'relation', relation: 'smaller', value: readValue(s) };
  if (!s.eat(HASH)) s.unexpected('=, >, < or #');
  return { kind: 'relation', relation: 'unequal', value: readValue(s) };
}

function readBracketed(s: Scanner): ParameterValue {
  s.expect(LEFT_BRACKET);
  const from = readValue(s);
  if (s.eat(COLON)) {
    const to = readValue(s);
    s.expect(RIGHT_BRACKET);
    return { kind: 'range', from, to };
  }
  const values = [from];
  while (s.comma()) values.push(readValue(s));
  s.expect(RIGHT_BRACKET);
  return { kind: 'sublist', values };
}

/** @returns whether a parmValue stands here. */
export function atParameterValue(s: Scanner): boolean {
  return s.at(EQUAL) || s.at(GREATER) || s.at(LESS) || s.at(HASH);
}

export function readProperty(s: Scanner): Property {
  return { name: readItemName(s), value: readParameterValue(s) };
}

export function readParameter(s: Scanner, word: string, start: number): Parameter {
  return { name: parameterName(s, word, start), value: readParameterValue(s) };
}

// --- identities --------------------------------------------------------------------------------------------------

const RESERVED_CONTEXTS: readonly number[] = [NULL_CONTEXT, CHOOSE_CONTEXT, ALL_CONTEXTS];

export function readContextId(s: Scanner): ContextId {
  const start = s.pos;
  const word = s.word();
  if (word === '-') return NULL_CONTEXT;
  if (word === '$') return CHOOSE_CONTEXT;
  if (word === '*') return ALL_CONTEXTS;
  const id = decimal(word, UINT32);
  // RFC 3525 §B.2, ContextID: the numbers of the three are reserved.
  if (id >= 0 && !RESERVED_CONTEXTS.includes(id)) return id;
  s.fail('context', `a context id expected, ${JSON.stringify(word)} found`, start, IDENTIFIER);
  return 0;
}

export function readRequestId(s: Scanner): RequestId {
  if (s.text.charCodeAt(s.pos) === ASTERISK) {
    if (s.word() !== '*') s.unexpected('a request id');
    return ALL_REQUESTS;
  }
  return s.number(UINT32, 'request id');
}

const MAX_PATH = 64;
/** Deviation: eight octets in bits, 71 characters, as termination-names.ts writes an id of BER that has no name. */
const OCTETS = /^(?:[01*$]{1,8}\/){0,7}[01*$]{1,8}$/;

/** TerminationID: `ROOT`, `*`, `$` or a path of at most 64 characters. */
export function readTerminationId(s: Scanner): TerminationId {
  const start = s.pos;
  const word = s.word();
  const { length } = word;
  if (length === 4 && word.toLowerCase() === 'root') return ROOT;
  if (length === 0 || (length > MAX_PATH && !OCTETS.test(word)) || (s.classes & PATH) === 0)
    s.fail('termination', `a termination id expected, ${JSON.stringify(word)} found`, start, s.level === 442 ? IDENTIFIER : s.level);
  return word;
}

/** `{ id, id }` */
export function readTerminationIdList(s: Scanner): TerminationId[] {
  return readBlock(s, readTerminationId);
}

/** The terminations of a command: one, or (version 3) `[id, id]`. */
export function readTerminations(s: Scanner): readonly [first: TerminationId, more: readonly TerminationId[] | undefined] {
  if (!s.eat(LEFT_BRACKET)) return [readTerminationId(s), undefined];
  const [first = '', ...more] = readList(s, readTerminationId);
  s.expect(RIGHT_BRACKET);
  return [first, more.length > 0 ? more : undefined];
}

/** mId: `[address]:port`, `<domain>:port`, `MTP{hex}` or a device name. */
export function readMId(s: Scanner): MId {
  const start = s.pos;
  const { text } = s;
  if (s.at(LEFT_BRACKET)) {
    const end = text.indexOf(']', start);
    return end < 0 ? noMId(s, start) : readAddress(s, text.slice(start + 1, end), end + 1);
  }
  if (s.at(LESS)) {
    const end = text.indexOf('>', start);
    return end < 0 ? noMId(s, start) : readDomain(s, text.slice(start + 1, end), end + 1);
  }
  const word = s.word();
  if (s.at(LEFT_BRACE) && isToken(word, MTP)) return readMtp(s, start);
  if (word === '' || word.length > 64 || !isAll(word, PATH)) return noMId(s, start);
  return { kind: 'device', name: word };
}

function noMId(s: Scanner, start: number): MId {
  s.fail('mid', 'a message identifier expected: [address]:port, <name>:port, MTP{hex} or a device name', start);
  return { kind: 'device', name: '' };
}

function readAddress(s: Scanner, address: string, end: number): MId {
  const start = s.pos;
  if (ipFamily(address) === 4) return { kind: 'ip4', address, port: readPort(s, end) };
  if (ipFamily(address) === 6 && !address.includes('%')) return { kind: 'ip6', address: canonicalHost(address), port: readPort(s, end) };
  const plain = address.length < 16 && address.includes('.') ? address.split('.').map((part) => decimal(part, 255, 3)) : [];
  // V4hex allows leading zeros, which node does not read.
  if (plain.length === 4 && !plain.includes(-1)) return { kind: 'ip4', address: plain.join('.'), port: readPort(s, end) };
  return noMId(s, start);
}

function readDomain(s: Scanner, name: string, end: number): MId {
  // Deviation: `_` is no character of a domain name in RFC 3525 §B.2, and is met in those of gateways.
  const isName = name.length > 0 && name.length <= 64 && isAll(name, PATH) && !/^[^A-Za-z0-9]|[/*$@]/.test(name);
  return isName ? { kind: 'domain', name, port: readPort(s, end) } : noMId(s, s.pos);
}

/** `:port` where it stands right behind the address. */
function readPort(s: Scanner, end: number): number | undefined {
  s.pos = end;
  if (s.at(COLON)) {
    s.pos += 1;
    return s.number(UINT16, 'port', 5);
  }
  s.skip();
  return undefined;
}

function readMtp(s: Scanner, start: number): MId {
  s.open();
  const address = s.word();
  s.close();
  if (address.length < 4 || address.length > 8 || address.length % 2 === 1 || !isAll(address, HEX)) return noMId(s, start);
  return { kind: 'mtp', address: address.toLowerCase() };
}

/** `NAME/version` of a profile or `name-version` of a package, split at its last separator. */
export function readVersioned(s: Scanner, separator: number, rule: string): { readonly name: string; readonly version: number } {
  const start = s.pos;
  const word = s.word();
  const at = word.lastIndexOf(String.fromCharCode(separator));
  const version = decimal(word.slice(at + 1), separator === SLASH ? 99 : UINT16);
  if (at > 0 && version >= 0) return { name: word.slice(0, at), version };
  s.fail('version', `${rule}: a name and a version expected, ${JSON.stringify(word)} found`, start);
  return { name: '', version: 0 };
}

/** `= n` behind `Stream`. */
export function readStreamId(s: Scanner): StreamId {
  s.equal();
  return s.number(UINT16, 'stream id', 5);
}

/** `yyyymmddThhmmsscc` */
export function isTimeStamp(word: string): boolean {
  if (word.length !== 17 || (word.charCodeAt(8) | 0x20) !== 0x74) return false;
  return decimal(word.slice(0, 8), EIGHT_DIGITS, 8) >= 0 && decimal(word.slice(9), EIGHT_DIGITS, 8) >= 0;
}

const EIGHT_DIGITS = 99_999_999;

/** errorDescriptor behind its token: `= code { "text" }`. */
export function readError(s: Scanner): ErrorDescriptor {
  s.equal();
  const code = s.number(UINT16, 'error code', 5);
  s.open();
  const text = s.at(RIGHT_BRACE) ? undefined : readErrorText(s);
  s.close();
  return { kind: 'error', code, text };
}

function readErrorText(s: Scanner): string {
  if (s.at(QUOTE)) return s.string();
  s.unexpected('a string or }');
  return '';
}
