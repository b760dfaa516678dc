// Parties that are called: by name, behind a prefix, in a group, among several targets.
import { expect } from 'chai';
import { A, B, C, CALLED, D, sdpOf } from './exchange.fixture.js';
import { CALLER, exchangeWith, lastOf, rings } from './parties.fixture.js';

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
