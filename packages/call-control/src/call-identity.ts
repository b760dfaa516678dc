// The identity of a call: one text for all its legs, on the wire of every gateway that takes part. It says by itself who
// began the call and when, so that a stand-in which finds it by audit reaches the same instants (ARCHITECTURE
// "What an audit must give back"). Hexadecimal, because MGCP's call identifiers are (RFC 3435 §3.2.2.2).
import type { Millis } from '@altpath/core';

/** What a call identity says. */
export interface CallIdentity {
  /** Slot of the node that began the call, 0..15: two nodes never make the same identity. */
  readonly slot: number;
  /** When the call was set up, in ms since the epoch, cut down to a whole second; undefined where it is not told. */
  readonly setUpAt: Millis | undefined;
  /** 0..65535: 15 bits count the calls of the slot, the highest is `mayHaveParty`. */
  readonly counter: number;
}

/** How many calls a slot can tell apart without their time. */
export const CALL_COUNTERS = 0x8000;

/** The counter of a call: the lowest 15 bits of a count, and whether one of its legs may be a party, which no audit of lines finds. */
export function callCounter(count: number, mayHaveParty: boolean): number {
  return (count % CALL_COUNTERS) + (mayHaveParty ? CALL_COUNTERS : 0);
}

/** A leg of this call may be a party: when a takeover does not find it, it may be there all the same. */
export function mayHaveParty(callId: string): boolean {
  return ((parseCallId(callId)?.counter ?? 0) & CALL_COUNTERS) !== 0;
}

/**
 * Makes a call identity: slot (1 digit), set-up time in seconds (8), counter (4), all hexadecimal and in capitals.
 *
 * @param slot     0..15.
 * @param now      Set-up time in ms; what is below a second is lost.
 * @param counter  Of `callCounter`; its lowest 16 bits are written.
 */
export function newCallId(slot: number, now: Millis, counter: number): string {
  return hex(slot & 0xf, 1) + hex(Math.floor(now / 1_000) % 2 ** 32, 8) + hex(counter & 0xffff, 4);
}

/**
 * A call identity that does not tell when the call was set up (its time is all zeros): as much of it as fits into 32 bits
 * of an H.248 RequestID beside other things (RFC 3525 §7.1.9). Among living calls slot and counter are one call's alone.
 *
 * @param slot     0..15.
 * @param counter  The lowest 16 bits of the call's counter.
 */
export function partialCallId(slot: number, counter: number): string {
  return newCallId(slot, 0, counter);
}

/** @returns what the identity says; undefined for one that is not ours. Case does not matter. */
export function parseCallId(callId: string): CallIdentity | undefined {
  if (!/^[0-9a-f]{13}$/i.test(callId)) return undefined;
  const seconds = Number.parseInt(callId.slice(1, 9), 16);
  return {
    slot: Number.parseInt(callId.slice(0, 1), 16),
    setUpAt: seconds === 0 ? undefined : seconds * 1_000,
    counter: Number.parseInt(callId.slice(9), 16),
  };
}

/**
 * What is left of an identity where its time is not told: of two living calls it is never the same.
 *
 * @returns slot and counter in five digits; undefined for an identity that is not ours.
 */
export function shortCallId(callId: string): string | undefined {
  return /^[0-9a-f]{13}$/i.test(callId) ? (callId.slice(0, 1) + callId.slice(9)).toUpperCase() : undefined;
}

/** Two identities of living calls mean one call: they are equal, or one of them does not tell the time and they agree otherwise. */
export function meansSameCall(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.toUpperCase() === b.toUpperCase()) return true;
  const timeIsTold = (callId: string): boolean => parseCallId(callId)?.setUpAt !== undefined;
  if (timeIsTold(a) && timeIsTold(b)) return false;
  const short = shortCallId(a);
  return short !== undefined && short === shortCallId(b);
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
