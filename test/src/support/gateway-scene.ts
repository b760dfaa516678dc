// Two nodes as processes, and two simulated MGCP gateways with real RTP whose lines call each other: the stage on which the
// controller dies, for tests and for measuring.
import { type AnalogLine, MgcpGateway } from '@altpath/simulators';
import { expect } from 'chai';
import { startNode } from './altpath-node.js';
import { NetworkSpace } from './network-space.js';
import type { Child } from './process.js';
import { Scratch } from './scratch.js';

const A = '127.0.73.1';
const B = '127.0.73.2';
export const LINES = 6;
/** Tones of the two gateways' lines. */
const NEAR_HZ = 600;
const FAR_HZ = 1_000;
/** Of gateways and nodes: an address is left after 0.7 to 1.4 s. */
export const TIMERS = { rtoMs: 200, max1: 2, max2: 7, tMaxMs: 6_000, tHistMs: 9_000 };

export interface Kind {
  readonly what: string;
  readonly alternates: 'list' | 'name' | 'none';
  readonly red: boolean;
  /** As the gateways are provisioned. */
  readonly callAgents: readonly string[];
}

export const KINDS: readonly Kind[] = [
  { what: 'gateways with the redirect package', alternates: 'list', red: true, callAgents: [`${A}:2727`] },
  { what: 'gateways with a list of their own', alternates: 'list', red: false, callAgents: [`${A}:2727`, `${B}:2727`] },
  { what: 'gateways that know a name of two addresses', alternates: 'name', red: false, callAgents: ['ca.test:2727'] },
  { what: 'gateways that can do nothing by themselves', alternates: 'none', red: false, callAgents: [`${A}:2727`] },
];

/** Two nodes, two gateways with six lines each: `near` calls `far`, line by line. */
export class Scene {
  private constructor(
    private readonly kind: Kind,
    private readonly scratch: Scratch,
    private readonly nodes: Map<string, Child>,
    private readonly near: MgcpGateway,
    private readonly far: MgcpGateway,
  ) {}

  static async open(kind: Kind): Promise<Scene> {
    const scratch = await Scratch.create('mgcp');
    const nodes = new Map<string, Child>();
    for (const name of ['a', 'b']) nodes.set(name, await startNode({ yaml: yaml(kind), name, space: NetworkSpace.here(), scratch }));
    const open = (name: string, address: string, hz: number): Promise<MgcpGateway> =>
      MgcpGateway.open({
        domain: `${name}.test`,
        lines: [`aaln/[1-${LINES}]`],
        callAgents: kind.callAgents,
        names: { 'ca.test': [A, B] },
        red: kind.red,
        address,
        port: 2427,
        rtp: 'all',
        tones: Object.fromEntries(Array.from({ length: LINES }, (_, at) => [`aaln/${at + 1}`, hz])),
        timers: { mwdMs: 50, tdinitMs: 1_000, tdminMs: 1_000 },
        transactions: TIMERS,
      });
    const scene = new Scene(kind, scratch, nodes, await open('near', '127.0.73.31', NEAR_HZ), await open('far', '127.0.73.32', FAR_HZ));
    scene.near.start();
    scene.far.start();
    for (const gateway of [scene.near, scene.far]) {
      for (let nth = 1; nth <= LINES; nth += 1) await gateway.line(`aaln/${nth}`).until((line) => line.service === 'in');
    }
    return scene;
  }

  /** The first node comes back: restarted empty, or thawed. */
  async comeBack(fault: 'SIGKILL' | 'SIGSTOP'): Promise<void> {
    if (fault === 'SIGSTOP') this.node('a').signal('SIGCONT');
    else this.nodes.set('a', await startNode({ yaml: yaml(this.kind), name: 'a', space: NetworkSpace.here(), scratch: this.scratch }));
  }

  async close(): Promise<void> {
    this.nodes.get('a')?.signal('SIGCONT');
    await Promise.all([this.near.close(), this.far.close()]);
    await Promise.all([...this.nodes.values()].map((node) => node.stop()));
    await this.scratch.remove();
  }

  node(name: string): Child {
    return this.nodes.get(name) as Child;
  }

  pair(nth: number): Pair {
    return new Pair(this.near.line(`aaln/${nth}`), this.far.line(`aaln/${nth}`), `200${nth}`);
  }

  /** Every line hangs, and no gateway has a connection. */
  async isEmpty(): Promise<void> {
    for (const gateway of [this.near, this.far]) {
      for (let nth = 1; nth <= LINES; nth += 1)
        await gateway.line(`aaln/${nth}`).until((line) => line.state === 'idle' && line.media.size === 0);
      expect(gateway.connectionsLeft).to.deep.equal([]);
    }
  }
}

/** A line of the one gateway that calls a line of the other. */
export class Pair {
  constructor(
    readonly caller: AnalogLine,
    readonly callee: AnalogLine,
    private readonly number: string,
  ) {}

  async seize(): Promise<void> {
    this.caller.offHook();
    await this.caller.until('dial-tone');
  }

  async ring(): Promise<void> {
    await this.seize();
    this.caller.dial(this.number);
    await Promise.all([this.callee.until('ringing'), this.caller.until('ringback')]);
  }

  async talk(): Promise<void> {
    await this.ring();
    this.callee.offHook();
    await this.inTalk();
  }

  /** Both ways: each hears the tone of the other. */
  async inTalk(): Promise<void> {
    await Promise.all([this.caller.until('talking'), this.callee.until('talking')]);
    await Promise.all([this.caller.untilHears(FAR_HZ, 5), this.callee.untilHears(NEAR_HZ, 5)]);
  }

  async hangUp(who: 'caller' | 'callee'): Promise<void> {
    const [first, second] = who === 'caller' ? [this.caller, this.callee] : [this.callee, this.caller];
    first.onHook();
    await second.until('busy');
    second.onHook();
  }
}

function yaml({ alternates, red }: Kind): string {
  const lines = Array.from({ length: LINES }, (_, at) => at + 1);
  const gateway = (name: string, address: string): string =>
    `  ${name}: { protocol: mgcp, address: ${address}, domain: ${name}.test, lines: ["aaln/[1-${LINES}]"], alternates: ${alternates}, red: ${red ? 'auto' : '"no"'}${alternates === 'name' ? ', notifiedEntity: ca.test' : ''} }`;
  return `
cluster:
  domain: sample2.test
  keys: [{ id: k1, secret: "\${ALTPATH_KEY}" }]
  nodes:
    a: { listen: [mgcp+udp://${A}:2727], admin: "off", store: { kind: memory } }
    b: { listen: [mgcp+udp://${B}:2727], admin: "off", store: { kind: memory } }
gateways:
${gateway('near', '127.0.73.31')}
${gateway('far', '127.0.73.32')}
numbers: { ${lines.map((nth) => `"200${nth}": aaln/${nth}@far`).join(', ')} }
mgcp: { rto: 200ms, max1: 2, max2: 7, tMax: 6s, tHist: 9s }
`;
}
