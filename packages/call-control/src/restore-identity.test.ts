// Calls that a leg tells the half of: slot and counter without the time of set-up.
import { expect } from 'chai';
import { newCallId, parseCallId, partialCallId } from './call-identity.js';
import { A, B, C, Exchange, START } from './exchange.fixture.js';
import type { FoundLeg } from './half-call.js';
import { CALL_ID, called, caller, leg, standIn } from './restore.fixture.js';

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
