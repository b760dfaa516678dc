import { expect } from 'chai';
import type { ClusterNode } from '@altpath/core';
import { addressOfMId, controllerAddress, MEGACO_PATH_MAPPING, mIdOfAddress, pathOf, schemeOf } from './path-mapping.js';

function node(index: number, ...schemes: readonly string[]): ClusterNode {
  const addresses = schemes.map((scheme) => {
    const port = scheme.includes('binary') ? 2945 : 2944;
    return { host: `10.0.0.${index}`, port, scheme, transport: scheme.endsWith('tcp') ? 'tcp' : 'udp' } as const;
  });
  return { name: `n${index}`, index, self: index === 1, addresses };
}

describe('the path attribute on MEGACO', () => {
  it('goes out one alternate at a time, and says so', () => {
    expect(MEGACO_PATH_MAPPING.carries).to.equal('one');
    expect(MEGACO_PATH_MAPPING.loses.join()).to.include('all alternates but the first');
  });

  it('has the stand-ins that listen as the gateway speaks, in order, each with a registration of its own', () => {
    const others = [node(2, 'megaco+udp', 'megaco-binary+udp'), node(3, 'megaco+tcp'), node(4, 'megaco-binary+udp')];
    expect(pathOf(node(1, 'megaco-binary+udp'), others, 'binary', 'udp')).to.deep.equal({
      primary: { host: '10.0.0.1', port: 2945, identity: 'n1' },
      alternates: [
        { host: '10.0.0.2', port: 2945, identity: 'n2', needsRegistration: true },
        { host: '10.0.0.4', port: 2945, identity: 'n4', needsRegistration: true },
      ],
      ordered: true,
      persistence: 'association',
    });
    expect(pathOf(node(1, 'megaco+udp'), others, 'text', 'tcp')).to.equal(undefined);
  });

  it('finds a listener by encoding and transport', () => {
    expect(schemeOf('text', 'tcp')).to.equal('megaco+tcp');
    expect(schemeOf('binary', 'udp')).to.equal('megaco-binary+udp');
    expect(controllerAddress(node(1, 'sip+udp', 'megaco+udp'), 'text', 'udp')?.port).to.equal(2944);
    expect(controllerAddress(node(1, 'megaco+udp'), 'binary', 'udp')).to.equal(undefined);
  });
});

describe('the mId of a controller', () => {
  it('is its address and port, or its name and port', () => {
    expect(mIdOfAddress({ host: '10.0.0.1', port: 2944 })).to.deep.equal({ kind: 'ip4', address: '10.0.0.1', port: 2944 });
    expect(mIdOfAddress({ host: '2001:db8::1', port: 2945 })).to.deep.equal({ kind: 'ip6', address: '2001:db8::1', port: 2945 });
    expect(mIdOfAddress({ host: 'mgc.example.test' })).to.deep.equal({ kind: 'domain', name: 'mgc.example.test' });
  });

  it('is an address again, where it has one', () => {
    for (const address of [
      { host: '10.0.0.1', port: 2944 },
      { host: 'mgc.example.test', port: 5000 },
    ])
      expect(addressOfMId(mIdOfAddress(address))).to.deep.equal(address);
    expect(addressOfMId({ kind: 'device', name: 'mgc' })).to.equal(undefined);
    expect(addressOfMId({ kind: 'mtp', address: '00ab' })).to.equal(undefined);
  });
});
