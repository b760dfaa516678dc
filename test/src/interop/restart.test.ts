// What a node knows after it died, and what a node that comes late is told: real processes, real sockets, real disks.
import { needs } from '@altpath/testkit';
import { expect } from 'chai';
import { altpathCommand, CLUSTER_KEY, startNode } from '../support/altpath-node.js';
import { NetworkSpace } from '../support/network-space.js';
import { Child } from '../support/process.js';
import { Scratch } from '../support/scratch.js';
import { Sipp } from './sipp.js';

const USERS = Array.from({ length: 100 }, (_, index) => `user${index}`);
const A = '127.0.1.1';
const B = '127.0.1.2';

const yaml = (store: string): string => `
cluster:
  domain: ${A}
  keys: [{ id: k1, secret: "\${ALTPATH_KEY}" }]
  nodes:
    a: { listen: [sip+udp://${A}:5060], admin: http://${A}:8080, store: ${store} }
    b: { listen: [sip+udp://${B}:5060], admin: http://${B}:8080, store: { kind: memory } }
sip: { registrar: { domains: ["${A}"] } }
`;

describe('registrations', function () {
  this.timeout(60_000);
  let space: NetworkSpace;
  let scratch: Scratch;
  const children: Child[] = [];

  before(async function () {
    needs(this, 'sipp');
    space = await NetworkSpace.create('restart');
  });

  beforeEach(async () => {
    scratch = await Scratch.create('restart');
  });

  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.stop()));
    await scratch.remove();
  });

  after(async () => {
    await space?.remove();
  });

  async function start(name: string, store: string): Promise<Child> {
    const child = await startNode({ yaml: yaml(store), name, space, scratch });
    children.push(child);
    return child;
  }

  async function registerAll(): Promise<void> {
    const options = {
      space,
      scratch,
      transport: 'udp',
      scenario: 'register',
      host: '127.0.2.1',
      calls: USERS.length,
      users: USERS,
    } as const;
    const sipp = await Sipp.start({ ...options, target: `${A}:5060`, keys: { domain: A, contact: '127.0.3.1:5060' } });
    expect((await sipp.finish()).successful, await sipp.complaints()).to.equal(USERS.length);
  }

  /** How many a node says that it holds; asked again until it is `count`, for the last ones may be on their way. */
  async function holds(host: string, count: number): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      const client = new Child(
        'altpath registrations',
        space.command(altpathCommand('registrations', '-o', 'json', '--admin', `http://${host}:8080`)),
        {
          env: { ALTPATH_KEY: CLUSTER_KEY },
        },
      );
      expect(await client.ended, client.output()).to.equal(0);
      const { total } = JSON.parse(client.stdout) as { total: number };
      if (total === count) return;
      if (attempt === 50) expect(total).to.equal(count);
    }
  }

  it('are there after SIGKILL and a restart: LMDB, each on disk before its 200', async () => {
    const store = '{ kind: lmdb, path: ./data/a, sync: always }';
    const node = await start('a', store);
    await registerAll();
    node.signal('SIGKILL');
    await node.ended;
    await start('a', store);
    await holds(A, USERS.length);
  });

  it('reach the other node as they are accepted', async () => {
    await start('a', '{ kind: memory }');
    await start('b', '{ kind: memory }');
    await registerAll();
    await holds(B, USERS.length);
  });

  it('are told to a node that comes late, and to one that lost everything', async () => {
    const first = await start('a', '{ kind: memory }');
    await registerAll();
    await start('b', '{ kind: memory }');
    await holds(B, USERS.length);
    first.signal('SIGKILL');
    await first.ended;
    await start('a', '{ kind: memory }');
    await holds(A, USERS.length);
  });
});
