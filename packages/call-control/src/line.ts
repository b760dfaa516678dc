// One line as call control has it: hook, service, the call it is in or the state it has without one.
import { type Millis, Timer } from '@altpath/core';
import type { LineFeatures } from './features/line-features.js';
import type { CallerIdentity, HalfCallState, LineName } from './half-call.js';
import type { LineState } from './states.js';
import { Station } from './station.js';

/** Runs when a timer of the queue is due. */
export type Due = (now: Millis) => void;

export interface LineSettings {
  readonly line: LineName;
  /** Caller id; default: the line's own number in the plan. */
  readonly number?: string | undefined;
  readonly name?: string | undefined;
  /** For listings only. */
  readonly protocol?: string | undefined;
  /** What its subscriber has switched on. Default: nothing. */
  readonly features?: LineFeatures | undefined;
}

export class Line extends Station {
  readonly timer: Timer<Due>;
  hook: 'on' | 'off' | 'unknown' = 'unknown';
  inService = false;
  /** This node has told the line what to be, or has heard what it is. */
  known = false;
  /** What the line is while it is in no call. */
  state: LineState = 'idle';
  /** It was lifted while no new calls were taken: it may call emergency numbers. */
  isBarred = false;
  /** When the newest order went out; undefined: it has been carried out, or has failed. */
  orderedAt: Millis | undefined;

  constructor(
    readonly settings: LineSettings,
    override readonly caller: CallerIdentity,
    due: (line: Line, now: Millis) => void,
  ) {
    super();
    this.timer = new Timer<Due>((now) => due(this, now));
  }

  get name(): LineName {
    return this.settings.line;
  }

  get protocol(): string | undefined {
    return this.settings.protocol;
  }

  get alone(): HalfCallState {
    return { phase: this.state, role: 'originating' };
  }

  get isThere(): boolean {
    return this.inService;
  }

  tell(state: HalfCallState, now: Millis): void {
    this.ordered = state;
    this.orderedAt = now;
  }

  /** It may be called. */
  get isFree(): boolean {
    return this.call === undefined && this.state === 'idle' && this.hook !== 'off';
  }

  /** Nothing is known of the line. */
  clear(): void {
    this.state = 'idle';
    this.hook = 'unknown';
    this.inService = false;
    this.known = false;
    this.ordered = undefined;
    this.orderedAt = undefined;
  }
}
