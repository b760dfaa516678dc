export { LmdbStore, type LmdbOptions } from './lmdb-store.js';
export { MemoryStore } from './memory-store.js';
export { openStore, type StoreKind, type StoreOptions } from './open-store.js';
