// A telephone on an H.248 gateway and one on an MGCP gateway call each other through a node of ours: on real sockets, with RTP,
// in each direction, in text and binary, over UDP and TCP.
import type { MegacoGateway, MgcpGateway } from '@altpath/simulators';
import { expect } from 'chai';
import { type Cast, SHORT_STORIES } from '../integration/lines/stories.js';
import { startNode } from '../support/altpath-node.js';
import { clusterYaml } from '../support/controller-cluster.js';
import { NetworkSpace } from '../support/network-space.js';
import type { Child } from '../support/process.js';
import { Scratch } from '../support/scratch.js';
import { gatewayEntries, openMegaco, openMgcp } from '../support/two-gateways.js';
import { playLive } from './play-live.js';

const NODE = '127.0.16.1';
const ADDRESSES = { megaco: '127.0.16.21', mgcp: '127.0.16.22' } as const;
/** The third of a story has a line of either. */
const NUMBERS = { '1101': 'line/1@mg1', '1102': 'line/2@mg1', '1201': 'aaln/1@gw2', '1202': 'aaln/2@gw2' } as const;
const HZ = { 'line/1': 500, 'aaln/1': 900 } as const;
/** Packets with the other's tone from which on one is sure to hear him. */
const SURE = 5;

const WAYS = [
  { encoding: 'compact', transport: 'udp' },
  { encoding: 'pretty', transport: 'tcp' },
  { encoding: 'binary', transport: 'udp' },
  { encoding: 'binary', transport: 'tcp' },
] as const;

describe('calls between H.248 and MGCP lines', function () {
  this.timeout(60_000);
  let scratch: Scratch;
  let node: Child | undefined;
  let megaco: MegacoGateway | undefined;
  let mgcp: MgcpGateway | undefined;

  before(async () => {
    scratch = await Scratch.create('megaco-mgcp');
    const yaml = clusterYaml({
      nodes: { a: NODE },
      gateways: gatewayEntries(ADDRESSES),
      numbers: NUMBERS,
      tMaxMs: 4_000,
    });
    node = await startNode({ yaml, name: 'a', space: NetworkSpace.here(), scratch });
    mgcp = await openMgcp(ADDRESSES.mgcp, [NODE], HZ);
  });

  afterEach(async () => {
    await megaco?.close();
    // A call that failed shall not fail the next test too.
    for (const line of mgcp?.lines ?? []) line.onHook();
    await mgcp?.quiet();
  });

  after(async () => {
    await mgcp?.close();
    await node?.stop();
    await scratch?.remove();
  });

  for (const way of WAYS) {
    it(`people hear each other; H.248 in ${way.encoding} over ${way.transport}`, async () => {
      const { near, far, cast } = await open(way);
      const [here, there] = [near.line('line/1'), far.line('aaln/1')];
      for (const [caller, called, number] of [
        [here, there, '1201'],
        [there, here, '1101'],
      ] as const) {
        caller.offHook();
        await caller.until('dial-tone');
        caller.dial(number);
        await called.until('ringing');
        await caller.until('ringback');
        called.offHook();
        const heard = (line: typeof here): number => (line.report()?.heard ?? 0) + SURE;
        await Promise.all([here.untilHears(HZ['aaln/1'], heard(here)), there.untilHears(HZ['line/1'], heard(there))]);
        expect([near.contextsLeft.length, far.connectionsLeft.length]).to.deep.equal([1, 1]);
        called.onHook();
        await caller.until('busy');
        caller.onHook();
        await Promise.all([here, there].map((line) => line.until(({ state, media }) => state === 'idle' && media.size === 0)));
        // Who is called before the controller has heard that he has hung up is busy.
        await Promise.all([near, far].map((gateway) => gateway.quiet()));
      }
      for (const story of SHORT_STORIES) expect(await playLive(cast, story), node?.stderr).to.equal(undefined);
      expect([near.contextsLeft, far.connectionsLeft]).to.deep.equal([[], []]);
    });
  }

  async function open(way: (typeof WAYS)[number]): Promise<{ near: MegacoGateway; far: MgcpGateway; cast: Cast }> {
    const far = mgcp as MgcpGateway;
    const near = await openMegaco(ADDRESSES.megaco, NODE, HZ, way);
    megaco = near;
    const member = (number: keyof typeof NUMBERS): Cast['caller'] => {
      const [line = '', gateway] = NUMBERS[number].split('@');
      return { number, phone: gateway === 'mg1' ? near.line(line) : far.line(line) };
    };
    return { near, far, cast: { caller: member('1101'), called: member('1201'), third: member('1202') } };
  }
});
