// The configuration's door.
export { DEFAULT_FILE, loadConfiguration, type Loaded, type Note, parseConfiguration } from './load.js';
export { SCHEMA } from './schema.js';
export { starterFile } from './starter.js';
export type * from './types.js';
