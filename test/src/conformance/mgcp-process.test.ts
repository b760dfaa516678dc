// A whole node is fed with every MGCP message of the corpus, as if its own gateways had sent them, in a network namespace of
// its own: it answers what it may not obey with the code of its document, it goes on answering, and it does not grow.
import { loadIndex, needs, vectorsRoot } from '@altpath/testkit';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startNode } from '../support/altpath-node.js';
import { NetworkSpace } from '../support/network-space.js';
import { Child } from '../support/process.js';
import { ROOT } from '../support/root.js';
import { Scratch } from '../support/scratch.js';
import type { FedMgcp } from './mgcp-feed.js';

const NODE = '127.0.1.1';
const GATEWAYS = '127.0.2.1';
/** Domains of the corpus, so that what it says gets as far as lines and calls. */
const DOMAINS = ['b.net', 'gw-o.whatever.net', 'gw-t.whatever.net', 'mgw', 'mgw45.whatever.net', 'rgw-2567.whatever.net', 'vg224'];
const LINES = '["aaln/[1-3]", "ds/ds1-3/6", "ds/ds1-5/3", e]';
const ROUNDS = 5;

const YAML = `
cluster:
  domain: example.test
  nodes:
    solo: { listen: [mgcp+udp://${NODE}:2727], admin: off, store: { kind: memory } }
gateways:
${DOMAINS.map((domain, at) => `  g${at}: { protocol: mgcp, address: ${GATEWAYS}, domain: ${domain}, lines: ${LINES} }`).join('\n')}
numbers: { "2001": aaln/1@g0, "9.": aaln/2@g1 }
mgcp: { rto: 50ms, tMax: 500ms, tHist: 1s }
`;

describe('a node that is fed with the whole MGCP corpus', function () {
  this.timeout(120_000);
  let space: NetworkSpace;
  let scratch: Scratch;
  let node: Child;

  before(async function () {
    needs(this, 'netns', 'vectors');
    space = await NetworkSpace.create('mgcp-feed');
    scratch = await Scratch.create('mgcp-feed');
    node = await startNode({ yaml: YAML, name: 'solo', space, scratch });
  });

  after(async () => {
    await node?.stop();
    await scratch?.remove();
    await space?.remove();
  });

  async function feed(): Promise<readonly FedMgcp[]> {
    const feeder = new Child('feeder', space.command([process.execPath, join(ROOT, 'test/dist/conformance/mgcp-feed.js'), NODE, GATEWAYS]));
    for (const { file } of loadIndex('mgcp')?.vectors ?? []) feeder.write(`${file}\t${join(vectorsRoot() ?? '', 'mgcp', file)}\n`);
    feeder.endInput();
    expect(await feeder.ended, feeder.output()).to.equal(0);
    return feeder.stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as FedMgcp]));
  }

  const residentMiB = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${node.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

  it('takes every message and goes on', async () => {
    const fed = await feed();
    expect(fed).to.have.length(loadIndex('mgcp')?.vectors.length ?? 0);
    const allCodes = new Set(fed.flatMap(({ codes }) => codes));
    // Some got as far as a restart that is welcome, others not past their first line.
    expect([...allCodes]).to.include.members([200, 500, 510]);
    expect(node.running, node.output()).to.equal(true);
    expect(node.stderr).to.not.match(/broke its promise|Error:/);
  });

  it('does not grow', async () => {
    const before = residentMiB();
    for (let round = 0; round < ROUNDS; round += 1) await feed();
    expect(residentMiB() - before).to.be.below(64);
    expect(node.stderr).to.not.match(/broke its promise|Error:/);
  });
});
