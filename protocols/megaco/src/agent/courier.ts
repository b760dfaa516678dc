// What leaves for gateways, in turns: errands of the controller's own (audits, farewells, questions) before what lines have
// to say, and never more at once than a window, over all gateways and to each: when a thousand of them register at the same
// time, one that has fallen silent shall not keep the others waiting.
import { Errands, MAX_IN_FLIGHT } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import type { ActionRequest } from '../message/index.js';
import type { Association, FailureReason, ReplyResult, TransactionEvent, TransactionLayer } from '../transaction/index.js';
import type { Gateway } from './gateway.js';
import type { Line, Lines, Step } from './line.js';

/** A transaction of the controller's own. */
export interface Errand {
  readonly gateway: Gateway;
  readonly actions: readonly ActionRequest[];
  /** Told once; undefined: no reply came. */
  then(result: ReplyResult | undefined, now: Millis): void;
}

export type Token =
  | { readonly kind: 'errand'; readonly gateway: Gateway; readonly sentAt: Millis; readonly errand: Errand }
  | { readonly kind: 'line'; readonly gateway: Gateway; readonly sentAt: Millis; readonly line: Line };

export class Courier {
  readonly #errands = new Errands<Gateway, Errand>(
    () => this.#isFull,
    ({ association }) => association !== undefined,
  );
  /** Who said what, for traces. */
  readonly #speakers = new WeakMap<Step, Line>();
  /** The calls that they were about. */
  readonly #calls = new WeakMap<Step, string>();

  /**
   * @param gatewayOf  Whose line it is.
   * @param left       A line's step has left: what was owed for it may follow.
   * @param isUnheard  A report of the line waits: nothing is ordered of it before that has been heard.
   */
  constructor(
    private readonly layer: TransactionLayer<Token>,
    private readonly lines: Lines,
    private readonly gatewayOf: (line: Line) => Gateway,
    private readonly left: (line: Line, now: Millis) => void,
    private readonly isUnheard: (line: Line) => boolean,
  ) {}

  /** Errands that wait for their turn. */
  get waiting(): number {
    return this.#errands.waiting;
  }

  /** Transactions without a reply. */
  inFlight(gateway: Gateway): number {
    return this.#errands.inFlight(gateway);
  }

  /** The line whose step these actions are, or whose report. */
  speaker(actions: Step): Line | undefined {
    return this.#speakers.get(actions);
  }

  speaks(actions: Step, line: Line): void {
    this.#speakers.set(actions, line);
  }

  /**
   * The call that these actions are about, else the line that is in none. What has once been of a call stays so: its reply may come
   * when the line is in none any more.
   */
  callOf(actions: Step): string | undefined {
    const line = this.speaker(actions);
    const callId = this.#calls.get(actions) ?? line?.callAtHand;
    if (callId !== undefined) this.#calls.set(actions, callId);
    return callId ?? line?.name;
  }

  run(errand: Errand): void {
    this.#errands.add(errand);
  }

  /** Runs an errand to a gateway that this node does not hold. */
  tell(errand: Errand, to: Association, now: Millis): void {
    this.#errands.count(errand.gateway, 1);
    this.layer.send(errand.actions, to, { kind: 'errand', gateway: errand.gateway, sentAt: now, errand }, now);
  }

  /** Forgets errands and transactions of a gateway, or of all; nobody is told. */
  abandon(gateway: Gateway | undefined, now: Millis): void {
    this.layer.abandon(({ token }) => gateway === undefined || token.gateway === gateway, now);
    this.#errands.forget(gateway);
  }

  /** Sends what there is room for. */
  pump(now: Millis): void {
    if (this.#isFull) return;
    this.#errands.serve((errand) => {
      const { actions, gateway } = errand;
      this.#send(actions, { kind: 'errand', gateway, sentAt: now, errand }, now);
    });
    while (!this.#isFull) {
      const next = this.lines.take(now, (line) => this.#mayCommand(line));
      if (!next) return;
      this.#sendStep(next.line, next.step, now);
    }
  }

  /** Sends what a line has to say, out of its turn. @returns false when it has to wait or has nothing to say. */
  pumpLine(line: Line, now: Millis): boolean {
    if (line.busy || this.#isFull || !this.#mayCommand(line)) return false;
    const step = this.lines.takeOf(line, now);
    if (step === undefined) return false;
    this.#sendStep(line, step, now);
    return true;
  }

  /** A reply to one of ours. */
  completed({ token, reply }: Extract<TransactionEvent<Token>, { readonly kind: 'completed' }>, now: Millis): void {
    this.#errands.count(token.gateway, -1);
    if (token.kind === 'errand') token.errand.then(reply.result, now);
    else token.line.settle({ kind: 'replied', result: reply.result }, now);
  }

  /** None will come. */
  failed(token: Token, reason: FailureReason, now: Millis): void {
    this.#errands.count(token.gateway, -1);
    if (token.kind === 'errand') token.errand.then(undefined, now);
    else token.line.settle({ kind: 'failed', reason }, now);
  }

  #sendStep(line: Line, step: Step, now: Millis): void {
    this.#speakers.set(step, line);
    this.#send(step, { kind: 'line', gateway: this.gatewayOf(line), sentAt: now, line }, now);
    this.left(line, now);
  }

  #send(actions: readonly ActionRequest[], token: Token, now: Millis): void {
    const { association } = token.gateway;
    if (association === undefined) throw new RangeError(`${token.gateway.name} is not there`);
    this.#errands.count(token.gateway, 1);
    this.layer.send(actions, association, token, now);
  }

  get #isFull(): boolean {
    return this.layer.load.sent >= MAX_IN_FLIGHT;
  }

  /** Nothing is ordered of a gateway that is about to go: its next controller shall find what it was told of. */
  #mayCommand(line: Line): boolean {
    const gateway = this.gatewayOf(line);
    return gateway.leaving === undefined && this.#errands.hasRoom(gateway) && !this.isUnheard(line);
  }
}
