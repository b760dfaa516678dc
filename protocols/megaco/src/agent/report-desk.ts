// Where requests of gateways are received: reports (Notify) are acted on by their line, registrations by who does those,
// and what cannot be judged yet is kept until it can. Every report is acted upon first, what is said upon it leaves, and
// then it is answered: who dies in between leaves a gateway that reports again to the next controller (RFC 3525 §11.5).
import type { Millis } from '@altpath/core';
import { type ActionReply, type CommandReply, type CommandRequest, isRoot, type NotifyRequest } from '../message/index.js';
import type { ReplyResult, RequestHandle, TransactionEvent } from '../transaction/index.js';
import { ErrorCode } from './findings.js';
import type { Gateway } from './gateway.js';
import type { HandOff } from './hand-off.js';
import type { Holding } from './holding.js';
import type { Line } from './line.js';
import type { ControllerParts } from './parts.js';
import { isRegistration as registers, type Registration } from './registration.js';
import type { Seeking } from './seeking.js';
import { tellsDigits } from './reports.js';

/** How long a report waits for the other legs of its call to be found. */
const PATIENCE_MS: Millis = 1_000;
/** How long the answer to a report waits for what is said upon it. */
const OWED_MS: Millis = 1_000;
/** How soon what waits is looked at again. */
const LOOK_MS: Millis = 20;
/** Requests that wait while this node does not know yet what it holds, or while a line is being audited. */
const MAX_WAITING = 20_000;

type Received = Extract<TransactionEvent<never>, { readonly kind: 'request' }>;

/** A request that came, until it is acted on or let go. */
interface Pending {
  readonly received: Received;
  readonly gateway: Gateway;
  readonly isRegistration: boolean;
  /** What it reports of: nothing else of these lines is heard before it. */
  readonly lines: readonly Line[];
  /** How long it waits for legs of its call. */
  until: Millis;
}

/** What was done upon a request: replies to its commands, lines that it concerned, the version to answer in. */
interface Done {
  readonly actions: readonly ActionReply[];
  readonly touched: ReadonlySet<Line>;
  readonly version: number | undefined;
}

/** An answer that waits for what is still to be said to these lines. */
interface Owed {
  readonly handle: RequestHandle;
  readonly gateway: Gateway;
  readonly result: ReplyResult;
  readonly lines: Set<Line>;
  /** What a user has dialled nobody knows but who is told of it (a RequestID has no room): the called line must be told first. */
  readonly isWhole: boolean;
  until: Millis;
}

export class ReportDesk {
  #waiting: Pending[] = [];
  /** Lines of which a report waits. */
  readonly #blocked = new Set<Line>();
  readonly #owed = new Set<Owed>();

  constructor(
    private readonly parts: ControllerParts,
    private readonly holding: Holding,
    private readonly registration: Registration,
    private readonly handOff: HandOff,
    private readonly seeking: Seeking,
  ) {}

  /** Something that lines of ours have reported is still to be acted upon. */
  get anyWaits(): boolean {
    return this.#waiting.some(({ gateway, lines }) => lines.length > 0 && gateway.stage !== 'foreign');
  }

  /** The line has reported something that is still to be acted upon. */
  awaits(line: Line): boolean {
    return this.#blocked.has(line);
  }

  /** One request, of a gateway that may speak. */
  take(received: Received, gateway: Gateway, now: Millis): void {
    const commands = received.request.actions.flatMap((action) => action.commands);
    const isRegistration = commands.some((command) => command.kind === 'service-change' && registers(command));
    const lines = commands.flatMap((command) => (command.kind === 'notify' ? gateway.linesOf(command.terminationId) : []));
    const request: Pending = { received, gateway, isRegistration, lines, until: now + PATIENCE_MS };
    // In the order in which they were made: a telephone that was lifted and put down lies on its hook.
    if (this.#isBlocked(request)) this.sweep(now);
    if (this.#isBlocked(request) || !this.#proceed(request, now)) this.#keep(request, now);
  }

  /** Acts on what has waited long enough. */
  sweep(now: Millis): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting.splice(0);
    this.#blocked.clear();
    for (const request of waiting) {
      // It was answered in our stead, for being late (506).
      if (request.received.handle.answered) continue;
      if (this.#isBlocked(request) || !this.#proceed(request, now)) this.#keep(request, now);
    }
  }

  /**
   * The node was frozen: what was done upon reports is nothing now. They are forgotten without an answer, for a gateway
   * takes any for the end of its report; who still thinks this node its controller repeats them.
   */
  doubt(): void {
    for (const { received } of this.#waiting.splice(0)) this.#ignore(received.handle, 'thawed');
    this.#blocked.clear();
    for (const { handle } of this.#owed) this.#ignore(handle, 'thawed');
    this.#owed.clear();
  }

  /** A line's step has left: what was owed for it alone may be answered. */
  left(line: Line, now: Millis): void {
    for (const owed of this.#owed) {
      if (owed.isWhole || !owed.lines.delete(line) || owed.lines.size > 0) continue;
      this.#owed.delete(owed);
      this.parts.layer.respond(owed.handle, owed.result, now);
    }
  }

  /** Answers the reports upon which nothing is left to be said, or not soon enough. */
  settle(now: Millis): void {
    const { lines, layer } = this.parts;
    for (const owed of this.#owed) {
      const isLost = owed.gateway.stage === 'foreign' || owed.gateway.leaving !== undefined;
      for (const line of owed.lines) if (!line.busy && !lines.isQueued(line)) owed.lines.delete(line);
      // What a line of another protocol is told upon it leaves at the end of this turn.
      if (owed.isWhole && owed.lines.size === 0) owed.until = Math.min(owed.until, now + LOOK_MS);
      const isOpen = owed.isWhole || owed.lines.size > 0;
      if (!isLost && isOpen && now < owed.until && !owed.handle.answered) continue;
      this.#owed.delete(owed);
      // Another node has the gateway, or is about to: it hears the report from the gateway itself.
      if (isLost) this.#ignore(owed.handle, 'leaving');
      else if (!owed.handle.answered) layer.respond(owed.handle, owed.result, now);
    }
    for (const { until } of this.#owed) this.parts.wakeBy(until);
  }

  #isBlocked({ lines }: Pending): boolean {
    return lines.some((line) => this.#blocked.has(line));
  }

  /** @returns false when it is not known yet what the request means. */
  #proceed(request: Pending, now: Millis): boolean {
    const { received, gateway, isRegistration, lines } = request;
    if (this.holding.isOpen(gateway)) {
      request.until = now + PATIENCE_MS;
      return false;
    }
    // §9.1: a registration goes first.
    if (isRegistration) return this.#act(received, gateway, now);
    if (gateway.stage === 'foreign' && !this.#adopt(received.handle, gateway, lines, now)) return true;
    // It is about to go, and reports again where it goes to.
    if (gateway.leaving) return this.#ignore(received.handle, 'leaving');
    // What the line does is being asked: whether this report is news is known then.
    if (lines.some((line) => gateway.unaudited.has(line))) return false;
    const isSettling = lines.length > 0 && now < request.until && this.parts.takeover.isSettling(gateway);
    return !isSettling && this.#act(received, gateway, now);
  }

  /**
   * A gateway that has not registered here takes this node for its controller: after a restart of the node it does so
   * rightly. It becomes ours, is asked what it does, and is asked to register (§11.5); unless another node has stood in for this
   * one, which knows of its calls.
   *
   * @returns false when it is another's, or cannot be ours; then nothing is answered.
   */
  #adopt(handle: RequestHandle, gateway: Gateway, lines: readonly Line[], now: Millis): boolean {
    const { takeover, custody } = this.parts;
    // What stood in a socket while the gateway went elsewhere: an answer would end the report that it repeats there.
    if (this.holding.isOthers(gateway, now) || !this.holding.mayHold(gateway)) return !this.#ignore(handle, 'not-ours');
    const { source: hop, encoding, version } = handle;
    const association = { key: gateway.mId, hop, encoding, version };
    const standIn = this.holding.standIn(gateway, association, now);
    if (standIn !== undefined && this.handOff.sendOn(gateway, association, standIn, now)) return !this.#ignore(handle, 'stood-in');
    gateway.association = association;
    gateway.adoptedAt = now;
    takeover.take(gateway, 'unregistered', now, { lines, from: custody.holder(gateway.name) });
    this.handOff.call(gateway, association, now);
    this.seeking.begin(now);
    return true;
  }

  /**
   * Nothing is answered; a copy of it is looked at anew.
   *
   * Deviation: RFC 3525 §8.2.2 has each transaction answered; any answer would end a report that another node is to hear.
   *
   * @returns true: it is dealt with.
   */
  #ignore(handle: RequestHandle, reason: string): true {
    this.parts.environment.observer.count('megaco.ignored', reason);
    this.parts.layer.drop(handle);
    return true;
  }

  #keep(request: Pending, now: Millis): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#ignore(request.received.handle, 'overload');
      return;
    }
    this.#waiting.push(request);
    for (const line of request.lines) this.#blocked.add(line);
    this.parts.wakeBy(now + LOOK_MS);
  }

  /** Carries out the commands in their order; one that fails and is not optional ends the transaction (§8). */
  #act(received: Received, gateway: Gateway, now: Millis): true {
    const { request, handle } = received;
    const actions: ActionReply[] = [];
    const touched = new Set<Line>();
    let version: number | undefined;
    walk: for (const { contextId, commands } of request.actions) {
      const replies: CommandReply[] = [];
      for (const command of commands) {
        if (command.kind === 'service-change') {
          const answer = this.registration.take(command, handle, gateway, now);
          version ??= answer.version;
          replies.push(answer.reply);
        } else if (command.kind === 'notify') {
          replies.push(this.#notify(command, contextId, gateway, touched, now));
        } else if (!command.optional) {
          actions.push({ contextId, commands: replies, error: this.#unsupported(command) });
          break walk;
        }
      }
      actions.push({ contextId, commands: replies });
    }
    this.#answer(received, gateway, { actions, touched, version }, now);
    return true;
  }

  #unsupported({ kind }: CommandRequest): { readonly kind: 'error'; readonly code: number } {
    this.parts.environment.observer.count('megaco.refused', kind);
    return { kind: 'error', code: ErrorCode.unsupported };
  }

  #notify(command: NotifyRequest, contextId: number, gateway: Gateway, touched: Set<Line>, now: Millis): CommandReply {
    const { terminationId, observed } = command;
    // `it/ito`: the answer is all that it wants.
    if (isRoot(terminationId)) return { kind: 'notify', terminationId };
    const line = gateway.line(terminationId);
    if (!line) {
      this.parts.environment.observer.count('megaco.refused', 'unknown-termination');
      return { kind: 'notify', terminationId, error: { kind: 'error', code: ErrorCode.unknownTermination } };
    }
    line.report({ contextId, observed }, now);
    touched.add(line);
    return { kind: 'notify', terminationId };
  }

  #answer({ request, handle }: Received, gateway: Gateway, { actions, touched, version }: Done, now: Millis): void {
    const { courier, layer, lines } = this.parts;
    const result: ReplyResult = { kind: 'actions', actions };
    const isWhole = request.actions.some(({ commands }) => commands.some((each) => each.kind === 'notify' && tellsDigits(each.observed)));
    const open = new Set<Line>();
    // What a line has to say leaves here where there is room; one that has something out says it when that is over.
    for (const line of touched) {
      const hasLeft = courier.pumpLine(line, now);
      const isOpen = line.busy || lines.isQueued(line);
      if ((isWhole || !hasLeft) && isOpen && lines.find(line.name)) open.add(line);
    }
    // For traces: the call that what was dialled has begun may be over when it is answered.
    courier.callOf(request.actions);
    if (open.size === 0) layer.respond(handle, result, now, version);
    else this.#owed.add({ handle, gateway, result, lines: open, isWhole, until: now + OWED_MS });
  }
}
