// SIP telephones whose calls are anchored on osmo-mgw: a node of ours as a process, the media gateway that nobody here wrote, and
// RTP counted on both sides of it.
import { NetworkPhone, type PhoneCall } from '@altpath/simulators';
import { needs } from '@altpath/testkit';
import { expect } from 'chai';
import { startNode } from '../support/altpath-node.js';
import { NetworkSpace } from '../support/network-space.js';
import type { Child } from '../support/process.js';
import { Scratch } from '../support/scratch.js';
import { startOsmoMgw } from './osmo-mgw.js';

const [NODE, STAND_IN] = ['127.0.12.11', '127.0.12.12'] as const;
const GATEWAY = { host: '127.0.12.23', port: 12_428 };
const HZ = { alice: 700, bob: 900 } as const;

const YAML = `
cluster:
  domain: sample2.test
  keys: [{ id: k1, secret: "\${ALTPATH_KEY}" }]
  nodes:
    a: { listen: [sip+udp://${NODE}:5060, mgcp+udp://${NODE}:2727], admin: "off", store: { kind: memory } }
    b: { listen: [sip+udp://${STAND_IN}:5060, mgcp+udp://${STAND_IN}:2727], admin: "off", store: { kind: memory } }
gateways:
  mgw: { protocol: mgcp, address: "${GATEWAY.host}:${GATEWAY.port}", domain: mgw, bridge: "rtpbridge/*", alternates: none, red: "no", heartbeat: 500ms }
numbers: { "1xxx": registrar }
sip: { anchor: mgw, timers: { t1: 100ms } }
trust: { peers: [127.0.0.0/8] }
log: { level: debug, format: json }
`;

describe('SIP telephones anchored on osmo-mgw', function () {
  this.timeout(60_000);
  let scratch: Scratch;
  let gateway: Child | undefined;
  let node: Child | undefined;
  let standIn: Child | undefined;
  let alice: NetworkPhone;
  let bob: NetworkPhone;

  before(async function () {
    needs(this, 'osmo-mgw');
    scratch = await Scratch.create('osmo-anchor');
    gateway = await startOsmoMgw({ space: NetworkSpace.here(), scratch, ...GATEWAY });
    const start = (name: string): Promise<Child> => startNode({ yaml: YAML, name, space: NetworkSpace.here(), scratch });
    [node, standIn] = await Promise.all([start('a'), start('b')]);
    const common = { domain: 'sample2.test', outbound: [NODE, STAND_IN], aware: true };
    alice = await NetworkPhone.open({ ...common, user: '1001', address: '127.0.12.41', toneHz: HZ.alice });
    bob = await NetworkPhone.open({ ...common, user: 'bob', address: '127.0.12.42', toneHz: HZ.bob });
    await Promise.all([alice.register(), bob.register()]);
  });

  afterEach(async () => {
    for (const call of [...(alice?.calls ?? []), ...(bob?.calls ?? [])]) await call.hangUp().catch(() => undefined);
  });

  after(async () => {
    await Promise.all([alice?.close(), bob?.close()]);
    await Promise.all([node?.stop(), standIn?.stop()]);
    await gateway?.stop();
    await scratch?.remove();
  });

  async function talk(caller: NetworkPhone, called: NetworkPhone, number: string): Promise<[PhoneCall, PhoneCall]> {
    const call = caller.call(number);
    const incoming = await called.nextCall();
    incoming.ring();
    await call.until('ringing');
    await incoming.answer();
    await Promise.all([call.until('up'), incoming.until('up')]);
    return [call, incoming];
  }

  it('hear each other through it, and it counts on both sides what they count', async () => {
    const [call, incoming] = await talk(alice, bob, 'bob');
    await Promise.all([call.untilHears(HZ.bob, 50), incoming.untilHears(HZ.alice, 50)]);
    expect([call, incoming].map(({ media }) => media?.remote?.host)).to.deep.equal([GATEWAY.host, GATEWAY.host]);
    // Nobody sends any more, so that nothing is on its way when the connections end.
    expect(await call.hold('inactive')).to.equal(200);
    await incoming.until(({ media }) => media?.mode === 'inactive');
    await call.hangUp();
    await incoming.until('ended');
    const [first, second] = await countsOf(node, 2);
    const [caller, called] = [call.audioReport(), incoming.audioReport()];
    expect(first, 'where the caller is').to.deep.include({ side: 0, packetsReceived: caller?.sent, packetsSent: caller?.received });
    expect(second, 'where the called one is').to.deep.include({ side: 1, packetsReceived: called?.sent, packetsSent: called?.received });
    expect([caller?.lost, called?.lost]).to.deep.equal([0, 0]);
  });

  it('rest on hold, and hear each other again; keys pass in RTP', async () => {
    const [call, incoming] = await talk(bob, alice, '1001');
    await Promise.all([call.untilHears(HZ.alice), incoming.untilHears(HZ.bob)]);
    expect(await call.hold()).to.equal(200);
    await incoming.until(({ isHeld }) => isHeld);
    expect(await call.retrieve()).to.equal(200);
    await Promise.all([call.untilHears(HZ.alice), incoming.untilHears(HZ.bob)]);
    expect(await call.send('42', 'rtp')).to.equal(200);
    await incoming.until(({ digits }) => digits === '42');
    await incoming.hangUp();
    await call.until('ended');
  });

  it('hear each other again when it has begun anew amid their call', async () => {
    const [call, incoming] = await talk(alice, bob, 'bob');
    await Promise.all([call.untilHears(HZ.bob), incoming.untilHears(HZ.alice)]);
    await gateway?.stop();
    gateway = await startOsmoMgw({ space: NetworkSpace.here(), scratch, ...GATEWAY });
    await Promise.all([call.untilHears(HZ.bob, 20), incoming.untilHears(HZ.alice, 20)]);
    await call.hangUp();
    await incoming.until('ended');
  });

  it('go on hearing each other when their node is killed, and hang up at the one that stands in, which clears the bridge', async () => {
    const [call, incoming] = await talk(alice, bob, 'bob');
    await Promise.all([call.untilHears(HZ.bob), incoming.untilHears(HZ.alice)]);
    node?.signal('SIGKILL');
    await node?.ended;
    await Promise.all([call.untilHears(HZ.bob, 100), incoming.untilHears(HZ.alice, 100)]);
    expect([call, incoming].map((each) => each.audioReport()?.lost)).to.deep.equal([0, 0]);
    await Promise.all([call.hangUp(), incoming.hangUp()]);
    const [first, second] = await countsOf(standIn, 2);
    expect(first?.packetsReceived).to.be.greaterThan(100);
    expect(second?.packetsReceived).to.be.greaterThan(100);
  });
});

interface Counts {
  readonly side: number;
  readonly packetsSent?: number;
  readonly packetsReceived?: number;
}

/** What the gateway has counted of the connections that ended last, by side, as the node's log tells it. */
async function countsOf(node: Child | undefined, count: number): Promise<readonly Counts[]> {
  await node?.printed(new RegExp(`(a connection of an anchor has ended[\\s\\S]*){${count}}`));
  const lines = (node?.output() ?? '').split('\n').filter((line) => line.includes('a connection of an anchor has ended'));
  return lines
    .slice(-count)
    .map((line) => JSON.parse(line) as Counts)
    .toSorted((a, b) => a.side - b.side);
}
