// The user part of our Contact: it names the call, the role that the telephone has in it, and the line at its other end, signed
// and bound to the SIP Call-ID, so that any node of the cluster knows what a request in the dialog is about. It reads
// `leg.KEY.CALLROLE.LINE.MAC`, of characters that no user agent escapes (RFC 3261 §25.1, user).
import type { HalfCallRole, LineName } from '@altpath/call-control';
import type { Signer } from '@altpath/core';

export interface LegClaims {
  /** Call control's. */
  readonly callId: string;
  /** Of the telephone that is told this Contact. */
  readonly role: HalfCallRole;
  /** The line at the call's other end; undefined where that is a party, or not known yet. */
  readonly line?: LineName | undefined;
}

const ROLES: Readonly<Record<string, HalfCallRole>> = { o: 'originating', t: 'terminating' };
const FORM = /^leg\.([\w-]{1,32})\.([0-9A-Fa-f]{13})([ot])\.([\w!-]{0,400})\.([\w-]{22})$/;

/** @param sipCallId  Call-ID of the dialog that the Contact is for. @returns text of `[A-Za-z0-9_.!-]`. */
export function writeLegToken(signer: Signer, claims: LegClaims, sipCallId: string): string {
  const text = `${claims.callId}${claims.role.charAt(0)}.${escaped(claims.line ?? '')}`;
  const { keyId, mac } = signer.sign('leg', content(text, sipCallId));
  return `leg.${keyId}.${text}.${mac}`;
}

/** @returns whether a user part has the form of a leg token: it is then to be verified, and is nobody's number or name. */
export function isLegToken(user: string): boolean {
  return FORM.test(user);
}

/** @returns what the token claims; undefined for text of another form, a signature of nobody's, or another Call-ID. */
export function readLegToken(signer: Signer, user: string, sipCallId: string): LegClaims | undefined {
  const [, keyId, callId, role, line, mac] = FORM.exec(user) ?? [];
  if (keyId === undefined || callId === undefined || role === undefined || line === undefined || mac === undefined) return undefined;
  if (!signer.verify('leg', content(`${callId}${role}.${line}`, sipCallId), keyId, mac)) return undefined;
  return { callId, role: ROLES[role] as HalfCallRole, line: line === '' ? undefined : unescaped(line) };
}

/** Signed are both texts; the first has no line end. */
function content(text: string, sipCallId: string): string {
  return `${text}\n${sipCallId}`;
}

/**
 * `aaln/1@gw2` is `aaln!2f1!40gw2`: a percent sign would be escaped once more on its way, or once less; and no parameter of a Via may
 * have a slash in it (RFC 3261 §25.1, token).
 */
function escaped(line: string): string {
  return [...Buffer.from(line, 'utf8')]
    .map((byte) => String.fromCharCode(byte))
    .map((character) => (/[\w-]/.test(character) ? character : `!${character.charCodeAt(0).toString(16).padStart(2, '0')}`))
    .join('');
}

function unescaped(text: string): string {
  const bytes = text.replace(/!([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
