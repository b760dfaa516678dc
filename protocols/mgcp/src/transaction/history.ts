// Commands of others: executed at most once, remembered with their answers for T-HIST (RFC 3435 §3.5.1). The memory is
// bounded in records and bytes, in all and for each source, whatever arrives.
import { canonicalHost, NEVER, Timer, type Hop, type Millis, type Schedule } from '@altpath/core';
import type { MgcpCommand } from '../message/message.js';
import type { TransactionRange } from '../message/parameters.js';
import type { CommandHandle, Outstanding } from './events.js';
import { Effect, State, StateEvent, step } from './machines.js';
import type { HistoryBounds, Scope } from './settings.js';

/** Up to this length a range of ids is looked up id by id; a longer one is held against what is remembered. */
const SHORT_RANGE = 64;
/** Ranges of one command that are looked at. Unconfirmed answers only stay longer. */
const MAX_RANGES = 32;

/** The commands of one address. */
interface Source {
  readonly host: string;
  readonly records: Map<string, ServerRecord>;
}

/** One command of another, until T-HIST after its answer. */
export class ServerRecord implements CommandHandle {
  state: State = State.Executing;
  /** The newest response; undefined before there is one, and after it was confirmed or released. */
  bytes: Buffer | undefined;
  /** The code of the newest response, for traces. */
  code = 0;
  /** A command of ours that shares the response's datagram for as long as it is outstanding. */
  companion: Outstanding<unknown> | undefined;
  repetitions = 0;
  schedule: Schedule | undefined;
  repeatAt: Millis = NEVER;
  expireAt: Millis = NEVER;
  answeredAt: Millis = NEVER;
  /** For traces, where there are any. */
  callId = '';
  readonly timer: Timer<ServerRecord> = new Timer(this);

  constructor(
    readonly key: string,
    readonly transactionId: number,
    readonly verb: string,
    public source: Hop,
    /** @internal */ readonly owner: Source,
    readonly receivedAt: Millis,
  ) {}

  get answered(): boolean {
    return this.state > State.Informed;
  }

  get deadline(): Millis {
    return this.repeatAt < this.expireAt ? this.repeatAt : this.expireAt;
  }
}

export class History {
  readonly #records = new Map<string, ServerRecord>();
  readonly #sources = new Map<string, Source>();
  /** Records with bytes, oldest answer first. */
  readonly #withBytes = new Set<ServerRecord>();
  /** What waits for a 000, which names no endpoint: by source and id. */
  readonly #unconfirmed = new Map<string, ServerRecord>();
  #bytes = 0;
  #executing = 0;

  constructor(
    private readonly scope: Scope,
    private readonly bounds: HistoryBounds,
    /** A record whose bytes went changed its state, and with it its timer. */
    private readonly onReleased: (record: ServerRecord) => void,
  ) {}

  get size(): number {
    return this.#records.size;
  }

  /** Addresses that something is remembered of. */
  get sources(): number {
    return this.#sources.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Commands without a final response. */
  get executing(): number {
    return this.#executing;
  }

  find(command: MgcpCommand): ServerRecord | undefined {
    return this.#records.get(this.#key(command.endpoint.domain, command.transactionId));
  }

  /** @returns undefined when there is no room: the command must not be executed, since its copies could not be told. */
  add(command: MgcpCommand, hop: Hop, now: Millis): ServerRecord | undefined {
    if (this.#records.size >= this.bounds.maxRecords) return undefined;
    const known = this.#sources.get(hop.host);
    if (known !== undefined && known.records.size >= this.bounds.maxRecordsPerSource) return undefined;
    const owner = known ?? { host: hop.host, records: new Map<string, ServerRecord>() };
    if (known === undefined) this.#sources.set(hop.host, owner);
    const key = this.#key(command.endpoint.domain, command.transactionId);
    const record = new ServerRecord(key, command.transactionId, command.verb, hop, owner, now);
    this.#records.set(key, record);
    owner.records.set(key, record);
    this.#executing += 1;
    return record;
  }

  /** Keeps the newest response of a record, and drops the oldest ones of all where there are too many bytes. */
  store(record: ServerRecord, bytes: Buffer): void {
    this.drop(record);
    record.bytes = bytes;
    this.#bytes += bytes.length;
    if (!record.answered) return;
    this.#withBytes.add(record);
    while (this.#bytes > this.bounds.maxBytes && this.#withBytes.size > 1) {
      const [oldest] = this.#withBytes as Iterable<ServerRecord> as [ServerRecord];
      this.release(oldest, StateEvent.Release);
    }
  }

  /** The final response of a record is given: it no longer executes. */
  settle(record: ServerRecord): void {
    this.#executing -= 1;
    if (record.state === State.Unconfirmed) this.#unconfirmed.set(unconfirmedKey(record.owner.host, record.transactionId), record);
  }

  drop(record: ServerRecord): void {
    if (record.bytes === undefined) return;
    this.#bytes -= record.bytes.length;
    record.bytes = undefined;
    this.#withBytes.delete(record);
  }

  /** The response arrived, or its bytes must go: the id is kept. */
  release(record: ServerRecord, event: typeof StateEvent.Acknowledged | typeof StateEvent.Release): void {
    const effects = step(record, event);
    if (!(effects & Effect.Forget)) return;
    this.drop(record);
    record.companion = undefined;
    record.repeatAt = NEVER;
    this.notAwaited(record);
    this.onReleased(record);
  }

  /** No 000 is awaited any more. */
  notAwaited(record: ServerRecord): void {
    const key = unconfirmedKey(record.owner.host, record.transactionId);
    if (this.#unconfirmed.get(key) === record) this.#unconfirmed.delete(key);
  }

  forget(record: ServerRecord): void {
    this.drop(record);
    this.notAwaited(record);
    record.companion = undefined;
    this.#records.delete(record.key);
    record.owner.records.delete(record.key);
    if (record.owner.records.size === 0) this.#sources.delete(record.owner.host);
  }

  /** 000 from `host`. @returns false when no such response waits. */
  acknowledged(transactionId: number, host: string): boolean {
    const record = this.#unconfirmed.get(unconfirmedKey(host, transactionId));
    if (record === undefined) return false;
    this.release(record, StateEvent.Acknowledged);
    return true;
  }

  /**
   * K of a command: responses that its sender has. Believed only of commands that came from the same address
   * (§3.5.2), and in an agent of the same domain.
   */
  confirm(ranges: readonly TransactionRange[], domain: string, host: string): void {
    const source = this.#sources.get(host);
    if (source === undefined) return;
    for (const { first, last } of ranges.slice(0, MAX_RANGES)) {
      if (last - first < SHORT_RANGE) {
        for (let id = first; id <= last; id += 1) this.#confirm(source.records.get(this.#key(domain, id)));
        continue;
      }
      for (const record of source.records.values()) {
        const isMeant = record.transactionId >= first && record.transactionId <= last;
        if (isMeant && record.key === this.#key(domain, record.transactionId)) this.#confirm(record);
      }
    }
  }

  #confirm(record: ServerRecord | undefined): void {
    if (record !== undefined) this.release(record, StateEvent.Acknowledged);
  }

  /** §3.2.1.2: what a gateway is sent differs by the id, what an agent is sent by the domain and the id. */
  #key(domain: string, transactionId: number): string {
    return this.scope === 'gateway' ? String(transactionId) : `${transactionId} ${canonicalHost(domain)}`;
  }
}

function unconfirmedKey(host: string, transactionId: number): string {
  return `${transactionId} ${host}`;
}
