// The kinds of store, one line each: how a kind of the configuration becomes a store.
import type { LocationStore, StoreLifecycle } from '@altpath/core';
import { type LmdbOptions, LmdbStore } from './lmdb-store.js';
import { MemoryStore } from './memory-store.js';

/** What each kind needs to know. */
export interface StoreOptions {
  readonly memory: object;
  readonly lmdb: LmdbOptions;
}

/** A kind of `cluster.store` that is built. */
export type StoreKind = keyof StoreOptions;

const KINDS: { readonly [Kind in StoreKind]: (options: StoreOptions[Kind]) => LocationStore & StoreLifecycle } = {
  memory: () => new MemoryStore(),
  lmdb: (options) => new LmdbStore(options),
};

/**
 * Makes and opens a store.
 *
 * @throws SignalingError `store.open` (as a rejection), in one plain sentence.
 */
export async function openStore<Kind extends StoreKind>(kind: Kind, options: StoreOptions[Kind]): Promise<LocationStore & StoreLifecycle> {
  const store = KINDS[kind](options);
  await store.open();
  return store;
}
