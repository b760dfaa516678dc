// What call control wants of the bridge of one call, what it has been told about that, and when it may be tried again.
import { type AnchorLocals, type AnchorSides, BACK_OFF, BackOff, type Cause } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import { sameDescription } from '@altpath/sdp';

const NONE: readonly [undefined, undefined] = [undefined, undefined];
/** Passing refusals of one order before call control hears of it: somebody waits for his call. */
const ATTEMPTS = 3;

/** What call control is told of the anchor of a call; an order may come back within. */
export interface BridgeOrderPorts {
  anchored(callId: string, locals: AnchorLocals, now: Millis): void;
  failed(callId: string, cause: Cause, now: Millis): void;
}

/** Ways to a bridge that are tried once an order where the first one fails. */
export type OtherWay = 'other-wildcard' | 'other-endpoint';

export class BridgeOrder {
  #wanted: AnchorSides = NONE;
  /** The last order that was told as reached, and what was told. */
  #announced: AnchorSides | undefined;
  #told: AnchorLocals = NONE;
  /** The last order that was told as out of reach. */
  #failedFor: AnchorSides | undefined;
  readonly #tried = new Set<OtherWay>();
  readonly backOff = new BackOff();

  constructor(
    private readonly callId: string,
    private readonly ports: BridgeOrderPorts,
  ) {}

  get wanted(): AnchorSides {
    return this.#wanted;
  }

  get isWanted(): boolean {
    return this.#wanted.some(Boolean);
  }

  take(sides: AnchorSides): void {
    this.#wanted = sides;
    this.#failedFor = undefined;
    this.#tried.clear();
    this.backOff.reset();
  }

  /** @returns false where the present order has been tried in this way before. */
  tries(way: OtherWay): boolean {
    const isNew = !this.#tried.has(way);
    this.#tried.add(way);
    return isNew;
  }

  /** One more passing refusal would be told. */
  get isLastAttempt(): boolean {
    return this.backOff.attempts + 1 >= ATTEMPTS;
  }

  /**
   * It is carried out.
   *
   * @param locals  The gateway's description for the telephone of each side.
   * @returns true when that was told, being news, and something else may be wanted now.
   */
  announce(locals: AnchorLocals, now: Millis): boolean {
    const isNews = !sameDescription(locals[0], this.#told[0]) || !sameDescription(locals[1], this.#told[1]);
    if (this.#announced === this.#wanted && !isNews) return false;
    this.#announced = this.#wanted;
    this.#told = locals;
    this.ports.anchored(this.callId, locals, now);
    return true;
  }

  /** Refused for now. */
  again(wanted: AnchorSides, cause: Cause, now: Millis): void {
    this.backOff.wait(BACK_OFF.refusedMs, now);
    if (this.backOff.attempts >= ATTEMPTS) this.say(wanted, cause, now);
  }

  /** Refused for good, or not answered. */
  fail(wanted: AnchorSides, cause: Cause, now: Millis): void {
    this.backOff.wait(BACK_OFF.silentMs, now);
    this.say(wanted, cause, now);
  }

  /** Tells, once an order, that it is out of reach for now. */
  say(wanted: AnchorSides, cause: Cause, now: Millis): void {
    if (!this.isWanted || wanted !== this.#wanted || this.#failedFor === wanted) return;
    this.#failedFor = wanted;
    this.ports.failed(this.callId, cause, now);
  }
}
