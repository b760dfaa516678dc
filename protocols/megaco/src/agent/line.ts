// One termination of a gateway as the controller has it: what call control wants it to be, what it is, and the one
// transaction that is out to bring it there. The line decides which transaction comes next; sending, repeating and
// answering reports are its owner's. RFC 3525 §7.2, §7.1.9, §11.5.
import {
  BACK_OFF,
  type HalfCallEvent,
  type HalfCallState,
  type LineName,
  LineOrder,
  type LinePorts,
  type LineQueue,
  meansSameCall,
  type Phase,
  reached,
  trunkEvent,
} from '@altpath/call-control';
import { NEVER, type Millis } from '@altpath/core';
import {
  ALL_CONTEXTS,
  type ActionRequest,
  type ContextId,
  NULL_CONTEXT,
  type ObservedEventsDescriptor,
  type RequestId,
  type TerminationId,
} from '../message/index.js';
import type { FailureReason, ReplyResult } from '../transaction/index.js';
import { type Change, changeFor, hasOtherMode } from './changes.js';
import { ContextSlot } from './context-slot.js';
import { type Place } from './place.js';
import { auditOf, legOf, readAudit } from './found-termination.js';
import { type Identifiers, parseRequestId } from './identifiers.js';
import type { AuditVerdict, GatewayFacts, LineDescription, LineKind, LineReport, ReportVerdict, StepOutcome } from './line-facts.js';
import { dispensable, hookOf, isOfCall } from './phases.js';
import { Phone } from './phone.js';
import type { Request } from './request-ledger.js';
import { causeOf, refusalOf } from './refusals.js';
import { fingerprint, isHookEvent, readReport, type ReportedEvent } from './reports.js';
import { actionsOf, type Outstanding, outstandingOf, type Reading, readReply, type Target } from './steps.js';
import { releaseIn } from './trunk.js';

/** The actions of one transaction. */
export type Step = readonly ActionRequest[];

/** The lines of all gateways, as call control's port. */
export type Lines = LineQueue<Step, Line>;

/**
 * A line, or a trunk (media alone). It is told orders, outcomes and reports, and asked for the next step. One transaction at
 * most is out; an order replaces one of which nothing was sent yet.
 */
export class Line {
  readonly #order: LineOrder;
  readonly #slot: ContextSlot;
  readonly #phone: Phone;
  #out: Outstanding | undefined;
  #holds = 0;
  #inService = true;

  constructor(
    readonly name: LineName,
    readonly kind: LineKind,
    readonly terminationId: TerminationId,
    private readonly facts: GatewayFacts,
    identifiers: Identifiers,
    private readonly ports: LinePorts,
  ) {
    this.#order = new LineOrder((event, now) => ports.event(name, event, now));
    this.#slot = new ContextSlot(terminationId);
    this.#phone = new Phone(kind, facts, identifiers);
  }

  /** A transaction is out, or the line's owner holds it (`hold`). */
  get busy(): boolean {
    return this.#out !== undefined || this.#holds > 0;
  }

  /** What call control wants; replaces an order of which nothing was sent yet. No event is given within. */
  order(state: HalfCallState, _now: Millis): void {
    this.#order.take(state);
    this.#phone.ordered(state);
    this.ports.touched(this.name);
  }

  /**
   * The next transaction, or undefined: nothing to do, one is out, the line is held or waits for `deadline`. Who takes it
   * sends it and gives back its outcome by `settle`. Gives `reached` where nothing is left to do.
   */
  next(now: Millis): Step | undefined {
    for (let turn = 0; turn < MAX_TURNS && !this.busy; turn += 1) {
      const step = this.#step(now);
      if (step !== undefined) {
        this.#out = step;
        return actionsOf(step);
      }
      if (!this.#announce(now)) return undefined;
    }
    return undefined;
  }

  /** How the transaction that `next` gave ended. */
  settle(outcome: StepOutcome, now: Millis): void {
    const out = this.#out;
    if (out === undefined) return;
    this.#out = undefined;
    if (outcome.kind === 'failed') this.#unanswered(out, outcome.reason, now);
    else this.#replied(out, readReply(out, this.terminationId, outcome.result), now);
    this.ports.touched(this.name);
  }

  /** Notify. Whatever it gives back, the report is answered without an error; then `next` is asked. */
  report({ contextId, observed }: LineReport, now: Millis): ReportVerdict {
    const { requestId } = observed;
    const coming = this.#out?.request;
    const print = fingerprint(observed);
    const verdict = this.#phone.requests.judge(requestId, print, coming);
    this.ports.observer.count('megaco.line.report', verdict);
    if (verdict === 'repeated') return verdict;
    this.#phone.requests.noteReported(requestId, print, verdict, coming);
    if (this.kind === 'trunk') return this.#released(observed, verdict, now);
    this.#phone.inheritance.heard();
    const { events, unknown } = readReport(observed, this.facts.dialPlan);
    if (unknown > 0) this.ports.observer.count('megaco.line.event', 'unknown');
    if (verdict === 'current' || this.#slot.isAsked(requestId)) this.#heardFrom(contextId, now);
    const before = this.#order.wanted;
    const phase = parseRequestId(requestId)?.phase ?? before?.phase;
    let isAwaited = false;
    this.#announceEarly(requestId, events, now);
    for (const event of events) {
      if (event.kind === 'hook') this.#phone.noteHook(requestId, coming);
      if (verdict === 'current' || isHookEvent(event)) isAwaited = this.#happened(event, phase, verdict === 'current', now) || isAwaited;
      else if (event.kind === 'dialled' && this.#mayLackDigits()) this.#emit(event, now);
    }
    if (isAwaited && this.#order.wanted === before) {
      this.#phone.requests.ask();
      this.#order.pause(now);
    }
    this.ports.touched(this.name);
    return verdict;
  }

  /** What asks the gateway for everything that a stand-in has to know of the line. Needs no state; may be sent at any time. */
  auditRequest(): Step {
    return auditOf(this.terminationId, this.kind);
  }

  /**
   * The findings of `auditRequest` replace what was held to be there. An order follows from the leg that is to be given to
   * `CallControlPort.restore`.
   */
  adopt(result: ReplyResult, now: Millis): AuditVerdict {
    const found = readAudit(this.terminationId, result);
    if (found.kind !== 'found') return found;
    // Nobody has commanded it since: what is known of its context is more than an audit tells.
    const isOurs = found.requestId !== undefined && found.requestId === this.#phone.requests.current?.id;
    if (!isOurs || !this.#slot.agrees(found.place)) this.#slot.found(found.place);
    this.#phone.adopt(found, now);
    this.#inService = true;
    this.#order.begin();
    this.ports.touched(this.name);
    return { kind: 'found', leg: legOf(this.name, this.kind, found) };
  }

  /** Its owner sends something of its own to the termination (audit): `next` gives nothing until as many `resume`. */
  hold(): void {
    this.#holds += 1;
  }

  resume(): void {
    this.#holds = Math.max(0, this.#holds - 1);
    this.ports.touched(this.name);
  }

  /** Forgets everything, the transaction that is out and holds too: the line is another node's, or the clock jumped. */
  forget(): void {
    this.#slot.left();
    this.#phone.forget();
    this.#order.forget();
    this.#out = undefined;
    this.#holds = 0;
    this.#inService = true;
  }

  /** The transaction that is out is not followed any more, and what it did is not known. Nobody is told; an audit follows. */
  abandon(): void {
    const out = this.#out;
    if (out === undefined) return;
    this.#out = undefined;
    if (out.request !== undefined || out.change?.kind === 'leave') this.#phone.requests.doubt();
    if (out.change !== undefined) this.#slot.doubt(out.change);
    this.ports.touched(this.name);
  }

  /** The gateway or the termination restarted and has nothing of what it had. Gives `lost` where there was something to lose. */
  restarted(now: Millis): void {
    this.#slot.left();
    this.#phone.doubt();
    this.#inService = true;
    this.#order.begin();
    if (this.#order.wanted !== undefined && this.#order.wanted.phase !== 'idle') this.#order.lost('destination-out-of-order', now);
    this.ports.touched(this.name);
  }

  /**
   * Out of service (§7.2.8, Forced; or Graceful, and its time has come): nothing is asked of it. Its context is this side's to
   * clear away.
   */
  service(inService: boolean, _now: Millis): void {
    if (inService !== this.#inService && !inService) {
      this.#order.forget();
      this.#phone.doubt();
    }
    this.#inService = inService;
    this.ports.touched(this.name);
  }

  /** The instant at which `next` should be asked again, or `NEVER`. */
  deadline(): Millis {
    if (this.busy) return NEVER;
    const { wanted, backOff } = this.#order;
    if (!this.#inService) return this.#slot.place.kind === 'joined' ? backOff.notBefore : NEVER;
    if (wanted === undefined) return NEVER;
    return Math.max(backOff.notBefore, this.#isReached(wanted) ? this.#phone.inheritance.toneAt : this.#slot.dueAt);
  }

  /** The call that what is said to the termination now is about, for traces. */
  get callAtHand(): string | undefined {
    return this.#order.callAtHand;
  }

  describe(): LineDescription {
    const { current } = this.#phone.requests;
    return {
      name: this.name,
      hook: this.#phone.hook,
      wanted: this.#order.wanted,
      armed: current?.identity?.phase,
      requestId: current?.id,
      contextId: this.#slot.contextId,
      ephemeral: this.#slot.ephemeral?.terminationId,
      outstanding: this.#out && (this.#out.change?.kind ?? 'arm'),
    };
  }

  // --- what comes next --------------------------------------------------------------------------------------------

  #step(now: Millis): Outstanding | undefined {
    const { place } = this.#slot;
    if (!this.#order.backOff.isOver(now)) return undefined;
    if (!this.#inService)
      return place.kind === 'joined' ? this.#outstanding(undefined, { kind: 'leave', joined: place }, undefined) : undefined;
    const goal = this.#order.wanted;
    if (goal === undefined || now < this.#slot.dueAt) return undefined;
    this.#toneIsDue(goal, now);
    const change = changeFor(goal, place, this.facts);
    const request = this.#phone.requestWith(change, goal, now);
    if (change?.kind === 'locate') this.#slot.ask(request?.id);
    return change === undefined && request === undefined ? undefined : this.#outstanding(goal, change, request);
  }

  #outstanding(goal: HalfCallState | undefined, change: Change | undefined, request: Request | undefined): Outstanding {
    const contextId = this.#slot.contextId ?? NULL_CONTEXT;
    return outstandingOf({ line: this.terminationId, contextId, goal, change, request }, this.facts);
  }

  /** The termination is what the state asks for. */
  #isReached(goal: HalfCallState): boolean {
    return changeFor(goal, this.#slot.place, this.facts) === undefined && !this.#phone.needs(goal);
  }

  /** Says once that the order is carried out. @returns true when it said so. */
  #announce(now: Millis): boolean {
    const { wanted, isOpen } = this.#order;
    if (wanted === undefined || !isOpen || !this.#inService || !this.#isReached(wanted)) return false;
    this.#order.announce(wanted, this.#slot.ephemeral?.local, now);
    const byItself = this.kind === 'trunk' && wanted === this.#order.wanted ? trunkEvent(wanted.phase) : undefined;
    if (byItself) this.#emit(byItself, now);
    return true;
  }

  /**
   * A report on the request of the transaction that is out shows that the gateway has executed it: that comes before what it
   * reports. Unless the phone lay the other way already: then it has not become what it was to be.
   */
  #announceEarly(id: RequestId, events: readonly ReportedEvent[], now: Millis): void {
    const goal = this.#out?.goal;
    if (this.#out?.request?.id !== id || goal === undefined || goal !== this.#order.wanted || this.#out.change?.kind === 'locate') return;
    const supposed = hookOf(goal.phase);
    if (events.some((event) => event.kind === 'hook' && event.init && event.hook !== supposed)) return;
    this.#phone.hook = supposed;
    this.#emit(reached(goal, undefined), now);
  }

  /** A stand-in gives dial tone anew where what was dialled has been lost with the controller that it was told to. */
  #toneIsDue(goal: HalfCallState, now: Millis): void {
    if (now < this.#phone.inheritance.toneAt) return;
    this.#phone.inheritance.heard();
    if (goal.phase !== 'dialling') return;
    this.#phone.requests.ask();
    this.ports.observer.count('megaco.dial-tone-anew');
  }

  // --- outcomes ---------------------------------------------------------------------------------------------------

  #unanswered({ goal, change, request }: Outstanding, reason: FailureReason, now: Millis): void {
    this.ports.observer.count('megaco.line.unanswered', reason);
    if (request !== undefined || change?.kind === 'leave') this.#phone.requests.doubt();
    if (change !== undefined) this.#slot.doubt(change);
    this.#order.fail(goal, causeOf(reason), now);
  }

  #replied(out: Outstanding, reading: Reading, now: Millis): void {
    const { change, request, goal } = out;
    const { done, error } = reading;
    const isWhole = error === undefined;
    // What follows the end of a context in the same transaction may have failed without it.
    const isLeft = change?.kind === 'leave' && error !== undefined && error.target !== 'leave';
    const before = this.#slot.place;
    if (change !== undefined) this.#slot.changed(change, done, isWhole || isLeft);
    if (change?.kind === 'leave' || change?.kind === 'sweep') this.#phone.requests.doubt();
    if (request !== undefined && (isWhole || done.some(({ target }) => target === 'line'))) this.#phone.accepted(request);
    if (error !== undefined) return this.#refused(out, error, now);
    if (change?.kind === 'locate') return this.#located(before, now);
    if (change?.kind === 'sweep') this.ports.observer.count('megaco.line.swept');
    if (goal !== undefined && change?.kind !== 'look' && change?.kind !== 'sweep') this.#order.backOff.reset();
    // The answer may be outrun by events, and its order by another: what the far side waits for is told all the same.
    const isMade = change?.kind === 'create' || change?.kind === 'complete';
    if (!this.#announce(now) && isMade && goal !== undefined && meansSameCall(goal.callId, this.#order.wanted?.callId))
      this.#emit(reached(goal, this.#slot.ephemeral?.local), now);
  }

  /** The reply names the context, or the report does that the request causes. */
  #located(before: Place, now: Millis): void {
    this.#slot.wait(now);
    this.#placeKnown(before, now);
  }

  #heardFrom(contextId: ContextId, now: Millis): void {
    const before = this.#slot.place;
    this.#slot.heard(contextId);
    this.#placeKnown(before, now);
  }

  /** What a takeover found in a call, and is in no context, has lost its media. */
  #placeKnown(before: Place, now: Millis): void {
    if (before.kind !== 'unknown' || this.#slot.place.kind === 'unknown') return;
    this.#order.backOff.reset();
    const wasInCall = before.foundIn !== undefined && isOfCall(before.foundIn);
    if (wasInCall && this.#slot.place.kind === 'null' && this.#order.wanted?.media !== undefined)
      this.#order.lost('bearer-not-available', now);
  }

  #refused({ goal, change, request }: Outstanding, { code, text, target }: Problem, now: Millis): void {
    this.ports.observer.count('megaco.line.refused', String(code));
    const refusal = refusalOf(code);
    switch (refusal.kind) {
      case 'not-there':
        return this.#notThere(goal, change, code, target, now);
      case 'elsewhere':
        this.#slot.lose();
        return this.#order.backOff.wait(BACK_OFF.refusedMs, now);
      case 'glare':
        return this.#glare(goal, now);
      case 'again':
        return this.#order.again(goal, refusal.cause, now);
      case 'ask-less': {
        const item = target === 'line' && request?.asked !== undefined ? dispensable(code, text, request.asked) : undefined;
        if (item === undefined) break;
        this.facts.refusedItems.add(item);
        this.ports.observer.log('info', `${this.name}: the gateway refuses ${item} (${code}), which is left out from now on`);
        return;
      }
      case 'other-mode':
        if (target === 'ephemeral' && change !== undefined && 'mode' in change && hasOtherMode(change.mode, goal, this.facts)) return;
        break;
      case 'final':
        break;
      default:
        return refusal satisfies never;
    }
    if (change?.kind === 'locate' || change?.kind === 'sweep') {
      // It does not take such a question.
      this.#slot.heard(ALL_CONTEXTS);
      return this.#order.backOff.wait(BACK_OFF.refusedMs, now);
    }
    this.#order.fail(goal, refusal.kind === 'final' ? refusal.cause : 'protocol-error', now);
  }

  /** A termination or a context that a command named is not there, or the one is not in the other. */
  #notThere(goal: HalfCallState | undefined, change: Change | undefined, code: number, target: Target, now: Millis): void {
    const isGoal = goal !== undefined && goal === this.#order.wanted;
    if (change?.kind === 'leave' && target === 'leave') return this.#slot.notLeft(change.joined, code === UNKNOWN_CONTEXT);
    if (change?.kind === 'locate' || change?.kind === 'sweep') {
      const before = this.#slot.place;
      this.#slot.left();
      return this.#placeKnown(before, now);
    }
    if ((target === 'line' && code === UNKNOWN_TERMINATION) || change?.kind === 'create') {
      return this.#order.fail(goal, target === 'line' ? 'destination-out-of-order' : 'no-circuit', now);
    }
    if (target === 'line' && code !== UNKNOWN_CONTEXT) {
      // It is in another context than was thought, or in one at all.
      const isJoined = this.#slot.place.kind === 'joined' && change?.kind !== 'leave';
      this.#slot.lose();
      this.#order.backOff.wait(BACK_OFF.refusedMs, now);
      if (isJoined && isGoal) this.#order.lost('bearer-not-available', now);
      return;
    }
    if (target === 'ephemeral' && code !== UNKNOWN_CONTEXT) this.#slot.ephemeralGone();
    else this.#slot.left();
    if (isGoal) this.#order.lost('bearer-not-available', now);
  }

  #glare(goal: HalfCallState | undefined, now: Millis): void {
    if (goal === undefined) return;
    const hook = hookOf(goal.phase) === 'on' ? 'off' : 'on';
    const isNew = this.#phone.hook !== hook;
    this.#phone.hook = hook;
    // Call control that was told already has ordered something else; if not, it is told again.
    if (!isNew && goal !== this.#order.wanted) return;
    this.#order.tell({ kind: hook === 'off' ? 'off-hook' : 'on-hook' }, now);
  }

  // --- reports and findings ---------------------------------------------------------------------------------------

  /**
   * @param phase  The phase for which the event was asked for.
   * @returns true when call control was told something that it should answer by an order.
   */
  #happened(event: ReportedEvent, phase: Phase | undefined, isCurrent: boolean, now: Millis): boolean {
    switch (event.kind) {
      case 'hook': {
        const { hook } = event;
        const isNew = this.#phone.hook !== hook;
        this.#phone.hook = hook;
        const isOther = this.#order.wanted !== undefined && hookOf(this.#order.wanted.phase) !== hook;
        // Known already, and answered by an order; or it is said once more because it was not.
        if (!isNew && !(isOther && isCurrent && this.#out === undefined)) return false;
        this.#emit({ kind: hook === 'off' ? 'off-hook' : 'on-hook' }, now);
        return isOther;
      }
      case 'tone-ended': {
        // What sounded before an order that is still to be sent does not concern it.
        if (this.#order.wanted === undefined || this.#order.wanted.phase !== phase) return false;
        this.#phone.silenced = phase;
        this.#emit(event, now);
        return false;
      }
      case 'flash':
        // Who flashed meant what there was when he did. Where an audit found something else, the node that is gone has acted upon it.
        if (!this.#phone.requests.isInherited || phase === this.#order.wanted?.phase) this.#emit(event, now);
        return false;
      case 'dialled':
        this.#emit(event, now);
        return true;
      default:
        return event satisfies never;
    }
  }

  /** The far network, or the gateway, has given a trunk's circuit up. What a report of an earlier call tells is over. */
  #released(observed: ObservedEventsDescriptor, verdict: ReportVerdict, now: Millis): ReportVerdict {
    const end = releaseIn(observed);
    if (end === undefined) this.ports.observer.count('megaco.line.event', 'unknown');
    else if (verdict === 'current') this.#order.tell(end, now);
    this.ports.touched(this.name);
    return verdict;
  }

  /**
   * The node to which the digits were told died before it called anybody: it has moved the line on, so the report comes late,
   * and no request identifier has room for digits. Call control knows whether it has them.
   */
  #mayLackDigits(): boolean {
    const { wanted } = this.#order;
    return wanted?.phase === 'routing' || (wanted?.phase === 'dialling' && !this.#phone.requests.isFor(wanted));
  }

  #emit(event: HalfCallEvent, now: Millis): void {
    this.ports.event(this.name, event, now);
  }
}

type Problem = NonNullable<Reading['error']>;

/** Orders that call control may give one after the other within one `next`. */
const MAX_TURNS = 8;

const UNKNOWN_CONTEXT = 411;
const UNKNOWN_TERMINATION = 430;
