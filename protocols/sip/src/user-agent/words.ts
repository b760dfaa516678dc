// Header values and option tags that the user agent's messages have in common, and what is read from any message.
import type { SipMessage } from '../codec/sip-message.js';

/** What a telephone may ask of a leg. */
export const ALLOW = 'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY';
/** Option tags that a telephone may require of us. */
export const EXTENSIONS: readonly string[] = ['100rel', 'timer'];
/** Replaces is understood where REFER brings it (RFC 3891 §6): an INVITE that does is a call like any other. */
export const SUPPORTED = `Supported: ${EXTENSIONS.join(', ')}, replaces`;
/** Of our Via in the INVITE that makes a leg, and in one that comes later: the leg token of its call. */
export const LEG_PARAMETER = 'pathLeg';
export const DIALOG_PARAMETER = 'pathDialog';
export const ACCEPT = 'Accept: application/sdp';

/** An option tag stands in Require or Supported. Tags are compared without case (RFC 3261 §7.3.1). */
export function hasOption(message: SipMessage, header: 'Require' | 'Supported', tag: string): boolean {
  return message.tokens(header).some((each) => each.toLowerCase() === tag);
}

/** The session description that a message carries, as latin1 text; undefined for none. */
export function bodyOf(message: SipMessage): string | undefined {
  return message.body.length === 0 ? undefined : message.body.toString('latin1');
}
