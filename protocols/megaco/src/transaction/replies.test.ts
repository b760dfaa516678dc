import { expect } from 'chai';
import { BINARY, COMPACT_TEXT, encodingOf, PRETTY_TEXT, readMessage } from './encoding.js';
import { History, ServerRecord } from './history.js';
import { Bench, DONE, hopOf } from './testing.js';
import { transactionSettings } from './settings.js';

const MG = '10.0.0.1:2944';
const OTHER = '10.0.0.1:5000';
const request = (id: number): string => `T=${id}{C=-{AV=ROOT{AT{}}}}`;

describe('a request of another', () => {
  it('is executed once, and each copy gets the reply until LONG-TIMER, where that copy came from', () => {
    const bench = new Bench();
    bench.receive(MG, request(7));
    const handle = bench.request();
    expect(bench.respond(handle)).to.equal(true);
    const [{ text = '' } = {}] = bench.sent();
    bench.run(29_999);
    bench.receive(OTHER, request(7));
    expect(bench.sent()).to.deep.equal([{ at: 29_999, to: OTHER, text }]);
    expect(bench.told()).to.deep.equal([]);
    bench.run(1);
    bench.receive(MG, request(7));
    expect(bench.told()).to.deep.equal(['request 7']);
    expect(bench.respond(handle)).to.equal(false);
  });

  it('is told from others by mId and id, whatever the case', () => {
    const bench = new Bench();
    for (const mId of ['mg1', 'mg2', 'MG1']) bench.receive(MG, `!/1 ${mId} ${request(7)}`);
    expect(bench.told()).to.deep.equal(['request 7', 'request 7']);
  });

  it('is a new one when it says something else than the one of its id: a gateway has started anew, and counts from the beginning', () => {
    const bench = new Bench();
    const restart = (second: number): string => `T=1{C=-{SC=ROOT{SV{MT=RS,RE="901 Cold Boot",19991212T2211000${second}}}}}`;
    bench.receive(MG, restart(1));
    bench.respond(bench.request());
    bench.receive(MG, restart(2));
    const executing = bench.request();
    bench.receive(MG, restart(3));
    expect(bench.told()).to.deep.equal(['request 1']);
    bench.sent();
    expect(bench.respond(executing)).to.equal(false);
    expect(bench.sent()).to.deep.equal([]);
    expect(bench.layer.load).to.include({ executing: 1, records: 1 });
    expect(bench.observer.counts.get('megaco.renumbered')).to.equal(2);
  });

  it('that was acknowledged is ignored when it comes again', () => {
    const bench = new Bench();
    for (const id of [7, 8, 500_000]) {
      bench.receive(MG, request(id));
      bench.respond(bench.request());
    }
    bench.sent();
    bench.receive(MG, 'K{8,400000-4294967295}');
    for (const id of [7, 8, 500_000]) bench.receive(MG, request(id));
    expect(bench.sent()).to.have.length(1);
    expect(bench.told()).to.deep.equal([]);
    expect(bench.observer.counts.get('megaco.duplicate confirmed')).to.equal(2);
    bench.run(30_000);
    expect(bench.layer.load).to.deep.equal({ sent: 0, executing: 0, records: 0, bytes: 0 });
  });

  it('is not acknowledged by another mId, nor while it executes', () => {
    const bench = new Bench();
    bench.receive(MG, request(7));
    const handle = bench.request();
    bench.receive(MG, 'K{7}');
    bench.respond(handle);
    bench.receive(MG, '!/1 mg2 K{7}');
    bench.sent();
    bench.receive(MG, request(7));
    expect(bench.sent()).to.have.length(1);
  });

  it('that is dropped is never answered, and new when it comes again', () => {
    const bench = new Bench();
    bench.receive(MG, request(7));
    const handle = bench.request();
    expect(bench.layer.drop(handle)).to.equal(true);
    expect(bench.layer.drop(handle)).to.equal(false);
    bench.run(10_000);
    expect(bench.respond(handle)).to.equal(false);
    expect(bench.sent()).to.deep.equal([]);
    expect(bench.layer.load).to.deep.equal({ sent: 0, executing: 0, records: 0, bytes: 0 });
    bench.receive(MG, request(7));
    expect(bench.told()).to.deep.equal(['request 7']);
  });

  it('that takes long gets TransactionPending, and its reply asks to be acknowledged and is repeated until then', () => {
    const bench = new Bench();
    bench.receive(MG, request(7));
    const handle = bench.request();
    bench.run(4_000);
    bench.respond(handle);
    bench.run(700);
    const sent = bench.sent();
    expect(sent.map(({ at }) => at)).to.deep.equal([2_000, 4_000, 4_000, 4_200, 4_600]);
    expect(sent[0]?.text).to.equal('!/1 us PN=7{}');
    expect(sent[2]?.text).to.match(/^!\/1 us P=7\{IA,/);
    bench.receive(MG, 'K{7}');
    bench.run(10_000);
    expect(bench.sent()).to.deep.equal([]);
  });

  it('gets TransactionPending for each copy, and 506 instead of one too many', () => {
    const bench = new Bench({ ownPendingLimit: 2 });
    bench.receive(MG, request(7));
    const handle = bench.request();
    for (let i = 0; i < 3; i += 1) bench.receive(MG, request(7));
    expect(bench.texts()).to.deep.equal(['PN=7{}', 'PN=7{}', 'P=7{IA,ER=506{}}']);
    expect(bench.told()).to.deep.equal(['overdue 7']);
    expect(bench.respond(handle)).to.equal(false);
    expect(bench.layer.load.executing).to.equal(0);
  });

  it('over TCP gets a reply that asks for nothing and is not repeated', () => {
    const bench = new Bench();
    bench.receive(`tcp:${MG}`, request(7));
    const handle = bench.request();
    bench.run(2_000);
    bench.respond(handle);
    bench.run(20_000);
    expect(bench.data).to.have.length(2);
    expect(bench.data[1]?.subarray(4).toString()).not.to.include('IA');
  });

  it('beyond the bounds gets 510 and is not remembered', () => {
    for (const settings of [{ limit: 1 }, { maxRecords: 1 }, { maxRecordsPerPeer: 1 }]) {
      const bench = new Bench(settings);
      bench.receive(MG, request(7));
      bench.receive(MG, request(8));
      expect(bench.told()).to.deep.equal(['request 7']);
      expect(bench.texts()).to.deep.equal(['P=8{ER=510{}}']);
      expect(bench.layer.load.records).to.equal(1);
    }
  });

  it('stands for itself among several in a message', () => {
    const bench = new Bench();
    bench.receive(MG, `${request(7)}${request(8)}`);
    expect(bench.told()).to.deep.equal(['request 7', 'request 8']);
  });

  it('is answered in its own encoding', () => {
    for (const encoding of [COMPACT_TEXT, PRETTY_TEXT, BINARY]) {
      const bench = new Bench();
      const compact = readMessage(Buffer.from(`!/1 mg1 ${request(7)}`)).decoded;
      const bytes = compact.ok ? encoding.encode(compact.value) : compact;
      if (!bytes.ok) throw new Error('not encoded');
      expect(encodingOf(bytes.value).name).to.equal(encoding.name);
      bench.layer.receive(readMessage(bytes.value), hopOf(MG), bench.now);
      bench.respond(bench.request());
      const reply = readMessage(bench.data[0] as Buffer);
      expect(reply.encoding.name).to.equal(encoding.name);
      expect(reply.decoded.ok).to.equal(true);
    }
  });

  it('whose reply is too long is answered 533', () => {
    const bench = new Bench();
    bench.receive(MG, request(7));
    bench.respond(bench.request(), { kind: 'error', code: 500, text: 'x'.repeat(70_000) });
    expect(bench.texts()).to.deep.equal(['P=7{ER=533{}}']);
  });
});

describe('what cannot be read', () => {
  it('in a request is answered in its transaction, and those in front of it are executed', () => {
    const bench = new Bench();
    bench.receive(MG, `${request(7)}T=8{C=1{XX=line/1}}`);
    expect(bench.told()).to.deep.equal(['request 7']);
    expect(bench.texts()[0]).to.match(/^P=8\{C=1\{ER=443\{".+"\}\}\}$/);
    expect(bench.layer.load.records).to.equal(1);
  });

  it('without a readable id is answered with id 0', () => {
    const bench = new Bench();
    bench.receive(MG, 'T=x{C=1{}}');
    expect(bench.texts()[0]).to.match(/^P=0\{ER=403/);
  });

  it('as a message is answered with a message error, once a second', () => {
    const bench = new Bench();
    bench.receive(MG, '!/1 \u0001');
    bench.receive(MG, '!/1 \u0001');
    bench.receive(MG, '!/9 mg1 K{1}');
    expect(bench.texts()).to.have.length(1);
    bench.run(1_000);
    bench.receive(MG, '!/9 mg1 K{1}');
    expect(bench.texts()[0]).to.match(/^ER=406/);
  });

  it('is passed up when the other side says it of us', () => {
    const bench = new Bench();
    bench.receive(MG, 'ER=400{}');
    bench.receive(MG, 'P=0{ER=403{}}');
    expect(bench.told()).to.deep.equal(['message-error 400', 'message-error 403']);
    expect(bench.sent()).to.deep.equal([]);
  });
});

describe('somebody who is not obeyed', () => {
  it('is refused without a memory', () => {
    const bench = new Bench();
    const message = readMessage(Buffer.from(`!/1 mg9 ${request(7)}K{1}${request(8)}`));
    bench.layer.refuse(message, { kind: 'error', code: 504 }, hopOf(MG));
    expect(bench.texts()).to.deep.equal(['P=7{ER=504{}}', 'P=8{ER=504{}}']);
    expect(bench.layer.load.records).to.equal(0);
  });
});

describe('the history', () => {
  it('drops the oldest replies for want of memory, and still knows their ids', () => {
    const bench = new Bench({ maxBytes: 50 });
    for (const id of [1, 2, 3, 4, 5, 6]) {
      bench.receive(MG, request(id));
      bench.respond(bench.request(), DONE);
    }
    expect(bench.layer.load.bytes).to.be.at.most(50);
    bench.sent();
    for (const id of [1, 6]) bench.receive(MG, request(id));
    expect(bench.sent()).to.have.length(1);
    expect(bench.told()).to.deep.equal([]);
  });

  it('forgets an mId with the last of its requests', () => {
    const history = new History(transactionSettings(), () => undefined);
    const records = [1, 2].map((id) => new ServerRecord(id, 'mg1', [], hopOf(MG), COMPACT_TEXT, 1, 0));
    for (const record of records) history.add(record);
    expect(history.peers).to.equal(1);
    for (const record of records) history.forget(record);
    expect([history.peers, history.size]).to.deep.equal([0, 0]);
  });
});
