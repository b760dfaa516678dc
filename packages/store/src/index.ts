export type { MergeDetails } from './detail-table.js';
export { LmdbStore, type LmdbOptions } from './lmdb-store.js';
export { MemoryStore, type MemoryOptions } from './memory-store.js';
export { openStore, type StoreKind, type StoreOptions } from './open-store.js';
export type { MergeBindings } from './redis-kinds.js';
export type { RedisPlace } from './redis-link.js';
export { RedisStore, type RedisOptions } from './redis-store.js';
export { Locations } from './tables.js';
