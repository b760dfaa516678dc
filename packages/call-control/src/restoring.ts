// Takeover: calls are rebuilt from the legs that audits find, that parties' own messages tell, or that a store remembers.
import type { Millis } from '@altpath/core';
import type { Adoption } from './adoption.js';
import type { Call } from './call.js';
import { mayHaveParty, meansSameCall } from './call-identity.js';
import { type FoundLeg, type HalfCallRole, type HalfCallState, otherRole, type Phase, ROLES } from './half-call.js';
import { Line } from './line.js';
import type { LineEvents } from './line-events.js';
import { presentedCaller } from './number-plan.js';
import type { Operator } from './operator.js';
import { Party, protocolOfParty } from './party.js';
import { isOnHook } from './states.js';
import type { Station } from './station.js';
import { impliedState, isLeg, progress, stranded } from './takeover.js';

/** A leg of one of our calls, as it was found. */
type LegState = HalfCallState & { readonly callId: string };

export class Restoring {
  constructor(
    private readonly operator: Operator,
    private readonly lineEvents: LineEvents,
    private readonly adoption: Adoption,
  ) {}

  /** @param more  Legs may still be found; undefined: it is not said, and nothing changes in that. */
  restore(legs: readonly FoundLeg[], more: boolean | undefined, now: Millis): void {
    const { board, hunting } = this.operator;
    const found: [Station, FoundLeg][] = [];
    for (const leg of legs) {
      const station = board.station(leg.line) ?? this.#newParty(leg);
      if (station) found.push([station, leg]);
      else this.operator.observer.count('call.line.unknown');
    }
    const calls = new Set<Call>();
    for (const [station, leg] of found) {
      const call = station instanceof Line ? this.#recognise(station, leg, now) : this.#recogniseParty(station, leg, now);
      if (call) calls.add(call);
      if (station instanceof Line) station.known = true;
      board.tellAgain(station);
    }
    for (const call of calls) this.#placeByLegs(call, now);
    for (const call of calls) this.adoption.complete(call, now);
    for (const call of calls) this.#ringsAgain(call, now);
    for (const [station, leg] of found) this.#correctHook(station, leg.hook, now);
    // A leg of this audit may bring a call on in which another telephone has been heard of before.
    for (const call of calls)
      for (const role of ROLES) {
        const station = board.stationOf(call, role);
        if (station instanceof Line) this.#correctHook(station, station.hook, now);
      }
    this.adoption.missOthers(now);
    if (more !== undefined) hunting.seeking = more;
    if (more === false) for (const call of board.calls) if (call.waiting && !this.adoption.isAwaiting(call)) this.#missesLeg(call, now);
    if (!hunting.seeking) for (const call of calls) if (call.waiting && this.#hasLostLine(call)) this.#missesLeg(call, now);
    this.operator.huntOn(now);
  }

  /** A party that nobody here knew is there as soon as it is known what of. */
  #newParty({ line: name, state }: FoundLeg): Party | undefined {
    if (protocolOfParty(name) === undefined || !state || !isLeg(state)) return undefined;
    const party = new Party(name, state.role === 'originating' ? state.caller : undefined, state.called);
    party.foundIn(state.phase);
    this.operator.board.addParty(party);
    return party;
  }

  /** Takes over what the audit says of one line. @returns the call that it is a leg of. */
  #recognise(line: Line, { state, local, hook }: FoundLeg, now: Millis): Call | undefined {
    line.inService = true;
    const living = line.known && (line.call !== undefined || line.state !== 'idle');
    if (living) return this.#recogniseLiving(line, state, local);
    line.known = true;
    // A telephone off its hook on an idle line is an event of its own, and comes when all legs are in place.
    line.hook = (state?.phase ?? 'idle') === 'idle' ? 'unknown' : hook;
    if (!state) this.operator.setState(line, 'idle', now);
    else if (isLeg(state)) return this.#join(line, state, local, now);
    else if (state.phase === 'routing' && state.dialled !== undefined) this.#routeAnew(line, state.dialled, now);
    else if (state.phase === 'routing') this.#dialToneAnew(line, now);
    else this.operator.setState(line, stranded(state.phase), now);
    return undefined;
  }

  #recogniseParty(party: Station, { state, local, mayBeOnHold }: FoundLeg, now: Millis): Call | undefined {
    if (party.call) return this.#recogniseLiving(party, state, local);
    const call = state && isLeg(state) ? this.#join(party, state, local, now) : undefined;
    const leg = call && call[party.role]?.line === party.name ? call[party.role] : undefined;
    if (!call || !leg) return call;
    leg.mayBeOnHold = mayBeOnHold;
    const far = otherRole(party.role);
    const line = state?.farLine;
    // Another node has it: the call goes there.
    if (line !== undefined && !call[far] && this.operator.hunting.isElsewhere(line)) call.awaited[far] ??= { line, protocol: '' };
    return call;
  }

  /** It is in a call already: what is found can only tell more of that. */
  #recogniseLiving(station: Station, state: HalfCallState | undefined, local: string | undefined): Call | undefined {
    const { call, role } = station;
    if (!call || !state || !meansSameCall(call.callId, state.callId)) return undefined;
    this.#identify(call, state.callId);
    this.operator.board.attach(station, call, role, { local: local ?? call[role]?.local, found: state });
    return call;
  }

  #join(station: Station, leg: LegState, local: string | undefined, now: Millis): Call | undefined {
    const { board } = this.operator;
    const state = { ...leg, callId: leg.callId.toUpperCase() };
    if (!board.call(state.callId) && this.operator.endedCalls.has(state.callId, now)) {
      this.operator.observer.count('call.leg.late');
      const became = this.operator.endedCalls.becameOf(state.callId, station.name, state.role) ?? stranded(state.phase);
      this.operator.dismiss(station, became, state.callId, this.operator.endedCalls.causeOf(state.callId), now);
      return undefined;
    }
    const call = board.call(state.callId) ?? this.operator.admit({ callId: state.callId, state: 'routing', now, waiting: true });
    this.#identify(call, state.callId);
    const became = call.left.get(station.name);
    if (became !== undefined) {
      this.operator.leave(station, became, call, 'normal-clearing', now);
      return call;
    }
    const seat = this.#seatFor(station, state, call);
    const rival = board.stationOf(call, seat);
    if (rival) {
      // The call was going on to another target, and its node died between the two commands: who is further has it.
      const theirs = call[seat]?.found?.phase ?? rival.phase;
      if (!further(state, theirs)) {
        this.#strand(station, state.phase, call, now);
        return call;
      }
      board.detach(rival, call);
      this.#strand(rival, theirs, call, now);
    }
    if (state.role === 'originating') call.dialled ??= state.dialled;
    board.attach(station, call, seat, { local, found: state });
    return call;
  }

  /**
   * A party knows its role as it was when it was told, and a transfer may have changed that since: where two who talk tell the same
   * role, the party takes the other seat.
   */
  #seatFor(station: Station, { role, phase }: LegState, call: Call): HalfCallRole {
    const { board } = this.operator;
    const rival = board.stationOf(call, role);
    const other = otherRole(role);
    if (!rival || call[other] || !isOfTalk(phase) || !isOfTalk(call[role]?.found?.phase ?? rival.phase)) return role;
    if (station instanceof Party) return other;
    if (rival instanceof Party) {
      const { local, found } = call[role] ?? {};
      board.detach(rival, call);
      board.attach(rival, call, other, { local, found });
    }
    return role;
  }

  #strand(station: Station, phase: Phase, call: Call, now: Millis): void {
    this.operator.leave(station, stranded(phase), call, 'normal-clearing', now);
  }

  /** A leg may tell the whole of an identity of which the others told a part: all of them bear it from now on. */
  #identify(call: Call, callId: string | undefined): void {
    const { board } = this.operator;
    if (callId === undefined || !board.identify(call, callId.toUpperCase())) return;
    board.arm(call);
    for (const role of ROLES) board.stir(call, role);
  }

  /** The furthest state that the legs' phases imply, unless events have brought the call further. */
  #placeByLegs(call: Call, now: Millis): void {
    const { board, plan } = this.operator;
    const { originating, terminating } = call;
    if (call.state === 'releasing' || !board.call(call.callId)) return;
    const told = impliedState(this.#toldBy(call, 'originating'), this.#isUnheard(call) ? undefined : this.#toldBy(call, 'terminating'));
    // A line sends nothing before it answers: its caller was to hear it ring.
    const implied = told === 'early' && board.stationOf(call, 'terminating') instanceof Line ? 'alerting' : told;
    const forward = progress(implied) > progress(call.state);
    // Two legs of a talk tell more of a hold than one did: who hears nothing, and for whom somebody rings, is being transferred.
    const isTransfer = call.state === 'held-by-terminating' && implied === 'alerting';
    const clearer = call.waiting && !call.hasRecord && (isTransfer || progress(implied) === progress(call.state));
    if (forward || clearer) call.place(implied, now);
    const isWhole = call.hasRecord ? ROLES.every((role) => !call.awaited[role]) : originating && terminating;
    if (isWhole) call.waiting = false;
    const caller = board.stationOf(call, 'originating')?.caller;
    if (caller) call.caller ??= presentedCaller(plan.find(call.dialled ?? '') ?? {}, caller);
    if (call.dialled !== undefined && !call.hasRecord) {
      // Somebody rings who is not found: whom to ask after him is not known.
      const isKnown = terminating !== undefined || call.state === 'routing';
      call.targets = isKnown ? this.operator.targetsAfter(call.dialled, terminating) : [];
    }
    this.operator.observer.count('call.restored', call.state);
    board.arm(call);
    for (const role of ROLES) board.stir(call, role);
  }

  /** The phase in which a leg is; undefined where it is not known, or the other one tells more of it. */
  #toldBy(call: Call, role: HalfCallRole): Phase | undefined {
    const { board } = this.operator;
    const other = board.phaseOf(call[otherRole(role)]);
    return call[role]?.mayBeOnHold && other !== undefined && isOfTalk(other) ? undefined : board.phaseOf(call[role]);
  }

  /** What a record tells of a party that is called is what it was to be: that it rings it says by itself. */
  #isUnheard(call: Call): boolean {
    return call.hasRecord && call.state === 'offering' && this.operator.board.stationOf(call, 'terminating') instanceof Party;
  }

  /** A telephone that was lifted or put down while nobody heard it. */
  #correctHook(station: Station, hook: FoundLeg['hook'], now: Millis): void {
    if (hook === 'unknown' || !(station instanceof Line)) return;
    station.hook = hook;
    if (isOnHook(station.phase) !== (hook === 'on')) this.lineEvents.hook(station, hook, now);
  }

  /** No audit is left that could find the leg that this call lacks. */
  #missesLeg(call: Call, now: Millis): void {
    const { operator } = this;
    const missing: HalfCallRole = call.originating ? 'terminating' : 'originating';
    const caller = call.originating;
    const isRouting = caller !== undefined && call.state === 'routing';
    const hasNoDigits = isRouting && call.dialled === undefined;
    // A party is in no audit: it may be there, and says so in its own time. What is only ringing ends by its timer. Who has not been
    // heard to ring by now is called once more.
    if (mayHaveParty(call.callId) && !isRouting && !this.#hasLostLine(call)) return;
    call.waiting = false;
    operator.observer.count('call.leg.missing', call.state);
    if (hasNoDigits) {
      operator.observer.count('call.dial-tone-anew');
      return operator.callEvent(call, 'digits-unknown', now);
    }
    operator.callEvent(call, `${missing}:missing`, now);
    if (call.state === 'routing' && caller?.local !== undefined) operator.callEvent(call, 'originating:reached', now);
  }

  /** Who rings is told so again, where it can be nobody else: a telephone knows that it is the same call. */
  #ringsAgain(call: Call, now: Millis): void {
    const { board, hunting, plan } = this.operator;
    const targets = plan.find(call.dialled ?? '')?.targets ?? [];
    const isTheOne = targets.length === 1 && targets[0]?.kind !== 'line';
    const isRinging = call.state === 'alerting' || call.state === 'early';
    if (!isRinging || !isTheOne || call.hasRecord || call.terminating || !board.has(call)) return;
    call.targets = targets;
    const found = hunting.next(call);
    if (!(found instanceof Party)) return;
    call.waiting = false;
    board.attach(found, call, 'terminating');
    // Should its caller have left meanwhile, it is told that, too.
    board.callAtOnce(found, now);
  }

  /** A party names the line with which it talks, and that one is known to be in no call with it any more. */
  #hasLostLine(call: Call): boolean {
    const { board } = this.operator;
    return ROLES.some((role) => {
      const { farLine } = call[role]?.found ?? {};
      return farLine !== undefined && !call[otherRole(role)] && board.line(farLine)?.known === true;
    });
  }

  /** Digits are in, and nothing has been done about them. */
  #routeAnew(line: Line, digits: string, now: Millis): void {
    this.operator.setState(line, 'dialling', now);
    if (line.state === 'dialling') this.lineEvents.dialled(line, digits, 'match', now);
  }

  /** Digits were in, and nobody knows them any more: the user dials once more. */
  #dialToneAnew(line: Line, now: Millis): void {
    this.operator.observer.count('call.dial-tone-anew');
    this.operator.setState(line, 'dialling', now);
  }
}

/** The half-call found has come further than one in the phase `theirs`, which holds its place in the call. */
function further({ role, phase }: HalfCallState, theirs: Phase): boolean {
  const alone = (each: Phase): number => progress(role === 'originating' ? impliedState(each, undefined) : impliedState(undefined, each));
  return alone(phase) > alone(theirs);
}

function isOfTalk(phase: Phase): boolean {
  return phase === 'talking' || phase === 'holding' || phase === 'held';
}
