// A whole call between two lines, every message as text: what a call agent and this gateway say to each other.
import { expect } from 'chai';
import { Bench } from './testing.js';

describe('a call between two lines of a gateway, word for word', () => {
  it('goes from power on over dialling, ringing, talking and hanging up to idle', () => {
    const bench = new Bench();
    bench.feed({ kind: 'start' });
    bench.run(0);
    expect(bench.one()).to.equal('RSIP 1 aaln/*@gw1.test MGCP 1.0\nRM: restart');
    bench.agent('200 1 OK\nN: ca1@10.0.0.11:2727\nRED/NL: ca2@10.0.0.12:2727');
    expect(bench.notices()).to.deep.equal(['aaln/1 in', 'aaln/2 in']);

    bench.agent('RQNT 101 aaln/1@gw1.test MGCP 1.0\nN: ca1@10.0.0.11:2727\nX: 1\nR: L/hd(N)\nS:');
    bench.agent('RQNT 102 aaln/2@gw1.test MGCP 1.0\nN: ca1@10.0.0.11:2727\nX: 2\nR: L/hd(N)\nS:');
    expect(bench.look()).to.deep.equal(['200 101 OK', '200 102 OK']);

    bench.feed({ kind: 'off-hook', line: 'aaln/1' });
    expect(bench.one()).to.equal('NTFY 2 aaln/1@gw1.test MGCP 1.0\nN: ca1@[10.0.0.11]:2727\nX: 1\nO: L/hd');
    bench.agent('200 2 OK', 'RQNT 103 aaln/1@gw1.test MGCP 1.0\nX: 3\nR: L/hu(N), L/hf(N), D/[0-9*#T](D)\nD: (100x|9x.T)\nS: L/dl');
    expect(bench.one()).to.equal('200 103 OK');
    expect(bench.notices()).to.deep.equal(['aaln/1 +l/dl']);

    for (const digit of '1002') bench.feed({ kind: 'digit', line: 'aaln/1', digit });
    expect(bench.notices()).to.deep.equal(['aaln/1 -l/dl']);
    expect(bench.one()).to.equal('NTFY 3 aaln/1@gw1.test MGCP 1.0\nX: 3\nO: D/1, D/0, D/0, D/2');

    bench.agent('200 3 OK', 'CRCX 104 aaln/1@gw1.test MGCP 1.0\nC: A1\nL: p:20, a:PCMU\nM: recvonly\nX: 4\nR: L/hu(N)\nS:');
    const near = description(16_384);
    expect(bench.one()).to.equal(`200 104 OK\nI: 00001\n\n${near}`);

    bench.agent(
      `CRCX 105 aaln/2@gw1.test MGCP 1.0\nC: A1\nL: p:20, a:PCMU\nM: sendrecv\nX: 5\nR: L/hd(N)\nS: L/rg, L/ci(11/22/14/24,"1001","A")\n\n${near}`,
    );
    const far = description(16_386);
    expect(bench.one()).to.equal(`200 105 OK\nI: 00002\n\n${far}`);
    expect(bench.notices()).to.deep.equal([
      'aaln/1 media recvonly',
      'aaln/2 media sendrecv 10.0.0.1:16384',
      'aaln/2 +l/rg',
      'aaln/2 +l/ci',
    ]);

    bench.agent(`MDCX 106 aaln/1@gw1.test MGCP 1.0\nC: A1\nI: 00001\nM: recvonly\nX: 6\nR: L/hu(N)\nS: G/rt\n\n${far}`);
    expect(bench.one()).to.equal('200 106 OK');

    bench.feed({ kind: 'off-hook', line: 'aaln/2' });
    expect(bench.one()).to.equal('NTFY 4 aaln/2@gw1.test MGCP 1.0\nX: 5\nO: L/hd');
    bench.agent('200 4 OK', 'RQNT 107 aaln/2@gw1.test MGCP 1.0\nX: 7\nR: L/hu(N)\nS:');
    bench.agent('MDCX 108 aaln/1@gw1.test MGCP 1.0\nC: A1\nI: 00001\nM: sendrecv\nX: 8\nR: L/hu(N)\nS:');
    expect(bench.look()).to.deep.equal(['200 107 OK', '200 108 OK']);
    expect(bench.notices()).to.deep.equal([
      'aaln/1 media recvonly 10.0.0.1:16386',
      'aaln/1 +g/rt',
      'aaln/2 -l/rg',
      'aaln/1 media sendrecv 10.0.0.1:16386',
      'aaln/1 -g/rt',
    ]);

    bench.feed({ kind: 'on-hook', line: 'aaln/2' });
    expect(bench.one()).to.equal('NTFY 5 aaln/2@gw1.test MGCP 1.0\nX: 7\nO: L/hu');
    bench.agent('200 5 OK', 'DLCX 109 aaln/2@gw1.test MGCP 1.0\nC: A1\nI: 00002\nX: 9\nR: L/hd(N)');
    expect(bench.one()).to.equal('250 109 Connection Deleted\nP: PS=0, OS=0, PR=0, OR=0, PL=0, JI=0, LA=0');
    bench.agent('DLCX 110 aaln/1@gw1.test MGCP 1.0\nC: A1\nI: 00001\nX: A\nR: L/hu(N)\nS: L/bz');
    expect(bench.one()).to.match(/^250 110 /);
    expect(bench.notices()).to.deep.equal(['aaln/2 media closed', 'aaln/1 media closed', 'aaln/1 +l/bz']);

    bench.feed({ kind: 'on-hook', line: 'aaln/1' });
    expect(bench.one()).to.equal('NTFY 6 aaln/1@gw1.test MGCP 1.0\nX: A\nO: L/hu');
    bench.agent('200 6 OK', 'RQNT 111 aaln/1@gw1.test MGCP 1.0\nX: B\nR: L/hd(N)');
    expect(bench.one()).to.equal('200 111 OK');
    expect(bench.notices()).to.deep.equal(['aaln/1 -l/bz']);
    bench.run(600_000);
    expect(bench.look()).to.deep.equal([]);
  });
});

function description(port: number): string {
  return [
    'v=0',
    `o=- ${port} 1 IN IP4 10.0.0.1`,
    's=-',
    'c=IN IP4 10.0.0.1',
    't=0 0',
    `m=audio ${port} RTP/AVP 0`,
    'a=rtpmap:0 PCMU/8000',
    'a=sendrecv',
    'a=ptime:20',
  ].join('\n');
}
