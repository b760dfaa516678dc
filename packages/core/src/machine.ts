// The contract of a pure layer: bytes, events and `now` in; outputs drained; one deadline. It opens no socket, sets
// no timer and reads no clock, so thirty-two seconds of a timer cost a test microseconds.
import type { Millis } from './time.js';

/**
 * Feed one input, drain the outputs, then wait for the deadline. A tick that comes early or late does no harm.
 * Outputs are appended to one outbox that the layer reuses: what `drain` gave is the caller's, the array is not.
 */
export interface Machine<Input, Output> {
  handle(input: Input, now: Millis): void;
  /** Runs what is due at `now`. */
  tick(now: Millis): void;
  /** The instant of the next `tick` that is needed, or `NEVER`. May be early. */
  deadline(): Millis;
  /** Hands every output since the last call to `perform`, in order, and forgets it. */
  drain(perform: (output: Output) => void): void;
}
