// Settings of a media gateway: what an operator provisions into a real one.
import type { Millis } from '@altpath/core';
import type { EntityName } from '../message/entity-name.js';
import type { RequestedEvent } from '../message/events.js';
import {
  BASE_PACKAGE,
  DTMF_PACKAGE,
  type EventPackage,
  GENERIC_PACKAGE,
  HANDSET_PACKAGE,
  LINE_PACKAGE,
  REDIRECT_PACKAGE,
  RTP_PACKAGE,
} from '../packages/index.js';

/** Timers of the gateway's own procedures. Those of transactions belong to the transaction layer. */
export interface GatewayTimers {
  /** Longest random wait before the first RestartInProgress (RFC 3435 §4.4.6, MWD); default 600 s, a residential gateway's. */
  readonly mwdMs: Millis;
  /** Initial, shortest and longest wait of a disconnected endpoint (§4.4.7); defaults 15 s, 15 s, 600 s. */
  readonly tdinitMs: Millis;
  readonly tdminMs: Millis;
  readonly tdmaxMs: Millis;
  /** Timer T: one digit more is needed; only the timer is (RFC 3660 §2.2); defaults 16 s and 4 s. */
  readonly tPartialMs: Millis;
  readonly tCriticalMs: Millis;
  /** How long a refused restart (4xx) waits before it is tried again, with up to as much again at random; default 1 s. */
  readonly retryMs: Millis;
}

export const DEFAULT_GATEWAY_TIMERS: GatewayTimers = {
  mwdMs: 600_000,
  tdinitMs: 15_000,
  tdminMs: 15_000,
  tdmaxMs: 600_000,
  tPartialMs: 16_000,
  tCriticalMs: 4_000,
  retryMs: 1_000,
};

export interface MediaGatewaySettings {
  /** The domain of all its endpoint names, which is also what the agent knows it by. */
  readonly domain: string;
  /** Local names of its lines: `aaln/1`. */
  readonly lines: readonly string[];
  /** Local names of its bridges: endpoints of two connections, which hear each other; `rtpbridge/1`. Default none. */
  readonly bridges: readonly string[];
  /** The call agent it turns to after a restart (RFC 3435 §4.4.6). */
  readonly notifiedEntity: EntityName;
  /**
   * Provisioned list of call agents, in order, the first included (RFC 3991 §2.1). With or without the redirect package
   * it follows the notified entity; names that stand in both are tried once.
   */
  readonly callAgents: readonly EntityName[];
  /** The address in its session descriptions, an IP literal. */
  readonly mediaAddress: string;
  /** RFC 3991; default true. Without it such parameters are refused with 518. */
  readonly red: boolean;
  /** Events reported without having been asked for, from the restart on under request identifier 0 (§4.4.1); default none. */
  readonly persistentEvents: readonly RequestedEvent[];
  /** In order, the first is the default; default: L D G H R B, and RED where `red`. */
  readonly packages: readonly EventPackage[];
  readonly timers: GatewayTimers;
  /** A further connection is refused with 540; default 4. */
  readonly maxConnections: number;
  /** How long CRCX, MDCX and DLCX take; meanwhile they answer 100 and can be aborted (407). Default 0: at once. */
  readonly executionMs: Millis;
}

/** What must be said of a gateway; all else has the defaults above. */
export type MediaGatewayOptions = Pick<MediaGatewaySettings, 'domain' | 'lines' | 'notifiedEntity' | 'mediaAddress'> &
  Partial<Omit<MediaGatewaySettings, 'timers'>> & { readonly timers?: Partial<GatewayTimers> };

const PACKAGES: readonly EventPackage[] = [LINE_PACKAGE, DTMF_PACKAGE, GENERIC_PACKAGE, HANDSET_PACKAGE, RTP_PACKAGE, BASE_PACKAGE];

/** Fills in the defaults. */
export function gatewaySettings(options: MediaGatewayOptions): MediaGatewaySettings {
  const red = options.red ?? true;
  return {
    ...options,
    callAgents: options.callAgents ?? [],
    bridges: options.bridges ?? [],
    red,
    persistentEvents: options.persistentEvents ?? [],
    packages: options.packages ?? [...PACKAGES, ...(red ? [REDIRECT_PACKAGE] : [])],
    timers: { ...DEFAULT_GATEWAY_TIMERS, ...options.timers },
    maxConnections: options.maxConnections ?? 4,
    executionMs: options.executionMs ?? 0,
  };
}
