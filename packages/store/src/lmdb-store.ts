// The default store: the live tables in memory, written behind to LMDB in one folder, so that what a node knows outlives
// the process.
import { type LocationRecord, type Millis, type NodeStore, type Observer, SILENT, type StoreState } from '@altpath/core';
import { Health } from './health.js';
import type { Change, Journal } from './journal.js';
import { LmdbDisk } from './lmdb-disk.js';
import { LATER_COUNTS, type MemoryOptions } from './memory-store.js';
import { Calls, Details, Locations } from './tables.js';
import { BATCH_MS, WriteBehind } from './write-behind.js';

export interface LmdbOptions extends MemoryOptions {
  /** Folder of this node alone; made when it is not there. Relative to the working directory. */
  readonly path: string;
  /**
   * `batched` (default): a write is on disk within `batchMs`; a crash of the process loses at most the last batch, which
   * its telephones register again. `always`: writing a registration gives a promise that settles when it is on disk;
   * slower by a disk's sync for each, shared by those that come at the same time.
   */
  readonly sync?: 'batched' | 'always' | undefined;
  /** `store.batch`, default 20 ms. Longer: fewer, larger transactions, and more lost by a crash. */
  readonly batchMs?: Millis | undefined;
  readonly observer?: Observer | undefined;
}

/** Nothing but `open` may be called before it is open. */
export class LmdbStore implements NodeStore, Journal {
  readonly locations = new Locations(this);
  readonly calls = new Calls(this);
  readonly details: Details;
  readonly #health: Health;
  #disk: LmdbDisk | undefined;
  #behind: WriteBehind | undefined;

  constructor(private readonly options: LmdbOptions) {
    this.details = new Details(this, options.mergeDetails ?? LATER_COUNTS, options.maxDetails);
    this.#health = new Health({
      kind: 'lmdb',
      observer: options.observer ?? SILENT,
      level: 'error',
      away: (hint) => `the store cannot write to disk and goes on from memory: ${hint}`,
      back: 'the store writes to disk again',
    });
  }

  async open(): Promise<void> {
    const { path, batchMs = BATCH_MS, observer = SILENT } = this.options;
    const disk = new LmdbDisk(path);
    this.#behind = new WriteBehind(disk, { batchMs, observer, health: this.#health });
    const unreadable = disk.load({
      locations: (record) => this.locations.table.put(record),
      calls: (record) => this.calls.table.put(record),
      details: (record) => this.details.take(record),
    });
    if (unreadable > 0) {
      observer.count('store.record.unreadable');
      observer.log('warn', `${unreadable} records in ${path} could not be read and are left out`);
    }
    this.#disk = disk;
  }

  state(): StoreState {
    return this.#health.state(this.#behind?.waiting ?? 0);
  }

  flush(): Promise<void> {
    return this.#opened().flush();
  }

  /** Writes what is due and closes the files. What the disk refuses now is lost, and has been reported. */
  async close(): Promise<void> {
    await this.#behind?.finish();
    await this.#disk?.close();
    this.#behind = undefined;
    this.#disk = undefined;
  }

  put(change: Change): void {
    this.#opened().put(change);
  }

  swept(record: LocationRecord): void {
    this.put({ table: 'locations', key: record.aor, record: record.bindings.length === 0 ? undefined : record });
  }

  // What goes before it has been written leaves an older copy on disk, if any, to the next open: with a disk that refuses
  // for days nothing must pile up.
  dropped(table: 'calls' | 'details', key: string): void {
    const behind = this.#opened();
    if (!behind.forget(table, key)) behind.put({ table, key, record: undefined });
  }

  /** With `sync: always` it rejects with SignalingError `store.write` when the disk refuses. */
  settled(): Promise<void> | undefined {
    return this.options.sync === 'always' ? this.#opened().flush() : undefined;
  }

  #opened(): WriteBehind {
    if (!this.#behind) throw new Error('the store is not open');
    return this.#behind;
  }
}
