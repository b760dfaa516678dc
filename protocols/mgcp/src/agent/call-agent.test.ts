import { expect } from 'chai';
import { Cluster } from './cluster.fixture.js';

const STRANGER = { transport: 'udp', host: '192.0.2.1', port: 2427, listener: 0 } as const;
const GATEWAY = { transport: 'udp', host: '10.1.0.1', port: 2427, listener: 0 } as const;

function notify(id: number, x = '0', observed = 'L/hd'): Buffer {
  return Buffer.from(`NTFY ${id} aaln/1@gw1.test MGCP 1.0\r\nX: ${x}\r\nO: ${observed}\r\n`);
}

describe('the call agent, spoken to', () => {
  it('answers nothing to a stranger, and counts him', () => {
    const cluster = Cluster.inService();
    cluster.node(0).receives(notify(5), STRANGER);
    cluster.settle();
    expect(cluster.words()).to.deep.equal([]);
    expect(cluster.node(0).counts('mgcp.refused wrong-source')).to.equal(1);
  });

  it('refuses a domain that the file does not have with 500, where it knows the address', () => {
    const cluster = Cluster.inService();
    cluster.node(0).receives(Buffer.from('RSIP 5 *@gw9.test MGCP 1.0\r\nRM: restart\r\n'), GATEWAY);
    cluster.settle();
    expect(cluster.words()).to.deep.equal(['11>gw1 500']);
    expect(cluster.node(0).counts('mgcp.refused unknown-gateway')).to.equal(1);
  });

  it('refuses the domain of one gateway from the address of another', () => {
    const cluster = Cluster.inService({ gateways: [{}, {}] });
    cluster.node(0).receives(notify(5), { ...GATEWAY, host: '10.1.0.2' });
    cluster.settle();
    expect(cluster.words()).to.deep.equal(['11>gw2 500']);
  });

  it('refuses an endpoint that the gateway of the file does not have', () => {
    const cluster = Cluster.inService();
    cluster.node(0).receives(Buffer.from('NTFY 5 aaln/9@gw1.test MGCP 1.0\r\nX: 0\r\nO: L/hd\r\n'), GATEWAY);
    cluster.settle();
    expect(cluster.words()).to.deep.equal(['11>gw1 500']);
  });

  it('refuses what only a call agent may say', () => {
    const cluster = Cluster.inService();
    cluster.node(0).receives(Buffer.from('AUEP 5 aaln/1@gw1.test MGCP 1.0\r\n'), GATEWAY);
    cluster.settle();
    expect(cluster.words()).to.deep.equal(['11>gw1 504']);
  });

  it('obeys a gateway that the file gives by name from where the name leads', () => {
    const cluster = new Cluster({ nodes: 1, gateways: [{ addresses: ['gw.example'] }] });
    cluster.run(2_000);
    cluster.node(0).receives(notify(5), GATEWAY);
    expect(cluster.node(0).counts('mgcp.refused wrong-source')).to.equal(1);
    for (const { id } of cluster.node(0).questions) {
      cluster
        .node(0)
        .adapter.handle({ kind: 'resolved', id, addresses: [{ host: GATEWAY.host, port: 2427, transport: 'udp' }] }, cluster.now);
    }
    cluster.look();
    cluster.node(0).receives(notify(6), GATEWAY);
    cluster.run(100);
    expect(cluster.node(0).counts('mgcp.refused wrong-source')).to.equal(1);
    expect(cluster.words()).to.include('11>gw1 AUEP aaln/1');
  });
});

describe('the path attribute of MGCP', () => {
  it('stands in the answer to a restart, and in no command after it', () => {
    const cluster = new Cluster();
    for (const node of cluster.nodes) node.sees(1 - node.index, 'up');
    cluster.run(3_000);
    cluster.look();
    cluster.gateway().feed({ kind: 'start' });
    cluster.run(1_000);
    cluster.gateway().feed({ kind: 'off-hook', line: 'aaln/1' });
    cluster.gateway().dial('aaln/1', '112');
    const said = cluster.look().filter(({ from }) => from === cluster.node(0).address);
    const named = said.flatMap(({ messages }) => messages).filter(({ parameters }) => parameters.notifiedEntity !== undefined);
    expect(said.length).to.be.greaterThan(6);
    expect(named).to.have.length(1);
    expect(said.find(({ text }) => text.includes('N: '))?.text).to.match(
      /^200 \d+ OK\r\nN: n1@\[10\.0\.0\.11\]:2727\r\nRED\/NL: n2@\[10\.0\.0\.12\]:2727\r\n$/,
    );
  });

  it('is a name alone, where the gateway resolves one', () => {
    const cluster = new Cluster({ gateways: [{ alternates: 'name', notifiedEntity: 'ca.test', machine: { red: false } }] });
    for (const node of cluster.nodes) node.sees(1 - node.index, 'up');
    cluster.run(3_000);
    cluster.look();
    cluster.gateway().feed({ kind: 'start' });
    cluster.run(1_000);
    expect(cluster.look().find(({ text }) => text.startsWith('200 ') && text.includes('N: '))?.text).to.match(
      /^200 \d+ OK\r\nN: n1@ca\.test:2727\r\n$/,
    );
  });
});

describe('a report that comes to the wrong node', () => {
  it('is told to the node that holds the gateway, acted on there, and answered once that node has it', () => {
    const cluster = Cluster.inService();
    const { requestIdentifier = '' } = cluster.gateway().machine.lines[0]?.watch ?? {};
    cluster.node(1).receives(notify(5, requestIdentifier), GATEWAY);
    cluster.settle();
    expect(cluster.words()).to.include.members(['12>gw1 200', '11>gw1 RQNT aaln/1']);
    expect(cluster.node(1).counts('mgcp.gateway.taken holder-gone')).to.equal(0);
  });

  it('is told again as long as nobody says that it arrived', () => {
    const cluster = Cluster.inService();
    let lost = 0;
    cluster.forgets = ({ topic }) => topic === 'mgcp.report' && (lost += 1) < 3;
    cluster.node(1).receives(notify(5), GATEWAY);
    cluster.run(100);
    expect(cluster.words()).to.deep.equal([]);
    cluster.run(600);
    expect(cluster.words()).to.deep.equal(['12>gw1 200']);
  });

  it('is acted on here when its holder is not there any more', () => {
    const cluster = Cluster.inService();
    cluster.node(0).stop();
    const { requestIdentifier = '' } = cluster.gateway().machine.lines[0]?.watch ?? {};
    cluster.node(1).receives(notify(5, requestIdentifier), GATEWAY);
    cluster.run(100);
    expect(cluster.words()).to.deep.equal([]);
    cluster.node(1).doubts(0);
    cluster.run(400);
    expect(cluster.words()).to.include.members(['12>gw1 AUEP aaln/1', '12>gw1 200', '12>gw1 RQNT aaln/1']);
  });

  it('is answered with 406 and forgotten when its holder lives and never says anything', () => {
    const cluster = Cluster.inService();
    cluster.node(0).stop();
    cluster.node(1).receives(notify(5), GATEWAY);
    cluster.run(40_000);
    expect(cluster.words()).to.deep.equal(['12>gw1 406']);
    const told = cluster.told.length;
    cluster.run(10_000);
    expect(cluster.told.slice(told).filter(({ topic }) => topic === 'mgcp.report')).to.deep.equal([]);
  });

  it('is passed on too when it is the end of a connection', () => {
    const cluster = Cluster.inService();
    const gateway = cluster.gateway();
    gateway.feed({ kind: 'off-hook', line: 'aaln/1' });
    gateway.dial('aaln/1', '112');
    gateway.feed({ kind: 'off-hook', line: 'aaln/2' });
    cluster.run(1_000);
    const connection = [...(gateway.machine.lines[0]?.connections.values() ?? [])][0];
    cluster.look();
    const gone = `DLCX 5 aaln/1@gw1.test MGCP 1.0\r\nC: ${connection?.callId}\r\nI: ${connection?.id}\r\nE: 900\r\n`;
    cluster.node(1).receives(Buffer.from(gone), GATEWAY);
    cluster.run(1_000);
    expect(cluster.words()).to.include('12>gw1 250');
    expect(cluster.node(0).calls.calls(cluster.now, 10)).to.deep.equal([]);
  });

  it('is refused by a node that the file does not give the gateway to', () => {
    const cluster = Cluster.inService({ gateways: [{ nodes: [0] }] });
    cluster.node(0).stop();
    cluster.node(1).sees(0, 'down');
    cluster.run(3_000);
    cluster.look();
    cluster.node(1).receives(notify(5), GATEWAY);
    cluster.run(3_000);
    expect(cluster.words()).to.deep.equal(['12>gw1 500']);
    expect(cluster.node(1).counts('mgcp.refused not-ours')).to.equal(1);
  });
});
