// What a line does about a command that a gateway refused: one row an error code (H.248.8). What a code tells of the gateway
// as a whole (402, 504, 505 to a registration) is for the controller to see.
import type { Cause } from '@altpath/call-control';
import type { FailureReason } from '../transaction/index.js';

export type Refusal =
  /** The phone lies otherwise than the request supposed: as if its event had come. */
  | { readonly kind: 'glare' }
  /** The same command may succeed later. */
  | { readonly kind: 'again'; readonly cause: Cause }
  /** The termination, or its context, is not there or not together: what was to be left is, what was to be changed is lost. */
  | { readonly kind: 'not-there' }
  /** The termination is in a context already that nobody here knows of. */
  | { readonly kind: 'elsewhere' }
  /** The gateway does not know something that was asked for: ask for less. */
  | { readonly kind: 'ask-less' }
  | { readonly kind: 'other-mode' }
  | { readonly kind: 'final'; readonly cause: Cause };

/** @param code  Of an error descriptor, wherever it stood in the reply. */
export function refusalOf(code: number): Refusal {
  return REFUSALS[code] ?? { kind: 'final', cause: code < 500 ? 'protocol-error' : 'resource-unavailable' };
}

/** What call control is told when no reply came. */
export function causeOf(reason: FailureReason): Cause {
  return UNANSWERED[reason];
}

const GLARE: Refusal = { kind: 'glare' };
const NOT_THERE: Refusal = { kind: 'not-there' };
const ASK_LESS: Refusal = { kind: 'ask-less' };
const again = (cause: Cause): Refusal => ({ kind: 'again', cause });
const final = (cause: Cause): Refusal => ({ kind: 'final', cause });

const REFUSALS: Readonly<Record<number, Refusal>> = {
  // 400 to 410, 421 to 429, 441 to 444, 447, 448: we wrote what it cannot read.
  402: final('destination-out-of-order'),
  411: NOT_THERE,
  412: final('no-circuit'),
  430: NOT_THERE,
  431: NOT_THERE,
  432: final('no-circuit'),
  433: { kind: 'elsewhere' },
  434: final('no-circuit'),
  435: NOT_THERE,
  440: ASK_LESS,
  445: ASK_LESS,
  446: ASK_LESS,
  449: ASK_LESS,
  450: ASK_LESS,
  451: ASK_LESS,
  452: ASK_LESS,
  454: ASK_LESS,
  455: ASK_LESS,
  456: ASK_LESS,
  457: ASK_LESS,
  // 471: implied Add for Multiplex, 472: required information missing, 473: conflicting values.
  500: again('temporary-failure'),
  501: ASK_LESS,
  502: again('temporary-failure'),
  503: again('temporary-failure'),
  504: final('destination-out-of-order'),
  505: again('temporary-failure'),
  506: again('congestion'),
  510: final('no-circuit'),
  512: ASK_LESS,
  513: ASK_LESS,
  // 514: it cannot play what an announcement names; 515: it has no such media type.
  515: final('incompatible-destination'),
  517: { kind: 'other-mode' },
  // 518, 519: its event buffer is full, it has no room for the digit map; 520: it has no digit map.
  521: again('temporary-failure'),
  526: final('no-circuit'),
  529: final('destination-out-of-order'),
  530: again('network-out-of-order'),
  531: again('network-out-of-order'),
  532: again('network-out-of-order'),
  540: GLARE,
  542: ASK_LESS,
  581: NOT_THERE,
};

const UNANSWERED: Readonly<Record<FailureReason, Cause>> = {
  timeout: 'recovery-on-timer-expiry',
  unreachable: 'network-out-of-order',
  pendings: 'temporary-failure',
  encoding: 'protocol-error',
};
