// The operator moves the plugs of the switchboard as the tables of `states.ts` say: one event of a line or a call comes in, and
// its row is carried out, with all that follows from it at once.
import type { Millis, Observer } from '@altpath/core';
import type { Anchoring } from './anchoring.js';
import type { Call, CallBeginning, Leg, Purpose } from './call.js';
import { endOf } from './call-detail.js';
import { CALL_COUNTERS, callCounter, newCallId, parseCallId } from './call-identity.js';
import type { CallLedger } from './call-ledger.js';
import type { Cause } from './cause.js';
import { EndedCalls } from './ended-calls.js';
import { Conferences } from './features/conference.js';
import { HoldMusic } from './features/hold-music.js';
import { SecondCalls } from './features/second-call.js';
import { SideCalls } from './features/side-calls.js';
import { causeOf } from './failure.js';
import { type CalledParty, type HalfCallRole, type LineName, otherRole, ROLES } from './half-call.js';
import type { Hunting } from './hunting.js';
import { Line } from './line.js';
import { formatTarget, type NumberMatch, presentedCaller, type NumberPlan, type Target } from './number-plan.js';
import type { OperatorView } from './operator-view.js';
import { Party } from './party.js';
import { CALL_STATES, type CallEvent, type CallState, type CallTransition, LINE_STATES, type LineEvent, type LineState } from './states.js';
import type { Station } from './station.js';
import type { Switchboard } from './switchboard.js';
import { Transferring } from './transferring.js';

/** A call that begins: what was dialled, and where that leads. */
export interface Beginning extends Partial<Pick<NumberMatch, 'callerId' | 'emergency'>> {
  readonly dialled: string;
  readonly targets: readonly Target[];
}

export class Operator implements OperatorView {
  readonly transferring: Transferring = new Transferring(this);
  readonly sideCalls: SideCalls = new SideCalls(this);
  readonly holdMusic: HoldMusic = new HoldMusic(this);
  readonly conferences: Conferences = new Conferences(this);
  readonly secondCalls: SecondCalls = new SecondCalls(this);
  readonly endedCalls = new EndedCalls();
  #counter: number;

  /** @param slot  0..15, part of each call's identity. */
  constructor(
    readonly board: Switchboard,
    readonly plan: NumberPlan,
    readonly hunting: Hunting,
    readonly ledger: CallLedger,
    readonly anchoring: Anchoring,
    readonly observer: Observer,
    private readonly slot: number,
    now: Millis,
  ) {
    // Not from 0: a node that restarts within a second shall not make one identity twice.
    this.#counter = Math.floor(now) % CALL_COUNTERS;
  }

  get draining(): boolean {
    return this.hunting.draining;
  }

  /** Who is lifted now cannot call anybody. Where there are emergency numbers, he may call these. */
  get barsLines(): boolean {
    return this.draining && !this.plan.hasEmergency;
  }

  // --- lines without a call, and parties that leave one ------------------------------------------------------------

  lineEvent(line: Line, event: LineEvent, now: Millis): void {
    const next = LINE_STATES[line.state].on[event];
    if (next === undefined) return this.ignored(`${line.state} ${event}`);
    if (event === 'barred') this.observer.count('call.refused', 'draining');
    this.setState(line, next, now);
    if (line.state === 'idle') this.secondCalls.alone(line, now);
  }

  /** The line is in no call (any more) and becomes `state`, or what its hook allows of it. */
  setState(line: Line, state: LineState, now: Millis): void {
    this.board.setState(line, this.#allowed(line, state), now);
  }

  #allowed(line: Line, state: LineState): LineState {
    if (line.hook === 'on') return 'idle';
    // Found off-hook where the table has it idle: whoever listens there shall hear that nobody is.
    if (line.hook === 'off' && state === 'idle') return 'busy';
    return state === 'dialling' && this.barsLines ? 'congested' : state;
  }

  /** Who was in this call, or wanted to be in one, is in none: a line becomes `state`, a party is told why and forgotten. */
  dismiss(station: Station, state: LineState, callId: string | undefined, cause: Cause, now: Millis): void {
    if (station instanceof Line) {
      this.setState(station, state, now);
      this.secondCalls.alone(station, now);
    } else if (station instanceof Party) this.board.dismiss(station, state, callId, cause);
  }

  /** Who was in this call has left it, as `dismiss` says it. Until he has been told, the call's record says so. */
  leave(station: Station, state: LineState, call: Call, cause: Cause, now: Millis): void {
    this.ledger.leaves(call, station, state, cause, now);
    this.dismiss(station, state, call.callId, cause, now);
  }

  // --- calls -------------------------------------------------------------------------------------------------------

  /** @param local  The caller's description, where he has told it. */
  begin(station: Station, { dialled, targets, callerId, emergency = false }: Beginning, local: string | undefined, now: Millis): Call {
    const callId = this.#newCallId(station instanceof Party || this.hunting.mayBeParties(targets), now);
    const call = this.admit({ callId, dialled, state: 'routing', now });
    call.targets = targets;
    call.emergency = emergency;
    call.caller = station.caller && presentedCaller({ callerId }, station.caller);
    this.board.attach(station, call, 'originating', { local });
    this.observer.count('call.begun');
    this.board.arm(call);
    this.board.stir(call, 'originating');
    return call;
  }

  /** A call that nobody makes, on behalf of another. @param listener  The leg of who listens. */
  beginFor(serves: Purpose, targets: readonly Target[], listener: Leg, now: Millis): Call {
    const callId = this.#newCallId(this.hunting.mayBeParties(targets), now);
    const call = this.admit({ callId, state: 'routing', now });
    call.serves = serves;
    call.targets = targets;
    call.originating = listener;
    return call;
  }

  admit(beginning: CallBeginning): Call {
    return this.board.admit(beginning, (call, now) => this.callEvent(call, 'time-out', now));
  }

  #newCallId(mayHaveParty: boolean, now: Millis): string {
    for (let tries = 1; ; tries += 1) {
      const callId = newCallId(this.slot, now, callCounter(this.#counter, mayHaveParty));
      this.#counter = (this.#counter + 1) % CALL_COUNTERS;
      // A call that was taken over, or that has outlived a whole round of the counter, may have slot and counter already.
      if (this.board.isFree(callId) || tries > CALL_COUNTERS) return callId;
    }
  }

  /** @param cause  Why, where somebody has said so. */
  callEvent(call: Call, event: CallEvent, now: Millis, cause?: Cause): void {
    if (this.ledger.isForeign(call, now) && this.giveAway(call)) return;
    const before = call.state;
    const row = call.take(event, now);
    if (!row) return this.ignored(`${before} ${event}`);
    const why = cause ?? causeOf(event, before, call.refusal);
    const target = this.board.calledLine(call);
    const became = lateLegs(call, row);
    this.#separate(call, row, event, before, why, now);
    this.transferring.follow(call, before, why, now);
    if (row.next === 'releasing') {
      this.#separateAwaited(call, row, why, now);
      return this.#end(call, event, became, why, now);
    }
    if (row.next === 'talking' && CALL_STATES[before].terminating?.phase === 'ringing') this.observer.count('call.answered');
    if (event === 'terminating:transfer') call.nextTarget(now);
    else if (row.next === 'hunting' && CALL_STATES[before].terminating) this.#noteRefusal(call, target, why, now);
    const first = event.startsWith('terminating') ? 'terminating' : 'originating';
    this.board.stir(call, first);
    this.board.stir(call, otherRole(first));
    this.board.arm(call);
    if (row.next === 'hunting') this.#hunt(call, now);
  }

  /** Legs that leave the call by this row get a state of their own; the one it happened to is told first. */
  #separate(call: Call, row: CallTransition, event: CallEvent, before: CallState, cause: Cause, now: Millis): void {
    const roles: readonly HalfCallRole[] = event.startsWith('terminating')
      ? ['terminating', 'originating']
      : ['originating', 'terminating'];
    for (const role of roles) {
      const station = this.board.stationOf(call, role);
      const state = row[role];
      if (!station || state === undefined) continue;
      if (state === 'aside') {
        if (station instanceof Party) this.board.setAside(station, call, before);
        continue;
      }
      const isOther = station.call !== call;
      this.board.detach(station, call);
      if (!isOther) this.leave(station, state, call, cause, now);
    }
  }

  /** Lines that are in the call and not here leave it, too: whoever has them tells them so. */
  #separateAwaited(call: Call, row: CallTransition, cause: Cause, now: Millis): void {
    for (const role of ROLES) {
      const { line, protocol } = call.awaited[role] ?? {};
      const phase = row[role];
      if (line === undefined || protocol === undefined || !this.board.line(line) || phase === undefined || phase === 'aside') continue;
      this.ledger.leavesUnheard(call, { line, protocol, role, phase, cause }, now);
    }
  }

  /** @param became  Of legs that come late. */
  #end(call: Call, event: CallEvent, became: ReadonlyMap<string, LineState>, cause: Cause, now: Millis): void {
    this.observer.count('call.ended', event);
    this.ledger.ended(call, endOf(event, cause), now);
    this.anchoring.ended(call, now);
    const isOthers = parseCallId(call.callId)?.slot !== this.slot;
    if (call.waiting || isOthers || this.ledger.isEnding(call)) this.endedCalls.add(call.callId, now, became, cause);
    this.board.forget(call);
  }

  /**
   * Another node goes on with the call: it is forgotten, and nothing is said to anybody. Not where one of its lines is here: its
   * gateway has another controller first.
   *
   * @returns whether it was forgotten.
   */
  giveAway(call: Call): boolean {
    if (ROLES.some((role) => this.board.stationOf(call, role) instanceof Line)) return false;
    this.anchoring.forget(call);
    this.board.abandon(call);
    return true;
  }

  #noteRefusal(call: Call, line: LineName | undefined, cause: Cause, now: Millis): void {
    call.nextTarget(now);
    this.hunting.refused(call, line, cause);
  }

  /** Lines have become known: a call that waits for one of them may go on. */
  huntOn(now: Millis): void {
    for (const call of this.board.calls) if (call.state === 'hunting') this.#hunt(call, now);
  }

  /** Offers the call to the next target that can ring, or waits for that to be found; without one the call ends. */
  #hunt(call: Call, now: Millis): void {
    const found = this.hunting.next(call);
    if (found === 'later') return;
    if (found === undefined && call.transferor) return this.transferring.takeBack(call, now);
    if (found === undefined) return this.callEvent(call, call.metBusy ? 'all-busy' : 'none-left', now);
    const knocks = found instanceof Line && found.call !== undefined;
    if (knocks) this.board.attachOther(found, call, 'terminating');
    else this.board.attach(found, call, 'terminating');
    this.callEvent(call, 'found', now);
    if (knocks) this.callEvent(call, 'terminating:reached', now);
  }

  /** The targets of a number that come after the one that this leg stands for; all of them without one. */
  targetsAfter(dialled: string, leg: Leg | undefined): readonly Target[] {
    const targets = this.plan.find(dialled)?.targets ?? [];
    const called = leg && (this.board.party(leg.line)?.called ?? leg.found?.called ?? { kind: 'line', line: leg.line });
    return targets.slice(targets.findIndex((target) => called !== undefined && isSameTarget(target, called)) + 1);
  }

  /** A leg's own description: the other side is to know it. @returns `true` when it is news. */
  learn(station: Station, local: string): boolean {
    const { call, role } = station;
    const leg = call?.[role];
    if (!call || !leg || leg.local === local) return false;
    leg.local = local;
    this.board.stir(call, otherRole(role));
    return true;
  }

  ignored(what: string): void {
    this.observer.count('call.event.ignored', what);
  }
}

function isSameTarget(target: Target, called: Target | CalledParty): boolean {
  return formatTarget(target) === (called.kind === 'line-at-node' ? called.line : formatTarget(called));
}

/** What those become who are in this call, or have left it, and are not here, when this row ends it. */
function lateLegs(call: Call, row: CallTransition): ReadonlyMap<string, LineState> {
  const became = new Map<string, LineState>(call.left);
  for (const role of ROLES) {
    const state = row[role];
    if (!call[role] && state !== undefined && state !== 'aside') became.set(role, state);
  }
  return became;
}
