// A whole node is fed with every SIP message of the corpus, in a network namespace of its own: it answers or counts,
// it goes on answering, and it does not grow.
import { loadIndex, needs, vectorsRoot } from '@altpath/testkit';
import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startNode } from '../support/altpath-node.js';
import { NetworkSpace } from '../support/network-space.js';
import { Child } from '../support/process.js';
import { ROOT } from '../support/root.js';
import { Scratch } from '../support/scratch.js';
import type { Fed } from './feed.js';

const NODE = '127.0.1.1';
const FEEDER = '127.0.2.1';

const YAML = `
cluster:
  domain: example.com
  keys: [{ id: k1, secret: "\${ALTPATH_KEY}" }]
  nodes:
    solo: { listen: [sip+udp://${NODE}:5060, sip+tcp://${NODE}:5060], admin: off, store: { kind: memory } }
trust: { peers: [127.0.0.0/8] }
sip: { registrar: { domains: [example.com, example.net, example.org, company.com], authenticate: false } }
`;

/** Where the document speaks of the end point, and this is a proxy that knows none of the users; with why that is right. */
const AS_PROXY: Readonly<Record<string, number>> = {
  'badbranch.dat': 200, // §3.2.1: falls back to the matching of RFC 2543
  'baddate.dat': 404, // §3.1.2.12: Date is not used here, so it is not judged
  'esc02.dat': 500, // §3.1.1.5: a proxy forwards an unknown method; the name of its host cannot be resolved here
  'invut.dat': 404, // §3.3.6: a proxy does not judge a body
  'sdp01.dat': 404, // §3.3.15: nor what the caller would accept
};

/** All folders under the corpus' SIP part that hold messages. */
function sipFiles(root: string): { readonly id: string; readonly file: string }[] {
  return readdirSync(join(root, 'sip')).flatMap((folder) =>
    (loadIndex(`sip/${folder}`)?.vectors ?? [])
      .map(({ file }) => ({ id: `${folder}/${file}`, file: join(root, 'sip', folder, file) }))
      .filter(({ file }) => existsSync(file)),
  );
}

describe('a node that is fed with the whole corpus', function () {
  this.timeout(180_000);
  let space: NetworkSpace;
  let scratch: Scratch;
  let node: Child;

  before(async function () {
    needs(this, 'netns', 'vectors');
    space = await NetworkSpace.create('feed');
    scratch = await Scratch.create('feed');
    node = await startNode({ yaml: YAML, name: 'solo', space, scratch });
  });

  after(async () => {
    await node?.stop();
    await scratch?.remove();
    await space?.remove();
  });

  async function feed(transport: 'udp' | 'tcp', files: readonly { readonly id: string; readonly file: string }[]): Promise<Fed[]> {
    const command = [process.execPath, join(ROOT, 'test/dist/conformance/feed.js'), NODE, FEEDER, transport];
    const feeder = new Child('feeder', space.command(command));
    feeder.write(files.map(({ id, file }) => `${id}\t${file}\n`).join(''));
    feeder.endInput();
    const ended = await feeder.ended;
    expect(ended, feeder.output()).to.equal(0);
    return feeder.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Fed);
  }

  const residentMiB = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${node.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

  it('answers the requests of RFC 4475 with a status that the document accepts', async () => {
    const vectors = loadIndex('sip/rfc4475')?.vectors ?? [];
    const root = vectorsRoot() ?? '';
    const fed = await feed('udp', vectors.map(({ file }) => ({ id: file, file: join(root, 'sip/rfc4475', file) }))); // prettier-ignore
    const wrong = fed.filter(({ id, status }) => {
      const accepted = vectors.find((each) => each.file === id)?.status as readonly number[] | undefined;
      return accepted && accepted.length > 0 && status !== 0 && !accepted.includes(status) && AS_PROXY[id] !== status;
    });
    expect(wrong).to.deep.equal([]);
  });

  it('takes every message over UDP and goes on', async () => {
    const files = sipFiles(vectorsRoot() ?? '');
    const fed = await feed('udp', files);
    expect(fed.length).to.be.greaterThan(files.length - 20);
    expect(node.running, node.output()).to.equal(true);
    expect(node.stderr).to.not.match(/broke its promise|Error:/);
  });

  it('takes every message over TCP and goes on', async () => {
    const files = sipFiles(vectorsRoot() ?? '');
    const fed = await feed('tcp', files);
    expect(fed).to.have.length(files.length);
    expect(node.running, node.output()).to.equal(true);
    expect(node.stderr).to.not.match(/broke its promise|Error:/);
  });

  it('has not grown beyond a small multiple of what it was fed', () => {
    expect(residentMiB()).to.be.lessThan(300);
  });
});
