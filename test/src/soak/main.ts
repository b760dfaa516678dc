// `npm run soak [-- --minutes N --rate N --only sip|controller]`: calls at a steady rate through one node for a long time, of SIP
// telephones through the proxy, and of telephones of every kind through the controller; nothing may fail, and memory must come
// to rest. Bounded in time; SIP's part needs root, since it runs in a network of its own.
import { parseArgs } from 'node:util';
import { findProgram } from '@altpath/testkit';
import { Sipp } from '../interop/sipp.js';
import { startNode } from '../support/altpath-node.js';
import { NetworkSpace } from '../support/network-space.js';
import { Scratch } from '../support/scratch.js';
import { soakController } from './controller.js';
import { MemoryWatch } from './memory.js';

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

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string' },
    only: { type: 'string' },
  },
});
const seconds = Number(values.minutes) * 60;
const rateOr = (usual: number): number => Number(values.rate ?? usual);

async function soakProxy(rate: number): Promise<number> {
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
    const watch = new MemoryWatch(node.pid ?? 0, (line) => void process.stdout.write(line));
    const counts = await caller.finish();
    callee.child.signal('SIGTERM');
    const grown = watch.end(WARM_UP_S);
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

const { only } = values;
const isPart = only === undefined || only === 'sip' || only === 'controller';
if (!isPart) process.stdout.write(`--only takes sip or controller, not ${only}\n`);
const codes = [
  isPart ? 0 : 2,
  isPart && only !== 'controller' ? await soakProxy(rateOr(100)) : 0,
  isPart && only !== 'sip' ? await soakController(seconds, rateOr(50)) : 0,
];
process.exitCode = Math.max(...codes);
