// The default store: the live table in memory, written behind to LMDB in one folder, so that registrations outlive the
// process.
import { type LocationRecord, type Millis, type Observer, SILENT } from '@altpath/core';
import { LmdbDisk } from './lmdb-disk.js';
import { MemoryStore } from './memory-store.js';
import { WriteBehind } from './write-behind.js';

export interface LmdbOptions {
  /** Folder of this node alone; made when it is not there. Relative to the working directory. */
  readonly path: string;
  /**
   * `batched` (default): a write is on disk within `batchMs`; a crash of the process loses at most the last batch, which
   * its telephones register again. `always`: `write` gives a promise that settles when the record is on disk; slower by
   * a disk's sync for each, shared by those that come at the same time.
   */
  readonly sync?: 'batched' | 'always' | undefined;
  /** `store.batch`, default 20 ms. Longer: fewer, larger transactions, and more lost by a crash. */
  readonly batchMs?: Millis | undefined;
  readonly observer?: Observer | undefined;
}

const BATCH_MS = 20;

/** A location store on LMDB. Nothing but `open` may be called before it is open. */
export class LmdbStore extends MemoryStore {
  #disk: LmdbDisk | undefined;
  #behind: WriteBehind | undefined;

  constructor(private readonly options: LmdbOptions) {
    super();
  }

  override async open(): Promise<void> {
    const { path, batchMs = BATCH_MS, observer = SILENT } = this.options;
    const disk = new LmdbDisk(path);
    const unreadable = disk.load((record) => this.table.put(record));
    if (unreadable > 0) {
      observer.count('store.record.unreadable');
      observer.log('warn', `${unreadable} registrations in ${path} could not be read and are left out`);
    }
    this.#disk = disk;
    this.#behind = new WriteBehind(disk, { batchMs, observer });
  }

  /** With `sync: always` the promise rejects with SignalingError `store.write` when the disk refuses. */
  override write(record: LocationRecord): Promise<void> | undefined {
    const behind = this.#opened();
    behind.put(this.table.put(record));
    return this.options.sync === 'always' ? behind.flush() : undefined;
  }

  override sweep(now: Millis): number {
    const behind = this.#opened();
    return this.table.sweep(now, (record) => behind.put(record));
  }

  override flush(): Promise<void> {
    return this.#opened().flush();
  }

  /** Writes what is due and closes the files. What the disk refuses now is lost, and has been reported. */
  override async close(): Promise<void> {
    await this.#behind?.finish();
    await this.#disk?.close();
    this.#behind = undefined;
    this.#disk = undefined;
  }

  #opened(): WriteBehind {
    if (!this.#behind) throw new Error('the location store is not open');
    return this.#behind;
  }
}
