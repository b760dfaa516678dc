// `npm run chaos`: the survivability matrix in full. Prints one table a run and exits 1 when a call was lost or a phone
// rang twice. Options: --calls N (SIP calls of a run, all stages together), --lines N (of gateways, in each stage), --protocol
// sip, mgcp, megaco or controller (only that one; controller: calls between telephones of every kind), and of the last one --pair
// FROM-TO (sip-mgcp) and --fault SIGKILL, SIGSTOP or SIGTERM.
import { parseArgs } from 'node:util';
import { findProgram } from '@altpath/testkit';
import { controllerChaos, PHONE_KINDS } from './controller/controller-scene.js';
import { ERLANG } from '../interop/erlang-peer.js';
import { complaints as lineComplaints, type Fault, type LinesChaosOptions, runLinesChaos, runStageByStage } from './lines/run.js';
import { megacoChaos, type Way, WAYS } from './megaco/megaco-scene.js';
import { KINDS, type Kind, mgcpChaos } from './mgcp/mgcp-scene.js';
import { complaints, type ChaosOptions, runChaos } from './run.js';

const isRoot = process.getuid?.() === 0;
const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '390' },
    lines: { type: 'string', default: '200' },
    protocol: { type: 'string', default: 'all' },
    pair: { type: 'string', default: 'all' },
    fault: { type: 'string', default: 'all' },
  },
});
const calls = Number(values.calls);
const lines = Number(values.lines);
const { protocol, pair, fault: only } = values;
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

/** All stages at once: with a few lines in each, for there are many ways to speak. */
const MEGACO_LINES = Math.min(lines, 8);
const megaco = (way: Way, fault: Fault): LinesChaosOptions => ({
  ...megacoChaos(way),
  fault,
  linesAStage: MEGACO_LINES,
  rtpPairsAStage: way.make === 'ours' ? 1 : 0,
});
const FAULTS = ['SIGKILL', 'SIGSTOP', 'SIGTERM'] as const;
const MEGACO_MATRIX = WAYS.flatMap((way) => FAULTS.map((fault) => megaco(way, fault)));

/** Without a shared store every call goes on between lines, of which an audit tells all. */
const CONTROLLER_MATRIX = (['shared', 'none'] as const)
  .flatMap((store) => PHONE_KINDS.flatMap((from) => PHONE_KINDS.map((to) => ({ from, to, store }))))
  .filter(({ from, to, store }) => store === 'shared' || (from !== 'sip' && to !== 'sip'))
  .filter(({ from, to }) => pair === 'all' || pair === `${from}-${to}`)
  .flatMap((call) =>
    FAULTS.filter((fault) => only === 'all' || only === fault).map((fault): LinesChaosOptions => ({
      ...controllerChaos(call),
      fault,
      linesAStage: MEGACO_LINES,
      rtpPairsAStage: 1,
    })),
  );

process.exitCode = await main();

async function main(): Promise<number> {
  const plays = (name: string): boolean => protocol === 'all' || protocol === name;
  const obstacles = [
    ...usage(),
    ...(plays('sip') ? missing() : []),
    ...(plays('megaco') ? missingPrograms(ERLANG) : []),
    ...(plays('controller') ? missingPrograms(['redis-server']) : []),
  ];
  for (const obstacle of obstacles) console.error(obstacle);
  if (obstacles.length > 0) return 2;
  let lost = 0;
  for (const options of plays('sip') ? MATRIX : []) {
    const result = await runChaos(options);
    console.log(result.table);
    lost += complaints(result).length;
  }
  const runs = [
    ...(plays('mgcp') ? MGCP_MATRIX.map((options) => () => runStageByStage(options)) : []),
    ...(plays('megaco') ? MEGACO_MATRIX.map((options) => () => runLinesChaos(options)) : []),
    ...(plays('controller') ? CONTROLLER_MATRIX.map((options) => () => runLinesChaos(options)) : []),
  ];
  for (const run of runs) {
    const result = await run();
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
    ...(['all', 'sip', 'mgcp', 'megaco', 'controller'].includes(protocol) ? [] : ['--protocol: sip, mgcp, megaco, controller or all']),
    ...(CONTROLLER_MATRIX.length > 0 ? [] : ['--pair: FROM-TO of sip, mgcp, megaco; --fault: SIGKILL, SIGSTOP or SIGTERM']),
  ];
}

/** What the SIP part needs. The MGCP part needs nothing. */
function missing(): string[] {
  return [
    ...(isRoot ? [] : ['npm run chaos needs root: every run has a network namespace of its own']),
    ...missingPrograms(['python3', 'ip']),
  ];
}

function missingPrograms(programs: readonly string[]): string[] {
  const absent = programs.filter((program) => findProgram(program) === undefined);
  return absent.length === 0 ? [] : [`npm run chaos needs ${absent.join(', ')}: npm run peers`];
}
