// How the records of each table stand in Redis, and what becomes of two accounts of one record: the one rule of core for
// each table, whoever wrote which. Pure but for the live tables.
import type { Binding, CallRecord, LocationRecord, Millis } from '@altpath/core';
import { endOf as endOfCall } from './call-table.js';
import type { RecordOf, TableName } from './journal.js';
import { endOf as endOfBinding, isOver } from './live-table.js';
import type { Calls, Details, Locations } from './tables.js';

/** Which bindings of two accounts count; undefined: those of the first. `packages/cluster` has the rule. */
export type MergeBindings = (current: readonly Binding[], incoming: readonly Binding[], now: Millis) => readonly Binding[] | undefined;

/** How long Redis keeps the record of a finished call that nobody takes away. */
const DETAIL_MS = 30 * 24 * 3_600_000;

/** One table as it stands in Redis. */
export interface Kind<Name extends TableName> {
  readonly table: Name;
  /** In keys and events: `altpath:DOMAIN:loc:AOR`. */
  readonly word: string;
  keyOf(record: RecordOf[Name]): string;
  /** As it is known here, tombstones included. */
  own(key: string): RecordOf[Name] | undefined;
  /** Of all that are known here. */
  keys(): Iterable<string>;
  /** @param isDue  Ours has changed and has not been written yet. */
  merge(theirs: RecordOf[Name], ours: RecordOf[Name], isDue: boolean, now: Millis): RecordOf[Name];
  /** Into the live table, without telling anybody. */
  keep(record: RecordOf[Name]): void;
  /** One text for one content, whoever writes it; empty: nothing that need be kept. */
  text(record: RecordOf[Name], now: Millis): string;
  /** How long it is to be kept. */
  lifeMs(record: RecordOf[Name], now: Millis): Millis;
}

export type Kinds = { readonly [Name in TableName]: Kind<Name> };

export function kindsOf(locations: Locations, calls: Calls, details: Details, mergeBindings: MergeBindings): Kinds {
  return { locations: locationKind(locations, mergeBindings), calls: callKind(calls), details: detailKind(details) };
}

function locationKind({ table }: Locations, mergeBindings: MergeBindings): Kind<'locations'> {
  return {
    table: 'locations',
    word: 'loc',
    keyOf: ({ aor }) => aor,
    own: (aor) => table.read(aor),
    keys: () => table.aors(),
    merge: ({ aor, bindings }, ours, _isDue, now) => ({ aor, bindings: mergeBindings(bindings, ours.bindings, now) ?? bindings }),
    keep: (record) => void table.put(record),
    text({ aor, bindings }, now) {
      const kept = bindings.filter((binding) => !isOver(binding, now)).sort((a, b) => (a.contactKey < b.contactKey ? -1 : 1));
      return kept.length === 0 ? '' : JSON.stringify({ aor, bindings: kept });
    },
    lifeMs: ({ bindings }, now) => Math.max(...bindings.map(endOfBinding)) - now,
  };
}

function callKind({ table }: Calls): Kind<'calls'> {
  return {
    table: 'calls',
    word: 'call',
    keyOf: ({ callId }) => callId,
    own: (callId) => table.find(callId),
    keys: () => table.callIds(),
    merge: (theirs, ours, isDue) => (isNewer(ours, theirs, isDue) ? ours : theirs),
    keep: (record) => void table.put(record),
    text: ({ callId, node, updatedAt, content }) => JSON.stringify({ callId, node, updatedAt, content }),
    lifeMs: (record, now) => endOfCall(record) - now,
  };
}

/**
 * Of two words of one node in the same millisecond the one that is still on its way is the later one. Of two nodes any
 * choice will do that all make alike.
 */
function isNewer(ours: CallRecord, theirs: CallRecord, isDue: boolean): boolean {
  if (ours.updatedAt !== theirs.updatedAt) return ours.updatedAt > theirs.updatedAt;
  return ours.node === theirs.node ? isDue : ours.node > theirs.node;
}

function detailKind(details: Details): Kind<'details'> {
  return {
    table: 'details',
    word: 'cdr',
    keyOf: ({ callId }) => callId,
    own: (callId) => details.read(callId),
    keys: () => details.table.callIds(),
    merge: (theirs, ours) => details.table.merge(theirs, ours),
    keep: (record) => void details.take(record),
    text: (record) => JSON.stringify(record),
    lifeMs: ({ endedAt }, now) => endedAt + DETAIL_MS - now,
  };
}

/**
 * Without what has been left out elsewhere.
 *
 * @param dropped  Bindings that are to go, and older accounts of them with them; a later one stays.
 */
export function without(record: LocationRecord, dropped: readonly Binding[], mergeBindings: MergeBindings, now: Millis): LocationRecord {
  if (dropped.length === 0) return record;
  const isDropped = (binding: Binding): boolean =>
    dropped.some((each) => each.contactKey === binding.contactKey && mergeBindings([each], [binding], now) === undefined);
  return { aor: record.aor, bindings: record.bindings.filter((binding) => !isDropped(binding)) };
}
