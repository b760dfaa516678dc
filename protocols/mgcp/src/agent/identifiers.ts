// Request identifiers that say what they were for, so that whoever audits a line later knows what it was doing
// (ARCHITECTURE "What an audit must give back"). C of calls is call control's call id as it is; X is made here:
// slot(1) phase(1) role(1) generation(5) counter(4), then the dialled digits, all hexadecimal, 32 at most (RFC 3435 §3.2.2.18).
// Phase and role are their places in `PHASES` and `ROLES`.
import { Generations, type HalfCallRole, type Phase, PHASES, ROLES } from '@altpath/call-control';

/** What stands in a request identifier. */
export interface RequestIdentity {
  /** Node slot, 0..15. */
  readonly slot: number;
  readonly phase: Phase;
  readonly role: HalfCallRole;
  /** Modulo 2^20; a later request of a line has a later one (`GENERATIONS`). */
  readonly generation: number;
  /** The last four digits of C, which count the calls of its node; 0 without a call. */
  readonly callCounter: number;
  /** At most 20 of `0-9*#`. */
  readonly dialled: string;
}

/** Of the requests of a line: as many as the identifier has room for. */
export const GENERATIONS = new Generations(0x10_0000);
const MAX_DIALLED = 20;

/** Digits beyond the twentieth, and what is no digit, are left out. */
export function formatRequestIdentifier(identity: RequestIdentity): string {
  const head = hex(identity.slot, 1) + hex(PHASES.indexOf(identity.phase), 1) + hex(ROLES.indexOf(identity.role), 1);
  return head + hex(identity.generation, 5) + hex(identity.callCounter, 4) + encodeDialled(identity.dialled);
}

/** @returns undefined for an identifier that is none of ours. */
export function parseRequestIdentifier(text: string): RequestIdentity | undefined {
  const match = /^([0-9a-f])([0-9a-f])([0-9a-f])([0-9a-f]{5})([0-9a-f]{4})([0-9ab]{0,20})$/i.exec(text);
  if (match === null) return undefined;
  const [slot = NaN, phaseDigit = NaN, roleDigit = NaN, generation = NaN, callCounter = NaN] = match
    .slice(1, 6)
    .map((digits) => parseInt(digits, 16));
  const phase = PHASES[phaseDigit];
  const role = ROLES[roleDigit];
  if (phase === undefined || role === undefined) return undefined;
  const dialled = (match[6] ?? '').toLowerCase().replaceAll('a', '*').replaceAll('b', '#');
  return { slot, phase, role, generation, callCounter, dialled };
}

/** The counter that X shares with C. @returns 0 where there is no call. */
export function callCounterOf(callId: string | undefined): number {
  const counter = callId === undefined ? 0 : parseInt(callId.slice(-4), 16);
  return Number.isNaN(counter) ? 0 : counter;
}

/** Dialled digits as they come back from X: at most 20 of `0-9*#`. */
export function rememberedDigits(dialled: string | undefined): string {
  return (dialled ?? '').replace(/[^0-9*#]/g, '').slice(0, MAX_DIALLED);
}

function encodeDialled(dialled: string): string {
  return rememberedDigits(dialled).replaceAll('*', 'A').replaceAll('#', 'B');
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0').slice(-digits);
}

/** Makes request identifiers for the lines of one node. */
export class Identifiers {
  /** @param slot  The node's slot, 0..15, the same as that of its transaction ids. */
  constructor(readonly slot: number) {}

  request(identity: Omit<RequestIdentity, 'slot'>): string {
    return formatRequestIdentifier({ slot: this.slot, ...identity });
  }
}
