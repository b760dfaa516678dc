// A SIP telephone calls trunks of media gateways through a node of ours, on real sockets, with RTP.
import { type AnalogLine, MegacoGateway, MgcpGateway, NetworkPhone } from '@altpath/simulators';
import { expect } from 'chai';
import { startNode } from '../../support/altpath-node.js';
import { NetworkSpace } from '../../support/network-space.js';
import type { Child } from '../../support/process.js';
import { Scratch } from '../../support/scratch.js';

const NODE = '127.0.24.1';
const HZ = { trunk: 500, alice: 700 } as const;
const RTP = { rtp: 'all', tones: { 'ds/1': HZ.trunk, 'ds/2': HZ.trunk, 'ds/1/1': HZ.trunk, 'ds/1/2': HZ.trunk } } as const;

const YAML = `
cluster:
  domain: sample2.test
  keys: [{ id: k1, secret: "\${ALTPATH_KEY}" }]
  nodes:
    a: { listen: [sip+udp://${NODE}:5060, mgcp+udp://${NODE}:2727, megaco+udp://${NODE}:2944], admin: "off", store: { kind: memory } }
gateways:
  gw1: { protocol: mgcp, address: 127.0.24.21, domain: gw1.test, trunks: ["ds/[1-2]"] }
  mg1: { protocol: megaco, address: 127.0.24.22, trunks: ["ds/1/[1-2]"] }
numbers: { "90": [ds/1@gw1, ds/2@gw1], "91": [ds/1/1@mg1, ds/1/2@mg1], "1xxx": registrar }
sip: { timers: { t1: 100ms } }
trust: { peers: [127.0.0.0/8] }
`;

interface Gateway {
  readonly lines: readonly AnalogLine[];
  line(name: string): AnalogLine;
  start(): void;
  close(): Promise<void>;
}

/** A gateway with two trunks, and which of them are in use. */
interface Trunks {
  readonly gateway: Gateway;
  inUse(): readonly string[];
}

async function mgcp(): Promise<Trunks> {
  const options = { domain: 'gw1.test', lines: ['ds/[1-2]'], callAgents: [`${NODE}:2727`], timers: { mwdMs: 0 } };
  const gateway = await MgcpGateway.open({ ...options, address: '127.0.24.21', port: 2427, ...RTP });
  return { gateway, inUse: () => gateway.connectionsLeft.map(({ line }) => line) };
}

async function megaco(): Promise<Trunks> {
  const gateway = await MegacoGateway.open({
    mid: 'mg1',
    lines: [],
    trunks: ['ds/1/[1-2]'],
    mgcs: [NODE],
    address: '127.0.24.22',
    port: 2944,
    ...RTP,
  });
  return { gateway, inUse: () => gateway.contextsLeft.map(({ terminations: [first = ''] }) => first) };
}

describe('a trunk', function () {
  this.timeout(30_000);
  let scratch: Scratch;
  let node: Child;
  let alice: NetworkPhone;

  before(async () => {
    scratch = await Scratch.create('trunk');
    node = await startNode({ yaml: YAML, name: 'a', space: NetworkSpace.here(), scratch });
    alice = await NetworkPhone.open({ user: '1001', domain: 'sample2.test', outbound: [NODE], address: '127.0.24.31', toneHz: HZ.alice });
    await alice.register();
  });

  after(async () => {
    await alice.close();
    await node.stop();
    await scratch.remove();
  });

  for (const { protocol, open, number, names } of [
    { protocol: 'MGCP', open: mgcp, number: '90', names: ['ds/1', 'ds/2'] },
    { protocol: 'H.248', open: megaco, number: '91', names: ['ds/1/1', 'ds/1/2'] },
  ] as const) {
    it(`of an ${protocol} gateway is through at once, one beside the other, until who called hangs up`, async () => {
      const { gateway, inUse } = await open();
      try {
        gateway.start();
        await gateway.line(names[1]).until(({ service }) => service === 'in');
        const [first, second] = [alice.call(number), alice.call(number)];
        await Promise.all([first.until('up'), second.until('up')]);
        await Promise.all([first.untilHears(HZ.trunk), second.untilHears(HZ.trunk)]);
        await gateway.line(names[0]).untilHears(HZ.alice);
        expect(new Set(inUse())).to.deep.equal(new Set(names));
        const third = alice.call(number);
        expect(await third.ended).to.deep.include({ status: 486 });
        await Promise.all([first.hangUp(), second.hangUp()]);
        await Promise.all(gateway.lines.map((line) => line.until(({ media }) => media.size === 0)));
        expect(inUse()).to.deep.equal([]);
      } finally {
        await gateway.close();
      }
    });
  }
});
