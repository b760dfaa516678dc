// Reliable provisional responses of a telephone (RFC 3262): which of them are acknowledged, and in which words.
import type { SipMessage } from '../codec/sip-message.js';
import { hasOption } from './words.js';

export function isReliable(response: SipMessage): boolean {
  return hasOption(response, 'Require', '100rel') && response.has('RSeq');
}

/**
 * RFC 3262 §4: each is acknowledged, in order; one that comes again was acknowledged already.
 *
 * @param before  RSeq of the newest that was; 0: none yet.
 * @returns       its RSeq; undefined: it is passed over.
 */
export function nextRseq(response: SipMessage, before: number): number | undefined {
  const rseq = Number(response.header('RSeq'));
  return Number.isInteger(rseq) && (before === 0 || rseq === before + 1) ? rseq : undefined;
}

/** The line by which a PRACK names the response to an INVITE that it acknowledges (§7.2). */
export function rackLine(rseq: number, { cseq }: SipMessage): string {
  return `RAck: ${rseq} ${cseq} INVITE`;
}
