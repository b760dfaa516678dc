// Parties that call, told as a SIP telephone or trunk and the lines see them.
import { expect } from 'chai';
import { mayHaveParty } from './call-identity.js';
import { A, B, C, type Exchange, sdpOf } from './exchange.fixture.js';
import { CALLER, exchangeWith, lastOf } from './parties.fixture.js';

describe('a party that calls', () => {
  it('rings a line at once, hears it ring without media, and talks when it is lifted', () => {
    const exchange = exchangeWith();
    exchange.setUp(CALLER, '1002', { caller: { number: '4930', name: 'Eve' } });
    const callId = exchange.wanted.get(CALLER)?.callId;
    const originating = { role: 'originating', callId, caller: undefined, dialled: '1002', farLine: B };
    const terminating = { role: 'terminating', callId, dialled: undefined };
    exchange.reach(B);
    exchange.offHook(B);
    expect(exchange.orders).to.deep.equal([
      { line: CALLER, state: { ...originating, phase: 'routing', media: { mode: 'recvonly', remote: undefined } } },
      {
        line: B,
        state: {
          ...terminating,
          phase: 'ringing',
          media: { mode: 'sendrecv', remote: sdpOf(CALLER) },
          caller: { number: '4930', name: 'Eve' },
        },
      },
      { line: CALLER, state: { ...originating, phase: 'ringback', media: { mode: 'recvonly', remote: undefined } } },
      { line: B, state: { ...terminating, phase: 'talking', media: { mode: 'sendrecv', remote: sdpOf(CALLER) }, caller: undefined } },
      { line: CALLER, state: { ...originating, phase: 'talking', media: { mode: 'sendrecv', remote: sdpOf(B) } } },
    ]);
  });

  it('that asks for our description gets that of the line with the answer, and its own goes to the line when it comes', () => {
    const exchange = exchangeWith();
    exchange.setUp(CALLER, '1002', { local: undefined });
    expect(exchange.wanted.get(B)?.media).to.deep.equal({ mode: 'recvonly', remote: undefined });
    exchange.reach(B);
    exchange.offHook(B);
    expect(exchange.remote(CALLER)).to.equal(sdpOf(B));
    exchange.event(CALLER, { kind: 'media', local: 'v=0 of the ACK' });
    expect(exchange.wanted.get(B)?.media).to.deep.equal({ mode: 'sendrecv', remote: 'v=0 of the ACK' });
  });

  for (const [what, dialled, cause, counted] of [
    ['an unknown number', '99', 'unallocated-number', 'call.refused unallocated-number'],
    ['a forbidden number', '90', 'call-rejected', 'call.refused call-rejected'],
  ] as const)
    it(`is told that ${what} leads nowhere, and is forgotten`, () => {
      const exchange = exchangeWith();
      exchange.setUp(CALLER, dialled);
      expect(exchange.orders).to.deep.equal([
        { line: CALLER, state: { phase: 'congested', role: 'originating', callId: undefined, cause } },
      ]);
      expect(exchange.counted.get(counted)).to.equal(1);
      exchange.onHook(CALLER);
      expect(exchange.counted.get('call.party.unknown on-hook')).to.equal(1);
      expect(exchange.control.pending(exchange.now)).to.equal(0);
    });

  it('is refused while this node drains, but for an emergency', () => {
    const exchange = exchangeWith();
    exchange.control.drain();
    exchange.setUp(CALLER, '1002');
    exchange.setUp('sip/2', '110');
    exchange.setUp('sip/3', '', { line: B });
    exchange.setUp('sip/4', '110', { line: C });
    expect(lastOf(exchange, CALLER)).to.deep.equal(['congested', 'congestion']);
    expect(lastOf(exchange, 'sip/3')).to.deep.equal(['congested', 'congestion']);
    expect(exchange.phases('sip/2', B, 'sip/4', C)).to.deep.equal(['routing', 'ringing', 'routing', 'ringing']);
  });

  it('begins a call once: what it says again is of the same call', () => {
    const exchange = exchangeWith();
    exchange.setUp(CALLER, '1002');
    exchange.forget();
    exchange.setUp(CALLER, '1003');
    expect(exchange.orders).to.deep.equal([]);
    expect(exchange.counted.get('call.event.ignored party set-up')).to.equal(1);
  });

  it('who gives up silences the telephone', () => {
    const exchange = exchangeWith();
    exchange.setUp(CALLER, '1002');
    exchange.reach(B);
    exchange.onHook(CALLER);
    expect(exchange.phase(B)).to.equal('idle');
    expect(lastOf(exchange, CALLER)).to.deep.equal(['idle', 'normal-clearing']);
    expect(exchange.states).to.deep.equal([]);
  });

  it('hears of a busy line, and of one that does not answer', () => {
    const exchange = exchangeWith();
    exchange.offHook(B);
    exchange.setUp(CALLER, '1002');
    expect(lastOf(exchange, CALLER)).to.deep.equal(['busy', 'user-busy']);
    exchange.setUp('sip/2', '1003');
    exchange.reach(C);
    exchange.pass(180_010);
    expect(lastOf(exchange, 'sip/2')).to.deep.equal(['congested', 'no-answer']);
    expect(exchange.phase(C)).to.equal('idle');
  });

  it('gets the cause with which the last of its targets failed', () => {
    const exchange = exchangeWith();
    exchange.setUp(CALLER, '1002');
    exchange.fail(B, 'resource-unavailable');
    expect(lastOf(exchange, CALLER)).to.deep.equal(['congested', 'resource-unavailable']);
  });

  it('leaves with one last order that names the call, when the line hangs up', () => {
    const exchange = exchangeWith();
    exchange.setUp(CALLER, '1002');
    exchange.reach(B);
    exchange.offHook(B);
    const callId = exchange.wanted.get(B)?.callId;
    exchange.forget();
    exchange.onHook(B);
    exchange.onHook(CALLER);
    exchange.pass(1_000_000);
    expect(exchange.orders).to.deep.equal([
      { line: B, state: { phase: 'idle', role: 'originating' } },
      { line: CALLER, state: { phase: 'busy', role: 'originating', callId, cause: 'normal-clearing' } },
    ]);
  });

  it('may withhold who it is', () => {
    const exchange = exchangeWith();
    exchange.setUp(CALLER, '1002', { caller: {} });
    expect(exchange.wanted.get(B)?.caller).to.deep.equal({});
    expect(exchange.control.calls(exchange.now, 1)[0]).to.include({ from: CALLER, to: '1002', protocol: 'sip+mgcp' });
  });

  it('by glare with a telephone that is lifted is told that it is busy, and the telephone gets dial tone', () => {
    const exchange = exchangeWith();
    exchange.setUp(CALLER, '1002');
    exchange.offHook(B);
    expect(exchange.phase(B)).to.equal('dialling');
    expect(lastOf(exchange, CALLER)).to.deep.equal(['busy', 'user-busy']);
  });
});

describe('the identity of a call tells whether a leg may be a party', () => {
  for (const [what, begin, may] of [
    ['a line calls a line', (exchange: Exchange) => exchange.call(A, '1003'), false],
    ['a line calls a line and, if need be, a party', (exchange: Exchange) => exchange.call(A, '32'), true],
    ['a line calls one at another node', (exchange: Exchange) => exchange.call(A, '1002'), true],
    ['a party calls a line', (exchange: Exchange) => exchange.setUp(CALLER, '1003'), true],
  ] as const)
    it(what, () => {
      const exchange = exchangeWith({ elsewhere: (line) => (line === B ? 2 : undefined) });
      begin(exchange);
      expect(mayHaveParty(exchange.control.calls(exchange.now, 1)[0]?.callId ?? '')).to.equal(may);
    });
});
