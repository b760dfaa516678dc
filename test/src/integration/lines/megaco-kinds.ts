// H.248 gateways of the scene, by how they speak.
import type { Millis } from '@altpath/core';
import { MegacoRig, type MegacoRigOptions } from '@altpath/simulators';
import { readable } from '../../support/megaco-text.js';
import { type GatewayKind, HOSTS } from './kinds.js';

/** Of gateways and nodes: a controller that says nothing is given up after T-MAX (RFC 3525 D.1.5). */
export const MEGACO_TIMERS = { rtoMs: 200, max1: 2, tMaxMs: 2_000, longTimerMs: 4_000 } as const;

/** How gateways speak. */
export interface Way {
  readonly encoding: 'compact' | 'pretty' | 'binary';
  readonly transport: 'udp' | 'tcp';
}

export function megacoKind(
  { encoding, transport, heartbeatMs = 1_000 }: Way & { readonly heartbeatMs?: Millis },
  gateway: Partial<MegacoRigOptions> = {},
): GatewayKind & { readonly protocol: 'megaco' } {
  const lineName = (nth: number): string => `line/${nth}`;
  const port = encoding === 'binary' ? 2945 : 2944;
  return {
    what: `gateways that speak H.248 in ${encoding} over ${transport}`,
    protocol: 'megaco',
    port,
    // Nobody can tell an idle gateway that its controller is dead: it asks.
    heartbeatMs,
    lineName,
    settings: ({ name, host, lines, nodes, heartbeatMs }) => ({
      name,
      mid: name,
      addresses: [host],
      lines: Array.from({ length: lines }, (_, at) => lineName(at + 1)),
      nodes,
      ...(heartbeatMs !== undefined && { heartbeatMs }),
    }),
    open: ({ name, host, lines, seed }, around, onMessage) => {
      const rig = new MegacoRig(
        {
          mid: name,
          lines: [`line/[1-${lines}]`],
          mgcs: HOSTS.map((controller) => `${controller}:${port}`),
          encoding,
          transport,
          seed,
          timers: { mwdMs: 100, retryMs: 500 },
          transactions: MEGACO_TIMERS,
          onMessage: (direction, message, hop) => onMessage(direction, readable(message), hop),
          ...gateway,
        },
        around,
        host,
      );
      return {
        rig,
        remains: () => rig.contextsLeft.map(({ contextId, terminations }) => `context ${contextId} has ${terminations.join(' ')}`),
      };
    },
  };
}
