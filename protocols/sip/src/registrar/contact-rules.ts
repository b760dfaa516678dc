// What a REGISTER asks for: its Contact, Expires and Path headers read into values that cannot be wrong
// (RFC 3261 §10.2, §10.3 steps 6 and 7; RFC 3327). What is stored already is not looked at here.
import type { Outcome } from '@altpath/core';
import type { SipMessage } from '../codec/sip-message.js';
import type { NameAddress } from '../message/name-address.js';
import { parametersOf } from '../message/parameters.js';
import { uriKey } from '../message/uri-comparison.js';
import { parseUri } from '../message/uri.js';

/** Limits on lifetimes, in seconds. */
export interface ExpiryLimits {
  /** Shorter wishes get 423. Lower costs messages, higher leaves dead contacts behind for longer. */
  readonly minExpiresS: number;
  /** Where the phone names no lifetime. */
  readonly defaultExpiresS: number;
  /** Longer wishes are granted this. */
  readonly maxExpiresS: number;
}

/** One contact of a request. */
export interface ContactChange {
  readonly contact: string;
  readonly contactKey: string;
  /** Granted lifetime; 0 removes. */
  readonly expiresS: number;
  /** 0..1000 */
  readonly q: number;
  /** As written, `;`-joined, without q and expires. */
  readonly parameters: string;
  readonly instance: string | undefined;
  readonly regId: number | undefined;
}

export type ContactWish =
  | { readonly kind: 'query' }
  | { readonly kind: 'remove-all' }
  | { readonly kind: 'change'; readonly changes: readonly ContactChange[]; readonly path: readonly string[] };

/** RFC 3261 §10.2.1.1: a malformed expires value counts as this. */
const MALFORMED_EXPIRES_S = 3600;
/** RFC 3261 §10.3 step 7: a wish of an hour or more is never too brief. */
const NEVER_TOO_BRIEF_S = 3600;

/** The parameter that replication between nodes puts into a Contact; a phone's own would only be in its way. */
export const REPLICA_PARAMETER = 'x-altpath';
const NOT_KEPT = ['q', 'expires', REPLICA_PARAMETER];

/**
 * @returns the wish, or a fault whose hint is the reason phrase: `sip.register.star`, `.contact`, `.scheme`, `.q`,
 *          `.path`, or `.too-brief` (to be answered 423, the others 400).
 */
export function readWish(request: SipMessage, limits: ExpiryLimits): Outcome<ContactWish> {
  const contacts = request.contacts;
  if (contacts === '*') return readStar(request);
  if (contacts.length === 0) return { ok: true, value: { kind: 'query' } };
  const changes: ContactChange[] = [];
  for (const contact of contacts) {
    const change = readContact(contact, request.expires, limits);
    if (!change.ok) return change;
    changes.push(change.value);
  }
  const path = readPath(request);
  if (!path) return refusal('path', 'Bad Path');
  return { ok: true, value: { kind: 'change', changes, path } };
}

/** @returns the Path values as written, topmost first, each on one line; undefined when one of them cannot be routed to. */
export function readPath(request: SipMessage): readonly string[] | undefined {
  const path: string[] = [];
  for (const hop of request.paths) {
    const text = oneLine(request.bytes.toString('latin1', hop.start, hop.end));
    const uri = parseUri(hop.uri);
    if (text === undefined || !uri.ok || !isRoutable(uri.value.scheme)) return undefined;
    path.push(text);
  }
  return path;
}

/** §10.3 step 6: `*` stands alone, and only beside `Expires: 0`. */
function readStar(request: SipMessage): Outcome<ContactWish> {
  const values = request.headerValues('Contact');
  const alone = values.length === 1 && values[0]?.trim() === '*';
  if (!alone) return refusal('star', 'Contact * Must Stand Alone');
  if (request.expires !== 0) return refusal('star', 'Contact * Needs Expires 0');
  return { ok: true, value: { kind: 'remove-all' } };
}

function readContact(contact: NameAddress, headerExpires: number | undefined, limits: ExpiryLimits): Outcome<ContactChange> {
  const uri = parseUri(contact.uri);
  if (!uri.ok || hasControls(contact.uri)) return refusal('contact', 'Bad Contact');
  // RFC 4475 §3.3.4 (unksm2): an address that no call could be routed to is refused, not stored.
  if (!isRoutable(uri.value.scheme)) return refusal('scheme', 'Unsupported Contact Scheme');
  const q = readQ(contact.parameters.get('q'));
  if (q === undefined) return refusal('q', 'Bad Contact q');
  const parameters = keptParameters(contact);
  if (parameters === undefined) return refusal('contact', 'Bad Contact');
  const expiresS = granted(wishedExpiry(contact, headerExpires, limits), limits);
  if (expiresS === undefined) return refusal('too-brief', 'Interval Too Brief');
  const value = { contact: contact.uri, contactKey: uriKey(uri.value), expiresS, q, parameters, ...outboundOf(parameters) };
  return { ok: true, value };
}

function wishedExpiry(contact: NameAddress, headerExpires: number | undefined, limits: ExpiryLimits): number {
  const own = contact.parameters.get('expires');
  if (own === undefined) return headerExpires ?? limits.defaultExpiresS;
  return own !== null && /^\d+$/.test(own) ? Number(own) : MALFORMED_EXPIRES_S;
}

/** @returns the lifetime granted, or undefined for one that is too brief. */
function granted(wishedS: number, limits: ExpiryLimits): number | undefined {
  if (wishedS > 0 && wishedS < limits.minExpiresS && wishedS < NEVER_TOO_BRIEF_S) return undefined;
  return Math.min(wishedS, limits.maxExpiresS);
}

/** qvalue of RFC 3261 §25.1, in thousandths; absent: 1.0. */
export function readQ(text: string | null | undefined): number | undefined {
  if (text === undefined) return 1000;
  if (text === null || !/^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text)) return undefined;
  return Math.round(Number(text) * 1000);
}

/** Writes thousandths as a qvalue: `0.5`, `1`. */
export function formatQ(q: number): string {
  return String(q / 1000);
}

/** @returns the RFC 5626 names of a contact, read from its kept parameters; a malformed reg-id counts as none. */
export function outboundOf(parameters: string): { readonly instance: string | undefined; readonly regId: number | undefined } {
  const list = parametersOf(parameters);
  const regId = list.get('reg-id') ?? '';
  return { instance: list.get('+sip.instance') ?? undefined, regId: /^\d{1,9}$/.test(regId) ? Number(regId) : undefined };
}

/** @returns the header parameters to be given back, or undefined when they hold what no header may hold. */
export function keptParameters(contact: NameAddress): string | undefined {
  return oneLine(contact.parameters.without(NOT_KEPT).slice(1));
}

/** A value on one line; undefined when control characters stay in it. */
function oneLine(text: string): string | undefined {
  const line = text.replace(/\r?\n[ \t]+/g, ' ').replaceAll('\t', ' ');
  return hasControls(line) ? undefined : line;
}

/** Of ASCII: an octet above it is part of a character in UTF-8. */
function hasControls(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

/** @returns `true` for the schemes that a call can be sent to. */
export function isRoutable(scheme: string): boolean {
  return scheme === 'sip' || scheme === 'sips';
}

function refusal(what: string, hint: string): Outcome<never> {
  return { ok: false, fault: { code: `sip.register.${what}`, blame: 'remote', hint } };
}
