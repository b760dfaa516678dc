// What the MEGACO rooms are told at start: plain values, checked by whoever read the configuration.
import type { HostPort, Millis } from '@altpath/core';
import type { TerminationNames } from './codec/ber/index.js';
import { DEFAULT_TRANSACTION_SETTINGS, type TimerSettings } from './transaction/index.js';

/** Text is RFC 3525 annex B, long or short tokens; binary is annex A. */
export type WireEncoding = 'text' | 'binary';
export type WireTransport = 'udp' | 'tcp';

export interface MegacoListener {
  readonly transport: WireTransport;
  /** What is written there before the other side has written; whoever speaks the other one is answered in it. */
  readonly encoding: WireEncoding;
  /** The bound address. */
  readonly host: string;
  readonly port: number;
  /** What is written into messages: as mId, `[address]:port`, and as the address that a gateway is sent to. */
  readonly advertised: HostPort & { readonly port: number };
}

export interface MegacoGatewaySettings {
  /** Its name in the file; lines are `TERMINATION@NAME`. */
  readonly name: string;
  /** Its mId as the file writes it: `mg1`, `[10.0.0.5]:2944`, `<gw.example.test>`. Compared without case. */
  readonly mid: string;
  /** Where it may be: `host`, `host:port` or a range, in order. May be empty where there is a key. */
  readonly addresses: readonly string[];
  /** Key of its Authentication header (RFC 3525 §10.2): what it signs is believed wherever it comes from. */
  readonly key?: Buffer | undefined;
  /** Termination ids of its lines. */
  readonly lines: readonly string[];
  /** The same of its trunks: channels to other networks, which are there without any signaling of ours. Default none. */
  readonly trunks?: readonly string[] | undefined;
  /** Indexes of nodes, its home first. */
  readonly nodes: readonly number[];
  /** Fixed; undefined: as its messages come. */
  readonly encoding?: WireEncoding | undefined;
  /** 1..3: the highest version that is agreed to. Default 3. */
  readonly version?: number | undefined;
  /** Fixed: registrations over the other one are refused. undefined: either. */
  readonly transport?: WireTransport | undefined;
  /** Its termination ids in octets; undefined: the usual ones. */
  readonly terminations?: TerminationNames | undefined;
  /** It is asked to report after so long without a message (`it/ito`), or is asked itself; undefined: never. */
  readonly heartbeatMs?: Millis | undefined;
  /** Sent as it stands; undefined: made of the number patterns. */
  readonly digitMap?: string | undefined;
}

export interface MegacoSettings {
  /** Listeners of this node; `Hop.listener` is an index into them. */
  readonly listeners: readonly MegacoListener[];
  readonly gateways: readonly MegacoGatewaySettings[];
  readonly timers: Partial<Omit<TimerSettings, 'rtoMinMs'>>;
  /** Key of the Authentication header for gateways without one of their own. */
  readonly auth?: Buffer | undefined;
  /** How long a node that starts waits for what the others hold. */
  readonly joiningMs: Millis;
}

/**
 * The shortest time in which a gateway leaves a controller that says nothing: Max1 repetitions, each after half the doubled
 * wait at least, or T-MAX (RFC 3525 D.1.5). A node that stood still for so long may have been replaced meanwhile.
 */
export function shortestMegacoPatienceMs(timers: MegacoSettings['timers']): Millis {
  const { rtoMs, max1, tMaxMs } = { ...DEFAULT_TRANSACTION_SETTINGS, ...timers };
  return Math.min(tMaxMs, (rtoMs * (2 ** (max1 + 1) - 1)) / 2);
}
