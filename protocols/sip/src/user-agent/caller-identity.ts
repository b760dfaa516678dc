// Who calls, in both directions (RFC 3323, RFC 3325): what of a request's headers is believed and shown, and what a request
// of ours says. P-Asserted-Identity counts from those who belong to the trust domain, and goes to them alone.
import type { CallerIdentity, DiversionNote } from '@altpath/call-control';
import { type Hop, hopKey, type Millis } from '@altpath/core';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import { type NameAddress, parseNameAddress } from '../message/name-address.js';
import { parseUri } from '../message/uri.js';

/** RFC 3323 §4.1.1.3: what a From says that tells nothing. */
const ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>';
/** A user part that can be dialled. */
const NUMBER = /^[+*#]?[\w*#.-]{1,64}$/;
/** RFC 3323 §4.2, RFC 3325 §9.3: values of Privacy by which the caller is not shown. */
const WITHHOLDING = new Set(['id', 'user', 'header']);
const WITHHELD: CallerIdentity = {};

/** @returns the caller as the called side may see it; withheld where the caller asks for that. */
export function callerOf(environment: Environment, request: SipMessage, hop: Hop, now: Millis): CallerIdentity {
  const privacy = request.headerValues('Privacy').flatMap((value) => value.split(/[;,]/));
  if (privacy.some((each) => WITHHOLDING.has(each.trim().toLowerCase()))) return WITHHELD;
  return (isTrusted(environment, hop, now) ? identityOf(asserted(request)) : undefined) ?? identityOf(request.from) ?? WITHHELD;
}

/** Neighbours of a trust group, our other nodes, and users who have registered from there. */
function isTrusted(environment: Environment, hop: Hop, now: Millis): boolean {
  return (
    environment.trust.isNeighbour(hop.host) ||
    environment.identity.nodeAt(hop.host, hop.port) >= 0 ||
    environment.store.bySource(hopKey(hop), now) !== undefined
  );
}

/** The first value; RFC 3325 §9.1 has at most one `sip:` and one `tel:` URI in it. */
function asserted(request: SipMessage): NameAddress | undefined {
  const value = request.header('P-Asserted-Identity');
  if (value === undefined) return undefined;
  const whole = parseNameAddress(value);
  if (whole.ok) return whole.value;
  const first = parseNameAddress(value.slice(0, value.indexOf('>') + 1));
  return first.ok ? first.value : undefined;
}

function identityOf(address: NameAddress | undefined): CallerIdentity | undefined {
  if (!address) return undefined;
  const user = /^tel:/i.test(address.uri) ? (address.uri.slice(4).split(';', 1)[0] ?? '') : userOf(address.uri);
  if (user === '' || /^anonymous$/i.test(user)) return undefined;
  const number = dialledOf(user);
  // A message's text is its octets; names are UTF-8 (RFC 3261 §25.1).
  const display = Buffer.from(address.display, 'latin1').toString('utf8').slice(0, 128);
  const name = display === '' ? undefined : display;
  return NUMBER.test(number) ? { number, name } : { name: name ?? number.slice(0, 128) };
}

function userOf(uri: string): string {
  const parsed = parseUri(uri);
  return parsed.ok ? parsed.value.user : '';
}

/** The user part of a URI as somebody would dial it: escapes read, parameters and visual separators of a number off. (RFC 3966 §5.1.1) */
export function dialledOf(user: string): string {
  const plain = user.split(';', 1)[0] ?? '';
  const read = plain.replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return /^\+?[\d().-]+$/.test(read) ? read.replace(/[().-]/g, '') : read;
}

/** The value of our From, without its tag. @param domain  Ours. */
export function fromOf(caller: CallerIdentity | undefined, domain: string): string {
  if (!caller || (caller.number === undefined && caller.name === undefined)) return ANONYMOUS;
  const display = caller.name === undefined ? '' : `${quoted(caller.name)} `;
  return `${display}<sip:${caller.number === undefined ? 'unknown' : userText(caller.number)}@${domain}>`;
}

/** The lines that tell the caller to whoever belongs to the trust domain, and that it is withheld to everybody. */
export function identityLines(caller: CallerIdentity | undefined, domain: string, isTrustedHop: boolean): readonly string[] {
  if (!caller || (caller.number === undefined && caller.name === undefined)) return ['Privacy: id'];
  return isTrustedHop && caller.number !== undefined ? [`P-Asserted-Identity: ${fromOf(caller, domain)}`] : [];
}

/** The line that tells for whom the call was first (RFC 5806 §3); nothing where he has no number. */
export function diversionLines(note: DiversionNote | undefined, domain: string): readonly string[] {
  if (note?.number === undefined) return [];
  return [`Diversion: <sip:${userText(note.number)}@${domain}>;reason=${note.reason}`];
}

/** A user part: what RFC 3261 §25.1 does not allow there is escaped. */
export function userText(user: string): string {
  return user.replace(/[^\w.!~*'()&=+$,?/-]/gu, (character) => {
    return [...Buffer.from(character, 'utf8')].map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, '0')}`).join('');
  });
}

function quoted(name: string): string {
  const text = Buffer.from(name, 'utf8').toString('latin1');
  // Control characters would end the header line.
  return `"${text.replace(/\p{Cc}/gu, ' ').replace(/["\\]/g, '\\$&')}"`;
}
