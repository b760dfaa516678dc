// Nodes that share a store of calls, and an adapter of parties that remembers what it saved, adopted and forgot.
import type { CallDetailRecord, CallDetailStore, CallRecord, CallStore, Millis } from '@altpath/core';
import type { CallControlSettings } from './call-control.js';
import { mergeDetails } from './call-detail.js';
import { Exchange, START, WITH_PARTIES } from './exchange.fixture.js';
import type { LineName } from './half-call.js';

/** What every node of the cluster reads and writes. */
export class SharedStore implements CallStore {
  readonly #calls = new Map<string, CallRecord>();
  readonly #details = new Map<string, CallDetailRecord>();
  /** Every record that was taken, in order. */
  readonly written: CallRecord[] = [];

  readonly details: CallDetailStore = {
    add: (record) => {
      const before = this.#details.get(record.callId);
      this.#details.set(record.callId, before ? mergeDetails(before, record) : record);
    },
    read: (callId) => this.#details.get(callId),
    latest: (limit) => [...this.#details.values()].reverse().slice(0, limit),
  };

  read(callId: string): CallRecord | undefined {
    const record = this.#calls.get(callId);
    return record?.content === '' ? undefined : record;
  }

  write(record: CallRecord): void {
    if ((this.#calls.get(record.callId)?.updatedAt ?? 0) > record.updatedAt) return;
    this.#calls.set(record.callId, record);
    this.written.push(record);
  }

  *records(): Iterable<CallRecord> {
    for (const record of this.#calls.values()) if (record.content !== '') yield record;
  }

  sweep(): void {
    return undefined;
  }

  /** The detail records of finished calls. */
  get finished(): readonly CallDetailRecord[] {
    return this.details.latest(100);
  }

  /** The one call that is going on. */
  get only(): CallRecord | undefined {
    const [record, ...more] = this.records();
    return more.length === 0 ? record : undefined;
  }
}

const NODES = ['n0', 'n1', 'n2', 'n3'];

/** One node of the cluster, by slot. */
export class Node extends Exchange {
  readonly adopted: string[];
  readonly forgotten: LineName[];

  constructor(
    readonly store: SharedStore,
    readonly slot = 1,
    { now = START, inService = slot === 1, settings = WITH_PARTIES, adopts }: NodeOptions = {},
  ) {
    const adopted: string[] = [];
    const forgotten: LineName[] = [];
    const ports = {
      save: (party: LineName): string => `dialog of ${party}`,
      adopt: (protocol: string, saved: string): LineName | undefined => {
        if (!saved.startsWith('dialog of')) return undefined;
        adopted.push(saved);
        return adopts?.(adopted.length) ?? `${protocol}/${100 * slot + adopted.length}`;
      },
      forget: (party: LineName): void => void forgotten.push(party),
    };
    super({ ...settings, slot, nodes: NODES }, now, inService, { keeping: { store, details: store.details }, ports });
    this.adopted = adopted;
    this.forgotten = forgotten;
  }

  get name(): string {
    return NODES[this.slot] ?? '';
  }

  /** Everybody who has left a call has been told so. */
  partAll(): void {
    for (const name of this.wanted.keys()) {
      if (name.includes('@')) this.reach(name);
      else this.control.parted(name, this.now);
    }
  }

  /** The name under which it has the first party that it adopted. */
  get firstAdopted(): LineName {
    return `sip/${100 * this.slot + 1}`;
  }
}

export interface NodeOptions {
  readonly now?: Millis | undefined;
  /** Its lines are in service, and idle. */
  readonly inService?: boolean | undefined;
  readonly settings?: CallControlSettings | undefined;
  /** Names of the parties that it adopts, first to last; default: new ones. */
  readonly adopts?: ((nth: number) => LineName) | undefined;
}
