// The network, the time and the dice around a phone: real ones, or a test's.
import type { Millis } from '@altpath/core';
import type { Place } from '../sip/alternates.js';

/** What a phone without sockets and clock is given. */
export interface PhoneSurroundings {
  /** Milliseconds since the epoch; never goes back. */
  now(): Millis;
  /** Runs something later, never within the call. @returns how to call it off. */
  later(delayMs: Millis, action: () => void): () => void;
  /** Sends one datagram from the phone's own port. What comes of it is told by `PhoneRig.unreachable`. */
  send(data: Buffer, to: Place): void;
  /** In [0, 1). */
  random(): number;
}
