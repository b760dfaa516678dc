// Network phones and media gateways for the demo and the tests. The phones are an independent SIP stack (npm `sip`'s
// codec), stock or aware of path attributes; the gateways are the gateway role of their protocols; all with real RTP.
export type { AudioReport } from './audio/audio-stream.js';
export { AudioStream } from './audio/audio-stream.js';
export { strongestTone, toneOfName, tonePacket, toneShare } from './audio/tone.js';
export { type CallCondition, type CallEvents, PhoneCall } from './phone/call.js';
export type { CallEnd, CallState, KeyPath } from './phone/call-state.js';
export { CallSession, type SessionMedia } from './phone/call-session.js';
export { CallTimeout } from './phone/call-wait.js';
export { IncomingCall } from './phone/incoming-call.js';
export { NetworkPhone } from './phone/network-phone.js';
export { type MediaEnd, type MediaOrder, type PhoneMedia, PortNumbers } from './phone/phone-media.js';
export type { PhoneOptions, ReliableUse } from './phone/phone-options.js';
export { type FreeRequest, PhoneRequestError, PhoneRig, type PhoneRigOptions, type Registration } from './phone/phone-rig.js';
export { OutgoingCall, type OutgoingOptions } from './phone/outgoing-call.js';
export type { SessionTimerOptions } from './phone/session-timer.js';
export type { PhoneSurroundings } from './phone/surroundings.js';
export { TelephoneLine, type TelephoneLineOptions } from './phone/telephone-line.js';
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
export {
  AnalogLine,
  type CallerId,
  type LineAct,
  type LineMedia,
  type LinePlug,
  type LineService,
  type LineState,
  LineTimeout,
  type MediaMode,
  type Sound,
} from './media-gateway/analog-line.js';
export { MegacoGateway, type MegacoGatewayOptions } from './media-gateway/megaco-gateway.js';
export { type ContextLeft, MegacoRig, type MegacoRigOptions } from './media-gateway/megaco-rig.js';
export { MgcpGateway, type MgcpGatewayOptions } from './media-gateway/mgcp-gateway.js';
export { type ConnectionLeft, type GatewayOptions, GatewayRig } from './media-gateway/mgcp-rig.js';
export { Mischief } from './media-gateway/mischief.js';
export { type GatewaySurroundings, type MediaCounts, Rig, type RigInput, type RigMedia } from './media-gateway/rig.js';
