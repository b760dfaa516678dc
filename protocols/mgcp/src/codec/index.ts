// The door of the codec: what transactions and roles use of it.
export { decodeDatagram, type BrokenMessage, type Decoded, type DecodeLimits, DEFAULT_LIMITS, KNOWN_PROFILES } from './decode.js';
export { encodeCommand, encodeResponse, joinDatagram } from './encode.js';
export { type DigitMap, DigitMapMatcher, type DigitMapResult, type DigitSymbol, isDigitMap, parseDigitMap } from './digit-map.js';
export { type Refusal, refusal } from './faults.js';
export { checkCommand, type Knowledge, KNOWN_VERBS } from './check.js';
