// The kinds of store, one line each: how a kind of the configuration becomes a store.
import type { NodeStore } from '@altpath/core';
import { type LmdbOptions, LmdbStore } from './lmdb-store.js';
import { type MemoryOptions, MemoryStore } from './memory-store.js';
import { type RedisOptions, RedisStore } from './redis-store.js';

/** What each kind needs to know. */
export interface StoreOptions {
  readonly memory: MemoryOptions;
  readonly lmdb: LmdbOptions;
  readonly redis: RedisOptions;
}

/** A kind of `cluster.store`. */
export type StoreKind = keyof StoreOptions;

const KINDS: { readonly [Kind in StoreKind]: (options: StoreOptions[Kind]) => NodeStore } = {
  memory: (options) => new MemoryStore(options),
  lmdb: (options) => new LmdbStore(options),
  redis: (options) => new RedisStore(options),
};

/**
 * Makes and opens a store.
 *
 * @throws SignalingError `store.open` (as a rejection), in one plain sentence.
 */
export async function openStore<Kind extends StoreKind>(kind: Kind, options: StoreOptions[Kind]): Promise<NodeStore> {
  const store = KINDS[kind](options);
  await store.open();
  return store;
}
