// Two controllers as processes and four gateways in this one: what the runs of this folder are played in. Nothing of a call
// stands here, only who is there, what each can do, and with which timers.
import { type AnalogLine, MgcpGateway } from '@altpath/simulators';
import type { Child } from '../../support/process.js';
import { Scratch } from '../../support/scratch.js';
import { LegLedger } from './leg-ledger.js';
import { ChaosNodes, NET, NODES } from '../lines/nodes.js';
import { Pair } from '../lines/pair.js';
import type { ChaosScene, LinesChaosOptions, SceneSize } from '../lines/run.js';

/** What gateways can do when their controller dies. */
export type Kind = 'redirect' | 'provisioned' | 'name' | 'none';

interface Ability {
  readonly what: string;
  readonly alternates: 'list' | 'name' | 'none';
  readonly red: boolean;
  readonly callAgents: readonly string[];
}

const { a: A, b: B } = NODES;
const NAME = 'ca.test';
/** Two gateways that call, two that are called: the pairs are spread over them. */
const NEAR = ['near1', 'near2'] as const;
const FAR = ['far1', 'far2'] as const;
const ADDRESSES = { near1: `${NET}.31`, near2: `${NET}.32`, far1: `${NET}.41`, far2: `${NET}.42` } as const;
const NEAR_HZ = 600;
const FAR_HZ = 1_000;

export const KINDS: Readonly<Record<Kind, Ability>> = {
  redirect: { what: 'redirect package', alternates: 'list', red: true, callAgents: [`${A}:2727`] },
  provisioned: { what: 'provisioned list', alternates: 'list', red: false, callAgents: [`${A}:2727`, `${B}:2727`] },
  name: { what: 'name of two addresses', alternates: 'name', red: false, callAgents: [`${NAME}:2727`] },
  none: { what: 'nothing (alternates: none)', alternates: 'none', red: false, callAgents: [`${A}:2727`] },
};

/** Of gateways and controllers alike, by the names of RFC 3435 §3.5 and §4.3. */
interface Timers {
  readonly rtoMs: number;
  readonly max1: number;
  readonly max2: number;
  readonly tMaxMs: number;
  readonly tHistMs: number;
}

/**
 * A gateway that has one controller only must be patient until another comes for it: a Notify that is given up before is lost
 * (§4.4.1).
 */
function timersOf(kind: Kind): Timers {
  const quick = { rtoMs: 100, max1: 2, max2: 3, tMaxMs: 4_000, tHistMs: 6_000 };
  return kind === 'none' ? { ...quick, max2: 7, tMaxMs: 6_000, tHistMs: 9_000 } : quick;
}

/** Of the gateways' disconnected procedure (§4.4.7) and restart (§4.4.6). */
const GATEWAY_TIMERS = { mwdMs: 50, tdinitMs: 500, tdminMs: 500 };

interface SceneOptions extends SceneSize {
  readonly kind: Kind;
}

/** What a run is played on when gateways are of this kind. */
export function mgcpChaos(kind: Kind): Pick<LinesChaosOptions, 'what' | 'open'> {
  const { rtoMs, max1, max2, tMaxMs } = timersOf(kind);
  return {
    what: `MGCP, ${KINDS[kind].what}; RTO ${rtoMs} ms, Max1 ${max1}, Max2 ${max2}, T-MAX ${tMaxMs / 1_000} s`,
    open: (size) => MgcpScene.open({ kind, ...size }),
  };
}

class MgcpScene implements ChaosScene {
  readonly #ledger = new LegLedger();
  readonly #nodes: ChaosNodes;
  readonly #gateways = new Map<string, MgcpGateway>();

  private constructor(
    private readonly options: SceneOptions,
    private readonly scratch: Scratch,
  ) {
    this.#nodes = new ChaosNodes(scratch);
  }

  static async open(options: SceneOptions): Promise<MgcpScene> {
    const scene = new MgcpScene(options, await Scratch.create('mgcp-chaos'));
    try {
      await scene.startNode('a');
      await scene.startNode('b');
      for (const name of [...NEAR, ...FAR]) await scene.#open(name);
      for (const gateway of scene.#gateways.values()) gateway.start();
      await Promise.all(scene.lines.map((line) => line.until(({ service }) => service === 'in', 20_000)));
      return scene;
    } catch (error) {
      await scene.close();
      throw error;
    }
  }

  pair(nth: number): Pair {
    const [near, far] = [this.#gateway(NEAR[nth % 2] ?? NEAR[0]), this.#gateway(FAR[nth % 2] ?? FAR[0])];
    const line = lineOf(nth);
    const tones = this.options.hasRtp(nth) ? { caller: NEAR_HZ, callee: FAR_HZ } : undefined;
    return new Pair(near.line(line), far.line(line), numberOf(nth), tones);
  }

  get lines(): readonly AnalogLine[] {
    return [...this.#gateways.values()].flatMap(({ lines }) => lines);
  }

  node(name: string): Child {
    return this.#nodes.node(name);
  }

  startNode(name: string): Promise<void> {
    return this.#nodes.start(name, yamlOf(this.options));
  }

  quiet(): Promise<unknown> {
    return Promise.all([...this.#gateways.values()].map((gateway) => gateway.quiet()));
  }

  twice(): readonly string[] {
    return this.#ledger.twice();
  }

  legsLeft(): readonly string[] {
    return [...this.#gateways].flatMap(([name, gateway]) =>
      gateway.connectionsLeft.map(
        ({ line, connection, callId }) => `connection ${connection} of call ${callId} is left on ${line}@${name}`,
      ),
    );
  }

  log(): string {
    return this.#nodes.log();
  }

  async close(): Promise<void> {
    await this.#nodes.stop([...this.#gateways.values()]);
    await this.scratch.remove();
  }

  #gateway(name: string): MgcpGateway {
    const gateway = this.#gateways.get(name);
    if (!gateway) throw new RangeError(`no gateway ${name}`);
    return gateway;
  }

  async #open(name: (typeof NEAR | typeof FAR)[number]): Promise<void> {
    const { kind, pairs, hasRtp } = this.options;
    const { red, callAgents } = KINDS[kind];
    const numbers = Array.from({ length: pairs }, (_, nth) => nth);
    const rtp = numbers.filter((nth) => nth % 2 === Number(name.at(-1)) - 1 && hasRtp(nth)).map(lineOf);
    const hz = name.startsWith('near') ? NEAR_HZ : FAR_HZ;
    const gateway = await MgcpGateway.open({
      domain: `${name}.test`,
      lines: [linesOf(pairs)],
      callAgents,
      red,
      names: { [NAME]: [A, B] },
      address: ADDRESSES[name],
      port: 2427,
      rtp,
      tones: Object.fromEntries(rtp.map((line) => [line, hz])),
      timers: GATEWAY_TIMERS,
      transactions: timersOf(kind),
      onMessage: (direction, text) => this.#ledger.note(direction, text),
    });
    this.#gateways.set(name, gateway);
  }
}

function lineOf(nth: number): string {
  return `aaln/${Math.floor(nth / 2) + 1}`;
}

function linesOf(pairs: number): string {
  return `aaln/[1-${Math.ceil(pairs / 2)}]`;
}

function numberOf(nth: number): string {
  return String(2_000 + nth);
}

function yamlOf({ kind, pairs }: SceneOptions): string {
  const { alternates, red } = KINDS[kind];
  const { rtoMs, max1, max2, tMaxMs, tHistMs } = timersOf(kind);
  const gateway = (name: keyof typeof ADDRESSES): string => `
  ${name}:
    protocol: mgcp
    address: ${ADDRESSES[name]}
    domain: ${name}.test
    lines: ["${linesOf(pairs)}"]
    digitMap: "(2xxx|3xxx)"
    alternates: ${alternates}
    red: ${red ? 'auto' : '"no"'}${alternates === 'name' ? `\n    notifiedEntity: ${NAME}` : ''}`;
  const numbers = Array.from({ length: pairs }, (_, nth) => `  "${numberOf(nth)}": ${lineOf(nth)}@${FAR[nth % 2]}`);
  return `
cluster:
  domain: sample2.test
  keys: [{ id: k1, secret: "\${ALTPATH_KEY}" }]
  nodes:
    a: { listen: [mgcp+udp://${A}:2727], admin: "off", store: { kind: memory } }
    b: { listen: [mgcp+udp://${B}:2727], admin: "off", store: { kind: memory } }
gateways:${[...NEAR, ...FAR].map(gateway).join('')}
numbers:
${numbers.join('\n')}
mgcp: { rto: ${rtoMs}ms, max1: ${max1}, max2: ${max2}, tMax: ${tMaxMs}ms, tHist: ${tHistMs}ms }
`;
}
