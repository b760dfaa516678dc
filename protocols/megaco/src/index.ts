// The door of the MEGACO room.
export * from './message/index.js';
export type { Decoded, MegacoFault, Salvage } from './codec/fault.js';
