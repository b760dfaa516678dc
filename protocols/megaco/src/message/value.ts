// Names and values as every descriptor carries them: package items, parameters, lists, ranges and relations.
// RFC 3525 annex A (PropertyParm) and annex B (propertyParm, parmValue). Plain data; both codecs fill it.

/**
 * A package item as text writes it: `al/of`, `rtp/*`, and an asterisk on both sides of the slash for everything. The binary codec maps it to numbers where it
 * knows them; an unknown number is written as 4 hex digits behind `0x`: `0x00fe/0x0001`. Case is kept, compared without.
 */
export type ItemName = string;

/**
 * One value. `quoted` tells a string from a word or a number (RFC 3525 §B.2 VALUE): strings are written in double quotes
 * and hold none themselves. Octets are kept as latin1 characters.
 */
export interface Value {
  readonly text: string;
  readonly quoted: boolean;
}

export type Relation = 'greater' | 'smaller' | 'unequal';

/**
 * What stands behind a property or parameter name. CHOOSE is the word `$` (in binary an empty list of values);
 * `sublist` is A AND B, `alternatives` A OR B.
 */
export type ParameterValue =
  | { readonly kind: 'one'; readonly value: Value }
  | { readonly kind: 'relation'; readonly relation: Relation; readonly value: Value }
  | { readonly kind: 'range'; readonly from: Value; readonly to: Value }
  | { readonly kind: 'sublist'; readonly values: readonly Value[] }
  | { readonly kind: 'alternatives'; readonly values: readonly Value[] };

/** A package property: `tdmc/gain=2`. */
export interface Property {
  readonly name: ItemName;
  readonly value: ParameterValue;
}

/** A parameter of an event, a signal or an extension; its name has no package: `strict=state`, `X-seen=1`. */
export interface Parameter {
  readonly name: string;
  readonly value: ParameterValue;
}

/** Data that only its maker understands; binary encoding only (RFC 3525 annex A, NonStandardData). */
export interface NonStandardData {
  /** Dotted object identifier, H.221 numbers, or 8 characters that begin `X-` or `X+`. */
  readonly identifier:
    | { readonly kind: 'object'; readonly oid: string }
    | {
        readonly kind: 'h221';
        readonly country1: number;
        readonly country2: number;
        readonly extension: number;
        readonly manufacturer: number;
      }
    | { readonly kind: 'experimental'; readonly text: string };
  /** Latin1 characters, one an octet. */
  readonly data: string;
}

/** A word or number as value: `on`, `100`, `$`. The text must be SafeChars; anything else is written quoted. */
export function word(text: string | number): ParameterValue {
  return { kind: 'one', value: { text: String(text), quoted: false } };
}

/** A string as value; written in quotes. */
export function quoted(text: string): ParameterValue {
  return { kind: 'one', value: { text, quoted: true } };
}

/** @returns the text of a single value, undefined for lists, ranges and relations. */
export function singleText(value: ParameterValue | undefined): string | undefined {
  return value?.kind === 'one' ? value.value.text : undefined;
}

/** @returns the parameter or property of this name, compared without case (RFC 3525 §B.2: tokens and names ignore case). */
export function named<P extends { readonly name: string }>(list: readonly P[], name: string): P | undefined {
  const wanted = name.toLowerCase();
  return list.find((each) => each.name.toLowerCase() === wanted);
}
