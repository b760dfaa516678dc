import { expect } from 'chai';
import { Cluster } from './cluster.fixture.js';

const OPTIONS = { nodes: 1, gateways: [{ heartbeatMs: 30_000 }] };

describe('the heartbeat of a gateway', () => {
  it('is asked for when nothing was heard for its period, and no more often', () => {
    const cluster = Cluster.inService(OPTIONS);
    cluster.run(20_000);
    cluster.gateway().feed({ kind: 'off-hook', line: 'aaln/1' }, { kind: 'on-hook', line: 'aaln/1' });
    cluster.run(25_000);
    expect(cluster.words().filter((word) => word.includes('AUEP'))).to.deep.equal([]);
    cluster.run(10_000);
    expect(cluster.words()).to.deep.equal(['11>gw1 AUEP aaln/1', 'gw1>11 200']);
  });

  it('that fails takes idle lines out of service, and the first word of the gateway brings them back', () => {
    const cluster = Cluster.inService(OPTIONS);
    cluster.loses = () => true;
    cluster.run(100_000);
    expect(cluster.node(0).counts('mgcp.gateway.silent')).to.be.greaterThan(0);
    cluster.loses = () => false;
    cluster.look();
    cluster.run(60_000);
    expect(cluster.words()).to.include.members(['11>gw1 AUEP aaln/1', '11>gw1 AUEP aaln/2']);
    cluster.gateway().ring();
    expect([...cluster.gateway().sounds]).to.include('aaln/2 l/rg');
  });

  it('that fails ends no talk', () => {
    const cluster = Cluster.inService(OPTIONS);
    cluster.gateway().talk();
    cluster.loses = () => true;
    cluster.run(100_000);
    cluster.loses = () => false;
    cluster.run(60_000);
    expect(cluster.gateway().modes).to.deep.equal(['sendrecv', 'sendrecv']);
    cluster.gateway().feed({ kind: 'on-hook', line: 'aaln/1' });
    cluster.run(1_000);
    expect([...cluster.gateway().sounds]).to.deep.equal(['aaln/2 l/bz']);
  });
});
