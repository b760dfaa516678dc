// The door of the Authentication header (RFC 3525 §10.2).
export { type AuthenticationVerdict, Authenticator, type AuthenticatorSettings, verifyAuthentication } from './authenticator.js';
export { INTEGRITY_ALGORITHMS, type IntegrityAlgorithm, integrityKey, integrityValue, type MessagePath } from './integrity.js';
export { MAX_HEADER_BYTES, type SignedPart, signedPart } from './signed-part.js';
