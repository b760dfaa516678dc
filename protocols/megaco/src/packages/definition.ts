// What a package says about itself, as data: names, numbers and the types of values. RFC 3525 §12 (package definition).
// Nothing is looked up here; see registry.ts.

/**
 * The type of a value (RFC 3525 §12.2). Text writes on/off, decimal numbers, words, hex digits; binary wraps BOOLEAN,
 * INTEGER, ENUMERATED, OCTET STRING or a character string (annex A.2, table of note 4).
 */
export type ValueType =
  | { readonly kind: 'boolean' }
  /** 4 octets. `words` name some of the numbers: `automatic` for 0xffffffff. */
  | { readonly kind: 'integer'; readonly words?: Readonly<Record<string, number>> | undefined }
  /** 8 octets. */
  | { readonly kind: 'double' }
  | { readonly kind: 'string' }
  /** One letter, UTF-8. */
  | { readonly kind: 'character' }
  | { readonly kind: 'octets' }
  | { readonly kind: 'enumeration'; readonly values: Readonly<Record<string, number>> }
  /** The name of a signal, `cg/dt`; in binary the 4 octets of its number. */
  | { readonly kind: 'signal-name' };

/** A property or a parameter of an event or a signal. */
export interface ParameterDefinition {
  readonly name: string;
  /** 16 bits. */
  readonly id: number;
  readonly type: ValueType;
  /** A sub-list of such values. */
  readonly list?: boolean | undefined;
}

/** A property of terminations. What is not said is not checked. */
export interface PropertyDefinition extends ParameterDefinition {
  /** Where it may stand ("Defined in"); default anywhere. */
  readonly descriptor?: 'termination-state' | 'local-control' | undefined;
  /** "Characteristics: read only". */
  readonly readOnly?: boolean | undefined;
  /** Least and greatest number ("Possible values"). */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** Statistics are never lists in versions 1 and 2. */
export type StatisticDefinition = ParameterDefinition;

/** An event with the parameters of the Events and of the ObservedEvents descriptor: they share one space of numbers. */
export interface EventDefinition {
  readonly name: string;
  readonly id: number;
  readonly parameters: readonly ParameterDefinition[];
}

export interface SignalDefinition {
  readonly name: string;
  readonly id: number;
  /** How long it lasts when nothing is said; see `SignalType` of the message model. */
  readonly type: 'brief' | 'on-off' | 'time-out';
  readonly parameters: readonly ParameterDefinition[];
}

export interface PackageDefinition {
  readonly name: string;
  /** 16 bits, registered with IANA. */
  readonly id: number;
  /** The version that is described. */
  readonly version: number;
  /** A package whose items this one has too, under the same item numbers. What both define is this one's. */
  readonly extends?: PackageDefinition | undefined;
  readonly properties?: readonly PropertyDefinition[] | undefined;
  readonly events?: readonly EventDefinition[] | undefined;
  readonly signals?: readonly SignalDefinition[] | undefined;
  readonly statistics?: readonly StatisticDefinition[] | undefined;
}

/** What kind of item a name stands for: the numbers of each kind are counted by themselves. */
export type ItemKind = 'property' | 'event' | 'signal' | 'statistic';

export const BOOLEAN: ValueType = { kind: 'boolean' };
export const INTEGER: ValueType = { kind: 'integer' };
export const DOUBLE: ValueType = { kind: 'double' };
export const STRING: ValueType = { kind: 'string' };
export const OCTETS: ValueType = { kind: 'octets' };

/** An enumeration from its words and their numbers. */
export function enumeration(values: Readonly<Record<string, number>>): ValueType {
  return { kind: 'enumeration', values };
}
