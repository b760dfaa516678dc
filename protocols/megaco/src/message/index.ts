// The door of the message model: everything a MEGACO message can say, as plain data.
export type * from './audit.js';
export type * from './command.js';
export type * from './error.js';
export type * from './events.js';
export * from './identity.js';
export type * from './media.js';
export type * from './message.js';
export type * from './report.js';
export type * from './service-change.js';
export * from './time-stamp.js';
export * from './value.js';
