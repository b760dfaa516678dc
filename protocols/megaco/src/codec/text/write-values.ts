// Writes names, values and identities. RFC 3525 §B.2; the counterpart of read-values.
import {
  ALL_CONTEXTS,
  ALL_REQUESTS,
  CHOOSE_CONTEXT,
  type ContextId,
  type ErrorDescriptor,
  type IndividualProperty,
  type MId,
  NULL_CONTEXT,
  type Parameter,
  type ParameterValue,
  type Property,
  type Relation,
  type RequestId,
  type TerminationId,
  type Value,
} from '../../message/index.js';
import * as t from './tokens.js';
import type { Token, WordTable } from './tokens.js';
import type { Parts, Writer } from './writer.js';

/** The token that says this; a meaning without one (an extension) is written as it is. */
export function writeMeaning<M>(w: Writer, table: WordTable<M>, meaning: M): void {
  const token = table.tokenOf(meaning);
  if (token === undefined) w.add(String(meaning));
  else w.token(token);
}

export function writeSwitch(w: Writer, token: Token, on: boolean): void {
  w.assign(token);
  w.token(on ? t.ON : t.OFF);
}

export function writeNumber(w: Writer, token: Token, value: number): void {
  w.assign(token);
  w.add(String(value));
}

// --- values ------------------------------------------------------------------------------------------------------

export function writeValue(w: Writer, value: Value): void {
  if (value.quoted) w.quoted(value.text);
  else w.wordOrQuoted(value.text);
}

const RELATIONS: Readonly<Record<Relation, string>> = { greater: '>', smaller: '<', unequal: '#' };

export function writeParameterValue(w: Writer, value: ParameterValue): void {
  switch (value.kind) {
    case 'one':
      w.add('=');
      writeValue(w, value.value);
      return;
    case 'relation':
      w.add(RELATIONS[value.relation]);
      writeValue(w, value.value);
      return;
    case 'range':
      w.add('=[');
      writeValue(w, value.from);
      w.add(':');
      writeValue(w, value.to);
      w.add(']');
      return;
    case 'sublist':
      writeValues(w, '=[', value.values, ']');
      return;
    case 'alternatives':
      writeValues(w, '={', value.values, '}');
      return;
    default:
      return value satisfies never;
  }
}

function writeValues(w: Writer, before: string, values: readonly Value[], after: string): void {
  w.add(before);
  for (let i = 0; i < values.length; i += 1) {
    if (i > 0) w.add(',');
    writeValue(w, values[i] as Value);
  }
  w.add(after);
}

/** A property or a parameter. */
export function writeNamed(w: Writer, { name, value }: Property | Parameter): void {
  w.add(name);
  writeParameterValue(w, value);
}

/** A property that is asked for; with a value where one selects. */
export function writeIndividualProperty(w: Writer, { name, value }: IndividualProperty): void {
  w.add(name);
  if (value !== undefined) writeParameterValue(w, value);
}

export function writeEach<T>(parts: Parts, items: readonly T[], write: (w: Writer, item: T) => void): void {
  for (const item of items) write(parts.begin(), item);
}

// --- identities --------------------------------------------------------------------------------------------------

export function writeContextId(w: Writer, id: ContextId): void {
  w.add(contextText(id));
}

function contextText(id: ContextId): string {
  if (id === NULL_CONTEXT) return '-';
  if (id === CHOOSE_CONTEXT) return '$';
  return id === ALL_CONTEXTS ? '*' : String(id);
}

export function writeRequestId(w: Writer, id: RequestId): void {
  w.add(id === ALL_REQUESTS ? '*' : String(id));
}

export function writeTerminationId(w: Writer, id: TerminationId): void {
  w.add(id);
}

/** One termination, or `[id, id]`. */
export function writeTerminations(w: Writer, first: TerminationId, more: readonly TerminationId[] | undefined): void {
  w.add(more === undefined || more.length === 0 ? first : `[${[first, ...more].join(',')}]`);
}

export function writeMId(w: Writer, mId: MId): void {
  w.add(formatMId(mId));
}

/** The text of an mId: `[10.0.0.1]:2944`, `<mgc.example.com>`, `MTP{0a1b}`, `mg1`. */
export function formatMId(mId: MId): string {
  switch (mId.kind) {
    case 'ip4':
    case 'ip6':
      return withPort(`[${mId.address}]`, mId.port);
    case 'domain':
      return withPort(`<${mId.name}>`, mId.port);
    case 'mtp':
      return `MTP{${mId.address.toUpperCase()}}`;
    case 'device':
      return mId.name;
    default:
      return mId satisfies never;
  }
}

function withPort(text: string, port: number | undefined): string {
  return port === undefined ? text : `${text}:${port}`;
}

export function writeError(w: Writer, { code, text }: ErrorDescriptor): void {
  w.assign(t.ERROR);
  w.add(String(code));
  if (text === undefined) {
    w.empty();
    return;
  }
  w.open();
  w.quoted(text);
  w.close();
}
