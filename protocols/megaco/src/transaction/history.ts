// Requests of others: executed at most once, remembered with their replies for LONG-TIMER (RFC 3525 D.1.1). The memory is
// bounded in records and bytes, in all and for each mId, whatever arrives.
import { type Hop, type Millis, NEVER, Timer, type Schedule } from '@altpath/core';
import type { AckRange, ActionRequest, TransactionId } from '../message/index.js';
import type { Encoding } from './encoding.js';
import type { RequestHandle } from './events.js';
import { Effect, State, StateEvent, step } from './machines.js';
import type { HistoryBounds } from './settings.js';

/** Up to this length a range of ids is looked up id by id; a longer one is held against what is remembered. */
const SHORT_RANGE = 64;
/** Ranges of one acknowledgement that are looked at. Unconfirmed replies only stay longer. */
const MAX_RANGES = 64;

/** One request of another, until LONG-TIMER after its reply. */
export class ServerRecord implements RequestHandle {
  state: State = State.Executing;
  /** The reply; undefined before there is one, and after it was acknowledged or dropped. */
  bytes: Buffer | undefined;
  /** TransactionPendings sent. */
  pendings = 0;
  schedule: Schedule | undefined;
  pendingAt: Millis = NEVER;
  repeatAt: Millis = NEVER;
  expireAt: Millis = NEVER;
  answeredAt: Millis = NEVER;
  readonly timer: Timer<ServerRecord> = new Timer(this);

  constructor(
    readonly transactionId: TransactionId,
    readonly peer: string,
    readonly actions: readonly ActionRequest[],
    public source: Hop,
    public encoding: Encoding,
    readonly version: number,
    readonly receivedAt: Millis,
  ) {}

  get answered(): boolean {
    return this.state > State.Informed;
  }

  get deadline(): Millis {
    return Math.min(this.pendingAt, this.repeatAt, this.expireAt);
  }
}

export class History {
  /** By mId in lower case, then by id. */
  readonly #peers = new Map<string, Map<TransactionId, ServerRecord>>();
  /** Records with bytes, oldest reply first. */
  readonly #withBytes = new Set<ServerRecord>();
  #size = 0;
  #bytes = 0;

  constructor(
    private readonly bounds: HistoryBounds,
    /** A record whose bytes went changed its state, and with it its timer. */
    private readonly onReleased: (record: ServerRecord) => void,
  ) {}

  get size(): number {
    return this.#size;
  }

  /** mIds that something is remembered of. */
  get peers(): number {
    return this.#peers.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  find(peer: string, id: TransactionId): ServerRecord | undefined {
    return this.#peers.get(peer.toLowerCase())?.get(id);
  }

  /** @returns `false` when there is no room: the request must not be executed, since its copies could not be told. */
  add(record: ServerRecord): boolean {
    const key = record.peer.toLowerCase();
    const known = this.#peers.get(key);
    if (this.#size >= this.bounds.maxRecords || (known?.size ?? 0) >= this.bounds.maxRecordsPerPeer) return false;
    if (known === undefined) this.#peers.set(key, new Map([[record.transactionId, record]]));
    else known.set(record.transactionId, record);
    this.#size += 1;
    return true;
  }

  /** Keeps the reply of a record, and drops the oldest ones of all where there are too many bytes. */
  store(record: ServerRecord, bytes: Buffer): void {
    record.bytes = bytes;
    this.#bytes += bytes.length;
    this.#withBytes.add(record);
    while (this.#bytes > this.bounds.maxBytes && this.#withBytes.size > 1) {
      const [oldest] = this.#withBytes as Iterable<ServerRecord> as [ServerRecord];
      this.#release(oldest, StateEvent.Drop);
    }
  }

  /** Replies that this peer has (D.1.2.2). What is still executing is left alone. */
  confirm(peer: string, ranges: readonly AckRange[]): void {
    const records = this.#peers.get(peer.toLowerCase());
    if (records === undefined) return;
    for (const { first, last = first } of ranges.slice(0, MAX_RANGES)) {
      if (last - first < SHORT_RANGE) {
        for (let id = first; id <= last; id += 1) {
          const record = records.get(id);
          if (record?.answered) this.#release(record, StateEvent.Acknowledged);
        }
        continue;
      }
      for (const record of records.values()) {
        const isMeant = record.transactionId >= first && record.transactionId <= last;
        if (isMeant && record.answered) this.#release(record, StateEvent.Acknowledged);
      }
    }
  }

  forget(record: ServerRecord): void {
    this.#drop(record);
    const key = record.peer.toLowerCase();
    const records = this.#peers.get(key);
    if (records?.delete(record.transactionId)) this.#size -= 1;
    if (records?.size === 0) this.#peers.delete(key);
  }

  #release(record: ServerRecord, event: typeof StateEvent.Acknowledged | typeof StateEvent.Drop): void {
    if (!(step(record, event) & Effect.Forget)) return;
    this.#drop(record);
    record.repeatAt = NEVER;
    this.onReleased(record);
  }

  #drop(record: ServerRecord): void {
    if (record.bytes === undefined) return;
    this.#bytes -= record.bytes.length;
    record.bytes = undefined;
    this.#withBytes.delete(record);
  }
}
