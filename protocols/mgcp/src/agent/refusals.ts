// What a line does about a command that a gateway refused: one row a return code (RFC 3435 §2.4, RFC 3661 §2). What the
// gateway as a whole is told by a code (405, 501, 521 to a restart) is for the call agent to see.
import type { Cause } from '@altpath/call-control';
import { effectiveCode } from '../message/return-codes.js';
import type { Hook } from './requests.js';

export type Refusal =
  /** The phone lies otherwise than the request supposed: act as if its event had come (§4.4.2). */
  | { readonly kind: 'glare'; readonly hook: Hook }
  /** The same command may succeed later. `atOnce`: the first repetition need not wait. */
  | { readonly kind: 'again'; readonly cause: Cause; readonly atOnce?: true }
  /** There is no such connection: what was to be deleted is, what was to be changed is lost. */
  | { readonly kind: 'connection-gone' }
  /** The gateway does not know something that was asked for: ask for less. */
  | { readonly kind: 'ask-less' }
  | { readonly kind: 'other-mode' }
  /** Connections that nobody here knows of are in the way (540). */
  | { readonly kind: 'connection-limit' }
  | { readonly kind: 'final'; readonly cause: Cause };

/** @param code  Of a final response that is not 2xx. */
export function refusalOf(code: number): Refusal {
  const known = effectiveCode(code);
  return REFUSALS[known] ?? (known < 500 ? { kind: 'again', cause: 'temporary-failure' } : { kind: 'final', cause: 'temporary-failure' });
}

/** There is no such connection, or call, or endpoint: what was to be deleted is. */
export function saysGone(code: number): boolean {
  return code === 515 || code === 516 || code === 500;
}

const ASK_LESS: Refusal = { kind: 'ask-less' };
const GONE: Refusal = { kind: 'connection-gone' };
const final = (cause: Cause): Refusal => ({ kind: 'final', cause });

const REFUSALS: Readonly<Record<number, Refusal>> = {
  401: { kind: 'glare', hook: 'off' },
  402: { kind: 'glare', hook: 'on' },
  403: { kind: 'again', cause: 'resource-unavailable' },
  404: { kind: 'again', cause: 'resource-unavailable' },
  // Aborted by another command, which is over by now.
  407: { kind: 'again', cause: 'temporary-failure', atOnce: true },
  409: { kind: 'again', cause: 'congestion' },
  410: { kind: 'again', cause: 'no-circuit' },
  500: final('destination-out-of-order'),
  501: final('destination-out-of-order'),
  502: final('resource-unavailable'),
  505: final('incompatible-destination'),
  506: final('incompatible-destination'),
  509: final('incompatible-destination'),
  510: final('protocol-error'),
  512: ASK_LESS,
  513: ASK_LESS,
  515: GONE,
  516: GONE,
  517: { kind: 'other-mode' },
  518: ASK_LESS,
  520: { kind: 'again', cause: 'temporary-failure' },
  522: ASK_LESS,
  526: final('resource-unavailable'),
  527: final('protocol-error'),
  529: final('destination-out-of-order'),
  534: final('bearer-not-available'),
  538: ASK_LESS,
  540: { kind: 'connection-limit' },
};
