import { NEVER } from '@altpath/core';
import { expect } from 'chai';
import { Cluster } from './agent/cluster.fixture.js';

describe('the MGCP adapter', () => {
  it('says what it is, and what its path attribute can carry', () => {
    const { adapter } = new Cluster({ nodes: 1 }).node(0);
    expect(adapter.protocol).to.equal('mgcp');
    expect(adapter.pathMapping.carries).to.equal('list');
    expect(adapter.calls()).to.deep.equal([]);
  });

  it('has a deadline at any time, and nothing to say of its own accord when gateways are silent', () => {
    const cluster = Cluster.inService({ nodes: 1 });
    expect(cluster.node(0).adapter.deadline()).to.be.lessThan(NEVER);
    cluster.run(120_000);
    expect(cluster.words()).to.deep.equal([]);
    expect(cluster.node(0).adapter.status(cluster.now).transactions).to.equal(0);
  });

  it('tells a node that joins what it holds', () => {
    const cluster = Cluster.inService();
    const before = cluster.told.length;
    let isDone = false;
    cluster.node(0).adapter.sendTable(1, () => (isDone = true), cluster.now);
    cluster.settle();
    expect(isDone).to.equal(true);
    expect(cluster.told[before]?.content).to.match(/^table 0 1\ngw1 n1 \d+$/);
  });

  it('sends an order that another adapter brought about within its own drain', () => {
    const cluster = Cluster.inService({ nodes: 1 });
    cluster.node(0).adapter.order('aaln/1@gw1', { phase: 'busy', role: 'originating' }, cluster.now);
    cluster.settle();
    expect(cluster.words()[0]).to.equal('11>gw1 RQNT aaln/1');
  });

  it('moves on to a second address of a gateway when nothing gets to the first', () => {
    const cluster = new Cluster({ nodes: 1, gateways: [{ addresses: ['10.9.9.9', '10.1.0.1'] }] });
    cluster.gateway().feed({ kind: 'start' });
    cluster.run(2_500);
    const { adapter } = cluster.node(0);
    adapter.handle({ kind: 'unreachable', hop: { transport: 'udp', host: '10.9.9.9', port: 2427, listener: 0 } }, cluster.now);
    cluster.run(2_000);
    expect(cluster.words()).to.include('gw1>11 200');
  });
});
