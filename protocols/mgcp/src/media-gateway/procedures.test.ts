// How lines make themselves known: restart, redirection, disconnection, going out of service (RFC 3435 §4.4.5 to §4.4.7);
// and how they follow their call agents (§4.3, RFC 3991).
import { expect } from 'chai';
import { AGENT, BACKUP, Bench } from './testing.js';

const LINE = 'aaln/1@gw1.test MGCP 1.0';
const WATCH = `RQNT 901 ${LINE}\nX: 1\nR: L/hd(N)`;

function idOf(bench: Bench, verb: string): number {
  return bench.commands(verb).at(-1)?.id ?? 0;
}

function linesOf(sent: readonly string[]): readonly string[] {
  return sent.map((text) => text.split('\n')[0] ?? '');
}

/** Retransmissions are few, so that a test need not wait through them: two addresses in 1.5 s, given up in 4. */
const QUICK = { transactions: { rtoMs: 100, rtoMaxMs: 400, max1: 2, max2: 3, tMaxMs: 4_000, tHistMs: 5_000 } };

/** A line whose agents are all gone: its Notify was given up. */
function disconnected(): Bench {
  const bench = Bench.inService({ timers: { mwdMs: 0, tdinitMs: 15_000 } }, QUICK);
  bench.agent(WATCH);
  bench.feed({ kind: 'off-hook', line: 'aaln/1' });
  while (!bench.notices().includes('aaln/1 disconnected')) bench.run(100);
  bench.look();
  return bench;
}

describe('the restart procedure', () => {
  it('waits for a random part of MWD', () => {
    const bench = new Bench({ timers: { mwdMs: 600_000 } });
    bench.dice = 0.5;
    bench.feed({ kind: 'start' });
    bench.run(299_999);
    expect(bench.look()).to.deep.equal([]);
    bench.run(1);
    expect(linesOf(bench.look())).to.deep.equal(['RSIP 83100001 aaln/*@gw1.test MGCP 1.0']);
  });

  it('ends the wait when somebody lifts a receiver, and reports that afterwards only', () => {
    const bench = new Bench({ timers: { mwdMs: 600_000 } });
    bench.dice = 0.5;
    bench.feed({ kind: 'start' }, { kind: 'off-hook', line: 'aaln/2' });
    expect(linesOf(bench.look())).to.deep.equal(['RSIP 1 aaln/*@gw1.test MGCP 1.0']);
  });

  it('ends the wait when a command comes: the restart goes before the answer, in one datagram to its source', () => {
    const bench = new Bench({ timers: { mwdMs: 600_000 } });
    bench.dice = 0.5;
    bench.feed({ kind: 'start' });
    bench.from(BACKUP, WATCH);
    const rsip = 'RSIP 1 aaln/*@gw1.test MGCP 1.0\nRM: restart';
    expect(bench.look()).to.have.members([rsip, `to ${BACKUP}: ${rsip}\n.\n200 901 OK`]);
  });

  it('an audit is answered alone', () => {
    const bench = new Bench({ timers: { mwdMs: 600_000 } });
    bench.dice = 0.5;
    bench.feed({ kind: 'start' });
    bench.agent(`AUEP 5 ${LINE}\nF: RM, RD`);
    expect(linesOf(bench.look())).to.have.members(['RSIP 1 aaln/*@gw1.test MGCP 1.0', '200 5 OK']);
  });

  it('is done again after a transient error, as a new transaction, and not after a permanent one until a command comes', () => {
    const bench = new Bench();
    bench.feed({ kind: 'start' });
    bench.run(0);
    bench.agent('405 1 Later');
    bench.look();
    bench.run(1_000);
    const again = idOf(bench, 'RSIP');
    expect(again).to.be.greaterThan(1);
    bench.agent(`500 ${again} Never`);
    bench.look();
    bench.run(3_600_000);
    expect(bench.look()).to.deep.equal([]);
    bench.agent(WATCH);
    expect(linesOf(bench.look()).filter((line) => line.startsWith('RSIP')).length).to.be.greaterThan(0);
  });

  it('goes on to the agent that a 521 names, at once; without a name it stops', () => {
    const bench = new Bench();
    bench.feed({ kind: 'start' });
    bench.run(0);
    bench.look();
    bench.agent('521 1 Redirected\nN: ca2@10.0.0.12:2727');
    expect(bench.one()).to.match(/^to 10\.0\.0\.12:2727: RSIP \d+ aaln\/\*@gw1\.test MGCP 1\.0\nRM: restart$/);
    bench.from(BACKUP, `521 ${idOf(bench, 'RSIP')} Redirected`);
    bench.run(10_000);
    expect(bench.commands('RSIP').length).to.be.lessThan(2);
  });

  it('two agents that name each other are asked a few times, then given a pause', () => {
    const bench = new Bench();
    bench.feed({ kind: 'start' });
    bench.run(0);
    let asked = 0;
    for (let round = 0; round < 50; round += 1) {
      const id = idOf(bench, 'RSIP');
      bench.look();
      if (id === 0) break;
      asked += 1;
      bench.agent(`521 ${id} Redirected\nN: ca${round % 2}@10.0.0.${11 + (round % 2)}:2727`);
    }
    expect(asked).to.equal(9);
  });

  it('goes on with the restart, by the disconnected timer, when nobody answers', () => {
    const bench = new Bench({ timers: { mwdMs: 0, tdinitMs: 15_000 } }, QUICK);
    bench.feed({ kind: 'start' });
    bench.run(10_000);
    expect(new Set(linesOf(bench.look()).map((line) => line.replace(/^to \S+ /, '').replace(/\d+/, 'N')))).to.deep.equal(
      new Set(['RSIP N aaln/*@gw1.test MGCP 1.0']),
    );
    expect(bench.gateway.lines.map(({ service }) => service)).to.deep.equal(['restarting', 'restarting']);
  });

  it('lines that one name does not cover are told one by one', () => {
    const bench = new Bench({ lines: ['aaln/1', 'ds/1/1', 'ds/1/2'] });
    bench.feed({ kind: 'start' });
    bench.run(0);
    expect(linesOf(bench.look()).map((line) => line.split(' ')[2])).to.deep.equal(['aaln/1@gw1.test', 'ds/1/*@gw1.test']);
  });
});

describe('a line whose agents are silent', () => {
  it('tries the first agent, then the next of its list, and reports there', () => {
    const bench = Bench.inService({}, QUICK);
    bench.agent(WATCH);
    bench.look();
    bench.feed({ kind: 'off-hook', line: 'aaln/1' });
    const sent: string[] = [];
    while (sent.at(-1)?.startsWith('to ') !== true) {
      bench.run(10);
      sent.push(...linesOf(bench.look()));
    }
    expect(sent.filter((line) => line.startsWith('NTFY')).length).to.equal(3);
    expect(sent.at(-1)).to.match(/^to 10\.0\.0\.12:2727: NTFY/);
    bench.from(BACKUP, `200 ${/NTFY (\d+)/.exec(sent.at(-1) ?? '')?.[1] ?? ''} OK`);
    expect(bench.notices()).to.deep.equal([]);
    bench.run(20_000);
    expect(bench.look()).to.deep.equal([]);
  });

  it('is disconnected when none answers, and says so after a while and for how long', () => {
    const bench = disconnected();
    const lost = bench.now;
    bench.run(999);
    expect(bench.look()).to.deep.equal([]);
    bench.run(2);
    expect(bench.one()).to.match(/^RSIP \d+ aaln\/1@gw1\.test MGCP 1\.0\nRM: disconnected\nRD: 1$/);
    expect(bench.now - lost).to.be.within(1_000, 1_001);
    bench.agent(`AUEP 7 ${LINE}\nF: RM, RD, B/NS`);
    expect(bench.look().at(-1)).to.equal('200 7 OK\nRM: disconnected\nRD: 1\nB/NS: ns');
  });

  it('doubles its wait each time, up to Tdmax', () => {
    const bench = Bench.inService({ timers: { mwdMs: 0, tdinitMs: 15_000, tdmaxMs: 3_000 } }, QUICK);
    bench.agent(WATCH);
    bench.feed({ kind: 'off-hook', line: 'aaln/1' });
    const told: number[] = [];
    let known = 0;
    for (let step = 0; step < 600; step += 1) {
      bench.run(100);
      const id = idOf(bench, 'RSIP');
      if (id > known) told.push(bench.now);
      known = Math.max(known, id);
      bench.look();
    }
    // Each round: the wait, then the time until a command is given up.
    const rounds = told.slice(1).map((at, i) => at - (told[i] ?? 0));
    expect((rounds[1] ?? 0) - (rounds[0] ?? 0)).to.be.within(500, 1_500);
    expect(rounds.at(-1)).to.be.within((rounds.at(-2) ?? 0) - 200, (rounds.at(-2) ?? 0) + 200);
  });

  it('a command wakes it: the answer goes behind the notice, to whoever asked, and the notice reliably to the agents', () => {
    const bench = disconnected();
    bench.from(BACKUP, `RQNT 902 ${LINE}\nN: ca2@10.0.0.12:2727\nX: 2\nR: L/hu(N)`);
    const sent = bench.look();
    expect(sent.length).to.equal(2);
    expect(sent.every((text) => text.startsWith(`to ${BACKUP}: RSIP`))).to.equal(true);
    expect(sent.some((text) => text.endsWith('\n.\n200 902 OK'))).to.equal(true);
    bench.from(BACKUP, `200 ${/RSIP (\d+)/.exec(sent[0] ?? '')?.[1] ?? ''} OK`);
    expect(bench.notices()).to.deep.equal(['aaln/1 in']);
  });

  it('keeps what it has to say until the agent knows, and no longer than T-MAX', () => {
    const bench = disconnected();
    bench.agent(`RQNT 902 ${LINE}\nX: 2\nR: L/hu(N)`);
    bench.feed({ kind: 'on-hook', line: 'aaln/1' });
    expect(bench.commands('NTFY')).to.deep.equal([]);
    bench.agent(`200 ${idOf(bench, 'RSIP')} OK`);
    expect(bench.look().at(-1)).to.match(/^NTFY \d+ aaln\/1@gw1\.test MGCP 1\.0\nX: 2\nO: L\/hu$/);
    const late = disconnected();
    late.agent(`RQNT 902 ${LINE}\nX: 2\nR: L/hu(N)`);
    late.feed({ kind: 'on-hook', line: 'aaln/1' });
    late.run(4_100);
    late.look();
    late.agent(`AUEP 903 ${LINE}`);
    late.agent(`200 ${idOf(late, 'RSIP')} OK`);
    expect(late.notices()).to.include('aaln/1 in');
    expect(late.commands('NTFY')).to.deep.equal([]);
    late.look();
    late.agent(`AUEP 7 ${LINE}\nF: B/NS`);
    expect(late.one()).to.equal('200 7 OK\nB/NS: ls');
  });

  it('somebody at the telephone is a reason to try, but not oftener than Tdmin', () => {
    const bench = disconnected();
    bench.feed({ kind: 'on-hook', line: 'aaln/1' });
    expect(bench.look()).to.deep.equal([]);
    const rested = Bench.inService({ timers: { mwdMs: 0, tdinitMs: 1_500_000, tdminMs: 15_000 } }, QUICK);
    rested.agent(WATCH);
    rested.feed({ kind: 'off-hook', line: 'aaln/1' });
    while (!rested.notices().includes('aaln/1 disconnected')) rested.run(100);
    rested.look();
    rested.run(15_000);
    rested.feed({ kind: 'on-hook', line: 'aaln/1' });
    expect(rested.one()).to.match(/RSIP/);
  });

  it('other lines are not concerned', () => {
    const bench = disconnected();
    bench.agent('RQNT 902 aaln/2@gw1.test MGCP 1.0\nX: 2\nR: L/hd(N)');
    expect(bench.one()).to.equal('200 902 OK');
  });
});

describe('whom a line reports to', () => {
  it('a command that names another agent draws along what is on its way; its answer goes to its source', () => {
    const bench = Bench.inService({}, QUICK);
    bench.agent(WATCH);
    bench.look();
    bench.feed({ kind: 'off-hook', line: 'aaln/1' });
    const first = bench.one();
    bench.from('10.0.0.13:4000', `RQNT 902 ${LINE}\nN: ca2@10.0.0.12:2727\nX: 2\nR: L/hu(N)`);
    expect(bench.look()).to.have.members([`to ${BACKUP}: ${first}`, 'to 10.0.0.13:4000: 200 902 OK']);
  });

  it('with an empty N, the source of the last command that was no audit', () => {
    const bench = Bench.inService({ callAgents: [] });
    bench.from('10.0.0.13:4000', `RQNT 902 ${LINE}\nN:\nX: 2\nR: L/hd(N)`);
    bench.from('10.0.0.14:4000', `AUEP 903 ${LINE}`);
    bench.look();
    bench.feed({ kind: 'off-hook', line: 'aaln/1' });
    expect(linesOf(bench.look())[0]).to.match(/^to 10\.0\.0\.13:4000: NTFY/);
  });

  it('the list of the answer to a restart holds; N changes the first alone, and after a restart what was provisioned holds', () => {
    const bench = new Bench({ callAgents: [] }, QUICK);
    bench.feed({ kind: 'start' });
    bench.run(0);
    bench.agent('200 1 OK\nN: ca1@10.0.0.11:2727\nRED/NL: ca2@10.0.0.12:2727, ca3@10.0.0.13:2727');
    bench.agent(`RQNT 901 ${LINE}\nN: ca3@10.0.0.13:2727\nX: 1\nR: L/hd(N)`);
    bench.look();
    bench.feed({ kind: 'off-hook', line: 'aaln/1' });
    bench.run(3_000);
    const places = new Set(linesOf(bench.look()).map((line) => /^to (\S+):/.exec(line)?.[1] ?? AGENT));
    expect([...places]).to.deep.equal(['10.0.0.13:2727', '10.0.0.12:2727']);
  });

  it('a gateway without the redirect package does not heed a list', () => {
    const bench = new Bench({ callAgents: [], red: false }, QUICK);
    bench.feed({ kind: 'start' });
    bench.run(0);
    bench.agent('200 1 OK\nRED/NL: ca2@10.0.0.12:2727', WATCH);
    bench.look();
    bench.feed({ kind: 'off-hook', line: 'aaln/1' });
    bench.run(3_000);
    expect(linesOf(bench.look()).every((line) => !line.startsWith('to '))).to.equal(true);
  });

  it('the virtual endpoint redirects the lines of its lists, whatever their state, and only those', () => {
    const bench = Bench.inService();
    bench.feed({ kind: 'service', line: 'aaln/2', method: 'forced' });
    bench.look();
    bench.agent('EPCF 1 MG@gw1.test MGCP 1.0\nRED/EL: aaln/[1-2]\nRED/MP: FT\nRED/N: ca9@10.0.0.19:2727\nRED/NL:');
    expect(bench.one()).to.equal('200 1 OK');
    bench.agent(`AUEP 2 ${LINE}\nF: N`, 'AUEP 3 aaln/2@gw1.test MGCP 1.0\nF: N, RED/NL');
    expect(bench.look()).to.deep.equal(['200 2 OK\nN: ca1@[10.0.0.11]:2727', '200 3 OK\nN: ca9@[10.0.0.19]:2727\nRED/NL:']);
    expect(bench.code('EPCF 4 *@gw1.test MGCP 1.0\nRED/N: ca9@10.0.0.19')).to.equal(501);
  });

  it('the virtual endpoint resets lines', () => {
    const bench = Bench.inService();
    bench.agent(`CRCX 1 ${LINE}\nC: A\nM: inactive\nX: 1\nS: L/rg`);
    bench.notices();
    bench.agent('EPCF 2 mg@gw1.test MGCP 1.0\nRED/EL: *\nRED/R: reset');
    expect(bench.notices()).to.deep.equal(['aaln/1 media closed', 'aaln/1 -l/rg']);
    bench.look();
    bench.agent(`AUEP 3 ${LINE}\nF: X, I`);
    expect(bench.one()).to.equal('200 3 OK\nI:\nX: 0');
  });
});

describe('going out of service', () => {
  it('forced: connections and tones end, the agent is told, commands are 501, audits are answered', () => {
    const bench = Bench.inService();
    bench.agent(`CRCX 1 ${LINE}\nC: A\nM: inactive`);
    bench.look();
    bench.notices();
    bench.feed({ kind: 'service', line: 'aaln/1', method: 'forced', reason: 904 });
    expect(bench.notices()).to.deep.equal(['aaln/1 media closed', 'aaln/1 out']);
    expect(bench.one()).to.match(/^RSIP \d+ aaln\/1@gw1\.test MGCP 1\.0\nE: 904\nRM: forced$/);
    expect(bench.code(WATCH)).to.equal(501);
    bench.agent(`AUEP 3 ${LINE}\nF: RM, RD, E`);
    expect(bench.one()).to.equal('200 3 OK\nE: 904\nRM: forced\nRD: 0');
    bench.feed({ kind: 'service', line: 'aaln/1', method: 'restart' });
    expect(bench.one()).to.match(/RM: restart$/);
  });

  it('graceful: in service until the time has come, and it can be called off', () => {
    const bench = Bench.inService();
    bench.feed({ kind: 'service', method: 'graceful', delayS: 30 });
    expect(bench.one()).to.match(/aaln\/\*@gw1\.test MGCP 1\.0\nRM: graceful\nRD: 30$/);
    bench.agent(`AUEP 3 ${LINE}\nF: RM, RD`);
    expect(bench.one()).to.equal('200 3 OK\nRM: graceful\nRD: 30');
    bench.feed({ kind: 'service', line: 'aaln/2', method: 'cancel-graceful' });
    expect(bench.one()).to.match(/aaln\/2@gw1\.test MGCP 1\.0\nRM: cancel-graceful$/);
    bench.run(30_000);
    expect(bench.notices()).to.deep.equal(['aaln/1 out']);
  });

  it('a connection that is lost is deleted by the gateway, with its counters', () => {
    const media = { take: () => 4_000, release: () => undefined, statistics: () => ({ packetsSent: 50, octetsSent: 8_000 }) };
    const bench = Bench.inService({}, { media });
    bench.agent(`CRCX 1 ${LINE}\nC: A1\nM: inactive`);
    bench.look();
    bench.feed({ kind: 'connection-lost', line: 'aaln/1', reason: 902 });
    expect(bench.one()).to.match(
      /^DLCX \d+ aaln\/1@gw1\.test MGCP 1\.0\nC: A1\nI: 00001\nP: PS=50, OS=8000, PR=0, OR=0, PL=0, JI=0, LA=0\nE: 902/,
    );
  });
});
