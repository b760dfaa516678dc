// Reading records back: what stands on a disk or a server may be another version's, damaged, or somebody else's.
import type { Binding, CallDetailRecord, CallRecord, LocationRecord } from '@altpath/core';
import type { RecordOf, TableName } from './journal.js';

type Unknown<T> = { readonly [K in keyof T]?: unknown } | null;

const DECODERS: { readonly [Name in TableName]: (value: unknown) => RecordOf[Name] | undefined } = {
  locations: locationOf,
  calls: callOf,
  details: detailOf,
};

/** @returns undefined for what is no record of this table. */
export function decode<Name extends TableName>(table: Name, text: string): RecordOf[Name] | undefined {
  try {
    return DECODERS[table](JSON.parse(text));
  } catch {
    return undefined; // no JSON: counted by the caller
  }
}

/** The bindings among the entries of a list; undefined when one of them is none. */
export function bindingsOf(list: unknown): readonly Binding[] | undefined {
  return Array.isArray(list) && list.every(isBinding) ? list : undefined;
}

function locationOf(value: unknown): LocationRecord | undefined {
  const record = value as Unknown<LocationRecord>;
  const bindings = bindingsOf(record?.bindings);
  return typeof record?.aor === 'string' && bindings ? { aor: record.aor, bindings } : undefined;
}

function isBinding(value: unknown): value is Binding {
  const binding = value as Unknown<Binding>;
  return (
    areTexts(binding?.contact, binding?.contactKey, binding?.callId, binding?.node, binding?.parameters) &&
    areNumbers(binding?.cseq, binding?.expiresAt, binding?.q, binding?.updatedAt) &&
    areOptional('string', binding?.instance, binding?.source) &&
    areOptional('number', binding?.regId) &&
    areOptional('boolean', binding?.removed) &&
    isListOfTexts(binding?.path)
  );
}

function callOf(value: unknown): CallRecord | undefined {
  const record = value as Unknown<CallRecord>;
  if (!areTexts(record?.callId, record?.node, record?.content) || !areNumbers(record?.updatedAt)) return undefined;
  return record as CallRecord;
}

/** @returns undefined for what is no record of a finished call. */
export function detailOf(value: unknown): CallDetailRecord | undefined {
  const record = value as Unknown<CallDetailRecord>;
  const isOne =
    areTexts(record?.callId, record?.from, record?.to, record?.protocol, record?.endedBy, record?.cause) &&
    areNumbers(record?.setUpAt, record?.endedAt, record?.q850) &&
    areOptional('number', record?.answeredAt) &&
    isListOfTexts(record?.estimated) &&
    isListOfTexts(record?.nodes);
  return isOne ? (record as CallDetailRecord) : undefined;
}

function areTexts(...values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'string');
}

function areNumbers(...values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'number');
}

function areOptional(type: string, ...values: readonly unknown[]): boolean {
  return values.every((value) => value === undefined || typeof value === type);
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && areTexts(...(value as readonly unknown[]));
}
