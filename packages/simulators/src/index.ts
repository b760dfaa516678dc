// Network phones for the demo and the tests: an independent SIP stack (npm `sip`'s codec), stock or aware of path
// attributes, with real RTP between them.
export type { AudioReport } from './audio/audio-stream.js';
export { AudioStream } from './audio/audio-stream.js';
export { strongestTone, toneOfName, tonePacket, toneShare } from './audio/tone.js';
export { type CallEnd, type CallEvents, type CallState, PhoneCall } from './phone/call.js';
export { IncomingCall } from './phone/incoming-call.js';
export { type FreeRequest, NetworkPhone, PhoneRequestError, type Registration } from './phone/network-phone.js';
export type { PhoneOptions } from './phone/phone-options.js';
export { OutgoingCall, type OutgoingOptions } from './phone/outgoing-call.js';
export type { PhoneMessage, PhoneNotice } from './phone/trace.js';
export { type Place, placeKey, readAlternates } from './sip/alternates.js';
export {
  isResponse,
  parseMessage,
  parseSipUri,
  type SipAddress,
  type SipHeaders,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  type SipRoute,
  type SipVia,
  writeMessage,
} from './sip/npm-sip.js';
export type { TimerSettings } from './sip/timers.js';
