// Endpoint names: `aaln/1@gw.example.net`. Terms of the local name stand between slashes; `*` is all of them, `$` any
// one of them, and `[1-24]` a range where a package allows it (RFC 3435 §2.1.2, §3.2.1.3, appendix E.5).
import { canonicalHost, isIpLiteral } from '@altpath/core';

/** The name of an endpoint. A domain that is an IP literal stands without its brackets; `#123` stays as written. */
export interface EndpointName {
  readonly local: string;
  readonly domain: string;
}

/** RFC 3435 §2.1.2: neither part is longer. */
export const MAX_NAME_LENGTH = 255;

/** `aaln/1@gw.test`, `aaln/1@[10.0.0.1]`: literals always leave in brackets, as the text of §3.2.1.3 has it. */
export function formatEndpoint(name: EndpointName): string {
  return `${name.local}@${formatDomain(name.domain)}`;
}

/** @returns undefined for what is no endpoint name: no `@`, an empty or overlong part, a character of no name. */
export function parseEndpoint(text: string): EndpointName | undefined {
  const at = text.indexOf('@');
  if (at < 0) return undefined;
  const local = text.slice(0, at);
  const domain = parseDomain(text.slice(at + 1));
  return domain !== undefined && isLocalName(local) ? { local, domain } : undefined;
}

/** The text under which tables know an endpoint: names are compared without case (§2.1.2). */
export function endpointKey(name: EndpointName): string {
  return `${name.local.toLowerCase()}@${canonicalHost(name.domain)}`;
}

/** @returns true when a term is `*`: the command is for all of the endpoints that match. */
export function isAllOf(name: EndpointName): boolean {
  return terms(name.local).includes('*');
}

/** @returns true when a term is `$`: the gateway chooses one endpoint. */
export function isAnyOf(name: EndpointName): boolean {
  return terms(name.local).includes('$');
}

/**
 * Whether a local name is one of those that a pattern names. All that stands right of a wildcard is wildcarded too
 * (§2.1.2): `aaln/*` covers `aaln/1` and `aaln/2/3`. Ranges in brackets cover numbers without leading zeros.
 */
export function matches(pattern: string, local: string): boolean {
  const wanted = terms(pattern.toLowerCase());
  const given = terms(local.toLowerCase());
  for (let i = 0; i < wanted.length; i += 1) {
    const term = wanted[i] as string;
    if (term === '*' || term === '$') return i < given.length;
    if (i >= given.length || !matchesTerm(term, given[i] as string)) return false;
  }
  return wanted.length === given.length;
}

/**
 * Writes out the ranges of a name: `ds/ds1-[1-3]/[1,5-6]` gives six names, the right-most range running fastest, which
 * is the order that a map of true and false follows (RFC 3991 §2.2.1).
 *
 * @returns undefined when a bracket does not hold a range, or when there are more than `limit` names.
 */
export function expandRanges(pattern: string, limit = 10_000): readonly string[] | undefined {
  let names: readonly string[] = [''];
  for (const part of rangeParts(pattern) ?? [undefined]) {
    if (part === undefined) return undefined;
    const choices = typeof part === 'string' ? [part] : numbersOf(part, limit);
    if (choices.length * names.length > limit) return undefined;
    names = names.flatMap((name) => choices.map((choice) => `${name}${choice}`));
  }
  return names;
}

/** Domain without the brackets around a literal, as `EndpointName` and `EntityName` keep it. */
export function parseDomain(text: string): string | undefined {
  if (text.length === 0 || text.length > MAX_NAME_LENGTH) return undefined;
  if (text.startsWith('[')) {
    const literal = text.slice(1, -1);
    return text.endsWith(']') && isIpLiteral(literal) && !literal.includes('%') ? literal : undefined;
  }
  if (text.startsWith('#')) return /^#\d+$/.test(text) ? text : undefined;
  // Deviation: the grammar knows no underscore, the host names of real gateways do.
  return /^[A-Za-z0-9._-]+$/.test(text) ? text : undefined;
}

/** The counterpart of `parseDomain`. */
export function formatDomain(domain: string): string {
  return isIpLiteral(domain) ? `[${domain}]` : domain;
}

/** LocalEndpointName: printable characters; `*` and `$` are whole terms only, and no term is empty. */
export function isLocalName(text: string): boolean {
  if (text.length === 0 || text.length > MAX_NAME_LENGTH || !/^[\x21-\x3f\x41-\x7e]+$/.test(text)) return false;
  return text.split('/').every((term) => term !== '' && (term.length === 1 || !/[*$]/.test(term)));
}

function terms(local: string): string[] {
  return local.split('/');
}

function matchesTerm(pattern: string, term: string): boolean {
  if (pattern === term) return true;
  if (!pattern.includes('[')) return false;
  const parts = rangeParts(pattern);
  if (parts === undefined) return false;
  // A range takes all the digits that stand there; two neighbouring ranges in one term occur in no name.
  let at = 0;
  for (const part of parts) {
    if (typeof part === 'string') {
      if (!term.startsWith(part, at)) return false;
      at += part.length;
      continue;
    }
    let end = at;
    while (end < term.length && isDigit(term.charCodeAt(end))) end += 1;
    const digits = term.slice(at, end);
    const value = Number(digits);
    const inRange = digits !== '' && digits === String(value) && part.some(([first, last]) => value >= first && value <= last);
    if (!inRange) return false;
    at = end;
  }
  return at === term.length;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

type Ranges = readonly (readonly [first: number, last: number])[];

/** Literal text and ranges in turn; undefined when a bracket does not close or holds something else. */
function rangeParts(pattern: string): readonly (string | Ranges)[] | undefined {
  const parts: (string | Ranges)[] = [];
  let at = 0;
  while (at < pattern.length) {
    const open = pattern.indexOf('[', at);
    if (open < 0) {
      parts.push(pattern.slice(at));
      break;
    }
    if (open > at) parts.push(pattern.slice(at, open));
    const close = pattern.indexOf(']', open);
    const ranges = close < 0 ? undefined : parseRanges(pattern.slice(open + 1, close));
    if (ranges === undefined) return undefined;
    parts.push(ranges);
    at = close + 1;
  }
  return parts;
}

function parseRanges(text: string): Ranges | undefined {
  const ranges: [number, number][] = [];
  for (const item of text.split(',')) {
    const match = /^\s*(\d{1,9})(?:-(\d{1,9}))?\s*$/.exec(item);
    if (match === null) return undefined;
    const first = Number(match[1]);
    const last = match[2] === undefined ? first : Number(match[2]);
    if (last < first) return undefined;
    ranges.push([first, last]);
  }
  return ranges;
}

function numbersOf(ranges: Ranges, limit: number): readonly string[] {
  const numbers: string[] = [];
  for (const [first, last] of ranges) {
    for (let number = first; number <= last && numbers.length <= limit; number += 1) numbers.push(String(number));
  }
  return numbers;
}
