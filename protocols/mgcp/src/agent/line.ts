// One endpoint of a gateway as the call agent has it: what call control wants it to be, what it is, and the one command
// that is out to bring it there. The line decides which command comes next; sending, repeating and naming the call agent
// (N, RED/NL) are its owner's. RFC 3435 §2.3, §3.5, §4.4.
import {
  BACK_OFF,
  failure,
  type FoundLeg,
  type HalfCallEvent,
  type HalfCallState,
  type LineName,
  LineOrder,
  type LinePorts,
  type Phase,
  reached,
  trunkEvent,
} from '@altpath/call-control';
import { NEVER, type Millis } from '@altpath/core';
import type { EndpointName } from '../message/endpoint-name.js';
import type { CommandDraft, MgcpResponse } from '../message/message.js';
import { isSuccess } from '../message/return-codes.js';
import { connectionStep, mediaOf, type Change, type Outstanding, outstandingOf, sweepOf } from './commands.js';
import { ConnectionSlot } from './connection-slot.js';
import { modeFor, sameCallId } from './connections.js';
import { readAudit } from './found-endpoint.js';
import { parseRequestIdentifier, type Identifiers } from './identifiers.js';
import type { AuditedEndpoint, GatewayFacts, LineDescription, LineKind, NotifyCommand, ReportVerdict } from './line-facts.js';
import { isMeant, Orphans } from './orphans.js';
import { refusalOf, saysGone } from './refusals.js';
import { isHookEvent, readReport, type ReportedEvent } from './reports.js';
import { RequestLedger, type Request } from './request-ledger.js';
import { dispensable, hookOf, type Hook } from './requests.js';

/**
 * A line, or a trunk (connections only). It is told orders, outcomes and reports, and asked for the next command. One
 * command at most is out; an order replaces one of which nothing was sent yet.
 */
export class Line {
  readonly #order: LineOrder;
  #requests: RequestLedger;
  readonly #slot: ConnectionSlot;
  #hook: 'on' | 'off' | 'unknown' = 'unknown';
  readonly #orphans = new Orphans();
  #out: Outstanding | undefined;
  #holds = 0;
  /** The phase whose tone or ring has ended by itself. */
  #silenced: Phase | undefined;
  /** The state for which the endpoint was swept of unknown connections once. */
  #sweptFor: HalfCallState | undefined;

  constructor(
    readonly name: LineName,
    readonly kind: LineKind,
    readonly endpoint: EndpointName,
    private readonly facts: GatewayFacts,
    private readonly identifiers: Identifiers,
    private readonly ports: LinePorts,
  ) {
    this.#order = new LineOrder((event, now) => ports.event(name, event, now));
    this.#slot = new ConnectionSlot(endpoint);
    this.#requests = new RequestLedger(facts, identifiers);
  }

  /** A command is out, or the line's owner holds it (`hold`). */
  get busy(): boolean {
    return this.#out !== undefined || this.#holds > 0;
  }

  /** What call control wants; replaces an order of which nothing was sent yet. No event is given within. */
  order(state: HalfCallState, _now: Millis): void {
    this.#order.take(state);
    if (state.phase !== this.#silenced) this.#silenced = undefined;
    this.ports.touched(this.name);
  }

  /**
   * The next command, or undefined: nothing to do, one is out, the line is held or waits for `deadline`. Who takes the
   * command sends it, alone or behind a response, and gives back its outcome. Gives `reached` where nothing is left to do.
   */
  next(now: Millis): CommandDraft | undefined {
    for (let turn = 0; turn < MAX_TURNS && !this.busy; turn += 1) {
      const step = this.#step(now);
      if (step !== undefined) {
        this.#out = step;
        return step.command;
      }
      if (!this.#announce(now)) return undefined;
    }
    return undefined;
  }

  /** A final response to the command that is out. */
  completed(response: Pick<MgcpResponse, 'code' | 'parameters' | 'descriptions'>, now: Millis): void {
    const out = this.#out;
    if (out === undefined) return;
    this.#out = undefined;
    if (isSuccess(response.code)) this.#succeeded(out, response, now);
    else this.#refused(out, response.code, now);
    this.ports.touched(this.name);
  }

  /** No response came: whether the command was executed is not known. */
  failed(reason: 'timeout' | 'unreachable', now: Millis): void {
    const out = this.#out;
    if (out === undefined) return;
    this.#out = undefined;
    this.ports.observer.count('mgcp.line.unanswered', reason);
    if (out.request !== undefined) this.#requests.doubt();
    const { change } = out;
    if (change?.kind === 'create') this.#orphans.add({ callId: change.callId, connectionId: undefined });
    if (change?.kind === 'modify' || change?.kind === 'delete') this.#slot.doubt(change.connection);
    const cause = reason === 'timeout' ? 'recovery-on-timer-expiry' : 'network-out-of-order';
    this.#order.fail(out.goal, cause, now, (until) => this.#orphans.postpone(until));
    this.ports.touched(this.name);
  }

  /** NTFY. Whatever it gives back: the report is answered 200, and `next` asked for what goes with the answer. */
  report(notify: NotifyCommand, now: Millis): ReportVerdict {
    // What was not asked for (a trunk) says nothing.
    if (!this.#hasRequests) return 'foreign';
    const identifier = (notify.parameters.requestIdentifier ?? '0').toUpperCase();
    const coming = this.#out?.request;
    const verdict = this.#requests.judge(identifier, coming);
    this.ports.observer.count('mgcp.line.report', verdict);
    if (verdict === 'repeated') return verdict;
    this.#requests.noteReported(identifier, verdict, coming);
    const { events, unknown } = readReport(notify.parameters.observedEvents ?? [], this.facts.dialPlan);
    if (unknown > 0) this.ports.observer.count('mgcp.line.event', 'unknown');
    const before = this.#order.wanted;
    const phase = parseRequestIdentifier(identifier)?.phase ?? before?.phase;
    const isInherited = this.#requests.isInherited(identifier);
    let isAwaited = false;
    this.#announceEarly(identifier, now);
    for (const event of events) {
      if (verdict === 'current' || isHookEvent(event)) isAwaited = this.#happened(event, phase, isInherited, now) || isAwaited;
    }
    if (isAwaited && this.#order.wanted === before) this.#order.pause(now);
    this.ports.touched(this.name);
    return verdict;
  }

  /** The endpoint restarted and has nothing of what it had (§4.4.5). Gives `lost` where there was something to lose. */
  restarted(now: Millis): void {
    this.#requests.doubt();
    this.#slot.gone();
    this.#orphans.clear();
    this.#hook = 'unknown';
    this.#silenced = undefined;
    this.#order.retry();
    if (this.#order.wanted !== undefined && this.#order.wanted.phase !== 'idle') this.#order.lost('destination-out-of-order', now);
    this.ports.touched(this.name);
  }

  /** The gateway had lost its call agent, and with it may be a report: it is asked once more, whatever an audit finds (§4.4.7). */
  disconnected(): void {
    this.#requests.lapse();
    this.ports.touched(this.name);
  }

  /** A command of its owner's was refused because the phone lies so: as if its event had come (§4.4.2). */
  lies(hook: Hook, now: Millis): void {
    this.#glare(undefined, hook, now);
    this.ports.touched(this.name);
  }

  /** DLCX from the gateway (§2.3.8). @returns the code to answer: 250, 515 or 516. */
  deletedByGateway(command: NotifyCommand, now: Millis): number {
    const wasOrphan = this.#orphans.deleted(command.parameters);
    const { connection } = this.#slot;
    if (connection === undefined || !isMeant(command.parameters, connection)) {
      if (wasOrphan) return 250;
      const { callId } = command.parameters;
      return callId !== undefined && !sameCallId(callId, connection?.callId) ? 516 : 515;
    }
    this.#slot.gone();
    this.#order.lost('bearer-not-available', now);
    this.ports.touched(this.name);
    return 250;
  }

  /**
   * An audit's findings replace what was held to be there. Connections of no call will be deleted.
   *
   * @returns the leg, for `CallControlPort.restore`; an order follows from there.
   */
  adopt(audited: AuditedEndpoint, _now: Millis): FoundLeg {
    const found = readAudit(this.name, audited, this.#order.wanted?.callId, this.kind);
    this.#requests.adopt(found);
    // What is not told lies as it did when the request was accepted: what came after is in the gateway's quarantine.
    this.#hook = found.hook !== 'unknown' ? found.hook : found.identity !== undefined ? hookOf(found.identity.phase) : this.#hook;
    this.#slot.found(found.connection);
    this.#orphans.clear();
    for (const orphan of found.orphans) this.#orphans.add(orphan);
    this.#order.begin();
    this.ports.touched(this.name);
    return found.leg;
  }

  /** The identifier is that of the request in force, and nothing was reported on it yet: who acts on its report is the first. */
  isCurrent(requestIdentifier: string): boolean {
    return this.#requests.judge(requestIdentifier.toUpperCase(), this.#out?.request) === 'current';
  }

  /** Its owner sends something of its own to the endpoint (audit, claim): `next` gives nothing until as many `resume`. */
  hold(): void {
    this.#holds += 1;
  }

  resume(): void {
    this.#holds = Math.max(0, this.#holds - 1);
    this.ports.touched(this.name);
  }

  /** Forgets everything, the command that is out and holds too: the line is another node's, or the clock jumped. */
  forget(): void {
    this.#slot.gone();
    this.#order.forget();
    this.#requests = new RequestLedger(this.facts, this.identifiers);
    this.#hook = 'unknown';
    this.#orphans.clear();
    this.#out = undefined;
    this.#holds = 0;
    this.#silenced = undefined;
  }

  /** The instant at which `next` should be asked again, or `NEVER`. */
  deadline(): Millis {
    if (this.busy) return NEVER;
    const { wanted, backOff } = this.#order;
    const isDue = wanted !== undefined && !this.#isReached(wanted);
    return Math.min(this.#orphans.deadline(), isDue ? backOff.notBefore : NEVER);
  }

  /** The call that what is said to the endpoint now is about, for traces. */
  get callAtHand(): string | undefined {
    return this.#order.callAtHand;
  }

  describe(): LineDescription {
    return {
      name: this.name,
      hook: this.#hook,
      wanted: this.#order.wanted,
      armed: this.#requests.current?.identity?.phase,
      requestIdentifier: this.#requests.current?.identifier,
      connectionId: this.#slot.connection?.connectionId,
      outstanding: this.#out?.command.verb,
      orphans: this.#orphans.size,
    };
  }

  // --- what comes next --------------------------------------------------------------------------------------------

  #step(now: Millis): Outstanding | undefined {
    const orphan = this.#orphans.due(now);
    if (orphan !== undefined) return sweepOf(this.#slot.endpoint, orphan);
    const goal = this.#order.wanted;
    if (goal === undefined || !this.#order.backOff.isOver(now)) return undefined;
    const step = connectionStep(goal, this.#slot.connection, this.facts);
    const inTheWay = step?.verb === 'CRCX' ? this.#orphans.unnamed() : undefined;
    if (inTheWay !== undefined) return inTheWay.backOff.attempts === 0 ? sweepOf(this.#slot.endpoint, inTheWay) : undefined;
    // The request of a call goes with its own connection, not with the end of another.
    const isMidway = step?.verb === 'DLCX' && mediaOf(goal) !== undefined;
    const request = isMidway ? undefined : this.#requestOf(goal, now);
    if (step === undefined && request === undefined) return undefined;
    return outstandingOf(this.#slot.endpoint, step ?? { verb: 'RQNT', parameters: {} }, goal, request);
  }

  /** The request that the state needs, or undefined when the gateway has it. */
  #requestOf(goal: HalfCallState, now: Millis): Request | undefined {
    return this.#needsRequest(goal) ? this.#requests.make(goal, this.#silenced !== goal.phase, now) : undefined;
  }

  get #hasRequests(): boolean {
    return this.kind === 'line' && this.facts.requests;
  }

  /** Also where the phone is held to lie otherwise than the state supposes: the gateway knows, and refuses if it does (§4.4.2). */
  #needsRequest(goal: HalfCallState): boolean {
    const isOtherHook = this.#hook !== 'unknown' && this.#hook !== hookOf(goal.phase);
    return this.#hasRequests && (isOtherHook || this.#requests.needs(goal));
  }

  /** The endpoint is what the state asks for. */
  #isReached(goal: HalfCallState): boolean {
    return connectionStep(goal, this.#slot.connection, this.facts) === undefined && !this.#needsRequest(goal);
  }

  /** Says once that the order is carried out. @returns true when it said so. */
  #announce(now: Millis): boolean {
    const { wanted, isOpen } = this.#order;
    if (wanted === undefined || !isOpen || !this.#isReached(wanted)) return false;
    this.#order.announce(wanted, this.#slot.connection?.local, now);
    const byItself = this.kind === 'trunk' && wanted === this.#order.wanted ? trunkEvent(wanted.phase) : undefined;
    if (byItself) this.#emit(byItself, now);
    return true;
  }

  /** A report on the request of the command that is out shows that the gateway has accepted it: that comes before what it reports. */
  #announceEarly(identifier: string, now: Millis): void {
    const out = this.#out;
    if (out?.request?.identifier !== identifier || out.goal === undefined || out.goal !== this.#order.wanted) return;
    this.#hook = hookOf(out.goal.phase);
    this.#emit(reached(out.goal, undefined), now);
  }

  // --- outcomes ---------------------------------------------------------------------------------------------------

  #succeeded(out: Outstanding, response: Pick<MgcpResponse, 'parameters' | 'descriptions'>, now: Millis): void {
    if (out.goal !== undefined) this.#order.backOff.reset();
    this.#orphans.hurry();
    if (out.request !== undefined) {
      this.#requests.accepted(out.request);
      // §4.4.2: a gateway accepts a request for the hook only when the phone lies so. What it reported since is newer.
      if (!out.request.reported && out.goal !== undefined) this.#hook = hookOf(out.goal.phase);
    }
    if (out.change !== undefined && !this.#changed(out.change, response)) {
      this.#order.fail(out.goal, 'protocol-error', now);
      return;
    }
    // The answer may be outrun by events, and its order by another: what the far side waits for is told all the same.
    const goal = out.change?.kind === 'create' ? out.goal : undefined;
    if (!this.#announce(now) && goal !== undefined && sameCallId(goal.callId, this.#order.wanted?.callId))
      this.#emit(reached(goal, this.#slot.connection?.local), now);
  }

  /** @returns false when the response lacks what it must have. */
  #changed(change: Change, response: Pick<MgcpResponse, 'parameters' | 'descriptions'>): boolean {
    if (change.kind === 'sweep') {
      this.#orphans.gone(change.orphan);
      return true;
    }
    const isComplete = this.#slot.changed(change, response);
    if (!isComplete && change.kind === 'create') this.#orphans.add({ callId: change.callId, connectionId: undefined });
    return isComplete;
  }

  #refused(out: Outstanding, code: number, now: Millis): void {
    this.ports.observer.count('mgcp.line.refused', String(code));
    const { change, goal } = out;
    if (change?.kind === 'sweep') {
      if (saysGone(code)) this.#orphans.gone(change.orphan);
      else change.orphan.backOff.wait(BACK_OFF.refusedMs, now);
      return;
    }
    if (change?.kind === 'delete' && saysGone(code)) {
      this.#slot.gone();
      this.#announce(now);
      return;
    }
    const refusal = refusalOf(code);
    switch (refusal.kind) {
      case 'glare':
        return this.#glare(goal, refusal.hook, now);
      case 'again':
        return this.#order.again(goal, refusal.cause, now, refusal.atOnce);
      case 'connection-gone':
        this.#slot.gone();
        if (goal === this.#order.wanted) this.#order.lost('bearer-not-available', now);
        return;
      case 'ask-less':
        if (this.#asksLess(out, code)) return;
        break;
      case 'other-mode':
        if (this.#hasOtherMode(out)) return;
        break;
      case 'connection-limit':
        if (this.#sweeps(out)) return;
        break;
      case 'final':
        break;
      default:
        return refusal satisfies never;
    }
    // A connection must not stay because of what was asked for with its deletion.
    if (change?.kind === 'delete') {
      this.#slot.gone();
      this.#orphans.add(change.connection);
      return;
    }
    this.#order.fail(
      goal,
      refusal.kind === 'final' ? refusal.cause : refusal.kind === 'connection-limit' ? 'no-circuit' : 'protocol-error',
      now,
    );
  }

  /** What can be done without is asked for no more. @returns whether something could. */
  #asksLess({ request }: Outstanding, code: number): boolean {
    const key = request?.asked === undefined ? undefined : dispensable(code, request.asked);
    if (key === undefined) return false;
    this.facts.refusedEvents.add(key);
    this.ports.observer.log('info', `${this.name}: the gateway refuses ${key} (${code}), which is left out from now on`);
    return true;
  }

  /** A mode that is refused is written no more. @returns whether another stands in for it. */
  #hasOtherMode({ command, goal }: Outstanding): boolean {
    const { mode } = command.parameters;
    if (goal?.media === undefined || mode === undefined) return false;
    this.facts.refusedModes.add(mode);
    return modeFor(goal.media, this.facts.refusedModes) !== mode;
  }

  /** Once for each state everything on the endpoint goes. @returns whether it does. */
  #sweeps({ change, goal }: Outstanding): boolean {
    // A trunk's endpoint may be a bridge, with the connections of others: what is of no call there an audit tells.
    if (this.kind !== 'line' || change?.kind !== 'create' || goal === this.#sweptFor) return false;
    this.#sweptFor = goal;
    this.#orphans.add({ callId: undefined, connectionId: undefined });
    return true;
  }

  #glare(goal: HalfCallState | undefined, hook: Hook, now: Millis): void {
    const isNew = this.#hook !== hook;
    this.#hook = hook;
    // Call control that was told already has ordered something else; if not, it is told again.
    if (!isNew && goal !== this.#order.wanted) return;
    this.#order.tell({ kind: hook === 'off' ? 'off-hook' : 'on-hook' }, now);
  }

  // --- reports ----------------------------------------------------------------------------------------------------

  /**
   * @param phase        The phase for which the event was asked for.
   * @param isInherited  Another node had asked for it.
   * @returns true when call control was told something that it should answer by an order.
   */
  #happened(event: ReportedEvent, phase: Phase | undefined, isInherited: boolean, now: Millis): boolean {
    switch (event.kind) {
      case 'off-hook':
      case 'on-hook': {
        const hook = event.kind === 'off-hook' ? 'off' : 'on';
        // Known already, from a refusal or an audit.
        if (this.#hook === hook) return false;
        this.#hook = hook;
        this.#emit(event, now);
        return true;
      }
      case 'tone-ended':
      case 'failed-signal': {
        const goal = this.#order.wanted;
        // What sounded before an order that is still to be sent does not concern it.
        if (goal === undefined || goal.phase !== phase) return false;
        this.#silenced = phase;
        const isRingLost = event.kind === 'failed-signal' && phase === 'ringing';
        this.#emit(isRingLost ? failure(goal, 'destination-out-of-order') : { kind: 'tone-ended' }, now);
        return false;
      }
      case 'flash':
        // Who flashed meant what there was when he did. Where something else is wanted upon an audit, the node that is gone has acted upon it.
        if (!isInherited || phase === this.#order.wanted?.phase) this.#emit(event, now);
        return false;
      case 'dialled':
        this.#emit(event, now);
        return true;
      default:
        return event satisfies never;
    }
  }

  #emit(event: HalfCallEvent, now: Millis): void {
    this.ports.event(this.name, event, now);
  }
}

/** Orders that call control may give one after the other within one `next`. */
const MAX_TURNS = 8;
