// One endpoint of a gateway as the call agent has it: what call control wants it to be, what it is, and the one command
// that is out to bring it there. The line decides which command comes next; sending, repeating and naming the call agent
// (N, RED/NL) are its owner's. RFC 3435 §2.3, §3.5, §4.4.
import type { Cause, FoundLeg, HalfCallEvent, HalfCallState, LineName, Phase } from '@altpath/call-control';
import { NEVER, type Millis } from '@altpath/core';
import { isAllOf, isAnyOf, type EndpointName } from '../message/endpoint-name.js';
import type { CommandDraft, MgcpResponse } from '../message/message.js';
import type { Parameters } from '../message/parameters.js';
import { isSuccess } from '../message/return-codes.js';
import { fits, modeFor, sameCallId, type Connection } from './connections.js';
import { readAudit } from './found-endpoint.js';
import {
  callCounterOf,
  firstGeneration,
  generationAfter,
  type Identifiers,
  isLater,
  parseRequestIdentifier,
  rememberedDigits,
  type RequestIdentity,
} from './identifiers.js';
import type { AuditedEndpoint, GatewayFacts, LineDescription, LineKind, LinePorts, NotifyCommand, ReportVerdict } from './line-facts.js';
import { refusalOf } from './refusals.js';
import { isHookEvent, readReport, type ReportedEvent } from './reports.js';
import { asksTheSame, dispensable, hookOf, requestFor, type Hook, type RequestParameters } from './requests.js';

/** A request (X, R, S, D) that the gateway has, or will have when it accepts the command that is out. */
interface Request {
  readonly identifier: string;
  /** Undefined: an audit found it, and it is none of ours. */
  readonly identity: RequestIdentity | undefined;
  /** What it asks for, as sent or as an audit found it. */
  readonly asked: Partial<RequestParameters> | undefined;
  /** It has been reported on: the gateway waits for another (lockstep, §4.4.1). */
  reported: boolean;
}

/** A connection that must go although no state says so. Without an id all of the call, without a call all of the endpoint. */
interface Orphan {
  readonly callId: string | undefined;
  readonly connectionId: string | undefined;
  retryAt: Millis;
  attempts: number;
}

/** What a command does to connections. */
type Change =
  | { readonly kind: 'create'; readonly callId: string; readonly mode: Connection['mode']; readonly remote: string | undefined }
  | { readonly kind: 'modify'; readonly connection: Connection; readonly mode: Connection['mode']; readonly remote: string | undefined }
  | { readonly kind: 'delete'; readonly connection: Connection }
  | { readonly kind: 'sweep'; readonly orphan: Orphan };

/** The command that is out, and what is true once it has succeeded. */
interface Outstanding {
  readonly command: CommandDraft;
  /** The state that it leads to; undefined for sweeping. */
  readonly goal: HalfCallState | undefined;
  readonly change: Change | undefined;
  readonly request: Request | undefined;
}

/** Refusals of one state of a call before it counts as out of reach. Without a call there is no giving up. */
const ATTEMPTS = 4;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;
/** After silence (the command was repeated for T-MAX), what is not ordered anew waits longer. */
const SILENCE_WAIT_MS = 5_000;
/** How long a report may stay without an order, before the line asks its gateway again and so tells call control again. */
const PATIENCE_MS = 2_000;
/** Identifiers that were reported on, kept against repetition. */
const REMEMBERED_REPORTS = 8;

/**
 * A line, or a trunk (connections only). It is told orders, outcomes and reports, and asked for the next command. One
 * command at most is out; an order replaces one of which nothing was sent yet.
 */
export class Line {
  /** What the endpoint is called at present: a wildcard gives way to what the gateway chose. */
  #endpoint: EndpointName;
  #wanted: HalfCallState | undefined;
  /** The last order that was reported as reached. */
  #announced: HalfCallState | undefined;
  /** An order that is out of reach: nothing more is tried for it. */
  #givenUp: HalfCallState | undefined;
  #request: Request | undefined;
  #connection: Connection | undefined;
  #hook: 'on' | 'off' | 'unknown' = 'unknown';
  readonly #orphans: Orphan[] = [];
  #out: Outstanding | undefined;
  #holds = 0;
  #generation: number | undefined;
  #reported: string[] = [];
  /** The phase whose tone or ring has ended by itself. */
  #silenced: Phase | undefined;
  #retryAt: Millis = 0;
  #attempts = 0;
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
    this.#endpoint = endpoint;
  }

  /** A command is out, or the line's owner holds it (`hold`). */
  get busy(): boolean {
    return this.#out !== undefined || this.#holds > 0;
  }

  /** What call control wants; replaces an order of which nothing was sent yet. No event is given within. */
  order(state: HalfCallState, _now: Millis): void {
    const before = this.#wanted;
    this.#wanted = state;
    this.#announced = undefined;
    this.#givenUp = undefined;
    if (state.phase !== this.#silenced) this.#silenced = undefined;
    // The same again does not hurry a gateway that refuses it.
    if (before === undefined || before.phase !== state.phase || !sameCallId(before.callId, state.callId)) this.#attempts = 0;
    if (this.#attempts === 0) this.#retryAt = 0;
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
    if (out.request !== undefined) this.#request = undefined;
    const { change } = out;
    if (change?.kind === 'create') this.#orphan(change.callId, undefined, now);
    // Whether the mode has changed is not known either: it is written again.
    if (change?.kind === 'modify' && this.#connection === change.connection) this.#connection = { ...change.connection, mode: undefined };
    this.#attempts += 1;
    const retryAt = now + waitAfter(this.#attempts, SILENCE_WAIT_MS);
    for (const orphan of this.#orphans) orphan.retryAt = retryAt;
    this.#retryAt = retryAt;
    if (out.goal !== undefined && out.goal === this.#wanted && out.goal.callId !== undefined)
      this.#giveUp(out.goal, 'destination-out-of-order', now);
    this.ports.touched(this.name);
  }

  /** NTFY. Whatever it gives back: the report is answered 200, and `next` asked for what goes with the answer. */
  report(notify: NotifyCommand, now: Millis): ReportVerdict {
    const identifier = (notify.parameters.requestIdentifier ?? '0').toUpperCase();
    const verdict = this.#judge(identifier);
    this.ports.observer.count('mgcp.line.report', verdict);
    if (verdict === 'repeated') return verdict;
    this.#noteReported(identifier, verdict);
    const { events, unknown } = readReport(notify.parameters.observedEvents ?? [], this.facts.dialPlan);
    if (unknown > 0) this.ports.observer.count('mgcp.line.event', 'unknown');
    const before = this.#wanted;
    let isAwaited = false;
    for (const event of events) {
      if (verdict === 'current' || isHookEvent(event)) isAwaited = this.#happened(event, now) || isAwaited;
    }
    if (isAwaited && this.#wanted === before) this.#retryAt = Math.max(this.#retryAt, now + PATIENCE_MS);
    this.ports.touched(this.name);
    return verdict;
  }

  /** The endpoint restarted and has nothing of what it had (§4.4.5). Gives `lost` where there was something to lose. */
  restarted(now: Millis): void {
    this.#request = undefined;
    this.#connection = undefined;
    this.#orphans.length = 0;
    this.#endpoint = this.endpoint;
    this.#hook = 'unknown';
    this.#attempts = 0;
    this.#retryAt = 0;
    this.#givenUp = undefined;
    if (this.#wanted !== undefined && this.#wanted.phase !== 'idle') this.#lost('temporary-failure', now);
    this.ports.touched(this.name);
  }

  /** DLCX from the gateway (§2.3.8). @returns the code to answer: 250, 515 or 516. */
  deletedByGateway(command: NotifyCommand, now: Millis): number {
    const { callId, connectionId } = command.parameters;
    const isMeant = (connection: { readonly callId: string | undefined; readonly connectionId: string | undefined }): boolean =>
      (callId === undefined || sameCallId(callId, connection.callId)) &&
      (connectionId === undefined || sameCallId(connectionId, connection.connectionId));
    const orphan = this.#orphans.findIndex(isMeant);
    if (orphan >= 0) this.#orphans.splice(orphan, 1);
    if (this.#connection === undefined || !isMeant(this.#connection)) {
      if (orphan >= 0) return 250;
      return callId !== undefined && !sameCallId(callId, this.#connection?.callId) ? 516 : 515;
    }
    this.#connectionGone();
    this.#lost('bearer-not-available', now);
    this.ports.touched(this.name);
    return 250;
  }

  /**
   * An audit's findings replace what was held to be there. Connections of no call will be deleted.
   *
   * @returns the leg, for `CallControlPort.restore`; an order follows from there.
   */
  adopt(audited: AuditedEndpoint, _now: Millis): FoundLeg {
    const found = readAudit(this.name, audited, this.#wanted?.callId);
    const { identity, requestIdentifier } = found;
    const same =
      requestIdentifier !== undefined && requestIdentifier.toUpperCase() === this.#request?.identifier ? this.#request : undefined;
    this.#request =
      same ??
      (requestIdentifier === undefined
        ? undefined
        : { identifier: requestIdentifier.toUpperCase(), identity, asked: askedIn(audited), reported: false });
    if (identity !== undefined && (this.#generation === undefined || isLater(identity.generation, this.#generation))) {
      this.#generation = identity.generation;
    }
    // What is not told lies as it did when the request was accepted: what came after is in the gateway's quarantine.
    this.#hook = found.hook !== 'unknown' ? found.hook : identity !== undefined ? hookOf(identity.phase) : this.#hook;
    this.#connection = found.connection;
    this.#orphans.length = 0;
    for (const orphan of found.orphans) this.#orphan(orphan.callId, orphan.connectionId, 0);
    this.#announced = undefined;
    this.#givenUp = undefined;
    this.#attempts = 0;
    this.#retryAt = 0;
    this.ports.touched(this.name);
    return found.leg;
  }

  /** The identifier is that of the request in force, and nothing was reported on it yet: who acts on its report is the first. */
  isCurrent(requestIdentifier: string): boolean {
    return this.#judge(requestIdentifier.toUpperCase()) === 'current';
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
    this.#endpoint = this.endpoint;
    this.#wanted = undefined;
    this.#announced = undefined;
    this.#givenUp = undefined;
    this.#request = undefined;
    this.#connection = undefined;
    this.#hook = 'unknown';
    this.#orphans.length = 0;
    this.#out = undefined;
    this.#holds = 0;
    this.#silenced = undefined;
    this.#retryAt = 0;
    this.#attempts = 0;
  }

  /** The instant at which `next` should be asked again, or `NEVER`. */
  deadline(): Millis {
    if (this.busy) return NEVER;
    const waits = this.#orphans.map((orphan) => orphan.retryAt);
    if (this.#wanted !== undefined && this.#wanted !== this.#givenUp && !this.#isReached(this.#wanted)) waits.push(this.#retryAt);
    return Math.min(NEVER, ...waits);
  }

  describe(): LineDescription {
    return {
      name: this.name,
      hook: this.#hook,
      wanted: this.#wanted,
      armed: this.#request?.identity?.phase,
      requestIdentifier: this.#request?.identifier,
      connectionId: this.#connection?.connectionId,
      outstanding: this.#out?.command.verb,
      orphans: this.#orphans.length,
    };
  }

  // --- what comes next --------------------------------------------------------------------------------------------

  #step(now: Millis): Outstanding | undefined {
    const orphan = this.#orphans.find((candidate) => candidate.retryAt <= now);
    if (orphan !== undefined) return this.#sweep(orphan);
    const goal = this.#wanted;
    if (goal === undefined || goal === this.#givenUp || now < this.#retryAt) return undefined;
    const connection = this.#connection;
    const media = goal.callId === undefined ? undefined : goal.media;
    if (connection !== undefined && (media === undefined || !sameCallId(connection.callId, goal.callId))) {
      // The request of a new call goes with its connection.
      const request = media === undefined ? this.#requestOf(goal, now) : undefined;
      const ids = { callId: connection.callId, connectionId: connection.connectionId };
      return this.#command('DLCX', ids, goal, { kind: 'delete', connection }, request);
    }
    const request = this.#requestOf(goal, now);
    if (media !== undefined && goal.callId !== undefined && connection === undefined) {
      const mode = modeFor(media, this.facts.refusedModes);
      const change: Change = { kind: 'create', callId: goal.callId, mode, remote: media.remote };
      return this.#command(
        'CRCX',
        { callId: goal.callId, localConnectionOptions: this.#options(), mode },
        goal,
        change,
        request,
        media.remote,
      );
    }
    if (media !== undefined && connection !== undefined && !fits(connection, media, this.facts.refusedModes)) {
      const mode = modeFor(media, this.facts.refusedModes);
      const remote = fits({ ...connection, mode }, media, this.facts.refusedModes) ? undefined : media.remote;
      const ids = { callId: connection.callId, connectionId: connection.connectionId };
      const change: Change = { kind: 'modify', connection, mode, remote: remote ?? connection.remote };
      return this.#command('MDCX', { ...ids, mode }, goal, change, request, remote);
    }
    return request === undefined ? undefined : this.#command('RQNT', {}, goal, undefined, request);
  }

  #sweep(orphan: Orphan): Outstanding {
    const { callId, connectionId } = orphan;
    const ids = { ...(callId !== undefined && { callId }), ...(callId !== undefined && connectionId !== undefined && { connectionId }) };
    return this.#command('DLCX', ids, undefined, { kind: 'sweep', orphan }, undefined);
  }

  #command(
    verb: string,
    parameters: Parameters,
    goal: HalfCallState | undefined,
    change: Change | undefined,
    request: Request | undefined,
    remote?: string,
  ): Outstanding {
    const asked = request === undefined ? {} : { requestIdentifier: request.identifier, ...request.asked };
    const command: CommandDraft = {
      verb,
      endpoint: this.#endpoint,
      parameters: { ...parameters, ...asked },
      ...(remote !== undefined && { descriptions: [remote] }),
    };
    return { command, goal, change, request };
  }

  #options(): NonNullable<Parameters['localConnectionOptions']> {
    return { packetizationMs: { min: this.facts.packetMs, max: this.facts.packetMs }, codecs: this.facts.codecs };
  }

  /** The request that the state needs, or undefined when the gateway has it. */
  #requestOf(goal: HalfCallState, now: Millis): Request | undefined {
    if (!this.#needsRequest(goal)) return undefined;
    this.#generation = generationAfter(this.#generation ?? firstGeneration(now));
    const identity = { ...this.#identityOf(goal), slot: this.identifiers.slot, generation: this.#generation };
    const asked = requestFor(goal, this.#silenced !== goal.phase, this.facts, now);
    return { identifier: this.identifiers.request(identity), identity, asked, reported: false };
  }

  #needsRequest(goal: HalfCallState): boolean {
    if (this.kind === 'trunk' || !this.facts.requests) return false;
    const request = this.#request;
    if (request === undefined || request.reported) return true;
    if (request.identity === undefined)
      return request.asked === undefined || !asksTheSame(request.asked, requestFor(goal, true, this.facts, 0));
    const wanted = this.#identityOf(goal);
    return !(
      request.identity.phase === wanted.phase &&
      request.identity.role === wanted.role &&
      request.identity.callCounter === wanted.callCounter &&
      request.identity.dialled === wanted.dialled
    );
  }

  #identityOf(goal: HalfCallState): Pick<RequestIdentity, 'phase' | 'role' | 'callCounter' | 'dialled'> {
    return { phase: goal.phase, role: goal.role, callCounter: callCounterOf(goal.callId), dialled: rememberedDigits(goal.dialled) };
  }

  /** The endpoint is what the state asks for. */
  #isReached(goal: HalfCallState): boolean {
    const media = goal.callId === undefined ? undefined : goal.media;
    const connection = this.#connection;
    if (media === undefined ? connection !== undefined : connection === undefined || !sameCallId(connection.callId, goal.callId))
      return false;
    if (media !== undefined && connection !== undefined && !fits(connection, media, this.facts.refusedModes)) return false;
    return !this.#needsRequest(goal);
  }

  /** Says once that the order is carried out. @returns true when it said so. */
  #announce(now: Millis): boolean {
    const goal = this.#wanted;
    if (goal === undefined || goal === this.#announced || goal === this.#givenUp || !this.#isReached(goal)) return false;
    this.#announced = goal;
    this.#emit(reached(goal, this.#connection), now);
    return true;
  }

  // --- outcomes ---------------------------------------------------------------------------------------------------

  #succeeded(out: Outstanding, response: Pick<MgcpResponse, 'parameters' | 'descriptions'>, now: Millis): void {
    this.#attempts = 0;
    this.#retryAt = 0;
    if (out.request !== undefined) {
      this.#request = out.request;
      // §4.4.2: a gateway accepts a request for the hook only when the phone lies so. What it reported since is newer.
      if (!out.request.reported && out.goal !== undefined) this.#hook = hookOf(out.goal.phase);
    }
    if (out.change !== undefined && !this.#changed(out.change, response, now)) {
      this.#fail(out.goal, 'protocol-error', now);
      return;
    }
    // The answer may be outrun by events, and the order by another: what the far side waits for is told all the same.
    if (
      out.change?.kind === 'create' &&
      out.goal !== undefined &&
      out.goal !== this.#wanted &&
      sameCallId(out.goal.callId, this.#wanted?.callId)
    ) {
      this.#emit(reached(out.goal, this.#connection), now);
    }
    this.#announce(now);
  }

  /** @returns false when the response lacks what it must have. */
  #changed(change: Change, response: Pick<MgcpResponse, 'parameters' | 'descriptions'>, now: Millis): boolean {
    const local = response.descriptions[0];
    switch (change.kind) {
      case 'create': {
        const { connectionId, specificEndpointId } = response.parameters;
        if (specificEndpointId !== undefined && (isAnyOf(this.#endpoint) || isAllOf(this.#endpoint))) this.#endpoint = specificEndpointId;
        if (connectionId === undefined) {
          this.#orphan(change.callId, undefined, now);
          return false;
        }
        this.#connection = { callId: change.callId, connectionId, mode: change.mode, remote: change.remote, local };
        return true;
      }
      case 'modify':
        this.#connection = { ...change.connection, mode: change.mode, remote: change.remote, local: local ?? change.connection.local };
        return true;
      case 'delete':
        this.#connectionGone();
        return true;
      case 'sweep':
        this.#swept(change.orphan);
        return true;
      default:
        return change satisfies never;
    }
  }

  #refused(out: Outstanding, code: number, now: Millis): void {
    this.ports.observer.count('mgcp.line.refused', String(code));
    const { change, goal } = out;
    // A connection that the gateway does not have is deleted, and so is that of an endpoint that it does not have.
    const isDeleted = code === 515 || code === 516 || code === 500;
    if (change?.kind === 'sweep') {
      if (isDeleted) this.#swept(change.orphan);
      else this.#delay(change.orphan, now);
      return;
    }
    if (change?.kind === 'delete' && isDeleted) {
      this.#connectionGone();
      this.#announce(now);
      return;
    }
    const refusal = refusalOf(code);
    switch (refusal.kind) {
      case 'glare':
        return this.#glare(goal, refusal.hook, now);
      case 'again':
        return this.#again(goal, refusal.cause, refusal.atOnce === true, now);
      case 'connection-gone':
        this.#connectionGone();
        if (goal === this.#wanted) this.#lost('bearer-not-available', now);
        return;
      case 'ask-less': {
        const key = out.request?.asked === undefined ? undefined : dispensable(code, completeRequest(out.request.asked));
        if (key !== undefined) {
          this.facts.refusedEvents.add(key);
          this.ports.observer.log('info', `${this.name}: the gateway refuses ${key} (${code}), which is left out from now on`);
          return;
        }
        break;
      }
      case 'other-mode': {
        const mode = out.command.parameters.mode;
        if (goal?.media !== undefined && mode !== undefined && !this.facts.refusedModes.has(mode)) {
          this.facts.refusedModes.add(mode);
          if (modeFor(goal.media, this.facts.refusedModes) !== mode) return;
        }
        break;
      }
      case 'connection-limit':
        if (change?.kind === 'create' && goal !== this.#sweptFor) {
          this.#sweptFor = goal;
          this.#orphan(undefined, undefined, now);
          return;
        }
        break;
      case 'final':
        break;
      default:
        return refusal satisfies never;
    }
    // A connection must not stay because of what was asked for with its deletion.
    if (change?.kind === 'delete') {
      this.#connectionGone();
      this.#orphan(change.connection.callId, change.connection.connectionId, now);
      return;
    }
    this.#fail(goal, refusal.kind === 'final' ? refusal.cause : refusal.kind === 'connection-limit' ? 'no-circuit' : 'protocol-error', now);
  }

  #glare(goal: HalfCallState | undefined, hook: Hook, now: Millis): void {
    const isNew = this.#hook !== hook;
    this.#hook = hook;
    // Call control that was told already has ordered something else; if not, it is told again.
    if (!isNew && goal !== this.#wanted) return;
    const before = this.#wanted;
    this.#emit({ kind: hook === 'off' ? 'off-hook' : 'on-hook' }, now);
    if (this.#wanted === before) this.#retryAt = Math.max(this.#retryAt, now + PATIENCE_MS);
  }

  #again(goal: HalfCallState | undefined, cause: Cause, atOnce: boolean, now: Millis): void {
    this.#attempts += 1;
    if (goal === this.#wanted && goal?.callId !== undefined && this.#attempts >= ATTEMPTS) {
      this.#giveUp(goal, cause, now);
      return;
    }
    if (!atOnce || this.#attempts > 1) this.#retryAt = now + waitAfter(this.#attempts, FIRST_WAIT_MS);
  }

  /** The state cannot be reached. Without a call it is tried again and again, ever more slowly. */
  #fail(goal: HalfCallState | undefined, cause: Cause, now: Millis): void {
    if (goal === undefined || goal !== this.#wanted) return;
    if (goal.callId !== undefined) {
      this.#giveUp(goal, cause, now);
      return;
    }
    this.#attempts += 1;
    this.#retryAt = now + waitAfter(this.#attempts, SILENCE_WAIT_MS);
    if (this.#attempts === 1) this.#emit(failure(goal, cause), now);
  }

  #giveUp(goal: HalfCallState, cause: Cause, now: Millis): void {
    this.#givenUp = goal;
    this.#emit(failure(goal, cause), now);
  }

  #lost(cause: Cause, now: Millis): void {
    const before = this.#wanted;
    this.#announced = undefined;
    this.#emit({ kind: 'lost', cause }, now);
    if (this.#wanted === before) this.#retryAt = Math.max(this.#retryAt, now + PATIENCE_MS);
  }

  // --- reports ----------------------------------------------------------------------------------------------------

  #judge(identifier: string): ReportVerdict {
    if (this.#reported.includes(identifier)) return 'repeated';
    const coming = this.#out?.request;
    // The gateway has accepted the command, though its response is still on the way.
    if (identifier === coming?.identifier) return 'current';
    if (identifier === this.#request?.identifier) return coming === undefined ? 'current' : 'late';
    const identity = parseRequestIdentifier(identifier);
    if (identity === undefined || this.#generation === undefined) return 'foreign';
    // No answer came to the command that asked for this, but it was executed.
    if (this.#request === undefined && coming === undefined && identity.generation === this.#generation) return 'current';
    return isLater(identity.generation, this.#generation) ? 'foreign' : 'late';
  }

  #noteReported(identifier: string, verdict: ReportVerdict): void {
    // `0` names persistent events before any request, and any number of them.
    if (identifier !== '0') this.#reported = [...this.#reported.slice(1 - REMEMBERED_REPORTS), identifier];
    for (const request of [this.#request, this.#out?.request]) if (request?.identifier === identifier) request.reported = true;
    // Somebody else has armed the line, or nobody: what we think is there is not.
    if (verdict === 'foreign' && this.#out?.request === undefined) this.#request = undefined;
  }

  /** @returns true when call control was told something that it should answer by an order. */
  #happened(event: ReportedEvent, now: Millis): boolean {
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
        this.#silenced = this.#wanted?.phase;
        this.#emit(event, now);
        return false;
      case 'failed-signal': {
        const goal = this.#wanted;
        this.#silenced = goal?.phase;
        this.ports.observer.count('mgcp.line.signal', 'failed');
        this.#emit(goal?.phase === 'ringing' ? failure(goal, 'destination-out-of-order') : { kind: 'tone-ended' }, now);
        return false;
      }
      case 'flash':
        this.#emit(event, now);
        return false;
      case 'dialled':
        this.#emit(event, now);
        return true;
      default:
        return event satisfies never;
    }
  }

  // --- connections ------------------------------------------------------------------------------------------------

  #connectionGone(): void {
    this.#connection = undefined;
    this.#endpoint = this.endpoint;
  }

  #orphan(callId: string | undefined, connectionId: string | undefined, retryAt: Millis): void {
    this.#orphans.push({ callId, connectionId, retryAt, attempts: 0 });
  }

  #swept(orphan: Orphan): void {
    const at = this.#orphans.indexOf(orphan);
    if (at >= 0) this.#orphans.splice(at, 1);
  }

  #delay(orphan: Orphan, now: Millis): void {
    orphan.attempts += 1;
    orphan.retryAt = now + waitAfter(orphan.attempts, FIRST_WAIT_MS);
  }

  #emit(event: HalfCallEvent, now: Millis): void {
    this.ports.event(this.name, event, now);
  }
}

/** Orders that call control may give one after the other within one `next`. */
const MAX_TURNS = 8;

function reached(goal: HalfCallState, connection: Connection | undefined): HalfCallEvent {
  return {
    kind: 'reached',
    phase: goal.phase,
    ...(goal.callId !== undefined && { callId: goal.callId }),
    ...(connection?.local !== undefined && { local: connection.local }),
  };
}

function failure(goal: HalfCallState, cause: Cause): HalfCallEvent {
  return { kind: 'failed', phase: goal.phase, ...(goal.callId !== undefined && { callId: goal.callId }), cause };
}

/** Doubles from the first wait on. */
function waitAfter(attempts: number, firstMs: Millis): Millis {
  return Math.min(firstMs * 2 ** Math.min(attempts - 1, 16), Math.max(LONGEST_WAIT_MS, firstMs));
}

function askedIn(audited: AuditedEndpoint): Partial<RequestParameters> | undefined {
  const { requestedEvents, signalRequests } = audited.parameters;
  return requestedEvents === undefined ? undefined : { requestedEvents, signalRequests: signalRequests ?? [] };
}

function completeRequest(asked: Partial<RequestParameters>): RequestParameters {
  return { ...asked, requestedEvents: asked.requestedEvents ?? [], signalRequests: asked.signalRequests ?? [] };
}
