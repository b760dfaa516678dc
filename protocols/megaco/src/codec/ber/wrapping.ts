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
    const content = contentOf(octets);
    if (content === undefined) return bare(octets, type);
    const tag = octets[0] as number;
    switch (tag) {
      case UNIVERSAL.integer:
      case UNIVERSAL.enumerated:
        if (content.length > MAX_INTEGER) return bare(octets, type);
        return word(this.#numberText(integerOf(content), type));
      case UNIVERSAL.boolean:
        return content.length === 1 ? word(content[0] === 0 ? 'off' : 'on') : bare(octets, type);
      case UNIVERSAL.octetString:
        return type.kind === 'signal-name' && content.length === 4 ? word(this.#signalText(content)) : octetText(content, type);
      case UNIVERSAL.ia5String:
      case UNIVERSAL.utf8String:
        return stringText(content.toString('latin1'), type);
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

  #numberText(value: bigint, type: ValueType): string {
    const words = type.kind === 'enumeration' ? type.values : type.kind === 'integer' ? type.words : undefined;
    const found = words === undefined ? undefined : Object.entries(words).find(([, number]) => BigInt(number) === value)?.[0];
    return found ?? String(value);
  }

  #signalText(octets: Buffer): string {
    return itemName(this.packages, 'signal', octets.readUInt32BE(0));
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

/** The content, when the octets are one whole BER element of a type that values have. */
function contentOf(octets: Buffer): Buffer | undefined {
  const [tag, first] = octets;
  if (tag === undefined || first === undefined || !WRAPPED.has(tag)) return undefined;
  if (first < 0x80) return octets.length === first + 2 ? octets.subarray(2) : undefined;
  const count = first & 0x7f;
  if (count === 0 || count > 4 || octets.length < 2 + count) return undefined;
  return octets.length === 2 + count + octets.readUIntBE(2, count) ? octets.subarray(2 + count) : undefined;
}

const WRAPPED: ReadonlySet<number> = new Set([
  UNIVERSAL.boolean,
  UNIVERSAL.integer,
  UNIVERSAL.octetString,
  UNIVERSAL.enumerated,
  UNIVERSAL.utf8String,
  UNIVERSAL.ia5String,
]);

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

function octetText(content: Buffer, type: ValueType): Value {
  return type.kind === 'octets' ? word(content.toString('hex')) : stringText(content.toString('latin1'), type);
}

function word(text: string): Value {
  return { text, quoted: false };
}

function integerOf(content: Buffer): bigint {
  return content.length === 0 ? 0n : BigInt.asIntN(content.length * 8, BigInt(`0x${content.toString('hex')}`));
}

function wordNumber(words: Readonly<Record<string, number>> | undefined, text: string): string | undefined {
  if (words === undefined) return undefined;
  const exact = words[text] ?? Object.entries(words).find(([word]) => word.toLowerCase() === text.toLowerCase())?.[1];
  return exact === undefined ? undefined : String(exact);
}

/** What is no whole number (`0.25`, a word from a later version of the package) goes as a string rather than not at all. */
function number(tag: number, text: string): Buffer {
  if (!/^(?:-?\d{1,20}|0x[0-9a-f]{1,16})$/i.test(text)) return string(text);
  const value = BigInt(text);
  let size = 1;
  while (BigInt.asIntN(size * 8, value) !== value) size += 1;
  const digits = BigInt.asUintN(size * 8, value)
    .toString(16)
    .padStart(size * 2, '0');
  return wrapped(tag, Buffer.from(digits, 'hex'));
}

/** Annex A.2 note 4: IA5String, or UTF8String when there is anything but ASCII. */
function string(text: string): Buffer {
  // eslint-disable-next-line no-control-regex -- ASCII is what is asked for, control characters with it
  const isAscii = /^[\x00-\x7f]*$/.test(text);
  return wrapped(isAscii ? UNIVERSAL.ia5String : UNIVERSAL.utf8String, Buffer.from(text, 'latin1'));
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
  return (contentOf(octets) ?? octets).toString('latin1');
}

export { string as writeString };
