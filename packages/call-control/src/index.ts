export * from './call-control.js';
export * from './call-identity.js';
export * from './cause.js';
export * from './custody.js';
export * from './half-call.js';
export * from './number-plan.js';
