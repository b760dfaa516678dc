// The newest order of call control for a line, as the line's adapter carries it out: what call control has been told about
// it, and when it may be tried again.
import type { Millis } from '@altpath/core';
import { BACK_OFF, BackOff } from './back-off.js';
import { meansSameCall } from './call-identity.js';
import type { Cause } from './cause.js';
import type { HalfCallEvent, HalfCallState } from './half-call.js';
import { failure, reached } from './outcomes.js';

/** Passing refusals of one state before call control hears of it. */
const ATTEMPTS = 4;
/** How long a report may stay without an order, before the line asks its gateway again and so tells call control again. */
const PATIENCE_MS = 2_000;

export class LineOrder {
  #wanted: HalfCallState | undefined;
  /** The last order that was reported as reached. */
  #announced: HalfCallState | undefined;
  /** The call of the newest order that had one. */
  #lastCall: string | undefined;
  /** The last order that was reported as out of reach. It is tried on, ever more slowly, until there is another. */
  #failedFor: HalfCallState | undefined;
  readonly backOff = new BackOff();

  /** @param emit  Tells call control; another order may come back within. */
  constructor(private readonly emit: (event: HalfCallEvent, now: Millis) => void) {}

  get wanted(): HalfCallState | undefined {
    return this.#wanted;
  }

  /** Still to be reported as reached. */
  get isOpen(): boolean {
    return this.#wanted !== undefined && this.#wanted !== this.#announced;
  }

  /** For traces: the call that the line is in, or is still to be taken out of. */
  get callAtHand(): string | undefined {
    return this.#wanted?.callId ?? (this.isOpen ? this.#lastCall : undefined);
  }

  take(state: HalfCallState): void {
    const before = this.#wanted;
    this.#lastCall = state.callId ?? this.callAtHand;
    this.#wanted = state;
    this.#announced = undefined;
    this.#failedFor = undefined;
    // The same again does not hurry a gateway that refuses it.
    if (before === undefined || before.phase !== state.phase || !meansSameCall(before.callId, state.callId)) this.backOff.reset();
    if (this.backOff.attempts === 0) this.backOff.reset();
  }

  forget(): void {
    this.#wanted = undefined;
    this.#lastCall = undefined;
    this.begin();
  }

  /** What was told and tried counts no more. */
  begin(): void {
    this.#announced = undefined;
    this.retry();
  }

  /** What was tried counts no more; what was reached has been told. */
  retry(): void {
    this.#failedFor = undefined;
    this.backOff.reset();
  }

  /** It is carried out. */
  announce(goal: HalfCallState, local: string | undefined, now: Millis): void {
    this.#announced = goal;
    this.emit(reached(goal, local), now);
  }

  /** Refused for now. @param atOnce  The first such refusal need not be waited out. */
  again(goal: HalfCallState | undefined, cause: Cause, now: Millis, atOnce = false): void {
    const before = this.backOff.notBefore;
    this.backOff.wait(BACK_OFF.refusedMs, now);
    if (atOnce && this.backOff.attempts === 1) this.backOff.notBefore = before;
    if (this.backOff.attempts >= ATTEMPTS) this.#say(goal, cause, now);
  }

  /**
   * Refused for good, or not answered.
   *
   * @param waiting  Is told until when nothing is tried, before call control is told anything and may order something else.
   */
  fail(goal: HalfCallState | undefined, cause: Cause, now: Millis, waiting?: (until: Millis) => void): void {
    this.backOff.wait(BACK_OFF.silentMs, now);
    waiting?.(this.backOff.notBefore);
    this.#say(goal, cause, now);
  }

  lost(cause: Cause, now: Millis): void {
    this.#announced = undefined;
    this.tell({ kind: 'lost', cause }, now);
  }

  /** Tells something that should be answered by an order, and is told again if it is not. */
  tell(event: HalfCallEvent, now: Millis): void {
    const before = this.#wanted;
    this.emit(event, now);
    if (this.#wanted === before) this.pause(now);
  }

  /** An order is waited for, but not for ever. */
  pause(now: Millis): void {
    this.backOff.pause(now + PATIENCE_MS);
  }

  /** Tells call control, once an order, that it is out of reach for now. It may order something else, or wait with us. */
  #say(goal: HalfCallState | undefined, cause: Cause, now: Millis): void {
    if (goal === undefined || goal !== this.#wanted || goal === this.#failedFor) return;
    this.#failedFor = goal;
    this.emit(failure(goal, cause), now);
  }
}
