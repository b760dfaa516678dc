import { expect } from 'chai';
import type { ClusterNode, PeerDirectory } from '@altpath/core';
import { parseUri, type SipUri } from '../message/uri.js';
import { SETTINGS } from '../proxy/testing.js';
import type { SipSettings } from '../settings.js';
import { defaultPort, Identity } from './identity.js';

type Address = ClusterNode['addresses'][number];

function address(text: string): Address {
  const [, transport, host, port] = /^(\w+):(.+):(\d+)$/.exec(text) ?? [];
  return { transport: transport as Address['transport'], scheme: `sip+${transport}`, host: host as string, port: Number(port) };
}

function identityOf(
  self: number,
  nodes: readonly string[][],
  settings: Partial<Pick<SipSettings, 'sipName' | 'domains'>> & { max?: number } = {},
): Identity {
  const list = nodes.map((each, index) => ({ name: `n${index}`, index, self: index === self, addresses: each.map(address) }));
  const peers: PeerDirectory = { self: list[self] as ClusterNode, nodes: list, state: () => 'up', isFresh: () => true, joining: false };
  const { max = 3, ...names } = settings;
  return new Identity({ ...SETTINGS, ...names, path: { ...SETTINGS.path, max }, listeners: [] }, peers);
}

function uri(text: string): SipUri {
  const parsed = parseUri(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

const PAIR = [
  ['udp:10.0.0.1:5060', 'tcp:10.0.0.1:5060', 'udp:2001:db8::1:5060'],
  ['udp:10.0.0.2:5060', 'tcp:10.0.0.2:5060', 'udp:2001:db8::2:5060'],
];

describe('sent-by', () => {
  it('is one text on every node, for each transport and family: the first node that listens there', () => {
    for (const self of [0, 1]) {
      const identity = identityOf(self, PAIR);
      expect(identity.sentBy('udp', '198.51.100.1')).to.equal('10.0.0.1:5060');
      expect(identity.sentBy('tcp', '198.51.100.1')).to.equal('10.0.0.1:5060');
      expect(identity.sentBy('udp', '2001:db8::99')).to.equal('[2001:db8::1]:5060');
    }
  });

  it("is the second node's where the first has no such listener", () => {
    expect(identityOf(0, [['udp:10.0.0.1:5060'], ['udp:10.0.0.2:5060', 'tcp:10.0.0.2:5070']]).sentBy('tcp', '10.9.9.9')).to.equal(
      '10.0.0.2:5070',
    );
  });

  it('is the name of the cluster where it has one, with the port where that is not the default', () => {
    expect(identityOf(1, PAIR, { sipName: 'Sip.Sample2.test' }).sentBy('udp', '10.9.9.9')).to.equal('sip.sample2.test');
    expect(identityOf(0, [['udp:10.0.0.1:5080']], { sipName: 'sip.sample2.test' }).sentBy('udp', '10.9.9.9')).to.equal(
      'sip.sample2.test:5080',
    );
    expect(identityOf(0, [['tls:10.0.0.1:5061']], { sipName: 'sip.sample2.test' }).sentBy('tls', '10.9.9.9')).to.equal('sip.sample2.test');
  });

  it('is recognised on every node, and nothing else is', () => {
    const identity = identityOf(1, PAIR);
    for (const own of ['10.0.0.1:5060', '[2001:db8::1]:5060']) expect(identity.isOurSentBy(own), own).to.equal(true);
    for (const other of ['10.0.0.2:5060', '10.0.0.1', 'sample2.test', '']) expect(identity.isOurSentBy(other), other).to.equal(false);
  });
});

describe('alternates', () => {
  const four = [1, 2, 3, 4].map((n) => [`udp:10.0.0.${n}:${n === 3 ? 5070 : 5060}`, `tcp:10.0.0.${n}:5060`]);

  it('are the other nodes in file order, with ports that are not the default, never oneself', () => {
    expect(identityOf(0, four).alternates('udp', '10.9.9.9')).to.equal('10.0.0.2+10.0.0.3%3A5070+10.0.0.4');
    expect(identityOf(2, four).alternates('udp', '10.9.9.9')).to.equal('10.0.0.1+10.0.0.2+10.0.0.4');
    expect(identityOf(2, four).alternates('tcp', '10.9.9.9')).to.equal('10.0.0.1+10.0.0.2+10.0.0.4');
  });

  it('no more than are allowed', () => {
    expect(identityOf(0, four, { max: 1 }).alternates('udp', '10.9.9.9')).to.equal('10.0.0.2');
  });

  it('none for a transport or a family that the others lack, or that we lack', () => {
    const identity = identityOf(0, [
      ['udp:10.0.0.1:5060', 'tcp:10.0.0.1:5060'],
      ['udp:10.0.0.2:5060', 'udp:2001:db8::2:5060'],
    ]);
    expect(identity.alternates('tcp', '10.9.9.9')).to.equal('');
    expect(identity.alternates('udp', '2001:db8::9')).to.equal('');
    expect(identityOf(0, [['udp:10.0.0.1:5060']]).alternates('udp', '10.9.9.9')).to.equal('');
  });
});

describe('Record-Route', () => {
  it('names the node that writes it, by the side that it faces', () => {
    const identity = identityOf(1, PAIR);
    expect(identity.recordRouteHost('udp', '198.51.100.1')).to.equal('10.0.0.2:5060');
    expect(identity.recordRouteHost('udp', '2001:db8::99')).to.equal('[2001:db8::2]:5060');
    expect(identity.recordRouteHost('tls', '198.51.100.1'), 'no such listener').to.equal('10.0.0.2:5060');
  });

  it('names the cluster where that has a name', () => {
    expect(identityOf(1, PAIR, { sipName: 'sip.sample2.test' }).recordRouteHost('udp', '198.51.100.1')).to.equal('sip.sample2.test');
  });
});

describe('what is ours', () => {
  const identity = identityOf(0, [['udp:10.0.0.1:5060', 'udp:2001:db8::1:5060'], ['udp:10.0.0.2:5070']], { sipName: 'sip.sample2.test' });

  const ours = [
    'sip:sample2.test',
    'sip:x@SAMPLE2.test:5060',
    'sip:sample2.test.',
    'sip:x@sample2.test:5070',
    'sip:10.0.0.1',
    'sip:10.0.0.2',
    'sip:x@10.0.0.2:5070',
    'sip:[2001:DB8:0::1]',
    'sip:sip.sample2.test',
    'sip:sip.sample2.test:5070',
  ];
  for (const text of ours) it(`${text} is`, () => expect(identity.isOurs(uri(text))).to.equal(true));

  const others = [
    'sip:sample2.test:5061',
    'sip:sub.sample2.test',
    'sip:10.0.0.3',
    'sip:x@10.0.0.1:5080',
    'sip:[2001:db8::2]',
    'tel:+1555',
    'mailto:x@sample2.test',
  ];
  for (const text of others) it(`${text} is not`, () => expect(identity.isOurs(uri(text))).to.equal(false));

  it('a node is found at its own address and port', () => {
    expect(identity.nodeAt('10.0.0.2', 5070)).to.equal(1);
    expect(identity.nodeAt('10.0.0.1', undefined)).to.equal(0);
    expect(identity.nodeAt('2001:DB8:0:0::1', 5060)).to.equal(0);
    expect(identity.nodeAt('10.0.0.2', 5060)).to.equal(-1);
    expect(identity.nodeAt('10.0.0.9', 5060)).to.equal(-1);
    expect(identity.nodeAt('sip.sample2.test', undefined)).to.equal(0);
  });
});

describe('default ports (RFC 3261 §19.1.2)', () => {
  it('are 5061 for TLS and 5060 else', () => {
    expect((['udp', 'tcp', 'tls', 'ws', 'wss'] as const).map(defaultPort)).to.deep.equal([5060, 5060, 5061, 5060, 5061]);
  });
});
