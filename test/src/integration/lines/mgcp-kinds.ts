// MGCP gateways of the scene, by what they can do when their call agent dies.
import type { MgcpGatewaySettings } from '@altpath/mgcp';
import { type GatewayOptions, GatewayRig } from '@altpath/simulators';
import { type GatewayKind, HOSTS } from './kinds.js';

/** Of gateways and nodes. An address is left after two repetitions: 0.7 to 1.4 s. */
export const MGCP_TIMERS = { rtoMs: 200, max1: 2, max2: 7, tMaxMs: 6_000, tHistMs: 9_000 } as const;

interface Ability {
  readonly what: string;
  readonly alternates: MgcpGatewaySettings['alternates'];
  readonly red: boolean;
  /** As the gateway is provisioned. */
  readonly callAgents: readonly string[];
}

const ABILITIES = {
  redirect: { what: 'gateways with the redirect package', alternates: 'list', red: true, callAgents: [`${HOSTS[0]}:2727`] },
  list: {
    what: 'gateways with a list of their own',
    alternates: 'list',
    red: false,
    callAgents: [`${HOSTS[0]}:2727`, `${HOSTS[1]}:2727`],
  },
  name: { what: 'gateways that know a name of two addresses', alternates: 'name', red: false, callAgents: ['ca.test:2727'] },
  none: { what: 'gateways that can do nothing by themselves', alternates: 'none', red: false, callAgents: [`${HOSTS[0]}:2727`] },
} as const satisfies Record<string, Ability>;

export type MgcpAbility = keyof typeof ABILITIES;

export function mgcpKind(ability: MgcpAbility, gateway: Partial<GatewayOptions> = {}): GatewayKind & { readonly protocol: 'mgcp' } {
  const { what, alternates, red, callAgents }: Ability = ABILITIES[ability];
  const lineName = (nth: number): string => `aaln/${nth}`;
  return {
    what,
    protocol: 'mgcp',
    port: 2427,
    heartbeatMs: 60_000,
    lineName,
    settings: ({ name, host, lines, nodes, heartbeatMs }) => ({
      name,
      domain: `${name}.test`,
      addresses: [host],
      lines: Array.from({ length: lines }, (_, at) => lineName(at + 1)),
      nodes,
      alternates,
      ...(alternates === 'name' && { notifiedEntity: 'ca.test' }),
      red: 'auto',
      ...(heartbeatMs !== undefined && { heartbeatMs }),
    }),
    open: ({ name, host, lines, seed }, around, onMessage) => {
      const options: GatewayOptions = {
        domain: `${name}.test`,
        lines: [`aaln/[1-${lines}]`],
        callAgents,
        names: { 'ca.test': [...HOSTS] },
        red,
        seed,
        timers: { mwdMs: 100, tdinitMs: 1_000, tdminMs: 1_000 },
        transactions: MGCP_TIMERS,
        onMessage,
        ...gateway,
      };
      const rig = new GatewayRig(options, around, host);
      return {
        rig,
        remains: () => rig.connectionsLeft.map(({ line, connection, mode }) => `${line} has ${connection} ${mode}`),
      };
    },
  };
}

/** All of them. */
export const MGCP_KINDS: readonly GatewayKind[] = (Object.keys(ABILITIES) as MgcpAbility[]).map((ability) => mgcpKind(ability));
