// The timers and bounds of MGCP transactions by the names that RFC 3435 gives them. No clock here: lengths only.
import type { Millis } from '@altpath/core';

/** Where the commands come from that a side answers: a gateway knows them by their id alone, an agent by domain and id. */
export type Scope = 'gateway' | 'agent';

/** Timers of §3.5 and §4.3, shared by both sides of a wire; sender and receiver must agree on `tMaxMs` and `tHistMs`. */
export interface TimerSettings {
  /** First gap between retransmissions while nothing has been measured. Default 200. Lower: loss is noticed sooner, more is sent twice. */
  readonly rtoMs: Millis;
  /** No measured gap is shorter. Default `rtoMs / 2`. */
  readonly rtoMinMs: Millis;
  /** RTO-MAX, the longest gap. Default 4,000. */
  readonly rtoMaxMs: Millis;
  /** Retransmissions to one address before the next one is tried. Default 5. */
  readonly max1: number;
  /** Retransmissions to the last address of the last name before giving up; more than `max1`. Default 7. */
  readonly max2: number;
  /** T-MAX: nothing is repeated later than this after the first copy, wherever it goes. Default 20,000. */
  readonly tMaxMs: Millis;
  /** T-HIST: how long answers are remembered; at least T-MAX and the longest way through the network. Default 30,000. */
  readonly tHistMs: Millis;
  /** LONGTRAN-TIMER: the gap after a provisional response. Default 5,000. */
  readonly longtranMs: Millis;
}

/** What the memory of answered commands may grow to, whatever arrives. */
export interface HistoryBounds {
  /** Commands remembered in all. Default 100,000. Beyond it new commands get 409. */
  readonly maxRecords: number;
  /** Commands remembered of one source address. Default 20,000. */
  readonly maxRecordsPerSource: number;
  /** Bytes of stored answers in all; beyond it the oldest lose their bytes, and copies of those commands get silence. Default 32 MiB. */
  readonly maxBytes: number;
}

/** When incoming commands wait too long (§4.4.8). */
export interface LoadBounds {
  /** Commands executing from which on new ones get 101 at once. Default 500. */
  readonly highWater: number;
  /** The 101 end when there are no more than this. Default 250. */
  readonly lowWater: number;
  /** Commands executing from which on new ones get 409. Default 2,000. */
  readonly limit: number;
}

export interface TransactionSettings extends TimerSettings, HistoryBounds, LoadBounds {
  /** Which side we are. */
  readonly scope: Scope;
  /** Write `K:` for answers received into the next command to the same address. Default false: some gateways refuse it. */
  readonly confirms: boolean;
}

/** RFC 3435's values. */
export const DEFAULT_TRANSACTION_SETTINGS: Omit<TransactionSettings, 'scope' | 'rtoMinMs'> = {
  rtoMs: 200,
  rtoMaxMs: 4_000,
  max1: 5,
  max2: 7,
  tMaxMs: 20_000,
  tHistMs: 30_000,
  longtranMs: 5_000,
  maxRecords: 100_000,
  maxRecordsPerSource: 20_000,
  maxBytes: 32 * 1024 * 1024,
  highWater: 500,
  lowWater: 250,
  limit: 2_000,
  confirms: false,
};

/** @returns the settings of a side, with the RFC's values where none are given. */
export function transactionSettings(scope: Scope, given: Partial<Omit<TransactionSettings, 'scope'>> = {}): TransactionSettings {
  const settings = { ...DEFAULT_TRANSACTION_SETTINGS, ...given, scope };
  return { ...settings, rtoMinMs: given.rtoMinMs ?? settings.rtoMs / 2 };
}
