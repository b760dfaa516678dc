// The state tables: of a line that is in no call, and of a call of two half-calls. What a half-call shall be in each state
// stands here too. Nothing but data: `operator.ts` carries it out, tests and `diagram.ts` read it.
import type { HalfCallRole, MediaState, Phase } from './half-call.js';
import type { CallTimers } from './timers.js';

// --- a line without a call ---------------------------------------------------------------------------------------

/** Phases of a line that is in no call; the others belong to a call. */
export type LineState = 'idle' | 'dialling' | 'busy' | 'congested' | 'howling' | 'parked';

/**
 * - `barred`      off-hook while this node takes no new calls
 * - `no-number`   what was dialled leads nowhere
 * - `media-lost`, `gone`   what the line did is over; when it is `gone` (restarted, out of service) its hook is not known either
 */
export type LineEvent = 'off-hook' | 'barred' | 'on-hook' | 'no-number' | 'tone-ended' | 'time-out' | 'media-lost' | 'gone';

export interface LineStateRow {
  /** Why the state exists. */
  readonly why: string;
  /** The timer that brings `time-out`. */
  readonly limit?: keyof CallTimers | undefined;
  readonly on: Readonly<Partial<Record<LineEvent, LineState>>>;
}

/** A whole number begins a call: the one way out of `dialling` that this table does not show. */
export const LINE_STATES: Readonly<Record<LineState, LineStateRow>> = {
  idle: {
    why: 'on-hook, may be called',
    on: { 'off-hook': 'dialling', barred: 'congested' },
  },
  dialling: {
    why: 'off-hook, dial tone until the first digit, digits are collected',
    limit: 'diallingMs',
    on: {
      'on-hook': 'idle',
      'no-number': 'congested',
      'tone-ended': 'congested',
      'time-out': 'congested',
      'media-lost': 'congested',
      gone: 'idle',
    },
  },
  busy: {
    why: 'busy tone: the other side is busy, or has hung up',
    limit: 'toneMs',
    on: { 'on-hook': 'idle', 'tone-ended': 'howling', 'time-out': 'howling', gone: 'idle' },
  },
  congested: {
    why: 'reorder tone: the number cannot be reached, or there is none',
    limit: 'toneMs',
    on: { 'on-hook': 'idle', 'tone-ended': 'howling', 'time-out': 'howling', gone: 'idle' },
  },
  howling: {
    why: 'off-hook warning: the telephone was not hung up',
    limit: 'howlerMs',
    on: { 'on-hook': 'idle', 'tone-ended': 'parked', 'time-out': 'parked', gone: 'idle' },
  },
  parked: {
    why: 'off-hook and silent, waited for without end',
    on: { 'on-hook': 'idle', gone: 'idle' },
  },
};

// --- a call ------------------------------------------------------------------------------------------------------

export type CallState =
  | 'routing'
  | 'hunting'
  | 'offering'
  | 'alerting'
  | 'early'
  | 'talking'
  | 'held-by-originating'
  | 'held-by-terminating'
  | 'held-by-both'
  | 'recalling-originating'
  | 'recalling-terminating'
  | 'releasing';

/**
 * What happens on one leg.
 *
 * - `reached`   it has become what it was told to be
 * - `busy`      a line is found off-hook where it was to ring
 * - `answered`, `refused`   a party that was called takes the call, or does not
 * - `media`     a party that rings tells where its media is
 * - `recall`    its line had another call, has hung up, and is rung to take this one back
 * - `transfer`  a party asks that the other be connected with somebody else
 * - `moved`     the leg goes on in another call; `replaced`: another call's leg has taken its place
 * - `failed`    it cannot become it; `silent`: nothing is heard of it for now, its gateway may come back
 * - `lost`      its media is gone; `gone`: the line itself is, and its hook is not known
 * - `missing`   after a takeover no gateway knows of this leg
 */
export type LegEvent =
  | 'reached'
  | 'off-hook'
  | 'on-hook'
  | 'flash'
  | 'hold'
  | 'retrieve'
  | 'recall'
  | 'tone-ended'
  | 'busy'
  | 'answered'
  | 'refused'
  | 'media'
  | 'transfer'
  | 'moved'
  | 'replaced'
  | 'failed'
  | 'silent'
  | 'lost'
  | 'gone'
  | 'missing';

/**
 * What happens to a call: something on a leg, its timer, or how hunting for a target ended; `digits-unknown`: a takeover found
 * who has dialled, and neither what nor whom he was calling; `taken-back`: nobody took a transfer, and who asked for it is back.
 */
export type CallEvent = `${HalfCallRole}:${LegEvent}` | 'time-out' | 'found' | 'all-busy' | 'none-left' | 'taken-back' | 'digits-unknown';

/**
 * A row of the table. A leg with a state of its own here leaves the call for it; one without stays. `aside`: it waits beside the
 * call, as it was last told to, until somebody has taken its place.
 */
export interface CallTransition {
  readonly next: CallState;
  readonly originating?: LineState | undefined;
  readonly terminating?: LineState | 'aside' | undefined;
}

/** What a leg shall be while the call is in a state. Its remote description is always the other leg's own. */
export interface LegShape {
  readonly phase: Exclude<Phase, LineState>;
  readonly mode: MediaState['mode'];
}

export interface CallStateRow {
  readonly why: string;
  readonly originating?: LegShape | undefined;
  readonly terminating?: LegShape | undefined;
  /**
   * The timer that brings `time-out`, and what it counts from: the call's set-up, known to every node, where people wait; `target`:
   * the same, or when the target before was given up.
   */
  readonly limit?: { readonly timer: keyof CallTimers; readonly from: 'entry' | 'set-up' | 'target' } | undefined;
  readonly on: Readonly<Partial<Record<CallEvent, CallTransition>>>;
}

/** Either side hangs up, loses its media or cannot go on, in a state in which both talk or could talk. */
const END_OF_TALK: CallStateRow['on'] = {
  'originating:on-hook': { next: 'releasing', originating: 'idle', terminating: 'busy' },
  'terminating:on-hook': { next: 'releasing', originating: 'busy', terminating: 'idle' },
  'originating:failed': { next: 'releasing', originating: 'congested', terminating: 'congested' },
  'terminating:failed': { next: 'releasing', originating: 'congested', terminating: 'congested' },
  'originating:lost': { next: 'releasing', originating: 'congested', terminating: 'congested' },
  'terminating:lost': { next: 'releasing', originating: 'congested', terminating: 'congested' },
  'originating:gone': { next: 'releasing', originating: 'idle', terminating: 'congested' },
  'terminating:gone': { next: 'releasing', originating: 'congested', terminating: 'idle' },
  'originating:missing': { next: 'releasing', terminating: 'busy' },
  'terminating:missing': { next: 'releasing', originating: 'busy' },
  'time-out': { next: 'releasing', originating: 'busy', terminating: 'busy' },
};

/** A gateway that cannot hold leaves both talking. */
const FAILED_HOLD: CallStateRow['on'] = {
  'originating:failed': { next: 'talking' },
  'terminating:failed': { next: 'talking' },
};

/** Somebody else takes the place of one of two who talk, or one of them his place in another call. */
const CHANGE_OF_PARTNERS: CallStateRow['on'] = {
  // Who is transferred is a caller from now on: `transferring.ts` has the two change their seats first, where he was not.
  'terminating:transfer': { next: 'hunting', terminating: 'aside' },
  'originating:replaced': { next: 'talking' },
  'terminating:replaced': { next: 'talking' },
  'originating:moved': { next: 'releasing', terminating: 'idle' },
  'terminating:moved': { next: 'releasing', originating: 'idle' },
};

/** Confirmations, and silence: media goes on without the controller, so a gateway that does not answer ends no talk. */
const unchanged = (next: CallState): CallStateRow['on'] => ({
  'originating:reached': { next },
  'terminating:reached': { next },
  'originating:silent': { next },
  'terminating:silent': { next },
});

/** The caller gives up, or is lost, before anybody is called. */
const END_OF_SEARCH: CallStateRow['on'] = {
  'originating:on-hook': { next: 'releasing', originating: 'idle' },
  'originating:failed': { next: 'releasing', originating: 'congested' },
  'originating:lost': { next: 'releasing', originating: 'congested' },
  'originating:gone': { next: 'releasing', originating: 'idle' },
  'originating:missing': { next: 'releasing' },
  'time-out': { next: 'releasing', originating: 'congested' },
};

/** The caller gives up, or is lost, while the called side rings or is about to. */
const END_OF_WAIT: CallStateRow['on'] = {
  'originating:on-hook': { next: 'releasing', originating: 'idle', terminating: 'idle' },
  'originating:failed': { next: 'releasing', originating: 'congested', terminating: 'idle' },
  'originating:lost': { next: 'releasing', originating: 'congested', terminating: 'idle' },
  'originating:gone': { next: 'releasing', originating: 'idle', terminating: 'idle' },
  'originating:missing': { next: 'releasing', terminating: 'idle' },
};

/** The called side answers, or does not, and then the next target is tried. */
const END_OF_RINGING: CallStateRow['on'] = {
  'terminating:off-hook': { next: 'talking' },
  // Found off-hook when it was told once more to ring: that is the answer.
  'terminating:busy': { next: 'talking' },
  'terminating:answered': { next: 'talking' },
  'terminating:refused': { next: 'hunting', terminating: 'idle' },
  'terminating:tone-ended': { next: 'hunting', terminating: 'idle' },
  'terminating:failed': { next: 'hunting', terminating: 'idle' },
  'terminating:lost': { next: 'hunting', terminating: 'idle' },
  'terminating:gone': { next: 'hunting', terminating: 'idle' },
  'terminating:missing': { next: 'releasing', originating: 'congested' },
  'time-out': { next: 'hunting', terminating: 'idle' },
};

export const CALL_STATES: Readonly<Record<CallState, CallStateRow>> = {
  routing: {
    why: 'the caller gets a connection, so that there is a description to offer',
    originating: { phase: 'routing', mode: 'recvonly' },
    limit: { timer: 'setUpMs', from: 'entry' },
    on: {
      ...END_OF_SEARCH,
      'originating:reached': { next: 'hunting' },
      'originating:silent': { next: 'releasing', originating: 'congested' },
      // Nobody rings: the number is looked up once more by whoever found the caller waiting.
      'terminating:missing': { next: 'routing' },
      'digits-unknown': { next: 'releasing', originating: 'dialling' },
    },
  },
  hunting: {
    why: 'the next target that can ring is looked for; waits only where a takeover has not come to its line yet',
    originating: { phase: 'routing', mode: 'recvonly' },
    limit: { timer: 'setUpMs', from: 'entry' },
    on: {
      ...END_OF_SEARCH,
      'originating:reached': { next: 'hunting' },
      'originating:silent': { next: 'hunting' },
      found: { next: 'offering' },
      'taken-back': { next: 'talking' },
      'all-busy': { next: 'releasing', originating: 'busy' },
      'none-left': { next: 'releasing', originating: 'congested' },
    },
  },
  offering: {
    why: 'the called line has been told to ring and has not confirmed it',
    originating: { phase: 'routing', mode: 'recvonly' },
    terminating: { phase: 'ringing', mode: 'sendrecv' },
    limit: { timer: 'setUpMs', from: 'entry' },
    on: {
      ...END_OF_WAIT,
      'originating:reached': { next: 'offering' },
      'originating:silent': { next: 'offering' },
      'originating:replaced': { next: 'offering' },
      'terminating:reached': { next: 'alerting' },
      'terminating:media': { next: 'early' },
      'terminating:answered': { next: 'talking' },
      'terminating:refused': { next: 'hunting', terminating: 'idle' },
      // Glare: somebody went to make a call of his own in the moment in which this one came.
      'terminating:off-hook': { next: 'hunting', terminating: 'dialling' },
      'terminating:busy': { next: 'hunting', terminating: 'dialling' },
      'terminating:failed': { next: 'hunting', terminating: 'idle' },
      'terminating:silent': { next: 'hunting', terminating: 'idle' },
      'terminating:lost': { next: 'hunting', terminating: 'idle' },
      'terminating:gone': { next: 'hunting', terminating: 'idle' },
      'terminating:missing': { next: 'hunting' },
      'time-out': { next: 'hunting', terminating: 'idle' },
    },
  },
  alerting: {
    why: 'the called side rings, the caller hears it ring',
    originating: { phase: 'ringback', mode: 'recvonly' },
    terminating: { phase: 'ringing', mode: 'sendrecv' },
    limit: { timer: 'noAnswerMs', from: 'target' },
    on: {
      ...unchanged('alerting'),
      ...END_OF_WAIT,
      ...END_OF_RINGING,
      // The gateway ended the caller's ringback by itself; the called telephone goes on ringing.
      'originating:tone-ended': { next: 'alerting' },
      'originating:replaced': { next: 'alerting' },
      'terminating:media': { next: 'early' },
    },
  },
  early: {
    why: 'the called side rings, and the caller hears what it sends (announcements, its own ringback)',
    originating: { phase: 'early', mode: 'recvonly' },
    terminating: { phase: 'ringing', mode: 'sendrecv' },
    limit: { timer: 'noAnswerMs', from: 'target' },
    on: {
      ...unchanged('early'),
      ...END_OF_WAIT,
      ...END_OF_RINGING,
      'originating:replaced': { next: 'early' },
      'terminating:media': { next: 'early' },
    },
  },
  talking: {
    why: 'both hear each other',
    originating: { phase: 'talking', mode: 'sendrecv' },
    terminating: { phase: 'talking', mode: 'sendrecv' },
    limit: { timer: 'talkingMs', from: 'set-up' },
    on: {
      ...unchanged('talking'),
      ...END_OF_TALK,
      ...CHANGE_OF_PARTNERS,
      'originating:flash': { next: 'held-by-originating' },
      'terminating:flash': { next: 'held-by-terminating' },
      'originating:hold': { next: 'held-by-originating' },
      'terminating:hold': { next: 'held-by-terminating' },
      'originating:retrieve': { next: 'talking' },
      'terminating:retrieve': { next: 'talking' },
    },
  },
  'held-by-originating': {
    why: 'the caller has put the other on hold; only he takes it back',
    originating: { phase: 'holding', mode: 'inactive' },
    terminating: { phase: 'held', mode: 'inactive' },
    limit: { timer: 'talkingMs', from: 'set-up' },
    on: {
      ...unchanged('held-by-originating'),
      ...END_OF_TALK,
      ...CHANGE_OF_PARTNERS,
      ...FAILED_HOLD,
      'originating:flash': { next: 'talking' },
      'originating:retrieve': { next: 'talking' },
      'originating:hold': { next: 'held-by-originating' },
      'originating:recall': { next: 'recalling-originating' },
      'terminating:hold': { next: 'held-by-both' },
      'terminating:retrieve': { next: 'held-by-originating' },
    },
  },
  'held-by-terminating': {
    why: 'the called side has put the caller on hold; only it takes it back',
    originating: { phase: 'held', mode: 'inactive' },
    terminating: { phase: 'holding', mode: 'inactive' },
    limit: { timer: 'talkingMs', from: 'set-up' },
    on: {
      ...unchanged('held-by-terminating'),
      ...END_OF_TALK,
      ...CHANGE_OF_PARTNERS,
      ...FAILED_HOLD,
      'terminating:flash': { next: 'talking' },
      'terminating:retrieve': { next: 'talking' },
      'terminating:hold': { next: 'held-by-terminating' },
      'terminating:recall': { next: 'recalling-terminating' },
      'originating:hold': { next: 'held-by-both' },
      'originating:retrieve': { next: 'held-by-terminating' },
    },
  },
  'held-by-both': {
    why: 'each side has put the other on hold: both must take it back',
    originating: { phase: 'holding', mode: 'inactive' },
    terminating: { phase: 'holding', mode: 'inactive' },
    limit: { timer: 'talkingMs', from: 'set-up' },
    on: {
      ...unchanged('held-by-both'),
      ...END_OF_TALK,
      ...CHANGE_OF_PARTNERS,
      'originating:failed': { next: 'held-by-terminating' },
      'terminating:failed': { next: 'held-by-originating' },
      'originating:flash': { next: 'held-by-terminating' },
      'terminating:flash': { next: 'held-by-originating' },
      'originating:retrieve': { next: 'held-by-terminating' },
      'terminating:retrieve': { next: 'held-by-originating' },
      'originating:hold': { next: 'held-by-both' },
      'terminating:hold': { next: 'held-by-both' },
      'originating:recall': { next: 'recalling-originating' },
      'terminating:recall': { next: 'recalling-terminating' },
    },
  },
  'recalling-originating': {
    why: 'the caller had it on hold beside another call, has hung up, and is rung to take it back',
    originating: { phase: 'ringing', mode: 'sendrecv' },
    terminating: { phase: 'held', mode: 'inactive' },
    limit: { timer: 'noAnswerMs', from: 'entry' },
    on: {
      ...unchanged('recalling-originating'),
      'originating:off-hook': { next: 'talking' },
      'originating:busy': { next: 'talking' },
      'originating:on-hook': { next: 'recalling-originating' },
      'terminating:on-hook': { next: 'releasing', originating: 'idle', terminating: 'idle' },
      'terminating:hold': { next: 'recalling-originating' },
      'terminating:retrieve': { next: 'recalling-originating' },
      'originating:tone-ended': { next: 'releasing', originating: 'idle', terminating: 'busy' },
      'originating:failed': { next: 'releasing', originating: 'idle', terminating: 'congested' },
      'originating:lost': { next: 'releasing', originating: 'idle', terminating: 'congested' },
      'originating:gone': { next: 'releasing', originating: 'idle', terminating: 'congested' },
      'originating:missing': { next: 'releasing', terminating: 'busy' },
      'terminating:failed': { next: 'releasing', originating: 'idle', terminating: 'congested' },
      'terminating:lost': { next: 'releasing', originating: 'idle', terminating: 'congested' },
      'terminating:gone': { next: 'releasing', originating: 'idle', terminating: 'idle' },
      'terminating:missing': { next: 'releasing', originating: 'idle' },
      'time-out': { next: 'releasing', originating: 'idle', terminating: 'busy' },
    },
  },
  'recalling-terminating': {
    why: 'the same of who was called',
    originating: { phase: 'held', mode: 'inactive' },
    terminating: { phase: 'ringing', mode: 'sendrecv' },
    limit: { timer: 'noAnswerMs', from: 'entry' },
    on: {
      ...unchanged('recalling-terminating'),
      'terminating:off-hook': { next: 'talking' },
      'terminating:busy': { next: 'talking' },
      'terminating:on-hook': { next: 'recalling-terminating' },
      'originating:on-hook': { next: 'releasing', originating: 'idle', terminating: 'idle' },
      'originating:hold': { next: 'recalling-terminating' },
      'originating:retrieve': { next: 'recalling-terminating' },
      'terminating:tone-ended': { next: 'releasing', originating: 'busy', terminating: 'idle' },
      'terminating:failed': { next: 'releasing', originating: 'congested', terminating: 'idle' },
      'terminating:lost': { next: 'releasing', originating: 'congested', terminating: 'idle' },
      'terminating:gone': { next: 'releasing', originating: 'congested', terminating: 'idle' },
      'terminating:missing': { next: 'releasing', originating: 'busy' },
      'originating:failed': { next: 'releasing', originating: 'congested', terminating: 'idle' },
      'originating:lost': { next: 'releasing', originating: 'congested', terminating: 'idle' },
      'originating:gone': { next: 'releasing', originating: 'idle', terminating: 'idle' },
      'originating:missing': { next: 'releasing', terminating: 'idle' },
      'time-out': { next: 'releasing', originating: 'busy', terminating: 'idle' },
    },
  },
  releasing: {
    why: 'the call is over: each leg is on its own, in a state of a line without a call',
    on: {},
  },
};

const LINE_STATE_NAMES: ReadonlySet<string> = new Set(Object.keys(LINE_STATES));

/** @returns `true` for a phase of a line that is in no call. */
export function isLineState(phase: Phase): phase is LineState {
  return LINE_STATE_NAMES.has(phase);
}

/** @returns `true` for the two phases in which the telephone lies on its hook. */
export function isOnHook(phase: Phase): boolean {
  return phase === 'idle' || phase === 'ringing';
}

/** @returns `true` where one side is rung to take back the other, whom it had put on hold. */
export function isRecalling(state: CallState): boolean {
  return state === 'recalling-originating' || state === 'recalling-terminating';
}

/** @returns `true` where the called side has answered, and nobody is rung. */
export function isAnswered(state: CallState): boolean {
  return state === 'talking' || state === 'held-by-originating' || state === 'held-by-terminating' || state === 'held-by-both';
}
