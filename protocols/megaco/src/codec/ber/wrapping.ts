// Package values in their octet strings. Annex A.2 note 4: a value is first encoded by its package's type, and the
// result is the content of an OCTET STRING ("double wrapping"). Peers exist that put the bare text there: that is read too.
import { SignalingError } from '@altpath/core';
import type { Value } from '../../message/index.js';
import type { ItemKind, PackageRegistry, ParameterDefinition, ValueType } from '../../packages/index.js';
import { localFault } from './faults.js';
import { UNIVERSAL } from './reader.js';

/** Octets of an integer; the document's widest has 8. */
const MAX_INTEGER = 16;
/** The `0x` form of octets whose type nobody knows: they go through as they came. */
const RAW = /^0x(?:[0-9a-f]{2})*$/;
const SAFE = /^[A-Za-z0-9+\-&!_/'?@^`~*$\\()%|.#]+$/;

/** Reads and writes single values; one per codec, since a signal's name is a value too. */
export class Wrapping {
  constructor(readonly packages: PackageRegistry) {}

  /**
   * @param definition  Of the property, parameter or statistic; undefined where it is not known.
   * @returns           Text as annex B writes it; octets that nobody can name as `0x` and hex digits.
   */
  read(octets: Buffer, definition: ParameterDefinition | undefined): Value {
    const type = definition?.type;
    if (type === undefined) return { text: `0x${octets.toString('hex')}`, quoted: false };
    const start = contentStart(octets);
    if (start === 0) return bare(octets, type);
    const size = octets.length - start;
    switch (octets[0]) {
      case UNIVERSAL.integer:
      case UNIVERSAL.enumerated:
        return size > MAX_INTEGER ? bare(octets, type) : word(numberText(octets, start, type));
      case UNIVERSAL.boolean:
        return size === 1 ? word(octets[start] === 0 ? 'off' : 'on') : bare(octets, type);
      case UNIVERSAL.octetString:
        if (type.kind === 'octets') return word(octets.toString('hex', start));
        if (type.kind === 'signal-name' && size === 4) return word(itemName(this.packages, 'signal', octets.readUInt32BE(start)));
        return stringText(octets.toString('latin1', start), type);
      case UNIVERSAL.ia5String:
      case UNIVERSAL.utf8String:
        return stringText(octets.toString('latin1', start), type);
      default:
        return bare(octets, type);
    }
  }

  /** @returns the content for the OCTET STRING, wrapped. */
  write(value: Value, definition: ParameterDefinition | undefined): Buffer {
    const type = definition?.type;
    if (type === undefined) return unknownValue(value);
    switch (type.kind) {
      case 'boolean':
        if (/^(?:on|true)$/i.test(value.text)) return Buffer.of(UNIVERSAL.boolean, 1, 0xff);
        if (/^(?:off|false)$/i.test(value.text)) return Buffer.of(UNIVERSAL.boolean, 1, 0);
        return string(value.text);
      case 'integer':
        return number(UNIVERSAL.integer, wordNumber(type.words, value.text) ?? value.text);
      case 'double':
        return number(UNIVERSAL.integer, value.text);
      case 'enumeration':
        return number(UNIVERSAL.enumerated, wordNumber(type.values, value.text) ?? value.text);
      case 'octets':
        return /^(?:[0-9a-f]{2})*$/i.test(value.text) ? wrapped(UNIVERSAL.octetString, Buffer.from(value.text, 'hex')) : string(value.text);
      case 'signal-name':
        return wrapped(UNIVERSAL.octetString, this.#signalOctets(value.text));
      case 'string':
      case 'character':
        return string(value.text);
      default:
        return type satisfies never;
    }
  }

  #signalOctets(text: string): Buffer {
    const octets = Buffer.allocUnsafe(4);
    octets.writeUInt32BE(itemNumber(this.packages, 'signal', text));
    return octets;
  }
}

/** @returns the name of an item by its number; `0x00fe/0x0001` where it is not known, `*` where all are meant. */
export function itemName(packages: PackageRegistry, kind: ItemKind, number: number): string {
  const known = packages.itemNumbered(kind, number);
  if (known !== undefined) return known.name;
  const packageId = number >>> 16;
  const item = number & 0xffff;
  return `${packageName(packages, packageId)}/${item === ANY ? '*' : hex(item)}`;
}

/** @throws SignalingError for a name without a number. */
export function itemNumber(packages: PackageRegistry, kind: ItemKind, name: string): number {
  const known = packages.item(kind, name);
  if (known !== undefined) return known.number;
  const slash = name.indexOf('/');
  const item = name.slice(slash + 1);
  const itemId = item === '*' ? ANY : hexNumber(item);
  if (slash <= 0 || itemId === undefined)
    throw new SignalingError(localFault('name', `the ${kind} ${name} has no number that is known here`));
  return packageNumber(packages, name.slice(0, slash)) * 0x1_0000 + itemId;
}

export function packageName(packages: PackageRegistry, id: number): string {
  return id === ANY ? '*' : (packages.packageNumbered(id)?.name ?? hex(id));
}

/** @throws SignalingError for a name without a number. */
export function packageNumber(packages: PackageRegistry, name: string): number {
  const id = name === '*' ? ANY : (packages.package(name)?.id ?? hexNumber(name));
  if (id === undefined) throw new SignalingError(localFault('name', `the package ${name} has no number that is known here`));
  return id;
}

/** The wildcard of a package and of an item (annex A, PkgdName). */
const ANY = 0xffff;

/** 16 bits as the model writes a number without a name. */
export function hex(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')}`;
}

/** @returns undefined when the text is not the `0x` form of 16 bits. */
export function hexNumber(text: string): number | undefined {
  return /^0x[0-9a-f]{4}$/i.test(text) ? Number.parseInt(text.slice(2), 16) : undefined;
}

/** Where the content begins, when the octets are one whole BER element of a type that values have; else 0. */
function contentStart(octets: Buffer): number {
  const { length } = octets;
  const tag = octets[0] as number;
  if (length < 2 || tag > MAX_WRAPPED || ((WRAPPED >>> tag) & 1) === 0) return 0;
  const first = octets[1] as number;
  if (first < 0x80) return length === first + 2 ? 2 : 0;
  const count = first & 0x7f;
  if (count === 0 || count > 4 || length < 2 + count) return 0;
  return length === 2 + count + octets.readUIntBE(2, count) ? 2 + count : 0;
}

/** Tags as bits. */
const WRAPPED =
  (1 << UNIVERSAL.boolean) |
  (1 << UNIVERSAL.integer) |
  (1 << UNIVERSAL.octetString) |
  (1 << UNIVERSAL.enumerated) |
  (1 << UNIVERSAL.utf8String) |
  (1 << UNIVERSAL.ia5String);
const MAX_WRAPPED = 0x1f;

/** A value that was not wrapped: the text itself. */
function bare(octets: Buffer, type: ValueType): Value {
  if (type.kind === 'octets') return { text: octets.toString('hex'), quoted: false };
  const text = octets.toString('latin1');
  // Some put the quotes there as well.
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? { text: text.slice(1, -1), quoted: true } : stringText(text, type);
}

function stringText(text: string, type: ValueType): Value {
  return { text, quoted: type.kind === 'string' || type.kind === 'character' || !SAFE.test(text) };
}

function word(text: string): Value {
  return { text, quoted: false };
}

/** Octets that a number of JavaScript holds whole. */
const PLAIN_INTEGER = 6;

function numberText(octets: Buffer, start: number, type: ValueType): string {
  const size = octets.length - start;
  const value = size === 0 ? 0 : size <= PLAIN_INTEGER ? octets.readIntBE(start, size) : wideInteger(octets.subarray(start));
  const words = type.kind === 'enumeration' ? type.values : type.kind === 'integer' ? type.words : undefined;
  for (const word in words) if (words[word] === Number(value)) return word;
  return String(value);
}

function wideInteger(content: Buffer): bigint {
  return BigInt.asIntN(content.length * 8, BigInt(`0x${content.toString('hex')}`));
}

function wordNumber(words: Readonly<Record<string, number>> | undefined, text: string): string | undefined {
  if (words === undefined) return undefined;
  const exact = words[text] ?? Object.entries(words).find(([word]) => word.toLowerCase() === text.toLowerCase())?.[1];
  return exact === undefined ? undefined : String(exact);
}

/** Digits that `digitsOf` may read: far below what a number of JavaScript holds whole. */
const PLAIN_DIGITS = 9;

/** What is no whole number (`0.25`, a word from a later version of the package) goes as a string rather than not at all. */
function number(tag: number, text: string): Buffer {
  const plain = text.length <= PLAIN_DIGITS ? digitsOf(text) : -1;
  if (plain >= 0) return smallNumber(tag, plain);
  if (!/^(?:-?\d{1,20}|0x[0-9a-f]{1,16})$/i.test(text)) return string(text);
  const value = BigInt(text);
  let size = 1;
  while (BigInt.asIntN(size * 8, value) !== value) size += 1;
  const digits = BigInt.asUintN(size * 8, value)
    .toString(16)
    .padStart(size * 2, '0');
  return wrapped(tag, Buffer.from(digits, 'hex'));
}

/** @returns -1 for what is no decimal number. */
function digitsOf(text: string): number {
  if (text.length === 0) return -1;
  let value = 0;
  for (let i = 0; i < text.length; i += 1) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** A number of at most 30 bits. */
function smallNumber(tag: number, value: number): Buffer {
  // One bit more than the number has: that of the sign.
  const size = ((32 - Math.clz32(value)) >> 3) + 1;
  const octets = Buffer.allocUnsafe(2 + size);
  octets[0] = tag;
  octets[1] = size;
  octets.writeUIntBE(value, 2, size);
  return octets;
}

/** Annex A.2 note 4: IA5String, or UTF8String when there is anything but ASCII. */
function string(text: string): Buffer {
  const size = text.length;
  const tag = isAscii(text) ? UNIVERSAL.ia5String : UNIVERSAL.utf8String;
  if (size >= 0x80) return wrapped(tag, Buffer.from(text, 'latin1'));
  const octets = Buffer.allocUnsafe(2 + size);
  octets[0] = tag;
  octets[1] = size;
  octets.write(text, 2, 'latin1');
  return octets;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function unknownValue({ text, quoted }: Value): Buffer {
  if (!quoted && RAW.test(text)) return Buffer.from(text.slice(2), 'hex');
  return quoted ? string(text) : number(UNIVERSAL.integer, text);
}

function wrapped(tag: number, content: Buffer): Buffer {
  const size = content.length;
  if (size < 0x80) return Buffer.concat([Buffer.of(tag, size), content]);
  if (size < 0x1_0000) return Buffer.concat([Buffer.of(tag, 0x82, size >> 8, size & 0xff), content]);
  throw new SignalingError(localFault('size', `a value of ${size} octets`));
}

/** A string value as the ServiceChange reason and the lines of SDP are: wrapped on the way out, bare or wrapped on the way in. */
export function readString(octets: Buffer): string {
  return octets.toString('latin1', contentStart(octets));
}

export { string as writeString };
