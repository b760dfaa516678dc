import { expect } from 'chai';
import { BINARY } from './encoding.js';
import { actionsOf, associationOf, AUDIT, Bench, hopOf, notifyOf, REGISTRATION } from './testing.js';

const MGC = '10.9.0.1:2944';
const STANDBY = '10.9.0.2:2944';

describe('a request of ours', () => {
  it('is repeated with doubling gaps of 4 s at most, and has failed at T-MAX', () => {
    const bench = new Bench();
    bench.send(AUDIT, associationOf(MGC), 'x');
    bench.run(30_000);
    expect(bench.sent().map(({ at }) => at)).to.deep.equal([0, 200, 600, 1_400, 3_000, 6_200, 10_200, 14_200, 18_200]);
    expect(bench.told()).to.deep.equal(['suspicious x', 'failed x timeout']);
    expect(bench.layer.load.sent).to.equal(0);
  });

  it('is completed by its reply, which is acknowledged alone after half a second', () => {
    const bench = new Bench();
    bench.send(AUDIT, associationOf(MGC), 'x');
    expect(bench.texts()).to.deep.equal(['T=1{C=-{AV=ROOT{AT{}}}}']);
    bench.run(100);
    bench.receive(MGC, 'P=1{C=-{AV=ROOT}}');
    expect(bench.told()).to.deep.equal(['completed x']);
    bench.run(10_000);
    expect(bench.sent()).to.deep.equal([{ at: 600, to: MGC, text: '!/1 us K{1}' }]);
    expect(bench.layer.responseTimeMs(hopOf(MGC))).to.equal(100);
  });

  it('carries the acknowledgements that wait for its way, in ranges', () => {
    const bench = new Bench();
    for (const token of ['a', 'b', 'c', 'd']) bench.send(AUDIT, associationOf(MGC), token);
    for (const id of [1, 2, 4]) bench.receive(MGC, `P=${id}{C=-{AV=ROOT}}`);
    bench.sent();
    bench.send(AUDIT, associationOf(MGC), 'e');
    bench.run(99);
    expect(bench.texts()).to.deep.equal(['T=5{C=-{AV=ROOT{AT{}}}}K{1-2,4}']);
  });

  it('is repeated with long gaps after TransactionPending, and T-MAX begins again', () => {
    const bench = new Bench();
    bench.send(AUDIT, associationOf(MGC), 'x');
    bench.run(100);
    bench.receive(MGC, 'PN=1{}');
    bench.run(19_900);
    expect(bench.sent().map(({ at }) => at)).to.deep.equal([0, 5_100, 10_100, 15_100]);
    expect(bench.told()).to.deep.equal(['pending x']);
    bench.run(200);
    expect(bench.told()).to.deep.equal(['failed x timeout']);
  });

  it('ends with one TransactionPending more than the limit', () => {
    const bench = new Bench({ peerPendingLimit: 5 }, { provisionalOf: () => ({ peerPendingLimit: 2 }) });
    bench.send(AUDIT, associationOf(MGC), 'x');
    for (let i = 0; i < 3; i += 1) bench.receive(MGC, 'PN=1{}');
    expect(bench.told()).to.deep.equal(['pending x', 'pending x', 'failed x pendings']);
  });

  it('has a reply that asks for it acknowledged at once, each time it comes', () => {
    const bench = new Bench();
    bench.send(AUDIT, associationOf(MGC), 'x');
    bench.receive(MGC, 'PN=1{}');
    bench.sent();
    for (let i = 0; i < 2; i += 1) bench.receive(MGC, 'P=1{IA,C=-{AV=ROOT}}');
    bench.run(10_000);
    expect(bench.texts()).to.deep.equal(['K{1}', 'K{1}']);
    expect(bench.told()).to.deep.equal(['pending x', 'completed x']);
  });

  it('over TCP is sent once, in TPKT, and fails at T-MAX too', () => {
    const bench = new Bench();
    bench.send(AUDIT, associationOf(`tcp:${MGC}`), 'x');
    bench.run(19_999);
    const [frame] = bench.data;
    expect(bench.data).to.have.length(1);
    expect(frame?.readUInt32BE(0)).to.equal(0x0300_0000 + (frame?.length ?? 0));
    bench.layer.unreachable(hopOf(`tcp:${MGC}`));
    bench.run(1);
    expect(bench.told()).to.deep.equal(['suspicious x', 'failed x unreachable']);
  });

  it('goes on at another place when it is told to, with the same id and a new T-MAX', () => {
    const bench = new Bench();
    bench.send(AUDIT, associationOf(MGC), 'x');
    bench.run(15_000);
    bench.sent();
    expect(bench.layer.redirect(() => true, associationOf(STANDBY, undefined, 'standby'), bench.now)).to.equal(1);
    bench.run(19_000);
    const sent = bench.sent();
    expect(sent.slice(0, 3).map(({ at, to }) => `${at} ${to}`)).to.deep.equal([15_000, 15_200, 15_600].map((at) => `${at} ${STANDBY}`));
    expect(new Set(sent.map(({ text }) => text))).to.deep.equal(new Set(['!/1 us T=1{C=-{AV=ROOT{AT{}}}}']));
    bench.receive(STANDBY, 'P=1{C=-{AV=ROOT}}');
    expect(bench.told()).to.deep.equal(['suspicious x', 'suspicious x', 'completed x']);
  });

  it('that its encoding cannot say fails at once', () => {
    const bench = new Bench();
    bench.send(actionsOf('C=1{S=nothing-like-it}'), associationOf(MGC, BINARY), 'x');
    expect(bench.told()).to.deep.equal(['failed x encoding']);
    expect(bench.layer.load.sent).to.equal(0);
  });

  it('leaves with others in one message, and is repeated alone', () => {
    const bench = new Bench();
    const ids = bench.layer.sendTogether(
      ['a', 'b'].map((token) => ({ actions: AUDIT, token })),
      associationOf(MGC),
      bench.now,
    );
    expect(ids).to.deep.equal([1, 2]);
    expect(bench.texts()).to.deep.equal(['T=1{C=-{AV=ROOT{AT{}}}}T=2{C=-{AV=ROOT{AT{}}}}']);
    bench.receive(MGC, 'P=1{C=-{AV=ROOT}}P=2{C=-{AV=ROOT}}');
    expect(bench.told()).to.deep.equal(['completed a', 'completed b']);
  });

  it('that is abandoned is forgotten without an event', () => {
    const bench = new Bench();
    bench.send(AUDIT, associationOf(MGC), 'x');
    expect(bench.layer.abandon(({ token }) => token === 'x', bench.now)).to.equal(1);
    bench.receive(MGC, 'P=1{C=-{AV=ROOT}}');
    bench.run(60_000);
    expect(bench.told()).to.deep.equal([]);
    expect(bench.sent()).to.have.length(1);
    expect(bench.observer.counts.get('megaco.reply.unmatched reply')).to.equal(1);
  });
});

describe('the order of requests', () => {
  it('lets one Notify of a termination be outstanding over UDP, in the order given', () => {
    const bench = new Bench();
    for (const [termination, token] of [
      ['line/1', 'a'],
      ['line/1', 'b'],
      ['line/2', 'c'],
      ['LINE/1', 'd'],
    ] as const)
      bench.send(notifyOf(termination), associationOf(MGC), token);
    expect(bench.sent().map(({ text }) => /T=(\d)/.exec(text)?.[1])).to.deep.equal(['1', '3']);
    bench.receive(MGC, 'P=1{C=-{N=line/1}}');
    expect(bench.sent().map(({ text }) => /T=(\d)/.exec(text)?.[1])).to.deep.equal(['2']);
    bench.receive(MGC, 'P=2{C=-{N=line/1}}');
    expect(bench.sent().map(({ text }) => /T=(\d)/.exec(text)?.[1])).to.deep.equal(['4']);
  });

  it('holds none over TCP, which keeps it', () => {
    const bench = new Bench();
    for (const token of ['a', 'b']) bench.send(notifyOf('line/1'), associationOf(`tcp:${MGC}`), token);
    expect(bench.sent()).to.have.length(2);
  });

  it('lets all others wait for the registration, and go when it is accepted', () => {
    const bench = new Bench();
    bench.send(REGISTRATION, associationOf(MGC), 'reg');
    bench.send(notifyOf('line/1'), associationOf(MGC), 'a');
    expect(bench.sent()).to.have.length(1);
    bench.receive(MGC, 'P=1{C=-{SC=ROOT{SV{V=1}}}}');
    expect(bench.told()).to.deep.equal(['completed reg']);
    expect(bench.sent()).to.have.length(1);
  });

  it('keeps them when it is refused, until they are sent elsewhere behind the next registration', () => {
    const bench = new Bench();
    bench.send(REGISTRATION, associationOf(MGC), 'reg');
    bench.send(AUDIT, associationOf(MGC), 'a');
    bench.receive(MGC, 'P=1{C=-{SC=ROOT{SV{MG=[10.9.0.2]:2944}}}}');
    bench.run(1_000);
    bench.sent();
    const standby = associationOf(STANDBY, undefined, 'standby');
    bench.send(REGISTRATION, standby, 'reg2');
    bench.layer.redirect(({ token }) => token === 'a', standby, bench.now);
    expect(bench.sent().map(({ text }) => text.slice(7, 10))).to.deep.equal(['T=3']);
    bench.receive(STANDBY, 'P=3{C=-{SC=ROOT{SV{V=1}}}}');
    expect(bench.sent().map(({ to, text }) => `${to} ${text.includes('T=2')}`)).to.deep.equal([`${STANDBY} true`]);
  });

  it('gives up at T-MAX what never could go', () => {
    const bench = new Bench();
    for (const token of ['a', 'b', 'c']) bench.send(notifyOf('line/1'), associationOf(MGC), token);
    bench.run(60_000);
    const told = bench.told().filter((text) => text.startsWith('failed'));
    expect([...told].sort()).to.deep.equal(['failed a timeout', 'failed b timeout', 'failed c timeout']);
    expect(bench.layer.load.sent).to.equal(0);
  });
});
