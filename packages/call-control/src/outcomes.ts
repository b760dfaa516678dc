// What an adapter tells call control of its orders.
import type { Cause } from './cause.js';
import type { HalfCallEvent, HalfCallState } from './half-call.js';

/** The order is carried out. @param local  This end's session description where there is a connection that has told it. */
export function reached({ phase, callId }: HalfCallState, local: string | undefined): HalfCallEvent {
  return { kind: 'reached', phase, ...(callId !== undefined && { callId }), ...(local !== undefined && { local }) };
}

/** It cannot be carried out. */
export function failure({ phase, callId }: HalfCallState, cause: Cause): HalfCallEvent {
  return { kind: 'failed', phase, ...(callId !== undefined && { callId }), cause };
}
