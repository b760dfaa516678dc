// Faults of the SIP rooms, and the status by which a peer is told. Codes are final: a retired one stays listed.
import type { Fault } from '@altpath/core';

/** Statuses of the codes that are not plain 400; the longest dotted prefix of a code decides. */
const STATUS: Readonly<Record<string, number>> = {
  'sip.version': 505,
  'sip.size': 513,
  'sip.uri.scheme': 416,
  'sip.method': 405,
  'sip.method.unknown': 501,
  'sip.require': 420,
  'sdp.answer': 488,
};

/**
 * The status of the response that tells a peer of a fault; the reason phrase is the fault's hint (`400 Bad Via`).
 *
 * @see RFC 3261 §21.4, §21.5
 */
export function statusOf(fault: Fault): number {
  for (let code = fault.code; code !== ''; code = code.slice(0, Math.max(code.lastIndexOf('.'), 0))) {
    const status = STATUS[code];
    if (status !== undefined) return status;
  }
  return 400;
}

/** The reason phrase that goes with `statusOf`. */
export function reasonOf(fault: Fault): string {
  return fault.hint;
}

/** Makes a fault that the sender of the message has to mend. */
export function remoteFault(code: string, hint: string, offset?: number): Fault {
  return offset === undefined ? { code, blame: 'remote', hint } : { code, blame: 'remote', hint, offset };
}
