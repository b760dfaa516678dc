// The door of the binary codec.
export { type BerOptions, decode } from './decode.js';
export { encode } from './encode.js';
export { DEFAULT_TERMINATIONS, TerminationNames } from './termination-names.js';
