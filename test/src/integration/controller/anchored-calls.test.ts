// `sip.anchor` on a running node: two SIP telephones call each other, and all their media goes through a bridge of an MGCP gateway.
import { MgcpGateway, NetworkPhone } from '@altpath/simulators';
import { untilEvent } from '@altpath/testkit';
import { expect } from 'chai';
import { EventEmitter } from 'node:events';
import { startNode } from '../../support/altpath-node.js';
import { NetworkSpace } from '../../support/network-space.js';
import type { Child } from '../../support/process.js';
import { Scratch } from '../../support/scratch.js';

const NODE = '127.0.23.2';
const [BRIDGES, ALICE, BOB] = ['127.0.23.23', '127.0.23.33', '127.0.23.34'] as const;
const YAML = `
cluster:
  domain: sample2.test
  nodes: { a: { listen: [sip+udp://${NODE}:5060, mgcp+udp://${NODE}:2727], admin: "off", store: { kind: memory } } }
trust: { peers: [127.0.0.0/8] }
sip: { anchor: mgw, timers: { t1: 100ms } }
gateways: { mgw: { protocol: mgcp, address: ${BRIDGES}, domain: mgw.test, bridge: rtpbridge/* } }
mgcp: { rto: 200ms, tMax: 8s }
`;
/** Packets from which on media flows for sure. */
const SURE = 5;

describe('calls between SIP telephones that are anchored', function () {
  this.timeout(30_000);
  let scratch: Scratch;
  let node: Child;
  let mgw: MgcpGateway;
  /** `message`: the gateway has heard or said something. */
  const wire = new EventEmitter();
  let alice: NetworkPhone;
  let bob: NetworkPhone;

  before(async () => {
    scratch = await Scratch.create('anchored-calls');
    node = await startNode({ yaml: YAML, name: 'a', space: NetworkSpace.here(), scratch });
    const bridges = ['rtpbridge/[1-2]'];
    mgw = await MgcpGateway.open({
      domain: 'mgw.test',
      lines: [],
      bridges,
      callAgents: [`${NODE}:2727`],
      address: BRIDGES,
      port: 2427,
      onMessage: () => void wire.emit('message'),
    });
    mgw.start();
    const phone = (user: string, address: string, toneHz: number): Promise<NetworkPhone> =>
      NetworkPhone.open({ user, domain: 'sample2.test', outbound: [NODE], address, toneHz });
    [alice, bob] = await Promise.all([phone('alice', ALICE, 700), phone('bob', BOB, 900)]);
    await Promise.all([alice.register(), bob.register()]);
  });

  after(async () => {
    await Promise.all([alice.close(), bob.close(), mgw.close()]);
    await node.stop();
    await scratch.remove();
  });

  it('hear each other through a bridge, of which nothing is left when they have hung up', async () => {
    const call = alice.call('bob');
    const ringing = await bob.nextCall();
    ringing.ring();
    await call.until('ringing');
    await ringing.answer();
    await Promise.all([call.untilHears(900), ringing.untilHears(700)]);
    expect([call.media?.remote?.host, ringing.media?.remote?.host]).to.deep.equal([BRIDGES, BRIDGES]);
    const relayed = mgw.relayed('rtpbridge/1').concat(mgw.relayed('rtpbridge/2'));
    expect(relayed.map(({ packetsReceived }) => packetsReceived >= SURE)).to.deep.equal([true, true]);
    await ringing.hangUp();
    await call.until('ended');
    // Who hangs up is answered before the gateway is told.
    await untilEvent(wire, 'message', () => mgw.connectionsLeft.length === 0, 5_000);
    expect(mgw.connectionsLeft, node.stderr).to.deep.equal([]);
  });

  it('are told 404 of whom nobody knows', async () => {
    const call = alice.call('nobody');
    expect((await call.ended).status).to.equal(404);
  });
});
