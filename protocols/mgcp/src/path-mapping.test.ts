import { expect } from 'chai';
import type { ClusterNode } from '@altpath/core';
import { pathOf, pathParameters } from './path-mapping.js';

function node(index: number, scheme = 'mgcp+udp'): ClusterNode {
  const address = { host: `10.0.0.${index}`, port: 2727, scheme, transport: 'udp' } as const;
  return { name: `n${index}`, index, self: index === 1, addresses: [address] };
}

describe('the path attribute on MGCP', () => {
  it('is N for the node and RED/NL for its stand-ins, in order', () => {
    const path = pathOf(node(1), [node(2), node(3)], undefined);
    expect(path && pathParameters(path, true)).to.deep.equal({
      notifiedEntity: { local: 'n1', domain: '10.0.0.1', port: 2727 },
      redirectList: [
        { local: 'n2', domain: '10.0.0.2', port: 2727 },
        { local: 'n3', domain: '10.0.0.3', port: 2727 },
      ],
    });
  });

  it('is N alone for a gateway that takes no list', () => {
    const path = pathOf(node(1), [node(2)], undefined);
    expect(path && pathParameters(path, false)).to.deep.equal({ notifiedEntity: { local: 'n1', domain: '10.0.0.1', port: 2727 } });
  });

  it('is one name where that stands for all nodes', () => {
    const path = pathOf(node(1), [node(2)], 'ca.test');
    expect(path && pathParameters(path, true)).to.deep.equal({ notifiedEntity: { local: 'n1', domain: 'ca.test', port: 2727 } });
  });

  it('leaves out nodes that do not listen for gateways, and is nothing on one of those', () => {
    expect(pathOf(node(1), [node(2, 'sip+udp'), node(3)], undefined)?.alternates.map(({ identity }) => identity)).to.deep.equal(['n3']);
    expect(pathOf(node(1, 'sip+udp'), [node(2)], undefined)).to.equal(undefined);
  });
});
