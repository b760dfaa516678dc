// One call: two half-calls joined, by the table of `states.ts`. It knows its legs, its state and what each leg shall be; it
// does nothing to lines and parties.
import { type Millis, NEVER } from '@altpath/core';
import type { CallAnchor } from './anchor.js';
import { parseCallId } from './call-identity.js';
import type { Cause } from './cause.js';
import type { Diversion } from './features/forwarding.js';
import {
  type CalledParty,
  type CallerIdentity,
  type HalfCallRole,
  type HalfCallState,
  type LineName,
  type MediaState,
  otherRole,
  type Phase,
  ROLES,
} from './half-call.js';
import type { Target } from './number-plan.js';
import {
  CALL_STATES,
  type CallEvent,
  type CallState,
  type CallTransition,
  isAnswered,
  isRecalling,
  type LegShape,
  type LineState,
} from './states.js';
import type { StoredCall, StoredLeg } from './stored-call.js';
import type { CallTimers } from './timers.js';

/** One side of a call. */
export interface Leg {
  readonly line: LineName;
  /** This end's session description, once known. */
  local?: string | undefined;
  /** What an audit found: used while the other leg is not known. */
  found?: HalfCallState | undefined;
  /** Of what was found: it is in a talk, and who has whom on hold is for the other leg to tell. */
  mayBeOnHold?: boolean | undefined;
}

/** What is remembered of a side when it has left: for the call's record. */
export interface Seen {
  /** Its number, or else its name. */
  readonly who: string;
  readonly protocol: string | undefined;
}

/** Who has asked for a transfer, and waits beside the call: it had the terminating seat. */
export interface Transferor extends Leg {
  /** The call's state before, to which it comes back when nobody takes the call. */
  was: CallState;
}

export interface CallBeginning {
  /** Where it does not tell when the call was set up, `now` stands for that. */
  readonly callId: string;
  readonly dialled?: string | undefined;
  readonly state: CallState;
  readonly now: Millis;
  /** Found by an audit: not all of its legs may be known. */
  readonly waiting?: boolean | undefined;
}

/** What a side call is for. */
export interface Purpose {
  /** The call in which the leg is. */
  readonly call: Call;
  readonly role: HalfCallRole;
  /** Something of the side call has changed; it may be over. */
  follow(side: Call, now: Millis): void;
}

export class Call {
  #callId: string;
  #setUpAt: Millis;
  #setUpEstimated: boolean;
  dialled: string | undefined;
  /** Who calls, as the called side is told; undefined: not known here. */
  caller: CallerIdentity | undefined;
  originating: Leg | undefined;
  terminating: Leg | undefined;
  transferor: Transferor | undefined;
  /** Targets that have not been tried, in order. */
  targets: readonly Target[] = [];
  /** A target was busy: the caller hears busy tone when no other takes the call. */
  metBusy = false;
  /** Why the last target did not take the call. */
  refusal: Cause | undefined;
  /** Another node has passed it on to us: it goes to no further node. */
  isPassedOn = false;
  /** What that node calls it, which its detail record bears. */
  recordId: string | undefined;
  /** A node that this call was passed on to, and that did not answer: its lines are waited for until they are somebody else's. */
  failedNode: number | undefined;
  /** The node through which the present target was called, or the last one; undefined: it was not called through a node. */
  askedNode: number | undefined;
  /** What was dialled is an emergency number: nothing stands in its way. */
  emergency = false;
  /** Lines that have forwarded it, in order. */
  diversions: readonly Diversion[] = [];
  /** Its media meet at a gateway. */
  anchor: CallAnchor | undefined;
  /** Names of the nodes that carried it before. */
  nodes: readonly string[] = [];
  /** Who is, or was the last, in each role. */
  readonly seen: { [role in HalfCallRole]?: Seen | undefined } = {};
  /** Legs that its record tells of and that are not here (yet). */
  readonly awaited: { [role in HalfCallRole]?: StoredLeg | undefined } = {};
  /** Lines that another node has now, while their other leg is still here: its record tells of them. */
  readonly departed: { [role in HalfCallRole]?: StoredLeg | undefined } = {};
  /** When another node was told of it last, which shall go on with it. */
  offeredAt: Millis = Number.NEGATIVE_INFINITY;
  /** It is a side call: somebody in another call hears whom it has called. */
  serves: Purpose | undefined;
  /** Side calls whose called party a leg hears, in place of the other leg. */
  readonly sources: { [role in HalfCallRole]?: Call | undefined } = {};
  /** In this hold music has been asked for. */
  hasMusic = false;
  /** Its two sides are in a conference: who is held hears the others. */
  isMixed = false;
  /** Lines that have left it, as its record tells, and what they have become: they may be found in it all the same. */
  readonly left = new Map<LineName, LineState>();
  /** Its targets are those of its record: what was dialled tells no more. */
  hasRecord = false;
  #answeredAt: Millis | undefined;
  #answerEstimated = false;
  /** A leg is not known here (yet): it may be found by an audit. */
  waiting: boolean;
  #state: CallState;
  #since: Millis;
  /** Since when the present target, or the one before, could have answered: people wait so long for each. */
  #patientSince: Millis;
  /** How often each has been called. */
  readonly #attempts = new Map<string, number>();

  constructor({ callId, dialled, state, now, waiting = false }: CallBeginning) {
    const setUpAt = parseCallId(callId)?.setUpAt;
    this.#callId = callId;
    this.#setUpAt = setUpAt ?? now;
    this.#setUpEstimated = setUpAt === undefined;
    this.dialled = dialled;
    this.#state = state;
    this.#since = now;
    this.#patientSince = this.#setUpAt;
    this.waiting = waiting;
  }

  get callId(): string {
    return this.#callId;
  }

  get setUpAt(): Millis {
    return this.#setUpAt;
  }

  /** No leg has told when the call was set up: `setUpAt` is when it was found. */
  get setUpEstimated(): boolean {
    return this.#setUpEstimated;
  }

  /** A leg tells the whole identity of a call that was known by a part of it. */
  identify(callId: string, setUpAt: Millis): void {
    this.#callId = callId;
    if (this.#patientSince === this.#setUpAt) this.#patientSince = setUpAt;
    this.#setUpAt = setUpAt;
    this.#setUpEstimated = false;
  }

  get state(): CallState {
    return this.#state;
  }

  /** When it was answered; undefined: it was not, or nobody here knows of it. */
  get answeredAt(): Millis | undefined {
    return this.#answeredAt;
  }

  /** It was found answered: `answeredAt` is when that was. */
  get isAnswerEstimated(): boolean {
    return this.#answerEstimated;
  }

  /** Puts the call where its legs were found to be (takeover). */
  place(state: CallState, now: Millis): void {
    this.#answerEstimated ||= this.#answeredAt === undefined && (isAnswered(state) || isRecalling(state));
    this.#enter(state, now);
  }

  #enter(state: CallState, now: Millis): void {
    this.#state = state;
    this.#since = now;
    if (isAnswered(state) || isRecalling(state)) this.#answeredAt ??= now;
  }

  /** Its record tells what its legs do not. */
  remember({
    dialled,
    caller,
    targets,
    metBusy,
    emergency,
    refusal,
    isPassedOn,
    recordId,
    diversions,
    nodes,
    answeredAt,
    estimated,
    ...of
  }: StoredCall): void {
    this.hasRecord = true;
    for (const role of ROLES) {
      const called = of[role]?.called;
      if (called && !this.#attempts.has(JSON.stringify(called))) this.countAttempt(called);
    }
    this.dialled ??= dialled;
    this.caller ??= caller;
    this.targets = targets;
    this.metBusy ||= metBusy;
    this.emergency ||= emergency;
    this.refusal ??= refusal;
    this.isPassedOn ||= isPassedOn;
    this.recordId ??= recordId;
    this.diversions = diversions;
    this.nodes = nodes;
    this.seen.originating ??= of.originating && { who: of.from, protocol: of.originating.protocol };
    this.seen.terminating ??= of.terminating && { who: of.to, protocol: of.terminating.protocol };
    if (this.#setUpEstimated && of.setUpAt < this.#setUpAt) this.#setUpAt = of.setUpAt;
    if (answeredAt === undefined || (this.#answeredAt !== undefined && !this.#answerEstimated)) return;
    this.#answeredAt = answeredAt;
    this.#answerEstimated = estimated.includes('answeredAt');
  }

  /**
   * Takes one step of the table.
   *
   * @returns the row that was taken; undefined, and nothing changes, when the state does not take the event.
   */
  take(event: CallEvent, now: Millis): CallTransition | undefined {
    const row = CALL_STATES[this.#state].on[event];
    if (row && row.next !== this.#state) {
      this.#enter(row.next, now);
      this.#outdateFindings();
    }
    return row;
  }

  /** The two sides change their seats. */
  swap(): void {
    [this.originating, this.terminating] = [this.terminating, this.originating];
    this.#state = MIRRORED[this.#state] ?? this.#state;
  }

  /** @returns how often this one has been called in this call, with this time. */
  countAttempt(called: CalledParty): number {
    const key = JSON.stringify(called);
    const attempt = (this.#attempts.get(key) ?? 0) + 1;
    this.#attempts.set(key, attempt);
    return attempt;
  }

  /** The target has had its time, or has refused: whoever is next has as much. */
  nextTarget(now: Millis): void {
    this.#patientSince = now;
  }

  /** The other leg is not known here any more; this one goes on as it was last told to. */
  await(role: HalfCallRole, ordered: HalfCallState | undefined): void {
    this.waiting = true;
    const leg = this[role];
    if (leg) leg.found = ordered;
  }

  /** What was found is history once an event has moved the call: a leg that is found later is compared with what is now. */
  #outdateFindings(): void {
    for (const role of ROLES) {
      const leg = this[role];
      const phase = this.phase(role);
      if (leg?.found && phase) leg.found = { ...leg.found, phase };
    }
  }

  /** When the present state's `time-out` is due. @param forwards  Whom it rings has it forwarded when nobody answers. */
  deadline(timers: CallTimers, forwards: boolean): Millis {
    const limit = CALL_STATES[this.#state].limit;
    if (!limit) return NEVER;
    const from = { entry: this.#since, 'set-up': this.#setUpAt, target: this.#patientSince }[limit.from];
    return from + (forwards && limit.timer === 'noAnswerMs' ? Math.min(timers.forwardMs, timers.noAnswerMs) : timers[limit.timer]);
  }

  /** The phase of a leg in the present state; undefined where the state has no such leg. */
  phase(role: HalfCallRole): Phase | undefined {
    return this.#shape(role)?.phase;
  }

  #shape(role: HalfCallRole): LegShape | undefined {
    const shape = CALL_STATES[this.#state][role];
    return this.isMixed && shape?.phase === 'held' ? { phase: 'talking', mode: 'sendrecv' } : shape;
  }

  /** What the leg shall be now. */
  wanted(role: HalfCallRole): HalfCallState | undefined {
    const shape = this.#shape(role);
    if (!shape) return undefined;
    return {
      phase: shape.phase,
      role,
      callId: this.#callId,
      media: this.#media(role, shape),
      caller: shape.phase === 'ringing' ? (this.caller ?? this[role]?.found?.caller) : undefined,
      dialled: role === 'originating' ? this.dialled : undefined,
      ...(shape.phase === 'ringing' && this.#diversionNote()),
    };
  }

  #diversionNote(): Pick<HalfCallState, 'diversion'> | undefined {
    const last = this.diversions.at(-1);
    return last && { diversion: { number: last.number, reason: last.reason } };
  }

  #media(role: HalfCallRole, { phase, mode }: LegShape): MediaState {
    const source = this.sources[role];
    const heard = source?.state === 'talking' ? source.terminating?.local : undefined;
    if (heard !== undefined) return { mode: phase === 'held' ? 'recvonly' : mode, remote: heard };
    const other = this[otherRole(role)];
    // Of a leg that is not found yet, or that could not tell its own description, the other side still knows it.
    const isUntold = other ? other.local === undefined && other.found !== undefined : this.waiting;
    const far = isUntold ? this[role]?.found?.media?.remote : other?.local;
    const remote = this.anchor ? this.anchor.locals[ROLES.indexOf(role)] : far;
    // Nothing can be sent to a place that is not known (RFC 3435 §2.3.5: return code 527).
    return { mode: remote === undefined && mode === 'sendrecv' ? 'recvonly' : mode, remote };
  }
}

const MIRRORED: Readonly<Partial<Record<CallState, CallState>>> = {
  'held-by-originating': 'held-by-terminating',
  'held-by-terminating': 'held-by-originating',
};
