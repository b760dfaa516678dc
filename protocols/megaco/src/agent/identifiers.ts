// RequestIDs that say what they were for, so that whoever audits a line later knows what it was doing (ARCHITECTURE "What
// an audit must give back"). 32 bits: slot(4) phase(4) role(1) generation(7) counter(16). Slot and counter are those of the
// call; together they are its identity but for the time of its set-up. A phase is its place in `PHASES` and one: 0 and 15 stay free.
import { Generations, type HalfCallRole, type Phase, PHASES, parseCallId, ROLES } from '@altpath/call-control';
import type { RequestId } from '../message/index.js';

/** What stands in a RequestID. */
export interface RequestIdentity {
  /** 0..15: of the node that began the call; without a call, of the node that armed the line. */
  readonly slot: number;
  readonly phase: Phase;
  readonly role: HalfCallRole;
  /** Modulo 128; a later request of a line has a later one (`GENERATIONS`). */
  readonly generation: number;
  /** The last four digits of the call's identity; 0 without a call. */
  readonly callCounter: number;
}

/** Of the requests of a line: as many as the identifier has room for. */
export const GENERATIONS = new Generations(0x80);

/** @returns never 0, which old binary versions write for "none", nor 0xffffffff, which is "all". */
export function formatRequestId({ slot, phase, role, generation, callCounter }: RequestIdentity): RequestId {
  const head = ((slot & 0xf) << 12) | ((PHASES.indexOf(phase) + 1) << 8) | (ROLES.indexOf(role) << 7) | (generation & 0x7f);
  return head * 0x1_0000 + (callCounter & 0xffff);
}

/** @returns undefined for an id that is none of ours. */
export function parseRequestId(requestId: RequestId): RequestIdentity | undefined {
  const head = Math.floor(requestId / 0x1_0000);
  const phase = PHASES[((head >> 8) & 0xf) - 1];
  const role = ROLES[(head >> 7) & 1];
  if (phase === undefined || role === undefined) return undefined;
  return { slot: (head >> 12) & 0xf, phase, role, generation: head & 0x7f, callCounter: requestId % 0x1_0000 };
}

/** Slot and counter of a call's identity. @returns undefined without a call, or for an identity that is not ours. */
export function callOf(callId: string | undefined): { readonly slot: number; readonly callCounter: number } | undefined {
  const identity = callId === undefined ? undefined : parseCallId(callId);
  return identity && { slot: identity.slot, callCounter: identity.counter };
}

/** Makes RequestIDs for the lines of one node. */
export class Identifiers {
  /** @param slot  The node's slot, 0..15. */
  constructor(readonly slot: number) {}

  /** Who asks for what: the call's own slot where there is a call. */
  identity(phase: Phase, role: HalfCallRole, callId: string | undefined, generation: number): RequestIdentity {
    const { slot, callCounter } = callOf(callId) ?? { slot: this.slot, callCounter: 0 };
    return { slot, phase, role, generation, callCounter };
  }
}
