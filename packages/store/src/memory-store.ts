// The store that is memory alone: everything is gone with the process, and nothing is ever waited for.
import type { Binding, LocationRecord, LocationStore, Millis, StoreLifecycle } from '@altpath/core';
import { LiveTable, type Located } from './live-table.js';

/** A location store without a disk. Opening and closing it cost nothing; closing forgets nothing. */
export class MemoryStore implements LocationStore, StoreLifecycle {
  protected readonly table = new LiveTable();

  open(): Promise<void> {
    return Promise.resolve();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  lookup(aor: string, now: Millis): readonly Binding[] {
    return this.table.lookup(aor, now);
  }

  read(aor: string): LocationRecord | undefined {
    return this.table.read(aor);
  }

  write(record: LocationRecord): Promise<void> | undefined {
    this.table.put(record);
    return undefined;
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
    return this.table.sweep(now, () => undefined);
  }
}
