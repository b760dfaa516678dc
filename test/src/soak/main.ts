// `npm run soak [-- --minutes N --rate N]`: calls at a steady rate through one node for a long time; nothing may fail,
// and memory must come to rest. Bounded in time; root, since it runs in a network of its own.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { findProgram } from '@altpath/testkit';
import { Sipp } from '../interop/sipp.js';
import { startNode } from '../support/altpath-node.js';
import { NetworkSpace } from '../support/network-space.js';
import { Scratch } from '../support/scratch.js';

const NODE = '127.0.1.1';
const CALLEE = '127.0.3.1';
const USERS = Array.from({ length: 100 }, (_, index) => `user${index}`);
/** Timers of 32 s hold what was answered: before this, memory cannot have come to rest. */
const WARM_UP_S = 90;
/** What the resident size may differ by, once it has come to rest. */
const REST_RATIO = 1.25;

const YAML = `
cluster:
  domain: ${NODE}
  nodes:
    solo: { listen: [sip+udp://${NODE}:5060], admin: "off", store: { kind: memory } }
trust: { peers: [127.0.0.0/8] }
`;

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, rate: { type: 'string', default: '100' } } });
const seconds = Number(values.minutes) * 60;
const rate = Number(values.rate);

function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

async function soak(): Promise<number> {
  if (process.getuid?.() !== 0 || !findProgram('sipp')) {
    process.stdout.write('needs root and sipp: npm run peers\n');
    return 1;
  }
  const space = await NetworkSpace.create('soak');
  const scratch = await Scratch.create('soak');
  const node = await startNode({ yaml: YAML, name: 'solo', space, scratch });
  try {
    const common = { space, scratch, transport: 'udp', rate, keys: { domain: NODE, contact: `${CALLEE}:5060` } } as const;
    const registered = await Sipp.start({
      ...common,
      scenario: 'register',
      host: '127.0.2.1',
      target: `${NODE}:5060`,
      calls: USERS.length,
      users: USERS,
    });
    await registered.finish();
    const calls = seconds * rate;
    const callee = await Sipp.start({ ...common, scenario: 'callee', host: CALLEE, calls });
    const caller = await Sipp.start({ ...common, scenario: 'caller', host: '127.0.2.2', target: `${NODE}:5060`, calls, users: USERS });
    const began = Date.now();
    const sizes: { readonly at: number; readonly mib: number }[] = [];
    const watch = setInterval(() => {
      const at = Math.round((Date.now() - began) / 1000);
      const mib = residentMiB(node.pid ?? 0);
      sizes.push({ at, mib });
      if (at % 60 < 10) process.stdout.write(`${String(at).padStart(6)} s   ${mib.toFixed(0)} MiB\n`);
    }, 10_000);
    const counts = await caller.finish();
    clearInterval(watch);
    callee.child.signal('SIGTERM');
    const rested = sizes.filter(({ at }) => at >= WARM_UP_S).map(({ mib }) => mib);
    const grown = rested.length < 2 ? 1 : (rested.at(-1) as number) / (rested[0] as number);
    process.stdout.write(
      `${counts.successful} calls, ${counts.failed} failed, ${counts.retransmissions} retransmissions; memory x${grown.toFixed(2)} since ${WARM_UP_S} s\n`,
    );
    return counts.failed === 0 && grown < REST_RATIO ? 0 : 1;
  } finally {
    await node.stop();
    await scratch.remove();
    await space.remove();
  }
}

process.exitCode = await soak();
