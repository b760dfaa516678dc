// What storms are made of: a telephone with its gateway, to which orders come late and which is heard late.
import { sdpOf } from './exchange.fixture.js';
import type { FoundLeg, HalfCallEvent, HalfCallState, LineName } from './half-call.js';
import { isOnHook } from './states.js';

/** A telephone and its gateway: what was ordered arrives later, what happens is heard later. */
export class Telephone {
  hook: 'on' | 'off' = 'on';
  is: HalfCallState | undefined;
  /** The newest order that has not arrived. */
  ordered: HalfCallState | undefined;
  /** Reports that have not been heard, in order; confirmations go beside them. */
  readonly reports: HalfCallEvent[] = [];
  readonly confirmations: HalfCallEvent[] = [];

  constructor(readonly line: LineName) {}

  flip(): void {
    this.hook = this.hook === 'on' ? 'off' : 'on';
    this.reports.push({ kind: this.hook === 'on' ? 'on-hook' : 'off-hook' });
  }

  /** The order arrives: it is carried out, or refused because of the hook. */
  carryOut(): void {
    const state = this.ordered;
    if (!state) return;
    this.ordered = undefined;
    const { phase, callId } = state;
    if (isOnHook(phase) !== (this.hook === 'on')) {
      const cause = this.hook === 'off' ? 'user-busy' : 'normal-clearing';
      this.confirmations.push({ kind: 'failed', phase, callId, cause });
      return;
    }
    this.is = state;
    this.confirmations.push({ kind: 'reached', phase, callId, local: state.media && sdpOf(this.line) });
  }

  /** @param chance  `true` with this probability. */
  found(chance: (probability: number) => boolean): FoundLeg {
    const local = this.is?.media && sdpOf(this.line);
    return { line: this.line, hook: chance(0.9) ? this.hook : 'unknown', state: this.is, local };
  }
}
