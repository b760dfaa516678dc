// Two call agents, gateways with telephones, and the network between them, in simulated time. The scene plays the cluster's
// part too: it carries what the nodes tell each other, and says how long a node that stopped is held for living.
import type { ClusterNode, Millis, NodeState } from '@altpath/core';
import type { MgcpGatewaySettings, MgcpSettings } from '@altpath/mgcp';
import type { AnalogLine, GatewayOptions } from '@altpath/simulators';
import { Random, SimulatedClock, SimulatedNetwork } from '@altpath/testkit';
import { SimulatedAgent } from './simulated-agent.js';
import { SimulatedGateway } from './simulated-gateway.js';
import type { Cast } from './stories.js';

export const HOSTS = ['10.0.0.11', '10.0.0.12'] as const;
/** Of gateways and nodes. An address is left after two repetitions: 0.7 to 1.4 s. */
export const TIMERS = { rtoMs: 200, max1: 2, max2: 7, tMaxMs: 6_000, tHistMs: 9_000 } as const;

/** What a gateway can do when its controller dies. */
export interface GatewayKind {
  readonly what: string;
  readonly alternates: MgcpGatewaySettings['alternates'];
  readonly red: boolean;
  /** As the gateway is provisioned. */
  readonly callAgents: readonly string[];
}

export const KINDS: readonly GatewayKind[] = [
  { what: 'gateways with the redirect package', alternates: 'list', red: true, callAgents: [`${HOSTS[0]}:2727`] },
  {
    what: 'gateways with a list of their own',
    alternates: 'list',
    red: false,
    callAgents: [`${HOSTS[0]}:2727`, `${HOSTS[1]}:2727`],
  },
  { what: 'gateways that know a name of two addresses', alternates: 'name', red: false, callAgents: ['ca.test:2727'] },
  { what: 'gateways that can do nothing by themselves', alternates: 'none', red: false, callAgents: [`${HOSTS[0]}:2727`] },
];

/**
 * How a node ends: `killed`, its host says at once that nobody is there; `gone` with its host, nobody says anything;
 * `frozen`, and may be thawed.
 */
export type Fault = 'killed' | 'gone' | 'frozen';

export interface SceneOptions {
  readonly seed: number;
  readonly kind: GatewayKind;
  readonly gateways: number;
  readonly linesEach: number;
  readonly nodes?: 1 | 2;
  readonly timers?: MgcpSettings['timers'] | undefined;
  /** Default: each line has the number `1`, gateway, line (two digits). */
  readonly numbers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Default 60 s; null: gateways are never asked whether they live. */
  readonly heartbeatMs?: Millis | null | undefined;
  readonly gateway?: Partial<GatewayOptions> | undefined;
}

/** Heartbeats that a node misses until the other doubts it, and holds it for dead. */
const SUSPECT_MS = 500;
const DOWN_MS = 1_500;
const HEARTBEAT_MS = 100;

export class Scene {
  readonly clock = new SimulatedClock();
  readonly network: SimulatedNetwork;
  readonly agents: SimulatedAgent[] = [];
  readonly gateways: readonly SimulatedGateway[];
  readonly random: Random;
  readonly begunAt: Millis;
  readonly #nodes: readonly ClusterNode[];
  /** What each node holds of the others. */
  readonly #states: readonly Map<number, NodeState>[];
  /** When a node was last heard, by whoever listens; it is heard all the time while it is not here. */
  readonly #silentSince = new Map<number, Millis>();
  readonly #frozenAt = new Map<number, Millis>();

  constructor(private readonly options: SceneOptions) {
    const { seed, gateways, linesEach, kind, nodes = 2 } = options;
    this.random = new Random(seed);
    this.begunAt = this.clock.now;
    this.network = new SimulatedNetwork(this.clock, this.random);
    this.network.latencyMs = 5;
    this.#nodes = HOSTS.slice(0, nodes).map((host, index) => ({
      name: `n${index + 1}`,
      index,
      self: index === 0,
      addresses: [{ host, port: 2727, scheme: 'mgcp+udp', transport: 'udp' }],
    }));
    this.#states = this.#nodes.map(() => new Map());
    this.gateways = Array.from({ length: gateways }, (_, at) => {
      const gateway: GatewayOptions = {
        domain: `g${at + 1}.test`,
        lines: [`aaln/[1-${linesEach}]`],
        callAgents: kind.callAgents,
        names: { 'ca.test': [...HOSTS] },
        red: kind.red,
        seed: seed + at,
        timers: { mwdMs: 100, tdinitMs: 1_000, tdminMs: 1_000 },
        transactions: TIMERS,
        ...options.gateway,
      };
      return new SimulatedGateway(gatewayHost(at), gateway, this.clock, this.network);
    });
    for (const { index } of this.#nodes) this.#open(index);
  }

  /** Nodes first, then gateways: ends when every line is in service and armed. */
  start(): void {
    this.run(1_200);
    for (const { rig } of this.gateways) rig.start();
    this.run(2_000);
  }

  run(ms: Millis): void {
    this.clock.run(ms);
  }

  /** Lets time pass until something holds. @returns how long it took; undefined: it does not within `patienceMs`. */
  until(holds: () => boolean, patienceMs: Millis): Millis | undefined {
    const before = this.clock.now;
    while (!holds()) {
      if (this.clock.now - before >= patienceMs) return undefined;
      this.clock.run(STEP_MS);
    }
    return this.clock.now - before;
  }

  agent(index: number): SimulatedAgent {
    return this.agents[index] as SimulatedAgent;
  }

  /** The line of a number: `1205` is line 5 of the second gateway. */
  phone(number: string): AnalogLine {
    return this.gateway(number).line(`aaln/${Number(number.slice(2))}`);
  }

  gateway(number: string): SimulatedGateway {
    return this.gateways[Number(number[1]) - 1] as SimulatedGateway;
  }

  cast(caller: string, called: string, third: string): Cast {
    const member = (number: string): Cast['caller'] => ({ number, phone: this.phone(number) });
    return { caller: member(caller), called: member(called), third: member(third) };
  }

  /** Everybody has hung up, and nothing is left of any call; what is, in words. */
  get remains(): string {
    return this.gateways
      .flatMap(({ host, rig }) => [
        ...rig.lines.filter(({ state }) => state !== 'idle').map(({ name, state }) => `${host} ${name} ${state}`),
        ...rig.connectionsLeft.map(({ line, connection, mode }) => `${host} ${line} has ${connection} ${mode}`),
      ])
      .join(', ');
  }

  get phones(): readonly AnalogLine[] {
    return this.gateways.flatMap(({ rig }) => rig.lines);
  }

  // --- faults ------------------------------------------------------------------------------------------------------

  stop(index: number, fault: Fault): void {
    if (this.#silentSince.has(index)) return;
    const agent = this.agent(index);
    agent.breaths = Number.POSITIVE_INFINITY;
    this.#silentSince.set(index, this.clock.now);
    if (fault === 'frozen') {
      this.#frozenAt.set(index, this.clock.now);
      agent.freeze();
    } else {
      agent.kill();
    }
    if (fault === 'gone') this.network.listen(agent.address, () => undefined);
    if (fault === 'killed') return this.#see(index, 'down', HEARTBEAT_MS);
    this.#see(index, 'suspect', SUSPECT_MS);
    this.#see(index, 'down', DOWN_MS);
  }

  /** A frozen node goes on, a dead one starts again with nothing; nothing happens to one that has not stopped yet, and will not. */
  bringBack(index: number): void {
    this.agent(index).breaths = Number.POSITIVE_INFINITY;
    if (!this.#silentSince.has(index)) return;
    const frozenAt = this.#frozenAt.get(index);
    this.#frozenAt.delete(index);
    this.#silentSince.delete(index);
    if (frozenAt === undefined) this.#open(index);
    else this.agent(index).thaw(this.clock.now - frozenAt);
    this.clock.after(HEARTBEAT_MS, () => {
      for (const other of this.#others(index)) {
        if (this.#silentSince.has(other)) continue;
        this.#states[other]?.set(index, 'up');
        this.agent(other).peer(index, 'up');
        this.agent(other).sendTable(index);
      }
    });
  }

  #see(index: number, state: NodeState, afterMs: Millis): void {
    const since = this.#silentSince.get(index);
    this.clock.after(afterMs, () => {
      if (this.#silentSince.get(index) !== since) return;
      for (const other of this.#others(index)) {
        this.#states[other]?.set(index, state);
        this.agent(other).peer(index, state);
      }
    });
  }

  #others(index: number): readonly number[] {
    return this.#nodes.map((node) => node.index).filter((other) => other !== index);
  }

  #isFresh(index: number): boolean {
    const since = this.#silentSince.get(index);
    return since === undefined || this.clock.now - since <= 2 * HEARTBEAT_MS;
  }

  #open(index: number): void {
    const { linesEach, gateways, kind, timers, heartbeatMs = 60_000 } = this.options;
    const settings = Array.from({ length: gateways }, (_, at): MgcpGatewaySettings => ({
      name: `g${at + 1}`,
      domain: `g${at + 1}.test`,
      addresses: [gatewayHost(at)],
      lines: Array.from({ length: linesEach }, (_line, line) => `aaln/${line + 1}`),
      nodes: this.#nodes.map((node) => node.index),
      alternates: kind.alternates,
      ...(kind.alternates === 'name' && { notifiedEntity: 'ca.test' }),
      red: 'auto',
      ...(heartbeatMs !== null && { heartbeatMs }),
    }));
    const everyLine = Object.fromEntries(
      settings.flatMap(({ name, lines }, at) =>
        lines.map((line, of) => [`1${at + 1}${String(of + 1).padStart(2, '0')}`, `${line}@${name}`]),
      ),
    );
    this.#states[index]?.clear();
    this.agents[index] = new SimulatedAgent(
      {
        nodes: this.#nodes.map((node) => ({ ...node, self: node.index === index })),
        index,
        gateways: settings,
        numbers: this.options.numbers ?? everyLine,
        timers: timers ?? TIMERS,
        states: this.#states[index] as Map<number, NodeState>,
        isFresh: (other) => this.#isFresh(other),
        tell: (from, topic, content) => {
          for (const other of this.#others(from)) this.clock.after(2, () => this.agents[other]?.told(topic, content, from));
        },
      },
      this.clock,
      this.network,
      this.random,
    );
  }
}

const STEP_MS: Millis = 10;

function gatewayHost(at: number): string {
  return `10.1.${Math.floor(at / 200)}.${(at % 200) + 1}`;
}
