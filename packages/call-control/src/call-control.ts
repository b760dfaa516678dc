// Call control: every line of the cluster's gateways, and the calls between them. It takes events in and says what each
// half-call shall be; the tables of `states.ts` decide, this file carries their decisions out.
import { type CallSummary, type Millis, NEVER, type Observer } from '@altpath/core';
import type { CallControlPort, FoundLeg, HalfCallEvent, HalfCallState, LineName } from './half-call.js';
import { NumberPlan, type NumberRule } from './number-plan.js';

/** Lengths in ms; what is left out has the default in brackets. */
export interface CallTimers {
  /** Off-hook without a whole number (120 s). */
  readonly diallingMs?: Millis | undefined;
  /** A connection or a ringing that nobody confirms (60 s). */
  readonly setUpMs?: Millis | undefined;
  /** Ringing, counted from the call's set-up (180 s). */
  readonly noAnswerMs?: Millis | undefined;
  /** Busy or reorder tone before the off-hook warning (30 s). */
  readonly toneMs?: Millis | undefined;
  /** Off-hook warning before the line is left alone (60 s). */
  readonly howlerMs?: Millis | undefined;
}

export interface LineSettings {
  readonly line: LineName;
  /** Caller id; default: the line's own number in the plan. */
  readonly number?: string | undefined;
  readonly name?: string | undefined;
  /** For listings only. */
  readonly protocol?: string | undefined;
}

export interface CallControlSettings {
  /** 0..15, this node's alone: part of each call's identity. */
  readonly slot: number;
  readonly lines: readonly LineSettings[];
  readonly numbers: Readonly<Record<string, NumberRule>>;
  readonly timers?: CallTimers | undefined;
}

/** Where orders go: the adapter of the line's protocol. It must not call back within. */
export type OrderTo = (line: LineName, state: HalfCallState, now: Millis) => void;

/** All calls of this node. See the door, `half-call.ts`. */
export class CallControl implements CallControlPort {
  readonly patterns: readonly string[];

  constructor(settings: CallControlSettings, _orderTo: OrderTo, _observer: Observer, _now: Millis) {
    this.patterns = new NumberPlan(settings.numbers).patterns;
  }

  event(_line: LineName, _event: HalfCallEvent, _now: Millis): void {
    throw new Error('being written');
  }
  service(_line: LineName, _inService: boolean, _now: Millis): void {
    throw new Error('being written');
  }
  restore(_legs: readonly FoundLeg[], _more: boolean, _now: Millis): void {
    throw new Error('being written');
  }
  release(_line: LineName, _now: Millis): void {
    throw new Error('being written');
  }
  /** No new calls from now on: who goes off-hook gets reorder tone; calls go on. */
  drain(_now: Millis): void {
    throw new Error('being written');
  }
  /** What a drain waits for: calls, lines that dial, and lines that are on their way to what was ordered. */
  pending(_now: Millis): number {
    return 0;
  }
  calls(_now: Millis, _limit: number): readonly CallSummary[] {
    return [];
  }
  tick(_now: Millis): void {
    return undefined;
  }
  deadline(): Millis {
    return NEVER;
  }
}
