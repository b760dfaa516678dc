import { expect } from 'chai';
import { Bench, destinationOf, draftOf, hopOf } from './testing.js';

const A = '10.0.0.1:2427';
const B = '10.0.0.2:2427';
const C = '10.0.0.3:2427';

describe('a command', () => {
  it('leaves with its id and is completed by a response from wherever it comes', () => {
    const bench = new Bench('agent');
    expect(bench.send('RQNT', destinationOf(A))).to.equal(1);
    expect(bench.sent()).to.deep.equal([{ at: 0, to: A, text: 'RQNT 1 aaln/1@gw1.test MGCP 1.0\n' }]);
    expect(bench.layer.load.sent).to.equal(1);
    bench.receive('10.9.9.9:1000', '200 1 OK\n');
    expect(bench.told()).to.deep.equal(['completed RQNT 200']);
    expect(bench.layer.load.sent).to.equal(0);
    bench.run(120_000);
    expect(bench.sent()).to.deep.equal([]);
    expect(bench.told()).to.deep.equal([]);
  });

  it('that nobody answers is repeated at the instants of §4.3 up to Max2, and has then failed', () => {
    const bench = new Bench('gateway');
    bench.send('NTFY', destinationOf(A));
    bench.run(18_199);
    expect(bench.schedule()).to.deep.equal([0, 0.2, 0.6, 1.4, 3, 6.2, 10.2, 14.2].map((at) => `${at} ${A}`));
    expect(bench.told()).to.deep.equal([`suspicious NTFY ${A}`]);
    bench.run(1);
    expect(bench.told()).to.deep.equal(['failed NTFY timeout']);
    expect(bench.layer.load.sent).to.equal(0);
    expect(bench.observer.counts.get('mgcp.timeout timeout')).to.equal(1);
    expect(bench.observer.counts.get('mgcp.retransmission NTFY')).to.equal(7);
    bench.run(120_000);
    expect(bench.sent()).to.deep.equal([]);
  });

  it('tells the address suspicious at the end of Max1, when it is left or would be', () => {
    const bench = new Bench('gateway');
    bench.send('NTFY', destinationOf(A, B));
    bench.run(10_199);
    expect(bench.told()).to.deep.equal([]);
    bench.run(1);
    expect(bench.told()).to.deep.equal([`suspicious NTFY ${A}`]);
  });

  it('to two addresses gives each Max1 at most, and nothing after T-MAX; it has failed at 2 * T-HIST', () => {
    const bench = new Bench('gateway');
    bench.send('NTFY', destinationOf(A, B));
    bench.run(59_999);
    expect(bench.schedule()).to.deep.equal([
      ...[0, 0.2, 0.6, 1.4, 3, 6.2].map((at) => `${at} ${A}`),
      ...[10.2, 10.4, 10.8, 11.6, 13.2, 16.4].map((at) => `${at} ${B}`),
    ]);
    expect(bench.told()).to.deep.equal([`suspicious NTFY ${A}`, 'silent NTFY']);
    bench.run(1);
    expect(bench.told()).to.deep.equal(['failed NTFY timeout']);
  });

  it('goes through all addresses of each name in order, Max1 each, and Max2 to the last of the last name', () => {
    const bench = new Bench('gateway', { rtoMs: 100, rtoMaxMs: 400, max1: 2, max2: 3, tMaxMs: 4_000 });
    bench.send('NTFY', destinationOf('ca1.test:2727', 'ca2.test:2727'));
    expect(bench.questions.map(({ question }) => question)).to.deep.equal([
      { host: 'ca1.test', port: 2727, transport: 'udp', secure: false, service: 'mgcp' },
    ]);
    bench.resolve(0, '10.0.0.1:2727', '10.0.0.2:2727');
    bench.run(1_400);
    // The second name is asked for when it is needed; its answer is there at once here.
    expect(bench.questions).to.have.length(2);
    bench.resolve(1, '10.0.0.3:2727', '10.0.0.4:2727');
    bench.run(10_000);
    expect(bench.schedule()).to.deep.equal([
      ...[0, 0.1, 0.3].map((at) => `${at} 10.0.0.1:2727`),
      ...[0.7, 0.8, 1].map((at) => `${at} 10.0.0.2:2727`),
      ...[1.4, 1.5, 1.7].map((at) => `${at} 10.0.0.3:2727`),
      ...[2.1, 2.2, 2.4, 2.8].map((at) => `${at} 10.0.0.4:2727`),
    ]);
    expect(bench.told().at(-1)).to.equal('failed NTFY timeout');
    expect(bench.observer.counts.get('mgcp.alternate suspicious')).to.equal(2);
    expect(bench.observer.counts.get('mgcp.alternate resolved')).to.equal(1);
  });

  it('never goes twice to an address that two names share', () => {
    const bench = new Bench('gateway', { max1: 1, max2: 2 });
    bench.send('NTFY', destinationOf(A, A, B));
    bench.run(30_000);
    expect(bench.schedule()).to.deep.equal([`0 ${A}`, `0.2 ${A}`, `0.6 ${B}`, `0.8 ${B}`, `1.2 ${B}`]);
  });

  it('to a longer list reaches as many as T-MAX lets it', () => {
    const bench = new Bench('gateway');
    bench.send('NTFY', destinationOf(A, B, C));
    bench.run(60_000);
    const sent = bench.sent();
    expect(sent.map(({ to }) => to)).to.not.include(C);
    expect(Math.max(...sent.map(({ at }) => at))).to.be.at.most(20_000);
  });

  it('that was silent until 2 * T-HIST is still completed by a late answer', () => {
    const bench = new Bench('gateway');
    bench.send('NTFY', destinationOf(A, B));
    bench.run(50_000);
    bench.events();
    bench.receive(A, '200 1 OK\n');
    expect(bench.told()).to.deep.equal(['completed NTFY 200']);
    bench.run(60_000);
    expect(bench.told()).to.deep.equal([]);
  });

  it('sends nothing when its host was frozen beyond T-MAX', () => {
    const bench = new Bench('agent');
    bench.send('RQNT', destinationOf(A));
    bench.sent();
    bench.freeze(20_001);
    bench.run(60_000);
    expect(bench.sent()).to.deep.equal([]);
    expect(bench.told()).to.deep.equal(['silent RQNT', 'failed RQNT timeout']);
  });

  it('that is abandoned is forgotten without a word, and its answer is not known', () => {
    const bench = new Bench('agent');
    bench.send('RQNT', destinationOf(A), 'one');
    bench.send('RQNT', destinationOf(A), 'two');
    expect(bench.layer.abandon(({ token }) => token === 'one')).to.equal(1);
    expect([...bench.layer.outstanding()].map(({ token }) => token)).to.deep.equal(['two']);
    bench.sent();
    bench.run(1_000);
    expect(bench.sent().every(({ text }) => text.startsWith('RQNT 2 '))).to.equal(true);
    bench.receive(A, '200 1 OK\n');
    expect(bench.told()).to.deep.equal([]);
    expect(bench.observer.counts.get('mgcp.response.unmatched response')).to.equal(1);
  });

  it('that is answered with something unreadable is over', () => {
    const bench = new Bench('agent');
    bench.send('CRCX', destinationOf(A));
    const fault = { code: 'mgcp.parse.response-line', blame: 'remote', hint: 'Bad Response Line' } as const;
    const broken = { kind: 'broken', transactionId: 1, code: 510, fault, isResponse: true, bytes: Buffer.from('200 1') } as const;
    bench.layer.receive({ ...broken, responseCode: 100 }, hopOf(A), bench.now);
    expect(bench.told()).to.deep.equal([]);
    bench.layer.receive({ ...broken, responseCode: 200 }, hopOf(A), bench.now);
    expect(bench.told()).to.deep.equal(['completed CRCX 510']);
    expect(bench.observer.counts.get('mgcp.broken mgcp.parse.response-line')).to.equal(2);
  });

  it('whose delay is measured makes the next one of its address patient, after repetitions by Karn', () => {
    const bench = new Bench('agent');
    bench.send('RQNT', destinationOf(A));
    bench.run(150);
    bench.receive(A, '200 1 OK\n');
    expect(bench.layer.responseTimeMs(A)).to.equal(150);
    bench.sent();
    bench.send('RQNT', destinationOf(A));
    // AAD 150 + 4 * ADEV 75; then T-DELAY 300 + 300.
    bench.run(1_000);
    expect(bench.sent().map(({ at }) => at - 150)).to.deep.equal([0, 450]);
    bench.receive(A, '200 2 OK\n');
    expect(bench.layer.responseTimeMs(A)).to.equal(150);
    bench.send('RQNT', destinationOf(A));
    const begun = bench.now;
    bench.run(600);
    expect(bench.sent().map(({ at }) => at - (begun - 1_700_000_000_000))).to.deep.equal([0, 600]);
  });
});

describe('a provisional response', () => {
  it('is what the delay is measured by, and not the final one', () => {
    const bench = new Bench('agent');
    bench.send('CRCX', destinationOf(A));
    bench.run(50);
    bench.receive(A, '100 1 Executing\n');
    bench.run(3_000);
    bench.receive(A, '200 1 OK\n');
    expect(bench.layer.responseTimeMs(A)).to.equal(50);
  });

  it('is waited on to 2 * T-HIST, though LONGTRAN-TIMER elapsed Max2 times', () => {
    const bench = new Bench('agent', { max1: 1, max2: 2, longtranMs: 1_000 });
    bench.send('CRCX', destinationOf(A));
    bench.receive(A, '100 1 Executing\n');
    bench.run(59_999);
    expect(bench.schedule()).to.deep.equal([0, 1, 2].map((at) => `${at} ${A}`));
    expect(bench.told().at(-1)).to.equal('silent CRCX');
    // Nothing more is sent, wherever it might go.
    bench.layer.redirect(() => true, destinationOf(B), bench.now);
    expect(bench.sent()).to.deep.equal([]);
    bench.run(1);
    expect(bench.told()).to.deep.equal(['failed CRCX timeout']);
  });

  it('turns repetitions to LONGTRAN-TIMER, and the address is not suspected', () => {
    const bench = new Bench('agent');
    bench.send('CRCX', destinationOf(A, B));
    bench.run(7_000);
    bench.sent();
    bench.receive(A, '100 1 Executing\nI: 1\n');
    expect(bench.told()).to.deep.equal(['provisional CRCX 100']);
    bench.run(53_000);
    expect(bench.schedule()).to.deep.equal([`12 ${A}`, `17 ${A}`]);
    expect(bench.told()).to.deep.equal(['silent CRCX', 'failed CRCX timeout']);
  });

  it('that comes again and again keeps nothing alive beyond 2 * T-HIST', () => {
    const bench = new Bench('agent');
    bench.send('CRCX', destinationOf(A));
    for (let i = 0; i < 30; i += 1) {
      bench.receive(A, '100 1 Executing\n');
      bench.run(2_100);
    }
    expect(bench.told().at(-1)).to.equal('failed CRCX timeout');
    expect(bench.layer.load.sent).to.equal(0);
  });

  it('is followed by a final one whose empty K is answered with 000, each time it comes', () => {
    const bench = new Bench('agent');
    bench.send('CRCX', destinationOf(A));
    bench.receive(A, '100 1 Executing\n');
    bench.sent();
    bench.receive(B, '200 1 OK\nK:\nI: 1\n');
    expect(bench.sent()).to.deep.equal([{ at: 0, to: B, text: '000 1 Response Acknowledgement\n' }]);
    bench.run(1_000);
    bench.receive(B, '200 1 OK\nK:\nI: 1\n');
    expect(bench.sent().map(({ text }) => text.slice(0, 5))).to.deep.equal(['000 1']);
    expect(bench.told()).to.deep.equal(['provisional CRCX 100', 'completed CRCX 200']);
    bench.run(30_000);
    bench.receive(B, '200 1 OK\nK:\nI: 1\n');
    expect(bench.sent()).to.deep.equal([]);
  });
});

describe('a command whose address is unreachable', () => {
  it('goes on to the next one at once, with N from 0 and the default gap', () => {
    const bench = new Bench('gateway');
    bench.send('NTFY', destinationOf(A, B));
    bench.run(1);
    bench.unreachable(A);
    bench.unreachable(A);
    bench.run(1_000);
    expect(bench.schedule()).to.deep.equal([`0 ${A}`, `0.001 ${B}`, `0.201 ${B}`, `0.601 ${B}`]);
    expect(bench.told()).to.deep.equal([`suspicious NTFY ${A}`]);
  });

  it('goes on there when there is no other, since such a report may be forged or soon be over', () => {
    const bench = new Bench('gateway');
    bench.send('NTFY', destinationOf(A));
    bench.unreachable(A);
    bench.run(18_200);
    expect(bench.sent()).to.have.length(8);
    expect(bench.told().at(-1)).to.equal('failed NTFY unreachable');
  });

  it('has failed for silence when the next address was silent, or this one was heard meanwhile', () => {
    const bench = new Bench('gateway', { max1: 1, max2: 2 });
    bench.send('NTFY', destinationOf(A, B), 'one');
    bench.unreachable(A);
    bench.run(10_000);
    expect(bench.told().at(-1)).to.equal('failed one timeout');
    bench.send('NTFY', destinationOf(A), 'two');
    bench.unreachable(A);
    bench.receive(A, '100 2 Executing\n');
    bench.run(70_000);
    expect(bench.told().at(-1)).to.equal('failed two timeout');
  });

  it('waits the default gap at the next one, whatever was measured there before', () => {
    const bench = new Bench('gateway');
    bench.send('NTFY', destinationOf(B));
    bench.run(1_000);
    bench.receive(B, '200 1 OK\n');
    bench.send('NTFY', destinationOf(A, B));
    bench.sent();
    bench.unreachable(A);
    bench.run(200);
    expect(bench.schedule()).to.deep.equal([`1 ${B}`, `1.2 ${B}`]);
  });

  it('is not moved by the report of another address, or after T-MAX', () => {
    const bench = new Bench('gateway', { max1: 50, max2: 60 });
    bench.send('NTFY', destinationOf(A, B));
    bench.unreachable(C);
    bench.unreachable('10.0.0.1:2428');
    bench.freeze(20_001);
    bench.unreachable(A);
    expect(bench.sent()).to.have.length(1);
  });
});

describe('names', () => {
  it('that have no address make a command fail, after the next name was tried', () => {
    const bench = new Bench('gateway');
    bench.send('NTFY', destinationOf('ca1.test:2727', 'ca2.test:2727'));
    bench.resolve(0);
    expect(bench.questions.map(({ question }) => question.host)).to.deep.equal(['ca1.test', 'ca2.test']);
    bench.resolve(1);
    expect(bench.told()).to.deep.equal(['failed NTFY unreachable']);
  });

  it('that nobody resolves are passed over after RTO-MAX', () => {
    const bench = new Bench('gateway');
    bench.send('NTFY', destinationOf('ca1.test:2727', B));
    bench.run(5_000);
    expect(bench.schedule().slice(0, 2)).to.deep.equal([`4 ${B}`, `4.2 ${B}`]);
  });

  it('are asked for once by many commands, and again behind the back of one that comes 5 s later', () => {
    const bench = new Bench('gateway');
    for (let i = 0; i < 10; i += 1) bench.send('NTFY', destinationOf('ca.test:2727'), `${i}`);
    expect(bench.questions).to.have.length(1);
    bench.resolve(0, A);
    expect(bench.sent()).to.have.length(10);
    for (let id = 1; id <= 10; id += 1) bench.receive(A, `200 ${id} OK\n`);
    bench.run(4_999);
    bench.send('NTFY', destinationOf('CA.test:2727'));
    expect(bench.questions).to.have.length(1);
    bench.run(1);
    bench.sent();
    bench.send('NTFY', destinationOf('ca.test:2727'));
    expect(bench.questions).to.have.length(2);
    expect(bench.sent().map(({ to }) => to)).to.deep.equal([A]);
  });

  it('are asked for once more at Max1 of the first address, and what is new is tried', () => {
    const bench = new Bench('gateway');
    bench.send('NTFY', destinationOf('ca.test:2727'));
    bench.resolve(0, A);
    bench.run(10_200);
    expect(bench.questions).to.have.length(2);
    bench.resolve(1, A, B);
    bench.run(4_000);
    expect(bench.schedule().slice(5)).to.deep.equal([`6.2 ${A}`, `10.2 ${A}`, `14.2 ${B}`]);
  });

  it('are asked for once more at Max2 before a command has failed', () => {
    const bench = new Bench('gateway', { rtoMs: 500, rtoMaxMs: 1_000, max1: 2, max2: 6 });
    bench.send('NTFY', destinationOf('ca.test:2727'));
    bench.resolve(0, A);
    bench.run(6_500);
    expect(bench.questions).to.have.length(2);
    expect(bench.told()).to.deep.equal([`suspicious NTFY ${A}`]);
    bench.resolve(1, A, B);
    expect(bench.schedule().at(-1)).to.equal(`6.5 ${B}`);
    bench.run(60_000);
    expect(bench.told().at(-1)).to.equal('failed NTFY timeout');
  });

  it('are asked for at Max2 once, however many addresses that brings', () => {
    const bench = new Bench('gateway', { rtoMs: 2_000, rtoMaxMs: 2_000, max1: 1, max2: 2, tMaxMs: 1_000_000, tHistMs: 1_000_000 });
    bench.send('NTFY', destinationOf('ca.test:2727'));
    bench.resolve(0, A);
    bench.run(6_000);
    expect(bench.questions).to.have.length(2);
    bench.resolve(1, A, B);
    bench.run(60_000);
    expect(bench.questions).to.have.length(2);
    expect(bench.told().at(-1)).to.equal('failed NTFY timeout');
  });

  it('are not asked for at Max1 of an address that is not the first', () => {
    const bench = new Bench('gateway', { rtoMs: 4_000, max1: 1, max2: 9, tMaxMs: 18_000 });
    bench.send('NTFY', destinationOf('ca.test:2727'));
    bench.resolve(0, A, B);
    bench.run(8_000);
    // Max1 of the first.
    expect(bench.questions).to.have.length(2);
    bench.resolve(1, A, B);
    bench.run(10_000);
    expect(bench.schedule()).to.deep.equal([`0 ${A}`, `4 ${A}`, `8 ${B}`, `12 ${B}`, `16 ${B}`]);
    expect(bench.questions).to.have.length(2);
  });

  it('take last an address that was left after Max1', () => {
    const bench = new Bench('gateway', { max1: 1, max2: 2 });
    bench.send('NTFY', destinationOf('ca.test:2727'));
    bench.resolve(0, A, B);
    bench.run(600);
    bench.sent();
    bench.send('NTFY', destinationOf('ca.test:2727'));
    expect(bench.sent().map(({ to }) => to)).to.deep.equal([B]);
  });

  it('keep the addresses they had when a later answer has none', () => {
    const bench = new Bench('gateway');
    bench.send('NTFY', destinationOf('ca.test:2727'));
    bench.resolve(0, A);
    bench.run(10_200);
    bench.resolve(1);
    bench.sent();
    bench.send('NTFY', destinationOf('ca.test:2727'));
    expect(bench.sent().map(({ to }) => to)).to.deep.equal([A]);
  });

  it('prefer the address that last sent a command, and take last one that stayed silent', () => {
    const bench = new Bench('gateway');
    const ca = destinationOf('ca.test:2427');
    bench.send('NTFY', ca);
    bench.resolve(0, A, B, C);
    bench.receive(A, '200 1 OK\n');
    bench.receive(B, 'AUEP 7 aaln/1@gw1.test MGCP 1.0\n');
    bench.sent();
    bench.send('NTFY', ca);
    bench.unreachable(B);
    expect(bench.sent().map(({ to }) => to)).to.deep.equal([B, A]);
    bench.send('NTFY', ca);
    bench.unreachable(A);
    // The one before it had gone on to the same address.
    expect(bench.sent().map(({ to }) => to)).to.deep.equal([A, C, C]);
  });

  it('an answer to a question that is not ours is not taken', () => {
    const bench = new Bench('gateway');
    expect(bench.layer.resolved(99, [], bench.now)).to.equal(false);
  });
});

describe('outstanding commands that are redirected', () => {
  it('go to the new place at once with the same id; T-MAX runs on and an answer of the old place counts', () => {
    const bench = new Bench('gateway');
    bench.send('NTFY', destinationOf(A), 'one');
    bench.send('NTFY', destinationOf(A), 'two');
    bench.run(1_000);
    bench.sent();
    const moved = bench.layer.redirect(({ token }) => token === 'one', destinationOf(B), bench.now);
    expect(moved).to.equal(1);
    expect(bench.sent()).to.deep.equal([{ at: 1_000, to: B, text: 'NTFY 1 aaln/1@gw1.test MGCP 1.0\n' }]);
    bench.run(9_000);
    expect(
      bench
        .sent()
        .filter(({ to }) => to === B)
        .map(({ at }) => at),
    ).to.deep.equal([1_200, 1_600, 2_400, 4_000, 7_200]);
    bench.receive(A, '200 1 OK\n');
    expect(bench.told()).to.include('completed one 200');
  });

  it('are not sent after T-MAX', () => {
    const bench = new Bench('gateway', { max1: 50, max2: 60 });
    bench.send('NTFY', destinationOf(A));
    bench.run(20_001);
    bench.sent();
    expect(bench.layer.redirect(() => true, destinationOf(B), bench.now)).to.equal(1);
    expect(bench.sent()).to.deep.equal([]);
  });

  it('to where they go already are left alone', () => {
    const bench = new Bench('gateway');
    bench.send('NTFY', destinationOf(A));
    bench.run(300);
    bench.sent();
    bench.layer.redirect(() => true, destinationOf(A, B), bench.now);
    expect(bench.sent()).to.deep.equal([]);
    bench.run(10_000);
    expect(bench.schedule().at(-1)).to.equal(`10.2 ${B}`);
  });

  it('go back to where they came from when the name they waited for is none any more', () => {
    const bench = new Bench('gateway');
    bench.send('NTFY', destinationOf(A));
    bench.layer.redirect(() => true, destinationOf('ca2.test:2727'), bench.now);
    bench.sent();
    bench.layer.redirect(() => true, destinationOf(A), bench.now);
    expect(bench.schedule()).to.deep.equal([`0 ${A}`]);
  });

  it('to a name wait for its address', () => {
    const bench = new Bench('gateway');
    bench.send('NTFY', destinationOf(A));
    bench.sent();
    bench.layer.redirect(() => true, destinationOf('ca2.test:2727'), bench.now);
    bench.run(1_000);
    expect(bench.sent()).to.deep.equal([]);
    bench.resolve(0, B);
    expect(bench.schedule()).to.deep.equal([`1 ${B}`]);
  });
});

describe('confirmations that we send', () => {
  it('stand in the next command to the same side, each once, and not after T-HIST', () => {
    const bench = new Bench('agent', { confirms: true });
    for (let i = 0; i < 4; i += 1) bench.send('RQNT', destinationOf(A));
    bench.send('RQNT', destinationOf(B));
    for (const id of [1, 2, 4, 5]) bench.receive(A, `200 ${id} OK\n`);
    bench.sent();
    bench.send('RQNT', destinationOf(A));
    expect(bench.sent().map(({ text }) => text)).to.deep.equal(['RQNT 6 aaln/1@gw1.test MGCP 1.0\nK: 1-2, 4\n']);
    bench.send('RQNT', destinationOf(A));
    expect(bench.sent()[0]?.text).to.equal('RQNT 7 aaln/1@gw1.test MGCP 1.0\n');
    bench.receive(A, '200 6 OK\n');
    bench.run(30_000);
    bench.sent();
    bench.send('RQNT', destinationOf(A));
    expect(bench.sent()[0]?.text).to.equal('RQNT 8 aaln/1@gw1.test MGCP 1.0\n');
  });

  it('leave out what was acknowledged with 000', () => {
    const bench = new Bench('agent', { confirms: true });
    bench.send('RQNT', destinationOf(A));
    bench.receive(A, '100 1 Executing\n');
    bench.receive(A, '200 1 OK\nK:\n');
    bench.sent();
    bench.send('RQNT', destinationOf(A));
    expect(bench.sent()[0]?.text).to.not.include('K:');
  });

  it('are none unless they are asked for', () => {
    const bench = new Bench('agent');
    bench.send('RQNT', destinationOf(A));
    bench.receive(A, '200 1 OK\n');
    bench.sent();
    bench.send('RQNT', destinationOf(A));
    expect(bench.sent()[0]?.text).to.not.include('K:');
  });
});

describe('traces of commands', () => {
  it('name the call, the verb and the way', () => {
    const bench = new Bench('agent');
    bench.layer.send(draftOf('CRCX', 'aaln/1@gw1.test', { callId: 'A1' }), destinationOf(A, B), 'x', bench.now);
    bench.unreachable(A);
    bench.run(200);
    bench.receive(B, '200 1 OK\n');
    expect(bench.observer.traces).to.deep.equal([
      `A1 out udp:${A} CRCX aaln/1@gw1.test`,
      `A1 out udp:${B} CRCX aaln/1@gw1.test alternate`,
      `A1 out udp:${B} CRCX aaln/1@gw1.test retransmission`,
      `A1 in udp:${B} 200 CRCX`,
    ]);
  });
});
