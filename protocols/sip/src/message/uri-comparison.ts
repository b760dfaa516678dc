// When two URIs are the same (RFC 3261 §19.1.4), a key for it, and the address of record of §10.3.
import { canonicalHost } from '@altpath/core';
import { CLASSES, USER } from './characters.js';
import type { SipUri } from './sip-uri.js';

/** Parameters that, standing in only one of two URIs, make them differ (§19.1.4). */
const DECISIVE = ['transport', 'user', 'ttl', 'method', 'maddr'];

/**
 * Compares two URIs as RFC 3261 §19.1.4 does: user and password with case, all else without; order is free; an
 * escape equals its character unless that is a reserved one; parameters of no standing are ignored where only one has
 * them. The relation is not transitive: see `uriKey`.
 */
export function sameUri(a: SipUri, b: SipUri): boolean {
  if (a.text === b.text) return true;
  if (a.scheme !== b.scheme) return false;
  if (a.host === '' || b.host === '') return opaqueKey(a) === opaqueKey(b);
  if (a.port !== b.port || canonicalHost(a.host) !== canonicalHost(b.host)) return false;
  if (unescapeUnreserved(a.user) !== unescapeUnreserved(b.user)) return false;
  if (unescapeUnreserved(a.password ?? '') !== unescapeUnreserved(b.password ?? '')) return false;
  return sameParameters(a, b) && headerKey(a) === headerKey(b);
}

function sameParameters(a: SipUri, b: SipUri): boolean {
  const left = parameterMap(a);
  const right = parameterMap(b);
  for (const name of DECISIVE) if (left.get(name) !== right.get(name)) return false;
  for (const [name, value] of left) {
    const other = right.get(name);
    if (other !== undefined && other !== value) return false;
  }
  return true;
}

/**
 * A text that is equal for URIs written differently but equal by §19.1.4. Since that relation is not transitive, the
 * key takes every parameter into account: URIs that differ only in a parameter of no standing have different keys.
 */
export function uriKey(uri: SipUri): string {
  if (uri.host === '') return opaqueKey(uri);
  const user = unescapeUnreserved(uri.user);
  const secret = uri.password === undefined ? '' : `:${unescapeUnreserved(uri.password)}`;
  const port = uri.port === undefined ? '' : `:${uri.port}`;
  const parameters = [...parameterMap(uri)].map(([name, value]) => `;${name}=${value}`).sort();
  return `${uri.scheme}:${user}${secret}@${bracketed(uri.host)}${port}${parameters.join('')}?${headerKey(uri)}`;
}

/**
 * The address of record that a URI names: `sip:user@host`, parameters, port, password and headers taken away, the
 * user in its one canonical spelling (unescaped once; what may not stand there bare is escaped again, so `%40` never
 * becomes a second `@`). A sips URI gives the sip form: both name one user. Other schemes: see `opaqueKey`.
 *
 * @see RFC 3261 §10.3 step 5
 */
export function addressOfRecord(uri: SipUri): string {
  if (uri.host === '') return opaqueKey(uri);
  const host = bracketed(uri.host);
  return uri.user === '' ? `sip:${host}` : `sip:${canonicalUser(uri.user)}@${host}`;
}

function bracketed(host: string): string {
  const canonical = canonicalHost(host);
  return canonical.includes(':') ? `[${canonical}]` : canonical;
}

/** Schemes that this house does not read: scheme without case, the rest to the letter; tel without separators and parameters. */
function opaqueKey(uri: SipUri): string {
  const rest = uri.text.slice(uri.scheme.length + 1);
  if (uri.scheme !== 'tel') return `${uri.scheme}:${rest}`;
  // RFC 3966 §5.1.1: visual separators carry no meaning.
  return `tel:${(rest.split(';', 1)[0] ?? '').replace(/[-.()]/g, '').toLowerCase()}`;
}

function canonicalUser(user: string): string {
  if (!user.includes('%') && isPlainUser(user)) return user;
  let out = '';
  for (let i = 0; i < user.length; i += 1) {
    const escaped = escapeAt(user, i);
    const code = escaped < 0 ? user.charCodeAt(i) : escaped;
    if (escaped >= 0) i += 2;
    out += ((CLASSES[code] ?? 0) & USER) !== 0 ? String.fromCharCode(code) : percent(code);
  }
  return out;
}

function isPlainUser(user: string): boolean {
  for (let i = 0; i < user.length; i += 1) if (((CLASSES[user.charCodeAt(i)] ?? 0) & USER) === 0) return false;
  return true;
}

/** RFC 3261 §19.1.4: an escape equals its character, except for the reserved ones; those keep it, hex in capitals. */
function unescapeUnreserved(text: string): string {
  if (!text.includes('%')) return text;
  let out = '';
  for (let i = 0; i < text.length; i += 1) {
    const code = escapeAt(text, i);
    if (code < 0) {
      out += text[i];
      continue;
    }
    const character = String.fromCharCode(code);
    out += /[A-Za-z0-9\-_.!~*'()]/.test(character) ? character : percent(code);
    i += 2;
  }
  return out;
}

function escapeAt(text: string, at: number): number {
  if (text[at] !== '%') return -1;
  const digits = text.slice(at + 1, at + 3);
  return /^[0-9A-Fa-f]{2}$/.test(digits) ? parseInt(digits, 16) : -1;
}

function percent(code: number): string {
  return `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
}

function parameterMap(uri: SipUri): Map<string, string> {
  const map = new Map<string, string>();
  for (const [name, value] of uri.parameters.entries()) {
    const key = unescapeUnreserved(name).toLowerCase();
    if (!map.has(key)) map.set(key, unescapeUnreserved(value ?? '').toLowerCase());
  }
  return map;
}

function headerKey(uri: SipUri): string {
  if (uri.headers === '') return '';
  const fields = uri.headers.split('&').map((field) => {
    const equals = field.indexOf('=');
    const name = equals < 0 ? field : field.slice(0, equals);
    return `${unescapeUnreserved(name).toLowerCase()}=${equals < 0 ? '' : unescapeUnreserved(field.slice(equals + 1))}`;
  });
  return fields.sort().join('&');
}
