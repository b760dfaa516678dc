// What call control is told of its orders.
import type { Cause, HalfCallEvent, HalfCallState } from '@altpath/call-control';
import type { Connection } from './connections.js';

/** The order is carried out; with this end's session description where there is a connection that has told it. */
export function reached(goal: HalfCallState, connection: Connection | undefined): HalfCallEvent {
  return {
    kind: 'reached',
    phase: goal.phase,
    ...(goal.callId !== undefined && { callId: goal.callId }),
    ...(connection?.local !== undefined && { local: connection.local }),
  };
}

/** It cannot be carried out. */
export function failure(goal: HalfCallState, cause: Cause): HalfCallEvent {
  return { kind: 'failed', phase: goal.phase, ...(goal.callId !== undefined && { callId: goal.callId }), cause };
}
