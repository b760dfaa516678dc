// Settings of a media gateway: what an operator provisions into a real one.
import type { Hop, Millis } from '@altpath/core';
import type { TerminationNames } from '../codec/ber/index.js';
import type { MId, Property, ServiceChangeProfile, TerminationId } from '../message/index.js';
import { type PackageRegistry, STANDARD_PACKAGES } from '../packages/index.js';
import type { EncodingName } from '../transaction/index.js';
import { DEFAULT_DIGIT_TIMERS, type DigitTimers } from './digit-collector.js';

/** Timers of the gateway's own procedures. Those of transactions belong to the transaction layer. */
export interface GatewayTimers {
  /** Longest random wait before a registration that follows a power on or a full round of failures (RFC 3525 §9.2, §11.2); default 0. */
  readonly mwdMs: Millis;
  /** The shortest wait after a round in which no controller accepted; up to `mwdMs` at random come on top; default 1 s. */
  readonly retryMs: Millis;
  /** Of digit maps that name none (§7.1.14.2). */
  readonly digits: DigitTimers;
}

export const DEFAULT_GATEWAY_TIMERS: GatewayTimers = { mwdMs: 0, retryMs: 1_000, digits: DEFAULT_DIGIT_TIMERS };

/** One controller of the provisioned list (RFC 3525 §11.2). */
export interface ControllerPlace {
  readonly hop: Hop;
  /** What it calls itself; undefined: learned from its first message. */
  readonly mId?: MId | undefined;
}

export interface MediaGatewaySettings {
  /** What it calls itself in every message. */
  readonly mId: MId;
  /** Its analog lines: `line/1`. */
  readonly lines: readonly TerminationId[];
  /** Its circuits to other networks: `ds/1/1`. Default none. */
  readonly trunks: readonly TerminationId[];
  /** Controllers in order, the primary first. At least one. */
  readonly mgcs: readonly ControllerPlace[];
  /** The highest protocol version that it offers, 1..3; default 3. */
  readonly version: number;
  /** How it writes; it reads every encoding. Default compact. */
  readonly encoding: EncodingName;
  /** Ids of terminations in octets, where it writes binary; default `DEFAULT_TERMINATIONS`. */
  readonly terminations?: TerminationNames | undefined;
  readonly profile?: ServiceChangeProfile | undefined;
  /** The address in its session descriptions, an IP literal. */
  readonly mediaAddress: string;
  /** What ephemeral terminations are called, `rtp/1` and so on; default `rtp`. */
  readonly ephemeral: string;
  /** Which packages, properties and values exist; default `STANDARD_PACKAGES`. */
  readonly packages: PackageRegistry;
  /** Names of packages that a line realises; others are refused there with 440. Default g al cg dg dd cd ct. */
  readonly linePackages: readonly string[];
  /** The same of a circuit; default g nt tdmc. */
  readonly trunkPackages: readonly string[];
  /** The same of an ephemeral termination; default g nt rtp cg dg dd. */
  readonly ephemeralPackages: readonly string[];
  /** The same of ROOT; default g root it. */
  readonly rootPackages: readonly string[];
  /** Provisioned values of properties of lines (RFC 3525 §6.2.4): what Add, Subtract and a restart go back to. Default none. */
  readonly lineProperties: readonly Property[];
  /** One context more is refused with 412; default 1,000. */
  readonly maxContexts: number;
  /** One termination more in a context is refused with 434; default 16. */
  readonly maxTerminationsPerContext: number;
  /** How long a transaction takes that is not an audit; meanwhile it answers TransactionPending. Default 0: at once. */
  readonly executionMs: Millis;
  readonly timers: GatewayTimers;
}

/** What must be said of a gateway; all else has the defaults above. */
export type MediaGatewayOptions = Pick<MediaGatewaySettings, 'mId' | 'lines' | 'mgcs' | 'mediaAddress'> &
  Partial<Omit<MediaGatewaySettings, 'timers'>> & { readonly timers?: Partial<GatewayTimers> };

// tonegen and tonedet are to be extended only (RFC 3525 E.3, E.4).
const LINE_PACKAGES: readonly string[] = ['g', 'al', 'cg', 'dg', 'dd', 'cd', 'ct'];
const TRUNK_PACKAGES: readonly string[] = ['g', 'nt', 'tdmc'];
const EPHEMERAL_PACKAGES: readonly string[] = ['g', 'nt', 'rtp', 'cg', 'dg', 'dd'];
const ROOT_PACKAGES: readonly string[] = ['g', 'root', 'it'];

/** Fills in the defaults. */
export function gatewaySettings(options: MediaGatewayOptions): MediaGatewaySettings {
  return {
    version: 3,
    encoding: 'compact',
    ephemeral: 'rtp',
    packages: STANDARD_PACKAGES,
    trunks: [],
    linePackages: LINE_PACKAGES,
    trunkPackages: TRUNK_PACKAGES,
    ephemeralPackages: EPHEMERAL_PACKAGES,
    rootPackages: ROOT_PACKAGES,
    lineProperties: [],
    maxContexts: 1_000,
    maxTerminationsPerContext: 16,
    executionMs: 0,
    ...options,
    timers: { ...DEFAULT_GATEWAY_TIMERS, ...options.timers },
  };
}
