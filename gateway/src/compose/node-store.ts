// What a node keeps, of the kind that its file says; with its records of finished calls in a file where that says so.
import { mergeBindings } from '@altpath/cluster';
import { mergeDetails } from '@altpath/call-control';
import type { CallDetailStore, NodeStore, Observer } from '@altpath/core';
import { MemoryStore, openStore } from '@altpath/store';
import { CallDetailsFile } from '@altpath/telemetry';
import type { CdrConfiguration, StoreConfiguration } from '../settings/index.js';

export interface NodeStoreParts {
  readonly domain: string;
  readonly node: string;
  /** undefined: in memory. */
  readonly store: StoreConfiguration | undefined;
  readonly cdr: CdrConfiguration;
  readonly observer: Observer;
}

/** Records in a file cannot be read from there; so many are kept in memory to look at. */
const RECENT_DETAILS = 1_000;

/** @throws SignalingError in one plain sentence when a folder or file cannot be used. A server that is away is no reason. */
export async function openNodeStore({ domain, node, store, cdr, observer }: NodeStoreParts): Promise<NodeStore> {
  const file = cdr.kind === 'file' ? new CallDetailsFile({ path: cdr.path, observer }) : undefined;
  const opened = await openKind({ domain, node, observer }, store ?? { kind: 'memory' });
  return file ? withDetailsIn(file, opened) : opened;
}

function openKind({ domain, node, observer }: Omit<NodeStoreParts, 'store' | 'cdr'>, store: StoreConfiguration): Promise<NodeStore> {
  switch (store.kind) {
    case 'memory':
      return openStore('memory', { mergeDetails });
    case 'lmdb': {
      const { kind, ...options } = store;
      return openStore(kind, { ...options, mergeDetails, observer });
    }
    case 'redis': {
      const { kind, ...options } = store;
      return openStore(kind, { ...options, domain, node, mergeBindings, mergeDetails, observer });
    }
    default:
      return store satisfies never;
  }
}

/** The same store, but for records of finished calls, which go to the file and nowhere else. */
function withDetailsIn(file: CallDetailsFile, store: NodeStore): NodeStore {
  const recent: CallDetailStore = new MemoryStore({ mergeDetails, maxDetails: RECENT_DETAILS }).details;
  return {
    locations: store.locations,
    calls: store.calls,
    details: {
      add(record) {
        recent.add(record);
        file.add(record);
      },
      read: (callId) => recent.read(callId),
      latest: (limit) => recent.latest(limit),
    },
    state: () => store.state(),
    open: () => store.open(),
    async flush() {
      await Promise.all([file.flush(), store.flush()]);
    },
    async close() {
      await Promise.all([file.close(), store.close()]);
    },
  };
}
