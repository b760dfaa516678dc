export { locationStoreContract, sampleBinding, type StoreUnderTest } from './location-store-contract.js';
export { findProgram, needs, type SkippableContext, type SkipReason } from './needs.js';
export { Random, runSeed, withSeed } from './random.js';
export { drive, type Driven, SimulatedClock } from './simulated-clock.js';
export { type Receive, SimulatedNetwork } from './simulated-network.js';
export { loadIndex, type Vector, type VectorIndex, vectorsRoot } from './vectors.js';
