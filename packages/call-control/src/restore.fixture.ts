// Legs as an audit finds them, of one call between A and B, and a node that has never heard of it.
import { newCallId } from './call-identity.js';
import { A, B, C, D, Exchange, sdpOf, SETTINGS, START } from './exchange.fixture.js';
import type { FoundLeg, HalfCallRole, HalfCallState, LineName, MediaState, Phase } from './half-call.js';
import { isLineState, isOnHook } from './states.js';

export const CALL_ID = newCallId(2, START - 20_000, 7);
const MODES: Partial<Record<Phase, MediaState['mode']>> = {
  routing: 'recvonly',
  ringback: 'recvonly',
  holding: 'inactive',
  held: 'inactive',
};

export function leg(line: LineName, role: HalfCallRole, phase: Phase, hook: FoundLeg['hook'] = hookOf(phase), callId = CALL_ID): FoundLeg {
  if (isLineState(phase)) return { line, hook, state: { phase, role } };
  const partner = line === A ? B : A;
  const state: HalfCallState = {
    phase,
    role,
    callId,
    media: { mode: MODES[phase] ?? 'sendrecv', remote: phase === 'routing' ? undefined : sdpOf(partner) },
    dialled: role === 'originating' ? '1002' : undefined,
  };
  return { line, hook, state, local: sdpOf(line) };
}

export const caller = (phase: Phase, hook?: FoundLeg['hook']): FoundLeg => leg(A, 'originating', phase, hook);
export const called = (phase: Phase, hook?: FoundLeg['hook']): FoundLeg => leg(B, 'terminating', phase, hook);

export function hookOf(phase: Phase): 'on' | 'off' {
  return isOnHook(phase) ? 'on' : 'off';
}

/** A node that has just started, and has heard of no line. */
export function standIn(): Exchange {
  const exchange = new Exchange(SETTINGS, START, false);
  for (const line of [C, D]) exchange.control.service(line, true, exchange.now);
  exchange.forget();
  return exchange;
}
