import { expect } from 'chai';
import { Cluster, type ClusterOptions } from './cluster.fixture.js';

/** The home node has died, and the other has found out. */
function orphaned(options: ClusterOptions = {}, before: (cluster: Cluster) => void = () => undefined): Cluster {
  const cluster = Cluster.inService(options);
  before(cluster);
  cluster.run(1_000);
  cluster.look();
  cluster.node(0).stop();
  cluster.node(1).sees(0, 'down');
  return cluster;
}

const PLAIN: ClusterOptions = { gateways: [{ alternates: 'none', red: 'auto', machine: { red: false } }] };

describe('a node whose peer is held for dead', () => {
  it('asks it once more, and takes nothing from one that answers', () => {
    const cluster = Cluster.inService();
    cluster.node(1).sees(0, 'down');
    cluster.run(5_000);
    const words = cluster.words();
    expect(words.slice(0, 2)).to.deep.equal(['12>11 AUEP probe', '11>12 500']);
    expect(words.filter((word) => word.includes('gw1'))).to.deep.equal([]);
    cluster.node(0).stop();
    cluster.run(5_000);
    expect(cluster.words()).to.include('12>gw1 EPCF MG');
  });

  it('asks what lines do before it says who it is, and says so at once for a whole gateway with the redirect package', () => {
    const cluster = orphaned();
    cluster.run(3_000);
    expect(cluster.words().filter((word) => !word.includes('probe'))).to.deep.equal([
      '12>gw1 AUEP aaln/1',
      '12>gw1 AUEP aaln/2',
      'gw1>12 200',
      'gw1>12 200',
      '12>gw1 EPCF MG',
      'gw1>12 200',
    ]);
    cluster.gateway().feed({ kind: 'off-hook', line: 'aaln/1' });
    expect(cluster.words()).to.deep.equal(['gw1>12 NTFY aaln/1', '12>gw1 200', '12>gw1 RQNT aaln/1', 'gw1>12 200']);
  });

  it('repeats what a line was asked, where the gateway knows no list', () => {
    const cluster = orphaned(PLAIN);
    cluster.run(3_000);
    const passed = cluster.look();
    const claims = passed.filter(({ from, text }) => from === cluster.node(1).address && /^RQNT/.test(text));
    expect(claims.map(({ text }) => text.replace(/\d+ aaln/, 'ID aaln').replace(/X: \w+/, 'X'))).to.deep.equal(
      [1, 2].map((nth) => `RQNT ID aaln/${nth}@gw1.test MGCP 1.0\r\nN: n2@[10.0.0.12]:2727\r\nX\r\nR: L/hd(N)\r\nS:\r\n`),
    );
    const armed = passed.flatMap(({ from, messages }) =>
      from === cluster.gateway().address ? messages.flatMap(({ parameters }) => parameters.requestIdentifier ?? []) : [],
    );
    const repeated = claims.flatMap(({ messages }) => messages.map(({ parameters }) => parameters.requestIdentifier));
    expect(repeated).to.deep.equal(armed);
    cluster.gateway().feed({ kind: 'off-hook', line: 'aaln/1' });
    expect(cluster.words()).to.include('gw1>12 NTFY aaln/1');
  });

  it('claims lines that talk by their connection, and their call goes on to its end', () => {
    const cluster = orphaned(PLAIN, ({ gateways: [gateway] }) => gateway?.talk());
    cluster.run(3_000);
    const claims = cluster.look().filter(({ text }) => text.startsWith('MDCX'));
    expect(claims).to.have.length(2);
    expect(claims[0]?.text).to.match(/^MDCX \d+ aaln\/1@gw1\.test MGCP 1\.0\r\nC: \w+\r\nI: \w+\r\nN: n2@\[10\.0\.0\.12\]:2727\r\n$/);
    expect(cluster.gateway().modes).to.deep.equal(['sendrecv', 'sendrecv']);
    cluster.gateway().feed({ kind: 'on-hook', line: 'aaln/2' });
    cluster.run(500);
    expect([...cluster.gateway().sounds]).to.deep.equal(['aaln/1 l/bz']);
    cluster.gateway().feed({ kind: 'on-hook', line: 'aaln/1' });
    cluster.run(500);
    expect(cluster.gateway().modes).to.deep.equal([]);
  });

  it('stops no ring by claiming it', () => {
    const cluster = orphaned(PLAIN, ({ gateways: [gateway] }) => gateway?.ring());
    const before = [...cluster.gateway().sounds];
    cluster.run(3_000);
    expect(before).to.include('aaln/2 l/rg');
    expect([...cluster.gateway().sounds]).to.deep.equal(before);
    cluster.gateway().feed({ kind: 'off-hook', line: 'aaln/2' });
    cluster.run(500);
    expect(cluster.gateway().modes).to.deep.equal(['sendrecv', 'sendrecv']);
  });

  it('keeps the digits of a line that is dialling, and claims it by a connection that it takes away again', () => {
    const cluster = orphaned(PLAIN, ({ gateways: [gateway] }) => {
      gateway?.feed({ kind: 'off-hook', line: 'aaln/1' });
      gateway?.dial('aaln/1', '1');
    });
    cluster.run(3_000);
    const first = cluster.words().filter((word) => /aaln\/1/.test(word) && !/AU/.test(word));
    expect(first).to.deep.equal(['12>gw1 CRCX aaln/1', '12>gw1 DLCX aaln/1']);
    cluster.gateway().dial('aaln/1', '12');
    cluster.run(500);
    expect([...cluster.gateway().sounds]).to.include('aaln/2 l/rg');
  });

  it('asks a line again whose telephone was lifted between the audit and the claim', () => {
    const cluster = orphaned(PLAIN);
    let quick = true;
    cluster.loses = ({ from, text }) => {
      if (quick && from === cluster.node(1).address && /^RQNT \d+ aaln\/1/.test(text)) {
        quick = false;
        cluster.gateway().machine.handle({ kind: 'off-hook', line: 'aaln/1' }, cluster.now);
      }
      return false;
    };
    cluster.run(4_000);
    expect([...cluster.gateway().sounds]).to.deep.equal(['aaln/1 l/dl']);
  });

  it('asks the line that reports before the others', () => {
    const cluster = Cluster.inService({ gateways: [{}, {}] });
    cluster.node(0).stop();
    cluster.node(1).doubts(0);
    const report = 'NTFY 5 aaln/2@gw2.test MGCP 1.0\r\nX: 0\r\nO: L/hd\r\n';
    cluster.node(1).receives(Buffer.from(report), { transport: 'udp', host: '10.1.0.2', port: 2427, listener: 0 });
    cluster.settle();
    expect(cluster.words()[0]).to.equal('12>gw2 AUEP aaln/2');
  });
});

describe('a gateway that names another node', () => {
  it('is left to that node, which is told so when it has forgotten', () => {
    const cluster = orphaned();
    cluster.run(3_000);
    for (const index of [0, 1]) cluster.restart(index);
    let lost = true;
    cluster.forgets = ({ topic }) => topic === 'mgcp.hand-over' && lost && !(lost = false);
    for (const node of cluster.nodes) node.sees(1 - node.index, 'up');
    cluster.run(6_000);
    expect(cluster.node(0).counts('mgcp.gateway.conceded')).to.equal(1);
    expect(cluster.node(1).counts('mgcp.gateway.taken handed-over')).to.equal(1);
    cluster.look();
    cluster.gateway().feed({ kind: 'off-hook', line: 'aaln/1' });
    expect(cluster.words()).to.deep.equal(['gw1>12 NTFY aaln/1', '12>gw1 200', '12>gw1 RQNT aaln/1', 'gw1>12 200']);
  });

  it('is touched by nothing of a node that stood still, not even by the end of its calls', () => {
    const cluster = Cluster.inService();
    cluster.gateway().talk();
    cluster.node(0).stop();
    cluster.node(1).sees(0, 'down');
    cluster.run(5_000);
    cluster.look();
    cluster.node(0).thaw(5_000);
    cluster.node(1).sees(0, 'up');
    cluster.run(10_000);
    expect(cluster.words().filter((word) => word.startsWith('11>'))).to.deep.equal([]);
    expect(cluster.node(0).calls.calls(cluster.now, 10)).to.deep.equal([]);
    cluster.gateway().feed({ kind: 'on-hook', line: 'aaln/1' });
    cluster.run(500);
    expect([...cluster.gateway().sounds]).to.deep.equal(['aaln/2 l/bz']);
  });

  it('comes back to a node that stood still when nobody took it meanwhile, with its calls', () => {
    const cluster = Cluster.inService({ nodes: 1 });
    cluster.gateway().talk();
    cluster.node(0).thaw(5_000);
    cluster.run(3_000);
    expect(cluster.gateway().modes).to.deep.equal(['sendrecv', 'sendrecv']);
    expect(cluster.node(0).calls.calls(cluster.now, 10)).to.have.length(1);
    cluster.gateway().feed({ kind: 'on-hook', line: 'aaln/1' });
    cluster.run(500);
    expect([...cluster.gateway().sounds]).to.deep.equal(['aaln/2 l/bz']);
  });

  it('has its report answered by nothing but what is done upon it, though the node stands still while it waits', () => {
    const cluster = Cluster.inService({ nodes: 1 });
    cluster.loses = ({ text }) => text.startsWith('AUEP');
    cluster.node(0).thaw(5_000);
    cluster.run(300);
    cluster.gateway().feed({ kind: 'off-hook', line: 'aaln/1' });
    cluster.look();
    cluster.node(0).thaw(2_000);
    cluster.loses = () => false;
    cluster.run(3_000);
    expect(cluster.words()).to.not.include('11>gw1 407');
    expect([...cluster.gateway().sounds]).to.deep.equal(['aaln/1 l/dl']);
  });
});

describe('a gateway of a node that died and began anew before anybody took it', () => {
  function begunAnew(others: readonly number[] | undefined): Cluster {
    const cluster = Cluster.inService();
    cluster.gateway().talk();
    cluster.node(0).stop();
    cluster.restart(0);
    cluster.others = others;
    cluster.node(0).sees(1, 'up');
    cluster.look();
    cluster.run(3_000);
    return cluster;
  }
  const asked = (cluster: Cluster): readonly string[] => [
    ...new Set(cluster.words().flatMap((word) => (word.includes('AUEP') ? word.slice(0, 2) : []))),
  ];

  it("is that node's as before", () => {
    const cluster = begunAnew([]);
    expect(cluster.node(0).counts('mgcp.gateway.taken returned')).to.equal(1);
    expect(asked(cluster)).to.deep.equal(['11']);
  });

  it('is left to the node to which gateways of another protocol on the same path have gone, with its reports', () => {
    const cluster = begunAnew([1]);
    expect(cluster.node(0).counts('mgcp.gateway.conceded')).to.equal(1);
    expect(cluster.node(1).counts('mgcp.gateway.taken handed-over')).to.equal(1);
    expect(asked(cluster)).to.deep.equal(['12']);
    cluster.gateway().feed({ kind: 'on-hook', line: 'aaln/1' });
    cluster.run(500);
    expect([...cluster.gateway().sounds]).to.deep.equal(['aaln/2 l/bz']);
  });

  it("is that node's where it has such gateways itself", () => {
    expect(begunAnew([1, 0]).node(0).counts('mgcp.gateway.taken returned')).to.equal(1);
  });

  it("is nobody's until that is known", () => {
    const cluster = begunAnew(undefined);
    cluster.gateway().feed({ kind: 'on-hook', line: 'aaln/1' });
    cluster.run(200);
    expect(asked(cluster)).to.deep.equal([]);
    cluster.others = [];
    cluster.run(1_000);
    expect([...cluster.gateway().sounds]).to.deep.equal(['aaln/2 l/bz']);
  });
});

describe('a node that drains', () => {
  for (const { what, lostWords } of [
    { what: 'hands its gateways to the next, which says who it is', lostWords: 0 },
    { what: 'says so again when nobody has heard it', lostWords: 2 },
  ]) {
    it(what, () => {
      const cluster = Cluster.inService();
      cluster.gateway().talk();
      let lost = 0;
      cluster.forgets = ({ topic }) => topic === 'mgcp.hand-over' && (lost += 1) <= lostWords;
      cluster.look();
      cluster.node(0).drainCalls();
      cluster.run(4_000);
      expect(cluster.words()).to.include('12>gw1 EPCF MG');
      cluster.gateway().feed({ kind: 'on-hook', line: 'aaln/1' });
      cluster.run(500);
      expect(cluster.words().filter((word) => word.startsWith('11>'))).to.deep.equal([]);
      expect([...cluster.gateway().sounds]).to.deep.equal(['aaln/2 l/bz']);
    });
  }

  /** A telephone is lifted when the node drains, of whose first words about it so many are lost. */
  function lifted(lostWords: number, isFollowed = true): Cluster {
    const cluster = Cluster.inService();
    let lost = 0;
    cluster.forgets = ({ topic }) => topic === 'mgcp.hand-over' && (lost += 1) <= lostWords;
    if (!isFollowed) cluster.node(0).sees(1, 'down');
    cluster.node(0).drainCalls();
    cluster.look();
    cluster.gateway().feed({ kind: 'off-hook', line: 'aaln/1' });
    return cluster;
  }

  it('leaves who lifts his telephone meanwhile to the next, which gives him a dial tone, once', () => {
    const cluster = lifted(1);
    expect([...cluster.gateway().sounds]).to.deep.equal([]);
    cluster.run(2_000);
    expect([...cluster.gateway().sounds]).to.deep.equal(['aaln/1 l/dl']);
    expect(cluster.words().filter((word) => word.startsWith('11>gw1 R'))).to.deep.equal([]);
    expect(cluster.node(0).counts('call.refused draining')).to.equal(0);
    cluster.gateway().dial('aaln/1', '112');
    cluster.run(500);
    expect([...cluster.gateway().sounds]).to.have.members(['aaln/1 g/rt', 'aaln/2 l/rg']);
  });

  it('goes on with who talks', () => {
    const cluster = Cluster.inService();
    cluster.gateway().talk();
    cluster.forgets = ({ topic }) => topic === 'mgcp.hand-over';
    cluster.node(0).drainCalls();
    cluster.gateway().feed({ kind: 'on-hook', line: 'aaln/1' });
    cluster.run(100);
    expect([...cluster.gateway().sounds]).to.deep.equal(['aaln/2 l/bz']);
  });

  /** The first command that makes a connection is lost on its way, and the node drains before it is repeated. */
  function dialledLately(): Cluster {
    const cluster = Cluster.inService();
    cluster.gateway().feed({ kind: 'off-hook', line: 'aaln/1' });
    cluster.run(100);
    let isLost = false;
    cluster.loses = ({ text }) => text.includes('CRCX') && !isLost && (isLost = true);
    cluster.gateway().dial('aaln/1', '112');
    cluster.look();
    cluster.node(0).drainCalls();
    return cluster;
  }

  it('waits for what is under way, before the next one asks what lines do', () => {
    const cluster = dialledLately();
    expect(cluster.words()).to.deep.equal([]);
    cluster.run(2_000);
    const words = cluster.words();
    const [made, asked] = [words.indexOf('11>gw1 CRCX aaln/1'), words.indexOf('12>gw1 AUEP aaln/1')];
    expect(made).to.be.at.least(0);
    expect(asked).to.be.greaterThan(made);
    expect([...new Set(words.filter((word) => word.includes('CRCX')))]).to.have.members(['11>gw1 CRCX aaln/1', '12>gw1 CRCX aaln/2']);
    expect([...cluster.gateway().sounds]).to.have.members(['aaln/1 g/rt', 'aaln/2 l/rg']);
  });

  it('keeps the next one waiting no longer when its last word is lost', () => {
    const cluster = dialledLately();
    cluster.forgets = ({ topic }) => topic === 'mgcp.left';
    cluster.run(2_000);
    expect([...cluster.gateway().sounds]).to.have.members(['aaln/1 g/rt', 'aaln/2 l/rg']);
  });

  it('refuses who lifts his telephone where there is no other', () => {
    const cluster = lifted(0, false);
    cluster.run(100);
    expect([...cluster.gateway().sounds]).to.deep.equal(['aaln/1 l/ro']);
  });

  it('refuses him when the other one has gone meanwhile', () => {
    const cluster = lifted(Number.POSITIVE_INFINITY);
    cluster.run(500);
    expect([...cluster.gateway().sounds]).to.deep.equal([]);
    cluster.node(0).sees(1, 'down');
    cluster.run(100);
    expect([...cluster.gateway().sounds]).to.deep.equal(['aaln/1 l/ro']);
  });

  it('refuses him when the other one does not take the gateway', () => {
    const cluster = lifted(Number.POSITIVE_INFINITY);
    cluster.run(3_000);
    expect([...cluster.gateway().sounds]).to.deep.equal(['aaln/1 l/ro']);
  });

  it('sends gateways that restart to another', () => {
    const cluster = Cluster.inService();
    cluster.forgets = ({ topic }) => topic === 'mgcp.hand-over';
    cluster.node(0).drainCalls();
    cluster.node(1).sees(0, 'draining');
    cluster.look();
    cluster.gateway().feed({ kind: 'service', method: 'forced' }, { kind: 'service', method: 'restart' });
    cluster.run(2_000);
    const words = cluster.words();
    expect(words).to.include('11>gw1 521');
    expect(words).to.include('gw1>12 RSIP aaln/*');
    expect(words).to.include('12>gw1 RQNT aaln/1');
  });
});
