// Termination ids between their text (`line/3`, `rtp/$`) and their 1 to 8 octets (RFC 3525 annex A.1), by patterns that
// the operator writes: no standard says how a gateway's names and octets go together.
import { SignalingError } from '@altpath/core';
import { isRoot, ROOT, type TerminationId } from '../../message/index.js';
import { localFault } from './faults.js';
import type { TerminationIdValue } from './schema-descriptors.js';

/** What `gateways.X.terminations` is when the file says nothing. */
export const DEFAULT_TERMINATIONS: Readonly<Record<string, string>> = { 'line/{n}': '0000{n:02x}', 'rtp/{n}': '01{n:04x}' };

const ROOT_OCTETS = Buffer.alloc(8, 0xff);
/** Wildcard octet: ALL instead of CHOOSE; this level and all below; the bit at which the level begins. */
const ALL = 0x80;
const BELOW = 0x40;
const POSITION = 0x3f;

/** A number inside an id: where its hex digits stand, counted from the front. */
interface Field {
  readonly name: string;
  readonly at: number;
  readonly digits: number;
}

interface Pattern {
  /** Literals and field names of the text, in turn: `ds/`, `a`, `/`, `b`. */
  readonly text: readonly string[];
  /** Text to field values. A wildcard stands for a field. */
  readonly expression: RegExp;
  /** Hex digits with zeros at the fields. */
  readonly hex: string;
  /** In the order of the octets. */
  readonly fields: readonly Field[];
}

/**
 * Both directions for one gateway. What no pattern describes is written as its octets in bits, `00000001/11110000`,
 * and read so: nothing that came is lost.
 */
export class TerminationNames {
  readonly #patterns: readonly Pattern[];
  /** Octets of an id that is nothing but a wildcard: as many as the longest pattern has. */
  readonly #size: number;
  /** What was asked before: a gateway has few terminations, and each is named in every message about it. */
  readonly #texts = new Map<string, TerminationId>();
  readonly #values = new Map<TerminationId, TerminationIdValue>();

  /**
   * @param patterns  Text to hex octets: `{"line/{n}": "0000{n:02x}"}`. The width is the number of hex digits.
   * @throws RangeError  For a pattern that cannot be read: configuration has checked it before.
   */
  constructor(patterns: Readonly<Record<string, string>> = DEFAULT_TERMINATIONS) {
    this.#patterns = Object.entries(patterns).map(([text, octets]) => compile(text, octets));
    this.#size = Math.max(...this.#patterns.map(({ hex }) => hex.length / 2), 0) || 3;
  }

  /** @returns the text form; `*` and `$` for ids that are wildcards altogether. */
  read(value: TerminationIdValue): TerminationId {
    if (value.wildcard.length > 0) return this.#textOf(value);
    const octets = value.id.toString('latin1');
    return this.#texts.get(octets) ?? remember(this.#texts, octets, this.#textOf(value));
  }

  #textOf({ wildcard, id }: TerminationIdValue): TerminationId {
    if (id.length === 8 && id.equals(ROOT_OCTETS)) return ROOT;
    const wild = wildcard.length === 0 ? undefined : this.#wildBits(wildcard, id.length * 8);
    const first = wild?.[0];
    if (first !== undefined && wild?.every((each) => each === first)) return first;
    const hex = id.toString('hex');
    for (const pattern of this.#patterns) {
      const text = textOf(pattern, hex, wild);
      if (text !== undefined) return text;
    }
    return bitGroups(id, wild);
  }

  /** @throws SignalingError for a text that no pattern describes and that is no id in bits. */
  write(text: TerminationId): TerminationIdValue {
    return this.#values.get(text) ?? remember(this.#values, text, this.#valueOf(text));
  }

  #valueOf(text: TerminationId): TerminationIdValue {
    if (text === '*' || text === '$') {
      const octet = (text === '*' ? ALL : 0) | BELOW | (this.#size * 8 - 1);
      return { wildcard: [Buffer.of(octet)], id: Buffer.alloc(this.#size) };
    }
    if (isRoot(text)) return { wildcard: [], id: ROOT_OCTETS };
    for (const pattern of this.#patterns) {
      const match = pattern.expression.exec(text);
      const value = match === null ? undefined : octetsOf(pattern, match);
      if (value !== undefined) return value;
    }
    const value = fromBitGroups(text);
    if (value === undefined) throw new SignalingError(localFault('termination', `no pattern gives octets to the termination ${text}`));
    return value;
  }

  /** For each bit of the id, the highest first, the wildcard that covers it. */
  #wildBits(wildcard: readonly Buffer[], bits: number): Wilds {
    const wild = new Array<Wild | undefined>(bits).fill(undefined);
    for (const [octet = 0] of wildcard) {
      const from = Math.max(bits - (octet & POSITION) - 1, 0);
      wild.fill((octet & ALL) === 0 ? '$' : '*', from, (octet & BELOW) === 0 ? this.#endOfLevel(from, bits) : bits);
    }
    return wild;
  }

  #endOfLevel(from: number, bits: number): number {
    for (const { hex, fields } of this.#patterns) {
      const field = hex.length * 4 === bits ? fields.find(({ at }) => at * 4 === from) : undefined;
      if (field !== undefined) return (field.at + field.digits) * 4;
    }
    // Without a pattern a level is taken for an octet, as in the examples of A.1.
    return (from & ~7) + 8;
  }
}

/** Answers that are remembered; then it begins anew. */
const MAX_REMEMBERED = 4_096;

function remember<K, V>(known: Map<K, V>, key: K, value: V): V {
  if (known.size >= MAX_REMEMBERED) known.clear();
  known.set(key, value);
  return value;
}

type Wild = '*' | '$';
type Wilds = (Wild | undefined)[];

function compile(text: string, octets: string): Pattern {
  const fields: Field[] = [];
  let hex = '';
  for (const part of octets.split(/(\{[^}]*\})/)) {
    const field = /^\{(\w+):0(\d+)x\}$/.exec(part);
    if (field !== null) {
      fields.push({ name: field[1] as string, at: hex.length, digits: Number(field[2]) });
      hex += '0'.repeat(Number(field[2]));
    } else if (/^[0-9a-f]*$/i.test(part)) {
      hex += part.toLowerCase();
    } else {
      throw new RangeError(`${octets}: ${part} is neither hex digits nor {name:0Nx}`);
    }
  }
  if (hex.length % 2 !== 0 || hex.length === 0 || hex.length > 16) throw new RangeError(`${octets}: not 1 to 8 whole octets`);
  const parts = text.split(/\{(\w+)\}/);
  const names = parts.filter((_, index) => index % 2 === 1);
  if (
    fields
      .map(({ name }) => name)
      .sort()
      .join() !== [...names].sort().join() ||
    new Set(names).size !== names.length
  )
    throw new RangeError(`${text} and ${octets}: not the same fields, each once`);
  if (fields.some(({ digits }) => digits === 0 || digits > 8)) throw new RangeError(`${octets}: a field has 1 to 8 digits`);
  const source = parts.map((part, index) => (index % 2 === 1 ? `(?<${part}>\\d+|[*$])` : part.replace(/[^\w]/g, '\\$&'))).join('');
  return { text: parts, expression: new RegExp(`^${source}$`, 'i'), hex, fields };
}

/** @returns undefined when the octets are not of this pattern, or a wildcard covers a part of a field or a literal. */
function textOf({ text, hex: form, fields }: Pattern, hex: string, wild: Wilds | undefined): string | undefined {
  if (hex.length !== form.length) return undefined;
  const values = new Map<string, string>();
  let literal = 0;
  for (const { name, at, digits } of fields) {
    if (!isLiteral(form, hex, wild, literal, at)) return undefined;
    literal = at + digits;
    const kind = wild?.[at * 4];
    for (let bit = at * 4 + 1; wild !== undefined && bit < literal * 4; bit += 1) if (wild[bit] !== kind) return undefined;
    values.set(name, kind ?? String(Number.parseInt(hex.slice(at, literal), 16)));
  }
  if (!isLiteral(form, hex, wild, literal, form.length)) return undefined;
  return text.map((part, index) => (index % 2 === 1 ? values.get(part) : part)).join('');
}

function isLiteral(form: string, hex: string, wild: Wilds | undefined, from: number, to: number): boolean {
  for (let digit = from; digit < to; digit += 1) if (form[digit] !== hex[digit]) return false;
  for (let bit = from * 4; wild !== undefined && bit < to * 4; bit += 1) if (wild[bit] !== undefined) return false;
  return true;
}

function octetsOf({ hex, fields }: Pattern, match: RegExpExecArray): TerminationIdValue | undefined {
  const wildcard: Buffer[] = [];
  let octets = hex;
  for (const { name, at, digits } of fields) {
    const text = match.groups?.[name] as string;
    if (text === '*' || text === '$') {
      wildcard.push(Buffer.of((text === '*' ? ALL : 0) | ((hex.length - at) * 4 - 1)));
      continue;
    }
    const value = Number(text).toString(16).padStart(digits, '0');
    if (value.length > digits) return undefined;
    octets = octets.slice(0, at) + value + octets.slice(at + digits);
  }
  return { wildcard, id: Buffer.from(octets, 'hex') };
}

/** Octets as groups of bits. An octet under a wildcard is the wildcard alone; one that it covers in part, `0001****`. */
function bitGroups(id: Buffer, wild: Wilds | undefined): string {
  const groups: string[] = [];
  id.forEach((octet, index) => {
    const bits = octet.toString(2).padStart(8, '0');
    const group = Array.from(bits, (bit, place) => wild?.[index * 8 + place] ?? bit).join('');
    groups.push(group === '********' || group === '$$$$$$$$' ? (group[0] as string) : group);
  });
  return groups.join('/');
}

function fromBitGroups(text: string): TerminationIdValue | undefined {
  if (!/^(?:[01]*(?:\*+|\$+)?\/){0,7}[01]*(?:\*+|\$+)?$/.test(text)) return undefined;
  const groups = text.split('/').map((group) => (group === '*' || group === '$' ? group.repeat(8) : group));
  if (groups.some(({ length }) => length !== 8)) return undefined;
  const wildcard: Buffer[] = [];
  groups.forEach((group, index) => {
    const from = group.search(/[*$]/);
    if (from >= 0) wildcard.push(Buffer.of((group[from] === '*' ? ALL : 0) | ((groups.length - index) * 8 - from - 1)));
  });
  return { wildcard, id: Buffer.from(groups.map((group) => Number.parseInt(group.replace(/[*$]/g, '0'), 2))) };
}
