// Why a half-call ended or could not begin, in neutral words with their Q.850 values; protocols map them to their own codes.

/** ITU-T Q.850 cause values for the words used here. */
export const Q850 = {
  'unallocated-number': 1,
  'normal-clearing': 16,
  'user-busy': 17,
  'no-answer': 19,
  'call-rejected': 21,
  'destination-out-of-order': 27,
  'invalid-number-format': 28,
  'no-circuit': 34,
  'network-out-of-order': 38,
  'temporary-failure': 41,
  congestion: 42,
  'resource-unavailable': 47,
  'bearer-not-available': 58,
  'incompatible-destination': 88,
  'recovery-on-timer-expiry': 102,
  'protocol-error': 111,
  interworking: 127,
} as const;

export type Cause = keyof typeof Q850;
