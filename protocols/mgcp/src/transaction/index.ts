export * from './events.js';
export * from './ids.js';
export * from './layer.js';
export * from './settings.js';
