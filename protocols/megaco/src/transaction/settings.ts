// The timers and bounds of H.248 transactions by the names that RFC 3525 Annex D gives them. No clock here: lengths only.
import type { Millis } from '@altpath/core';

/** Timers of Annex D.1. */
export interface TimerSettings {
  /** First gap between repetitions while nothing has been measured. Default 200. Lower: loss is noticed sooner, more is sent twice. */
  readonly rtoMs: Millis;
  /** No measured gap is shorter. Default `rtoMs / 2`. */
  readonly rtoMinMs: Millis;
  /** The longest gap. Default 4,000 (D.1.3). */
  readonly rtoMaxMs: Millis;
  /** Repetitions after which the address is reported as suspicious (D.1.5, Max1). Default 5. */
  readonly max1: number;
  /** T-MAX: nothing is repeated later than this after the first copy, or after the last TransactionPending. Default 20,000. */
  readonly tMaxMs: Millis;
  /** LONG-TIMER: how long replies are remembered; T-MAX and the longest way through the network. Default 30,000 (D.1.1). */
  readonly longTimerMs: Millis;
  /** The gap between repetitions after a TransactionPending (D.1.4). Default 5,000. */
  readonly longGapMs: Millis;
  /** How long an acknowledgement waits for a message to travel with. Default 500. Longer: fewer messages, longer memories. */
  readonly ackDelayMs: Millis;
}

/** What the properties of the root termination say of TransactionPending (annex E.2; the limits: H.248.1 version 2), seen from this side. */
export interface ProvisionalSettings {
  /**
   * From the receipt of a request to its TransactionPending, and from each to the next: MGProvisionalResponseTimerValue
   * in a gateway, MGCProvisionalResponseTimerValue in a controller. Default 2,000; positive.
   */
  readonly provisionalMs: Millis;
  /** TransactionPendings that we may send for one request; instead of one more the request is answered 506. Default 10. */
  readonly ownPendingLimit: number;
  /** TransactionPendings that we take for one request of ours; one more ends it. Default 10. */
  readonly peerPendingLimit: number;
}

/** What the memory may grow to, whatever arrives. */
export interface HistoryBounds {
  /** Requests remembered in all. Default 100,000. Beyond it new ones get error 510. */
  readonly maxRecords: number;
  /** Requests remembered of one mId. Default 20,000. */
  readonly maxRecordsPerPeer: number;
  /** Bytes of stored replies in all; beyond it the oldest lose their bytes, and copies of their requests get silence. Default 32 MiB. */
  readonly maxBytes: number;
  /** Requests executing from which on new ones get error 510. Default 2,000. */
  readonly limit: number;
}

export interface TransactionSettings extends TimerSettings, ProvisionalSettings, HistoryBounds {
  /** Acknowledge replies that did not ask for it (D.1.2.2), so that the other side may forget them. Default true. */
  readonly acknowledges: boolean;
}

/** RFC 3525's values, and ours where it names none. */
export const DEFAULT_TRANSACTION_SETTINGS: Omit<TransactionSettings, 'rtoMinMs'> = {
  rtoMs: 200,
  rtoMaxMs: 4_000,
  max1: 5,
  tMaxMs: 20_000,
  longTimerMs: 30_000,
  longGapMs: 5_000,
  ackDelayMs: 500,
  provisionalMs: 2_000,
  ownPendingLimit: 10,
  peerPendingLimit: 10,
  maxRecords: 100_000,
  maxRecordsPerPeer: 20_000,
  maxBytes: 32 * 1024 * 1024,
  limit: 2_000,
  acknowledges: true,
};

/** @returns all settings, the defaults where none are given. */
export function transactionSettings(given: Partial<TransactionSettings> = {}): TransactionSettings {
  const settings = { ...DEFAULT_TRANSACTION_SETTINGS, ...given };
  return { ...settings, rtoMinMs: given.rtoMinMs ?? settings.rtoMs / 2 };
}
