// What kinds of gateways there are on a scene: how the nodes' file has such a gateway, how it is opened with its telephones,
// and what it can do when its controller dies. Everything of a scene that is one protocol's stands behind this.
import type { ClusterNode, Hop, Millis } from '@altpath/core';
import type { MegacoGatewaySettings } from '@altpath/megaco';
import type { MgcpGatewaySettings } from '@altpath/mgcp';
import type { AnalogLine, GatewaySurroundings, Mischief, TimerSettings } from '@altpath/simulators';

/** Of both nodes. */
export const HOSTS = ['10.0.0.11', '10.0.0.12'] as const;

/** One place for a gateway on the scene. */
export interface GatewayPlace {
  /** `g1`. */
  readonly name: string;
  readonly host: string;
  readonly lines: number;
  /** What the numbers of its lines begin with; two digits follow. */
  readonly numbers: string;
  /** All nodes by their indexes, the gateway's home first. */
  readonly nodes: readonly number[];
  /** undefined: nobody ever asks whether the other side lives. */
  readonly heartbeatMs?: Millis | undefined;
  readonly seed: number;
}

/** A gateway without its network: the simulator's rig of its protocol. */
export interface Rig {
  readonly mischief: Mischief;
  readonly lines: readonly AnalogLine[];
  line(name: string): AnalogLine;
  start(): void;
  restart(): void;
  receive(data: Buffer, hop: Hop): void;
  unreachable(hop: Hop): void;
  flowClosed(hop: Hop): void;
}

/** Sees every message of a gateway: a datagram, or what a slice of a stream says. */
export type OnMessage = (direction: 'in' | 'out', text: string, hop: Hop) => void;

export interface Fitted {
  readonly rig: Rig;
  /** What exists on it of any call, in words. */
  readonly remains: () => readonly string[];
}

interface Kind<Settings> {
  readonly what: string;
  /** The name of its line of this number, from 1 on. */
  lineName(nth: number): string;
  settings(place: GatewayPlace): Settings;
  /** After so long without a message one side asks whether the other lives. */
  readonly heartbeatMs: Millis;
  /** Its address on the network of datagrams. */
  readonly port: number;
  open(place: GatewayPlace, around: GatewaySurroundings, onMessage: OnMessage): Fitted;
}

export type GatewayKind =
  ({ readonly protocol: 'mgcp' } & Kind<MgcpGatewaySettings>) | ({ readonly protocol: 'megaco' } & Kind<MegacoGatewaySettings>);

/** SIP telephones, which no gateway stands before. */
export interface TelephoneKind {
  readonly protocol: 'sip';
  readonly what: string;
  /** They read the addresses of stand-ins in messages; stock telephones do not. */
  readonly isAware: boolean;
  readonly timers: TimerSettings;
  /** Longest session in seconds that they take without a refresh, which they give themselves; default: they know of no session timers. */
  readonly sessionS?: number | undefined;
}

export type PlaceKind = GatewayKind | TelephoneKind;

/** What stands at one place of a scene: a gateway with its lines, or some SIP telephones. */
export interface ScenePlace {
  readonly kind: PlaceKind;
  readonly host: string;
  /** Every message, as this side sees it. */
  readonly passed: readonly Passed[];
  readonly lines: readonly AnalogLine[];
  line(nth: number): AnalogLine;
  /** What exists here of any call, in words. */
  readonly remains: readonly string[];
  start(): void;
  /** @param share  Of datagrams that are lost; as many are doubled, and as many overtaken. */
  misbehave(share: number): void;
  behave(): void;
}

/** One message of a place, as the place sees it. */
export interface Passed {
  readonly at: Millis;
  readonly direction: 'in' | 'out';
  readonly peer: string;
  readonly text: string;
}

/** What a node listens on. The order is that of the adapters' own lists. */
export const LISTENERS = {
  sip: [{ port: 5060, scheme: 'sip+udp', transport: 'udp', encoding: 'text' }],
  mgcp: [{ port: 2727, scheme: 'mgcp+udp', transport: 'udp', encoding: 'text' }],
  megaco: [
    { port: 2944, scheme: 'megaco+udp', transport: 'udp', encoding: 'text' },
    { port: 2944, scheme: 'megaco+tcp', transport: 'tcp', encoding: 'text' },
    { port: 2945, scheme: 'megaco-binary+udp', transport: 'udp', encoding: 'binary' },
    { port: 2945, scheme: 'megaco-binary+tcp', transport: 'tcp', encoding: 'binary' },
  ],
} as const;

/** A node as every other knows it. */
export function clusterNode(index: number, self: boolean): ClusterNode {
  const host = HOSTS[index] ?? HOSTS[0];
  const listeners = [...LISTENERS.mgcp, ...LISTENERS.megaco, ...LISTENERS.sip];
  return {
    name: `n${index + 1}`,
    index,
    self,
    addresses: listeners.map(({ port, scheme, transport }) => ({ host, port, scheme, transport })),
  };
}
