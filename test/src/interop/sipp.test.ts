// Two thousand calls at two hundred a second, placed by sipp: through one node, through two in a row, and over TCP.
import { needs } from '@altpath/testkit';
import { expect } from 'chai';
import { startNode } from '../support/altpath-node.js';
import { NetworkSpace } from '../support/network-space.js';
import type { Child } from '../support/process.js';
import { Scratch } from '../support/scratch.js';
import { Sipp } from './sipp.js';

const CALLS = 2_000;
const RATE = 200;
const USERS = Array.from({ length: 100 }, (_, index) => `user${index}`);
const HOME = '127.0.1.1';
const EDGE = '127.0.1.2';
const REGISTRANT = '127.0.2.1';
const CALLER = '127.0.2.2';
const CALLEE = '127.0.3.1';

/** A node for itself: the domain is its address, and it relays for anybody on loopback. */
function solo(host: string): string {
  return `
cluster:
  domain: ${host}
  keys: [{ id: k1, secret: "\${ALTPATH_KEY}" }]
  nodes:
    n${host.split('.').at(-1)}:
      listen: [sip+udp://${host}:5060, sip+tcp://${host}:5060]
      admin: off
      store: { kind: memory }
trust: { peers: [127.0.0.0/8] }
sip:
  registrar: { domains: ["${host}"], authenticate: false }
`;
}

describe(`sipp places ${CALLS} calls at ${RATE} a second`, function () {
  this.timeout(90_000);
  // T1 is half a second: a machine that stands still for that long retransmits, whoever is at fault.
  this.retries(2);
  let space: NetworkSpace;
  let scratch: Scratch;
  const children: Child[] = [];

  before(async function () {
    needs(this, 'sipp');
    space = await NetworkSpace.create('sipp', { inFront: true });
  });

  beforeEach(async () => {
    scratch = await Scratch.create('sipp');
  });

  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.stop()));
    await scratch.remove();
  });

  after(async () => {
    await space?.remove();
  });

  it('through one node', async () => {
    await start(HOME);
    await expectCleanCalls('udp', HOME);
  });

  it('through two nodes in a row, the first of another domain', async () => {
    await start(HOME);
    await start(EDGE);
    await expectCleanCalls('udp', EDGE);
  });

  it('over TCP', async () => {
    await start(HOME);
    await expectCleanCalls('tcp', HOME);
  });

  async function start(host: string): Promise<void> {
    children.push(await startNode({ yaml: solo(host), name: `n${host.split('.').at(-1)}`, space, scratch }));
  }

  async function expectCleanCalls(transport: 'udp' | 'tcp', firstHop: string): Promise<void> {
    const common = { space, scratch, transport, rate: RATE, keys: { domain: HOME, contact: `${CALLEE}:5060` } };
    const registrations = await run({
      ...common,
      scenario: 'register',
      host: REGISTRANT,
      target: `${HOME}:5060`,
      calls: USERS.length,
      users: USERS,
    });
    expect((await registrations.finish()).successful, await registrations.complaints()).to.equal(USERS.length);

    const callee = await run({ ...common, scenario: 'callee', host: CALLEE, calls: CALLS });
    const caller = await run({ ...common, scenario: 'caller', host: CALLER, target: `${firstHop}:5060`, calls: CALLS, users: USERS });
    const clean = { successful: CALLS, failed: 0, retransmissions: 0, unexpected: 0, exitCode: 0 };
    const calling = await caller.finish();
    if (calling.failed > 0) callee.child.signal('SIGTERM'); // the rest of its calls will never come
    expect(calling, await caller.complaints()).to.deep.equal(clean);
    expect(await callee.finish(), await callee.complaints()).to.deep.equal(clean);
  }

  async function run(options: Parameters<typeof Sipp.start>[0]): Promise<Sipp> {
    const sipp = await Sipp.start(options);
    children.push(sipp.child);
    return sipp;
  }
});
