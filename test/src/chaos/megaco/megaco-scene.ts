// Two controllers as processes and four H.248 gateways, Erlang/OTP's or ours: what the runs of this folder are played in. Nothing
// of a call stands here, only who is there, how they speak, and with which timers.
import { type AnalogLine, MegacoGateway } from '@altpath/simulators';
import { ErlangGateway } from '../../interop/erlang-gateway.js';
import { readable } from '../../support/megaco-text.js';
import { BINARY_PORT, clusterYaml, TEXT_PORT } from '../../support/controller-cluster.js';
import type { Child } from '../../support/process.js';
import { Scratch } from '../../support/scratch.js';
import { ChaosNodes, NET, NODES } from '../lines/nodes.js';
import { Pair } from '../lines/pair.js';
import type { ChaosScene, LinesChaosOptions, SceneSize } from '../lines/run.js';

/** How the gateways of a run speak, and who made them. */
export interface Way {
  readonly make: 'ours' | 'erlang';
  readonly encoding: 'compact' | 'pretty' | 'ber';
  readonly transport: 'udp' | 'tcp';
}

/** Everything there is. */
export const WAYS: readonly Way[] = (['ours', 'erlang'] as const).flatMap((make) =>
  (['compact', 'pretty', 'ber'] as const).flatMap((encoding) =>
    (['udp', 'tcp'] as const).map((transport): Way => ({ make, encoding, transport })),
  ),
);

/** Two gateways that call, two that are called: the pairs are spread over them. */
const NEAR = ['near1', 'near2'] as const;
const FAR = ['far1', 'far2'] as const;
type Name = (typeof NEAR | typeof FAR)[number];
const ADDRESSES: Readonly<Record<Name, string>> = { near1: `${NET}.31`, near2: `${NET}.32`, far1: `${NET}.41`, far2: `${NET}.42` };

/** A gateway gives its controller up after 100 + 200 + 400 + 800 ms; a controller has more patience with its gateways. */
const GATEWAY = { rtoMs: 100, retries: 3, tMaxMs: 1_500, mwdMs: 100 } as const;
const NEAR_HZ = 600;
const FAR_HZ = 1_000;
const CONTROLLER = { rtoMs: 100, tMaxMs: 2_000, heartbeatMs: 1_500 } as const;

/** What a run is played on when gateways speak this way. */
export function megacoChaos(way: Way): Pick<LinesChaosOptions, 'what' | 'open' | 'forgets'> {
  const { make, encoding, transport } = way;
  return {
    what: `H.248, gateways of ${make === 'ours' ? 'our simulator' : 'Erlang/OTP'}, ${encoding} over ${transport}; RTO 100 ms, T-MAX 1.5 s`,
    open: (size) => MegacoScene.open({ way, ...size }),
    ...(make === 'erlang' && { forgets: true as const }),
  };
}

interface SceneOptions extends SceneSize {
  readonly way: Way;
}

/** What both makes of gateways are to a run. */
interface Gateway {
  readonly lines: readonly AnalogLine[];
  quiet(): Promise<void>;
  line(name: string): AnalogLine;
  /** Terminations of each context. */
  contexts(): readonly (readonly string[])[];
  wireLog(): string;
  close(): Promise<void>;
}

class MegacoScene implements ChaosScene {
  readonly #nodes: ChaosNodes;
  readonly #gateways = new Map<Name, Gateway>();

  private constructor(
    private readonly options: SceneOptions,
    private readonly scratch: Scratch,
  ) {
    this.#nodes = new ChaosNodes(scratch);
  }

  static async open(options: SceneOptions): Promise<MegacoScene> {
    const scene = new MegacoScene(options, await Scratch.create('megaco-chaos'));
    try {
      await scene.startNode('a');
      await scene.startNode('b');
      await Promise.all([...NEAR, ...FAR].map((name) => scene.#open(name)));
      await Promise.all(scene.lines.map((line) => line.until(({ service }) => service === 'in', 30_000)));
      return scene;
    } catch (error) {
      await scene.close();
      throw error;
    }
  }

  pair(nth: number): Pair {
    const [near, far] = [this.#gateway(NEAR[nth % 2] ?? NEAR[0]), this.#gateway(FAR[nth % 2] ?? FAR[0])];
    const { way, hasRtp } = this.options;
    const tones = way.make === 'ours' && hasRtp(nth) ? { caller: NEAR_HZ, callee: FAR_HZ } : undefined;
    return new Pair(near.line(lineOf(nth)), far.line(lineOf(nth)), numberOf(nth), tones);
  }

  get lines(): readonly AnalogLine[] {
    return [...this.#gateways.values()].flatMap(({ lines }) => lines);
  }

  node(name: string): Child {
    return this.#nodes.node(name);
  }

  async startNode(name: string): Promise<void> {
    const { pairs } = this.options;
    const yaml = clusterYaml({
      nodes: NODES,
      gateways: Object.entries(ADDRESSES).map(([gateway, address]) => ({
        name: gateway,
        protocol: 'megaco',
        address,
        lines: `line/[1-${linesEach(pairs)}]`,
      })),
      numbers: Object.fromEntries(Array.from({ length: pairs }, (_, nth) => [numberOf(nth), `${lineOf(nth)}@${FAR[nth % 2]}`])),
      digitMap: '(2xxx|3xxx)',
      ...CONTROLLER,
    });
    await this.#nodes.start(name, yaml);
  }

  legsLeft(): readonly string[] {
    return [...this.#gateways].flatMap(([name, gateway]) =>
      gateway.contexts().map((terminations) => `a context of ${terminations.join(', ')} is left on ${name}`),
    );
  }

  quiet(): Promise<unknown> {
    return Promise.all([...this.#gateways.values()].map((gateway) => gateway.quiet()));
  }

  /** A second leg would be a context more than there should be. */
  twice(): readonly string[] {
    return [];
  }

  log(): string {
    return [this.#nodes.log(), ...[...this.#gateways.values()].map((gateway) => gateway.wireLog())].join('\n');
  }

  async close(): Promise<void> {
    await this.#nodes.stop([...this.#gateways.values()]);
    await this.scratch.remove();
  }

  #gateway(name: Name): Gateway {
    const gateway = this.#gateways.get(name);
    if (!gateway) throw new RangeError(`no gateway ${name}`);
    return gateway;
  }

  async #open(name: Name): Promise<void> {
    const { way } = this.options;
    this.#gateways.set(name, way.make === 'ours' ? await this.#openOurs(name) : await this.#openErlangs(name));
  }

  async #openErlangs(name: Name): Promise<Gateway> {
    const { encoding, transport } = this.options.way;
    const { rtoMs: t1Ms, retries, mwdMs } = GATEWAY;
    const options = { mid: name, controllers: this.#controllers, bind: ADDRESSES[name], lines: linesEach(this.options.pairs) };
    return ofErlang(await ErlangGateway.start({ ...options, encoding, transport, t1Ms, retries, mwdMs }));
  }

  async #openOurs(name: Name): Promise<Gateway> {
    const { way, pairs, hasRtp } = this.options;
    const numbers = Array.from({ length: pairs }, (_, nth) => nth);
    const rtp = numbers.filter((nth) => nth % 2 === Number(name.at(-1)) - 1 && hasRtp(nth)).map(lineOf);
    const hz = name.startsWith('near') ? NEAR_HZ : FAR_HZ;
    const log: string[] = [];
    const { rtoMs, tMaxMs, mwdMs } = GATEWAY;
    const gateway = await MegacoGateway.open({
      mid: name,
      lines: [`line/[1-${linesEach(pairs)}]`],
      mgcs: this.#controllers,
      encoding: way.encoding === 'ber' ? 'binary' : way.encoding,
      transport: way.transport,
      address: ADDRESSES[name],
      rtp,
      tones: Object.fromEntries(rtp.map((line) => [line, hz])),
      timers: { mwdMs },
      transactions: { rtoMs, tMaxMs, longTimerMs: 2 * tMaxMs },
      onMessage: (direction, message, hop) => log.push(`${new Date().toISOString()} ${name} ${direction} ${hop.host} ${readable(message)}`),
    });
    gateway.start();
    return ofOurs(gateway, log);
  }

  get #controllers(): readonly string[] {
    const port = this.options.way.encoding === 'ber' ? BINARY_PORT : TEXT_PORT;
    return Object.values(NODES).map((host) => `${host}:${port}`);
  }
}

function ofOurs(gateway: MegacoGateway, log: readonly string[]): Gateway {
  return {
    lines: gateway.lines,
    line: (name) => gateway.line(name),
    quiet: () => gateway.quiet(),
    contexts: () => gateway.contextsLeft.map(({ terminations }) => terminations),
    wireLog: () => log.join('\n'),
    close: () => gateway.close(),
  };
}

function ofErlang(gateway: ErlangGateway): Gateway {
  return {
    lines: gateway.lines,
    line: (name) => gateway.line(name),
    // It does not say what is still unanswered.
    quiet: () => Promise.resolve(),
    contexts: () => {
      const terminations = gateway.inContexts;
      return [...new Set(terminations.map(({ context }) => context))].map((context) =>
        terminations.filter((each) => each.context === context).map(({ term }) => term),
      );
    },
    wireLog: () => gateway.wireLog(),
    close: () => gateway.stop(),
  };
}

function lineOf(nth: number): string {
  return `line/${Math.floor(nth / 2) + 1}`;
}

function linesEach(pairs: number): number {
  return Math.ceil(pairs / 2);
}

function numberOf(nth: number): string {
  return String(2_000 + nth);
}
