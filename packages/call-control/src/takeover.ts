// What legs that an audit found say about their call. The node that commanded them may have died between any two commands,
// so the phases of the two need not belong together: the furthest state that they imply is the one the call was going to.
import { match, P } from 'ts-pattern';
import type { HalfCallRole, HalfCallState, Phase } from './half-call.js';
import { type CallState, isLineState, type LineState } from './states.js';

/**
 * The state of a call with legs found in these phases; undefined for a leg that was not found.
 *
 * Who holds is told by the phase of the side that flashed, since it is commanded first: `holding` means that the hold began
 * even if the other side has not been told, `held` beside `talking` that it has ended.
 */
export function impliedState(originating: Phase | undefined, terminating: Phase | undefined): CallState {
  return (
    match<[Phase | undefined, Phase | undefined], CallState>([originating, terminating])
      .with(['ringing', P.any], () => 'recalling-originating')
      .with(['holding', 'holding'], () => 'held-by-both')
      .with(['holding', P.any], () => 'held-by-originating')
      .with([P.any, 'holding'], () => 'held-by-terminating')
      // Who talked is being connected with somebody else.
      .with(['held', 'ringing'], () => 'alerting')
      .with(['held', undefined], () => 'held-by-terminating')
      .with([undefined, 'held'], () => 'held-by-originating')
      .with([P.union('talking', 'knocking', 'held'), P.any], [P.any, P.union('talking', 'knocking', 'held')], () => 'talking')
      .with(['early', P.any], () => 'early')
      .with(['ringback', P.any], [P.any, 'ringing'], () => 'alerting')
      .otherwise(() => 'routing')
  );
}

/** How far a call has come in this state: an audit never takes a living call back. */
export function progress(state: CallState): number {
  return PROGRESS[state];
}

const PROGRESS: Readonly<Record<CallState, number>> = {
  routing: 0,
  hunting: 0,
  offering: 1,
  alerting: 2,
  early: 2,
  talking: 3,
  'held-by-originating': 3,
  'held-by-terminating': 3,
  'held-by-both': 3,
  'recalling-originating': 3,
  'recalling-terminating': 3,
  releasing: 4,
};

/** A half-call that can be a leg of one of our calls: it names the call, and its phase is one of its role. */
export function isLeg(state: HalfCallState): state is HalfCallState & { readonly callId: string } {
  if (state.callId === undefined || isLineState(state.phase)) return false;
  return fits(state.role, state.phase);
}

function fits(role: HalfCallRole, phase: Phase): boolean {
  // Who has called rings, too, when he is to take back whom he has put on hold.
  return role === 'originating' || (phase !== 'routing' && phase !== 'ringback' && phase !== 'early');
}

/** What a half-call becomes whose call nobody knows. */
export function stranded(phase: Phase): LineState {
  return match<Phase, LineState>(phase)
    .with('ringing', () => 'idle')
    .with('routing', 'ringback', 'early', () => 'congested')
    .with('talking', 'knocking', 'holding', 'held', () => 'busy')
    .with('idle', 'dialling', 'busy', 'congested', 'howling', 'parked', (own) => own)
    .exhaustive();
}
