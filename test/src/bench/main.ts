// `npm run bench`: (a) the SIP codec, against npm `sip`; (b) the MEGACO codecs, against those of Erlang/OTP; (c) CPU time of
// one proxied call, against Kamailio; each in one alternating run. Prints them. Options: --only sip|megaco|proxy, --rounds N,
// --calls N (of a round), --max (find the highest clean rate too), --record FILE (append the figures as JSON lines).
// Nothing else is written.
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findProgram } from '@altpath/testkit';
import { altpathCommand, CLUSTER_KEY } from '../support/altpath-node.js';
import { NetworkSpace } from '../support/network-space.js';
import { Child, shellLine } from '../support/process.js';
import { ROOT } from '../support/root.js';
import { Scratch } from '../support/scratch.js';
import { benchCodec } from './codec.js';
import { benchMegaco } from './megaco.js';

const NODE = '127.0.1.50';
const PEERS = ['python3', 'kamailio', 'cc', 'taskset', 'ip'];

/** One node for the load: it relays for anybody on loopback. */
const SOLO = `
cluster:
  domain: ${NODE}
  keys: [{ id: k1, secret: "\${ALTPATH_KEY}" }]
  nodes:
    solo: { listen: [sip+udp://${NODE}:5060], admin: off, store: { kind: memory } }
trust: { peers: [127.0.0.0/8] }
sip:
  registrar: { domains: [${NODE}], authenticate: false }
`;

/** A line of bench_proxy.py; `summary` and `max` lines come last. */
interface Line {
  readonly summary?: boolean;
  readonly max?: boolean;
  readonly target: string;
  readonly round?: number;
  readonly cps: number;
  readonly cpu_us_per_call?: number;
  readonly spread?: readonly [number, number];
  readonly ratio?: number;
  readonly pss_mb?: number;
  readonly failed?: number;
  readonly repeated?: number;
}

const isRoot = process.getuid?.() === 0;
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    calls: { type: 'string', default: '12000' },
    max: { type: 'boolean', default: false },
    record: { type: 'string' },
  },
});

const wants = (part: 'sip' | 'megaco' | 'proxy'): boolean => values.only === undefined || values.only === part;
if (wants('sip')) await codec();
if (wants('megaco')) process.exitCode = await megaco();
if (wants('proxy')) process.exitCode = (await proxies()) || process.exitCode || 0;

async function codec(): Promise<void> {
  const figures = benchCodec();
  console.log('SIP codec, microseconds a message');
  console.table(figures);
  await record({ bench: 'codec', figures });
}

async function megaco(): Promise<number> {
  if (findProgram('escript') === undefined) {
    console.error('the comparison with Erlang/OTP needs erlang-base, erlang-asn1 and erlang-megaco (npm run peers)');
    return 2;
  }
  const scratch = await Scratch.create('bench');
  try {
    const figures = await benchMegaco(scratch, Number(values.rounds));
    console.log('MEGACO codecs, read and written again, microseconds a message');
    console.table(figures);
    await record({ bench: 'megaco', figures });
    return 0;
  } finally {
    await scratch.remove();
  }
}

async function proxies(): Promise<number> {
  const missing = PEERS.filter((program) => findProgram(program) === undefined);
  if (!isRoot || missing.length > 0) {
    console.error(
      `the comparison with Kamailio needs ${isRoot ? '' : 'root, and '}${missing.join(', ') || 'nothing else'} (npm run peers; cc from gcc)`,
    );
    return 2;
  }
  const lines = await compare([]);
  for (const line of lines.filter(({ summary }) => summary)) {
    const { target, cpu_us_per_call, spread, ratio, cps, pss_mb, failed, repeated } = line;
    console.log(
      `${target.padEnd(10)} ${cpu_us_per_call} us CPU a call (${spread?.join(' to ')}), ${ratio} x kamailio; ` +
        `${cps} calls/s saturated, ${pss_mb} MB; ${failed} failed, ${repeated} repeated`,
    );
  }
  if (values.max)
    for (const { target, cps } of (await compare(['--find-max'])).filter(({ max }) => max))
      console.log(`${target.padEnd(10)} ${cps} calls/s clean`);
  return 0;
}

/** Kamailio and this checkout in turn, in a network of their own. */
async function compare(options: readonly string[]): Promise<readonly Line[]> {
  const space = await NetworkSpace.create('bench');
  const scratch = await Scratch.create('bench');
  try {
    const file = await scratch.write('altpath.yaml', SOLO);
    const altpath = `altpath=${shellLine(altpathCommand('start', '-c', file, '--node', 'solo'))}@${NODE}:5060`;
    const load = ['--rounds', values.rounds, '--calls', values.calls, ...options];
    const command = ['python3', join(ROOT, 'test/bench/bench_proxy.py'), '--target', 'kamailio', '--target', altpath, ...load];
    const bench = new Child('bench', space.command(command), { env: { ALTPATH_KEY: CLUSTER_KEY, PYTHONDONTWRITEBYTECODE: '1' } });
    if ((await bench.ended) !== 0) throw new Error(bench.output());
    const lines = bench.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    for (const line of lines) await record({ bench: 'proxy', ...line });
    return lines;
  } finally {
    await scratch.remove();
    await space.remove();
  }
}

async function record(figures: object): Promise<void> {
  if (values.record !== undefined) await appendFile(values.record, `${JSON.stringify({ at: new Date().toISOString(), ...figures })}\n`);
}
