// Who can be a leg of a call: a line or a party. What both have: a place in a call, and the newest order.
import type { Millis } from '@altpath/core';
import type { Call } from './call.js';
import { meansSameCall } from './call-identity.js';
import type { CallerIdentity, HalfCallRole, HalfCallState, LineName, Phase } from './half-call.js';

export abstract class Station {
  call: Call | undefined;
  role: HalfCallRole = 'originating';
  /** The newest order; undefined: what it shall be must be ordered in any case. */
  ordered: HalfCallState | undefined;

  abstract readonly name: LineName;
  /** For listings only. */
  abstract readonly protocol: string | undefined;
  /** Who calls, when it calls. */
  abstract readonly caller: CallerIdentity | undefined;

  /** What it shall be in no call. */
  abstract get alone(): HalfCallState;

  /** Orders may go out to it. */
  abstract get isThere(): boolean;

  /** An order went out. */
  abstract tell(state: HalfCallState, now: Millis): void;

  get phase(): Phase {
    return this.call?.phase(this.role) ?? this.alone.phase;
  }

  /** Confirmations of what is no longer wanted come late and mean nothing. */
  isFor({ phase, callId }: Pick<HalfCallState, 'phase' | 'callId'>): boolean {
    return phase === this.phase && meansSameCall(callId, this.call?.callId);
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
    a.cause === b.cause &&
    a.media?.mode === b.media?.mode &&
    a.media?.remote === b.media?.remote &&
    a.caller?.number === b.caller?.number &&
    a.caller?.name === b.caller?.name
  );
}
