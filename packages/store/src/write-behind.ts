// What has changed in memory and is not on disk yet, and how it gets there: in batches, one after the other, again and
// again when the disk refuses. Readers never notice.
import { type LocationRecord, type Millis, type Observer, SignalingError } from '@altpath/core';

/** Where batches go. */
export interface Disk {
  /**
   * Writes all records in one transaction, a record without bindings being a removal. Settles when that is on disk.
   * What was rejected has left no trace.
   */
  commit(records: readonly LocationRecord[]): Promise<void>;
}

export type Schedule = (action: () => void, delayMs: Millis) => () => void;

export interface WriteBehindOptions {
  /** Longest time for which a change is in memory only. Longer: fewer, larger transactions, and more lost by a crash. */
  readonly batchMs: Millis;
  readonly observer: Observer;
  /** Calls `action` once after `delayMs`, unless what it gives back is called before; default `setTimeout`. */
  readonly schedule?: Schedule | undefined;
}

/** One transaction: more would keep the event loop from its telephones for too long. @internal exported for tests. */
export const MAX_BATCH = 1_000;
/** How long a disk that refuses is left alone. @internal exported for tests. */
export const RETRY_MS = 1_000;

interface Change {
  readonly record: LocationRecord;
  /** Number of the first `put` that is not on disk because of this record. */
  readonly order: number;
}

interface Waiter {
  /** Settles when every change up to this one is on disk. */
  readonly order: number;
  readonly resolve: () => void;
  readonly reject: (error: SignalingError) => void;
}

export class WriteBehind {
  /** Oldest first. A record that changes again keeps its place. */
  #changes = new Map<string, Change>();
  #order = 0;
  #waiters: Waiter[] = [];
  /** The disk is busy. */
  #committing = false;
  #underWay: Promise<void> | undefined;
  /** Calls off the batch that is due later; undefined when none is. */
  #callOff: (() => void) | undefined;
  #failing = false;
  #finishing = false;

  constructor(
    private readonly disk: Disk,
    private readonly options: WriteBehindOptions,
  ) {}

  /** To be written within `batchMs`; a later record of the same address of record takes its place. */
  put(record: LocationRecord): void {
    this.#order += 1;
    this.#changes.set(record.aor, { record, order: this.#changes.get(record.aor)?.order ?? this.#order });
    this.#scheduleIn(this.#failing ? RETRY_MS : this.options.batchMs);
  }

  /**
   * Asks for everything that was put so far to be written now; what comes while the disk is busy shares a transaction.
   *
   * @returns  A promise that settles when it is on disk.
   * @throws   SignalingError `store.write` (as a rejection) when the disk refused it; it stays due and is tried again.
   */
  flush(): Promise<void> {
    if (this.#changes.size === 0 && !this.#committing) return Promise.resolve();
    const settled = new Promise<void>((resolve, reject) => this.#waiters.push({ order: this.#order, resolve, reject }));
    if (!this.#failing) this.#scheduleIn(0);
    return settled;
  }

  /** Tries once to write all there is, and writes nothing afterwards. Never rejects: what failed has been reported. */
  async finish(): Promise<void> {
    this.#finishing = true;
    this.#callOff?.();
    await this.#underWay;
    while (this.#changes.size > 0 && (await this.#writeBatch()));
  }

  // A batch under way looks for more work when it ends; until then nothing needs to be scheduled.
  #scheduleIn(delayMs: Millis): void {
    if (this.#finishing || this.#underWay !== undefined || (delayMs > 0 && this.#callOff)) return;
    this.#callOff?.();
    const { schedule = scheduleTimeout } = this.options;
    this.#callOff = schedule(() => {
      this.#callOff = undefined;
      this.#start();
    }, delayMs);
  }

  #start(): void {
    if (this.#finishing || this.#underWay !== undefined || this.#changes.size === 0) return;
    this.#underWay = this.#writeBatch().then(() => {
      this.#underWay = undefined;
      if (this.#changes.size === 0) return;
      if (this.#failing) this.#scheduleIn(RETRY_MS);
      else if (this.#waiters.length > 0 || this.#changes.size >= MAX_BATCH) this.#start();
      else this.#scheduleIn(this.options.batchMs);
    });
  }

  /** @returns `false` when the disk refused. */
  async #writeBatch(): Promise<boolean> {
    const batch = [...this.#changes].slice(0, MAX_BATCH);
    for (const [aor] of batch) this.#changes.delete(aor);
    this.#committing = true;
    try {
      await this.disk.commit(batch.map(([, { record }]) => record));
      this.#committing = false;
    } catch (error) {
      this.#committing = false;
      this.#refused(batch, error);
      return false;
    }
    if (this.#failing) this.options.observer.log('info', 'the location store writes to disk again');
    this.#failing = false;
    this.#settle();
    return true;
  }

  #settle(): void {
    const [oldest] = this.#changes.values();
    const stillWaits = (waiter: Waiter): boolean => oldest !== undefined && oldest.order <= waiter.order;
    const settled = this.#waiters.filter((waiter) => !stillWaits(waiter));
    this.#waiters = this.#waiters.filter(stillWaits);
    for (const waiter of settled) waiter.resolve();
  }

  /** Everything is due again, in its old order, each record as it is now. */
  #refused(batch: readonly (readonly [string, Change])[], error: unknown): void {
    const { observer } = this.options;
    const hint = error instanceof Error ? error.message : String(error);
    observer.count('store.write.failed', reasonOf(error));
    if (!this.#failing) observer.log('error', `the location store cannot write to disk and goes on from memory: ${hint}`);
    this.#failing = true;
    const newer = this.#changes;
    this.#changes = new Map(batch);
    for (const [aor, change] of newer) this.#changes.set(aor, { ...change, order: this.#changes.get(aor)?.order ?? change.order });
    const fault = new SignalingError({ code: 'store.write', blame: 'local', hint }, error);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(fault);
  }
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
