// The LMDB side of the store: one environment in one folder, a table for registrations, one for calls and one for records
// of finished calls, each record as JSON under its address of record or call id. What knows npm lmdb is in this file alone.
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Database, open as openLmdb, type RootDatabase } from 'lmdb';
import { SignalingError } from '@altpath/core';
import type { Change, RecordOf, TableName } from './journal.js';
import { decode } from './records.js';
import type { Disk } from './write-behind.js';

/** What each table is called in the file. */
const NAMES: Readonly<Record<TableName, string>> = { locations: 'registrations', calls: 'calls', details: 'details' };

/** Keys of LMDB are at most 1978 bytes; a longer key is kept under its hash. */
const MAX_KEY_BYTES = 1_900;
/** Where things stand in a meta page of LMDB's data format 2. */
const META = { bytes: 168, magicAt: 24, pageSizeAt: 48, lastPageAt: 144, magic: 0xbeefc0de };
/** Room for the first pages and the lock file; and the longest wait for a close after a write had failed. */
const FIRST_BYTES = 256 * 1024;
const CLOSE_MS = 500;
/** Beyond this a page number is no page number: 1 TiB. */
const MAX_FILE_BYTES = 2n ** 40n;

export class LmdbDisk implements Disk {
  readonly #root: RootDatabase<string, string>;
  readonly #tables: Readonly<Record<TableName, Database<string, string>>>;
  #refused = false;
  #hasRefused = false;

  /** @throws SignalingError `store.open`, one plain sentence, when the folder cannot be used or its data is damaged. */
  constructor(private readonly path: string) {
    try {
      makeFolder(path);
      requireSpace(path);
      makeSafeToOpen(join(path, 'data.mdb'));
      // Without batching by event turn: lmdb-js 3.5 leaves a rejected promise of such a batch to nobody, which ends the process.
      this.#root = openLmdb<string, string>({ path, noSubdir: false, maxDbs: 12, eventTurnBatching: false });
      const tableOf = (name: TableName): Database<string, string> => this.#root.openDB({ name: NAMES[name], encoding: 'string' });
      this.#tables = { locations: tableOf('locations'), calls: tableOf('calls'), details: tableOf('details') };
    } catch (error) {
      throw openFault(path, error);
    }
  }

  /**
   * Reads every record.
   *
   * @returns how many entries were there and no record: another version's, or damaged in themselves.
   * @throws SignalingError `store.open` when the file as a whole is damaged.
   */
  load(take: { readonly [Name in TableName]: (record: RecordOf[Name]) => void }): number {
    try {
      return this.#loadOne('locations', take.locations) + this.#loadOne('calls', take.calls) + this.#loadOne('details', take.details);
    } catch (error) {
      throw openFault(this.path, error);
    }
  }

  #loadOne<Name extends TableName>(name: Name, take: (record: RecordOf[Name]) => void): number {
    let unreadable = 0;
    for (const { value } of this.#tables[name].getRange()) {
      const record = decode(name, value);
      if (record) take(record);
      else unreadable += 1;
    }
    return unreadable;
  }

  // After a refusal the next tries are synchronous, until one succeeds: lmdb-js prints every failure of the asynchronous
  // kind to stderr, and of a full disk one line is enough.
  async commit(changes: readonly Change[]): Promise<void> {
    try {
      if (this.#refused) this.#root.transactionSync(() => this.#write(changes));
      else {
        await this.#root.batch(() => this.#write(changes));
        await this.#root.flushed;
      }
      this.#refused = false;
    } catch (error) {
      this.#refused = true;
      this.#hasRefused = true;
      throw await causeOf(error);
    }
  }

  // Each write has a promise too. It ends as the transaction does, which is the one that is looked at.
  #write(changes: readonly Change[]): void {
    for (const { table, key, record } of changes) {
      const place = this.#tables[table];
      const one = record === undefined ? place.remove(keyOf(key)) : place.put(keyOf(key), JSON.stringify(record));
      one.then(undefined, () => undefined);
    }
  }

  /** After a refusal lmdb-js may wait for its lost transaction without end; everything else is on disk by then. */
  async close(): Promise<void> {
    const closed = this.#root.close();
    if (!this.#hasRefused) return closed;
    const patience = new AbortController();
    await Promise.race([closed, setTimeout(CLOSE_MS, undefined, { signal: patience.signal })]);
    patience.abort();
  }
}

/** The error of a failed batch says only that there is another, in a promise that somebody must look at. */
async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { readonly commitError?: Promise<unknown> };
  if (commitError === undefined) return error;
  const cause = commitError.then(
    () => error,
    (reason: unknown) => reason,
  );
  return Promise.race([cause, nextTurn(error)]);
}

function nextTurn<Value>(value: Value): Promise<Value> {
  return new Promise((resolve) => setImmediate(resolve, value));
}

function keyOf(key: string): string {
  if (Buffer.byteLength(key) <= MAX_KEY_BYTES) return key;
  return `sha256 ${createHash('sha256').update(key).digest('hex')}`;
}

/** As `mkdir -p`. Node 20's own recursive form never ends where a parent is there and may not be written, as in /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

/** LMDB makes its lock file sparse and then touches it in memory: on a full disk that is a signal and no error. */
function requireSpace(path: string): void {
  const file = join(path, 'space.tmp');
  try {
    writeFileSync(file, Buffer.alloc(FIRST_BYTES), { flush: true });
  } finally {
    rmSync(file, { force: true });
  }
}

/**
 * LMDB maps the file into memory and trusts it: one that is no LMDB file, or that has lost its end, would end this
 * process with a signal instead of an error. So its meta pages are looked at here (lmdb-js keeps three: at the start of
 * the first page, in the middle of it, at the start of the second), and a file that is shorter than its pages is made as
 * long as they are: a hole reads as zeros, which LMDB recognises as damage, if it is needed at all.
 */
function makeSafeToOpen(file: string): void {
  if (!existsSync(file)) return;
  const descriptor = openSync(file, 'r+');
  try {
    const { size } = fstatSync(descriptor);
    if (size === 0) return;
    const metaAt = (at: number): Buffer => {
      const meta = Buffer.alloc(META.bytes);
      readSync(descriptor, meta, 0, META.bytes, at);
      return meta;
    };
    const first = metaAt(0);
    const pageSize = first.readUInt32LE(META.pageSizeAt);
    const isPageSize = pageSize >= 1_024 && pageSize <= 65_536 && (pageSize & (pageSize - 1)) === 0;
    const metas = isPageSize ? [first, metaAt(pageSize / 2), metaAt(pageSize)] : [];
    const isOurs = [metas[0], metas[2]].every((meta) => meta?.readUInt32LE(META.magicAt) === META.magic);
    if (!isOurs) throw new Error('MDB_INVALID: not an LMDB file');
    const lastPages = metas.map((meta) => meta.readBigUInt64LE(META.lastPageAt));
    const needed = (lastPages.reduce((most, page) => (page > most ? page : most)) + 1n) * BigInt(pageSize);
    if (needed > MAX_FILE_BYTES) throw new Error('MDB_CORRUPTED: impossible page number');
    if (size < needed) ftruncateSync(descriptor, Number(needed));
  } finally {
    closeSync(descriptor);
  }
}

const SENTENCES: readonly (readonly [codes: readonly (string | number)[], sentence: (path: string) => string])[] = [
  [['EACCES', 'EPERM', 13, 1], (path) => `no permission to write in the data folder ${path}`],
  [['ENOTDIR', 'EEXIST', 'EISDIR', 20, 21], (path) => `the data folder ${path} is not a folder`],
  [['ENOSPC', 'EDQUOT', 28, 122], (path) => `no space left for the data folder ${path}`],
  [['EROFS', 30], (path) => `the data folder ${path} is on a read-only file system`],
  [['ENOENT', 2], (path) => `the data folder ${path} cannot be created`],
];

/** @internal What the operator is told; exported for tests. */
export function openFault(path: string, error: unknown): SignalingError {
  if (error instanceof SignalingError) return error;
  const { code, message } = error as { readonly code?: string | number; readonly message?: string };
  const known = SENTENCES.find(([codes]) => code !== undefined && codes.includes(code));
  const damaged =
    /MDB_(INVALID|CORRUPTED|PAGE_NOTFOUND|VERSION_MISMATCH|BAD)/.test(message ?? '') || (typeof code === 'number' && code < -30_000);
  const hint =
    known?.[1](path) ??
    (damaged
      ? `the data in ${path} is damaged or not ours: move it away to start with nothing`
      : `the data folder ${path} cannot be opened: ${message ?? String(error)}`);
  return new SignalingError({ code: 'store.open', blame: 'local', hint }, error);
}
