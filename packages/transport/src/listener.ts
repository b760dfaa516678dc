// Listeners as the configuration writes them, and which of them sends to a hop that names none.
import type { Hop, HostPort, TransportName } from '@altpath/core';

/** One listener of an adapter, as configured. Port 0 lets the kernel choose (tests). */
export interface ListenerSpec {
  /** As written in the file, for messages to people: `sip+udp://10.0.0.1:5060`. */
  readonly url: string;
  readonly scheme: string;
  readonly transport: TransportName;
  /** IP literal without brackets, or a wildcard (`0.0.0.0`, `::`). */
  readonly host: string;
  readonly port: number;
  /** What stands in messages instead of the bound address; the transport does not use it. */
  readonly advertise?: HostPort | undefined;
}

/** A listener that is open: `port` is the real one. */
export interface BoundListener {
  /** Name of the adapter's protocol. */
  readonly protocol: string;
  /** Position in the adapter's list: `Hop.listener`. */
  readonly index: number;
  readonly spec: ListenerSpec;
  readonly host: string;
  readonly port: number;
}

/**
 * Chooses the listener for a hop: the one it names when that fits its transport and address family, else the best fit.
 * A loopback address is reached from a loopback listener and any other from one that is not, when there are both.
 *
 * @returns an index into `specs`, or -1 when no listener has that transport and family.
 */
export function chooseListener(specs: readonly ListenerSpec[], hop: Hop): number {
  const named = hop.listener;
  if (named !== undefined) {
    const spec = specs[named];
    if (spec && spec.transport === hop.transport && isV6(spec.host) === isV6(hop.host)) return named;
  }
  let best = -1;
  let bestRank = 0;
  for (let index = 0; index < specs.length; index += 1) {
    const rank = rankOf(specs[index] as ListenerSpec, hop);
    if (rank > bestRank) {
      best = index;
      bestRank = rank;
    }
  }
  return best;
}

function rankOf(spec: ListenerSpec, hop: Hop): number {
  if (spec.transport !== hop.transport || isV6(spec.host) !== isV6(hop.host)) return 0;
  if (isWildcard(spec.host)) return 2;
  return isLoopback(spec.host) === isLoopback(hop.host) ? 3 : 1;
}

/** @returns `true` for `0.0.0.0` and `::`. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** @returns `true` for 127.0.0.0/8 and `::1`. */
export function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1';
}

function isV6(host: string): boolean {
  return host.includes(':');
}
