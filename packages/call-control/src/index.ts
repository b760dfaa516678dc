export * from './cause.js';
export * from './half-call.js';
