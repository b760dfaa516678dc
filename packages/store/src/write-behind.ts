// What has changed in memory and is not written yet, and how it gets to the disk or the server: in batches, one after the
// other, again and again when they are refused. Readers never notice.
import { type Millis, type Observer, SignalingError } from '@altpath/core';
import type { Health } from './health.js';
import type { Change, TableName } from './journal.js';

/** Where batches go. */
export interface Disk {
  /**
   * Writes all changes, each of which is another record's. Settles when that is done; what was rejected is written again, as it
   * is then.
   */
  commit(changes: readonly Change[]): Promise<void>;
}

export type Schedule = (action: () => void, delayMs: Millis) => () => void;

export interface WriteBehindOptions {
  /** Longest time for which a change is in memory only. Longer: fewer, larger transactions, and more lost by a crash. */
  readonly batchMs: Millis;
  readonly observer: Observer;
  /** Told of refusals as `write`. */
  readonly health: Health;
  /** Changes in one transaction; default 1,000. More would keep the event loop from its telephones for too long. */
  readonly maxBatch?: number | undefined;
  /**
   * So many transactions may be under way where something is urgent, default 1: it does not wait for the answer to those before
   * it. More only where the later one of two with the same record counts.
   */
  readonly maxUnderWay?: number | undefined;
  /** Calls `action` once after `delayMs`, unless what it gives back is called before; default `setTimeout`. */
  readonly schedule?: Schedule | undefined;
}

/** Usual for all stores. */
export const BATCH_MS = 20;
/** @internal exported for tests. */
export const MAX_BATCH = 1_000;
/** How long a disk that refuses is left alone. @internal exported for tests. */
export const RETRY_MS = 1_000;

interface Due {
  readonly change: Change;
  /** Number of the first `put` that is not on disk because of this record. */
  readonly order: number;
}

interface Waiter {
  /** Settles when every change up to this one is on disk. */
  readonly order: number;
  readonly resolve: () => void;
  readonly reject: (error: SignalingError) => void;
}

/** Oldest first. */
type Batch = readonly (readonly [id: string, due: Due])[];

export class WriteBehind {
  /** Oldest first. A record that changes again keeps its place. */
  #changes = new Map<string, Due>();
  /** What is being written at the moment. */
  readonly #underWay = new Map<Batch, Promise<boolean>>();
  #order = 0;
  /** Some of the changes are not to wait. */
  #isUrgent = false;
  #waiters: Waiter[] = [];
  /** Calls off the batch that is due later; undefined when none is. */
  #callOff: (() => void) | undefined;
  #failing = false;
  #finishing = false;

  constructor(
    private readonly disk: Disk,
    private readonly options: WriteBehindOptions,
  ) {}

  /** Records that are not written yet. */
  get waiting(): number {
    let waiting = this.#changes.size;
    for (const batch of this.#underWay.keys()) waiting += batch.length;
    return waiting;
  }

  /**
   * To be written within `batchMs`; a later change of the same record takes its place.
   *
   * @param isUrgent  It is written before this comes back, or as soon as the disk is free.
   */
  put(change: Change, isUrgent = false): void {
    this.#order += 1;
    this.#isUrgent ||= isUrgent;
    const id = idOf(change.table, change.key);
    this.#changes.set(id, { change, order: this.#changes.get(id)?.order ?? this.#order });
    if (isUrgent && !this.#failing) this.#startNow();
    else this.#scheduleIn(this.#failing ? RETRY_MS : this.options.batchMs);
  }

  #startNow(): void {
    if (this.#underWay.size >= (this.options.maxUnderWay ?? 1)) return;
    this.#callOff?.();
    this.#callOff = undefined;
    this.#start();
  }

  /** A change of this record is not written yet. */
  has(table: TableName, key: string): boolean {
    const id = idOf(table, key);
    if (this.#changes.has(id)) return true;
    for (const batch of this.#underWay.keys()) if (batch.some(([each]) => each === id)) return true;
    return false;
  }

  /** The record need not be written any more. @returns whether it was due. */
  forget(table: TableName, key: string): boolean {
    const gone = this.#changes.delete(idOf(table, key));
    if (gone) this.#settle();
    return gone;
  }

  /** The disk may be better again: what was refused is tried at once. */
  hurry(): void {
    if (this.#changes.size > 0) this.#scheduleIn(0);
  }

  /**
   * Asks for everything that was put so far to be written now; what comes while the disk is busy shares a transaction.
   *
   * @returns  A promise that settles when it is on disk.
   * @throws   SignalingError `store.write` (as a rejection) when the disk refused it; it stays due and is tried again.
   */
  flush(): Promise<void> {
    if (this.#changes.size === 0 && this.#underWay.size === 0) return Promise.resolve();
    const settled = new Promise<void>((resolve, reject) => this.#waiters.push({ order: this.#order, resolve, reject }));
    if (!this.#failing) this.#scheduleIn(0);
    return settled;
  }

  /** Tries once to write all there is, and writes nothing afterwards. Never rejects: what failed has been reported. */
  async finish(): Promise<void> {
    this.#finishing = true;
    this.#callOff?.();
    await Promise.all(this.#underWay.values());
    while (this.#changes.size > 0 && (await this.#writeBatch()));
  }

  // A batch under way looks for more work when it ends; until then nothing needs to be scheduled.
  #scheduleIn(delayMs: Millis): void {
    if (this.#finishing || this.#underWay.size > 0 || (delayMs > 0 && this.#callOff)) return;
    this.#callOff?.();
    this.#callOff = undefined;
    const { schedule = scheduleTimeout } = this.options;
    this.#callOff = schedule(() => {
      this.#callOff = undefined;
      this.#start();
    }, delayMs);
  }

  #start(): void {
    if (this.#finishing || this.#changes.size === 0) return;
    void this.#writeBatch().then(() => {
      if (this.#changes.size === 0) return;
      if (this.#failing) this.#scheduleIn(RETRY_MS);
      else if (this.#waiters.length > 0 || this.#isUrgent || this.#changes.size >= this.#maxBatch) this.#start();
      else this.#scheduleIn(this.options.batchMs);
    });
  }

  /** @returns `false` when the disk refused. */
  #writeBatch(): Promise<boolean> {
    const batch = this.#take();
    const written = this.#write(batch);
    this.#underWay.set(batch, written);
    return written;
  }

  async #write(batch: Batch): Promise<boolean> {
    try {
      await this.disk.commit(batch.map(([, { change }]) => change));
    } catch (error) {
      this.#underWay.delete(batch);
      this.#refused(batch, error);
      return false;
    }
    this.#underWay.delete(batch);
    this.options.health.works('write');
    this.#failing = false;
    this.#settle();
    return true;
  }

  #take(): Batch {
    const batch: (readonly [string, Due])[] = [];
    for (const entry of this.#changes) {
      if (batch.length === this.#maxBatch) break;
      batch.push(entry);
      this.#changes.delete(entry[0]);
    }
    this.#isUrgent &&= this.#changes.size > 0;
    return batch;
  }

  #settle(): void {
    if (this.#waiters.length === 0) return;
    const [first] = this.#changes.values();
    const oldest = Math.min(first?.order ?? Infinity, ...[...this.#underWay.keys()].map(([entry]) => entry?.[1].order ?? Infinity));
    const stillWaits = (waiter: Waiter): boolean => oldest <= waiter.order;
    const settled = this.#waiters.filter((waiter) => !stillWaits(waiter));
    this.#waiters = this.#waiters.filter(stillWaits);
    for (const waiter of settled) waiter.resolve();
  }

  /** Everything is due again, in its old order, each record as it is now. */
  #refused(batch: Batch, error: unknown): void {
    const { observer, health } = this.options;
    const hint = error instanceof Error ? error.message : String(error);
    const reason = reasonOf(error);
    observer.count('store.write.failed', reason);
    health.fails('write', reason, hint);
    this.#failing = true;
    const due = new Map(batch);
    for (const [id, { change, order }] of this.#changes) due.set(id, { change, order: Math.min(order, due.get(id)?.order ?? order) });
    this.#changes = new Map([...due].sort(([, a], [, b]) => a.order - b.order));
    const fault = new SignalingError({ code: 'store.write', blame: 'local', hint }, error);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(fault);
  }

  get #maxBatch(): number {
    return this.options.maxBatch ?? MAX_BATCH;
  }
}

function idOf(table: TableName, key: string): string {
  return `${table} ${key}`;
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? String(code) : 'other';
}

function scheduleTimeout(action: () => void, delayMs: Millis): () => void {
  if (delayMs > 0) {
    const timeout = setTimeout(action, delayMs);
    return () => clearTimeout(timeout);
  }
  const immediate = setImmediate(action);
  return () => clearImmediate(immediate);
}
