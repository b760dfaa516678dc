// A half-call: one leg of a call in the controller, in neutral words. Call control says what a half-call shall be; the
// protocol's adapter brings the line there with the fewest messages, and tells what happened on it. What a half-call
// shall be is a whole state and not a step: a newer one replaces an older one that is still on its way, and after a
// takeover the state that an audit found is compared with it.
import type { Millis } from '@altpath/core';
import type { Cause } from './cause.js';

/**
 * Who a half-call is of: a line of a gateway, `LOCAL@GATEWAY`, both as the file writes them (`aaln/1@rgw1`; the key of `numbers`
 * targets and of `lines`); or a party, `PROTOCOL/NUMBER` (`sip/7`), which is there for one call: who called it into being
 * numbers it, and it is forgotten with its last order.
 */
export type LineName = string;

/** Which seat of its call a leg has. Orders may change it: who is transferred is a caller from then on. */
export type HalfCallRole = (typeof ROLES)[number];

/** Both seats. Identifiers on the wire name a role by its place here. */
export const ROLES = ['originating', 'terminating'] as const;

/** The seat of the other leg. */
export function otherRole(role: HalfCallRole): HalfCallRole {
  return role === 'originating' ? 'terminating' : 'originating';
}

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
 * - `knocking`   talking, and hears that a second call waits
 * - `busy`, `congested`   busy tone, reorder tone: off-hook with no call, until on-hook
 * - `howling`    off-hook warning tone; `parked`: off-hook, silent, waited for
 * - `early`      the far side rings and sends media already: that is heard instead of a ringback tone
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
  'early',
  'knocking',
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
  /** The call was for somebody else, who has it forwarded: told where it rings. */
  readonly diversion?: DiversionNote | undefined;
  /**
   * Of a party: the line at the other end of its call; undefined where that is a party, or not found yet. What the party is told bears
   * its name, so that whoever gets a message of the party knows which node can do most for the call (`carrierOf`).
   */
  readonly farLine?: LineName | undefined;
  /** Whom a party that is called stands for; it never changes. */
  readonly called?: CalledParty | undefined;
  /**
   * How often whom the party stands for has been called in this call, this time included: 1 and more; undefined where it is not known.
   * With the call's identity it tells one attempt from all others, on every node alike.
   */
  readonly attempt?: number | undefined;
  /** Why the leg is in no call any more (`idle`, `busy`, `congested`). A line hears a tone; a party's protocol tells the cause. */
  readonly cause?: Cause | undefined;
}

/** Why a call went on from the line for which it was. */
export type DiversionReason = 'unconditional' | 'user-busy' | 'no-answer' | 'do-not-disturb';

/** Who had a call forwarded last, and why. */
export interface DiversionNote {
  /** Its number; undefined where it has none. */
  readonly number?: string | undefined;
  readonly reason: DiversionReason;
}

/** Whom a party stands for, as the number plan says it. */
export type CalledParty =
  /** A user registered in our first domain. */
  | { readonly kind: 'registrar'; readonly user: string }
  | { readonly kind: 'sip'; readonly uri: string }
  | { readonly kind: 'group'; readonly name: string; readonly user: string }
  /** A line of a gateway that another node holds: the call goes on through that node. */
  | { readonly kind: 'line-at-node'; readonly node: number; readonly line: LineName };

/** How the collecting of digits ended: a number is complete; the user paused; no number begins like this. */
export type DialResult = 'match' | 'timeout' | 'no-match';

/** What happens on a line, or with a party. */
export type HalfCallEvent =
  /** A party that nobody knew begins a call. It is answered by orders for it, as every leg is. */
  | SetUp
  /** Off-hook with no call, or answering a ringing one: call control knows which. `local`: a party answers with this description. */
  | { readonly kind: 'off-hook'; readonly local?: string | undefined }
  /** `cause`: why, where a party says so; default `normal-clearing`. */
  | { readonly kind: 'on-hook'; readonly cause?: Cause | undefined }
  | { readonly kind: 'flash' }
  /** A party puts the other on hold, or takes it back; saying so again changes nothing. */
  | { readonly kind: 'hold' }
  | { readonly kind: 'retrieve' }
  /** A party's media is now there: a new offer, or early media before an answer. */
  | { readonly kind: 'media'; readonly local: string }
  /** One key pressed while talking, told in signaling (SIP INFO): `0`..`9`, `*`, `#`, `A`..`D`. */
  | { readonly kind: 'digit'; readonly digit: string; readonly durationMs: Millis }
  /**
   * A party asks that the other be connected with somebody else, and leaves. `to`: as dialled, or a `sip:` address;
   * `replaces`: the same telephone's party in another call of ours: whom that one talks with is the somebody (attended transfer).
   */
  | { readonly kind: 'transfer'; readonly to: string; readonly replaces?: LineName | undefined }
  | { readonly kind: 'dialled'; readonly digits: string; readonly result: DialResult }
  /** The state asked for under this call and phase is reached; `local`: this end's session description, once known. */
  | { readonly kind: 'reached'; readonly phase: Phase; readonly callId?: string | undefined; readonly local?: string | undefined }
  /**
   * It cannot be reached. Of a party that was to ring this is its refusal, whatever the cause; in another phase
   * `recovery-on-timer-expiry`, `temporary-failure`, `congestion` and `network-out-of-order` end nothing, any other cause ends the call.
   */
  | { readonly kind: 'failed'; readonly phase: Phase; readonly callId?: string | undefined; readonly cause: Cause }
  /** A tone or ring ended by itself (time-out signals). */
  | { readonly kind: 'tone-ended' }
  /** The line's media was lost, or its gateway restarted: what call there was is gone. */
  | { readonly kind: 'lost'; readonly cause: Cause };

export interface SetUp {
  readonly kind: 'set-up';
  readonly dialled: string;
  readonly caller: CallerIdentity;
  /** Its session description; undefined where it asks for ours. */
  readonly local?: string | undefined;
  /** The call is for this line and no other: another node passes it on, and has looked at the number. */
  readonly line?: LineName | undefined;
  /** What that node calls the call: the detail records of both are one. */
  readonly recordId?: string | undefined;
}

/** What is said to a party beside its orders, where its protocol has words for it. */
export type Notice =
  /** The other side pressed a key. */
  | { readonly kind: 'digit'; readonly digit: string; readonly durationMs: Millis }
  /** How the transfer that it asked for goes; with `done` and `failed` it is over. */
  | { readonly kind: 'transfer'; readonly progress: 'trying' | 'ringing' | 'done' | 'failed'; readonly cause?: Cause | undefined };

/** A leg as an audit found it, or as a party's own message or a stored call tells it. */
export interface FoundLeg {
  readonly line: LineName;
  readonly hook: 'on' | 'off' | 'unknown';
  /** As told by the line's request identifier; undefined when it bears none of ours. */
  readonly state?: HalfCallState | undefined;
  /** This end's session description, where it has a connection. */
  readonly local?: string | undefined;
  /** Of a party in a talk: who has whom on hold its message does not tell, and `state` has `talking` for all of that. Default false. */
  readonly mayBeOnHold?: boolean | undefined;
}

/** What is told to either side as the other end's description; undefined: there is no connection (yet). */
export type AnchorLocals = readonly [originating: string | undefined, terminating: string | undefined];

/** Call control, as who anchors calls sees it. */
export interface AnchoredCalls {
  /**
   * The anchor is what was asked for last. Told once for each `anchor` that leaves a connection, and again whenever a description
   * has become another: the gateway restarted, and the call has connections anew.
   */
  anchored(callId: string, locals: AnchorLocals, now: Millis): void;
  /** It cannot be made, or not for now. It is tried on, ever more slowly, until there is another `anchor`; `anchored` may follow. */
  anchorFailed(callId: string, cause: Cause, now: Millis): void;
}

/** Call control, as adapters see it. All calls are made within an adapter's own turn. The words of anchors: where calls are anchored. */
export interface CallControlPort extends Partial<AnchoredCalls> {
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
  /** What `save` would give has changed: the call is to be stored anew. */
  changed(party: LineName, now: Millis): void;
  /** A party that has had its last order has been told so, or cannot be: nothing is left to be done about it. */
  parted(party: LineName, now: Millis): void;
  /**
   * A message of a party names a call (and its own role in it) that nobody here knows: the call is taken from the store, where
   * there is one that has it.
   *
   * @returns the name of the party, known from now on; undefined: the store does not have it.
   */
  recall(callId: string, role: HalfCallRole, now: Millis): LineName | undefined;
  /**
   * A message of a party came to this node, and its call is not here: who carries it, and is to be given the message as it came.
   * That is asked before `recall`. Never of a message that another node has passed on.
   *
   * @param farLine  The line at the other end of the call, where the message names one.
   * @returns index of a living other node that this one gave the call to, or that holds the gateway of `farLine`.
   */
  carrierOf?(callId: string, farLine: LineName | undefined, now: Millis): number | undefined;
  /**
   * Who holds gateways of other protocols that go to these nodes in this order: calls may have a leg on one of those and one on a
   * gateway of the same path that comes to this node, which does not know it.
   *
   * @param path  Indexes of nodes, home first.
   * @returns     indexes, this node's own where it has such gateways; undefined: not known yet, and soon to be.
   */
  holdersAlong?(path: readonly number[]): readonly number[] | undefined;
  /**
   * The node that held the gateway of this line is down, and nobody has it yet, or has heard of the line. A message of a party that
   * talks with it waits until somebody has: that node is to hear it. Asked after `recall`.
   */
  isSought?(farLine: LineName, now: Millis): boolean;
  /** What digits may be dialled: the number patterns of the configuration, for digit maps. */
  readonly patterns: readonly string[];
}

/** An adapter, as call control sees it. `order` only notes and enqueues: it must not call back within. */
export interface HalfCallPort {
  readonly protocol: string;
  order(line: LineName, state: HalfCallState, now: Millis): void;
  /** Only of protocols with parties: beside the orders. Like them it must not call back within. */
  notice?(party: LineName, notice: Notice, now: Millis): void;
  /** What another node must know beside the half-call to go on with this party: the adapter's own words (a SIP dialog). */
  save?(party: LineName): string | undefined;
  /** The party is another node's now: it is forgotten, and nothing is said to it. */
  forget?(party: LineName): void;
  /** A party of another node's call is this node's now: `saved` is what `save` gave there. @returns its name here. */
  adopt?(saved: string, now: Millis): LineName | undefined;
}
