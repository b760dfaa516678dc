// The door of the text codec (RFC 3525 annex B).
export { decode } from './decode.js';
export { encode } from './encode.js';
export { formatMId } from './write-values.js';
export type { TextStyle } from './writer.js';
