// What leaves for gateways, in turns: errands of the controller's own (audits, farewells, questions) before what lines have
// to say, and never more at once than a window, over all gateways and to each: when a thousand of them register at the same
// time, one that has fallen silent shall not keep the others waiting.
import type { Millis } from '@altpath/core';
import type { ActionRequest } from '../message/index.js';
import type { Association, FailureReason, ReplyResult, TransactionEvent, TransactionLayer } from '../transaction/index.js';
import type { Gateway } from './gateway.js';
import type { Line, Lines, Step } from './line.js';

/** Transactions without a reply, over all gateways. */
export const MAX_IN_FLIGHT = 200;
/** Of these to one gateway. */
export const MAX_PER_GATEWAY = 20;

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
  /** Errands that wait for their turn, by gateway: many may wait for one that has no room. */
  readonly #errands = new Map<Gateway, Errand[]>();
  /** Transactions without a reply, by gateway. */
  readonly #inFlight = new Map<Gateway, number>();
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
    let waiting = 0;
    for (const errands of this.#errands.values()) waiting += errands.length;
    return waiting;
  }

  /** Transactions without a reply. */
  inFlight(gateway: Gateway): number {
    return this.#inFlight.get(gateway) ?? 0;
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
    const waiting = this.#errands.get(errand.gateway);
    if (waiting) waiting.push(errand);
    else this.#errands.set(errand.gateway, [errand]);
  }

  /** Runs an errand to a gateway that this node does not hold. */
  tell(errand: Errand, to: Association, now: Millis): void {
    this.#count(errand.gateway, 1);
    this.layer.send(errand.actions, to, { kind: 'errand', gateway: errand.gateway, sentAt: now, errand }, now);
  }

  /** Forgets errands and transactions of a gateway, or of all; nobody is told. */
  abandon(gateway: Gateway | undefined, now: Millis): void {
    this.layer.abandon(({ token }) => gateway === undefined || token.gateway === gateway, now);
    for (const table of [this.#errands, this.#inFlight]) {
      if (gateway === undefined) table.clear();
      else table.delete(gateway);
    }
  }

  /** Sends what there is room for. */
  pump(now: Millis): void {
    if (this.layer.load.sent >= MAX_IN_FLIGHT) return;
    // Whoever was served goes to the end of the queue, when something is left to be done for it.
    let rest = this.#errands.size;
    for (const [gateway, waiting] of this.#errands) {
      if (rest === 0) break;
      rest -= 1;
      while (this.#hasRoom(gateway)) {
        if (this.layer.load.sent >= MAX_IN_FLIGHT) return;
        const errand = waiting.shift();
        if (!errand) break;
        this.#send(errand.actions, { kind: 'errand', gateway, sentAt: now, errand }, now);
      }
      this.#errands.delete(gateway);
      if (waiting.length > 0) this.#errands.set(gateway, waiting);
    }
    while (this.layer.load.sent < MAX_IN_FLIGHT) {
      const next = this.lines.take(now, (line) => this.#mayCommand(line));
      if (!next) return;
      this.#sendStep(next.line, next.step, now);
    }
  }

  /** Sends what a line has to say, out of its turn. @returns false when it has to wait or has nothing to say. */
  pumpLine(line: Line, now: Millis): boolean {
    if (line.busy || this.layer.load.sent >= MAX_IN_FLIGHT || !this.#mayCommand(line)) return false;
    const step = this.lines.takeOf(line, now);
    if (step === undefined) return false;
    this.#sendStep(line, step, now);
    return true;
  }

  /** A reply to one of ours. */
  completed({ token, reply }: Extract<TransactionEvent<Token>, { readonly kind: 'completed' }>, now: Millis): void {
    this.#count(token.gateway, -1);
    if (token.kind === 'errand') token.errand.then(reply.result, now);
    else token.line.settle({ kind: 'replied', result: reply.result }, now);
  }

  /** None will come. */
  failed(token: Token, reason: FailureReason, now: Millis): void {
    this.#count(token.gateway, -1);
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
    this.#count(token.gateway, 1);
    this.layer.send(actions, association, token, now);
  }

  #hasRoom(gateway: Gateway): boolean {
    return gateway.association !== undefined && this.inFlight(gateway) < MAX_PER_GATEWAY;
  }

  /** Nothing is ordered of a gateway that is about to go: its next controller shall find what it was told of. */
  #mayCommand(line: Line): boolean {
    const gateway = this.gatewayOf(line);
    return gateway.leaving === undefined && this.#hasRoom(gateway) && !this.isUnheard(line);
  }

  #count(gateway: Gateway, change: 1 | -1): void {
    const count = this.inFlight(gateway) + change;
    if (count > 0) this.#inFlight.set(gateway, count);
    else this.#inFlight.delete(gateway);
  }
}
