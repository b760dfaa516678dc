// Takeover: calls rebuilt from what an audit found, whatever the dead node was in the middle of.
import { expect } from 'chai';
import { newCallId, parseCallId, partialCallId } from './call-identity.js';
import { A, B, C, D, Exchange, sdpOf, SETTINGS, START } from './exchange.fixture.js';
import { type FoundLeg, type HalfCallRole, type HalfCallState, type LineName, type MediaState, type Phase, PHASES } from './half-call.js';
import { CALL_STATES, isLineState, isOnHook } from './states.js';
import { impliedState } from './takeover.js';

const CALL_ID = newCallId(2, START - 20_000, 7);
const MODES: Partial<Record<Phase, MediaState['mode']>> = {
  routing: 'recvonly',
  ringback: 'recvonly',
  holding: 'inactive',
  held: 'inactive',
};

function leg(line: LineName, role: HalfCallRole, phase: Phase, hook: FoundLeg['hook'] = hookOf(phase), callId = CALL_ID): FoundLeg {
  if (isLineState(phase)) return { line, hook, state: { phase, role } };
  const partner = line === A ? B : A;
  const state: HalfCallState = {
    phase,
    role,
    callId,
    media: { mode: MODES[phase] ?? 'sendrecv', remote: phase === 'routing' ? undefined : sdpOf(partner) },
    dialled: role === 'originating' ? '1002' : undefined,
  };
  return { line, hook, state, local: sdpOf(line) };
}

const caller = (phase: Phase, hook?: FoundLeg['hook']): FoundLeg => leg(A, 'originating', phase, hook);
const called = (phase: Phase, hook?: FoundLeg['hook']): FoundLeg => leg(B, 'terminating', phase, hook);

function hookOf(phase: Phase): 'on' | 'off' {
  return isOnHook(phase) ? 'on' : 'off';
}

/** A node that has just started, and has heard of no line. */
function standIn(): Exchange {
  const exchange = new Exchange(SETTINGS, START, false);
  for (const line of [C, D]) exchange.control.service(line, true, exchange.now);
  exchange.forget();
  return exchange;
}

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

describe('a leg that tells slot and counter of its call alone', () => {
  const PARTIAL = partialCallId(2, 7);
  const callIds = (exchange: Exchange): (string | undefined)[] => [A, B].map((line) => exchange.wanted.get(line)?.callId);
  const partly = (found: FoundLeg): FoundLeg => ({ ...found, state: found.state && { ...found.state, callId: PARTIAL } });

  for (const [what, first, second] of [
    ['after', called('talking'), partly(caller('talking'))],
    ['before', partly(caller('talking')), called('talking')],
  ] as const)
    it(`joins the leg that tells all, found ${what} it, and both are told the whole`, () => {
      const exchange = standIn();
      exchange.restore([first], true);
      exchange.restore([second], false);
      expect(exchange.states).to.deep.equal(['talking']);
      expect(callIds(exchange)).to.deep.equal([CALL_ID, CALL_ID]);
      expect(exchange.control.calls(exchange.now, 1)[0]?.since).to.equal(START - 20_000);
      exchange.onHook(A);
      expect([exchange.phases(A, B), exchange.states]).to.deep.equal([['idle', 'busy'], []]);
    });

  it('is confirmed by a line that still knows the call by the part', () => {
    const exchange = standIn();
    exchange.restore([partly(caller('ringback'))], true);
    exchange.restore([called('ringing')], false);
    exchange.event(A, { kind: 'reached', phase: 'ringback', callId: PARTIAL, local: 'v=0 new' });
    expect(exchange.remote(B)).to.equal('v=0 new');
  });

  it('counts from when it was found, where no leg tells when the call was set up', () => {
    const exchange = standIn();
    exchange.restore([partly(caller('ringback')), partly(called('ringing'))]);
    expect(callIds(exchange)).to.deep.equal([PARTIAL, PARTIAL]);
    exchange.pass(179_900);
    expect(exchange.phase(B)).to.equal('ringing');
    exchange.pass(110);
    expect(exchange.phases(A, B)).to.deep.equal(['congested', 'idle']);
  });

  it('counts from the set-up as soon as a leg tells it', () => {
    const exchange = standIn();
    exchange.restore([partly(caller('ringback'))], true);
    exchange.restore([called('ringing')], false);
    exchange.pass(159_900);
    expect(exchange.phase(B)).to.equal('ringing');
    exchange.pass(110);
    expect(exchange.phases(A, B)).to.deep.equal(['congested', 'idle']);
  });

  it('is one of the call that lives here, and no other', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    const callId = exchange.wanted.get(A)?.callId ?? '';
    const { slot = 0, counter = 0 } = parseCallId(callId) ?? {};
    exchange.control.release(B, exchange.now);
    exchange.restore([leg(B, 'terminating', 'talking', 'off', partialCallId(slot, counter))]);
    expect([exchange.states, callIds(exchange)]).to.deep.equal([['talking'], [callId, callId]]);
    exchange.restore([leg(B, 'terminating', 'talking', 'off', partialCallId(slot, counter))]);
    expect(exchange.states, 'told once more').to.deep.equal(['talking']);
    exchange.restore([leg(C, 'originating', 'talking', 'off', partialCallId(slot, counter + 1))], true);
    expect(exchange.states).to.deep.equal(['talking', 'talking']);
  });

  it('is of no call that began with another time', () => {
    const exchange = standIn();
    exchange.restore([caller('talking'), leg(B, 'terminating', 'talking', 'off', newCallId(2, START, 7))], true);
    expect(exchange.states).to.deep.equal(['talking', 'talking']);
  });
});

describe('the identities of new calls', () => {
  it('pass over slot and counter of the calls that live', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    const first = parseCallId(exchange.wanted.get(A)?.callId ?? '');
    exchange.control.release(C, exchange.now);
    const next = partialCallId(1, (first?.counter ?? 0) + 1);
    exchange.restore([leg(C, 'originating', 'talking', 'off', next)], true);
    exchange.onHook(A);
    exchange.onHook(B);
    exchange.pass(1_000);
    exchange.call(A, '1002');
    expect(parseCallId(exchange.wanted.get(A)?.callId ?? '')?.counter).to.equal((first?.counter ?? 0) + 2);
  });
});

// The dead node may have been between any two commands, and the users may have done anything since. For every pair of phases,
// with every hook, in one piece and in two, the stand-in has a proper call or none, and everybody can hang up.
describe('every pair of phases', () => {
  const hooks = (phase: Phase): readonly FoundLeg['hook'][] => [hookOf(phase), isOnHook(phase) ? 'off' : 'on', 'unknown'];

  for (const originating of PHASES)
    it(`with ${originating} as the caller's leaves no line stuck`, () => {
      for (const terminating of PHASES)
        for (const first of hooks(originating))
          for (const second of hooks(terminating))
            for (const pieces of [1, 2, -2] as const) {
              const legs = [caller(originating, first), called(terminating, second)];
              const what = `${originating} ${first}, ${terminating} ${second}, pieces: ${pieces}`;
              const exchange = standIn();
              const order = pieces < 0 ? legs.reverse() : legs;
              if (pieces === 1) exchange.restore(order);
              else {
                exchange.restore(order.slice(0, 1), true);
                exchange.restore(order.slice(1), true);
                exchange.restore([], false);
              }
              expectProper(exchange, what);
              for (const { line, hook } of legs) if (hook !== 'unknown') expectHook(exchange, line, hook, what);
              // Confirmations come in, everybody hangs up: nothing may remain.
              for (const line of [A, B, A, B]) exchange.reach(line);
              expectProper(exchange, what);
              for (const line of [A, B]) if (!isOnHook(exchange.phase(line) ?? 'idle')) exchange.onHook(line);
              for (const line of [A, B]) if (!isOnHook(exchange.phase(line) ?? 'idle')) exchange.onHook(line);
              expect(exchange.phases(A, B), what).to.deep.equal(['idle', 'idle']);
              expect(exchange.states, what).to.deep.equal([]);
            }
    });

  it('alone or together implies a state that has a place for each leg of it', () => {
    for (const originating of [undefined, ...PHASES])
      for (const terminating of [undefined, ...PHASES]) {
        const row = CALL_STATES[impliedState(originating, terminating)];
        expect(row.originating, `${originating ?? ''} ${terminating ?? ''}`).not.to.equal(undefined);
      }
  });
});

function expectHook(exchange: Exchange, line: LineName, hook: 'on' | 'off', what: string): void {
  expect(isOnHook(exchange.phase(line) ?? 'idle') ? 'on' : 'off', `${line}: ${what}`).to.equal(hook);
}

/** Each call has both its legs in the phases of one state, or a caller alone who waits for his connection. */
function expectProper(exchange: Exchange, what: string): void {
  const legs = [...exchange.wanted].filter(([, state]) => state.callId !== undefined);
  for (const [line, state] of legs) {
    const partner = legs.find(([other, { callId }]) => other !== line && callId === state.callId)?.[1];
    if (state.phase === 'routing') continue;
    expect(partner, `${line} is alone in ${state.phase}: ${what}`).not.to.equal(undefined);
    const pair = Object.fromEntries([state, ...(partner ? [partner] : [])].map(({ role, phase }) => [role, phase]));
    const states = Object.values(CALL_STATES).map(({ originating, terminating }) => ({
      originating: originating?.phase,
      terminating: terminating?.phase,
    }));
    expect(states, what).to.deep.include(pair);
  }
}
