// A media gateway under this controller: where it may be, what it has, the association that it has made, and how far this
// node has come with it. What it may be is known from the file and from nowhere else.
import { canonicalHost, CidrSet, isIpLiteral, type Millis, parseHostPort } from '@altpath/core';
import { Authenticator } from '../codec/authentication/index.js';
import { ROOT, type TerminationId } from '../message/index.js';
import type { MegacoGatewaySettings } from '../settings.js';
import { type Association, BINARY, binaryEncoding, type Encoding } from '../transaction/index.js';
import type { GatewayFacts } from './line-facts.js';
import type { Line } from './line.js';

/**
 * - `foreign`   another node's, or nobody's yet: nothing is sent to it
 * - `auditing`  being taken: what its lines do is being asked
 * - `serving`   ours
 */
export type GatewayStage = 'foreign' | 'auditing' | 'serving';

/** A farewell: the gateway has been, or is about to be, asked to register with this node (RFC 3525 §11.5). */
export interface Leaving {
  readonly to: number;
  readonly since: Millis;
  /** The gateway has been told. */
  isAsked: boolean;
}

export class Gateway {
  readonly name: string;
  readonly lines = new Map<string, Line>();
  /** Lines whose audit is still to come. */
  readonly unaudited = new Set<Line>();
  stage: GatewayStage = 'foreign';
  /** How it is reached; undefined: it has not come, or its connection is closed. */
  association: Association | undefined;
  /** Since when it has had none although it is ours. */
  lostAt: Millis | undefined;
  leaving: Leaving | undefined;
  /** It was asked to register here anew: what it has is known already. */
  isCalledBack = false;
  /** Where it was sent when it came: if it comes again, it was not taken there. */
  sentTo: { readonly node: number; readonly at: Millis } | undefined;
  /** What it can do, in lower case, as it says itself; undefined: not known. */
  packages: ReadonlySet<string> | undefined;
  /** It reports by itself when nothing is said to it for its heartbeat (`it/ito`). */
  watches = false;
  /** Nothing was heard of it although it was asked. */
  silent = false;
  heardAt: Millis;
  /** `hopKey` of its last message that was believed. */
  lastHeardFrom: string | undefined;
  /** How binary messages of it are read and written. */
  readonly binary: Encoding;
  readonly authenticator: Authenticator | undefined;
  readonly #sources: CidrSet;
  readonly #resolved = new Set<string>();

  constructor(
    readonly settings: MegacoGatewaySettings,
    /** Its mId as `formatMId` writes it. */
    readonly mId: string,
    readonly facts: GatewayFacts,
    key: Buffer | undefined,
    now: Millis,
  ) {
    this.name = settings.name;
    this.heardAt = now;
    this.authenticator = key && new Authenticator({ key }, now);
    this.binary = settings.terminations ? binaryEncoding({ terminations: settings.terminations }) : BINARY;
    this.#sources = new CidrSet([
      ...settings.addresses.filter((text) => text.includes('/')),
      ...this.#hosts.filter(isIpLiteral),
      // A file without address and key is for tests and demonstrations on one machine.
      ...(settings.addresses.length === 0 && key === undefined ? LOOPBACK : []),
    ]);
  }

  /** Hosts that have to be looked up before the gateway is obeyed from them. */
  get names(): readonly string[] {
    return this.#hosts.filter((host) => !isIpLiteral(host));
  }

  get #hosts(): readonly string[] {
    return this.settings.addresses.filter((text) => !text.includes('/')).flatMap(hostOf);
  }

  /** What was agreed with it: `compact, version 1`. */
  get speaks(): string | undefined {
    return this.association && `${this.association.encoding.name}, version ${this.association.version}`;
  }

  learnAddresses(hosts: readonly string[]): void {
    for (const host of hosts) this.#resolved.add(canonicalHost(host));
  }

  /** Whether the gateway is obeyed from there. */
  isAt(host: string): boolean {
    return this.#sources.has(host) || this.#resolved.has(canonicalHost(host));
  }

  line(terminationId: TerminationId): Line | undefined {
    return this.lines.get(terminationId.toLowerCase());
  }

  /** Lines that a termination id, which may be a wildcard, names; all for ROOT. */
  linesOf(terminationId: TerminationId): readonly Line[] {
    if (terminationId.toUpperCase() === ROOT) return [...this.lines.values()];
    const one = this.line(terminationId);
    if (one || !terminationId.includes('*')) return one ? [one] : [];
    // Blanks of the expression's own letters cannot be in a termination id, but dots can.
    const pattern = new RegExp(`^${terminationId.toLowerCase().split('*').map(literal).join('.*')}$`);
    return [...this.lines].flatMap(([id, line]) => (pattern.test(id) ? [line] : []));
  }
}

const LOOPBACK = ['127.0.0.0/8', '::1'];

function literal(text: string): string {
  return text.replace(/[^\w/]/g, '\\$&');
}

/** `host` or `host:port`; an IPv6 literal needs no brackets where it stands alone. */
function hostOf(text: string): readonly string[] {
  if (isIpLiteral(text)) return [text];
  const host = parseHostPort(text)?.host;
  return host === undefined ? [] : [host];
}
