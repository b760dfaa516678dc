// Two controllers as processes, and telephones of two kinds: SIP telephones, lines of MGCP and of H.248 gateways. With a Redis that
// both nodes share, or without. Nothing of a call stands here, only who is there, how they speak, and with which timers.
import { type AnalogLine, MegacoGateway, MgcpGateway, NetworkPhone, TelephoneLine } from '@altpath/simulators';
import { RedisServer } from '@altpath/testkit';
import { AGENT_PORT, type ClusterEntry, clusterYaml, SIP_PORT, TEXT_PORT } from '../../support/controller-cluster.js';
import { stepInFront } from '../../support/in-front.js';
import type { Child } from '../../support/process.js';
import { Scratch } from '../../support/scratch.js';
import { ChaosNodes, NET, NODES } from '../lines/nodes.js';
import { Pair } from '../lines/pair.js';
import type { ChaosScene, LinesChaosOptions, SceneSize } from '../lines/run.js';

export type PhoneKind = 'sip' | 'mgcp' | 'megaco';
export const PHONE_KINDS: readonly PhoneKind[] = ['sip', 'mgcp', 'megaco'];

/** Who calls whom, and what the nodes share. */
export interface Call {
  readonly from: PhoneKind;
  readonly to: PhoneKind;
  readonly store: 'shared' | 'none';
}

const REDIS = `${NET}.5`;
const SIDES = ['near', 'far'] as const;
type Side = (typeof SIDES)[number];
const ADDRESSES: Readonly<Record<Side, string>> = { near: `${NET}.31`, far: `${NET}.41` };
const HZ: Readonly<Record<Side, number>> = { near: 600, far: 1_000 };
const T1_MS = 100;
/** Gateways give a node up within 1.5 s; a node has more patience with them. */
const GATEWAY = { rtoMs: 100, tMaxMs: 1_500, mwdMs: 100 } as const;
const CONTROLLER = { rtoMs: 100, tMaxMs: 2_000, heartbeatMs: 1_500 } as const;

/** What a run of such calls is played on. */
export function controllerChaos(call: Call): Pick<LinesChaosOptions, 'what' | 'open'> {
  const store = call.store === 'shared' ? 'a Redis for both nodes' : 'nothing shared';
  return { what: `from ${call.from} to ${call.to}, ${store}; T1 and RTO 100 ms`, open: (size) => ControllerScene.open({ call, ...size }) };
}

interface SceneOptions extends SceneSize {
  readonly call: Call;
}

/** One side's telephones, whatever they are. */
interface Phones {
  readonly lines: readonly AnalogLine[];
  quiet(): Promise<void>;
  legsLeft(): readonly string[];
  close(): Promise<void>;
}

class ControllerScene implements ChaosScene {
  readonly #nodes: ChaosNodes;
  readonly #phones = new Map<Side, Phones>();

  private constructor(
    private readonly options: SceneOptions,
    private readonly scratch: Scratch,
    private readonly redis: RedisServer | undefined,
    private readonly stepBack: () => Promise<void>,
  ) {
    this.#nodes = new ChaosNodes(scratch);
  }

  static async open(options: SceneOptions): Promise<ControllerScene> {
    const stepBack = await stepInFront();
    const redis = options.call.store === 'shared' ? await RedisServer.start(REDIS) : undefined;
    const scene = new ControllerScene(options, await Scratch.create('controller-chaos'), redis, stepBack);
    try {
      await scene.startNode('a');
      await scene.startNode('b');
      for (const side of SIDES) scene.#phones.set(side, await scene.#open(side));
      await Promise.all(scene.lines.map((line) => line.until(({ service }) => service === 'in', 30_000)));
      return scene;
    } catch (error) {
      await scene.close();
      throw error;
    }
  }

  pair(nth: number): Pair {
    const caller = this.#side('near').lines[nth];
    const called = this.#side('far').lines[nth];
    if (!caller || !called) throw new RangeError(`no pair ${nth}`);
    return new Pair(caller, called, numberOf('far', nth), this.options.hasRtp(nth) ? { caller: HZ.near, callee: HZ.far } : undefined);
  }

  get lines(): readonly AnalogLine[] {
    return [...this.#phones.values()].flatMap(({ lines }) => lines);
  }

  node(name: string): Child {
    return this.#nodes.node(name);
  }

  async startNode(name: string): Promise<void> {
    const yaml = clusterYaml({
      nodes: NODES,
      gateways: SIDES.flatMap((side) => this.#entry(side)),
      numbers: Object.fromEntries(SIDES.flatMap((side) => this.#numbers(side))),
      digitMap: '(2xxx|3xxx)',
      sip: { t1Ms: T1_MS },
      store: this.redis && { kind: 'redis', url: `redis://${this.redis.host}:${this.redis.port}` },
      ...CONTROLLER,
    });
    await this.#nodes.start(name, yaml);
  }

  quiet(): Promise<unknown> {
    return Promise.all([...this.#phones.values()].map((phones) => phones.quiet()));
  }

  legsLeft(): readonly string[] {
    return [...this.#phones.values()].flatMap((phones) => phones.legsLeft());
  }

  /** A second leg would be one more than there should be. */
  twice(): readonly string[] {
    return [];
  }

  log(): string {
    return this.#nodes.log();
  }

  async close(): Promise<void> {
    await this.#nodes.stop([...this.#phones.values()]);
    await this.redis?.stop();
    await this.stepBack();
    await this.scratch.remove();
  }

  #side(side: Side): Phones {
    const phones = this.#phones.get(side);
    if (!phones) throw new RangeError(`nobody is on the ${side} side`);
    return phones;
  }

  #kind(side: Side): PhoneKind {
    return side === 'near' ? this.options.call.from : this.options.call.to;
  }

  #entry(side: Side): ClusterEntry[] {
    const kind = this.#kind(side);
    const { pairs } = this.options;
    if (kind === 'sip') return [];
    const common = { name: side, protocol: kind, address: ADDRESSES[side] } as const;
    return [
      kind === 'mgcp' ? { ...common, lines: `aaln/[1-${pairs}]`, domain: `${side}.test` } : { ...common, lines: `line/[1-${pairs}]` },
    ];
  }

  #numbers(side: Side): [string, string][] {
    const kind = this.#kind(side);
    const lineOf = (nth: number): string => (kind === 'mgcp' ? `aaln/${nth + 1}@${side}` : `line/${nth + 1}@${side}`);
    return this.#everybody.map((nth) => [numberOf(side, nth), kind === 'sip' ? 'registrar' : lineOf(nth)]);
  }

  get #everybody(): readonly number[] {
    return Array.from({ length: this.options.pairs }, (_, nth) => nth);
  }

  async #open(side: Side): Promise<Phones> {
    const open = { sip: () => this.#openSip(side), mgcp: () => this.#openMgcp(side), megaco: () => this.#openMegaco(side) };
    return open[this.#kind(side)]();
  }

  async #openSip(side: Side): Promise<Phones> {
    const phones = await Promise.all(
      this.#everybody.map((nth) =>
        NetworkPhone.open({
          user: numberOf(side, nth),
          domain: 'sample2.test',
          outbound: Object.values(NODES).map((host) => `${host}:${SIP_PORT}`),
          address: ADDRESSES[side],
          aware: true,
          timers: { t1: T1_MS },
          toneHz: HZ[side],
        }),
      ),
    );
    const lines = phones.map((phone) => new TelephoneLine(phone));
    await Promise.all(phones.map((phone) => phone.register()));
    return {
      lines,
      // What a telephone says is answered, or else it is not idle.
      quiet: () => Promise.resolve(),
      legsLeft: () => phones.flatMap((phone) => phone.calls.map(({ currentState }) => `a call of ${phone.user} is left, ${currentState}`)),
      close: async () => void (await Promise.all(phones.map((phone) => phone.close()))),
    };
  }

  async #openMgcp(side: Side): Promise<Phones> {
    const lines = this.#everybody.map((nth) => `aaln/${nth + 1}`);
    const rtp = lines.filter((_, nth) => this.options.hasRtp(nth));
    const gateway = await MgcpGateway.open({
      domain: `${side}.test`,
      lines,
      callAgents: [`${NODES.a}:${AGENT_PORT}`],
      address: ADDRESSES[side],
      port: 2427,
      red: true,
      rtp,
      tones: Object.fromEntries(rtp.map((line) => [line, HZ[side]])),
      timers: { mwdMs: GATEWAY.mwdMs },
      transactions: { rtoMs: GATEWAY.rtoMs, max1: 2, max2: 3, tMaxMs: GATEWAY.tMaxMs, tHistMs: 2 * GATEWAY.tMaxMs },
    });
    gateway.start();
    return {
      lines: gateway.lines,
      quiet: () => gateway.quiet(),
      legsLeft: () => gateway.connectionsLeft.map(({ line, connection }) => `${connection} of ${line} is left on ${side}`),
      close: () => gateway.close(),
    };
  }

  async #openMegaco(side: Side): Promise<Phones> {
    const lines = this.#everybody.map((nth) => `line/${nth + 1}`);
    const rtp = lines.filter((_, nth) => this.options.hasRtp(nth));
    const gateway = await MegacoGateway.open({
      mid: side,
      lines,
      mgcs: Object.values(NODES).map((host) => `${host}:${TEXT_PORT}`),
      address: ADDRESSES[side],
      rtp,
      tones: Object.fromEntries(rtp.map((line) => [line, HZ[side]])),
      timers: { mwdMs: GATEWAY.mwdMs },
      transactions: { rtoMs: GATEWAY.rtoMs, tMaxMs: GATEWAY.tMaxMs, longTimerMs: 2 * GATEWAY.tMaxMs },
    });
    gateway.start();
    return {
      lines: gateway.lines,
      quiet: () => gateway.quiet(),
      legsLeft: () => gateway.contextsLeft.map(({ terminations }) => `a context of ${terminations.join(', ')} is left on ${side}`),
      close: () => gateway.close(),
    };
  }
}

/** `2` of those who call, `3` of those who are called, and three digits. */
function numberOf(side: Side, nth: number): string {
  return String((side === 'near' ? 2_000 : 3_000) + nth);
}
