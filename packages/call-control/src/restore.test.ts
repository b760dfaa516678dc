// Takeover: calls rebuilt from what an audit found, whatever the dead node was in the middle of.
import { expect } from 'chai';
import { A, B, C, D, Exchange, sdpOf, SETTINGS, START } from './exchange.fixture.js';
import type { FoundLeg, HalfCallState, Phase } from './half-call.js';
import { CALL_ID, called, caller, leg, standIn } from './restore.fixture.js';

describe('a takeover', () => {
  it('of a talk in which one side cannot tell its description silences nobody', () => {
    for (const legs of [
      [caller('talking'), { ...called('talking'), local: undefined }],
      [{ ...called('talking'), local: undefined }, caller('talking')],
    ]) {
      const exchange = standIn();
      for (const each of legs) exchange.restore([each], true);
      exchange.restore([], false);
      expect(exchange.wanted.get(A)?.media).to.deep.equal({ mode: 'sendrecv', remote: sdpOf(B) });
      expect(exchange.wanted.get(B)?.media).to.deep.equal({ mode: 'sendrecv', remote: sdpOf(A) });
    }
  });

  it('of a talk changes nothing, and the call ends as any other', () => {
    const exchange = standIn();
    exchange.restore([caller('talking'), called('talking')]);
    expect(exchange.orders).to.deep.equal([
      {
        line: A,
        state: {
          phase: 'talking',
          role: 'originating',
          callId: CALL_ID,
          media: { mode: 'sendrecv', remote: sdpOf(B) },
          caller: undefined,
          dialled: '1002',
        },
      },
      {
        line: B,
        state: {
          phase: 'talking',
          role: 'terminating',
          callId: CALL_ID,
          media: { mode: 'sendrecv', remote: sdpOf(A) },
          caller: undefined,
          dialled: undefined,
        },
      },
    ]);
    exchange.onHook(B);
    expect(exchange.phases(A, B)).to.deep.equal(['busy', 'idle']);
  });

  const furthest: readonly [originating: Phase, terminating: Phase, becomes: [Phase, Phase]][] = [
    ['routing', 'ringing', ['ringback', 'ringing']],
    ['ringback', 'ringing', ['ringback', 'ringing']],
    ['routing', 'talking', ['talking', 'talking']],
    ['ringback', 'talking', ['talking', 'talking']],
    ['talking', 'ringing', ['talking', 'idle']],
    ['talking', 'talking', ['talking', 'talking']],
    ['holding', 'talking', ['holding', 'held']],
    ['holding', 'held', ['holding', 'held']],
    ['talking', 'held', ['talking', 'talking']],
    ['talking', 'holding', ['held', 'holding']],
    ['held', 'holding', ['held', 'holding']],
    ['held', 'talking', ['talking', 'talking']],
    ['held', 'held', ['talking', 'talking']],
  ];
  for (const [originating, terminating, [first, second]] of furthest)
    it(`between ${originating} and ${terminating} goes on to ${first} and ${second}`, () => {
      const exchange = standIn();
      exchange.restore([caller(originating), called(terminating)]);
      // A telephone on its hook where a talk had begun was put down while nobody heard it.
      const putDown = second === 'idle';
      expect(exchange.phases(A, B)).to.deep.equal(putDown ? ['busy', 'idle'] : [first, second]);
    });

  it('a telephone lifted meanwhile is the answer, and one hung up meanwhile ends the call', () => {
    const answered = standIn();
    answered.restore([caller('ringback'), called('ringing', 'off')]);
    expect(answered.phases(A, B)).to.deep.equal(['talking', 'talking']);
    const ended = standIn();
    ended.restore([caller('talking', 'on'), called('talking')]);
    expect(ended.phases(A, B)).to.deep.equal(['idle', 'busy']);
    const both = standIn();
    both.restore([caller('ringback', 'on'), called('ringing', 'off')]);
    expect(both.phases(A, B)).to.deep.equal(['idle', 'busy']);
  });

  it('gives one order a line, whatever has to be corrected', () => {
    const exchange = standIn();
    exchange.restore([caller('ringback', 'on'), called('ringing', 'off')]);
    expect(exchange.orders.map(({ line }) => line)).to.have.members([A, B]);
  });

  it('a caller who waits with his digits in is routed again', () => {
    const exchange = standIn();
    exchange.control.service(B, true, exchange.now);
    exchange.restore([caller('routing')]);
    expect(exchange.phases(A, B)).to.deep.equal(['routing', 'ringing']);
    expect(exchange.wanted.get(A)?.callId, 'the call is the same').to.equal(CALL_ID);
    expect(exchange.remote(B)).to.equal(sdpOf(A));
  });

  it('a caller whose connection the audit does not describe is routed when it is there', () => {
    const exchange = standIn();
    exchange.control.service(B, true, exchange.now);
    exchange.restore([{ ...caller('routing'), local: undefined }]);
    expect(exchange.phases(A, B)).to.deep.equal(['routing', 'idle']);
    exchange.reach(A);
    expect(exchange.phase(B)).to.equal('ringing');
  });

  it('digits that were reported before there was a call begin one', () => {
    const exchange = standIn();
    exchange.control.service(B, true, exchange.now);
    exchange.restore([{ line: A, hook: 'off', state: { phase: 'routing', role: 'originating', dialled: '1002' } }]);
    exchange.reach(A);
    expect(exchange.phase(B)).to.equal('ringing');
  });

  describe('of a caller who waits, his digits being known to nobody', () => {
    const inCall: FoundLeg = { line: A, hook: 'off', state: { phase: 'routing', role: 'originating', callId: CALL_ID }, local: 'x' };
    const inNone: FoundLeg = { line: A, hook: 'off', state: { phase: 'routing', role: 'originating' } };

    for (const [what, found] of [
      ['with a connection', inCall],
      ['whose connection is not described', { ...inCall, local: undefined }],
      ['before there was a call', inNone],
    ] as const)
      it(`gives him dial tone anew ${what}`, () => {
        const exchange = standIn();
        exchange.restore([found]);
        expect(exchange.phase(A)).to.equal('dialling');
        expect([exchange.states, exchange.counted.get('call.dial-tone-anew')]).to.deep.equal([[], 1]);
        exchange.reach(A);
        exchange.dial(A, '1003');
        exchange.reach(A);
        expect(exchange.phase(C)).to.equal('ringing');
      });

    it('waits for the leg that may still be found', () => {
      const exchange = standIn();
      exchange.restore([inCall], true);
      expect(exchange.phase(A)).to.equal('routing');
      exchange.restore([called('ringing')], false);
      expect(exchange.phases(A, B)).to.deep.equal(['ringback', 'ringing']);
      expect(exchange.counted.get('call.dial-tone-anew')).to.equal(undefined);
    });

    it('calls whom he has dialled, when the report of that comes behind the audit', () => {
      const exchange = standIn();
      exchange.control.service(B, true, exchange.now);
      exchange.restore([inCall], true);
      exchange.dial(A, '1002');
      expect(exchange.phases(A, B)).to.deep.equal(['routing', 'idle']);
      exchange.restore([], false);
      expect(exchange.phases(A, B)).to.deep.equal(['routing', 'ringing']);
      expect(exchange.counted.get('call.dial-tone-anew')).to.equal(undefined);
    });

    it('calls nobody twice for digits that a line rings for already', () => {
      const exchange = standIn();
      exchange.restore([inCall, called('ringing')], true);
      exchange.dial(A, '1002');
      exchange.restore([], false);
      expect([exchange.phases(A, B), exchange.states]).to.deep.equal([['ringback', 'ringing'], ['alerting']]);
    });

    it('gives him none where he has hung up, or where no new calls are taken', () => {
      const gone = standIn();
      gone.restore([{ ...inCall, hook: 'on' }]);
      expect(gone.phase(A)).to.equal('idle');
      const draining = standIn();
      draining.control.drain();
      draining.restore([inCall]);
      expect(draining.phase(A)).to.equal('congested');
    });
  });

  it('a leg whose partner is still looked for is left as it is, and nobody is called', () => {
    for (const phase of ['routing', 'ringback', 'talking', 'holding', 'held'] as const) {
      const exchange = standIn();
      exchange.restore([caller(phase)], true);
      exchange.reach(A);
      expect(exchange.orders.map(({ line, state }) => [line, state.phase])).to.deep.equal([[A, phase]]);
      expect(exchange.wanted.get(A)?.media, phase).to.deep.equal(caller(phase).state?.media);
    }
  });

  it('legs that come in pieces make one call', () => {
    for (const pieces of [
      [caller('routing'), called('ringing')],
      [called('ringing'), caller('routing')],
    ]) {
      const exchange = standIn();
      exchange.restore(pieces.slice(0, 1), true);
      exchange.restore(pieces.slice(1), false);
      expect(exchange.phases(A, B)).to.deep.equal(['ringback', 'ringing']);
      expect(exchange.states).to.deep.equal(['alerting']);
    }
  });

  it('two legs of a talk tell more of a hold than one did', () => {
    const exchange = standIn();
    exchange.restore([caller('talking')], true);
    exchange.restore([called('holding')], false);
    expect(exchange.phases(A, B)).to.deep.equal(['held', 'holding']);
  });

  it('who hangs up before his partner is found is not called back by him', () => {
    const exchange = standIn();
    exchange.restore([caller('talking')], true);
    exchange.onHook(A);
    exchange.restore([called('talking')], false);
    expect(exchange.phases(A, B)).to.deep.equal(['idle', 'busy']);
  });

  it('a flash before the partner is found holds him when he is', () => {
    const exchange = standIn();
    exchange.restore([caller('talking')], true);
    exchange.flash(A);
    exchange.restore([called('talking')], false);
    expect(exchange.phases(A, B)).to.deep.equal(['holding', 'held']);
  });

  const lonely: readonly [FoundLeg, Phase][] = [
    [caller('ringback'), 'congested'],
    [caller('talking'), 'busy'],
    [caller('holding'), 'busy'],
    [called('ringing'), 'idle'],
    [called('ringing', 'off'), 'busy'],
    [called('talking'), 'busy'],
    [called('held'), 'busy'],
    [called('talking', 'on'), 'idle'],
  ];
  for (const [found, becomes] of lonely)
    it(`a leg in ${found.state?.phase ?? ''} (${found.hook}-hook) whose partner nobody knows becomes ${becomes}`, () => {
      const exchange = standIn();
      exchange.restore([found], true);
      exchange.restore([], false);
      expect(exchange.phase(found.line)).to.equal(becomes);
      expect(exchange.states).to.deep.equal([]);
    });

  it('who calls a line that the takeover has not come to waits for it', () => {
    const exchange = new Exchange(SETTINGS, START, false);
    exchange.restore([caller('dialling')], true);
    exchange.dial(A, '20');
    exchange.reach(A);
    expect([exchange.phase(A), exchange.states]).to.deep.equal(['routing', ['hunting']]);
    exchange.restore([{ line: D, hook: 'on' }], true);
    expect(exchange.phase(D), 'B comes first').to.equal('idle');
    exchange.restore([{ line: B, hook: 'on' }], true);
    expect(exchange.phases(A, B)).to.deep.equal(['routing', 'ringing']);
  });

  it('a line that the takeover does not find at all is out of service', () => {
    const exchange = new Exchange(SETTINGS, START, false);
    exchange.restore([caller('dialling')], true);
    exchange.dial(A, '20');
    exchange.reach(A);
    exchange.restore([{ line: C, hook: 'on' }], false);
    expect(exchange.phases(A, B, C)).to.deep.equal(['routing', undefined, 'ringing']);
    exchange.onHook(A);
    exchange.call(A, '1002');
    expect(exchange.phase(A)).to.equal('congested');
  });

  it('a line that is said to be out of service is not waited for', () => {
    const exchange = new Exchange(SETTINGS, START, false);
    exchange.restore([caller('dialling')], true);
    exchange.dial(A, '1002');
    exchange.reach(A);
    exchange.control.service(B, false, exchange.now);
    expect(exchange.phase(A)).to.equal('congested');
  });

  it('a line that comes into service by itself ends the waiting for it', () => {
    const exchange = new Exchange(SETTINGS, START, false);
    exchange.restore([caller('dialling')], true);
    exchange.dial(A, '1002');
    exchange.reach(A);
    exchange.control.service(B, true, exchange.now);
    expect(exchange.phase(B)).to.equal('ringing');
  });

  it('a takeover that never ends lets nobody wait for ever', () => {
    const exchange = new Exchange(SETTINGS, START, false);
    exchange.restore([caller('dialling')], true);
    exchange.dial(A, '1002');
    exchange.reach(A);
    exchange.pass(60_010);
    expect(exchange.phase(A)).to.equal('congested');
  });

  it('a line without a state of ours is idle or begins a call, as its hook says', () => {
    const exchange = standIn();
    exchange.restore([
      { line: A, hook: 'on' },
      { line: B, hook: 'off' },
      { line: C, hook: 'unknown' },
      { line: D, hook: 'off', state: { phase: 'idle', role: 'originating' } },
    ]);
    expect(exchange.phases(A, B, C, D)).to.deep.equal(['idle', 'dialling', 'idle', 'dialling']);
  });

  it('a line that collects digits goes on collecting them', () => {
    const exchange = standIn();
    exchange.restore([caller('dialling')]);
    expect(exchange.orders.map(({ state }) => state)).to.deep.equal([{ phase: 'dialling', role: 'originating' }]);
    exchange.dial(A, '1003');
    exchange.reach(A);
    expect(exchange.phase(C)).to.equal('ringing');
  });

  it('the ringing ends at the instant at which the dead node would have ended it', () => {
    const exchange = standIn();
    exchange.restore([caller('ringback'), called('ringing')]);
    exchange.pass(159_900);
    expect(exchange.phase(B)).to.equal('ringing');
    exchange.pass(110);
    expect(exchange.phases(A, B)).to.deep.equal(['congested', 'idle']);
  });

  it('of two called lines of one call the one that is further has it', () => {
    for (const order of [
      [called('ringing'), leg(C, 'terminating', 'talking')],
      [leg(C, 'terminating', 'talking'), called('ringing')],
    ]) {
      const exchange = new Exchange(SETTINGS, START, false);
      exchange.restore([caller('ringback'), ...order]);
      expect(exchange.phases(A, B, C)).to.deep.equal(['talking', 'idle', 'talking']);
      expect(exchange.states).to.deep.equal(['talking']);
    }
  });

  it('targets after the one that was found are still there', () => {
    const exchange = standIn();
    const dialled = { ...caller('ringback'), state: { ...(caller('ringback').state as HalfCallState), dialled: '20' } };
    exchange.restore([dialled, called('ringing')]);
    exchange.lose(B, 'destination-out-of-order');
    expect(exchange.phase(C)).to.equal('ringing');
  });

  it('gateways may give a call identity back in small letters', () => {
    const exchange = standIn();
    exchange.restore([caller('ringback'), leg(B, 'terminating', 'ringing', 'on', CALL_ID.toLowerCase())]);
    expect(exchange.states).to.deep.equal(['alerting']);
  });

  it('a line that is not configured is counted, and the others are restored', () => {
    const exchange = standIn();
    exchange.restore([leg('aaln/7@other', 'originating', 'talking'), { line: A, hook: 'on' }]);
    expect(exchange.phase(A)).to.equal('idle');
    expect(exchange.counted.get('call.line.unknown')).to.equal(1);
  });
});

describe('an audit of a living call', () => {
  it('corrects the hook and learns the description, and what is known here wins', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    const callId = exchange.wanted.get(A)?.callId;
    exchange.forget();
    exchange.restore([{ line: B, hook: 'off', state: { phase: 'ringing', role: 'terminating', callId }, local: 'v=0 new' }]);
    expect(exchange.phases(A, B)).to.deep.equal(['talking', 'talking']);
    expect(exchange.remote(A)).to.equal('v=0 new');
    exchange.restore([{ line: B, hook: 'on', state: { phase: 'talking', role: 'terminating', callId } }]);
    expect(exchange.phases(A, B)).to.deep.equal(['busy', 'idle']);
  });

  it('finds a line without what it should have: it is told again', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    exchange.forget();
    exchange.restore([{ line: B, hook: 'off' }]);
    expect(exchange.orders.map(({ line, state }) => [line, state.phase])).to.deep.equal([[B, 'talking']]);
  });

  it('finds a call further than it is known here: it goes on from there', () => {
    const exchange = new Exchange();
    exchange.ring(A, B);
    const callId = exchange.wanted.get(A)?.callId;
    exchange.restore([{ line: B, hook: 'off', state: { phase: 'talking', role: 'terminating', callId }, local: sdpOf(B) }]);
    expect(exchange.phases(A, B)).to.deep.equal(['talking', 'talking']);
  });

  it('a line that hears a tone keeps it, until it is found on its hook', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    exchange.onHook(A);
    exchange.restore([called('talking')]);
    expect(exchange.phase(B)).to.equal('busy');
    exchange.restore([called('talking', 'on')]);
    expect(exchange.phase(B)).to.equal('idle');
  });

  it('a released call that is found again by the same node is the call that the gateways know', () => {
    const exchange = new Exchange();
    exchange.ring(A, B);
    const callId = exchange.wanted.get(A)?.callId ?? '';
    for (const line of [A, B]) exchange.control.release(line, exchange.now);
    exchange.restore([leg(A, 'originating', 'talking', 'off', callId), leg(B, 'terminating', 'talking', 'off', callId)]);
    expect(exchange.phases(A, B)).to.deep.equal(['talking', 'talking']);
    expect(exchange.states).to.deep.equal(['talking']);
  });

  it('one line released and found again joins the call that still stands here', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    exchange.flash(A);
    exchange.flash(A);
    const callId = exchange.wanted.get(A)?.callId ?? '';
    exchange.control.release(B, exchange.now);
    exchange.restore([leg(B, 'terminating', 'talking', 'off', callId)]);
    expect(exchange.phases(A, B)).to.deep.equal(['talking', 'talking']);
    expect(exchange.states).to.deep.equal(['talking']);
  });
});
