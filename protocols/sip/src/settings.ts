// What the SIP rooms are told at start: plain values, checked by whoever read the configuration.
import type { HostPort, Millis, TransportName } from '@altpath/core';
import type { TimerSettings } from './transaction/index.js';

export interface SipListener {
  readonly transport: TransportName;
  /** The bound address. */
  readonly host: string;
  readonly port: number;
  /** What is written into messages. */
  readonly advertised: HostPort & { readonly port: number };
}

export interface TrustGroup {
  readonly name: string;
  /** Address ranges whose alternates are used and that are told ours. */
  readonly neighbours: readonly string[];
  /** Ranges or names inside which their alternates must lie. */
  readonly alternates: readonly string[];
}

export interface SipSettings {
  /** Listeners of this node, in file order: `Hop.listener` counts them. */
  readonly listeners: readonly SipListener[];
  readonly domains: readonly string[];
  /** Name in Via sent-by and Record-Route, when the cluster has one. */
  readonly sipName?: string | undefined;
  /** T1, T2, T4 (RFC 3261 table 4) and Timer C, in ms. */
  readonly timers: TimerSettings & { readonly c: Millis };
  readonly proxy: {
    readonly mode: 'stateful' | 'stateless' | 'redirect';
    readonly fork: 'parallel' | 'serial';
    readonly serialTimeoutMs: Millis;
    readonly trying: 'downstream' | 'immediate';
    readonly recordRoute: boolean;
    readonly maxForwards: number;
    readonly maxBreadth: number;
  };
  readonly path: {
    readonly carrier: 'parameter' | 'header';
    /** Alternates written, 1..3. */
    readonly max: number;
    /** Silence before an alternate is tried, in T1. */
    readonly hedge: number;
    /** The same for an INVITE with only a 100, in T1. */
    readonly guard: number;
    readonly expiresMs: Millis;
    readonly downForMs: Millis;
  };
  readonly registrar: {
    readonly minExpiresS: number;
    readonly defaultExpiresS: number;
    readonly maxExpiresS: number;
    readonly maxContacts: number;
  };
  /** Members of groups that calls may go to, in the order of trying: SIP URIs, with a user part or without. Default: none. */
  readonly groups?: ReadonlyMap<string, readonly string[]> | undefined;
  readonly trust: readonly TrustGroup[];
  readonly limits: {
    readonly messageBytes: number;
    readonly headers: number;
    readonly bans?: { readonly bad: number; readonly withinMs: Millis; readonly forMs: Millis } | undefined;
    /** User-Agent texts (substring, without case) whose requests are dropped. */
    readonly userAgents: readonly string[];
    readonly exempt: readonly string[];
  };
}
