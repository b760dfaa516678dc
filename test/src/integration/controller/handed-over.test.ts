// A node that is told to end gives its calls to the other one, without a store that both have: telephones of every kind talk on, and
// the first node is gone long before they hang up.
import { MgcpGateway, NetworkPhone, type OutgoingCall } from '@altpath/simulators';
import { expect } from 'chai';
import { startNode } from '../../support/altpath-node.js';
import { AGENT_PORT, clusterYaml } from '../../support/controller-cluster.js';
import { NetworkSpace } from '../../support/network-space.js';
import type { Child } from '../../support/process.js';
import { Scratch } from '../../support/scratch.js';

const NODES = { a: '127.0.23.3', b: '127.0.23.4' } as const;
const [MGCP, ALICE] = ['127.0.23.24', '127.0.23.35'] as const;
const [TONE_OF_LINE, TONE_OF_ALICE] = [900, 700];
const SURE = 5;

describe('a call of a node that is told to end', function () {
  this.timeout(40_000);
  let scratch: Scratch;
  let nodes: Child[] = [];
  let mgcp: MgcpGateway;
  let alice: NetworkPhone;

  beforeEach(async () => {
    scratch = await Scratch.create('handed-over');
    const yaml = clusterYaml({
      nodes: NODES,
      gateways: [{ name: 'gw2', protocol: 'mgcp', address: MGCP, lines: 'aaln/[1-2]', domain: 'gw2.test' }],
      numbers: { '1201': 'aaln/1@gw2', '1301': 'registrar' },
      sip: { t1Ms: 100 },
      tMaxMs: 4_000,
    });
    const space = NetworkSpace.here();
    nodes = await Promise.all(Object.keys(NODES).map((name) => startNode({ yaml, name, space, scratch })));
    mgcp = await MgcpGateway.open({
      domain: 'gw2.test',
      lines: ['aaln/[1-2]'],
      callAgents: Object.values(NODES).map((host) => `${host}:${AGENT_PORT}`),
      address: MGCP,
      port: 2427,
      rtp: ['aaln/1'],
      tones: { 'aaln/1': TONE_OF_LINE },
    });
    mgcp.start();
    const outbound = Object.values(NODES);
    alice = await NetworkPhone.open({ user: '1301', domain: 'sample2.test', outbound, address: ALICE, aware: true, toneHz: TONE_OF_ALICE });
    await alice.register();
    await mgcp.line('aaln/2').until(({ service }) => service === 'in');
  });

  afterEach(async () => {
    await alice.close();
    await mgcp.close();
    await Promise.all(nodes.map((node) => node.stop()));
    await scratch.remove();
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

  it('is hung up by the line', async () => {
    const call = await talkOn();
    const line = mgcp.line('aaln/1');
    line.onHook();
    expect((await call.ended).reason, nodes[1]?.stderr).to.equal('remote hung up');
    await line.until(({ state, media }) => state === 'idle' && media.size === 0);
  });

  it('is hung up by the telephone', async () => {
    const call = await talkOn();
    const line = mgcp.line('aaln/1');
    expect((await call.hangUp()).clean, nodes[1]?.stderr).to.equal(true);
    await line.until('busy');
    line.onHook();
    await line.until(({ state, media }) => state === 'idle' && media.size === 0);
  });
});
