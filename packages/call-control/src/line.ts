// One line as call control has it: hook, service, the call it is in or the state it has without one.
import { type Millis, Timer } from '@altpath/core';
import type { Call } from './call.js';
import type { LineFeatures } from './features/line-features.js';
import type { CallerIdentity, HalfCallRole, HalfCallState, LineName, MediaState, Phase } from './half-call.js';
import type { LineState } from './states.js';
import { Station } from './station.js';

/** Runs when a timer of the queue is due. */
export type Due = (now: Millis) => void;

export interface LineSettings {
  readonly line: LineName;
  /** Caller id; default: the line's own number in the plan. */
  readonly number?: string | undefined;
  readonly name?: string | undefined;
  /** A channel that leads elsewhere: no telephone. */
  readonly isTrunk?: boolean | undefined;
  /** For listings only. */
  readonly protocol?: string | undefined;
  /** What its subscriber has switched on. Default: nothing. */
  readonly features?: LineFeatures | undefined;
}

/** A call of the line beside the one that it is in. */
export interface OtherCall {
  readonly call: Call;
  readonly role: HalfCallRole;
}

/** A conference of a line: its two calls, and a side call for each who takes part. */
export interface Conference {
  readonly line: Line;
  readonly held: OtherCall;
  readonly active: OtherCall;
  readonly sides: Call[];
  /** All three are with the mixer, and hear each other. */
  isOn: boolean;
}

export class Line extends Station {
  readonly timer: Timer<Due>;
  hook: 'on' | 'off' | 'unknown' = 'unknown';
  /** When it was lifted last; undefined: nobody has said so here. */
  liftedAt: Millis | undefined;
  inService = false;
  /** This node has told the line what to be, or has heard what it is. */
  known = false;
  /** What the line is while it is in no call. */
  state: LineState = 'idle';
  /** It was lifted while no new calls were taken: it may call emergency numbers. */
  isBarred = false;
  /** A second call: it knocks, or is held. */
  other: OtherCall | undefined;
  /** Its two calls are one talk of three, or are becoming it. */
  conference: Conference | undefined;
  /** It has called a third, while the other waits. */
  hasCalledBack = false;
  /** It goes from one of two calls to the other, and the one that it goes to waits until it is there. */
  isConnecting = false;
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

  override get phase(): Phase {
    if (this.isConnecting && this.call) return 'talking';
    const phase = super.phase;
    return phase === 'talking' && this.other?.call.phase(this.other.role) === 'ringing' ? 'knocking' : phase;
  }

  /** What a leg shall be, for a line that may have a second call. */
  asOrdered(state: HalfCallState): HalfCallState {
    const { phase } = this;
    if (!this.isConnecting) return { ...state, phase };
    const remote = state.media?.remote;
    const media: MediaState = { mode: remote === undefined ? 'recvonly' : 'sendrecv', remote };
    return { ...state, phase, media, caller: undefined };
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
    return this.call === undefined && this.other === undefined && this.state === 'idle' && this.hook !== 'off';
  }

  /** Nothing is known of the line. */
  clear(): void {
    this.state = 'idle';
    this.hook = 'unknown';
    this.inService = false;
    this.known = false;
    this.other = undefined;
    this.isConnecting = false;
    this.conference = undefined;
    this.hasCalledBack = false;
    this.ordered = undefined;
    this.orderedAt = undefined;
  }
}
