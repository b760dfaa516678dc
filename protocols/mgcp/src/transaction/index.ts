// Transactions: the layer that both sides use, its ids, its settings, and the tables of its machines.
export * from './environment.js';
export * from './events.js';
export * from './ids.js';
export * from './layer.js';
export * from './machines.js';
export * from './settings.js';
