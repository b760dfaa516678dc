import { expect } from 'chai';
import { Cluster } from './cluster.fixture.js';

/** A thawed node asks a gateway that nobody took meanwhile; `answers` writes what it gets in the gateway's stead. */
function asked(answers: (command: string, id: string) => string | undefined): Cluster {
  const cluster = Cluster.inService({ nodes: 1 });
  const node = cluster.node(0);
  cluster.loses = ({ from, text }) => {
    if (from !== node.address) return false;
    const [verb = '', id = ''] = text.split(' ');
    const answer = answers(verb, id);
    if (answer === undefined) return false;
    cluster.send(Buffer.from(answer.replaceAll('\n', '\r\n')), cluster.gateway().address, node.address);
    return true;
  };
  node.thaw(5_000);
  cluster.run(3_000);
  return cluster;
}

describe('an audit', () => {
  it('asks for the request, its tones, the connections, the call agent and the hook, and then for each connection', () => {
    const cluster = Cluster.inService({ nodes: 1 });
    cluster.gateway().talk();
    cluster.look();
    cluster.node(0).thaw(5_000);
    cluster.run(3_000);
    const said = cluster.look().filter(({ from }) => from === cluster.node(0).address);
    const texts = said.map(({ text }) => text.replace(/ \d+ /, ' ').replace(/I: \w+/, 'I'));
    expect(texts.slice(0, 3)).to.deep.equal([
      'AUEP aaln/1@gw1.test MGCP 1.0\r\nF: X, R, S, I, N, ES\r\n',
      'AUEP aaln/2@gw1.test MGCP 1.0\r\nF: X, R, S, I, N, ES\r\n',
      'AUCX aaln/1@gw1.test MGCP 1.0\r\nI\r\nF: C, M, LC, RC\r\n',
    ]);
    expect(texts).to.have.length(4);
  });

  it('of a gateway that tells nothing (a bare 200) leaves lines that are armed anew', () => {
    const cluster = asked((verb, id) => (verb === 'AUEP' ? `200 ${id} OK\n` : undefined));
    expect(cluster.words().filter((word) => word.includes('RQNT'))).to.deep.equal(['11>gw1 RQNT aaln/1', '11>gw1 RQNT aaln/2']);
  });

  it('takes lines out of service that the gateway does not have or will not use', () => {
    const cluster = asked((verb, id) => (verb === 'AUEP' ? `501 ${id} Endpoint not ready\n` : undefined));
    expect(cluster.node(0).counts('mgcp.audit.refused 501')).to.equal(2);
    expect(cluster.words().filter((word) => word.includes('RQNT'))).to.deep.equal([]);
  });

  it('does not miss a connection that has gone meanwhile (515)', () => {
    const cluster = asked((verb, id) => {
      if (verb === 'AUEP') return `200 ${id} OK\nI: AB\nX: 0\n`;
      return verb === 'AUCX' ? `515 ${id} Incorrect connection-id\n` : undefined;
    });
    expect(cluster.words().filter((word) => word.includes('DLCX'))).to.deep.equal([]);
  });

  it('deletes a connection of no call', () => {
    const cluster = asked((verb, id) => {
      if (verb === 'AUEP') return `200 ${id} OK\nI: AB\nX: 0\n`;
      return verb === 'AUCX' ? `200 ${id} OK\nC: 1234\nM: sendrecv\n\nv=0\n` : undefined;
    });
    const deleted = cluster.look().find(({ text }) => text.startsWith('DLCX'));
    expect(deleted?.text).to.match(/^DLCX \d+ aaln\/1@gw1\.test MGCP 1\.0\r\nC: 1234\r\nI: AB\r\n/);
  });
});
