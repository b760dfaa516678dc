// Network addresses as every protocol writes them: host and port in text, and the hop a message takes.
// No name is resolved here.
import { isIP, isIPv6 } from 'node:net';

/** How bytes travel. Protocol rooms add none: a transport that core does not know is a configuration error. */
export type TransportName = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

/** A host (name or IP literal, IPv6 without brackets) and the port where one was written. */
export interface HostPort {
  readonly host: string;
  readonly port?: number | undefined;
}

/**
 * Where bytes go, or where they came from: an IP literal, its port, and the local listener used.
 * `flow` names an open connection (transport-wide number, never used twice); without it the transport finds or opens one.
 */
export interface Hop {
  readonly transport: TransportName;
  readonly host: string;
  readonly port: number;
  /** Index of the local listener that received, or that shall send; undefined lets the transport choose by family. */
  readonly listener?: number | undefined;
  readonly flow?: number | undefined;
}

/** The text under which health, counters and plans know a hop: `udp:10.0.0.1:5060`, `tcp:[::1]:5060`. */
export function hopKey(hop: Hop): string {
  return `${hop.transport}:${formatHostPort(hop)}`;
}

/** @returns `true` for transports that retransmit by themselves (RFC 3261 §17: "reliable"). */
export function isReliable(transport: TransportName): boolean {
  return transport !== 'udp';
}

/** Writes `host:port`, with brackets around an IPv6 literal; without `:port` where none is given. */
export function formatHostPort(address: HostPort): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return address.port === undefined ? host : `${host}:${address.port}`;
}

/**
 * Reads `host`, `host:port`, `[v6]` or `[v6]:port`.
 *
 * @returns undefined when the text is none of these or the port is outside 1..65535.
 */
export function parseHostPort(text: string): HostPort | undefined {
  if (text.startsWith('[')) {
    const end = text.indexOf(']');
    const host = text.slice(1, end);
    if (end < 0 || !isIPv6(host)) return undefined;
    const rest = text.slice(end + 1);
    if (rest === '') return { host };
    return rest.startsWith(':') ? withPort(host, rest.slice(1)) : undefined;
  }
  const colon = text.indexOf(':');
  if (colon < 0) return isHost(text) ? { host: text } : undefined;
  const host = text.slice(0, colon);
  return isHost(host) ? withPort(host, text.slice(colon + 1)) : undefined;
}

function withPort(host: string, digits: string): HostPort | undefined {
  if (!/^\d{1,5}$/.test(digits)) return undefined;
  const port = Number(digits);
  return port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

function isHost(text: string): boolean {
  return /^[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9.])?$/.test(text);
}

/** @returns the family of a literal (no brackets); 0 for a name. */
export function ipFamily(host: string): 0 | 4 | 6 {
  return isIP(host) as 0 | 4 | 6;
}

/** @returns `true` for an IPv4 or an IPv6 literal (no brackets). */
export function isIpLiteral(host: string): boolean {
  // Names begin with a letter in nearly every message: no need to ask the expression of an IPv6 address about them.
  const first = host.charCodeAt(0);
  const isName = first > COLON && !host.includes(':');
  return !isName && isIP(host) !== 0;
}

const COLON = 0x3a;

/** Compares two hosts as networks do: names without case and without a trailing dot, IPv6 by value. */
export function sameHost(a: string, b: string): boolean {
  return a === b || canonicalHost(a) === canonicalHost(b);
}

/** Lower case, no trailing dot; an IPv6 literal in its one shortest spelling. */
export function canonicalHost(host: string): string {
  // A zone (`%eth0`) is of this host alone; URL does not take one.
  if (host.includes(':') && isIPv6(host))
    return host.includes('%') ? host.toLowerCase() : new URL(`http://[${host}]`).hostname.slice(1, -1);
  const lower = host.toLowerCase();
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
}

/** A set of address ranges (`10.0.0.0/8`, `::1`, `192.0.2.7`), asked by IP literal. Names are never in it. */
export class CidrSet {
  readonly #v4: { readonly net: number; readonly mask: number }[] = [];
  readonly #v6: { readonly net: bigint; readonly shift: bigint }[] = [];
  /** Answers of late: the same few hosts are asked about again and again. */
  readonly #known = new Map<string, boolean>();
  readonly size: number;

  /** @throws RangeError for a text that is no range: configuration has checked it before. */
  constructor(ranges: readonly string[]) {
    this.size = ranges.length;
    for (const range of ranges) {
      const slash = range.indexOf('/');
      const net = slash < 0 ? range : range.slice(0, slash);
      const family = isIP(net);
      const digits = slash < 0 ? (family === 4 ? '32' : '128') : range.slice(slash + 1);
      const bits = /^\d{1,3}$/.test(digits) ? Number(digits) : NaN;
      if (family === 0 || !(bits >= 0 && bits <= (family === 4 ? 32 : 128))) throw new RangeError(`not an address range: ${range}`);
      if (family === 4) {
        const mask = bits === 0 ? 0 : (-1 << (32 - bits)) | 0;
        this.#v4.push({ net: v4Bits(net) & mask, mask });
      } else {
        const shift = BigInt(128 - bits);
        this.#v6.push({ net: v6Bits(net) >> shift, shift });
      }
    }
  }

  has(host: string): boolean {
    if (this.size === 0) return false;
    let answer = this.#known.get(host);
    if (answer === undefined) {
      answer = this.#search(host);
      if (this.#known.size >= KNOWN_LIMIT) this.#known.clear();
      this.#known.set(host, answer);
    }
    return answer;
  }

  #search(host: string): boolean {
    const family = isIP(host);
    if (family === 4) {
      const bits = v4Bits(host);
      return this.#v4.some((range) => (bits & range.mask) === range.net);
    }
    if (family !== 6) return false;
    const bits = v6Bits(host);
    // An IPv4 address in IPv6's clothes is judged as what it is.
    if (bits >> 32n === 0xffffn) return this.#v4.some((range) => (Number(bits & 0xffffffffn) & range.mask) === range.net);
    return this.#v6.some((range) => bits >> range.shift === range.net);
  }
}

const KNOWN_LIMIT = 4_096;

function v4Bits(host: string): number {
  return host.split('.').reduce((bits, octet) => (bits << 8) | Number(octet), 0);
}

function v6Bits(host: string): bigint {
  const plain = canonicalHost(host.split('%', 1)[0] ?? host);
  const [head = '', tail] = plain.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = tail === undefined ? front : [...front, ...new Array<string>(8 - front.length - back.length).fill('0'), ...back];
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(Number.parseInt(group, 16)), 0n);
}
