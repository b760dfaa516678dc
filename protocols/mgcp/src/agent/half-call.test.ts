// The queue of lines: each once, in the order in which they came to need something, and waits that end.
import { NEVER } from '@altpath/core';
import { expect } from 'chai';
import { Bench } from './line-bench.fixture.js';

const IDLE = { phase: 'idle', role: 'originating' } as const;
const LOCALS = ['aaln/1', 'aaln/2', 'aaln/3'];

describe('the lines of gateways', () => {
  it('stand in the queue once, in the order of their orders', () => {
    const bench = new Bench({ locals: LOCALS });
    for (const local of ['aaln/2', 'aaln/1', 'aaln/2', 'aaln/3']) bench.lines.order(`${local}@rgw1`, IDLE, bench.now);
    expect(bench.lines.queued).to.equal(3);
    const taken = LOCALS.map(() => bench.lines.take(bench.now)?.line.name);
    expect(taken).to.deep.equal(['aaln/2@rgw1', 'aaln/1@rgw1', 'aaln/3@rgw1']);
    expect(bench.lines.take(bench.now)).to.equal(undefined);
    expect(bench.lines.queued).to.equal(0);
  });

  it('stay in the queue as long as nobody takes them', () => {
    const bench = new Bench({ locals: LOCALS });
    for (const local of LOCALS) bench.lines.order(`${local}@rgw1`, IDLE, bench.now);
    bench.lines.take(bench.now);
    expect(bench.lines.queued).to.equal(2);
  });

  it('give one line’s command out of its turn', () => {
    const bench = new Bench({ locals: LOCALS });
    for (const local of LOCALS) bench.lines.order(`${local}@rgw1`, IDLE, bench.now);
    expect(bench.lines.takeOf(bench.line('aaln/3'), bench.now)?.endpoint.local).to.equal('aaln/3');
    expect(bench.flush().match(/aaln\/\d/g)).to.deep.equal(['aaln/1', 'aaln/2']);
  });

  it('come back when their wait is over, the earliest first', () => {
    const bench = new Bench({ locals: LOCALS });
    bench.order(IDLE, 'aaln/1');
    bench.order(IDLE, 'aaln/2');
    bench.hear('409 101 Overload');
    bench.now += 100;
    bench.hear('409 102 Overload');
    expect(bench.lines.deadline()).to.equal(bench.now + 150);
    expect(bench.wait(149)).to.equal('');
    expect(bench.wait(1)).to.match(/^RQNT 103 aaln\/1/);
    expect(bench.lines.deadline()).to.equal(bench.now + 100);
    expect(bench.wait(100)).to.match(/^RQNT 104 aaln\/2/);
    expect(bench.lines.deadline()).to.equal(NEVER);
  });

  it('that are not there take no orders, and those removed none any more', () => {
    const bench = new Bench();
    bench.lines.order('aaln/9@rgw1', IDLE, bench.now);
    bench.line().order(IDLE, bench.now);
    bench.lines.remove('aaln/1@rgw1');
    bench.lines.touch('aaln/1@rgw1');
    bench.lines.order('aaln/1@rgw1', IDLE, bench.now);
    expect(bench.flush()).to.equal('');
    expect(bench.lines.find('aaln/1@rgw1')).to.equal(undefined);
    expect([...bench.lines.lines()]).to.deep.equal([]);
  });
});
