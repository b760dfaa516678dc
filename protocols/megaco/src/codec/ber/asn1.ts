// The notation of annex A as values: types that read and write themselves, so that schema.ts can be the document's text
// as a table. Tags are automatic (X.680 §24): parts are numbered from 0 in their order, a CHOICE is tagged explicitly,
// everything else implicitly. A part with `since` does not exist in older versions: it is read in all, and not written.
import { SignalingError } from '@altpath/core';
import { localFault } from './faults.js';
import { type BerReader, CONSTRUCTED, CONTEXT, UNIVERSAL } from './reader.js';
import type { BerWriter } from './writer.js';

/** A type of the document, for values of the TypeScript type `T`. */
export interface Asn1<T> {
  /** The identifier octet that it has by itself; a CHOICE has none of its own. */
  readonly tag: number;
  readonly isChoice: boolean;
  /** Strings may come in parts, so the constructed bit of their identifier is free. */
  readonly isString: boolean;
  /** @returns undefined when it is malformed: the reader has the fault. */
  read(reader: BerReader, tag: number, start: number, end: number): T | undefined;
  /** @throws SignalingError when the value cannot be said in this version. */
  write(writer: BerWriter, tag: number, value: T, version: number): void;
}

/** The values of a type. */
export type ValueOf<A> = A extends Asn1<infer T> ? T : never;

/** A part that may be absent, or that a later version brought. */
export interface Part<T, Optional extends boolean> {
  readonly type: Asn1<T>;
  readonly isOptional: Optional;
  readonly since: number;
}

type PartLike = Asn1<unknown> | Part<unknown, boolean>;
type TypeOfPart<P> = P extends Part<infer T, boolean> ? T : ValueOf<P>;
type Parts = Readonly<Record<string, PartLike>>;

type OptionalKeys<P> = { [K in keyof P]: P[K] extends Part<unknown, true> ? K : never }[keyof P];
export type SequenceValue<P> = {
  readonly [K in Exclude<keyof P, OptionalKeys<P>>]: TypeOfPart<P[K]>;
} & { readonly [K in OptionalKeys<P>]?: TypeOfPart<P[K]> | undefined };
export type ChoiceValue<P> = { [K in keyof P & string]: { readonly kind: K; readonly value: TypeOfPart<P[K]> } }[keyof P & string];

/** `OPTIONAL`. */
export function optional<T>(type: Asn1<T>, since = 1): Part<T, true> {
  return { type, isOptional: true, since };
}

/** An alternative that came with a later version. */
export function since<T>(version: number, type: Asn1<T>): Part<T, false> {
  return { type, isOptional: false, since: version };
}

/** `SEQUENCE`; `place` is the H.248.8 code of a mistake inside it, `isOpen` its extension mark. */
export interface SequenceOptions {
  readonly isOpen?: boolean;
  readonly place?: number;
}

interface NamedPart {
  readonly name: string;
  readonly index: number;
  readonly type: Asn1<unknown>;
  readonly isOptional: boolean;
  readonly since: number;
}

function numbered(parts: Parts): readonly NamedPart[] {
  return Object.entries(parts).map(([name, part], index) =>
    'type' in part ? { name, index, ...part } : { name, index, type: part, isOptional: false, since: 1 },
  );
}

/** Reads what stands behind the tag that the reader has just read: looks through the explicit tag of a CHOICE. */
function readTagged(reader: BerReader, type: Asn1<unknown>): unknown {
  const { tag, start, end } = reader;
  if (type.isChoice) {
    if ((tag & CONSTRUCTED) === 0) return reject(reader, start, 'a choice without its alternative');
    if (!reader.next(start, end)) return undefined;
    return type.read(reader, reader.tag, reader.start, reader.end);
  }
  if (!type.isString && ((tag ^ type.tag) & CONSTRUCTED) !== 0) return reject(reader, start, 'an element of another type');
  return type.read(reader, tag, start, end);
}

function writeTagged(writer: BerWriter, index: number, type: Asn1<unknown>, value: unknown, version: number): void {
  if (!type.isChoice) {
    type.write(writer, CONTEXT | (type.tag & CONSTRUCTED) | index, value, version);
    return;
  }
  const mark = writer.length;
  type.write(writer, 0, value, version);
  writer.close(CONTEXT | CONSTRUCTED | index, mark);
}

function reject(reader: BerReader, offset: number, hint: string): undefined {
  reader.fail('type', offset, hint);
  return undefined;
}

type SequenceFields = Readonly<Record<string, unknown>>;

class Sequence<P extends Parts> implements Asn1<SequenceValue<P>> {
  readonly tag = UNIVERSAL.sequence;
  readonly isChoice = false;
  readonly isString = false;
  readonly #parts: readonly NamedPart[];
  readonly #required: number;
  /** A class for the values of this type alone: they get one shape, and the room that they need. */
  readonly #Value = class {} as new () => Record<string, unknown>;

  constructor(
    parts: P,
    readonly options: SequenceOptions,
  ) {
    this.#parts = numbered(parts);
    this.#required = this.#parts.reduce((mask, { isOptional, index }) => (isOptional ? mask : mask | (1 << index)), 0);
  }

  read(reader: BerReader, _tag: number, start: number, end: number): SequenceValue<P> | undefined {
    const outer = reader.place;
    reader.place = this.options.place ?? outer;
    if (!reader.enter(start)) return undefined;
    const value = this.#readParts(reader, start, end);
    reader.leave();
    // After a fault it stays: it is the code that answers it.
    if (value !== undefined) reader.place = outer;
    return value;
  }

  #readParts(reader: BerReader, start: number, end: number): SequenceValue<P> | undefined {
    const value = new this.#Value();
    let seen = 0;
    let expected = 0;
    for (let pos = start; pos < end;) {
      if (!reader.next(pos, end)) return undefined;
      const { tag, after } = reader;
      const index = tag & 0x1f;
      const part = (tag & 0xc0) === CONTEXT ? this.#parts[index] : undefined;
      if (part !== undefined) {
        if (index < expected) return reject(reader, pos, `${part.name} is out of its order`);
        const read = readTagged(reader, part.type);
        if (read === undefined) return undefined;
        value[part.name] = read;
        seen |= 1 << index;
        expected = index + 1;
      } else if (this.options.isOpen === false) {
        return reject(reader, pos, 'an element that the document does not have here');
      }
      // What a later version may have added behind the known parts is passed over (X.680 extension mark).
      pos = after;
    }
    const missing = this.#required & ~seen;
    if (!this.#isWhole(value, missing)) return reject(reader, start, `${this.#parts[31 - Math.clz32(missing)]?.name ?? ''} is missing`);
    return value;
  }

  /** Each part has been read by its own type, so a value is of this one when no part is missing. */
  #isWhole(value: SequenceFields, missing: number): value is SequenceFields & SequenceValue<P> {
    return missing === 0;
  }

  write(writer: BerWriter, tag: number, value: SequenceFields, version: number): void {
    const mark = writer.length;
    for (let index = this.#parts.length - 1; index >= 0; index -= 1) {
      const part = this.#parts[index] as NamedPart;
      const content = value[part.name];
      if (content === undefined) {
        if (!part.isOptional) throw new SignalingError(localFault('missing', `${part.name} is missing`));
        continue;
      }
      if (part.since > version) throw tooNew(part, version);
      writeTagged(writer, index, part.type, content, version);
    }
    writer.close(tag, mark);
  }
}

function tooNew({ name, since: first }: NamedPart, version: number): SignalingError {
  return new SignalingError(localFault('version', `${name} came with version ${first}, the message has version ${version}`));
}

/** `SEQUENCE { ... }`, with the extension mark unless `isOpen` is false. */
export function sequence<const P extends Parts>(parts: P, options: SequenceOptions = {}): Asn1<SequenceValue<P>> {
  return new Sequence(parts, options);
}

interface Alternative {
  readonly kind: string;
  readonly value: unknown;
}

class Choice<P extends Parts> implements Asn1<ChoiceValue<P>> {
  readonly tag = 0;
  readonly isChoice = true;
  readonly isString = false;
  readonly #alternatives: readonly NamedPart[];
  readonly #byName: ReadonlyMap<string, NamedPart>;

  constructor(
    alternatives: P,
    readonly unknownCode: number | undefined,
  ) {
    this.#alternatives = numbered(alternatives);
    this.#byName = new Map(this.#alternatives.map((each) => [each.name, each]));
  }

  read(reader: BerReader, tag: number, start: number): ChoiceValue<P> | undefined {
    const alternative = (tag & 0xc0) === CONTEXT ? this.#alternatives[tag & 0x1f] : undefined;
    if (alternative === undefined) {
      if (this.unknownCode !== undefined) reader.place = this.unknownCode;
      return reject(reader, start, 'an alternative that the document does not have here');
    }
    const found = { kind: alternative.name, value: readTagged(reader, alternative.type) };
    return this.#isRead(found) ? found : undefined;
  }

  /** The type that stands under its name has read it. */
  #isRead(found: Alternative): found is Alternative & ChoiceValue<P> {
    return found.value !== undefined;
  }

  write(writer: BerWriter, _tag: number, { kind, value }: Alternative, version: number): void {
    const alternative = this.#byName.get(kind);
    if (alternative === undefined) throw new SignalingError(localFault('choice', `there is no ${kind} here`));
    if (alternative.since > version) throw tooNew(alternative, version);
    writeTagged(writer, alternative.index, alternative.type, value, version);
  }
}

/** `CHOICE { ... }`. `unknownCode`: the H.248.8 code for an alternative that is not known. */
export function choice<const P extends Parts>(alternatives: P, unknownCode?: number): Asn1<ChoiceValue<P>> {
  return new Choice(alternatives, unknownCode);
}

/** A type that is made when it is first needed: for the one circle that the document has. */
export function later<T>(make: () => Asn1<T>): Asn1<T> {
  let made: Asn1<T> | undefined;
  const type = (): Asn1<T> => (made ??= make());
  return {
    tag: UNIVERSAL.sequence,
    isChoice: false,
    isString: false,
    read: (reader, tag, start, end) => type().read(reader, tag, start, end),
    write: (writer, tag, value, version) => type().write(writer, tag, value, version),
  };
}

export interface ListOptions {
  /** Fewest items. */
  readonly least?: number;
  /** Items of a CHOICE: each alternative once; the H.248.8 code where one comes again. */
  readonly distinct?: number;
}

/** `SEQUENCE OF`. */
export function sequenceOf<T>(item: Asn1<T>, { least = 0, distinct }: ListOptions = {}): Asn1<readonly T[]> {
  return {
    tag: UNIVERSAL.sequence,
    isChoice: false,
    isString: false,
    read(reader, _tag, start, end) {
      const items: T[] = [];
      let seen = 0;
      for (let pos = start; pos < end;) {
        if (!reader.next(pos, end)) return undefined;
        const { tag, after } = reader;
        if (!item.isChoice && (item.isString ? tag & ~CONSTRUCTED : tag) !== item.tag)
          return reject(reader, pos, 'an item of another type');
        if (distinct !== undefined) {
          if (((seen >>> (tag & 0x1f)) & 1) === 1) return again(reader, pos, distinct);
          seen |= 1 << (tag & 0x1f);
        }
        const value = item.read(reader, tag, reader.start, reader.end);
        if (value === undefined) return undefined;
        items.push(value);
        pos = after;
      }
      return items.length >= least ? items : reject(reader, start, `a list of less than ${least}`);
    },
    write(writer, tag, value, version) {
      const mark = writer.length;
      for (let index = value.length - 1; index >= 0; index -= 1) item.write(writer, item.tag, value[index] as T, version);
      writer.close(tag, mark);
    },
  };
}

function again(reader: BerReader, offset: number, place: number): undefined {
  reader.place = place;
  reader.fail('duplicate', offset, 'what may stand once comes again');
  return undefined;
}

/** A type without parts; what it reads is complete unless the reader has a fault. */
function primitive<T>(
  tag: number,
  isString: boolean,
  read: (reader: BerReader, tag: number, start: number, end: number) => T,
  write: (writer: BerWriter, tag: number, value: T) => void,
): Asn1<T> {
  return {
    tag,
    isChoice: false,
    isString,
    read(reader, given, start, end) {
      const value = read(reader, given, start, end);
      return reader.fault === undefined ? value : undefined;
    },
    write,
  };
}

/** `INTEGER(low..high)`; `note` is told each value that was read. */
export function integer(low: number, high: number, note?: (reader: BerReader, value: number) => void): Asn1<number> {
  return primitive(
    UNIVERSAL.integer,
    false,
    (reader, _tag, start, end) => {
      const value = reader.integer(start, end);
      if (value < low || value > high) reader.fail('range', start, `${value} is outside ${low}..${high}`);
      note?.(reader, value);
      return value;
    },
    (writer, tag, value) => {
      if (!(value >= low && value <= high)) throw new SignalingError(localFault('range', `${value} is outside ${low}..${high}`));
      writer.integer(tag, value);
    },
  );
}

/** `NULL`, as the value true: what counts is that it is there. */
export const nothing: Asn1<true> = primitive(
  UNIVERSAL.nothing,
  false,
  () => true,
  (writer, tag) => writer.nothing(tag),
);

export const boolean: Asn1<boolean> = primitive(
  UNIVERSAL.boolean,
  false,
  (reader, _tag, start, end) => reader.boolean(start, end),
  (writer, tag, value) => writer.boolean(tag, value),
);

/** `OCTET STRING(SIZE(low..high))`: a view of the message, to be kept only as long as it. */
export function octets(low = 0, high = Infinity): Asn1<Buffer> {
  return primitive(
    UNIVERSAL.octetString,
    true,
    (reader, tag, start, end) => {
      const value = reader.octets(tag, start, end);
      if (value.length < low || value.length > high) reader.fail('size', start, `${value.length} octets, not ${low}..${high}`);
      return value;
    },
    (writer, tag, value) => {
      if (value.length < low || value.length > high)
        throw new SignalingError(localFault('size', `${value.length} octets, not ${low}..${high}`));
      writer.octets(tag, value);
    },
  );
}

/** `OCTET STRING(SIZE(n))` of a number: names of packages and items. */
export function octetNumber(size: 1 | 2 | 4): Asn1<number> {
  return primitive(
    UNIVERSAL.octetString,
    true,
    (reader, tag, start, end) => {
      if ((tag & CONSTRUCTED) === 0 && end - start === size) return reader.bytes.readUIntBE(start, size);
      const value = reader.octets(tag, start, end);
      if (value.length === size) return value.readUIntBE(0, size);
      reader.fail('size', start, `${value.length} octets, not ${size}`);
      return 0;
    },
    (writer, tag, value) => writer.unsigned(tag, value, size),
  );
}

/** `IA5String(SIZE(low..high))`, one character an octet. */
export function ia5(low = 0, high = Infinity, form?: RegExp): Asn1<string> {
  return primitive(
    UNIVERSAL.ia5String,
    true,
    (reader, tag, start, end) => {
      const value = reader.text(tag, start, end);
      if (value.length < low || value.length > high || form?.test(value) === false)
        reader.fail('text', start, `a text of ${value.length} characters that is not of its form`);
      return value;
    },
    (writer, tag, value) => {
      if (value.length < low || value.length > high || form?.test(value) === false)
        throw new SignalingError(localFault('text', `a text of ${value.length} characters that is not of its form`));
      writer.text(tag, value);
    },
  );
}

/** `OBJECT IDENTIFIER`, its content as octets. */
export const objectIdentifier: Asn1<Buffer> = primitive(
  UNIVERSAL.objectIdentifier,
  false,
  (reader, tag, start, end) => {
    if (start === end || end - start > 64) reader.fail('size', start, 'an object identifier of 1 to 64 octets expected');
    return reader.octets(tag, start, end);
  },
  (writer, tag, value) => writer.octets(tag, value),
);

/** `ENUMERATED`, as the words of the message model. A number without a word is refused with 449. */
export function enumerated<const W extends Readonly<Record<string, number>>>(words: W): Asn1<keyof W & string> {
  const byNumber = new Map(Object.entries(words).map(([word, number]) => [number, word as keyof W & string]));
  return primitive<keyof W & string>(
    UNIVERSAL.enumerated,
    false,
    (reader, _tag, start, end) => {
      const value = reader.integer(start, end);
      const word = byNumber.get(value);
      if (word !== undefined) return word;
      reader.place = UNSUPPORTED_VALUE;
      reader.fail('enumerated', start, `${value} is none of ${Object.keys(words).join(', ')}`);
      return '';
    },
    (writer, tag, value) => {
      const number = words[value];
      if (number === undefined) throw new SignalingError(localFault('enumerated', `${value} is none of ${Object.keys(words).join(', ')}`));
      writer.integer(tag, number);
    },
  );
}

/** H.248.8: unsupported or unknown parameter or property value. */
const UNSUPPORTED_VALUE = 449;

/** `BIT STRING` with named bits, as the words of the model. Bits without a name are passed over. */
export function bits<const W extends readonly string[]>(...words: W): Asn1<readonly W[number][]> {
  return primitive<readonly W[number][]>(
    UNIVERSAL.bitString,
    false,
    (reader, tag, start, end) => {
      const value = reader.bits(tag, start, end);
      return words.filter((_, bit) => ((value >>> bit) & 1) === 1);
    },
    (writer, tag, value) =>
      writer.bits(
        tag,
        value.reduce((mask, word) => mask | (1 << words.indexOf(word)), 0),
      ),
  );
}
