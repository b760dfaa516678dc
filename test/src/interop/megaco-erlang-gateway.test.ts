// Erlang/OTP's gateway under a node of ours: registration, calls between its lines, audits, in every encoding, transport and
// version that OTP speaks. Its codec and transactions are nobody's here.
import { needs } from '@altpath/testkit';
import { expect } from 'chai';
import { type Cast, SHORT_STORIES } from '../integration/lines/stories.js';
import { startNode } from '../support/altpath-node.js';
import { BINARY_PORT, clusterYaml, TEXT_PORT } from '../support/controller-cluster.js';
import { NetworkSpace } from '../support/network-space.js';
import type { Child } from '../support/process.js';
import { Scratch } from '../support/scratch.js';
import { ErlangGateway, type ErlangGatewayOptions } from './erlang-gateway.js';
import { ERLANG, type ErlangOptions } from './erlang-peer.js';
import { playLive } from './play-live.js';

const NODE = '127.0.14.1';
const GATEWAYS = { mg1: '127.0.14.21', mg2: '127.0.14.22' } as const;

const WAYS: readonly Required<Pick<ErlangOptions, 'encoding' | 'transport' | 'version'>>[] = [
  { encoding: 'compact', transport: 'udp', version: 1 },
  { encoding: 'compact', transport: 'tcp', version: 2 },
  { encoding: 'compact', transport: 'udp', version: 3 },
  { encoding: 'pretty', transport: 'tcp', version: 1 },
  { encoding: 'pretty', transport: 'udp', version: 2 },
  { encoding: 'pretty', transport: 'tcp', version: 3 },
  { encoding: 'ber', transport: 'udp', version: 1 },
  { encoding: 'ber', transport: 'tcp', version: 1 },
];

describe('Erlang/OTP gateways under a node of ours', function () {
  this.timeout(90_000);
  let scratch: Scratch;
  let node: Child | undefined;
  const gateways: ErlangGateway[] = [];

  before(async function () {
    needs(this, ...ERLANG);
    scratch = await Scratch.create('megaco-erlang');
    const yaml = clusterYaml({
      nodes: { a: NODE },
      gateways: Object.entries(GATEWAYS).map(([name, address]) => ({ name, protocol: 'megaco', address, lines: 'line/[1-4]' })),
      numbers: { '1101': 'line/1@mg1', '1102': 'line/2@mg1', '1201': 'line/1@mg2', '1202': 'line/2@mg2' },
      tMaxMs: 4_000,
    });
    node = await startNode({ yaml, name: 'a', space: NetworkSpace.here(), scratch });
  });

  afterEach(async () => {
    await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
  });

  after(async () => {
    await node?.stop();
    await scratch?.remove();
  });

  for (const way of WAYS) {
    it(`people call each other on gateways that speak version ${way.version} in ${way.encoding} over ${way.transport}`, async () => {
      const [near, far] = [await open('mg1', way), await open('mg2', way)];
      const cast: Cast = {
        caller: { number: '1101', phone: near.line('line/1') },
        called: { number: '1201', phone: far.line('line/1') },
        third: { number: '1202', phone: far.line('line/2') },
      };
      for (const story of SHORT_STORIES) {
        const complaint = await playLive(cast, story);
        expect(complaint, `${near.wireLog()}\n${far.wireLog()}\n${node?.stderr}`).to.equal(undefined);
      }
      for (const gateway of [near, far]) {
        await gateway.until(() => gateway.inContexts.length === 0, 'no context');
        expect(gateway.troubles, gateway.wireLog()).to.deep.equal([]);
      }
    });
  }

  async function open(mid: keyof typeof GATEWAYS, way: ErlangOptions): Promise<ErlangGateway> {
    const port = way.encoding === 'ber' ? BINARY_PORT : TEXT_PORT;
    const options: ErlangGatewayOptions = { mid, controllers: [`${NODE}:${port}`], bind: GATEWAYS[mid], t1Ms: 500, retries: 3, ...way };
    const gateway = await ErlangGateway.start(options);
    gateways.push(gateway);
    await gateway.registered('restart');
    await gateway.until(() => gateway.lines.every(({ name }) => isAsked(gateway, name)), 'every line was asked for its hook');
    return gateway;
  }
});

/** Its signals are set with the events that it shall report. */
function isAsked({ events }: ErlangGateway, line: string): boolean {
  return events.some(({ event, term }) => event === 'signals' && term === line);
}
