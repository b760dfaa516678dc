// The shared store: every node has the live tables in its memory, writes its changes behind to Redis, and hears there what
// the others write. Signaling never waits for it longer than `timeout`; while it is away the node works from memory, and
// what was written meanwhile is written again when it is back.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type LocationRecord, type Millis, type NodeStore, type Observer, SILENT, type StoreState } from '@altpath/core';
import type { MergeDetails } from './detail-table.js';
import { Health } from './health.js';
import type { Change, Journal } from './journal.js';
import { faultOf, type RedisFault } from './redis-fault.js';
import type { MergeBindings } from './redis-kinds.js';
import { type LinkListener, openLink, type RedisLink, type RedisPlace } from './redis-link.js';
import { RedisSync } from './redis-sync.js';
import { Calls, Details, Locations } from './tables.js';
import { BATCH_MS, type WriteBehind } from './write-behind.js';

export interface RedisOptions {
  readonly place: RedisPlace;
  readonly password?: string | undefined;
  /** The cluster that the records belong to: several may share one Redis. */
  readonly domain: string;
  /** This node, as Redis shows it among its clients. */
  readonly node: string;
  readonly mergeBindings: MergeBindings;
  readonly mergeDetails: MergeDetails;
  /** Finished calls that are kept; default 100,000. */
  readonly maxDetails?: number | undefined;
  /**
   * `batched` (default): a write is on its way within `batchMs`, that of a call at once. `always`: writing a registration gives a
   * promise that settles when Redis has answered; after `timeoutMs` it settles all the same, for memory and the other nodes have it.
   */
  readonly sync?: 'batched' | 'always' | undefined;
  readonly batchMs?: Millis | undefined;
  /** Longest wait for an answer, default 200 ms. Higher: fewer false alarms; lower: a dead server is noticed earlier. */
  readonly timeoutMs?: Millis | undefined;
  /**
   * How often a node that has nothing to say makes sure that it is heard, default 1 s. Higher: a little less work for Redis;
   * lower: an idle node says earlier that it is away.
   */
  readonly beatMs?: Millis | undefined;
  readonly observer?: Observer | undefined;
}

const TIMEOUT_MS = 200;
const BEAT_MS = 1_000;
/** Beats of its own that a node may miss. */
const MISSED_BEATS = 2;
/** How long `open` waits for a connection, in timeouts; and for the records. */
const OPEN_TIMEOUTS = 5;
const LOAD_MS = 10_000;

/** Nothing but `open` may be called before it is open. */
export class RedisStore implements NodeStore, Journal, LinkListener {
  readonly locations = new Locations(this);
  readonly calls = new Calls(this);
  readonly details: Details;
  readonly #observer: Observer;
  readonly #timeoutMs: Millis;
  readonly #health: Health;
  readonly #sync: RedisSync;
  readonly #behind: WriteBehind;
  readonly #firstWord = deferred();
  readonly #firstLoad = deferred();
  #link: RedisLink | undefined;
  #beatTimer: NodeJS.Timeout | undefined;
  /** Numbers of the last beats that Redis has taken, and that have come back as events. */
  #answeredBeat = 0;
  #heardBeat = 0;
  #isBeating = false;
  #wantsLoad = false;
  #isLoading = false;

  constructor(private readonly options: RedisOptions) {
    const { domain, mergeBindings, mergeDetails, maxDetails, observer = SILENT, timeoutMs = TIMEOUT_MS, batchMs = BATCH_MS } = options;
    this.#observer = observer;
    this.#timeoutMs = timeoutMs;
    this.details = new Details(this, mergeDetails, maxDetails);
    this.#health = new Health({
      kind: 'redis',
      observer,
      level: 'warn',
      away: (hint) => `the shared store is away, and this node goes on without it: ${hint}`,
      back: 'the shared store is back',
    });
    const { locations, calls, details } = this;
    const link = (): RedisLink => this.#opened();
    const writer = randomBytes(6).toString('base64url');
    this.#sync = new RedisSync({ locations, calls, details, mergeBindings, observer, health: this.#health, batchMs, domain, writer, link });
    this.#behind = this.#sync.behind;
  }

  // --- lifetime ----------------------------------------------------------------------------------------------------

  async open(): Promise<void> {
    const { place, password, node, beatMs = BEAT_MS } = this.options;
    const link = await openLink(
      { place, password, timeoutMs: this.#timeoutMs, name: `altpath-${node}`, channel: this.#sync.channel },
      this,
    );
    this.#link = link;
    this.#beatTimer = setInterval(() => void this.#beat(link), beatMs).unref();
    await withinMs(this.#firstWord.promise, OPEN_TIMEOUTS * this.#timeoutMs);
    if (!link.fault) await withinMs(this.#firstLoad.promise, LOAD_MS);
    else if (!this.#health.isAway) this.#health.fails('connection', 'timeout', 'no answer');
  }

  state(): StoreState {
    return this.#health.state(this.#behind.waiting);
  }

  flush(): Promise<void> {
    this.#opened();
    return this.#behind.flush();
  }

  /** Tries once more to write what is due. What is refused then is in the memory of the other nodes only, and has been reported. */
  async close(): Promise<void> {
    clearInterval(this.#beatTimer);
    await this.#behind.finish();
    this.#link?.close();
    this.#link = undefined;
  }

  // --- what changes here (Journal) ---------------------------------------------------------------------------------

  put(change: Change, before?: LocationRecord): void {
    this.#opened();
    if (change.table === 'locations' && before) this.#sync.replaced(before, change.record, Date.now());
    // Should this node die, another goes on with its calls from what stands here: they do not wait for others to be written with.
    this.#behind.put(change, change.table === 'calls');
  }

  /** What expires here expires in Redis as well. */
  swept(): void {}

  // An ended call expires in Redis by itself; of the records of finished calls it has no more than every node keeps.
  dropped(table: 'calls' | 'details', key: string): void {
    const wasDue = this.#behind.forget(table, key);
    if (table === 'details' && !wasDue) this.#behind.put({ table, key, record: undefined });
  }

  settled(): Promise<void> | undefined {
    if (this.options.sync !== 'always' || this.#health.isAway) return undefined;
    const answered = this.#behind.flush().then(
      () => true,
      () => true, // it has been counted, and stays due
    );
    return withinMs(answered, this.#timeoutMs).then((isAnswered) => {
      if (isAnswered === undefined) this.#observer.count('store.write.late');
    });
  }

  // --- what Redis says (LinkListener) ------------------------------------------------------------------------------

  up(): void {
    this.#health.works('connection');
    this.#health.works('beat');
    this.#heardBeat = this.#answeredBeat;
    this.#firstWord.resolve();
    this.#behind.hurry();
    this.#load();
  }

  down(fault: RedisFault): void {
    this.#health.fails('connection', fault.code, fault.message);
    this.#firstWord.resolve();
  }

  heard(event: string): void {
    const beat = this.#sync.hear(event, Date.now());
    if (beat !== undefined) this.#heardBeat = beat;
  }

  shaken(): void {
    this.#wantsLoad = true;
  }

  // --- looking after it --------------------------------------------------------------------------------------------

  /** Writes a word and listens for it: a server that hangs, refuses or is deaf is noticed by a node that is idle, too. */
  async #beat(link: RedisLink): Promise<void> {
    if (link.fault || this.#isBeating) return;
    if (this.#answeredBeat - this.#heardBeat > MISSED_BEATS) {
      this.#observer.count('store.deaf');
      link.reopenEars();
      return;
    }
    this.#isBeating = true;
    const beat = this.#answeredBeat + 1;
    try {
      await link.beat(...this.#sync.beatOf(this.options.node, beat));
      this.#answeredBeat = beat;
      this.#health.works('beat');
      if (this.#health.isAway) this.#behind.hurry();
      if (this.#wantsLoad) this.#load();
    } catch (error) {
      const { code, message } = faultOf(error);
      if (!link.fault) this.#health.fails('beat', code, message);
    } finally {
      this.#isBeating = false;
    }
  }

  /** Reads all that Redis has and writes what it lacks; once more when it is asked for meanwhile, or fails. */
  #load(): void {
    this.#wantsLoad = true;
    if (this.#isLoading) return;
    this.#isLoading = true;
    void this.#loadWanted().finally(() => (this.#isLoading = false));
  }

  async #loadWanted(): Promise<void> {
    while (this.#wantsLoad && this.#link && !this.#link.fault) {
      this.#wantsLoad = false;
      try {
        await this.#sync.load();
        this.#firstLoad.resolve();
      } catch (error) {
        this.#observer.count('store.load.failed', faultOf(error).code);
        this.#wantsLoad = true;
        return;
      }
    }
  }

  #opened(): RedisLink {
    if (!this.#link) throw new Error('the store is not open');
    return this.#link;
  }
}

interface Deferred {
  readonly promise: Promise<true>;
  resolve(): void;
}

function deferred(): Deferred {
  let resolve!: (value: true) => void;
  const promise = new Promise<true>((done) => (resolve = done));
  return { promise, resolve: () => resolve(true) };
}

/** @returns undefined when it took longer. */
async function withinMs<Value>(awaited: Promise<Value>, ms: Millis): Promise<Value | undefined> {
  const patience = new AbortController();
  const late = delay(ms, undefined, { signal: patience.signal }).catch(() => undefined);
  try {
    return await Promise.race([awaited, late]);
  } finally {
    patience.abort();
  }
}
