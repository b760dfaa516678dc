// What a gateway answers to commands, code by code.
import { expect } from 'chai';
import { Bench } from './testing.js';

const SDP = 'v=0\no=- 1 1 IN IP4 10.0.0.9\ns=-\nc=IN IP4 10.0.0.9\nt=0 0\nm=audio 4000 RTP/AVP 0 8';
const LINE = 'aaln/1@gw1.test MGCP 1.0';

function create(id: number, more = '', sdp = ''): string {
  return `CRCX ${id} ${LINE}\nC: A1\nM: recvonly${more}${sdp === '' ? '' : `\n\n${sdp}`}`;
}

describe('commands to a gateway', () => {
  const cases: readonly (readonly [title: string, code: number, command: string])[] = [
    ['an unknown domain', 500, 'RQNT 1 aaln/1@gw2.test MGCP 1.0\nX: 1'],
    ['an unknown line', 500, 'RQNT 1 aaln/3@gw1.test MGCP 1.0\nX: 1'],
    ['a verb for agents', 504, `NTFY 1 ${LINE}\nX: 1\nO: L/hd`],
    ['an unknown verb', 504, `XYZW 1 ${LINE}`],
    ['a create without a call', 510, `CRCX 1 ${LINE}\nM: recvonly`],
    ['a request in a create without X', 510, create(1, '\nR: L/hd')],
    ['an unknown critical extension', 511, `RQNT 1 ${LINE}\nX: 1\nX+FOO: 1`],
    ['an event that is none of the package', 512, `RQNT 1 ${LINE}\nX: 1\nR: L/xx`],
    ['a signal that is none of the package', 513, `RQNT 1 ${LINE}\nX: 1\nS: L/hd`],
    ['an event without package that the default package lacks', 522, `RQNT 1 ${LINE}\nX: 1\nR: foo`],
    ['an event of a package that there is not', 518, `RQNT 1 ${LINE}\nX: 1\nR: MO/x(N)`],
    ['digits by a map that there is not', 519, `RQNT 1 ${LINE}\nX: 1\nR: D/[0-9](D)`],
    ['actions that exclude each other', 523, `RQNT 1 ${LINE}\nX: 1\nR: L/hd(N,A)`],
    ['notify and embedded in step mode', 523, `RQNT 1 ${LINE}\nX: 1\nR: L/hd(N,E(R(L/hu)))`],
    ['an off-hook event twice', 510, `RQNT 1 ${LINE}\nX: 1\nR: L/hd(N), L/hd(A)`],
    ['on-hook asked of a line that is on-hook', 402, `RQNT 1 ${LINE}\nX: 1\nR: L/hu`],
    ['flash asked of a line that is on-hook', 402, `RQNT 1 ${LINE}\nX: 1\nR: L/hf(N)`],
    ['dial tone for a line that is on-hook', 402, `RQNT 1 ${LINE}\nX: 1\nS: L/dl`],
    ['a mode that lines do not have', 517, create(1).replace('recvonly', 'loopback')],
    ['a mode that sends without a far side', 527, create(1).replace('recvonly', 'sendrecv')],
    ['no codec in common with the options', 534, create(1, '\nL: a:G729')],
    ['no codec in common with the far side', 534, create(1, '', SDP.replace('0 8', '18'))],
    ['a far side that cannot be read', 509, create(1, '', 'v=0\no=x')],
    ['a far side without audio', 505, create(1, '', SDP.replace('audio', 'video'))],
    ['a packet length out of reach', 535, create(1, '\nL: p:200')],
    ['an option that must be understood', 525, create(1, '\nL: x+foo:1')],
    ['reserved resources', 532, create(1, '\nL: r:g')],
    ['two connections at once', 507, create(1, '\nZ2: aaln/2@gw1.test')],
    ['a modify of no connection', 515, `MDCX 1 ${LINE}\nC: A1\nI: FF`],
    ['a delete of no connection', 515, `DLCX 1 ${LINE}\nC: A1\nI: FF`],
    ['a delete of all where there is none', 250, `DLCX 1 ${LINE}`],
    ['a signal on no connection', 515, `RQNT 1 ${LINE}\nX: 1\nS: G/rt@FF`],
    ['a parameter of a package that there is not', 518, `RQNT 1 ${LINE}\nX: 1\nFOO/x: 1`],
    ['an unknown parameter of a package that there is', 539, `RQNT 1 ${LINE}\nX: 1\nB/xx: 1`],
    ['an endpoint list for a line', 801, `EPCF 1 ${LINE}\nRED/EL: aaln/1`],
    ['a map beyond its list', 800, 'EPCF 1 mg@gw1.test MGCP 1.0\nRED/EL: aaln/[1-2]\nRED/MP: TTT'],
    ['a list of lines that there are not', 500, 'EPCF 1 mg@gw1.test MGCP 1.0\nRED/EL: aaln/[1-9]'],
  ];
  for (const [title, code, command] of cases) {
    it(`${title} is answered ${code}`, () => {
      expect(Bench.inService().code(command)).to.equal(code);
    });
  }

  it('off-hook asked of a line that is off-hook is answered 401, ringing too, and nothing has changed', () => {
    const bench = Bench.inService();
    bench.agent(`RQNT 1 ${LINE}\nX: 1\nR: L/hd(N)`);
    bench.feed({ kind: 'off-hook', line: 'aaln/1' });
    expect(bench.code(`RQNT 2 ${LINE}\nX: 2\nR: L/hd(N)`)).to.equal(401);
    expect(bench.code(create(3, '\nX: 3\nS: L/rg'))).to.equal(401);
    expect(bench.code(`RQNT 4 ${LINE}\nX: 4\nR: L/hd(I)`)).to.equal(200);
    bench.agent(`AUEP 5 ${LINE}\nF: I, X, ES, S`);
    expect(bench.one()).to.equal('200 5 OK\nI:\nX: 4\nS:\nES: L/hd');
  });

  it('518 says what packages there are', () => {
    const bench = Bench.inService({ red: false });
    bench.agent(`RQNT 1 ${LINE}\nX: 1\nRED/NL: ca2@10.0.0.12`);
    expect(bench.one()).to.equal('518 1 Unknown Package\nPL: L:1, D:1, G:1, H:1, R:1, B:0');
  });

  it('a bridge that is free is chosen, takes two connections, and is told of in one restart with the others', () => {
    const bench = new Bench({ bridges: ['rtpbridge/1', 'rtpbridge/2'] });
    bench.feed({ kind: 'start' });
    bench.run(0);
    const restarts = bench.commands('RSIP');
    expect(restarts.map(({ text }) => / (\S+)@/.exec(text)?.[1])).to.deep.equal(['aaln/*', 'rtpbridge/*']);
    for (const { id } of restarts) bench.agent(`200 ${id} OK`);
    bench.look();
    const made = (id: number, endpoint: string, call: string): string => {
      bench.agent(`CRCX ${id} ${endpoint}@gw1.test MGCP 1.0\nC: ${call}\nM: recvonly`);
      return bench.look().join();
    };
    expect(made(1, 'rtpbridge/$', 'A')).to.match(/^200 1 OK\nZ: rtpbridge\/1@gw1.test\nI: \w+\n/);
    expect(made(2, 'rtpbridge/1', 'A')).to.match(/^200 2 OK\nI: \w+\n\n/);
    expect(made(3, 'rtpbridge/1', 'A')).to.match(/^540 3 /);
    expect(made(4, 'rtpbridge/$', 'B')).to.include('Z: rtpbridge/2@gw1.test');
    expect(made(5, 'rtpbridge/$', 'C')).to.match(/^410 5 /);
    expect(bench.gateway.bridges.map(({ connections }) => connections.size)).to.deep.equal([2, 1]);
    expect(bench.gateway.lines).to.have.length(2);
  });

  it('a connection of another call is 516, and one too many 540', () => {
    const bench = Bench.inService({ maxConnections: 1 });
    bench.agent(create(1));
    const id = /I: (\w+)/.exec(bench.one())?.[1] ?? '';
    expect(bench.code(`MDCX 2 ${LINE}\nC: B2\nI: ${id}\nM: inactive`)).to.equal(516);
    expect(bench.code(`MDCX 3 ${LINE}\nC: A1\nI: ${id}\nM: sendrecv`)).to.equal(527);
    expect(bench.code(create(4))).to.equal(540);
  });

  it('no port is 403', () => {
    const media = { take: () => undefined, release: () => undefined, statistics: () => undefined };
    expect(Bench.inService({}, { media }).code(create(1))).to.equal(403);
  });

  it('a create for any line takes a free one and says which; when there is none, 410', () => {
    const bench = Bench.inService();
    bench.agent(create(1));
    bench.look();
    bench.agent('CRCX 2 aaln/$@gw1.test MGCP 1.0\nC: A1\nM: inactive');
    expect(bench.one()).to.match(/^200 2 OK\nZ: aaln\/2@gw1\.test\nI: 00002\n\nv=0/);
    expect(bench.code('CRCX 3 aaln/$@gw1.test MGCP 1.0\nC: A1\nM: inactive')).to.equal(410);
  });

  it('a command for all lines does nothing when one of them refuses', () => {
    const bench = Bench.inService();
    bench.feed({ kind: 'off-hook', line: 'aaln/2' });
    expect(bench.code('RQNT 1 aaln/*@gw1.test MGCP 1.0\nX: 1\nR: L/hd(N)')).to.equal(401);
    bench.agent(`AUEP 2 ${LINE}\nF: X, R`);
    expect(bench.one()).to.equal('200 2 OK\nX: 0\nR:');
  });

  it('deletes the connections of a call, of a line, of all lines', () => {
    const bench = Bench.inService();
    for (const [id, line, call] of [
      [1, 1, 'A'],
      [2, 1, 'B'],
      [3, 2, 'A'],
      [4, 2, 'C'],
    ] as const) {
      bench.agent(`CRCX ${id} aaln/${line}@gw1.test MGCP 1.0\nC: ${call}\nM: inactive`);
    }
    bench.notices();
    bench.agent('DLCX 5 aaln/1@gw1.test MGCP 1.0\nC: a');
    expect(bench.notices()).to.deep.equal(['aaln/1 media closed']);
    bench.agent('DLCX 6 aaln/1@gw1.test MGCP 1.0');
    bench.agent('DLCX 7 *@gw1.test MGCP 1.0');
    expect(bench.notices()).to.deep.equal(['aaln/1 media closed', 'aaln/2 media closed', 'aaln/2 media closed']);
    expect(bench.look().slice(-3)).to.deep.equal(['250 5 Connection Deleted', '250 6 Connection Deleted', '250 7 Connection Deleted']);
  });

  it('tells a description again only when it is another', () => {
    const bench = Bench.inService();
    bench.agent(create(1));
    const id = /I: (\w+)/.exec(bench.one())?.[1] ?? '';
    bench.agent(`MDCX 2 ${LINE}\nC: A1\nI: ${id}\nM: sendrecv\n\n${SDP}`);
    expect(bench.one()).to.equal('200 2 OK');
    bench.agent(`MDCX 3 ${LINE}\nC: A1\nI: ${id}\nL: a:PCMA`);
    expect(bench.one()).to.include('o=- 16384 2 IN IP4 10.0.0.1').and.to.include('RTP/AVP 8\n');
  });

  it('takes its time where it is told to: 100 first, a delete aborts a create with 407, a modify of it is refused with 400', () => {
    const bench = Bench.inService({ executionMs: 500 });
    bench.agent(create(1));
    expect(bench.one()).to.equal('100 1 Executing');
    expect(bench.code(`MDCX 2 ${LINE}\nC: A1\nI: 1`)).to.equal(400);
    bench.agent(`DLCX 3 ${LINE}`);
    expect(bench.look().map((text) => text.slice(0, 5))).to.deep.equal(['407 1', '250 3']);
    // After a 100 the final response is repeated until it is acknowledged.
    bench.agent('000 1');
    bench.agent(create(4));
    bench.run(500);
    expect(bench.look().map((text) => text.slice(0, 5))).to.deep.equal(['100 4', '200 4']);
  });

  it('carries a command out once, however often it comes', () => {
    const bench = Bench.inService();
    bench.agent(create(1));
    const answer = bench.one();
    bench.agent(create(1));
    expect(bench.one()).to.equal(answer);
    expect(bench.gateway.lines[0]?.connections.size).to.equal(1);
  });
});

describe('audits of a gateway', () => {
  it('a wildcard gives the names of the lines', () => {
    const bench = Bench.inService();
    bench.agent('AUEP 1 *@gw1.test MGCP 1.0');
    expect(bench.one()).to.equal('200 1 OK\nZ: aaln/1@gw1.test\nZ: aaln/2@gw1.test');
  });

  it('a line says what it is doing, and leaves out what it does not know', () => {
    const bench = Bench.inService();
    bench.feed({ kind: 'off-hook', line: 'aaln/1' });
    bench.agent(`RQNT 1 ${LINE}\nN: ca9@10.0.0.19:2727\nX: 7f\nR: L/hu(N), D/[0-9](D)\nD: (xx)\nS: L/dl, L/vmwi(+)\nQ: loop\nT: L/hf`);
    bench.feed({ kind: 'digit', line: 'aaln/1', digit: '1' });
    bench.look();
    bench.agent(`AUEP 2 ${LINE}\nF: R, D, S, X, Q, T, O, N, I, ES, B, RM, RD, E, FOO, RED/NL, B/NS, B/PR`);
    expect(bench.one()).to.equal(
      [
        '200 2 OK',
        'I:',
        'N: ca9@[10.0.0.19]:2727',
        'RED/NL: ca1@[10.0.0.11]:2727, ca2@[10.0.0.12]:2727',
        'X: 7f',
        'B:',
        'R: L/hu(N), D/[0-9](D)',
        'D: (xx)',
        'S: L/vmwi(+)',
        'Q: loop, process',
        'T: L/hf',
        'O: D/1',
        'ES: L/hd',
        'E: 000',
        'RM: restart',
        'RD: 0',
        'B/PR:',
        'B/NS: o',
      ].join('\n'),
    );
    bench.agent(`AUEP 3 ${LINE}\nF: A, PL, MD`);
    expect(bench.one()).to.include('A: p:10-60, a:PCMU;PCMA').and.to.include('PL: L:1').and.to.include('MD: 8192');
    bench.agent(`AUEP 4 ${LINE}`);
    expect(bench.one()).to.equal('200 4 OK');
  });

  it('a connection gives back what it was given, and both descriptions in their order', () => {
    const bench = Bench.inService();
    bench.agent(create(1, '\nL: p:20, a:PCMU'));
    const [, id = '', local = ''] = /I: (\w+)\n\n([^]*)/.exec(bench.one()) ?? [];
    bench.agent(`AUCX 2 ${LINE}\nI: ${id}\nF: C, M, L, P, LC, RC, N`);
    const head = ['C: A1', 'N: ca1@[10.0.0.11]:2727', 'L: p:20, a:PCMU', 'M: recvonly', 'P: PS=0, OS=0, PR=0, OR=0, PL=0, JI=0, LA=0'];
    expect(bench.one()).to.equal(`200 2 OK\n${head.join('\n')}\n\n${local}\n\nv=0`);
    expect(bench.code(`AUCX 3 ${LINE}\nI: FF\nF: C`)).to.equal(515);
  });
});
