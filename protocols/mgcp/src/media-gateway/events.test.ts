// Events of a line: actions, digit maps and their timer, signals that end by themselves, quarantine, lockstep and loop.
import { expect } from 'chai';
import { Bench } from './testing.js';

const LINE = 'aaln/1@gw1.test MGCP 1.0';

/** A line that is off-hook and was asked for this. */
function offHook(request: string, options: Parameters<typeof Bench.inService>[0] = {}): Bench {
  const bench = Bench.inService(options);
  bench.feed({ kind: 'off-hook', line: 'aaln/1' });
  bench.agent(`RQNT 1 ${LINE}\nX: 1\n${request}`);
  expect(bench.one()).to.equal('200 1 OK');
  return bench;
}

function dial(bench: Bench, digits: string): void {
  for (const digit of digits) bench.feed({ kind: 'digit', line: 'aaln/1', digit });
}

function flash(bench: Bench): void {
  bench.feed({ kind: 'flash', line: 'aaln/1' });
}

/** O of each Notify since the last look. */
function reported(bench: Bench): readonly string[] {
  return bench.look().flatMap((text) => (text.startsWith('NTFY') ? [/O: (.*)/.exec(text)?.[1] ?? ''] : []));
}

/** The agent answers the newest Notify. */
function answer(bench: Bench, more = ''): readonly string[] {
  const [ntfy] = bench.commands('NTFY').slice(-1);
  const seen = reported(bench);
  if (ntfy) bench.agent(`200 ${ntfy.id} OK${more === '' ? '' : `\n.\n${more}`}`);
  return seen;
}

describe('digit maps on a line', () => {
  it('an impossible number is reported with what went before', () => {
    const bench = offHook('R: D/[0-9*#T](D)\nD: (1xx|9x.T)');
    dial(bench, '12*4');
    expect(reported(bench)).to.deep.equal(['D/1, D/2, D/*']);
  });

  it('T-partial runs while a digit is missing, T-critical when only the timer is', () => {
    const partial = offHook('R: D/[0-9*#T](D)\nD: (1xx|9x.T)');
    dial(partial, '12');
    partial.run(15_990);
    expect(partial.look()).to.deep.equal([]);
    partial.run(20);
    expect(reported(partial)).to.deep.equal(['D/1, D/2, D/T']);
    const critical = offHook('R: D/[0-9*#T](D)\nD: (1xx|9x.T)');
    dial(critical, '91');
    critical.run(3_000);
    dial(critical, '5');
    critical.run(3_990);
    expect(critical.look()).to.deep.equal([]);
    critical.run(20);
    expect(reported(critical)).to.deep.equal(['D/9, D/1, D/5, D/T']);
  });

  it('a timer that is not asked for does not run, and one without the digit map runs at once', () => {
    const without = offHook('R: D/[0-9](D)\nD: (1xx)');
    dial(without, '12');
    without.run(60_000);
    expect(without.look()).to.deep.equal([]);
    const alone = offHook('R: D/[0-9](N), D/T(N)');
    alone.run(4_000);
    expect(reported(alone)).to.deep.equal(['D/T']);
  });

  it('accumulated events stand between the digits as they came', () => {
    const bench = offHook('R: D/[0-9](D), L/hf(A)\nD: (xxx)');
    dial(bench, '1');
    flash(bench);
    dial(bench, '23');
    expect(reported(bench)).to.deep.equal(['D/1, L/hf, D/2, D/3']);
  });

  it('the map of before holds where none is given', () => {
    const bench = offHook('R: D/[0-9](D)\nD: (xx)');
    dial(bench, '12');
    answer(bench, `RQNT 2 ${LINE}\nX: 2\nR: D/[0-9](D)`);
    bench.look();
    dial(bench, '34');
    expect(reported(bench)).to.deep.equal(['D/3, D/4']);
  });
});

describe('signals of a line', () => {
  it('a timed signal that runs out is reported as complete where that is asked for', () => {
    const bench = offHook('R: L/oc(N)\nS: L/dl');
    bench.run(15_990);
    expect(bench.notices()).to.deep.equal(['aaln/1 +l/dl']);
    bench.run(20);
    expect(bench.notices()).to.deep.equal(['aaln/1 -l/dl']);
    expect(reported(bench)).to.deep.equal(['L/oc(L/dl)']);
  });

  it('an own time, and a number of rings, go before the package’s time', () => {
    const bench = Bench.inService();
    bench.agent(`RQNT 1 ${LINE}\nX: 1\nR: L/oc\nS: L/rg(rep=2)`);
    bench.agent('RQNT 2 aaln/2@gw1.test MGCP 1.0\nX: 2\nR: L/oc\nS: L/rg(to=3000)');
    bench.look();
    bench.run(3_000);
    expect(bench.commands('NTFY').map(({ text }) => /O: .*/.exec(text)?.[0])).to.deep.equal(['O: L/oc(L/rg)']);
    bench.run(9_000);
    expect(bench.notices()).to.deep.equal(['aaln/1 +l/rg', 'aaln/2 +l/rg', 'aaln/2 -l/rg', 'aaln/1 -l/rg']);
  });

  it('goes on undisturbed when it is asked for again, and keeps its time', () => {
    const bench = offHook('R: L/oc(N)\nS: L/dl');
    bench.run(10_000);
    bench.agent(`RQNT 2 ${LINE}\nX: 2\nR: L/oc(N)\nS: L/dl(to=60000)`);
    bench.run(6_000);
    expect(bench.notices()).to.deep.equal(['aaln/1 +l/dl', 'aaln/1 -l/dl']);
  });

  it('an event asked for stops the timed ones, unless it keeps them; on/off ones stay until switched off', () => {
    const bench = offHook('R: L/hf(A,K), D/[0-9](A)\nS: L/dl, L/vmwi(+)');
    bench.notices();
    flash(bench);
    expect(bench.notices()).to.deep.equal([]);
    dial(bench, '1');
    expect(bench.notices()).to.deep.equal(['aaln/1 -l/dl']);
    bench.agent(`RQNT 2 ${LINE}\nX: 2\nS: L/vmwi(-)`);
    expect(bench.notices()).to.deep.equal(['aaln/1 -l/vmwi']);
  });
});

describe('notification state', () => {
  it('in step mode, what happens after a Notify waits for the next request', () => {
    const bench = offHook('R: L/hf(N), D/[0-9](N)');
    flash(bench);
    dial(bench, '1');
    expect(answer(bench)).to.deep.equal(['L/hf']);
    dial(bench, '2');
    expect(bench.look()).to.deep.equal([]);
    bench.agent(`AUEP 8 ${LINE}\nF: B/NS`);
    expect(bench.one()).to.equal('200 8 OK\nB/NS: ls');
    bench.agent(`RQNT 2 ${LINE}\nX: 2\nR: D/[0-9](N)`);
    expect(reported(bench)).to.deep.equal(['D/1']);
    bench.run(0);
  });

  it('in loop mode it goes on by itself', () => {
    const bench = offHook('Q: loop\nR: L/hf(N), D/[0-9](N)');
    flash(bench);
    dial(bench, '12');
    expect(answer(bench)).to.deep.equal(['L/hf']);
    expect(answer(bench)).to.deep.equal(['D/1']);
    expect(answer(bench)).to.deep.equal(['D/2']);
  });

  it('a request may have what waits thrown away', () => {
    const bench = offHook('R: L/hf(N), D/[0-9](N)');
    flash(bench);
    dial(bench, '12');
    answer(bench, `RQNT 2 ${LINE}\nX: 2\nQ: discard\nR: D/[0-9](N)`);
    expect(reported(bench)).to.deep.equal([]);
    dial(bench, '3');
    expect(reported(bench)).to.deep.equal(['D/3']);
  });

  it('a new request before anything was reported looks again at what was seen', () => {
    const bench = offHook('R: D/[0-9](D), L/hf(A)\nD: (xxx)');
    dial(bench, '12');
    bench.agent(`RQNT 2 ${LINE}\nX: 2\nR: D/[0-9](D)\nD: (xx)`);
    expect(reported(bench)).to.deep.equal(['D/1, D/2']);
  });

  it('only what one of the lists names is kept', () => {
    const bench = offHook('R: L/hf(N)\nT: D/[1-5]');
    flash(bench);
    dial(bench, '19');
    answer(bench, `RQNT 2 ${LINE}\nX: 2\nR: D/[0-9](N), L/hu(N)`);
    expect(reported(bench)).to.deep.equal(['D/1']);
  });

  it('a Notify that is not answered is repeated, and the next of the line waits for it', () => {
    const bench = offHook('R: L/hf(N)');
    flash(bench);
    expect(reported(bench)).to.deep.equal(['L/hf']);
    bench.agent(`RQNT 2 ${LINE}\nX: 2\nR: L/hu(N)`);
    bench.look();
    bench.feed({ kind: 'on-hook', line: 'aaln/1' });
    bench.run(500);
    const [repeated, ...others] = bench.commands('NTFY');
    expect([repeated?.text.includes('O: L/hf'), others]).to.deep.equal([true, []]);
    bench.agent(`200 ${repeated?.id ?? 0} OK`);
    expect(reported(bench).at(-1)).to.equal('L/hu');
  });

  it('whatever the answer is, it is over', () => {
    const bench = offHook('Q: loop\nR: L/hf(N)');
    flash(bench);
    const [ntfy] = bench.commands('NTFY');
    bench.agent(`510 ${ntfy?.id ?? 0} No`);
    bench.look();
    flash(bench);
    expect(reported(bench)).to.deep.equal(['L/hf']);
  });
});

describe('embedded requests and other actions', () => {
  it('the event puts another request in force, with the identifier of the old one', () => {
    const bench = Bench.inService();
    bench.agent(`RQNT 1 ${LINE}\nX: 1\nR: L/hd(E(R(D/[0-9](D),L/hu(N)),D((xx)),S(L/dl)))`);
    bench.look();
    bench.feed({ kind: 'off-hook', line: 'aaln/1' });
    expect(bench.look()).to.deep.equal([]);
    expect(bench.notices()).to.deep.equal(['aaln/1 +l/dl']);
    dial(bench, '12');
    expect(reported(bench)).to.deep.equal(['D/1, D/2']);
  });

  it('one that cannot be done is told where that is asked for', () => {
    const bench = Bench.inService();
    bench.agent(`RQNT 1 ${LINE}\nX: 1\nR: L/hd(E(S(L/rg))), B/enf(N)`);
    bench.feed({ kind: 'off-hook', line: 'aaln/1' });
    expect(reported(bench)).to.deep.equal(['B/enf(401)']);
  });

  it('swaps which of two connections talks', () => {
    const bench = offHook('R: L/hf(S,A)');
    const remote = 'v=0\no=- 1 1 IN IP4 10.0.0.9\ns=-\nc=IN IP4 10.0.0.9\nt=0 0\nm=audio 4000 RTP/AVP 0';
    bench.agent(`CRCX 2 ${LINE}\nC: A\nM: sendrecv\n\n${remote}`);
    bench.agent(`CRCX 3 ${LINE}\nC: B\nM: inactive\n\n${remote}`);
    bench.notices();
    flash(bench);
    expect(bench.notices()).to.deep.equal(['aaln/1 media inactive 10.0.0.9:4000', 'aaln/1 media sendrecv 10.0.0.9:4000']);
  });

  it('events that nobody asked for, and keys of a telephone that hangs, are nothing', () => {
    const bench = offHook('R: L/hu(N)');
    dial(bench, '1');
    flash(bench);
    expect(bench.look()).to.deep.equal([]);
    bench.feed({ kind: 'on-hook', line: 'aaln/1' }, { kind: 'on-hook', line: 'aaln/1' });
    dial(bench, '1');
    expect(reported(bench)).to.deep.equal(['L/hu']);
  });
});

describe('persistent events', () => {
  const persistent = [{ name: { packageName: 'L', event: 'hd' }, actions: [], parameters: [] }];

  it('are reported under identifier 0 from the restart on, an off-hook of before too', () => {
    const bench = new Bench({ persistentEvents: persistent });
    bench.feed({ kind: 'off-hook', line: 'aaln/1' });
    bench.feed({ kind: 'start' });
    bench.run(0);
    expect(bench.look()).to.deep.equal(['RSIP 1 aaln/*@gw1.test MGCP 1.0\nRM: restart']);
    bench.agent('200 1 OK');
    expect(bench.one()).to.equal('NTFY 2 aaln/1@gw1.test MGCP 1.0\nX: 0\nO: L/hd');
  });

  it('can be set by the agent, and stay when a request does not name them', () => {
    const bench = Bench.inService();
    bench.agent(`RQNT 1 ${LINE}\nX: 1\nB/PR: L/hd(N), L/hu(N)`);
    bench.feed({ kind: 'off-hook', line: 'aaln/1' });
    answer(bench, `RQNT 2 ${LINE}\nX: 2`);
    bench.look();
    bench.feed({ kind: 'on-hook', line: 'aaln/1' });
    expect(reported(bench)).to.deep.equal(['L/hu']);
  });
});
