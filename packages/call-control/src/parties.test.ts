// Calls with parties, told as a SIP telephone or trunk and the lines see them.
import { expect } from 'chai';
import type { CallControlSettings } from './call-control.js';
import { mayHaveParty } from './call-identity.js';
import { A, B, C, CALLED, D, Exchange, sdpOf, START, WITH_PARTIES } from './exchange.fixture.js';
import type { LineName } from './half-call.js';

const CALLER = 'sip/1';

const SETTINGS: CallControlSettings = {
  ...WITH_PARTIES,
  numbers: {
    ...WITH_PARTIES.numbers,
    '0.': { to: 'sip:trunk.example', strip: 1, callerId: '4930100' },
    '110': { to: [B, C], emergency: true },
    '32': ['registrar', 'sip:out@example.test', B],
    '33': 'group:hall',
    '90': { forbid: true },
  },
};

/** All lines have become what they were told first. */
function exchangeWith(settings: Partial<CallControlSettings> = {}): Exchange {
  const exchange = new Exchange({ ...SETTINGS, ...settings });
  for (const line of [A, B, C, D]) exchange.reach(line);
  return exchange;
}

/** The last order of a party: its phase and cause, and whose call it left. */
function lastOf(exchange: Exchange, party: LineName): unknown[] {
  const { phase, cause } = exchange.wanted.get(party) ?? {};
  return [phase, cause];
}

function rings(exchange: Exchange, party: LineName, local?: string): void {
  const { callId } = exchange.wanted.get(party) ?? {};
  exchange.event(party, { kind: 'reached', phase: 'ringing', callId, local });
}

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

describe('a party that is called', () => {
  it('is offered the line, told who calls, and reached under a name of our own', () => {
    const exchange = exchangeWith();
    exchange.call(A, '0123');
    const { callId } = exchange.wanted.get(A) ?? {};
    expect(exchange.wanted.get(CALLED)).to.deep.equal({
      phase: 'ringing',
      role: 'terminating',
      callId,
      media: { mode: 'sendrecv', remote: sdpOf(A) },
      caller: { number: '4930100', name: 'Ann' },
      called: { kind: 'sip', uri: 'sip:123@trunk.example' },
      attempt: 1,
      dialled: undefined,
      farLine: A,
    });
    rings(exchange, CALLED);
    expect(exchange.phase(A)).to.equal('ringback');
    exchange.answer(CALLED);
    expect(exchange.phases(A, CALLED)).to.deep.equal(['talking', 'talking']);
    expect([exchange.remote(A), exchange.remote(CALLED)]).to.deep.equal([sdpOf(CALLED), sdpOf(A)]);
    expect(exchange.wanted.get(CALLED)?.called).to.deep.equal({ kind: 'sip', uri: 'sip:123@trunk.example' });
  });

  for (const [dialled, called] of [
    ['30', { kind: 'registrar', user: '30' }],
    ['33', { kind: 'group', name: 'hall', user: '33' }],
  ] as const)
    it(`may be a ${called.kind}`, () => {
      const exchange = exchangeWith();
      exchange.call(A, dialled);
      expect(exchange.wanted.get(CALLED)?.called).to.deep.equal(called);
    });

  it('may answer without having rung', () => {
    const exchange = exchangeWith();
    exchange.call(A, '30');
    exchange.answer(CALLED);
    expect(exchange.phases(A, CALLED)).to.deep.equal(['talking', 'talking']);
    expect(exchange.counted.get('call.answered')).to.equal(1);
  });

  for (const early of ['with the ringing', 'after it'])
    it(`that sends media before it answers, told ${early}, is heard instead of a ringback tone`, () => {
      const exchange = exchangeWith();
      exchange.call(A, '30');
      rings(exchange, CALLED, early === 'with the ringing' ? 'v=0 early' : undefined);
      if (early === 'after it') exchange.event(CALLED, { kind: 'media', local: 'v=0 early' });
      expect(exchange.wanted.get(A)).to.deep.include({ phase: 'early', media: { mode: 'recvonly', remote: 'v=0 early' } });
      rings(exchange, CALLED);
      expect(exchange.phase(A)).to.equal('early');
      exchange.event(CALLED, { kind: 'off-hook' });
      expect(exchange.wanted.get(A)?.media).to.deep.equal({ mode: 'sendrecv', remote: 'v=0 early' });
    });

  it('that sends media early is heard by a party too', () => {
    const exchange = exchangeWith();
    exchange.setUp(CALLER, '30');
    rings(exchange, CALLED, 'v=0 early');
    expect(exchange.wanted.get(CALLER)).to.deep.include({ phase: 'early', media: { mode: 'recvonly', remote: 'v=0 early' } });
  });

  it('that refuses is forgotten, and the next target is called', () => {
    const exchange = exchangeWith();
    exchange.call(A, '32');
    rings(exchange, CALLED, 'v=0 early');
    exchange.fail(CALLED, 'call-rejected');
    expect(lastOf(exchange, CALLED)).to.deep.equal(['idle', 'call-rejected']);
    expect(exchange.wanted.get('sip/o2')).to.deep.include({ phase: 'ringing', called: { kind: 'sip', uri: 'sip:out@example.test' } });
    expect(exchange.wanted.get(A)).to.deep.include({ phase: 'routing', media: { mode: 'recvonly', remote: undefined } });
    exchange.fail('sip/o2', 'no-answer');
    exchange.reach(B);
    exchange.offHook(B);
    expect(exchange.phases(A, B)).to.deep.equal(['talking', 'talking']);
  });

  it('that is busy is no glare: whether it rings or not, the caller hears busy tone when nobody else takes the call', () => {
    for (const before of [() => undefined, rings]) {
      const exchange = exchangeWith();
      exchange.call(A, '30');
      before(exchange, CALLED);
      exchange.fail(CALLED, 'user-busy');
      expect(lastOf(exchange, CALLED)).to.deep.equal(['idle', 'user-busy']);
      expect(exchange.phase(A)).to.equal('busy');
    }
  });

  it('that hangs up before it answers has refused', () => {
    const exchange = exchangeWith();
    exchange.call(A, '30');
    exchange.event(CALLED, { kind: 'on-hook', cause: 'temporary-failure' });
    expect(exchange.phase(A)).to.equal('congested');
    expect(exchange.counted.get('call.target.refused temporary-failure')).to.equal(1);
  });

  it('that does not answer gives way to the next, which has as much time', () => {
    const exchange = exchangeWith();
    exchange.call(A, '31');
    rings(exchange, CALLED);
    exchange.pass(180_010);
    expect(lastOf(exchange, CALLED)).to.deep.equal(['idle', 'no-answer']);
    exchange.reach(C);
    exchange.pass(179_900);
    expect(exchange.phases(A, C)).to.deep.equal(['ringback', 'ringing']);
    exchange.pass(110);
    expect(exchange.phases(A, C)).to.deep.equal(['congested', 'idle']);
  });

  it('of which nothing is heard is given up', () => {
    const exchange = exchangeWith();
    exchange.call(A, '30');
    exchange.pass(60_010);
    expect(lastOf(exchange, CALLED)).to.deep.equal(['idle', 'recovery-on-timer-expiry']);
    expect(exchange.phase(A)).to.equal('congested');
  });

  it('is told when the caller gives up', () => {
    const exchange = exchangeWith();
    exchange.call(A, '30');
    exchange.onHook(A);
    expect(lastOf(exchange, CALLED)).to.deep.equal(['idle', 'normal-clearing']);
  });

  it('is not called where no protocol reaches it', () => {
    const exchange = exchangeWith({ parties: undefined });
    exchange.setUp(CALLER, '30');
    expect(lastOf(exchange, CALLER)).to.deep.equal(['congested', 'interworking']);
  });
});

describe('a line that another node holds', () => {
  const elsewhere = (line: LineName): number | undefined => (line === B ? 2 : undefined);

  it('is a party that stands for it', () => {
    const exchange = exchangeWith({ elsewhere });
    exchange.call(A, '1002');
    expect(exchange.wanted.get(CALLED)?.called).to.deep.equal({ kind: 'line-at-node', node: 2, line: B });
    expect(exchange.phase(B)).to.equal('idle');
  });

  it('for which a call was passed on to us is not passed on again', () => {
    const exchange = exchangeWith({ elsewhere });
    exchange.setUp(CALLER, '1002', { line: B });
    expect(lastOf(exchange, CALLER)).to.deep.equal(['congested', 'network-out-of-order']);
  });

  it('for which a call was passed on to us, and of which nothing has been heard here, is said not to be reached from here', () => {
    const exchange = new Exchange({ ...WITH_PARTIES, slot: 1 }, START, false);
    exchange.setUp(CALLER, '1002', { line: B });
    expect(lastOf(exchange, CALLER)).to.deep.equal(['congested', 'network-out-of-order']);
  });

  it('is waited for where the other node has not got it', () => {
    let holder: number | undefined = 2;
    const exchange = exchangeWith({ elsewhere: (line) => (line === B ? holder : undefined) });
    exchange.call(A, '1002');
    exchange.fail(CALLED, 'network-out-of-order');
    expect(exchange.phase(A)).to.equal('routing');
    holder = undefined;
    exchange.control.nodesChanged(() => false, exchange.now);
    expect(exchange.phase(B)).to.equal('ringing');
  });

  it('is called here where it has come before its node was known to be gone, and once only', () => {
    let holder: number | undefined = 2;
    const exchange = exchangeWith({ elsewhere: (line) => (line === B ? holder : undefined) });
    exchange.call(A, '1002');
    holder = undefined;
    exchange.control.nodesChanged((node) => node === 2, exchange.now);
    expect(exchange.phase(B)).to.equal('ringing');
    exchange.fail(B, 'temporary-failure');
    expect(exchange.phase(A)).to.equal('congested');
  });

  it('is not called by a line of a node that drains, which goes there, too', () => {
    let holder: number | undefined = 2;
    const exchange = exchangeWith({ elsewhere: (line) => (line === B ? holder : undefined) });
    exchange.offHook(A);
    exchange.control.drain();
    exchange.dial(A, '1002');
    exchange.reach(A);
    expect([exchange.phase(A), exchange.wanted.get(CALLED)]).to.deep.equal(['routing', undefined]);
    holder = undefined;
    exchange.control.nodesChanged(() => false, exchange.now);
    expect(exchange.phase(B)).to.equal('ringing');
  });

  it('and the number of a call that was passed on is not looked up again', () => {
    const exchange = exchangeWith({ elsewhere });
    exchange.setUp(CALLER, 'anything', { line: C });
    expect(exchange.phase(C)).to.equal('ringing');
    exchange.fail(C, 'resource-unavailable');
    expect(lastOf(exchange, CALLER)).to.deep.equal(['congested', 'resource-unavailable']);
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

describe('a talk with a party', () => {
  function talk(): Exchange {
    const exchange = exchangeWith();
    exchange.call(A, '30');
    exchange.answer(CALLED);
    exchange.forget();
    return exchange;
  }

  it('goes on elsewhere when its media moves', () => {
    const exchange = talk();
    exchange.event(CALLED, { kind: 'media', local: 'v=0 moved' });
    expect(exchange.orders.map(({ line, state }) => [line, state.phase, state.media?.remote])).to.deep.equal([[A, 'talking', 'v=0 moved']]);
  });

  it('is held and taken back by the party, and saying so again changes nothing', () => {
    const exchange = talk();
    for (const kind of ['hold', 'hold'] as const) exchange.event(CALLED, { kind });
    expect(exchange.phases(A, CALLED)).to.deep.equal(['held', 'holding']);
    expect(exchange.orders).to.have.length(2);
    for (const kind of ['retrieve', 'retrieve'] as const) exchange.event(CALLED, { kind });
    expect(exchange.phases(A, CALLED)).to.deep.equal(['talking', 'talking']);
    expect(exchange.orders).to.have.length(4);
  });

  it('that both hold is a talk again when both take it back', () => {
    const exchange = talk();
    exchange.flash(A);
    exchange.event(CALLED, { kind: 'hold' });
    expect(exchange.phases(A, CALLED)).to.deep.equal(['holding', 'holding']);
    exchange.flash(A);
    expect(exchange.phases(A, CALLED)).to.deep.equal(['held', 'holding']);
    exchange.event(CALLED, { kind: 'retrieve' });
    expect(exchange.phases(A, CALLED)).to.deep.equal(['talking', 'talking']);
  });

  it('survives a change that the party refuses or does not answer, and ends with one that it cannot live with', () => {
    const exchange = talk();
    exchange.fail(CALLED, 'recovery-on-timer-expiry');
    exchange.fail(CALLED, 'temporary-failure');
    expect(exchange.states).to.deep.equal(['talking']);
    exchange.fail(CALLED, 'incompatible-destination');
    expect(exchange.phase(A)).to.equal('congested');
    expect(lastOf(exchange, CALLED)).to.deep.equal(['congested', 'incompatible-destination']);
  });

  it('ends with the cause that the party gives, and the party is told no other', () => {
    const exchange = talk();
    exchange.event(CALLED, { kind: 'on-hook', cause: 'recovery-on-timer-expiry' });
    expect(lastOf(exchange, CALLED)).to.deep.equal(['idle', 'recovery-on-timer-expiry']);
    expect(exchange.phase(A)).to.equal('busy');
  });

  it('knows no telephone: what only a hook can do does nothing', () => {
    const exchange = talk();
    exchange.flash(CALLED);
    exchange.dial(CALLED, '1003');
    exchange.event(CALLED, { kind: 'tone-ended' });
    expect(exchange.orders).to.deep.equal([]);
  });

  it('between parties carries digits in both directions; a line gets none', () => {
    const exchange = exchangeWith();
    exchange.setUp(CALLER, '30');
    const digit = { kind: 'digit', digit: '5', durationMs: 100 } as const;
    exchange.event(CALLER, digit);
    expect(exchange.notices, 'nobody has answered').to.deep.equal([]);
    exchange.answer(CALLED);
    exchange.event(CALLER, digit);
    exchange.event(CALLED, digit);
    expect(exchange.notices).to.deep.equal([
      { party: CALLED, notice: digit },
      { party: CALLER, notice: digit },
    ]);
    const withLine = talk();
    withLine.event(CALLED, digit);
    expect(withLine.counted.get('call.event.ignored talking digit')).to.equal(1);
  });

  it('is left by both at once without a word too many', () => {
    const exchange = exchangeWith();
    exchange.setUp(CALLER, '30');
    exchange.answer(CALLED);
    exchange.forget();
    exchange.onHook(CALLER);
    exchange.onHook(CALLED);
    expect(exchange.orders.map(({ line, state }) => [line, state.phase])).to.deep.equal([
      [CALLER, 'idle'],
      [CALLED, 'busy'],
    ]);
    expect(exchange.control.pending(exchange.now)).to.equal(0);
  });
});

describe('several targets with parties among them', () => {
  it('tell busy when any was', () => {
    const exchange = exchangeWith();
    exchange.setUp(CALLER, '32');
    exchange.fail(CALLED, 'user-busy');
    exchange.fail('sip/o2', 'destination-out-of-order');
    exchange.fail(B, 'resource-unavailable');
    expect(lastOf(exchange, CALLER)).to.deep.equal(['busy', 'user-busy']);
  });

  it('a line that is idle again after it rang in vain may be called again', () => {
    const exchange = exchangeWith();
    exchange.setUp(CALLER, '1004');
    exchange.reach(D);
    exchange.pass(180_010);
    exchange.setUp('sip/2', '1004');
    expect(exchange.phase(D)).to.equal('ringing');
  });
});
