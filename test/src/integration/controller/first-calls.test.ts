// SIP telephones and lines of both kinds of gateways call each other through a node of ours, on real sockets, with RTP: the node
// is a process with one configuration file, and the program's own wiring.
import { NetworkPhone } from '@altpath/simulators';
import { expect } from 'chai';
import { startNode } from '../../support/altpath-node.js';
import { clusterYaml } from '../../support/controller-cluster.js';
import { NetworkSpace } from '../../support/network-space.js';
import type { Child } from '../../support/process.js';
import { Scratch } from '../../support/scratch.js';
import { gatewayEntries, TwoGateways } from '../../support/two-gateways.js';

const NODE = '127.0.23.1';
const ADDRESSES = { megaco: '127.0.23.21', mgcp: '127.0.23.22' } as const;
const ALICE = '127.0.23.31';
const HZ = { 'line/1': 500, 'aaln/1': 900, alice: 700 } as const;
/** Packets with the other's tone from which on one is sure to hear him. */
const SURE = 5;

describe('calls between SIP telephones and lines', function () {
  this.timeout(30_000);
  let scratch: Scratch;
  let node: Child;
  let gateways: TwoGateways;
  let alice: NetworkPhone;

  before(async () => {
    scratch = await Scratch.create('first-calls');
    const yaml = clusterYaml({
      nodes: { a: NODE },
      gateways: gatewayEntries(ADDRESSES),
      numbers: { '1101': 'line/1@mg1', '1201': 'aaln/1@gw2', '1301': 'registrar', '1999': { forbid: true } },
      sip: { t1Ms: 100 },
      tMaxMs: 4_000,
    });
    node = await startNode({ yaml, name: 'a', space: NetworkSpace.here(), scratch });
    gateways = await TwoGateways.open(ADDRESSES, NODE, HZ);
    alice = await NetworkPhone.open({ user: '1301', domain: 'sample2.test', outbound: [NODE], address: ALICE, toneHz: HZ.alice });
    await alice.register();
  });

  after(async () => {
    await alice.close();
    await gateways.close();
    await node.stop();
    await scratch.remove();
  });

  afterEach(async () => {
    // A call that failed shall not fail the next test too.
    for (const call of alice.calls) await call.hangUp().catch(() => undefined);
    await gateways.hangUp();
  });

  for (const [kind, number, local, target] of [
    ['an MGCP line', '1201', 'aaln/1', 'aaln/1@gw2'],
    ['an H.248 line', '1101', 'line/1', 'line/1@mg1'],
  ] as const) {
    it(`a telephone calls ${kind}, both hear each other, and the telephone hangs up`, async () => {
      const line = gateways.line(target);
      const call = alice.call(number);
      await line.until('ringing');
      await call.until('ringing');
      line.offHook();
      await call.until('up');
      await Promise.all([call.untilHears(HZ[local]), line.untilHears(HZ.alice, (line.report()?.heard ?? 0) + SURE)]);
      await call.hangUp();
      await line.until('busy');
      line.onHook();
      await line.until(({ state, media }) => state === 'idle' && media.size === 0);
      expect([...gateways.left, ...alice.calls], node.stderr).to.deep.equal([]);
    });

    it(`${kind} calls a telephone, both hear each other, and the line hangs up`, async () => {
      const line = gateways.line(target);
      line.offHook();
      await line.until('dial-tone');
      line.dial('1301');
      const call = await alice.nextCall();
      call.ring();
      await line.until('ringback');
      await call.answer();
      await Promise.all([call.untilHears(HZ[local]), line.untilHears(HZ.alice, (line.report()?.heard ?? 0) + SURE)]);
      line.onHook();
      await call.until('ended');
      await line.until(({ state, media }) => state === 'idle' && media.size === 0);
      expect([...gateways.left, ...alice.calls], node.stderr).to.deep.equal([]);
    });
  }
});
