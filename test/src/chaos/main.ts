// `npm run chaos`: the survivability matrix in full. Prints one table a run and exits 1 when a call was lost or a phone
// rang twice. Options: --calls N (SIP calls of a run, all stages together), --lines N (of MGCP gateways, in each stage),
// --protocol sip or mgcp (only that one).
import { parseArgs } from 'node:util';
import { findProgram } from '@altpath/testkit';
import { complaints as lineComplaints, type LinesChaosOptions, runStageByStage } from './lines/run.js';
import { KINDS, type Kind, mgcpChaos } from './mgcp/mgcp-scene.js';
import { complaints, type ChaosOptions, runChaos } from './run.js';

const isRoot = process.getuid?.() === 0;
const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '390' },
    lines: { type: 'string', default: '200' },
    protocol: { type: 'string', default: 'all' },
  },
});
const calls = Number(values.calls);
const lines = Number(values.lines);
const { protocol } = values;
const aware = (kill: 'kill' | 'stop', probe: number): ChaosOptions => ({ kill, stages: 'all', probe, t1Ms: 100, calls });
const slow = (t1Ms: number): ChaosOptions => ({ kill: 'none', stages: 'slow', probe: 0.9, t1Ms, calls: Math.min(calls, 100) });
const MATRIX = [...[0.9, 2.5].flatMap((probe) => [aware('kill', probe), aware('stop', probe)]), slow(500), slow(100)];

const RTP_PAIRS_A_STAGE = 4;
const mgcp = (kind: Kind, fault: LinesChaosOptions['fault']): LinesChaosOptions => ({
  ...mgcpChaos(kind),
  fault,
  linesAStage: lines,
  rtpPairsAStage: RTP_PAIRS_A_STAGE,
});
const MGCP_MATRIX = [
  mgcp('redirect', 'none'),
  ...(Object.keys(KINDS) as Kind[]).flatMap((kind) => [mgcp(kind, 'SIGKILL'), mgcp(kind, 'SIGSTOP')]),
];

process.exitCode = await main();

async function main(): Promise<number> {
  const obstacles = [...usage(), ...(protocol === 'mgcp' ? [] : missing())];
  for (const obstacle of obstacles) console.error(obstacle);
  if (obstacles.length > 0) return 2;
  let lost = 0;
  for (const options of protocol === 'mgcp' ? [] : MATRIX) {
    const result = await runChaos(options);
    console.log(result.table);
    lost += complaints(result).length;
  }
  for (const options of protocol === 'sip' ? [] : MGCP_MATRIX) {
    const result = await runStageByStage(options);
    console.log(result.table);
    lost += lineComplaints(result).length;
  }
  console.log(lost === 0 ? 'every call ended as its users wanted' : `${lost} complaints, see above`);
  return lost === 0 ? 0 : 1;
}

function usage(): string[] {
  return [
    ...(Number.isInteger(calls) && calls >= 13 ? [] : ['--calls: a whole number, at least 13']),
    ...(Number.isInteger(lines / 2) && lines >= 2 && lines <= 200 ? [] : ['--lines: an even number, 2 to 200']),
    ...(['all', 'sip', 'mgcp'].includes(protocol) ? [] : ['--protocol: sip, mgcp or all']),
  ];
}

/** What the SIP part needs; the MGCP part needs nothing. */
function missing(): string[] {
  const programs = ['python3', 'ip'].filter((program) => findProgram(program) === undefined);
  return [
    ...(isRoot ? [] : ['npm run chaos needs root: every run has a network namespace of its own']),
    ...(programs.length === 0 ? [] : [`npm run chaos needs ${programs.join(', ')}: npm run peers`]),
  ];
}
