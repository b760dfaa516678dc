// What changes in the live tables, and who keeps it elsewhere: a disk, a server, nobody.
import type { CallDetailRecord, CallRecord, LocationRecord } from '@altpath/core';

/** What each live table holds. */
export interface RecordOf {
  readonly locations: LocationRecord;
  readonly calls: CallRecord;
  readonly details: CallDetailRecord;
}

export type TableName = keyof RecordOf;

/** A record as it is now in its table; undefined: it is gone. Keys are addresses of record and call ids. */
export type Change = {
  [Name in TableName]: { readonly table: Name; readonly key: string; readonly record: RecordOf[Name] | undefined };
}[TableName];

export interface Journal {
  /** @param before  A registration as it was before this change. */
  put(change: Change, before?: LocationRecord): void;
  /** A registration that nobody changed has become shorter, or has gone, with the time. */
  swept(record: LocationRecord): void;
  /** A call or a record of one is not kept any longer. */
  dropped(table: 'calls' | 'details', key: string): void;
  /** What whoever writes a registration has to wait for; undefined: nothing. */
  settled(): Promise<void> | undefined;
}

/** Keeps nothing. */
export const NO_JOURNAL: Journal = {
  put: () => undefined,
  swept: () => undefined,
  dropped: () => undefined,
  settled: () => undefined,
};
