import { expect } from 'chai';
import { Cluster } from './cluster.fixture.js';

/** Who calls the first line hears this. */
function heardByCaller(cluster: Cluster): string {
  const gateway = cluster.gateway();
  gateway.feed({ kind: 'off-hook', line: 'aaln/2' });
  gateway.dial('aaln/2', '111');
  cluster.run(500);
  const heard = [...gateway.sounds].find((sound) => sound.startsWith('aaln/2')) ?? '';
  gateway.feed({ kind: 'on-hook', line: 'aaln/2' });
  cluster.run(500);
  return heard;
}

const RINGBACK = 'aaln/2 g/rt';
const REORDER = 'aaln/2 l/ro';

describe('RestartInProgress', () => {
  it('is answered in the same instant, and lines are armed after it', () => {
    const cluster = new Cluster({ nodes: 1 });
    cluster.run(3_000);
    cluster.look();
    cluster.gateway().feed({ kind: 'start' });
    cluster.run(0);
    expect(cluster.words()).to.deep.equal([
      'gw1>11 RSIP aaln/*',
      '11>gw1 200',
      '11>gw1 RQNT aaln/1',
      '11>gw1 RQNT aaln/2',
      'gw1>11 200',
      'gw1>11 200',
    ]);
  });

  it('ends the call of a line that restarts, and tells the other that it is over', () => {
    const cluster = Cluster.inService();
    cluster.gateway().talk();
    cluster.gateway().feed({ kind: 'service', line: 'aaln/1', method: 'forced' });
    cluster.run(1_000);
    expect([...cluster.gateway().sounds]).to.deep.equal([REORDER]);
    cluster.gateway().feed({ kind: 'on-hook', line: 'aaln/2' });
    cluster.run(500);
    expect(cluster.gateway().modes).to.deep.equal([]);
  });

  it('takes a line out of service at once (forced) and brings it back (restart)', () => {
    const cluster = Cluster.inService();
    cluster.gateway().feed({ kind: 'service', line: 'aaln/1', method: 'forced' });
    cluster.run(500);
    expect(heardByCaller(cluster)).to.equal(REORDER);
    cluster.gateway().feed({ kind: 'service', line: 'aaln/1', method: 'restart' });
    cluster.run(2_000);
    expect(heardByCaller(cluster)).to.equal(RINGBACK);
  });

  it('takes an idle line out of service when it will go (graceful), and not after all (cancel-graceful)', () => {
    const cluster = Cluster.inService();
    cluster.gateway().feed({ kind: 'service', line: 'aaln/1', method: 'graceful', delayS: 600 });
    cluster.run(500);
    expect(heardByCaller(cluster)).to.equal(REORDER);
    cluster.gateway().feed({ kind: 'service', line: 'aaln/1', method: 'cancel-graceful' });
    cluster.run(500);
    expect(heardByCaller(cluster)).to.equal(RINGBACK);
  });

  it('lets a call end before its line goes', () => {
    const cluster = Cluster.inService();
    cluster.gateway().talk();
    cluster.gateway().feed({ kind: 'service', line: 'aaln/1', method: 'graceful', delayS: 600 });
    cluster.run(5_000);
    expect(cluster.gateway().modes).to.deep.equal(['sendrecv', 'sendrecv']);
    cluster.gateway().feed({ kind: 'on-hook', line: 'aaln/1' }, { kind: 'on-hook', line: 'aaln/2' });
    cluster.run(1_000);
    expect(heardByCaller(cluster)).to.equal(REORDER);
  });

  it('of a disconnected line is followed by an audit, and its call goes on', () => {
    const cluster = Cluster.inService({ nodes: 1 });
    cluster.gateway().talk();
    cluster.look();
    const told = Buffer.from('RSIP 5 aaln/1@gw1.test MGCP 1.0\r\nRM: disconnected\r\nRD: 60\r\n');
    cluster.node(0).receives(told, { transport: 'udp', host: '10.1.0.1', port: 2427, listener: 0 });
    cluster.settle();
    expect(cluster.words().slice(0, 4)).to.deep.equal(['11>gw1 200', '11>gw1 AUEP aaln/1', 'gw1>11 200', '11>gw1 AUCX aaln/1']);
    cluster.run(1_000);
    expect(cluster.gateway().modes).to.deep.equal(['sendrecv', 'sendrecv']);
  });

  it('is sent to the node that holds the gateway, while that one is there (521)', () => {
    const cluster = Cluster.inService();
    const told = Buffer.from('RSIP 5 aaln/*@gw1.test MGCP 1.0\r\nRM: restart\r\n');
    cluster.node(1).receives(told, { transport: 'udp', host: '10.1.0.1', port: 2427, listener: 0 });
    cluster.settle();
    const [answer] = cluster.look();
    expect(answer?.text).to.equal('521 5 Redirected\r\nN: n1@[10.0.0.11]:2727\r\n');
  });

  it('of one line makes a stranger ask what the others do', () => {
    const cluster = Cluster.inService();
    cluster.gateway().talk();
    cluster.node(0).stop();
    cluster.node(1).doubts(0);
    cluster.look();
    const told = Buffer.from('RSIP 5 aaln/1@gw1.test MGCP 1.0\r\nRM: restart\r\n');
    cluster.node(1).receives(told, { transport: 'udp', host: '10.1.0.1', port: 2427, listener: 0 });
    cluster.run(1_000);
    expect(cluster.words()).to.include('12>gw1 AUEP aaln/2');
  });

  it('of endpoints that the file does not have is refused', () => {
    const cluster = Cluster.inService();
    const told = Buffer.from('RSIP 5 fxs/*@gw1.test MGCP 1.0\r\nRM: restart\r\n');
    cluster.node(0).receives(told, { transport: 'udp', host: '10.1.0.1', port: 2427, listener: 0 });
    cluster.settle();
    expect(cluster.words()).to.deep.equal(['11>gw1 500']);
  });

  it('waits while the node does not know yet what the others hold', () => {
    const cluster = new Cluster();
    cluster.gateway().feed({ kind: 'start' });
    cluster.run(0);
    expect(cluster.words()).to.deep.equal(['gw1>11 RSIP aaln/*']);
    cluster.run(3_000);
    expect(cluster.words()).to.include('11>gw1 200');
  });
});
