export { DnsLookup, type Lookup } from './dns-lookup.js';
export { NameResolver, type ResolverOptions } from './name-resolver.js';
export { type NamedService, type NaptrRecord, orderNaptr, orderSrv, type SrvRecord, srvName } from './ordering.js';
export { type Answer, CACHE_LIMITS, type CacheLimits, RecordCache } from './record-cache.js';
