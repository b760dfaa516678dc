// Two baresip phones register at a node, call through it, hear each other's tone, and hang up.
import { needs } from '@altpath/testkit';
import { expect } from 'chai';
import { startNode } from '../support/altpath-node.js';
import { NetworkSpace } from '../support/network-space.js';
import type { Child } from '../support/process.js';
import { Scratch } from '../support/scratch.js';
import { Baresip } from './baresip.js';
import { toneFile, toneShare } from './tone.js';

const NODE = '127.0.1.50';
/** One second of 16-bit samples at 8 kHz. */
const ONE_SECOND_BYTES = 16_000;
const YAML = `
cluster:
  domain: ${NODE}
  keys: [{ id: k1, secret: "\${ALTPATH_KEY}" }]
  nodes:
    solo: { listen: [sip+udp://${NODE}:5060, sip+tcp://${NODE}:5060], admin: off, store: { kind: memory } }
sip:
  registrar: { domains: [${NODE}], authenticate: false }
`;

describe('baresip, a phone that nobody here wrote', function () {
  this.timeout(60_000);
  let space: NetworkSpace;
  let scratch: Scratch;
  let node: Child | undefined;
  const phones: Baresip[] = [];

  before(async function () {
    needs(this, 'baresip');
    space = await NetworkSpace.create('phones');
  });

  beforeEach(async () => {
    scratch = await Scratch.create('phones');
    node = await startNode({ yaml: YAML, name: 'solo', space, scratch });
  });

  afterEach(async () => {
    await Promise.all(phones.splice(0).map((phone) => phone.stop()));
    await node?.stop();
    await scratch.remove();
  });

  after(async () => {
    await space?.remove();
  });

  for (const transport of ['udp', 'tcp'] as const) {
    it(`registers and calls over ${transport}, and both ends hear each other`, async () => {
      const common = { space, scratch, registrar: NODE, transport };
      const caller = await start({ ...common, user: 'anna', host: '127.0.1.61', toneHertz: 440, mediaPort: 16_100, autoAnswer: false });
      const callee = await start({ ...common, user: 'bert', host: '127.0.1.62', toneHertz: 1_000, mediaPort: 16_200, autoAnswer: true });
      caller.command('dial', `sip:bert@${NODE}`);
      await Promise.all([caller.event('CALL_ESTABLISHED'), callee.event('CALL_ESTABLISHED')]);
      await Promise.all([caller.heard(ONE_SECOND_BYTES), callee.heard(ONE_SECOND_BYTES)]);
      caller.command('hangup');
      await Promise.all([caller.event('CALL_CLOSED'), callee.event('CALL_CLOSED')]);
      expect(await Promise.all([caller.quit(), callee.quit()])).to.deep.equal([0, 0]);
      expect(toneShare(await caller.recorded(), 1_000), "the callee's tone at the caller").to.be.greaterThan(0.5);
      expect(toneShare(await callee.recorded(), 440), "the caller's tone at the callee").to.be.greaterThan(0.5);
    });
  }

  async function start(options: Parameters<typeof Baresip.start>[0]): Promise<Baresip> {
    const phone = await Baresip.start(options);
    phones.push(phone);
    return phone;
  }
});

describe('the tone finder', () => {
  it('finds a tone in its own file, and no other', () => {
    const file = toneFile(440, 1);
    expect(toneShare(file, 440)).to.equal(1);
    expect(toneShare(file, 1_000)).to.equal(0);
  });

  it('finds nothing in silence or in an empty recording', () => {
    expect(toneShare(Buffer.alloc(44 + 16_000), 440)).to.equal(0);
    expect(toneShare(Buffer.alloc(0), 440)).to.equal(0);
  });
});
