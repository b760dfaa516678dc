// Who plays in the acts: phones and gateways at the addresses of a stage, each of whose messages is shown, and what acts ask of them.
import { type AnalogLine, MegacoGateway, MgcpGateway, NetworkPhone } from '@altpath/simulators';
import type { GatewayTrace } from './gateway-explain.js';
import type { LadderStep } from './ladder.js';
import type { MegacoTrace } from './megaco-explain.js';
import { CONTROLLER_TIMERS, DEMO_DOMAIN, GATEWAY_TIMERS, type GatewayName, GATEWAYS, LINE } from './nodes.js';
import { type Cast, stepOf } from './phone-explain.js';
import { instant, pause, type Show, type Stage } from './stage.js';

/** Packets of 20 ms that each side must have heard before anything more happens. */
const PACKETS_TO_HEAR = 40;
const LOOK_EVERY_MS = 20;

/** The two nodes as whoever speaks to this port of theirs knows them; the own addresses of a player are never the other side. */
export function castOf(stage: Stage, port: 'port' | 'agentPort' | 'controllerPort'): Cast {
  const { places } = stage;
  return {
    nameOf: (peer) => (['primary', 'backup'] as const).find((name) => peer === `${places[name]}:${places[port]}`),
    isLost: (name) => stage.isLost(name),
  };
}

/** A SIP phone that has both nodes for outbound proxies. */
export async function openPhone(stage: Stage, show: Show, user: 'alice' | 'bob', toneHz: number): Promise<NetworkPhone> {
  const { places } = stage;
  const outbound = [places.primary, places.backup].map((host) => `${host}:${places.port}`);
  const phone = await NetworkPhone.open({ user, domain: DEMO_DOMAIN, outbound, address: places[user], aware: true, toneHz });
  stage.watchPort(phone.address, phone.port);
  const cast = castOf(stage, 'port');
  phone.watch((message) => {
    const step = stepOf(user, message, cast);
    if (step) show(step);
  });
  return phone;
}

/** An analog telephone, the only one of its gateway. */
export interface Telephone {
  readonly gateway: MegacoGateway | MgcpGateway;
  readonly line: AnalogLine;
}

/** An H.248 gateway, the first one, that has the list of both nodes. Nothing is sent before its `start`. */
export async function openMegaco(stage: Stage, show: Show, trace: MegacoTrace, toneHz: number): Promise<Telephone> {
  const { primary, backup, gateway1, controllerPort } = stage.places;
  const { rtoMs, tMaxMs, longTimerMs } = CONTROLLER_TIMERS;
  const gateway = await MegacoGateway.open({
    mid: GATEWAYS.gateway1.mid,
    lines: [LINE.megaco],
    mgcs: [primary, backup].map((host) => `${host}:${controllerPort}`),
    transport: 'tcp',
    address: gateway1,
    rtp: 'all',
    tones: { [LINE.megaco]: toneHz },
    transactions: { rtoMs, tMaxMs, longTimerMs },
    onMessage: (direction, message, hop) => showAll(show, trace.take(direction, message, `${hop.host}:${hop.port}`, instant())),
  });
  return { gateway, line: gateway.line(LINE.megaco) };
}

/** An MGCP gateway that is provisioned with the primary alone: whom else to ask it learns from that. Nothing is sent before `start`. */
export async function openMgcp(stage: Stage, show: Show, trace: GatewayTrace, name: GatewayName, toneHz: number): Promise<Telephone> {
  const { places } = stage;
  const { rtoMs, max1, max2, tMaxMs, tHistMs } = GATEWAY_TIMERS;
  const gateway = await MgcpGateway.open({
    domain: GATEWAYS[name].domain,
    lines: [LINE.mgcp],
    callAgents: [`${places.primary}:${places.agentPort}`],
    address: places[name],
    port: places.gatewayPort,
    rtp: 'all',
    tones: { [LINE.mgcp]: toneHz },
    red: true,
    timers: { mwdMs: 0 },
    transactions: { rtoMs, max1, max2, tMaxMs, tHistMs },
    onMessage: (direction, text, hop) => showAll(show, trace.take(direction, text, `${hop.host}:${hop.port}`, instant())),
  });
  stage.watchPort(gateway.address, gateway.port);
  return { gateway, line: gateway.line(LINE.mgcp) };
}

/** Who hears, as far as anything was heard. */
export type Listener = () => { readonly heard: number } | undefined;

/** Settles when each has heard enough, or when the curtain has fallen. */
export async function untilHeard(stage: Stage, ...listeners: readonly Listener[]): Promise<void> {
  const isEnough = (): boolean => listeners.every((report) => (report()?.heard ?? 0) >= PACKETS_TO_HEAR);
  while (!isEnough() && !stage.over) await pause(LOOK_EVERY_MS);
}

/** Contexts and connections on the gateways of telephones 1 and 2 now, in words. */
export function leftOn(...telephones: readonly (Telephone | undefined)[]): readonly string[] {
  return telephones.flatMap((telephone, at) => (telephone ? whatIsLeft(telephone).map((what) => `${what} on gateway ${at + 1}`) : []));
}

/** Settles when the telephone is idle, and nothing is left on its gateway. */
export function untilCleared(telephone: Telephone): Promise<void> {
  return telephone.line.until(({ state }) => state === 'idle' && whatIsLeft(telephone).length === 0);
}

function whatIsLeft({ gateway }: Telephone): readonly string[] {
  return gateway instanceof MegacoGateway
    ? gateway.contextsLeft.map(({ contextId }) => `context ${contextId}`)
    : gateway.connectionsLeft.map(({ connection }) => `connection ${connection}`);
}

function showAll(show: Show, steps: readonly LadderStep[]): void {
  for (const step of steps) show(step);
}
