// The door of the MEGACO room.
export * from './message/index.js';
export type { Decoded, MegacoFault, Salvage } from './codec/fault.js';
export { VERSIONS } from './codec/fault.js';
export { decode as decodeText, encode as encodeText, formatMId, type TextStyle } from './codec/text/index.js';
export {
  type AuthenticationVerdict,
  Authenticator,
  type AuthenticatorSettings,
  integrityKey,
  type IntegrityAlgorithm,
  type MessagePath,
  verifyAuthentication,
} from './codec/authentication/index.js';
export { TPKT_MAX_PAYLOAD, tpktFrame, TpktReader, type TpktSlice } from './codec/tpkt.js';
export { type BerOptions, decode as decodeBer, DEFAULT_TERMINATIONS, encode as encodeBer, TerminationNames } from './codec/ber/index.js';
export { PackageRegistry, STANDARD_PACKAGES } from './packages/index.js';
export * from './transaction/index.js';
export * from './media-gateway/index.js';
export { MegacoAdapter } from './adapter.js';
export { mIdKey, parseMId } from './agent/m-ids.js';
export { MEGACO_PATH_MAPPING } from './path-mapping.js';
export {
  type MegacoGatewaySettings,
  type MegacoListener,
  type MegacoSettings,
  shortestMegacoPatienceMs,
  type WireEncoding,
  type WireTransport,
} from './settings.js';
