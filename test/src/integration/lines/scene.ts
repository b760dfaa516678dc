// Two controllers, gateways with telephones, and the network between them, in simulated time. The scene plays the cluster's part
// too: it carries what the nodes tell each other, and says how long a node that stopped is held for living.
import { mergeDetails, shortCallId } from '@altpath/call-control';
import type { CallDetailRecord, ClusterNode, Millis, NodeState } from '@altpath/core';
import type { MegacoGatewaySettings, MegacoSettings } from '@altpath/megaco';
import type { MgcpGatewaySettings, MgcpSettings } from '@altpath/mgcp';
import type { AnalogLine } from '@altpath/simulators';
import { MemoryStore } from '@altpath/store';
import { Random, SimulatedClock, SimulatedNetwork } from '@altpath/testkit';
import { BRIDGE_GATEWAY, BridgedTelephones, BRIDGES } from './bridge-kind.js';
import { clusterNode, type GatewayPlace, HOSTS, type PlaceKind, type ScenePlace } from './kinds.js';
import { MEGACO_TIMERS } from './megaco-kinds.js';
import { MGCP_TIMERS } from './mgcp-kinds.js';
import { SIP_TIMERS } from './sip-kinds.js';
import { SimulatedController } from './simulated-controller.js';
import { SimulatedGateway } from './simulated-gateway.js';
import { SimulatedStreams } from './simulated-streams.js';
import { SimulatedTelephones } from './simulated-telephones.js';
import type { Cast } from './stories.js';

/**
 * How a node ends: `killed`, its host says at once that nobody is there; `gone` with its host, nobody says anything;
 * `frozen`, and may be thawed; `drained`, it hands over what it has and ends a while later.
 */
export type Fault = 'killed' | 'gone' | 'frozen' | 'drained';

export interface SceneOptions {
  readonly seed: number;
  /** Of the places in turn: all alike, or mixed. */
  readonly kinds: readonly PlaceKind[];
  readonly gateways: number;
  readonly linesEach: number;
  readonly nodes?: 1 | 2;
  /** Of the nodes; default those of the gateways. */
  readonly timers?: { readonly mgcp?: MgcpSettings['timers']; readonly megaco?: MegacoSettings['timers'] } | undefined;
  /** Default: each line has the number `1`, gateway, line (two digits). */
  readonly numbers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Default true; false: nobody ever asks whether the other side lives. */
  readonly hasHeartbeat?: boolean | undefined;
  /** There is a gateway more, on which calls between SIP telephones are anchored. */
  readonly isAnchored?: boolean | undefined;
  /** All nodes share one store; default false: each has its own, in memory, which ends with it. */
  readonly hasSharedStore?: boolean | undefined;
}

/** Heartbeats that a node misses until the other doubts it, and holds it for dead. */
const SUSPECT_MS = 500;
const DOWN_MS = 1_500;
const HEARTBEAT_MS = 100;
/** A node that is drained is gone after this, calls or not. */
const DRAIN_MS = 3_000;

export class Scene {
  readonly clock = new SimulatedClock();
  readonly network: SimulatedNetwork;
  readonly streams: SimulatedStreams;
  readonly controllers: SimulatedController[] = [];
  readonly places: readonly ScenePlace[];
  /** The gateway on which calls are anchored. */
  readonly bridge: SimulatedGateway | undefined;
  readonly #bridged: BridgedTelephones | undefined;
  readonly random: Random;
  readonly begunAt: Millis;
  readonly #nodes: readonly ClusterNode[];
  readonly #places: readonly (GatewayPlace & { readonly kind: PlaceKind })[];
  /** What each node holds of the others. */
  readonly #states: readonly Map<number, NodeState>[];
  /** When a node was last heard, by whoever listens; it is heard all the time while it is not here. */
  readonly #silentSince = new Map<number, Millis>();
  readonly #frozenAt = new Map<number, Millis>();
  readonly #draining = new Set<number>();
  readonly #shared: MemoryStore | undefined;
  /** What each node kept, and each of its former lives. */
  readonly #stores: MemoryStore[] = [];

  constructor(private readonly options: SceneOptions) {
    const { seed, gateways, linesEach: lines, kinds, nodes = 2, hasHeartbeat = true } = options;
    this.random = new Random(seed);
    this.#shared = options.hasSharedStore === true ? this.#newStore() : undefined;
    this.begunAt = this.clock.now;
    this.network = new SimulatedNetwork(this.clock, this.random);
    this.network.latencyMs = 5;
    this.streams = new SimulatedStreams(this.clock, () => this.network.latencyMs);
    this.#nodes = HOSTS.slice(0, nodes).map((_, index) => clusterNode(index, index === 0));
    this.#states = this.#nodes.map(() => new Map());
    this.#places = Array.from({ length: gateways }, (_, at) => {
      const kind = kinds[at % kinds.length] as PlaceKind;
      return {
        kind,
        name: `g${at + 1}`,
        host: gatewayHost(at),
        lines,
        numbers: `1${at + 1}`,
        nodes: this.#nodes.map(({ index }) => index),
        seed: seed + at,
        ...(hasHeartbeat && kind.protocol !== 'sip' && { heartbeatMs: kind.heartbeatMs }),
      };
    });
    this.places = this.#places.map((place) =>
      place.kind.protocol === 'sip'
        ? new SimulatedTelephones(place.kind, place, this)
        : new SimulatedGateway(place.kind, place, this.clock, this.network, this.streams),
    );
    this.bridge = options.isAnchored ? new SimulatedGateway(BRIDGES, this.#bridgePlace, this.clock, this.network, this.streams) : undefined;
    this.#bridged = this.bridge && new BridgedTelephones(this.bridge.rig, this.phones);
    for (const { index } of this.#nodes) this.#open(index);
  }

  get #bridgePlace(): GatewayPlace {
    const { seed } = this.options;
    const nodes = this.#nodes.map(({ index }) => index);
    return { name: BRIDGE_GATEWAY, host: BRIDGE_HOST, lines: 0, numbers: '', nodes, heartbeatMs: BRIDGES.heartbeatMs, seed };
  }

  /** Nodes first, then gateways: ends when every line is in service and armed. */
  start(): void {
    this.run(1_200);
    for (const place of this.places) place.start();
    this.bridge?.start();
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

  controller(index: number): SimulatedController {
    return this.controllers[index] as SimulatedController;
  }

  /** The line of a number: `1205` is line 5 of the second gateway. */
  phone(number: string): AnalogLine {
    return this.place(number).line(Number(number.slice(2)));
  }

  place(number: string): ScenePlace {
    return this.places[Number(number[1]) - 1] as ScenePlace;
  }

  cast(caller: string, called: string, third: string): Cast {
    const member = (number: string): Cast['caller'] => ({ number, phone: this.phone(number) });
    return { caller: member(caller), called: member(called), third: member(third) };
  }

  /** Everybody has hung up, and nothing is left of any call; what is, in words. */
  get remains(): string {
    const atPlaces = this.places.flatMap(({ host, lines, remains }) => [
      ...lines.filter(({ state }) => state !== 'idle').map(({ name, state }) => `${host} ${name} ${state}`),
      ...remains,
    ]);
    return [...atPlaces, ...(this.bridge?.remains ?? [])].join(', ');
  }

  get phones(): readonly AnalogLine[] {
    return this.places.flatMap(({ lines }) => lines);
  }

  /** Of calls that are anchored, who talks and is not heard, in words. */
  get unheard(): string {
    return this.#bridged?.faults ?? '';
  }

  /**
   * Of finished calls, one each: what all nodes have written, merged. A line of H.248 tells a part of its call's identity: of two calls
   * slot and counter are never the same here.
   */
  get records(): readonly CallDetailRecord[] {
    const merged = new Map<string, CallDetailRecord>();
    for (const { details } of this.#stores)
      for (const record of details.latest(MANY)) {
        const key = shortCallId(record.callId) ?? record.callId;
        const known = merged.get(key);
        merged.set(key, known ? mergeDetails(known, record) : record);
      }
    return [...merged.values()];
  }

  // --- faults ------------------------------------------------------------------------------------------------------

  stop(index: number, fault: Fault): void {
    if (this.#silentSince.has(index) || this.#draining.has(index)) return;
    const controller = this.controller(index);
    controller.breaths = Number.POSITIVE_INFINITY;
    if (fault === 'drained') return this.#drain(index);
    this.#silentSince.set(index, this.clock.now);
    if (fault === 'frozen') {
      this.#frozenAt.set(index, this.clock.now);
      controller.freeze();
    } else if (fault === 'gone') controller.vanish();
    else controller.kill();
    if (fault === 'killed') return this.#see(index, 'down', HEARTBEAT_MS);
    this.#see(index, 'suspect', SUSPECT_MS);
    this.#see(index, 'down', DOWN_MS);
  }

  /** A frozen node goes on, a dead one starts again with nothing; nothing happens to one that has not stopped yet, and will not. */
  bringBack(index: number): void {
    this.controller(index).breaths = Number.POSITIVE_INFINITY;
    if (this.#draining.has(index)) this.#end(index);
    if (!this.#silentSince.has(index)) return;
    const frozenAt = this.#frozenAt.get(index);
    this.#frozenAt.delete(index);
    this.#silentSince.delete(index);
    if (frozenAt === undefined) this.#open(index);
    else this.controller(index).thaw(this.clock.now - frozenAt);
    this.clock.after(HEARTBEAT_MS, () => {
      for (const other of this.#others(index)) {
        if (this.#silentSince.has(other)) continue;
        this.#states[other]?.set(index, 'up');
        this.controller(other).peer(index, 'up');
        this.controller(other).sendTable(index);
      }
      this.clock.after(HEARTBEAT_MS, () => this.controller(index).joined());
    });
  }

  /** It says so with its next heartbeat, and is there until it has nothing left to do. */
  #drain(index: number): void {
    this.#draining.add(index);
    // The peers know before it acts: a gateway is handed to nobody who would send it back.
    for (const other of this.#others(index)) {
      this.#states[other]?.set(index, 'draining');
      this.controller(other).peer(index, 'draining');
    }
    this.controller(index).drain();
    const drained = this.controller(index);
    this.clock.after(DRAIN_MS, () => {
      if (this.controller(index) === drained) this.#end(index);
    });
  }

  #end(index: number): void {
    if (!this.#draining.delete(index)) return;
    this.#silentSince.set(index, this.clock.now);
    this.controller(index).kill();
    this.#see(index, 'down', HEARTBEAT_MS);
  }

  #see(index: number, state: NodeState, afterMs: Millis): void {
    const since = this.#silentSince.get(index);
    this.clock.after(afterMs, () => {
      if (this.#silentSince.get(index) !== since) return;
      for (const other of this.#others(index)) {
        this.#states[other]?.set(index, state);
        this.controller(other).peer(index, state);
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

  #newStore(): MemoryStore {
    const store = new MemoryStore({ mergeDetails });
    this.#stores.push(store);
    return store;
  }

  #open(index: number): void {
    const { timers } = this.options;
    const mgcp: MgcpGatewaySettings[] = [];
    const megaco: MegacoGatewaySettings[] = [];
    for (const { kind, ...place } of this.#places) {
      if (kind.protocol === 'mgcp') mgcp.push(kind.settings(place));
      else if (kind.protocol === 'megaco') megaco.push(kind.settings(place));
    }
    if (this.bridge) mgcp.push(BRIDGES.settings(this.#bridgePlace));
    const everyLine = Object.fromEntries(
      this.#places.flatMap(({ kind, name, lines, numbers }) =>
        Array.from({ length: lines }, (_, of) => [
          `${numbers}${String(of + 1).padStart(2, '0')}`,
          kind.protocol === 'sip' ? 'registrar' : `${kind.lineName(of + 1)}@${name}`,
        ]),
      ),
    ) as Readonly<Record<string, string>>;
    this.#states[index]?.clear();
    this.controllers[index] = new SimulatedController(
      {
        nodes: this.#nodes.map((node) => ({ ...node, self: node.index === index })),
        index,
        mgcp: { gateways: mgcp, timers: timers?.mgcp ?? MGCP_TIMERS },
        megaco: { gateways: megaco, timers: timers?.megaco ?? MEGACO_TIMERS },
        numbers: this.options.numbers ?? everyLine,
        anchor: this.bridge && BRIDGE_GATEWAY,
        sip: { timers: { ...SIP_TIMERS, c: 180_000 } },
        store: this.#shared ?? this.#newStore(),
        states: this.#states[index] as Map<number, NodeState>,
        isFresh: (other) => this.#isFresh(other),
        tell: (from, topic, content) => {
          for (const other of this.#others(from)) this.clock.after(2, () => this.controllers[other]?.told(topic, content, from));
        },
      },
      this.clock,
      this.network,
      this.streams,
      this.random,
    );
  }
}

const STEP_MS: Millis = 10;
/** More records than any scene makes. */
const MANY = 1_000;
const BRIDGE_HOST = '10.2.0.1';

function gatewayHost(at: number): string {
  return `10.1.${Math.floor(at / 200)}.${(at % 200) + 1}`;
}
