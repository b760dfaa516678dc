// Whole calls between lines, told as their users see them.
import { expect } from 'chai';
import { parseCallId } from './call-identity.js';
import { CallControl } from './call-control.js';
import { A, B, C, D, Exchange, sdpOf, SETTINGS, START } from './exchange.fixture.js';

describe('a call between two lines', () => {
  it('goes from off-hook to talk, with one order a line for each step', () => {
    const exchange = new Exchange();
    exchange.offHook(A);
    exchange.reach(A);
    exchange.dial(A, '1002');
    const callId = exchange.wanted.get(A)?.callId;
    exchange.reach(A);
    exchange.reach(B);
    exchange.reach(A);
    exchange.offHook(B);
    exchange.reach(B);
    exchange.reach(A);
    const leg = { callId, caller: undefined, dialled: undefined };
    const of = { originating: { ...leg, role: 'originating', dialled: '1002' }, terminating: { ...leg, role: 'terminating' } };
    expect(exchange.orders).to.deep.equal([
      { line: A, state: { phase: 'dialling', role: 'originating' } },
      { line: A, state: { ...of.originating, phase: 'routing', media: { mode: 'recvonly', remote: undefined } } },
      {
        line: B,
        state: {
          ...of.terminating,
          phase: 'ringing',
          media: { mode: 'sendrecv', remote: sdpOf(A) },
          caller: { number: '1001', name: 'Ann' },
        },
      },
      { line: A, state: { ...of.originating, phase: 'ringback', media: { mode: 'recvonly', remote: sdpOf(B) } } },
      { line: B, state: { ...of.terminating, phase: 'talking', media: { mode: 'sendrecv', remote: sdpOf(A) } } },
      { line: A, state: { ...of.originating, phase: 'talking', media: { mode: 'sendrecv', remote: sdpOf(B) } } },
    ]);
  });

  it('bears the slot of its node and the second of its set-up in its identity', () => {
    const exchange = new Exchange();
    exchange.call(A, '1002');
    const identity = parseCallId(exchange.wanted.get(A)?.callId ?? '');
    expect(identity?.slot).to.equal(1);
    expect(identity?.setUpAt).to.equal(START);
  });

  it('two calls never have one identity', () => {
    const exchange = new Exchange();
    exchange.call(A, '1002');
    exchange.call(C, '1004');
    expect(exchange.wanted.get(A)?.callId).not.to.equal(exchange.wanted.get(C)?.callId);
  });

  for (const [first, second] of [
    [A, B],
    [B, A],
  ] as const)
    it(`when ${first === A ? 'the caller' : 'the called side'} hangs up, the other hears busy tone until he does too`, () => {
      const exchange = new Exchange();
      exchange.talk(A, B);
      exchange.forget();
      exchange.onHook(first);
      expect(exchange.orders).to.deep.equal([
        { line: first, state: { phase: 'idle', role: 'originating' } },
        { line: second, state: { phase: 'busy', role: 'originating' } },
      ]);
      exchange.onHook(second);
      expect(exchange.phase(second)).to.equal('idle');
      expect(exchange.states).to.deep.equal([]);
    });

  it('when both hang up at once, both are idle, whoever is heard first', () => {
    for (const order of [
      [A, B],
      [B, A],
    ]) {
      const exchange = new Exchange();
      exchange.talk(A, B);
      for (const line of order) exchange.onHook(line);
      expect(exchange.phases(A, B)).to.deep.equal(['idle', 'idle']);
    }
  });

  it('who stays off-hook hears the howler after 30 s, and nothing any more 60 s later', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    exchange.onHook(A);
    exchange.pass(29_900);
    expect(exchange.phase(B)).to.equal('busy');
    exchange.pass(110);
    expect(exchange.phase(B)).to.equal('howling');
    exchange.pass(59_900);
    expect(exchange.phase(B)).to.equal('howling');
    exchange.pass(110);
    expect(exchange.phase(B)).to.equal('parked');
    exchange.pass(3_600_000);
    expect(exchange.phase(B)).to.equal('parked');
    exchange.onHook(B);
    expect(exchange.phase(B)).to.equal('idle');
  });

  it('a tone that ends by itself gives way to the next one at once', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    exchange.onHook(A);
    exchange.event(B, { kind: 'tone-ended' });
    expect(exchange.phase(B)).to.equal('howling');
    exchange.event(B, { kind: 'tone-ended' });
    expect(exchange.phase(B)).to.equal('parked');
  });

  it('a description that comes late or changes is passed on to the other side', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    exchange.event(B, { kind: 'reached', phase: 'talking', callId: exchange.wanted.get(B)?.callId, local: 'v=0 moved' });
    expect(exchange.wanted.get(A)?.media).to.deep.equal({ mode: 'sendrecv', remote: 'v=0 moved' });
  });

  it('a description is learned also from the confirmation of what is no longer wanted', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    const callId = exchange.wanted.get(B)?.callId;
    exchange.event(B, { kind: 'reached', phase: 'ringing', callId, local: 'v=0 late' });
    expect(exchange.remote(A)).to.equal('v=0 late');
  });

  it('an answer that overtakes the description talks one way until it is known', () => {
    const exchange = new Exchange();
    exchange.call(A, '1002');
    exchange.event(B, { kind: 'reached', phase: 'ringing', callId: exchange.wanted.get(B)?.callId });
    exchange.offHook(B);
    expect(exchange.wanted.get(A)?.media).to.deep.equal({ mode: 'recvonly', remote: undefined });
    exchange.reach(B);
    expect(exchange.wanted.get(A)?.media).to.deep.equal({ mode: 'sendrecv', remote: sdpOf(B) });
  });

  it('a confirmation of another call or of what is no longer wanted moves nothing', () => {
    const exchange = new Exchange();
    exchange.call(A, '1002');
    exchange.forget();
    exchange.event(B, { kind: 'reached', phase: 'ringing', callId: '0000000000000', local: 'x' });
    exchange.event(B, { kind: 'reached', phase: 'idle' });
    exchange.event(B, { kind: 'failed', phase: 'idle', cause: 'user-busy' });
    expect(exchange.orders).to.deep.equal([]);
    expect(exchange.states).to.deep.equal(['offering']);
  });
});

describe('holding', () => {
  for (const [holder, held] of [
    [A, B],
    [B, A],
  ] as const)
    it(`${holder === A ? 'the caller' : 'the called side'} holds by a flash and takes back by another; only he can`, () => {
      const exchange = new Exchange();
      exchange.talk(A, B);
      exchange.flash(holder);
      expect(exchange.phases(holder, held)).to.deep.equal(['holding', 'held']);
      expect([A, B].map((line) => exchange.wanted.get(line)?.media?.mode)).to.deep.equal(['inactive', 'inactive']);
      exchange.flash(held);
      expect(exchange.phases(holder, held)).to.deep.equal(['holding', 'held']);
      exchange.flash(holder);
      expect(exchange.phases(holder, held)).to.deep.equal(['talking', 'talking']);
      expect([A, B].map((line) => exchange.wanted.get(line)?.media?.mode)).to.deep.equal(['sendrecv', 'sendrecv']);
    });

  it('who holds is told first, since a stand-in reads the hold from his phase', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    exchange.forget();
    exchange.flash(B);
    exchange.flash(B);
    expect(exchange.orders.map(({ line }) => line)).to.deep.equal([B, A, B, A]);
  });

  it('ends when either side hangs up', () => {
    for (const [leaver, other] of [
      [A, B],
      [B, A],
    ] as const) {
      const exchange = new Exchange();
      exchange.talk(A, B);
      exchange.flash(A);
      exchange.onHook(leaver);
      expect(exchange.phases(leaver, other)).to.deep.equal(['idle', 'busy']);
    }
  });

  it('a gateway that cannot hold leaves both talking', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    exchange.flash(A);
    exchange.fail(B, 'protocol-error');
    expect(exchange.phases(A, B)).to.deep.equal(['talking', 'talking']);
  });
});

describe('trouble in a call', () => {
  it('lost media gives both reorder tone', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    exchange.lose(B);
    expect(exchange.phases(A, B)).to.deep.equal(['congested', 'congested']);
  });

  it('a gateway that restarted has telephones of which nothing is known', () => {
    const exchange = new Exchange();
    exchange.talk(A, C);
    exchange.lose(C, 'destination-out-of-order');
    expect(exchange.phases(A, C)).to.deep.equal(['congested', 'idle']);
  });

  it('a gateway that is not heard ends no talk', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    exchange.flash(B);
    exchange.fail(A, 'recovery-on-timer-expiry');
    expect(exchange.phases(A, B)).to.deep.equal(['held', 'holding']);
  });

  it('a line taken out of service loses its call and gets no order until it is back', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    exchange.forget();
    exchange.control.service(B, false, exchange.now);
    expect(exchange.orders).to.deep.equal([{ line: A, state: { phase: 'congested', role: 'originating' } }]);
    exchange.control.service(B, true, exchange.now);
    expect(exchange.orders.at(-1)).to.deep.equal({ line: B, state: { phase: 'idle', role: 'originating' } });
  });

  it('a line that speaks is in service, whatever was said of it', () => {
    const exchange = new Exchange();
    exchange.control.service(B, false, exchange.now);
    exchange.offHook(B);
    exchange.onHook(B);
    exchange.call(A, '1002');
    expect(exchange.phase(B)).to.equal('ringing');
  });

  it('a line that is said to be in service again is told again what it shall be', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    exchange.forget();
    exchange.control.service(B, true, exchange.now);
    expect(exchange.orders.map(({ line, state }) => [line, state.phase])).to.deep.equal([[B, 'talking']]);
  });

  it('a released line is forgotten without an order to anybody, and its partner is left to himself', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    exchange.forget();
    exchange.control.release(A, exchange.now);
    expect(exchange.orders).to.deep.equal([]);
    exchange.onHook(B);
    expect(exchange.orders).to.deep.equal([{ line: B, state: { phase: 'idle', role: 'originating' } }]);
    expect(exchange.states).to.deep.equal([]);
  });

  it('of a call whose lines are all released nothing is left, its timer neither', () => {
    const exchange = new Exchange();
    exchange.ring(A, B);
    exchange.control.release(A, exchange.now);
    exchange.control.release(B, exchange.now);
    exchange.forget();
    expect(exchange.states).to.deep.equal([]);
    exchange.pass(1_000_000);
    expect(exchange.orders).to.deep.equal([]);
  });
});

describe('draining', () => {
  it('bars new calls, and lets those go on that are', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    exchange.control.drain();
    exchange.offHook(C);
    expect(exchange.phase(C)).to.equal('congested');
    exchange.flash(A);
    expect(exchange.phase(B)).to.equal('held');
    expect(exchange.counted.get('call.refused draining')).to.equal(1);
  });

  it('a telephone that meets a call by glare gets no dial tone either', () => {
    const exchange = new Exchange();
    exchange.call(A, '1002');
    exchange.control.drain();
    exchange.offHook(B);
    expect(exchange.phases(A, B)).to.deep.equal(['busy', 'congested']);
  });

  it('waits for calls, for who is dialling and for orders that are on their way', () => {
    const exchange = new Exchange();
    for (const line of [A, B, C, D]) exchange.reach(line);
    expect(exchange.control.pending(exchange.now)).to.equal(0);
    exchange.offHook(C);
    expect(exchange.control.pending(exchange.now)).to.equal(1);
    exchange.talk(A, B);
    expect(exchange.control.pending(exchange.now)).to.equal(2);
    exchange.onHook(C);
    exchange.reach(C);
    exchange.onHook(A);
    exchange.onHook(B);
    expect(exchange.control.pending(exchange.now), 'two connections to be deleted').to.equal(2);
    exchange.reach(A);
    expect(exchange.control.pending(exchange.now)).to.equal(1);
    exchange.pass(60_000);
    expect(exchange.control.pending(exchange.now), 'a gateway that never confirms').to.equal(0);
  });
});

describe('listings and counters', () => {
  it('a call is listed with its numbers, its state and its set-up time', () => {
    const exchange = new Exchange(SETTINGS, START + 1_234);
    exchange.talk(A, C);
    const callId = exchange.wanted.get(A)?.callId ?? '';
    expect(exchange.control.calls(exchange.now, 10)).to.deep.equal([
      {
        callId,
        from: '1001',
        to: '1003',
        state: 'talking',
        since: START + 1_000,
        protocol: 'mgcp+megaco',
        legs: [
          { name: 'aaln/1@rgw1', protocol: 'mgcp', phase: 'talking' },
          { name: 'line/1@mg1', protocol: 'megaco', phase: 'talking' },
        ],
      },
    ]);
    exchange.talk(D, B);
    expect(exchange.control.calls(exchange.now, 1)).to.have.length(1);
    expect(exchange.control.calls(exchange.now, 10).map(({ from }) => from)).to.deep.equal(['1001', '1004']);
  });

  it('a number written at the line is the caller id', () => {
    const exchange = new Exchange();
    exchange.call(C, '1002');
    expect(exchange.wanted.get(B)?.caller).to.deep.equal({ number: '5003', name: undefined });
  });

  it('what a state does not take is counted and moves nothing', () => {
    const exchange = new Exchange();
    exchange.flash(A);
    exchange.dial(A, '1002');
    exchange.onHook(A);
    exchange.event('aaln/7@other', { kind: 'off-hook' });
    expect(exchange.orders).to.deep.equal([]);
    expect([...exchange.counted.keys()]).to.include.members([
      'call.event.ignored idle flash',
      'call.event.ignored idle dialled',
      'call.event.ignored idle on-hook',
      'call.line.unknown',
    ]);
  });

  it('beginnings, answers, refusals and ends are counted with their reasons', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    exchange.call(C, '1002');
    exchange.onHook(A);
    expect(exchange.counted.get('call.begun')).to.equal(2);
    expect(exchange.counted.get('call.answered')).to.equal(1);
    expect(exchange.counted.get('call.target.refused user-busy')).to.equal(1);
    expect(exchange.counted.get('call.ended all-busy')).to.equal(1);
    expect(exchange.counted.get('call.ended originating:on-hook')).to.equal(1);
  });

  it('the patterns are those of the configuration', () => {
    expect(new Exchange().control).to.be.instanceOf(CallControl);
    expect(new Exchange().control.patterns).to.have.members(Object.keys(SETTINGS.numbers));
  });
});
