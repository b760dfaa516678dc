// What the MGCP rooms are told at start: plain values, checked by whoever read the configuration.
import type { HostPort, Millis } from '@altpath/core';
import type { TimerSettings } from './transaction/index.js';

export interface MgcpListener {
  /** The bound address. */
  readonly host: string;
  readonly port: number;
  /** What is written into `N:`. */
  readonly advertised: HostPort & { readonly port: number };
}

export interface MgcpGatewaySettings {
  /** Its name in the file; lines are `LOCAL@NAME`. */
  readonly name: string;
  /** Domain of its endpoints. */
  readonly domain: string;
  /** Where it is, in order: `host`, `host:port` or a range. */
  readonly addresses: readonly string[];
  /** Local names of its lines. */
  readonly lines: readonly string[];
  /** Local names of its trunks: channels to other networks, which are there without any signaling of ours. Default none. */
  readonly trunks?: readonly string[] | undefined;
  /** Local name of the endpoints that anchor calls, `rtpbridge/*`, or of the only one; undefined: it has none. */
  readonly bridge?: string | undefined;
  /** Indexes of nodes, its home first. */
  readonly nodes: readonly number[];
  /** What it can do when its controller dies. */
  readonly alternates: 'list' | 'name' | 'none';
  /** Written into `N:` instead of the node's own address. */
  readonly notifiedEntity?: string | undefined;
  /** Whether it has the redirect package (RFC 3991); `auto`: found out. */
  readonly red: 'auto' | 'yes' | 'no';
  /** A gateway that was silent for so long is asked whether it lives; undefined: never. */
  readonly heartbeatMs?: Millis | undefined;
  /** Sent as it stands; undefined: made of the number patterns. */
  readonly digitMap?: string | undefined;
}

/**
 * The shortest time in which a gateway leaves a call agent that says nothing: Max1 repetitions, each after half the doubled
 * wait at least (RFC 3435 §3.5.3, §4.3). A node that stood still for so long may have been replaced meanwhile.
 */
export function shortestPatienceMs({ rtoMs = 200, max1 = 5 }: MgcpSettings['timers']): Millis {
  return (rtoMs * (2 ** (max1 + 1) - 1)) / 2;
}

export interface MgcpSettings {
  /** Listeners of this node, in file order. The first one is what gateways are told. */
  readonly listeners: readonly MgcpListener[];
  readonly gateways: readonly MgcpGatewaySettings[];
  readonly timers: Partial<Omit<TimerSettings, 'rtoMinMs'>>;
  /** How long a node that starts waits for what the others hold. */
  readonly joiningMs: Millis;
}
