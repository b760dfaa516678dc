// `npm run chaos`: the survivability matrix in full. Prints one table a run and exits 1 when a call was lost or a phone
// rang twice. Options: --calls N (of a run, all stages together).
import { parseArgs } from 'node:util';
import { findProgram } from '@altpath/testkit';
import { measureGateways } from './gateways.js';
import { complaints, type ChaosOptions, runChaos } from './run.js';

const isRoot = process.getuid?.() === 0;
const { values } = parseArgs({ options: { calls: { type: 'string', default: '390' } } });
const calls = Number(values.calls);
const aware = (kill: 'kill' | 'stop', probe: number): ChaosOptions => ({ kill, stages: 'all', probe, t1Ms: 100, calls });
const slow = (t1Ms: number): ChaosOptions => ({ kill: 'none', stages: 'slow', probe: 0.9, t1Ms, calls: Math.min(calls, 100) });
const MATRIX = [...[0.9, 2.5].flatMap((probe) => [aware('kill', probe), aware('stop', probe)]), slow(500), slow(100)];

process.exitCode = await main();

async function main(): Promise<number> {
  const missing = ['python3', 'ip'].filter((program) => findProgram(program) === undefined);
  if (!isRoot || missing.length > 0 || !Number.isInteger(calls) || calls < 13) {
    if (!isRoot) console.error('npm run chaos needs root: every run has a network namespace of its own');
    if (missing.length > 0) console.error(`npm run chaos needs ${missing.join(', ')}: npm run peers`);
    if (!Number.isInteger(calls) || calls < 13) console.error('--calls: a whole number, at least 13');
    return 2;
  }
  let lost = 0;
  for (const options of MATRIX) {
    const result = await runChaos(options);
    console.log(result.table);
    lost += complaints(result).length;
  }
  lost += await measureGateways(3, (line) => console.log(line));
  console.log(lost === 0 ? 'every call ended as its users wanted' : `${lost} complaints, see above`);
  return lost === 0 ? 0 : 1;
}
