import { expect } from 'chai';
import type { TransactionEvent } from './events.js';
import { associationOf, AUDIT, Bench } from './testing.js';

const MG = '10.0.0.1:2944';

/** A bench that has asked what is sent as transaction 1. */
function asking(): Bench {
  const bench = new Bench();
  bench.send(AUDIT, associationOf(MG), 'x');
  bench.sent();
  return bench;
}

function receive(bench: Bench, ...parts: readonly string[]): void {
  for (const part of parts) bench.receive(MG, `!/3 peer ${part}`);
}

/** What the only reply holds: contexts with the terminations in them. */
function contents(events: readonly TransactionEvent<string>[]): unknown {
  const [event, ...others] = events;
  if (event?.kind !== 'completed' || others.length > 0) throw new Error(`${events.length} events`);
  const { result, segment } = event.reply;
  expect(segment).to.equal(undefined);
  if (result.kind === 'error') return result.code;
  return result.actions.map(({ contextId, commands, error }) => [
    contextId,
    ...commands.map((each) => (each.kind === 'context-audit' ? '' : each.terminationId)),
    ...(error ? [error.code] : []),
  ]);
}

describe('a reply in parts', () => {
  it('is one reply when its last part and all before it are here, in their order', () => {
    const bench = asking();
    receive(bench, 'P=1/2{C=1{AV=line/2},C=2{AV=line/3}}', 'P=1/3/&{C=2{AV=line/4},C=-{AV=ROOT}}');
    expect(bench.told()).to.deep.equal([]);
    receive(bench, 'P=1/1{C=1{AV=line/1}}');
    expect(contents(bench.events())).to.deep.equal([
      [1, 'line/1', 'line/2'],
      [2, 'line/3', 'line/4'],
      [0, 'ROOT'],
    ]);
  });

  it('has each part acknowledged, in version 3, each time it comes', () => {
    const bench = asking();
    receive(bench, 'P=1/1{C=1{AV=line/1}}', 'P=1/1{C=1{AV=line/1}}', 'P=1/2/&{C=1{AV=line/2}}', 'P=1/2/&{C=1{AV=line/2}}');
    const answers = bench.sent().map(({ text }) => text);
    expect(answers).to.deep.equal(['SM=1/1', 'SM=1/1', 'SM=1/2/&', 'SM=1/2/&'].map((text) => `!/3 us ${text}`));
    expect(bench.told()).to.deep.equal(['completed x']);
    expect(bench.observer.counts.get('megaco.reply.unmatched segment')).to.equal(1);
  });

  it('keeps its request from being given up, but not for ever', () => {
    const bench = asking();
    for (let part = 1; part <= 3; part += 1) {
      receive(bench, `P=1/${part}{C=1{AV=line/${part}}}`);
      bench.run(19_000);
    }
    expect(bench.told()).not.to.include('failed x timeout');
    receive(bench, 'P=1/3{C=1{AV=line/3}}');
    bench.run(1_000);
    expect(bench.told().at(-1)).to.equal('failed x timeout');
  });

  it('ends with an error in any part', () => {
    const bench = asking();
    receive(bench, 'P=1/1{C=1{AV=line/1}}', 'P=1/2{ER=500{}}');
    expect(contents(bench.events())).to.equal(500);
  });

  it('does not go on in an action that ended with an error', () => {
    const bench = asking();
    receive(bench, 'P=1/1{C=1{AV=line/1,ER=500{}}}', 'P=1/2/&{C=1{AV=line/2}}');
    expect(contents(bench.events())).to.deep.equal([
      [1, 'line/1', 500],
      [1, 'line/2'],
    ]);
  });

  it('of more than 64 parts is not waited for', () => {
    const bench = asking();
    for (let part = 0; part <= 200; part += 1) receive(bench, `P=1/${part}{C=1{AV=line/${part}}}`);
    receive(bench, 'P=1/201/&{C=1{AV=line/1}}');
    bench.run(20_000);
    expect(bench.told()).to.deep.equal(['failed x timeout']);
  });

  it('that nobody asked for is acknowledged and not kept', () => {
    const bench = new Bench();
    receive(bench, 'P=7/1{C=1{AV=line/1}}');
    expect(bench.texts()).to.deep.equal(['!/3 us SM=7/1']);
    expect(bench.told()).to.deep.equal([]);
  });

  it('acknowledged by another is counted: we write none', () => {
    const bench = new Bench();
    receive(bench, 'SM=7/1');
    expect(bench.observer.counts.get('megaco.unexpected segment')).to.equal(1);
    expect(bench.texts()).to.deep.equal([]);
  });
});
