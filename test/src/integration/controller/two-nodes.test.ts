// Two nodes of one cluster on real sockets, without a store that both have. A call for a line goes through the node that holds its
// gateway; and a node that is told to end gives its calls to the other one: people talk on, and the first node is gone long before
// they hang up.
import { type MgcpGateway, NetworkPhone, type OutgoingCall } from '@altpath/simulators';
import { expect } from 'chai';
import { startNode } from '../../support/altpath-node.js';
import { clusterYaml } from '../../support/controller-cluster.js';
import { NetworkSpace } from '../../support/network-space.js';
import type { Child } from '../../support/process.js';
import { Scratch } from '../../support/scratch.js';
import { openMgcp } from '../../support/two-gateways.js';

const NODES = { a: '127.0.23.3', b: '127.0.23.4' } as const;
const [MGCP, ALICE, BOB] = ['127.0.23.24', '127.0.23.35', '127.0.23.36'] as const;
const [TONE_OF_LINE, TONE_OF_ALICE] = [900, 700];
const SURE = 5;

describe('two nodes of one cluster', function () {
  this.timeout(40_000);
  let scratch: Scratch;
  let nodes: Child[] = [];
  let startAgain: (name: string) => Promise<Child>;
  let mgcp: MgcpGateway;
  let alice: NetworkPhone;

  beforeEach(async () => {
    scratch = await Scratch.create('two-nodes');
    const yaml = clusterYaml({
      nodes: NODES,
      gateways: [{ name: 'gw2', protocol: 'mgcp', address: MGCP, lines: 'aaln/[1-2]', domain: 'gw2.test' }],
      numbers: { '1201': 'aaln/1@gw2', '13xx': 'registrar' },
      sip: { t1Ms: 100 },
      tMaxMs: 4_000,
      heartbeatMs: 1_000,
      store: { kind: 'lmdb' },
    });
    const space = NetworkSpace.here();
    startAgain = (name) => startNode({ yaml, name, space, scratch });
    nodes = await Promise.all(Object.keys(NODES).map(startAgain));
    mgcp = await openMgcp(MGCP, Object.values(NODES), { 'aaln/1': TONE_OF_LINE });
    const outbound = Object.values(NODES);
    alice = await NetworkPhone.open({ user: '1301', domain: 'sample2.test', outbound, address: ALICE, aware: true, toneHz: TONE_OF_ALICE });
    await alice.register();
  });

  afterEach(async () => {
    await alice.close();
    await mgcp.close();
    await Promise.all(nodes.map((node) => node.stop()));
    await scratch.remove();
  });

  /** A telephone that knows the second node only. */
  async function bobAtTheOtherNode(): Promise<NetworkPhone> {
    const bob = await NetworkPhone.open({ user: '1302', domain: 'sample2.test', outbound: [NODES.b], address: BOB, toneHz: TONE_OF_ALICE });
    await bob.register();
    return bob;
  }

  it('pass a call on to the one that has the line', async () => {
    const bob = await bobAtTheOtherNode();
    try {
      const line = mgcp.line('aaln/1');
      const call = bob.call('1201');
      await line.until('ringing');
      await call.until('ringing');
      line.offHook();
      await call.until('up');
      await Promise.all([call.untilHears(TONE_OF_LINE), line.untilHears(TONE_OF_ALICE, (line.report()?.heard ?? 0) + SURE)]);
      await call.hangUp();
      await line.until('busy');
      line.onHook();
      await line.until(({ state, media }) => state === 'idle' && media.size === 0);
    } finally {
      await bob.close();
    }
  });

  it('ring a telephone that has registered with the other one', async () => {
    const bob = await bobAtTheOtherNode();
    try {
      const line = mgcp.line('aaln/1');
      line.offHook();
      await line.until('dial-tone');
      line.dial('1302');
      const call = await bob.nextCall();
      await call.answer();
      await Promise.all([call.untilHears(TONE_OF_LINE), line.untilHears(TONE_OF_ALICE, (line.report()?.heard ?? 0) + SURE)]);
      line.onHook();
      expect((await call.ended).reason, nodes[0]?.stderr).to.equal('remote hung up');
      await line.until(({ state, media }) => state === 'idle' && media.size === 0);
    } finally {
      await bob.close();
    }
  });

  /** They talk, and the node that made the call has ended. */
  async function talkOn(): Promise<OutgoingCall> {
    const line = mgcp.line('aaln/1');
    const call = alice.call('1201');
    await line.until('ringing');
    line.offHook();
    await call.until('up');
    nodes[0]?.signal('SIGTERM');
    expect(await nodes[0]?.ended, nodes[0]?.stderr).to.equal(0);
    await Promise.all([
      call.untilHears(TONE_OF_LINE, (call.audioReport()?.heard ?? 0) + SURE),
      line.untilHears(TONE_OF_ALICE, (line.report()?.heard ?? 0) + SURE),
    ]);
    return call;
  }

  it('go on with a call of the one that is told to end, and the line hangs up', async () => {
    const call = await talkOn();
    const line = mgcp.line('aaln/1');
    line.onHook();
    expect((await call.ended).reason, nodes[1]?.stderr).to.equal('remote hung up');
    await line.until(({ state, media }) => state === 'idle' && media.size === 0);
  });

  it('go on with a call of the one that is told to end, and the telephone hangs up', async () => {
    const call = await talkOn();
    const line = mgcp.line('aaln/1');
    expect((await call.hangUp()).clean, nodes[1]?.stderr).to.equal(true);
    await line.until('busy');
    line.onHook();
    await line.until(({ state, media }) => state === 'idle' && media.size === 0);
  });

  it('leave to one another what the other has taken: a node that died is back, and the telephone speaks to it', async () => {
    const line = mgcp.line('aaln/1');
    const call = alice.call('1201');
    await line.until('ringing');
    line.offHook();
    await call.until('up');
    nodes[0]?.signal('SIGKILL');
    await nodes[1]?.printed(/takes over|a is down/, 10_000);
    // A flash has to be answered by whoever controls the gateway now.
    line.flash();
    await line.until(({ state }) => state !== 'talking');
    nodes[0] = await startAgain('a');
    expect((await call.hangUp()).clean, nodes.map((node) => node.stderr).join('\n')).to.equal(true);
    await line.until('busy');
    line.onHook();
    await line.until(({ state, media }) => state === 'idle' && media.size === 0);
  });
});
