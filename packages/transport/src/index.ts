export { BEAT_MS, type Clock, FreezeWatch, SystemClock } from './clock.js';
export {
  DATAGRAM_LIMITS,
  type DatagramEngine,
  type DatagramLimits,
  type DatagramListener,
  type DatagramSink,
  MAX_PAYLOAD_BYTES,
} from './datagram-engine.js';
export { DgramEngine } from './dgram-engine.js';
export { errnoOf, listenError } from './errors.js';
export { type BoundListener, chooseListener, isLoopback, isWildcard, type ListenerSpec } from './listener.js';
export { type DriverOptions, type Feed, NodeDriver } from './node-driver.js';
export type { DatagramHandler } from './seat.js';
export { STREAM_LIMITS, type StreamLimits } from './stream-flows.js';
