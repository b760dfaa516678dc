// A whole node is fed with every H.248 message of the corpus, text and binary, as if its own gateways had sent them, in a
// network namespace of its own: it answers what it may not obey with the code of its document, it goes on answering, and it
// does not grow, whatever is cut off and whatever is never sent to its end.
import { loadIndex, needs, vectorsRoot } from '@altpath/testkit';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startNode } from '../support/altpath-node.js';
import { NetworkSpace } from '../support/network-space.js';
import { Child } from '../support/process.js';
import { ROOT } from '../support/root.js';
import { Scratch } from '../support/scratch.js';
import type { FedMegaco } from './megaco-feed.js';

const NODE = '127.0.1.1';
const GATEWAYS = '127.0.2.1';
/** Names of the corpus, so that what it says gets as far as lines and calls. */
const MIDS = [
  '[123.123.123.4]:55555',
  '[124.124.124.222]',
  '[125.125.125.111]:55555',
  '[10.23.1.42]:2944',
  '[1.2.3.4]',
  '[2409:8050:5005:1243:1011::b]',
  '<iMSS>',
  '<mg1>',
  '<gw>',
  'mg36',
];
const LINES = '[A4444, A5555, 11111111/11111111/00000000]';
const ROUNDS = 2;
/** Times that the corpus is begun and not ended, over connections that stay: 4,480 of 40 kB each, which are 180 MB. */
const FLOODS = 4;
/** What is kept of them, and as much again that is given up and not collected yet. */
const FLOOD_MIB = 112;

const YAML = `
cluster:
  domain: example.test
  nodes:
    solo:
      listen: [megaco+udp://${NODE}:2944, megaco+tcp://${NODE}:2944, megaco-binary+udp://${NODE}:2945, megaco-binary+tcp://${NODE}:2945]
      admin: off
      store: { kind: memory }
gateways:
${MIDS.map((mid, at) => `  g${at}: { protocol: megaco, address: ${GATEWAYS}, mid: "${mid}", lines: ${LINES} }`).join('\n')}
numbers: { "2001": A4444@g0, "9.": A5555@g1 }
megaco: { rto: 50ms, tMax: 500ms, longTimer: 1s }
`;

describe('a node that is fed with the whole H.248 corpus', function () {
  this.timeout(240_000);
  let space: NetworkSpace;
  let scratch: Scratch;
  let node: Child;

  before(async function () {
    needs(this, 'netns', 'vectors');
    space = await NetworkSpace.create('megaco-feed');
    scratch = await Scratch.create('megaco-feed');
    node = await startNode({ yaml: YAML, name: 'solo', space, scratch });
  });

  after(async () => {
    await node?.stop();
    await scratch?.remove();
    await space?.remove();
  });

  const residentMiB = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${node.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

  function feeder(transport: 'udp' | 'tcp', how: 'whole' | 'cut' | 'half', times = 1): Child {
    const program = [process.execPath, join(ROOT, 'test/dist/conformance/megaco-feed.js'), NODE, GATEWAYS, transport, how];
    const child = new Child('feeder', space.command(program));
    for (let time = 0; time < times; time += 1)
      for (const { file } of loadIndex('megaco')?.vectors ?? []) child.write(`${file}\t${join(vectorsRoot() ?? '', 'megaco', file)}\n`);
    child.endInput();
    return child;
  }

  async function feed(transport: 'udp' | 'tcp', how: 'whole' | 'cut'): Promise<readonly FedMegaco[]> {
    const child = feeder(transport, how);
    expect(await child.ended, child.output().slice(-2_000)).to.equal(0);
    expect(node.running, node.output()).to.equal(true);
    expect(node.stderr).to.not.match(/broke its promise|Error:/);
    return child.stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as FedMegaco]));
  }

  for (const transport of ['udp', 'tcp'] as const) {
    it(`takes every message over ${transport.toUpperCase()} and goes on`, async () => {
      const fed = await feed(transport, 'whole');
      expect(fed).to.have.length(loadIndex('megaco')?.vectors.length ?? 0);
      // Some get as far as a registration that is welcome, others are not known, or cannot be read.
      expect([...new Set(fed.flatMap(({ codes }) => codes))]).to.include.members([0, 400, 402]);
      if (transport === 'udp') return;
      // Over UDP an answer to an earlier message, which had to wait for an audit, cannot be told from one to this.
      const wrong = new Set(loadIndex('megaco')?.vectors.flatMap(({ file, valid }) => (valid === false ? [file] : [])));
      for (const { id, codes } of fed.filter((each) => wrong.has(each.id))) expect(codes, id).to.not.include(0);
    });

    it(`takes what is cut off over ${transport.toUpperCase()} for nothing that it may obey`, async () => {
      const fed = await feed(transport, 'cut');
      if (transport === 'udp') return;
      for (const { id, codes } of fed.filter(({ id: each }) => each.startsWith('ber/'))) expect(codes, id).to.not.include(0);
    });
  }

  it('does not grow', async () => {
    const before = residentMiB();
    for (let round = 0; round < ROUNDS; round += 1) for (const transport of ['udp', 'tcp'] as const) await feed(transport, 'whole');
    expect(residentMiB() - before).to.be.below(64);
  });

  it('gives a flood of messages that are never sent to their end little memory, and serves on', async () => {
    const before = residentMiB();
    const child = feeder('tcp', 'half', FLOODS);
    try {
      await child.printed(/^all halves are there$/m, 120_000);
      expect(residentMiB() - before).to.be.below(FLOOD_MIB);
    } finally {
      await child.stop();
    }
    expect(await child.ended).to.equal(0);
    await feed('tcp', 'whole');
  });
});
