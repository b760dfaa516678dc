// The live tables behind the three contracts of core: every kind of store reads from here, and they differ in the journal
// that hears of the changes.
import type {
  Binding,
  CallDetailRecord,
  CallDetailStore,
  CallRecord,
  CallStore,
  LocationRecord,
  LocationStore,
  Millis,
} from '@altpath/core';
import { CallTable } from './call-table.js';
import { DetailTable, type MergeDetails } from './detail-table.js';
import { type Journal, NO_JOURNAL } from './journal.js';
import { LiveTable, type Located } from './live-table.js';

/** A location store in memory. */
export class Locations implements LocationStore {
  readonly table = new LiveTable();

  constructor(private readonly journal: Journal = NO_JOURNAL) {}

  lookup(aor: string, now: Millis): readonly Binding[] {
    return this.table.lookup(aor, now);
  }

  read(aor: string): LocationRecord | undefined {
    return this.table.read(aor);
  }

  write(record: LocationRecord): Promise<void> | undefined {
    const before = this.table.read(record.aor);
    const kept = this.table.put(record);
    this.journal.put({ table: 'locations', key: kept.aor, record: kept.bindings.length === 0 ? undefined : kept }, before);
    return this.journal.settled();
  }

  byContact(contactKey: string, now: Millis): Located | undefined {
    return this.table.byContact(contactKey, now);
  }

  bySource(source: string, now: Millis): Located | undefined {
    return this.table.bySource(source, now);
  }

  records(): Iterable<LocationRecord> {
    return this.table.records();
  }

  count(now: Millis): { readonly aors: number; readonly bindings: number } {
    return this.table.count(now);
  }

  sweep(now: Millis): number {
    return this.table.sweep(now, (record) => this.journal.swept(record));
  }
}

/** Calls in memory. */
export class Calls implements CallStore {
  readonly table = new CallTable();

  constructor(private readonly journal: Journal) {}

  read(callId: string): CallRecord | undefined {
    return this.table.read(callId);
  }

  write(record: CallRecord): void {
    const kept = this.table.put(record);
    if (kept) this.journal.put({ table: 'calls', key: kept.callId, record: kept });
  }

  records(): Iterable<CallRecord> {
    return this.table.goingOn();
  }

  sweep(now: Millis): void {
    this.table.sweep(now, (callId) => this.journal.dropped('calls', callId));
  }
}

/** Records of finished calls in memory. */
export class Details implements CallDetailStore {
  readonly table: DetailTable;

  constructor(
    private readonly journal: Journal,
    merge: MergeDetails,
    limit?: number,
  ) {
    this.table = new DetailTable(merge, limit);
  }

  add(record: CallDetailRecord): void {
    const kept = this.take(record);
    if (kept) this.journal.put({ table: 'details', key: kept.callId, record: kept });
  }

  /** As `add`, of what is known elsewhere already. */
  take(record: CallDetailRecord): CallDetailRecord | undefined {
    return this.table.put(record, (callId) => this.journal.dropped('details', callId));
  }

  read(callId: string): CallDetailRecord | undefined {
    return this.table.read(callId);
  }

  latest(limit: number): readonly CallDetailRecord[] {
    return this.table.latest(limit);
  }
}
