// A media gateway under this controller: where it may be, what it has, the association that it has made, and how far this
// node has come with it. What it may be is known from the file and from nowhere else.
import { GatewayAddresses, type GatewayStage } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import { Authenticator } from '../codec/authentication/index.js';
import { isRoot, type TerminationId } from '../message/index.js';
import type { MegacoGatewaySettings } from '../settings.js';
import { type Association, BINARY, binaryEncoding, type Encoding } from '../transaction/index.js';
import type { GatewayFacts } from './line-facts.js';
import type { Line } from './line.js';

/** A farewell: the gateway has been, or is about to be, asked to register with this node (RFC 3525 §11.5). */
export interface Leaving {
  readonly to: number;
  readonly since: Millis;
  /** The gateway has been told. */
  isAsked: boolean;
}

export class Gateway {
  readonly name: string;
  readonly addresses: GatewayAddresses;
  readonly lines = new Map<string, Line>();
  /** Lines whose audit is still to come. */
  readonly unaudited = new Set<Line>();
  stage: GatewayStage = 'foreign';
  /** How it is reached; undefined: it has not come, or its connection is closed. */
  association: Association | undefined;
  /** Since when it has had none although it is ours. */
  lostAt: Millis | undefined;
  leaving: Leaving | undefined;
  /** It was asked to register here: what it has is known already, or it was sought. */
  isCalled = false;
  /** When this node got it for having begun anew: by a report without a registration, or because it was sought. */
  adoptedAt: Millis | undefined;
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
    // A file without address and key is for tests and demonstrations on one machine.
    const isLocal = settings.addresses.length === 0 && key === undefined;
    this.addresses = new GatewayAddresses(isLocal ? LOOPBACK : settings.addresses);
  }

  /** What was agreed with it: `compact, version 1`. */
  get speaks(): string | undefined {
    return this.association && `${this.association.encoding.name}, version ${this.association.version}`;
  }

  /** Both go the same way when a node dies. */
  isSibling({ settings }: Gateway): boolean {
    return settings.nodes.join() === this.settings.nodes.join();
  }

  /** Whether the gateway is obeyed from there. */
  isAt(host: string): boolean {
    return this.addresses.has(host);
  }

  line(terminationId: TerminationId): Line | undefined {
    return this.lines.get(terminationId.toLowerCase());
  }

  /** Lines that a termination id, which may be a wildcard, names; all for ROOT. */
  linesOf(terminationId: TerminationId): readonly Line[] {
    if (isRoot(terminationId)) return [...this.lines.values()];
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
