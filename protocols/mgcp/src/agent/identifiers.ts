// The identifiers that a call agent writes so that whoever audits a line later can tell what it was doing (ARCHITECTURE
// "What an audit must give back"): X of requests. C of calls is call control's call id as it is.
import type { HalfCallRole, Phase } from '@altpath/call-control';
import type { Millis } from '@altpath/core';

/** What stands in a request identifier. */
export interface RequestIdentity {
  /** Node slot, 0..15. */
  readonly slot: number;
  readonly phase: Phase;
  readonly role: HalfCallRole;
  /** Modulo 2^20; a later request of a line has a higher one. */
  readonly generation: number;
  /** The call's counter (the last four digits of C); 0 without a call. */
  readonly callCounter: number;
  /** At most 20 of `0-9*#`. */
  readonly dialled: string;
}

export declare function formatRequestIdentifier(identity: RequestIdentity): string;
/** @returns undefined for an identifier that is none of ours. */
export declare function parseRequestIdentifier(text: string): RequestIdentity | undefined;
/** @returns true when generation `a` is later than `b`. */
export declare function isLater(a: number, b: number): boolean;

/** Gives request identifiers to the lines of one node. */
export declare class Identifiers {
  constructor(slot: number);
  readonly slot: number;
  /** The first generation of a line that has none. */
  firstGeneration(now: Millis): number;
}
