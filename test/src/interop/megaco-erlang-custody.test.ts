// Who controls an Erlang/OTP gateway: two nodes of ours, of which one is its home; what it is sent, what it notices by itself
// when nobody uses it, and what becomes of lines that it takes out of service.
import { needs } from '@altpath/testkit';
import { expect } from 'chai';
import { startNode } from '../support/altpath-node.js';
import { BINARY_PORT, clusterYaml, TEXT_PORT } from '../support/controller-cluster.js';
import { NetworkSpace } from '../support/network-space.js';
import type { Child } from '../support/process.js';
import { Scratch } from '../support/scratch.js';
import { ErlangGateway, type ErlangGatewayOptions } from './erlang-gateway.js';
import { ERLANG } from './erlang-peer.js';

const HOSTS = { a: '127.0.17.1', b: '127.0.17.2' } as const;
const GATEWAY = '127.0.17.21';

const COMPACT_UDP = { encoding: 'compact', transport: 'udp' } as const;
const PRETTY_TCP = { encoding: 'pretty', transport: 'tcp' } as const;
const BER_TCP = { encoding: 'ber', transport: 'tcp' } as const;
const BER_UDP = { encoding: 'ber', transport: 'udp' } as const;

type Way = Required<Pick<ErlangGatewayOptions, 'encoding' | 'transport'>>;
const named = ({ encoding, transport }: Way): string => `${encoding} over ${transport}`;

describe('an Erlang/OTP gateway and two nodes of ours', function () {
  this.timeout(60_000);
  let scratch: Scratch;
  const nodes = new Map<keyof typeof HOSTS, Child>();
  let gateway: ErlangGateway | undefined;

  before(function () {
    needs(this, ...ERLANG);
  });

  beforeEach(async () => {
    scratch = await Scratch.create('megaco-custody');
    await Promise.all([start('a'), start('b')]);
  });

  afterEach(async () => {
    await gateway?.stop();
    for (const node of nodes.values()) node.signal('SIGKILL');
    await Promise.all([...nodes.values()].map(({ ended }) => ended));
    nodes.clear();
    await scratch.remove();
  });

  for (const way of [COMPACT_UDP, PRETTY_TCP, BER_UDP]) {
    it(`it is sent home when it begins elsewhere, in ${named(way)}`, async () => {
      const opened = await open(way, ['b', 'a']);
      const redirected = await opened.event('redirected');
      expect(redirected['mgc_id_to_try']).to.equal(`[${HOSTS.a}]:${portOf(way)}`);
      const registered = await opened.registered();
      expect([registered['mgc'], registered['method']]).to.deep.equal([`${HOSTS.a}:${portOf(way)}`, 'restart']);
      await usable(opened);
    });
  }

  for (const way of [COMPACT_UDP, PRETTY_TCP, BER_TCP]) {
    it(`nobody uses it, and it notices that its node is dead, in ${named(way)}`, async () => {
      const opened = await open(way);
      await opened.registered('restart');
      await usable(opened);
      // Over UDP nothing but the inactivity timer tells it.
      if (way.transport === 'udp') await opened.until(() => isWatching(opened), 'an inactivity timer');
      nodes.get('a')?.signal('SIGKILL');
      const registered = await opened.registered('failover');
      expect(registered['mgc']).to.equal(`${HOSTS.b}:${portOf(way)}`);
      await usable(opened);
    });
  }

  it('nobody uses it, and it notices that its node is silent, by the inactivity timer', async () => {
    const opened = await open(COMPACT_UDP);
    await opened.until(() => isWatching(opened), 'an inactivity timer');
    const { mark } = opened;
    nodes.get('a')?.signal('SIGSTOP');
    await opened.registered('failover', mark);
    await usable(opened);
    // The one that was silent has nothing to say to it any more.
    nodes.get('a')?.signal('SIGCONT');
    const { length } = opened.messages;
    await opened.until(() => opened.messages.length > length + 2, 'some more of that');
    expect(opened.messages.slice(length).filter(({ peer }) => peer.startsWith(HOSTS.a))).to.deep.equal([]);
  });

  it('both nodes are dead, and the one that comes back is told that the contact was lost', async () => {
    const opened = await open(PRETTY_TCP);
    await opened.registered('restart');
    await usable(opened);
    for (const node of nodes.values()) node.signal('SIGKILL');
    await opened.event('no-mgc');
    await start('a');
    await opened.registered('disconnected');
    await usable(opened);
  });

  for (const way of [COMPACT_UDP, BER_TCP]) {
    it(`its node is drained, and hands it over, in ${named(way)}`, async () => {
      const opened = await open(way);
      await opened.registered('restart');
      await usable(opened);
      nodes.get('a')?.signal('SIGTERM');
      await opened.event('handoff');
      const registered = await opened.registered('handOff');
      expect(registered['mgc']).to.equal(`${HOSTS.b}:${portOf(way)}`);
      expect(await nodes.get('a')?.ended).to.equal(0);
      await usable(opened);
    });

    it(`a line that it takes out of service is not called, and is when it is back, in ${named(way)}`, async () => {
      const opened = await open(way);
      await opened.registered('restart');
      await usable(opened);
      opened.serviceChange('forced', 'line/2');
      await calls(opened, 'reorder');
      opened.serviceChange('restart', 'line/2', 900);
      await calls(opened, 'ringback');
      opened.serviceChange('forced', 'line/2');
      await opened.line('line/1').until('reorder');
      opened.line('line/1').onHook();
      await opened.until(() => opened.inContexts.length === 0, 'no context');
      expect(opened.troubles, opened.wireLog()).to.deep.equal([]);
    });
  }

  async function start(name: keyof typeof HOSTS): Promise<void> {
    const yaml = clusterYaml({
      nodes: HOSTS,
      gateways: [{ name: 'mg1', protocol: 'megaco', address: GATEWAY, lines: 'line/[1-2]' }],
      numbers: { '1101': 'line/1@mg1', '1102': 'line/2@mg1' },
      rtoMs: 100,
      tMaxMs: 1_500,
      heartbeatMs: 600,
    });
    nodes.set(name, await startNode({ yaml, name, space: NetworkSpace.here(), scratch }));
  }

  async function open(way: Way, order: readonly (keyof typeof HOSTS)[] = ['a', 'b']): Promise<ErlangGateway> {
    const controllers = order.map((name) => `${HOSTS[name]}:${portOf(way)}`);
    gateway = await ErlangGateway.start({ mid: 'mg1', controllers, bind: GATEWAY, lines: 2, t1Ms: 100, retries: 3, mwdMs: 100, ...way });
    return gateway;
  }
});

function portOf({ encoding }: Way): number {
  return encoding === 'ber' ? BINARY_PORT : TEXT_PORT;
}

/** It was asked to report when nothing is said to it, and has done so. */
function isWatching({ messages }: ErlangGateway): boolean {
  return messages.some(({ dir, text }) => dir === 'tx' && text.includes('it/ito'));
}

/** Who lifts the receiver hears dial tone, and who puts it down is heard. */
async function usable(gateway: ErlangGateway): Promise<void> {
  const phone = gateway.line('line/1');
  phone.offHook();
  await phone.until('dial-tone');
  await hangUp(gateway);
}

/** Line 1 calls line 2, and hangs up unless that rings. */
async function calls(gateway: ErlangGateway, hears: 'reorder' | 'ringback'): Promise<void> {
  const phone = gateway.line('line/1');
  phone.offHook();
  await phone.until('dial-tone');
  phone.dial('1102');
  await phone.until(hears);
  if (hears === 'reorder') await hangUp(gateway);
}

/** Settles when the line is armed again: a gateway that changes hands forgets what nobody has heard. */
async function hangUp(gateway: ErlangGateway): Promise<void> {
  const { mark } = gateway;
  gateway.line('line/1').onHook();
  await gateway.event('signals', { where: ({ term }) => term === 'line/1', mark });
}
