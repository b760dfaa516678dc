// One line as call control has it: hook, service, the call it is in or the state it has without one, and what was ordered.
import { type Millis, Timer } from '@altpath/core';
import type { Call } from './call.js';
import type { CallerIdentity, HalfCallRole, HalfCallState, LineName, Phase } from './half-call.js';
import type { LineState } from './states.js';

/** Runs when a timer of the queue is due. */
export type Due = (now: Millis) => void;

export interface LineSettings {
  readonly line: LineName;
  /** Caller id; default: the line's own number in the plan. */
  readonly number?: string | undefined;
  readonly name?: string | undefined;
  /** For listings only. */
  readonly protocol?: string | undefined;
}

export class Line {
  readonly timer: Timer<Due>;
  hook: 'on' | 'off' | 'unknown' = 'unknown';
  inService = false;
  /** This node has told the line what to be, or has heard what it is. */
  known = false;
  /** What the line is while it is in no call. */
  state: LineState = 'idle';
  call: Call | undefined;
  role: HalfCallRole = 'originating';
  /** The newest order; undefined: what the line shall be must be ordered in any case. */
  ordered: HalfCallState | undefined;
  /** When the newest order went out; undefined: it has been carried out, or has failed. */
  orderedAt: Millis | undefined;

  constructor(
    readonly settings: LineSettings,
    readonly caller: CallerIdentity,
    due: (line: Line, now: Millis) => void,
  ) {
    this.timer = new Timer<Due>((now) => due(this, now));
  }

  get name(): LineName {
    return this.settings.line;
  }

  get phase(): Phase {
    return this.call?.phase(this.role) ?? this.state;
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

/** Two orders that ask for the same. */
export function sameOrder(a: HalfCallState | undefined, b: HalfCallState): boolean {
  return (
    a !== undefined &&
    a.phase === b.phase &&
    a.role === b.role &&
    a.callId === b.callId &&
    a.dialled === b.dialled &&
    a.media?.mode === b.media?.mode &&
    a.media?.remote === b.media?.remote &&
    a.caller?.number === b.caller?.number &&
    a.caller?.name === b.caller?.name
  );
}
