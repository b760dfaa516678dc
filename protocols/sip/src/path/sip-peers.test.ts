import type { ClusterNode, PeerDirectory } from '@altpath/core';
import { expect } from 'chai';
import { SipPeers } from './sip-peers.js';

function node(index: number): ClusterNode {
  const host = `10.0.0.${index + 1}`;
  return {
    name: `n${index}`,
    index,
    self: index === 1,
    addresses: [
      { host, port: 2727, scheme: 'mgcp+udp', transport: 'udp' },
      { host, port: 5060, scheme: 'sip+udp', transport: 'udp' },
      { host, port: 2944, scheme: 'megaco+tcp', transport: 'tcp' },
      { host, port: 5061, scheme: 'sip+tls', transport: 'tls' },
    ],
  };
}

describe('the cluster as SIP sees it', () => {
  const nodes = [node(0), node(1)];
  const peers: PeerDirectory = {
    nodes,
    self: nodes[1] as ClusterNode,
    joining: true,
    state: (index) => (index === 0 ? 'suspect' : 'up'),
    isFresh: (index) => index === 1,
  };

  it('has only the listeners that speak SIP, in the order of the file', () => {
    const seen = new SipPeers(peers);
    expect(seen.nodes.map(({ addresses }) => addresses.map(({ port }) => port))).to.deep.equal([
      [5060, 5061],
      [5060, 5061],
    ]);
    expect(seen.self).to.equal(seen.nodes[1]);
  });

  it('knows of the nodes what the cluster does', () => {
    const seen = new SipPeers(peers);
    expect([seen.state(0, 0), seen.isFresh(0, 0), seen.isFresh(1, 0), seen.joining]).to.deep.equal(['suspect', false, true, true]);
  });
});
