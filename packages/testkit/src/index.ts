export { callDetailStoreContract, laterOfTwo, sampleDetail } from './call-detail-store-contract.js';
export { callStoreContract, sampleCall } from './call-store-contract.js';
export { locationStoreContract, sampleBinding } from './location-store-contract.js';
export type { StoreUnderTest } from './store-under-test.js';
export { findProgram, needs, type SkippableContext, type SkipReason } from './needs.js';
export { Random, runSeed, withSeed } from './random.js';
export { drive, type Driven, SimulatedClock } from './simulated-clock.js';
export { type Receive, SimulatedNetwork } from './simulated-network.js';
export { loadIndex, type Vector, type VectorIndex, vectorsRoot } from './vectors.js';
