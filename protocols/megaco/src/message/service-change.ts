// ServiceChange: how gateways come, go and change hands. RFC 3525 §7.2.8, §11.
import type { AuditDescriptor } from './audit.js';
import type { MId, TimeStamp } from './identity.js';
import type { NonStandardData, Parameter } from './value.js';

/** One of the six of the document, or an extension `X-...` as written. */
export type ServiceChangeMethod = 'failover' | 'forced' | 'graceful' | 'restart' | 'disconnected' | 'handoff' | `X${string}`;

/** Where requests shall go from now on: a port of the old address, or a whole address. */
export type ServiceChangeAddress = { readonly kind: 'port'; readonly port: number } | MId;

export interface ServiceChangeProfile {
  readonly name: string;
  readonly version: number;
}

/** At most one of `address` and `mgcId` is present (RFC 3525 annex B). */
export interface ServiceChangeParameters {
  readonly method: ServiceChangeMethod;
  /** Decimal code, then optionally a blank and a text: `901 Cold Boot`. */
  readonly reason: string;
  /** Seconds. */
  readonly delay?: number | undefined;
  readonly address?: ServiceChangeAddress | undefined;
  readonly mgcId?: MId | undefined;
  readonly profile?: ServiceChangeProfile | undefined;
  /** The highest protocol version offered. */
  readonly version?: number | undefined;
  readonly timeStamp?: TimeStamp | undefined;
  /** Version 2: what changed. */
  readonly info?: AuditDescriptor | undefined;
  /** Version 3. */
  readonly incomplete?: boolean | undefined;
  /** Text only: `X-...=value`. */
  readonly extensions?: readonly Parameter[] | undefined;
  /** Binary only. */
  readonly nonStandard?: NonStandardData | undefined;
}

/** What a reply tells; a `mgcId` refuses the registration and names who to try first (RFC 3525 §11.2). */
export interface ServiceChangeResult {
  readonly address?: ServiceChangeAddress | undefined;
  readonly mgcId?: MId | undefined;
  readonly profile?: ServiceChangeProfile | undefined;
  readonly version?: number | undefined;
  readonly timeStamp?: TimeStamp | undefined;
}
