// The operator as the parts see it that it is made of: transfers, second calls, conferences, music. They move plugs through it, and it
// asks them in turn; so that neither file needs the other, what they need of it stands here.
import type { Millis, Observer } from '@altpath/core';
import type { Call, Leg, Purpose } from './call.js';
import type { Cause } from './cause.js';
import type { Conference, Line } from './line.js';
import type { NumberPlan, Target } from './number-plan.js';
import type { CallEvent, LineState } from './states.js';
import type { Station } from './station.js';
import type { Switchboard } from './switchboard.js';

export interface OperatorView {
  readonly board: Switchboard;
  readonly plan: NumberPlan;
  readonly observer: Observer;
  /** Calls of nobody, made on behalf of a leg. */
  readonly sideCalls: {
    partiesOf(to: string | undefined): readonly Target[];
    playersOf(to: string | undefined): readonly Target[];
    open(purpose: Purpose, targets: readonly Target[], now: Millis): Call;
    move(side: Call): void;
    close(side: Call, now: Millis): void;
  };
  readonly conferences: {
    begin(line: Line, now: Millis): boolean;
    end(conference: Conference, now: Millis): void;
  };
  callEvent(call: Call, event: CallEvent, now: Millis, cause?: Cause): void;
  setState(line: Line, state: LineState, now: Millis): void;
  leave(station: Station, state: LineState, call: Call, cause: Cause, now: Millis): void;
  beginFor(serves: Purpose, targets: readonly Target[], listener: Leg, now: Millis): Call;
  ignored(what: string): void;
}
