// The value types of the configuration file: durations, sizes, URLs, ranges, secrets, line ranges. Text in, value out;
// undefined for what is none. Pure: what a secret names is fetched by whoever asks.
import { isIP } from 'node:net';
import { type HostPort, type Millis, parseHostPort, type TransportName } from '@altpath/core';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1_000,
  MB: 1_000 ** 2,
  KiB: 1_024,
  MiB: 1_024 ** 2,
  GiB: 1_024 ** 3,
};

/** `500ms`, `3s`, `1h`, `1h30m`; undefined for anything else. */
export function parseDuration(text: string): Millis | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) sum += Number(number) * (UNIT_MS[unit ?? ''] ?? 0);
  return Math.round(sum);
}

/** `64KiB`, `1MiB`, or a plain number of bytes. */
export function parseSize(value: string | number): number | undefined {
  const match = /^(\d+)(|B|KB|MB|KiB|MiB|GiB)$/.exec(String(value));
  return match ? Number(match[1]) * (UNIT_BYTES[match[2] ?? ''] ?? 1) : undefined;
}

/** `50 bad in 10s`. */
export function parseBanRule(text: string): { readonly bad: number; readonly withinMs: Millis } | undefined {
  const match = /^(\d+) bad in (\S+)$/.exec(text);
  const withinMs = parseDuration(match?.[2] ?? '');
  return match && withinMs !== undefined ? { bad: Number(match[1]), withinMs } : undefined;
}

export interface SplitUrl extends HostPort {
  readonly scheme: string;
  readonly port: number;
}

/** `scheme://host:port`, an IPv6 host in brackets and given back without; the port is required. */
export function parseUrl(text: string): SplitUrl | undefined {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/]+)\/?$/.exec(text);
  const address = parseHostPort(match?.[2] ?? '');
  return match && address?.port !== undefined ? { scheme: match[1] ?? '', host: address.host, port: address.port } : undefined;
}

/** The transport that a listener's scheme ends in. */
export function transportOf(scheme: string): TransportName {
  return scheme.slice(scheme.lastIndexOf('+') + 1) as TransportName;
}

/** `10.0.0.0/8`, `::1`, `192.0.2.7`. */
export function isRange(text: string): boolean {
  const [net = '', bits, more] = text.split('/');
  const family = isIP(net);
  if (family === 0 || more !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** Writes a line range out: `aaln/[1-24]` is 24 names; a plain name is itself; undefined when it is neither. */
export function expandLines(text: string): readonly string[] | undefined {
  const match = /^([^[\]@\s]*)\[(\d{1,5})-(\d{1,5})\]([^[\]@\s]*)$/.exec(text);
  if (!match) return text === '' || /[[\]@\s]/.test(text) ? undefined : [text];
  const [, before = '', first = '', last = '', after = ''] = match;
  const from = Number(first);
  const count = Number(last) - from + 1;
  if (count < 1 || count > 10_000) return undefined;
  return Array.from({ length: count }, (_, at) => `${before}${String(from + at).padStart(first.length, '0')}${after}`);
}

/** How a secret is written. */
export type SecretSource =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string };

export function secretSource(text: string): SecretSource {
  const variable = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(text);
  if (variable) return { kind: 'environment', name: variable[1] ?? '' };
  if (text.startsWith('file:')) return { kind: 'file', path: text.slice('file:'.length) };
  return { kind: 'text', text };
}

/** Decodes base64 (either alphabet, padding optional); undefined when a sign is none of it. */
export function decodeBase64(text: string): Buffer | undefined {
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}

/** The known word nearest to a mistyped one; undefined when there is none to choose from. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const each of known) {
    const distance = editDistance(word.toLowerCase(), each.toLowerCase());
    if (distance < least) [best, least] = [each, distance];
  }
  return best;
}

/** Names of what has one. */
export function names(list: readonly { readonly name: string }[]): readonly string[] {
  return list.map(({ name }) => name);
}

/** What is said of a word that names nothing. */
export function unknown(what: string, word: string, known: readonly string[], where = ''): string {
  const near = nearest(word, known);
  return `there is no ${what} ${word}${where}${near === undefined ? '' : `; did you mean ${near}?`}`;
}

/** Letters put in, left out, changed, or swapped with their neighbour. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const changed = a[row - 1] === b[column - 1] ? 0 : 1;
      let cost = Math.min((last[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + changed);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, (before[column - 2] ?? 0) + 1);
      next.push(cost);
    }
    [before, last] = [last, next];
  }
  return last[b.length] ?? 0;
}
