// One run of the survivability harness (test/chaos/harness.py) against two nodes of this checkout: simulated phones, one
// fault, a row for every stage of a call. Root only: it lives in a network namespace and under a real-time priority.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLUSTER_KEY, altpathCommand } from '../support/altpath-node.js';
import { NetworkSpace } from '../support/network-space.js';
import { Child, shellLine } from '../support/process.js';
import { ROOT } from '../support/root.js';
import { Scratch } from '../support/scratch.js';

const HARNESS = join(ROOT, 'test/chaos/harness.py');
const NODE_A = '127.0.1.1';
const NODE_B = '127.0.1.2';

export interface ChaosOptions {
  /** What happens to node a: SIGKILL, SIGSTOP, or nothing at all. */
  readonly kill: 'kill' | 'stop' | 'none';
  /** `all`: s1a to s8, at whose middle the fault comes; `slow`: calls whose callee takes its time (kill: none). */
  readonly stages: 'all' | 'slow';
  /** Silence, in T1, before an aware phone tries the alternate. */
  readonly probe: number;
  readonly t1Ms: number;
  /** All stages together. */
  readonly calls: number;
  /** Stages `slow`: seconds until the callee rings, and until it answers. */
  readonly slow?: readonly [rings: number, answers: number] | undefined;
}

/** What became of the calls of one stage. Delays are those added by the fault, in seconds. */
export interface StageRow {
  readonly n: number;
  readonly clean: number;
  readonly double_ring: number;
  /** INVITEs that the callee had to refuse as merged (482): its copies did not look like one transaction. */
  readonly merged: number;
  readonly med_s: number | null;
  readonly p99_s: number | null;
  readonly why: readonly (readonly [reason: string, count: number])[];
}

export interface ChaosResult {
  readonly registered: number;
  readonly calls: number;
  readonly rows: Readonly<Record<string, StageRow>>;
  /** The harness's own table. */
  readonly table: string;
  /** The end of what the nodes logged. */
  readonly log: string;
}

/** @throws Error with all output when the harness gave no result: a node that did not start, a fault of the harness. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const space = await NetworkSpace.create('chaos', { inFront: true });
  const scratch = await Scratch.create('chaos');
  const harness = new Child('harness', space.command(['python3', HARNESS, ...(await harnessArguments(options, scratch))]), {
    cwd: scratch.folder,
    env: { ALTPATH_KEY: CLUSTER_KEY, PYTHONDONTWRITEBYTECODE: '1' },
  });
  try {
    await harness.ended;
    const log = await readFile(scratch.path('nodes.log'), 'utf8').catch(() => ''); // no node got as far as logging
    const json = await readFile(scratch.path('result.json'), 'utf8').catch((cause: unknown) => {
      throw new Error(`the harness gave no result\n${harness.output()}\n--- nodes\n${log.slice(-8_000)}`, { cause });
    });
    return { ...(JSON.parse(json) as Omit<ChaosResult, 'table' | 'log'>), table: harness.stdout, log: log.slice(-8_000) };
  } finally {
    await harness.stop();
    await scratch.remove();
    await space.remove();
  }
}

/** Everything that is not as it must be: empty when every call ended as its users wanted and no phone rang twice. */
export function complaints({ registered, calls, rows }: ChaosResult): string[] {
  return [
    ...(registered === calls ? [] : [`${registered} of ${calls} phones registered`]),
    ...Object.entries(rows).flatMap(([stage, { n, clean, double_ring, merged, why }]) => [
      ...(clean === n ? [] : [`${stage}: ${clean} of ${n} clean (${why.map(([reason, count]) => `${count} x ${reason}`).join(', ')})`]),
      ...(double_ring === 0 ? [] : [`${stage}: ${double_ring} phones rang twice`]),
      ...(merged === 0 ? [] : [`${stage}: ${merged} copies were not one transaction (482)`]),
    ]),
  ];
}

async function harnessArguments(options: ChaosOptions, scratch: Scratch): Promise<string[]> {
  const { kill, stages, probe, t1Ms, calls, slow = [10, 30] } = options;
  const file = await scratch.write('altpath.yaml', twoNodes(t1Ms));
  const node = (name: string): string => shellLine(altpathCommand('start', '-c', file, '--node', name));
  return [
    ...['--label', `altpath-probe${probe}`, '--aware', 'all', '--kill', kill, '--stages', stages],
    ...['--t1', String(t1Ms / 1_000), '--probe', String(probe), '--calls', String(calls)],
    ...(stages === 'slow' ? ['--slow', slow.join(':'), '--deadline', String(slow[1] + 30)] : []),
    ...['--outbound', `${NODE_A},${NODE_B}`, '--start-a', node('a'), '--start-b', node('b')],
    ...['--json', scratch.path('result.json'), '--log', scratch.path('nodes.log'), '--expect-clean'],
  ];
}

/** Two nodes for the domain of the harness, with its timers. */
function twoNodes(t1Ms: number): string {
  return `
cluster:
  domain: chaos.test
  keys: [{ id: k1, secret: "\${ALTPATH_KEY}" }]
  nodes:
    a: { listen: [sip+udp://${NODE_A}:5060], store: { kind: memory } }
    b: { listen: [sip+udp://${NODE_B}:5060], store: { kind: memory } }
trust: { peers: [127.0.0.0/8] }
sip:
  timers: { t1: ${t1Ms}ms }
  registrar: { domains: [chaos.test], authenticate: false }
`;
}
