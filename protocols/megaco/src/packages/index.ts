// The door of the packages: their definitions as data, and the registry that finds them.
export * from './base.js';
export * from './definition.js';
export * from './registry.js';
export * from './tones.js';
