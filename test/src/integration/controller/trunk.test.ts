// A SIP telephone calls a trunk of a media gateway through a node of ours, on real sockets, with RTP.
import { MgcpGateway, NetworkPhone } from '@altpath/simulators';
import { expect } from 'chai';
import { startNode } from '../../support/altpath-node.js';
import { NetworkSpace } from '../../support/network-space.js';
import type { Child } from '../../support/process.js';
import { Scratch } from '../../support/scratch.js';

const NODE = '127.0.24.1';
const GATEWAY = '127.0.24.21';
const HZ = { trunk: 500, alice: 700 } as const;

const YAML = `
cluster:
  domain: sample2.test
  keys: [{ id: k1, secret: "\${ALTPATH_KEY}" }]
  nodes:
    a: { listen: [sip+udp://${NODE}:5060, mgcp+udp://${NODE}:2727], admin: "off", store: { kind: memory } }
gateways:
  gw1: { protocol: mgcp, address: ${GATEWAY}, domain: gw1.test, trunks: ["ds/[1-2]"] }
numbers: { "90": [ds/1@gw1, ds/2@gw1], "1xxx": registrar }
sip: { timers: { t1: 100ms } }
trust: { peers: [127.0.0.0/8] }
`;

describe('a trunk', function () {
  this.timeout(30_000);
  let scratch: Scratch;
  let node: Child;
  let gateway: MgcpGateway;
  let alice: NetworkPhone;

  before(async () => {
    scratch = await Scratch.create('trunk');
    node = await startNode({ yaml: YAML, name: 'a', space: NetworkSpace.here(), scratch });
    gateway = await MgcpGateway.open({
      domain: 'gw1.test',
      lines: ['ds/[1-2]'],
      callAgents: [`${NODE}:2727`],
      address: GATEWAY,
      port: 2427,
      rtp: 'all',
      tones: { 'ds/1': HZ.trunk, 'ds/2': HZ.trunk },
      timers: { mwdMs: 0 },
    });
    alice = await NetworkPhone.open({ user: '1001', domain: 'sample2.test', outbound: [NODE], address: '127.0.24.31', toneHz: HZ.alice });
    gateway.start();
    await alice.register();
    await gateway.line('ds/2').until(({ service }) => service === 'in');
  });

  after(async () => {
    await alice.close();
    await gateway.close();
    await node.stop();
    await scratch.remove();
  });

  it('is through at once, one beside the other, until who called hangs up', async () => {
    const [first, second] = [alice.call('90'), alice.call('90')];
    await Promise.all([first.until('up'), second.until('up')]);
    await Promise.all([first.untilHears(HZ.trunk), second.untilHears(HZ.trunk)]);
    await gateway.line('ds/1').untilHears(HZ.alice);
    expect(new Set(gateway.connectionsLeft.map(({ line }) => line))).to.deep.equal(new Set(['ds/1', 'ds/2']));
    const third = alice.call('90');
    expect(await third.ended).to.deep.include({ status: 486 });
    await Promise.all([first.hangUp(), second.hangUp()]);
    await Promise.all(gateway.lines.map((line) => line.until(({ media }) => media.size === 0)));
    expect(gateway.connectionsLeft).to.deep.equal([]);
  });
});
