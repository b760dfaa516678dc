// A half-call: one leg of a call in the controller, in neutral words. Call control says what a half-call shall be; the
// protocol's adapter brings the line there with the fewest messages, and tells what happened on it. What a half-call
// shall be is a whole state and not a step: a newer one replaces an older one that is still on its way, and after a
// takeover the state that an audit found is compared with it.
import type { Millis } from '@altpath/core';
import type { Cause } from './cause.js';

/** `LOCAL@GATEWAY`, both as the file writes them: `aaln/1@rgw1`. The key of `numbers` targets and of `lines`. */
export type LineName = string;

export type HalfCallRole = 'originating' | 'terminating';

/**
 * What the user of the line sees. Each adapter has one table from phase to its own events and signals.
 *
 * - `idle`       on-hook, no call
 * - `dialling`   off-hook, dial tone until the first digit, digits are collected
 * - `routing`    digits are in, nothing heard yet from the far side
 * - `ringback`   the far side rings
 * - `ringing`    this side rings
 * - `talking`
 * - `holding`    this side has put the other on hold; `held`: the other did
 * - `busy`, `congested`   busy tone, reorder tone: off-hook with no call, until on-hook
 * - `howling`    off-hook warning tone; `parked`: off-hook, silent, waited for
 */
export type Phase = (typeof PHASES)[number];

/** All phases. Identifiers on the wire name a phase by its place here, so one that is added goes to the end. */
export const PHASES = [
  'idle',
  'dialling',
  'routing',
  'ringback',
  'ringing',
  'talking',
  'holding',
  'held',
  'busy',
  'congested',
  'howling',
  'parked',
] as const;

/** `connection` of a leg: its mode, and where the other end's media is. */
export interface MediaState {
  readonly mode: 'sendrecv' | 'recvonly' | 'sendonly' | 'inactive';
  /** The far side's session description as text; undefined until it is known. */
  readonly remote?: string | undefined;
}

export interface CallerIdentity {
  /** Digits; undefined when withheld. */
  readonly number?: string | undefined;
  readonly name?: string | undefined;
}

/** What a half-call shall be. */
export interface HalfCallState {
  readonly phase: Phase;
  readonly role: HalfCallRole;
  /** One for all legs of a call; undefined where there is no call (idle, dialling, tones). Form: `call-identity.ts`. */
  readonly callId?: string | undefined;
  /** undefined: no connection. */
  readonly media?: MediaState | undefined;
  /** Shown while ringing. */
  readonly caller?: CallerIdentity | undefined;
  /** What was dialled; originating legs carry it, so that an audit gives it back. */
  readonly dialled?: string | undefined;
}

/** How the collecting of digits ended: a number is complete; the user paused; no number begins like this. */
export type DialResult = 'match' | 'timeout' | 'no-match';

/** What happens on a line. */
export type HalfCallEvent =
  /** Off-hook with no call, or answering a ringing one: call control knows which. */
  | { readonly kind: 'off-hook' }
  | { readonly kind: 'on-hook' }
  | { readonly kind: 'flash' }
  | { readonly kind: 'dialled'; readonly digits: string; readonly result: DialResult }
  /** The state asked for under this call and phase is reached; `local`: this end's session description, once known. */
  | { readonly kind: 'reached'; readonly phase: Phase; readonly callId?: string | undefined; readonly local?: string | undefined }
  /** It cannot be reached. */
  | { readonly kind: 'failed'; readonly phase: Phase; readonly callId?: string | undefined; readonly cause: Cause }
  /** A tone or ring ended by itself (time-out signals). */
  | { readonly kind: 'tone-ended' }
  /** The line's media was lost, or its gateway restarted: what call there was is gone. */
  | { readonly kind: 'lost'; readonly cause: Cause };

/** A leg as an audit found it. */
export interface FoundLeg {
  readonly line: LineName;
  readonly hook: 'on' | 'off' | 'unknown';
  /** As told by the line's request identifier; undefined when it bears none of ours. */
  readonly state?: HalfCallState | undefined;
  /** This end's session description, where it has a connection. */
  readonly local?: string | undefined;
}

/** Call control, as adapters see it. All calls are made within an adapter's own turn. */
export interface CallControlPort {
  event(line: LineName, event: HalfCallEvent, now: Millis): void;
  /** The line may be used, or no more. Taking it out of service ends its call. */
  service(line: LineName, inService: boolean, now: Millis): void;
  /**
   * Legs found by an audit (takeover, start). Calls are rebuilt from them, and every leg gets an `order` with what it shall be
   * now. Legs of one call may come in several pieces: a call whose other legs are still being looked for (`more` true) is not ended.
   */
  restore(legs: readonly FoundLeg[], more: boolean, now: Millis): void;
  /** The line is another node's now: forget its half-call without doing anything to it. */
  release(line: LineName, now: Millis): void;
  /** What digits may be dialled: the number patterns of the configuration, for digit maps. */
  readonly patterns: readonly string[];
}

/** An adapter, as call control sees it. `order` only notes and enqueues: it must not call back within. */
export interface HalfCallPort {
  readonly protocol: string;
  order(line: LineName, state: HalfCallState, now: Millis): void;
}
