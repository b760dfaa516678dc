// Call control: every line of the gateways that this node controls, and the calls between them. It takes events in and says
// what each half-call shall be; the tables of `states.ts` decide, this file carries their decisions out.
import type { CallSummary, Millis, Observer } from '@altpath/core';
import { match, P } from 'ts-pattern';
import { type Call, type CallBeginning, otherRole } from './call.js';
import { meansSameCall, newCallId, parseCallId } from './call-identity.js';
import type { Cause } from './cause.js';
import { failureEvent, lossEvent } from './failure.js';
import type { CallControlPort, DialResult, FoundLeg, HalfCallEvent, HalfCallRole, HalfCallState, LineName, Phase } from './half-call.js';
import { Line, type LineSettings } from './line.js';
import { NumberPlan, type NumberRule, type Target } from './number-plan.js';
import { CALL_STATES, type CallEvent, type CallTransition, isOnHook, LINE_STATES, type LineEvent, type LineState } from './states.js';
import { type OrderTo, Switchboard } from './switchboard.js';
import { impliedState, isLeg, progress, stranded } from './takeover.js';
import { type CallTimers, DEFAULT_TIMERS } from './timers.js';

export interface CallControlSettings {
  /** 0..15, this node's alone: part of each call's identity. */
  readonly slot: number;
  readonly lines: readonly LineSettings[];
  readonly numbers: Readonly<Record<string, NumberRule>>;
  /** What is left out has its default. */
  readonly timers?: Partial<CallTimers> | undefined;
}

/**
 * All lines and calls of this node. A line gets at most one order for each input, its newest state; an order that would
 * repeat the last one is not given, but after `service` and `restore`, which ask for it.
 *
 * What adapters must know beyond the door:
 * - a line that ought to be audited is given to `restore` and not first to `service`: that would order it `idle`;
 * - on a line that this node is commanding already, `restore` corrects the hook and learns the description, and for the rest
 *   what is known here wins. Where it is hearsay (thaw), `release` the lines first and restore them then;
 * - a ringing telephone whose off-hook overtakes the confirmation: give `reached` (ringing) first, without description.
 */
export class CallControl implements CallControlPort {
  readonly patterns: readonly string[];
  readonly #slot: number;
  readonly #plan: NumberPlan;
  readonly #board: Switchboard;
  readonly #observer: Observer;
  #counter: number;
  #draining = false;
  /** A takeover is going on: lines that nothing is known of may still be found. */
  #seeking = false;

  constructor(settings: CallControlSettings, orderTo: OrderTo, observer: Observer, now: Millis) {
    this.#slot = settings.slot;
    this.#plan = new NumberPlan(settings.numbers);
    this.patterns = this.#plan.patterns;
    this.#observer = observer;
    this.#board = new Switchboard({ ...DEFAULT_TIMERS, ...settings.timers }, orderTo, now);
    // Not from 0: a node that restarts within a second shall not make one identity twice.
    this.#counter = Math.floor(now) & 0xffff;
    for (const each of settings.lines) {
      const caller = { number: each.number ?? this.#plan.numberOf(each.line), name: each.name };
      this.#board.addLine(new Line(each, caller, (line, at) => this.#lineEvent(line, 'time-out', at)));
    }
  }

  // --- inputs ------------------------------------------------------------------------------------------------------

  event(name: LineName, event: HalfCallEvent, now: Millis): void {
    const line = this.#find(name);
    if (!line) return;
    match(event)
      .with({ kind: 'off-hook' }, () => this.#hook(line, 'off', now))
      .with({ kind: 'on-hook' }, () => this.#hook(line, 'on', now))
      .with({ kind: 'flash' }, () => this.#flash(line, now))
      .with({ kind: 'dialled' }, ({ digits, result }) => this.#dialled(line, digits, result, now))
      .with({ kind: 'reached' }, (reached) => this.#reached(line, reached, now))
      .with({ kind: 'failed' }, (failed) => this.#failed(line, failed, now))
      .with({ kind: 'tone-ended' }, () => this.#happened(line, 'tone-ended', 'tone-ended', now))
      .with({ kind: 'lost' }, ({ cause }) => this.#lost(line, cause, now))
      .with({ kind: P.union('set-up', 'hold', 'retrieve', 'media', 'digit', 'transfer') }, ({ kind }) => this.#ignored(kind))
      .exhaustive();
    this.#board.giveOrders(now);
  }

  service(name: LineName, inService: boolean, now: Millis): void {
    const line = this.#find(name);
    if (!line) return;
    line.inService = inService;
    line.known = true;
    if (inService) this.#board.tellAgain(line);
    else this.#lost(line, 'destination-out-of-order', now);
    this.#huntOn(now);
    this.#board.giveOrders(now);
  }

  restore(legs: readonly FoundLeg[], more: boolean, now: Millis): void {
    const found: [Line, FoundLeg][] = [];
    for (const leg of legs) {
      const line = this.#find(leg.line);
      if (line) found.push([line, leg]);
    }
    const calls = new Set<Call>();
    for (const [line, leg] of found) {
      const call = this.#recognise(line, leg, now);
      if (call) calls.add(call);
      this.#board.tellAgain(line);
    }
    for (const call of calls) this.#placeByLegs(call, now);
    for (const [line, leg] of found) this.#correctHook(line, leg.hook, now);
    // A leg of this audit may bring a call on in which another telephone has been heard of before.
    for (const call of calls)
      for (const line of [this.#board.lineOf(call, 'originating'), this.#board.lineOf(call, 'terminating')])
        if (line) this.#correctHook(line, line.hook, now);
    this.#seeking = more;
    if (!more) for (const call of this.#board.calls) if (call.waiting) this.#missesLeg(call, now);
    this.#huntOn(now);
    this.#board.giveOrders(now);
  }

  release(name: LineName, _now: Millis): void {
    const line = this.#find(name);
    if (line) this.#board.release(line);
  }

  changed(_party: LineName, _now: Millis): void {
    return undefined;
  }

  recall(_callId: string, _role: HalfCallRole, _now: Millis): LineName | undefined {
    return undefined;
  }

  /** No new calls from now on: who goes off-hook hears reorder tone. Calls go on, and who dials may end his number. */
  drain(): void {
    this.#draining = true;
  }

  tick(now: Millis): void {
    this.#board.expire(now);
    this.#board.giveOrders(now);
  }

  deadline(): Millis {
    return this.#board.deadline();
  }

  /** This node has heard of the line, or has told it what to be; `true` for one that is not configured, too. */
  knows(name: LineName): boolean {
    return this.#board.line(name)?.known ?? true;
  }

  // --- listings ----------------------------------------------------------------------------------------------------

  /** What a drain waits for: calls, lines that dial, and lines on their way to what was ordered (not longer than a set-up). */
  pending(now: Millis): number {
    return this.#board.pending(now);
  }

  /** Calls in the order in which they were set up here; `protocol` as the lines' settings name it, both where they differ. */
  calls(_now: Millis, limit: number): readonly CallSummary[] {
    return this.#board.summaries(limit);
  }

  // --- events of a line --------------------------------------------------------------------------------------------

  #find(name: LineName): Line | undefined {
    const line = this.#board.line(name);
    if (!line) this.#observer.count('call.line.unknown');
    return line;
  }

  #hook(line: Line, hook: 'on' | 'off', now: Millis): void {
    line.hook = hook;
    // Who speaks is there, whatever was said of it.
    line.inService = true;
    line.known = true;
    const offHook = this.#draining ? 'barred' : 'off-hook';
    if (hook === 'on') this.#happened(line, 'on-hook', 'on-hook', now);
    else this.#happened(line, offHook, 'off-hook', now);
  }

  #flash(line: Line, now: Millis): void {
    line.hook = 'off';
    if (line.call) this.#callEvent(line.call, `${line.role}:flash`, now);
    else this.#ignored(`${line.state} flash`);
  }

  #dialled(line: Line, digits: string, result: DialResult, now: Millis): void {
    if (line.call) return this.#dialledBefore(line, line.call, digits);
    if (line.state !== 'dialling') return this.#ignored(`${line.phase} dialled`);
    // A pause after a whole number is a whole number, even where longer ones begin like it.
    const found = result === 'no-match' ? undefined : this.#plan.find(digits);
    if (found) return this.#begin(line, digits, found.targets, now);
    this.#observer.count('call.refused', result === 'match' ? 'unallocated-number' : result);
    this.#lineEvent(line, 'no-number', now);
  }

  /** A caller was found waiting, and what he had dialled comes behind: nobody has called anybody yet, or some lines only. */
  #dialledBefore(line: Line, call: Call, digits: string): void {
    const isSought = line.role === 'originating' && call.waiting && call.dialled === undefined;
    if (!isSought || !this.#plan.find(digits)) return this.#ignored(`${line.phase} dialled`);
    call.dialled = digits;
    call.targets = this.#targetsAfter(digits, call.terminating?.line);
  }

  #reached(line: Line, reached: Extract<HalfCallEvent, { kind: 'reached' }>, now: Millis): void {
    const { call } = line;
    const sameCall = call !== undefined && meansSameCall(call.callId, reached.callId);
    if (sameCall && reached.local !== undefined) this.#learn(line, call, reached.local);
    if (!this.#isCurrent(line, reached)) return;
    line.orderedAt = undefined;
    // While a leg may still be found, nobody is called: he may be in this very call.
    if (call?.waiting && call.state === 'routing') return;
    if (call) this.#callEvent(call, `${line.role}:reached`, now);
  }

  #failed(line: Line, failed: Extract<HalfCallEvent, { kind: 'failed' }>, now: Millis): void {
    this.#observer.count('call.order.failed', failed.cause);
    if (!this.#isCurrent(line, failed)) return;
    line.orderedAt = undefined;
    const event = failureEvent(failed.phase, failed.cause);
    if (event === 'on-hook') return this.#hook(line, 'on', now);
    if (event === 'busy') line.hook = 'off';
    if (line.call) return this.#callEvent(line.call, `${line.role}:${event}`, now, failed.cause);
    if (event === 'busy') this.#hook(line, 'off', now);
  }

  /** Confirmations of what is no longer wanted come late and mean nothing. */
  #isCurrent(line: Line, { phase, callId }: Pick<HalfCallState, 'phase' | 'callId'>): boolean {
    return phase === line.phase && meansSameCall(callId, line.call?.callId);
  }

  #learn(line: Line, call: Call, local: string): void {
    const leg = call[line.role];
    if (!leg || leg.local === local) return;
    leg.local = local;
    this.#board.stir(call, otherRole(line.role));
  }

  #lost(line: Line, cause: Cause, now: Millis): void {
    const event = lossEvent(cause);
    if (event === 'gone') line.hook = 'unknown';
    if (line.call || line.state !== 'idle') this.#happened(line, event === 'gone' ? 'gone' : 'media-lost', event, now, cause);
  }

  #happened(line: Line, own: LineEvent, ofLeg: 'off-hook' | 'on-hook' | 'tone-ended' | 'lost' | 'gone', now: Millis, cause?: Cause): void {
    if (line.call) this.#callEvent(line.call, `${line.role}:${ofLeg}`, now, cause);
    else this.#lineEvent(line, own, now);
  }

  #lineEvent(line: Line, event: LineEvent, now: Millis): void {
    const next = LINE_STATES[line.state].on[event];
    if (next === undefined) return this.#ignored(`${line.state} ${event}`);
    if (event === 'barred') this.#observer.count('call.refused', 'draining');
    this.#setState(line, next, now);
  }

  /** The line is in no call (any more) and becomes `state`, or what its hook allows of it. */
  #setState(line: Line, state: LineState, now: Millis): void {
    this.#board.setState(line, this.#allowed(line, state), now);
  }

  #allowed(line: Line, state: LineState): LineState {
    if (line.hook === 'on') return 'idle';
    // Found off-hook where the table has it idle: whoever listens there shall hear that nobody is.
    if (line.hook === 'off' && state === 'idle') return 'busy';
    return state === 'dialling' && this.#draining ? 'congested' : state;
  }

  // --- calls -------------------------------------------------------------------------------------------------------

  #begin(line: Line, dialled: string, targets: readonly Target[], now: Millis): void {
    const callId = this.#newCallId(now);
    const call = this.#admit({ callId, setUpAt: parseCallId(callId)?.setUpAt ?? now, dialled, state: 'routing', now });
    call.targets = targets;
    this.#board.attach(line, call, 'originating');
    this.#observer.count('call.begun');
    this.#board.arm(call);
    this.#board.stir(call, 'originating');
  }

  #admit(beginning: CallBeginning): Call {
    return this.#board.admit(beginning, (call, now) => this.#callEvent(call, 'time-out', now, 'recovery-on-timer-expiry'));
  }

  #newCallId(now: Millis): string {
    for (let tries = 1; ; tries += 1) {
      const callId = newCallId(this.#slot, now, this.#counter);
      this.#counter = (this.#counter + 1) & 0xffff;
      // A call that was taken over, or that has outlived a whole round of the counter, may have slot and counter already.
      if (this.#board.isFree(callId) || tries > COUNTERS) return callId;
    }
  }

  #callEvent(call: Call, event: CallEvent, now: Millis, cause?: Cause): void {
    const before = call.state;
    const row = call.take(event, now);
    if (!row) return this.#ignored(`${before} ${event}`);
    this.#separate(call, row, event, now);
    if (row.next === 'releasing') return this.#end(call, event);
    if (before === 'alerting' && row.next === 'talking') this.#observer.count('call.answered');
    if (row.next === 'hunting' && CALL_STATES[before].terminating) this.#noteRefusal(call, event, cause);
    const first = event.startsWith('terminating') ? 'terminating' : 'originating';
    this.#board.stir(call, first);
    this.#board.stir(call, otherRole(first));
    this.#board.arm(call);
    if (row.next === 'hunting') this.#hunt(call, now);
  }

  /** Legs that leave the call by this row get a state of their own; the one it happened to is told first. */
  #separate(call: Call, row: CallTransition, event: CallEvent, now: Millis): void {
    const roles: readonly HalfCallRole[] = event.startsWith('terminating')
      ? ['terminating', 'originating']
      : ['originating', 'terminating'];
    for (const role of roles) {
      const line = this.#board.lineOf(call, role);
      const state = row[role];
      if (!line || state === undefined) continue;
      this.#board.detach(line, call);
      this.#setState(line, state, now);
    }
  }

  #end(call: Call, event: CallEvent): void {
    this.#observer.count('call.ended', event);
    this.#board.forget(call);
  }

  #noteRefusal(call: Call, event: CallEvent, cause: Cause | undefined): void {
    const busy = event === 'terminating:busy' || event === 'terminating:off-hook';
    if (busy) call.metBusy = true;
    this.#observer.count('call.target.refused', busy ? 'user-busy' : (cause ?? event));
  }

  /** Lines have become known: a call that waits for one of them may go on. */
  #huntOn(now: Millis): void {
    for (const call of this.#board.calls) if (call.state === 'hunting') this.#hunt(call, now);
  }

  /** Offers the call to the next target that can ring, or waits for that to be found; without one the call ends. */
  #hunt(call: Call, now: Millis): void {
    for (;;) {
      const [target, ...rest] = call.targets;
      if (!target) return this.#callEvent(call, call.metBusy ? 'all-busy' : 'none-left', now);
      if (this.#isSought(target)) return;
      call.targets = rest;
      const found = this.#candidate(target);
      if (found instanceof Line) {
        this.#board.attach(found, call, 'terminating');
        return this.#callEvent(call, 'found', now);
      }
      if (found === 'user-busy') call.metBusy = true;
      this.#observer.count('call.target.refused', found);
    }
  }

  /** A takeover has not come to this line yet: who calls it now shall not be refused for that. */
  #isSought(target: Target): boolean {
    return this.#seeking && target.kind === 'line' && this.#board.line(target.line)?.known === false;
  }

  /** The line behind a target, or why it cannot ring. */
  #candidate(target: Target): Line | Cause {
    return (
      match<Target, Line | Cause>(target)
        .with({ kind: 'line' }, ({ line: name }) => {
          const line = this.#board.line(name);
          if (!line) return 'unallocated-number';
          if (!line.inService) return 'destination-out-of-order';
          return line.isFree ? line : 'user-busy';
        })
        // TODO when SIP half-calls join: these targets are theirs.
        .with({ kind: 'registrar' }, { kind: 'sip' }, { kind: 'group' }, () => 'interworking')
        .exhaustive()
    );
  }

  // --- takeover ----------------------------------------------------------------------------------------------------

  /** Takes over what the audit says of one line. @returns the call that it is a leg of. */
  #recognise(line: Line, { state, local, hook }: FoundLeg, now: Millis): Call | undefined {
    line.inService = true;
    const living = line.known && (line.call !== undefined || line.state !== 'idle');
    if (living) {
      if (line.call && state && meansSameCall(line.call.callId, state.callId)) return this.#joinAgain(line, line.call, state, local);
      return undefined;
    }
    line.known = true;
    // A telephone off its hook on an idle line is an event of its own, and comes when all legs are in place.
    line.hook = (state?.phase ?? 'idle') === 'idle' ? 'unknown' : hook;
    if (!state) this.#setState(line, 'idle', now);
    else if (isLeg(state)) return this.#join(line, { ...state, callId: state.callId.toUpperCase() }, local, now);
    else if (state.phase === 'routing' && state.dialled !== undefined) this.#routeAnew(line, state.dialled, now);
    else if (state.phase === 'routing') this.#dialToneAnew(line, now);
    else this.#setState(line, stranded(state.phase), now);
    return undefined;
  }

  /** The leg is one of a living call: what the gateway has of it is not less than what is known here. */
  #joinAgain(line: Line, call: Call, state: HalfCallState, local: string | undefined): Call {
    this.#identify(call, state.callId);
    this.#board.attach(line, call, line.role, { local: local ?? call[line.role]?.local, found: state });
    return call;
  }

  #join(line: Line, state: HalfCallState & { readonly callId: string }, local: string | undefined, now: Millis): Call | undefined {
    const known = this.#board.call(state.callId);
    const setUpAt = parseCallId(state.callId)?.setUpAt;
    const call = known ?? this.#admit({ callId: state.callId, setUpAt, state: 'routing', now, waiting: true });
    this.#identify(call, state.callId);
    const rival = this.#board.lineOf(call, state.role);
    if (rival) {
      // The call was going on to another target, and its node died between the two commands: the line that is further has it.
      const theirs = call[state.role]?.found?.phase ?? rival.phase;
      if (!further(state, theirs)) {
        this.#setState(line, stranded(state.phase), now);
        return call;
      }
      this.#board.detach(rival, call);
      this.#setState(rival, stranded(theirs), now);
    }
    if (state.role === 'originating') call.dialled ??= state.dialled;
    this.#board.attach(line, call, state.role, { local, found: state });
    return call;
  }

  /** A leg may tell the whole of an identity of which the others told a part: all of them bear it from now on. */
  #identify(call: Call, callId: string | undefined): void {
    if (callId === undefined || !this.#board.identify(call, callId.toUpperCase())) return;
    this.#board.arm(call);
    this.#board.stir(call, 'originating');
    this.#board.stir(call, 'terminating');
  }

  /** The furthest state that the legs' phases imply, unless events have brought the call further. */
  #placeByLegs(call: Call, now: Millis): void {
    const { originating, terminating } = call;
    if (call.state === 'releasing' || !this.#board.call(call.callId)) return;
    const implied = impliedState(this.#board.phaseOf(originating), this.#board.phaseOf(terminating));
    const forward = progress(implied) > progress(call.state);
    // Two legs of a talk tell more of a hold than one did.
    const clearer = call.waiting && progress(implied) === progress(call.state);
    if (forward || clearer) call.place(implied, now);
    if (originating && terminating) call.waiting = false;
    if (call.dialled !== undefined) call.targets = this.#targetsAfter(call.dialled, terminating?.line);
    this.#observer.count('call.restored', call.state);
    this.#board.arm(call);
    this.#board.stir(call, 'originating');
    this.#board.stir(call, 'terminating');
  }

  /** The targets of a number that come after this line. */
  #targetsAfter(dialled: string, line: LineName | undefined): readonly Target[] {
    const targets = this.#plan.find(dialled)?.targets ?? [];
    const at = targets.findIndex((target) => target.kind === 'line' && target.line === line);
    return targets.slice(at + 1);
  }

  /** A telephone that was lifted or put down while nobody heard it. */
  #correctHook(line: Line, hook: FoundLeg['hook'], now: Millis): void {
    if (hook === 'unknown') return;
    line.hook = hook;
    if (isOnHook(line.phase) !== (hook === 'on')) this.#hook(line, hook, now);
  }

  /** No audit is left that could find the leg that this call lacks. */
  #missesLeg(call: Call, now: Millis): void {
    call.waiting = false;
    const missing = call.originating ? 'terminating' : 'originating';
    this.#observer.count('call.leg.missing', call.state);
    const caller = call.originating;
    if (caller && call.state === 'routing' && call.dialled === undefined) {
      this.#observer.count('call.dial-tone-anew');
      return this.#callEvent(call, 'digits-unknown', now);
    }
    this.#callEvent(call, `${missing}:missing`, now);
    if (call.state === 'routing' && caller?.local !== undefined) this.#callEvent(call, 'originating:reached', now);
  }

  /** Digits are in, and nothing has been done about them. */
  #routeAnew(line: Line, digits: string, now: Millis): void {
    this.#setState(line, 'dialling', now);
    if (line.state === 'dialling') this.#dialled(line, digits, 'match', now);
  }

  /** Digits were in, and nobody knows them any more: the user dials once more. */
  #dialToneAnew(line: Line, now: Millis): void {
    this.#observer.count('call.dial-tone-anew');
    this.#setState(line, 'dialling', now);
  }

  #ignored(what: string): void {
    this.#observer.count('call.event.ignored', what);
  }
}

/** How many calls a slot can tell apart without their time. */
const COUNTERS = 0x1_0000;

/** The half-call found has come further than one in the phase `theirs`, which holds its place in the call. */
function further({ role, phase }: HalfCallState, theirs: Phase): boolean {
  const alone = (each: Phase): number => progress(role === 'originating' ? impliedState(each, undefined) : impliedState(undefined, each));
  return alone(phase) > alone(theirs);
}
