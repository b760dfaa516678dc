// Transactions: the four machines, their timers and the class that runs them.
export * from './machines.js';
export * from './timers.js';
export * from './transaction.js';
