import { expect } from 'chai';
import type { Hop } from '@altpath/core';
import { decodeDatagram } from '../codec/index.js';
import type { MgcpCommand, ResponseDraft } from '../message/message.js';
import { History, type ServerRecord } from './history.js';
import { DEFAULT_TRANSACTION_SETTINGS, type HistoryBounds } from './settings.js';
import { Bench, destinationOf, draftOf } from './testing.js';

const GW = '10.0.0.1:2427';
const OTHER = '10.0.0.2:2427';
const CA = '10.9.0.1:2727';
const OK: ResponseDraft = { code: 200, comment: 'OK' };

function ntfy(id: number, domain = 'gw1.test', lines = ''): string {
  return `NTFY ${id} aaln/1@${domain} MGCP 1.0\nX: 1\nO: L/hd\n${lines}`;
}

describe('a command of another', () => {
  it('is executed once, and each copy gets the answer until T-HIST', () => {
    const bench = new Bench('agent');
    bench.receive(GW, ntfy(7));
    const { handle } = bench.command();
    expect(bench.layer.respond(handle, OK, bench.now)).to.equal(true);
    expect(bench.sent()).to.deep.equal([{ at: 0, to: GW, text: '200 7 OK\n' }]);
    bench.run(29_999);
    bench.receive(GW, ntfy(7));
    expect(bench.sent().map(({ text }) => text)).to.deep.equal(['200 7 OK\n']);
    expect(bench.told()).to.deep.equal([]);
    expect(bench.observer.counts.get('mgcp.duplicate answered')).to.equal(1);
    bench.run(1);
    bench.receive(GW, ntfy(7));
    expect(bench.told()).to.deep.equal(['command NTFY 7']);
  });

  it('is answered where it came from, and a copy where that came from', () => {
    const bench = new Bench('gateway');
    bench.receive(CA, 'RQNT 1 aaln/1@gw1.test MGCP 1.0\nN: ca2@10.9.0.2:2727\nX: 1\n');
    const { handle } = bench.command();
    bench.layer.respond(handle, OK, bench.now);
    bench.receive('10.9.0.3:2727', 'RQNT 0001 aaln/1@gw1.test MGCP 1.0\nN: ca2@10.9.0.2:2727\nX: 1\n');
    expect(bench.sent().map(({ to }) => to)).to.deep.equal([CA, '10.9.0.3:2727']);
  });

  it('is told from others by its id alone in a gateway, and by domain and id in an agent', () => {
    for (const [scope, second] of [
      ['gateway', []],
      ['agent', ['command NTFY 7']],
    ] as const) {
      const bench = new Bench(scope);
      bench.receive(GW, ntfy(7));
      bench.events();
      bench.receive(OTHER, ntfy(7, 'gw2.test'));
      expect(bench.told(), scope).to.deep.equal(second);
      bench.receive(GW, ntfy(7, 'GW1.TEST'));
      expect(bench.told(), scope).to.deep.equal([]);
    }
  });

  it('while it executes answers each copy with 100, and its final response is then repeated until 000', () => {
    const bench = new Bench('gateway');
    bench.receive(CA, 'CRCX 5 aaln/1@gw1.test MGCP 1.0\nC: A1\nM: inactive\n');
    const { handle } = bench.command();
    bench.receive(CA, 'CRCX 5 aaln/1@gw1.test MGCP 1.0\nC: A1\nM: inactive\n');
    expect(bench.sent().map(({ text }) => text.slice(0, 5))).to.deep.equal(['100 5']);
    expect(bench.told()).to.deep.equal([]);
    bench.layer.respond(handle, { ...OK, parameters: { connectionId: '1F' } }, bench.now);
    bench.run(1_000);
    const sent = bench.sent();
    expect(sent.map(({ at }) => at)).to.deep.equal([0, 200, 600]);
    for (const { text } of sent) expect(text).to.equal('200 5 OK\nK:\nI: 1F\n');
    bench.receive(CA, '000 5\n');
    bench.run(10_000);
    expect(bench.sent()).to.deep.equal([]);
    // The answer has arrived: what comes now was late in the network (§3.5.1).
    bench.receive(CA, 'CRCX 5 aaln/1@gw1.test MGCP 1.0\nC: A1\nM: inactive\n');
    expect(bench.sent()).to.deep.equal([]);
    expect(bench.told()).to.deep.equal([]);
    expect(bench.observer.counts.get('mgcp.duplicate confirmed')).to.equal(1);
  });

  it('may be answered provisionally by its user, several times, and copies get the newest', () => {
    const bench = new Bench('gateway');
    bench.receive(CA, 'CRCX 5 aaln/1@gw1.test MGCP 1.0\nC: A1\nM: inactive\n');
    const { handle } = bench.command();
    bench.layer.respond(handle, { code: 101, comment: 'Queued' }, bench.now);
    bench.layer.respond(handle, { code: 100, comment: 'Executing', parameters: { connectionId: '1F' } }, bench.now);
    bench.receive(CA, 'CRCX 5 aaln/1@gw1.test MGCP 1.0\nC: A1\nM: inactive\n');
    expect(bench.sent().map(({ text }) => text)).to.deep.equal(['101 5 Queued\n', '100 5 Executing\nI: 1F\n', '100 5 Executing\nI: 1F\n']);
    expect(handle.answered).to.equal(false);
  });

  it('whose 000 never comes gets Max1 repetitions of its response, and then what copies get', () => {
    const bench = new Bench('gateway');
    bench.receive(CA, ntfy(5));
    const { handle } = bench.command();
    bench.receive(CA, ntfy(5));
    bench.sent();
    bench.layer.respond(handle, OK, bench.now);
    bench.run(25_000);
    expect(bench.sent()).to.have.length(6);
    expect(bench.told()).to.deep.equal([]);
    bench.receive(CA, ntfy(5));
    expect(bench.sent().map(({ text }) => text)).to.deep.equal(['200 5 OK\nK:\n']);
  });

  it('repeats a response without its 000 no later than T-MAX', () => {
    const bench = new Bench('gateway', { max1: 100, max2: 101, tMaxMs: 2_000 });
    bench.receive(CA, ntfy(5));
    const { handle } = bench.command();
    bench.receive(CA, ntfy(5));
    bench.sent();
    bench.layer.respond(handle, OK, bench.now);
    bench.run(25_000);
    expect(bench.sent().map(({ at }) => at)).to.deep.equal([0, 200, 600, 1_400]);
  });

  it('knows no 000 that comes again, or after T-HIST', () => {
    const bench = new Bench('gateway');
    for (const id of [5, 6]) {
      bench.receive(CA, ntfy(id));
      const { handle } = bench.command();
      bench.receive(CA, ntfy(id));
      bench.layer.respond(handle, OK, bench.now);
    }
    bench.receive(CA, '000 5\n');
    expect(bench.observer.counts.get('mgcp.response.unmatched acknowledgement')).to.equal(undefined);
    bench.receive(CA, '000 5\n');
    bench.run(30_000);
    bench.receive(CA, '000 6\n');
    expect(bench.observer.counts.get('mgcp.response.unmatched acknowledgement')).to.equal(2);
  });

  it('is remembered for T-HIST from its answer on, not from when it came', () => {
    const bench = new Bench('gateway');
    bench.receive(CA, ntfy(5));
    const { handle } = bench.command();
    bench.run(20_000);
    bench.layer.respond(handle, OK, bench.now);
    bench.run(29_999);
    expect(bench.layer.load.records).to.equal(1);
    bench.run(1);
    expect(bench.layer.load.records).to.equal(0);
  });

  it('is not acknowledged by a 000 of another address', () => {
    const bench = new Bench('gateway');
    bench.receive(CA, ntfy(5));
    const { handle } = bench.command();
    bench.receive(CA, ntfy(5));
    bench.layer.respond(handle, OK, bench.now);
    bench.receive('10.9.0.9:2727', '000 5\n');
    expect(bench.observer.counts.get('mgcp.response.unmatched acknowledgement')).to.equal(1);
    bench.sent();
    bench.run(200);
    expect(bench.sent()).to.have.length(1);
  });

  it('that nobody answers gets 406 at T-HIST, and later answers are too late', () => {
    const bench = new Bench('agent');
    bench.receive(GW, ntfy(5));
    const { handle } = bench.command();
    bench.run(30_000);
    expect(bench.told()).to.deep.equal(['overdue 5']);
    expect(bench.sent().map(({ text }) => text.slice(0, 5))).to.deep.equal(['406 5']);
    expect(bench.layer.respond(handle, OK, bench.now)).to.equal(false);
    expect(bench.sent()).to.deep.equal([]);
    expect(bench.layer.load.executing).to.equal(0);
    bench.run(30_000);
    expect(bench.layer.load).to.deep.equal({ sent: 0, executing: 0, records: 0, bytes: 0 });
  });

  it('is answered once', () => {
    const bench = new Bench('agent');
    bench.receive(GW, ntfy(5));
    const { handle } = bench.command();
    expect(bench.layer.respond(handle, OK, bench.now)).to.equal(true);
    expect(handle.answered).to.equal(true);
    expect(bench.layer.respond(handle, { code: 400 }, bench.now)).to.equal(false);
    expect(bench.layer.respond(handle, { code: 100 }, bench.now)).to.equal(false);
    expect(bench.sent()).to.have.length(1);
  });

  it('that cannot be read is refused without being remembered, and its neighbours in the datagram are not touched', () => {
    const bench = new Bench('agent');
    bench.receive(GW, `NTFY 8 aaln/1@gw1.test MGCP 1.0\nX: 1\nO: ((\n.\n${ntfy(9)}`);
    expect(bench.told()).to.deep.equal(['command NTFY 9']);
    expect(bench.sent().map(({ text }) => text.slice(0, 5))).to.deep.equal(['510 8']);
    bench.receive(GW, 'rubbish\n');
    expect(bench.sent()).to.deep.equal([]);
  });

  it('that is refused by its user without a memory is new when it comes again', () => {
    const bench = new Bench('agent');
    bench.layer.refuse(12, { code: 500, comment: 'no' }, { transport: 'udp', host: '10.0.0.1', port: 2427 }, bench.now);
    expect(bench.sent()).to.deep.equal([{ at: 0, to: GW, text: '500 12 no\n' }]);
    expect(bench.layer.load.records).to.equal(0);
    expect(bench.observer.counts.get('mgcp.refused 500')).to.equal(1);
  });

  it('cannot be answered with the handle of something else', () => {
    const bench = new Bench('agent');
    const handle = {
      transactionId: 1,
      source: { transport: 'udp', host: '10.0.0.1', port: 2427 },
      receivedAt: 0,
      answered: false,
    } as const;
    expect(() => bench.layer.respond(handle, OK, bench.now)).to.throw(TypeError);
  });
});

describe('K in a command', () => {
  function answeredBench(...ids: readonly number[]): Bench {
    const bench = new Bench('agent');
    for (const id of ids) {
      bench.receive(GW, ntfy(id));
      bench.layer.respond(bench.command().handle, OK, bench.now);
    }
    bench.sent();
    return bench;
  }

  it('makes copies of the commands it names go unanswered, and frees their bytes', () => {
    const bench = answeredBench(10, 11, 12, 20);
    bench.receive(GW, ntfy(30, 'gw1.test', 'K: 10-11, 20\n'));
    bench.layer.respond(bench.command().handle, OK, bench.now);
    bench.sent();
    for (const id of [10, 11, 12, 20]) bench.receive(GW, ntfy(id));
    expect(bench.sent().map(({ text }) => text)).to.deep.equal(['200 12 OK\n']);
    expect(bench.told()).to.deep.equal([]);
    expect(bench.layer.load.bytes).to.equal(2 * Buffer.byteLength('200 12 OK\r\n'));
  });

  it('may name a range as long as the space, which costs no more than what is remembered', () => {
    const bench = answeredBench(10, 999_999_999);
    bench.receive(GW, ntfy(30, 'gw1.test', 'K: 1-999999999\n'));
    bench.events();
    bench.receive(GW, ntfy(10));
    bench.receive(GW, ntfy(999_999_999));
    expect(bench.sent()).to.deep.equal([]);
  });

  it('is not believed of another address, or for another domain', () => {
    const bench = answeredBench(10);
    bench.receive(OTHER, ntfy(30, 'gw1.test', 'K: 10\n'));
    bench.receive(GW, ntfy(31, 'gw2.test', 'K: 10\n'));
    bench.receive(GW, ntfy(32, 'gw2.test', 'K: 1-1000\n'));
    bench.sent();
    bench.receive(GW, ntfy(10));
    expect(bench.sent()).to.have.length(1);
  });

  it('is read up to 32 ranges', () => {
    const bench = answeredBench(64, 66);
    const ranges = Array.from({ length: 33 }, (_, i) => String(2 * (i + 1))).join(', ');
    bench.receive(GW, ntfy(99, 'gw1.test', `K: ${ranges}\n`));
    bench.receive(GW, ntfy(64));
    bench.receive(GW, ntfy(66));
    expect(bench.sent().map(({ text }) => text)).to.deep.equal(['200 66 OK\n']);
  });

  it('does not end what is still executing', () => {
    const bench = new Bench('agent');
    bench.receive(GW, ntfy(10));
    const { handle } = bench.command();
    bench.receive(GW, ntfy(11, 'gw1.test', 'K: 1-100\n'));
    expect(bench.layer.respond(handle, OK, bench.now)).to.equal(true);
  });

  it('forgets confirmed ids at T-HIST', () => {
    const bench = answeredBench(10);
    bench.receive(GW, ntfy(11, 'gw1.test', 'K: 10\n'));
    bench.layer.respond(bench.command().handle, OK, bench.now);
    bench.run(30_000);
    expect(bench.layer.load).to.deep.equal({ sent: 0, executing: 0, records: 0, bytes: 0 });
  });
});

describe('a follow-up', () => {
  function bundled(): Bench {
    const bench = new Bench('agent');
    bench.receive(GW, ntfy(7));
    const { handle } = bench.command();
    const command = draftOf('RQNT', 'aaln/1@gw1.test', { requestIdentifier: '2' });
    bench.layer.respond(handle, OK, bench.now, { command, to: destinationOf(GW, OTHER), token: 'rqnt' });
    return bench;
  }
  const RQNT = 'RQNT 1 aaln/1@gw1.test MGCP 1.0\nX: 2\n';
  const BOTH = `200 7 OK\n.\n${RQNT}`;

  it('leaves in one datagram behind the response, and copies of the command bring both again', () => {
    const bench = bundled();
    expect(bench.sent()).to.deep.equal([{ at: 0, to: GW, text: BOTH }]);
    bench.run(100);
    bench.receive(GW, ntfy(7));
    expect(bench.sent().map(({ text }) => text)).to.deep.equal([BOTH]);
  });

  it('is repeated with the response, so that both arrive or neither does, until it is answered', () => {
    const bench = bundled();
    bench.run(600);
    expect(bench.sent().map(({ at, text }) => `${at} ${text}`)).to.deep.equal([0, 200, 600].map((at) => `${at} ${BOTH}`));
    bench.receive(GW, '200 1 OK\n');
    expect(bench.told()).to.deep.equal(['completed rqnt 200']);
    bench.receive(GW, ntfy(7));
    expect(bench.sent().map(({ text }) => text)).to.deep.equal(['200 7 OK\n']);
  });

  it('goes on alone to its own destination when the source stays silent', () => {
    const bench = bundled();
    bench.run(10_200);
    expect(bench.sent().at(-1)).to.deep.equal({ at: 10_200, to: OTHER, text: RQNT });
  });

  it('goes to the source of the command, though it is none of its destination', () => {
    const bench = new Bench('agent');
    bench.receive('10.0.0.7:2427', ntfy(7));
    bench.layer.respond(bench.command().handle, OK, bench.now, { command: draftOf('RQNT'), to: destinationOf(GW), token: 'x' });
    bench.unreachable('10.0.0.7:2427');
    expect(bench.sent().map(({ to }) => to)).to.deep.equal(['10.0.0.7:2427', GW]);
  });

  it('that was sent again for a copy of the command measures nothing', () => {
    const bench = bundled();
    bench.receive(GW, ntfy(7));
    bench.run(150);
    bench.receive(GW, '200 1 OK\n');
    expect(bench.layer.responseTimeMs(GW)).to.equal(undefined);
  });

  it('leaves by the listener that received', () => {
    const bench = new Bench('agent');
    const message = decodeDatagram(Buffer.from(ntfy(7)))[0] as MgcpCommand;
    bench.layer.receive(message, { transport: 'udp', host: '10.0.0.1', port: 2427, listener: 3 }, bench.now);
    bench.layer.respond(bench.command().handle, OK, bench.now, { command: draftOf('RQNT'), to: destinationOf(GW), token: 'x' });
    bench.run(200);
    expect(bench.sent().map(({ listener }) => listener)).to.deep.equal([3, 3]);
  });

  it('is not sent when the answer is too late', () => {
    const bench = new Bench('agent');
    bench.receive(GW, ntfy(7));
    const { handle } = bench.command();
    bench.layer.respond(handle, OK, bench.now);
    bench.sent();
    const isSent = bench.layer.respond(handle, OK, bench.now, { command: draftOf('RQNT'), to: destinationOf(GW), token: 'x' });
    expect(isSent).to.equal(false);
    expect(bench.sent()).to.deep.equal([]);
    expect(bench.layer.load.sent).to.equal(0);
  });

  it('too long for one datagram leaves in one of its own', () => {
    const bench = new Bench('agent');
    bench.receive(GW, ntfy(7));
    const command = draftOf('RQNT', 'aaln/1@gw1.test', { digitMap: `(${'x'.repeat(3_990)})` });
    bench.layer.respond(bench.command().handle, OK, bench.now, { command, to: destinationOf(GW), token: 'x' });
    expect(bench.sent().map(({ text }) => text.slice(0, 6))).to.deep.equal(['200 7 ', 'RQNT 1']);
  });

  it('that is abandoned leaves the response as it was', () => {
    const bench = bundled();
    bench.sent();
    bench.layer.abandon(() => true);
    bench.receive(GW, ntfy(7));
    expect(bench.sent().map(({ text }) => text)).to.deep.equal(['200 7 OK\n']);
  });
});

describe('the bundle of a disconnected endpoint', () => {
  const RSIP = draftOf('RSIP', 'aaln/1@gw1.test', { restartMethod: 'disconnected', restartDelayS: 30 });
  const RSIP_TEXT = 'RSIP 1 aaln/1@gw1.test MGCP 1.0\nRM: disconnected\nRD: 30\n';
  const STANDBY = '10.9.0.2:2727';

  it('carries RSIP and then the response to the source, and RSIP is repeated at its own destination', () => {
    const bench = new Bench('gateway');
    bench.receive(STANDBY, 'RQNT 5 aaln/1@gw1.test MGCP 1.0\nX: 1\n');
    const { handle } = bench.command();
    bench.layer.sendBundle(handle, OK, { command: RSIP, to: destinationOf(CA), token: 'rsip' }, bench.now);
    bench.run(200);
    expect(bench.sent()).to.deep.equal([
      { at: 0, to: CA, text: RSIP_TEXT },
      { at: 0, to: STANDBY, text: `${RSIP_TEXT}.\n200 5 OK\n` },
      { at: 200, to: CA, text: RSIP_TEXT },
    ]);
    // While it is disconnected the response is not sent again without it.
    bench.receive(STANDBY, 'RQNT 5 aaln/1@gw1.test MGCP 1.0\nX: 1\n');
    expect(bench.sent().map(({ text }) => text)).to.deep.equal([`${RSIP_TEXT}.\n200 5 OK\n`]);
    bench.receive(STANDBY, '200 1 OK\n');
    expect(bench.told()).to.deep.equal(['completed rsip 200']);
    bench.receive(STANDBY, 'RQNT 5 aaln/1@gw1.test MGCP 1.0\nX: 1\n');
    expect(bench.sent().map(({ text }) => text)).to.deep.equal(['200 5 OK\n']);
  });

  it('is one datagram when the source is the destination', () => {
    const bench = new Bench('gateway');
    bench.receive(CA, 'RQNT 5 aaln/1@gw1.test MGCP 1.0\nX: 1\n');
    bench.layer.sendBundle(bench.command().handle, OK, { command: RSIP, to: destinationOf(CA), token: 'rsip' }, bench.now);
    expect(bench.sent()).to.deep.equal([{ at: 0, to: CA, text: `${RSIP_TEXT}.\n200 5 OK\n` }]);
  });

  it('takes an RSIP that is on its way already', () => {
    const bench = new Bench('gateway');
    bench.layer.send(RSIP, destinationOf(CA), 'rsip', bench.now);
    bench.receive(STANDBY, 'RQNT 5 aaln/1@gw1.test MGCP 1.0\nX: 1\n');
    const { handle } = bench.command();
    bench.sent();
    bench.layer.sendBundle(handle, OK, { outstanding: 'rsip' }, bench.now);
    expect(bench.sent()).to.deep.equal([{ at: 0, to: STANDBY, text: `${RSIP_TEXT}.\n200 5 OK\n` }]);
  });

  it('is the response alone when no such RSIP is on its way, or it has nowhere to go', () => {
    const bench = new Bench('gateway');
    bench.receive(STANDBY, 'RQNT 5 aaln/1@gw1.test MGCP 1.0\nX: 1\n');
    bench.layer.sendBundle(bench.command().handle, OK, { outstanding: 'rsip' }, bench.now);
    bench.receive(STANDBY, 'RQNT 6 aaln/1@gw1.test MGCP 1.0\nX: 1\n');
    bench.layer.sendBundle(bench.command().handle, OK, { command: RSIP, to: destinationOf(), token: 'rsip' }, bench.now);
    expect(bench.sent().map(({ text }) => text)).to.deep.equal(['200 5 OK\n', '200 6 OK\n']);
  });
});

describe('load', () => {
  it('from the high-water mark to the low-water mark is told with 101', () => {
    const bench = new Bench('agent', { highWater: 4, lowWater: 1 });
    const handles = [];
    for (let id = 1; id <= 5; id += 1) {
      bench.receive(GW, ntfy(id));
      handles.push(bench.command().handle);
    }
    expect(bench.sent().map(({ text }) => text.slice(0, 5))).to.deep.equal(['101 4', '101 5']);
    // Copies are told the same.
    bench.receive(GW, ntfy(1));
    expect(bench.sent().map(({ text }) => text.slice(0, 5))).to.deep.equal(['101 1']);
    for (const handle of handles.slice(0, 3)) bench.layer.respond(handle, OK, bench.now);
    bench.sent();
    bench.receive(GW, ntfy(6));
    expect(bench.sent().map(({ text }) => text.slice(0, 5))).to.deep.equal(['101 6']);
    for (const handle of [...handles.slice(3), bench.command().handle]) bench.layer.respond(handle, OK, bench.now);
    bench.sent();
    bench.receive(GW, ntfy(7));
    expect(bench.sent()).to.deep.equal([]);
  });

  it('beyond the limit is answered 409, and a copy of such a command is not executed either', () => {
    const bench = new Bench('agent', { limit: 2 });
    for (let id = 1; id <= 3; id += 1) bench.receive(GW, ntfy(id));
    const commands = bench.events();
    expect(commands).to.have.length(2);
    expect(bench.sent().map(({ text }) => text.slice(0, 5))).to.deep.equal(['409 3']);
    for (const event of commands) if (event.kind === 'command') bench.layer.respond(event.handle, OK, bench.now);
    bench.sent();
    bench.receive(GW, ntfy(3));
    expect(bench.sent().map(({ text }) => text.slice(0, 5))).to.deep.equal(['409 3']);
    expect(bench.told()).to.deep.equal([]);
  });

  it('of distinct ids from one source fills its share of the memory, and leaves others theirs', () => {
    const bench = new Bench('agent', { maxRecordsPerSource: 100, maxRecords: 150 });
    for (let id = 1; id <= 5_000; id += 1) {
      bench.receive(GW, ntfy(id));
      for (const event of bench.events()) if (event.kind === 'command') bench.layer.respond(event.handle, OK, bench.now);
    }
    expect(bench.layer.load.records).to.equal(100);
    expect(bench.sent().at(-1)?.text.slice(0, 8)).to.equal('409 5000');
    expect(bench.observer.counts.get('mgcp.overload memory')).to.equal(4_900);
    for (let id = 1; id <= 60; id += 1) bench.receive(OTHER, ntfy(id, 'gw2.test'));
    expect(bench.events()).to.have.length(50);
    expect(bench.layer.load.records).to.equal(150);
    bench.run(60_000);
    expect(bench.layer.load).to.deep.equal({ sent: 0, executing: 0, records: 0, bytes: 0 });
    bench.receive(GW, ntfy(1));
    expect(bench.told().at(-1)).to.equal('command NTFY 1');
  });

  it('of bytes costs the oldest answers, whose commands are still not executed again', () => {
    const bench = new Bench('agent', { maxBytes: 1_000 });
    for (let id = 1; id <= 50; id += 1) {
      bench.receive(GW, ntfy(id));
      bench.layer.respond(bench.command().handle, { ...OK, comment: 'x'.repeat(90) }, bench.now);
    }
    expect(bench.layer.load.bytes).to.be.within(900, 1_000);
    bench.sent();
    bench.receive(GW, ntfy(1));
    bench.receive(GW, ntfy(50));
    expect(bench.sent().map(({ text }) => text.slice(0, 6))).to.deep.equal(['200 50']);
    expect(bench.told()).to.deep.equal([]);
  });
});

describe('the history', () => {
  const newHistory = (bounds: Partial<HistoryBounds> = {}): History =>
    new History('gateway', { ...DEFAULT_TRANSACTION_SETTINGS, ...bounds }, () => undefined);
  const commandOf = (id: number): MgcpCommand => decodeDatagram(Buffer.from(ntfy(id)))[0] as MgcpCommand;
  const from = (host: string): Hop => ({ transport: 'udp', host, port: 2427 });

  it('forgets an address with the last of its commands', () => {
    const history = newHistory();
    const records = [1, 2, 3].map((id) => history.add(commandOf(id), from(id === 3 ? '10.0.0.2' : '10.0.0.1'), 0) as ServerRecord);
    expect(history.sources).to.equal(2);
    for (const record of records) history.forget(record);
    expect(history.sources).to.equal(0);
    expect(history.size).to.equal(0);
  });

  it('drops no provisional response for want of memory', () => {
    const history = newHistory({ maxBytes: 10 });
    const records = [1, 2, 3].map((id) => history.add(commandOf(id), from('10.0.0.1'), 0) as ServerRecord);
    for (const record of records) history.store(record, Buffer.alloc(100));
    expect(records.map(({ bytes }) => bytes?.length)).to.deep.equal([100, 100, 100]);
  });
});

describe('traces of answers', () => {
  it('name the call of the command and its verb, and mark copies', () => {
    const bench = new Bench('gateway');
    const crcx = 'CRCX 5 aaln/1@gw1.test MGCP 1.0\nC: A1\nM: inactive\n';
    bench.receive(CA, crcx);
    bench.layer.respond(bench.command().handle, OK, bench.now);
    bench.receive(CA, crcx);
    expect(bench.observer.traces).to.deep.equal([
      `A1 in udp:${CA} CRCX aaln/1@gw1.test`,
      `A1 out udp:${CA} 200 CRCX`,
      `A1 in udp:${CA} CRCX aaln/1@gw1.test retransmission`,
      `A1 out udp:${CA} 200 CRCX retransmission`,
    ]);
  });
});
