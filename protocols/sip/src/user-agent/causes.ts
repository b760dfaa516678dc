// Causes of call control as SIP says them: statuses (RFC 3398 §7.2.4.1 and §8.2.6.1, as far as call control has a word) and
// the Reason header with its Q.850 value (RFC 3326).
import { type Cause, Q850 } from '@altpath/call-control';

/** The status by which a call that was not answered is refused (RFC 3398 §7.2.4.1). */
const STATUSES: Readonly<Record<Cause, number>> = {
  'unallocated-number': 404,
  // The table leaves 16 to BYE and CANCEL; who must be told by a status is told of a called side that is not there.
  'normal-clearing': 480,
  'user-busy': 486,
  'no-answer': 480,
  'call-rejected': 403,
  'destination-out-of-order': 502,
  'invalid-number-format': 484,
  'no-circuit': 503,
  'network-out-of-order': 503,
  'temporary-failure': 503,
  congestion: 503,
  'resource-unavailable': 503,
  // Deviation: the table says 503 for 58 and 88, after which a caller tries other nodes; no node has the codec.
  'bearer-not-available': 488,
  'incompatible-destination': 488,
  'recovery-on-timer-expiry': 504,
  'protocol-error': 500,
  interworking: 500,
};

/** RFC 3398 §8.2.6.1; values without a word of ours by the nearest one. */
const CAUSES: Readonly<Record<number, Cause>> = {
  400: 'temporary-failure',
  401: 'call-rejected',
  402: 'call-rejected',
  403: 'call-rejected',
  404: 'unallocated-number',
  405: 'interworking',
  406: 'incompatible-destination',
  407: 'call-rejected',
  408: 'recovery-on-timer-expiry',
  410: 'unallocated-number',
  415: 'incompatible-destination',
  480: 'no-answer',
  481: 'temporary-failure',
  482: 'network-out-of-order',
  483: 'network-out-of-order',
  484: 'invalid-number-format',
  485: 'unallocated-number',
  486: 'user-busy',
  // The table has no value: it is how our own CANCEL ends.
  487: 'normal-clearing',
  488: 'bearer-not-available',
  500: 'temporary-failure',
  502: 'network-out-of-order',
  503: 'temporary-failure',
  504: 'recovery-on-timer-expiry',
  600: 'user-busy',
  603: 'call-rejected',
  604: 'unallocated-number',
  606: 'bearer-not-available',
  // RFC 8197 §4, RFC 8688 §4: the called side, or somebody for it, wants no such call.
  607: 'call-rejected',
  608: 'call-rejected',
};

/** Values of ITU-T Q.850 beside those that have a word. */
const NEAREST: Readonly<Record<number, Cause>> = {
  2: 'unallocated-number',
  3: 'unallocated-number',
  18: 'no-answer',
  20: 'no-answer',
  22: 'unallocated-number',
  25: 'network-out-of-order',
  26: 'unallocated-number',
  29: 'call-rejected',
  31: 'normal-clearing',
  55: 'call-rejected',
  57: 'call-rejected',
  87: 'call-rejected',
};

/** For all others the class of the value, its upper three bits (Q.850 §2.2.7.1). */
const CLASSES: readonly Cause[] = [
  'normal-clearing',
  'normal-clearing',
  'resource-unavailable',
  'bearer-not-available',
  'incompatible-destination',
  'incompatible-destination',
  'protocol-error',
  'interworking',
];

const BY_VALUE = new Map<number, Cause>(Object.entries(Q850).map(([cause, value]) => [value, cause as Cause]));

/** @returns 4xx or 5xx, never 6xx: who called may still try elsewhere. */
export function statusOf(cause: Cause): number {
  return STATUSES[cause];
}

/**
 * What a failure response says.
 *
 * @param status   300..699; a redirection counts as one that leads nowhere (`interworking`), as does what nobody knows.
 * @param reasons  Values of its Reason header: a Q.850 value there is told by a gateway behind and goes before the status (RFC 6432).
 */
export function causeOfStatus(status: number, reasons: readonly string[] = []): Cause {
  return q850Of(reasons) ?? CAUSES[status] ?? (status >= 500 && status < 600 ? 'temporary-failure' : 'interworking');
}

/**
 * What the Reason header of a BYE or CANCEL says (RFC 3326 §2).
 *
 * @param reasons  One text for each line of that name; each a list.
 * @returns        By its Q.850 value, else by its SIP status; undefined where there is neither.
 */
export function causeOfReason(reasons: readonly string[]): Cause | undefined {
  const known = q850Of(reasons);
  if (known) return known;
  const status = valueOf(reasons, 'SIP');
  if (status === undefined) return undefined;
  // RFC 3326 §3.1: a CANCEL says 200 when the call was answered elsewhere.
  return status < 300 ? 'normal-clearing' : causeOfStatus(status);
}

/** The header line that tells a cause: `Reason: Q.850;cause=17;text="user busy"`. */
export function reasonLine(cause: Cause): string {
  return `Reason: Q.850;cause=${Q850[cause]};text="${cause.replaceAll('-', ' ')}"`;
}

function q850Of(reasons: readonly string[]): Cause | undefined {
  const value = valueOf(reasons, 'Q.850');
  if (value === undefined || value < 1 || value > 127) return undefined;
  return BY_VALUE.get(value) ?? NEAREST[value] ?? CLASSES[value >> 4];
}

/** The number behind the first value of a protocol. */
function valueOf(reasons: readonly string[], protocol: string): number | undefined {
  for (const reason of reasons) {
    // Commas and semicolons in a text are none of the list's.
    for (const value of reason.replace(/"(?:[^"\\]|\\.)*"/g, '').split(',')) {
      const [name, ...parameters] = value.split(';').map((part) => part.trim());
      const cause = parameters.map((each) => /^cause\s*=\s*(\d{1,3})$/i.exec(each)?.[1]).find((each) => each !== undefined);
      if (name?.toUpperCase() === protocol && cause !== undefined) return Number(cause);
    }
  }
  return undefined;
}
