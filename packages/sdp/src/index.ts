export * from './audio.js';
export * from './compare.js';
export * from './description.js';
export * from './leg.js';
export * from './parse.js';
export * from './write.js';
