// Calls that do not come to be, or only with a later target, told as their users see them.
import { expect } from 'chai';
import { A, B, C, D, Exchange, sdpOf, SETTINGS, START } from './exchange.fixture.js';

describe('a call that does not come to be', () => {
  it('hanging up ends it wherever it is', () => {
    const stages: readonly ((exchange: Exchange) => void)[] = [
      (exchange) => exchange.offHook(A),
      (exchange) => {
        exchange.offHook(A);
        exchange.dial(A, '1002');
      },
      (exchange) => exchange.call(A, '1002'),
      (exchange) => exchange.ring(A, B),
    ];
    for (const stage of stages) {
      const exchange = new Exchange();
      stage(exchange);
      exchange.onHook(A);
      expect(exchange.phase(A)).to.equal('idle');
      expect(exchange.phase(B)).to.be.oneOf(['idle', undefined]);
      expect(exchange.states).to.deep.equal([]);
    }
  });

  it('a busy line gives busy tone', () => {
    const exchange = new Exchange();
    exchange.offHook(B);
    exchange.call(A, '1002');
    expect(exchange.phases(A, B)).to.deep.equal(['busy', 'dialling']);
  });

  it('a line that calls itself is busy', () => {
    const exchange = new Exchange();
    exchange.call(A, '1001');
    expect(exchange.phase(A)).to.equal('busy');
  });

  for (const [what, digits, result] of [
    ['an unknown number', '99', 'match'],
    ['digits that begin no number', '9', 'no-match'],
    ['a pause before the number is whole', '100', 'timeout'],
    ['a number of which nothing is known here', '40', 'match'],
    ['a number behind a protocol that has no half-calls yet', '30', 'match'],
  ] as const)
    it(`${what} gives reorder tone`, () => {
      const exchange = new Exchange();
      exchange.offHook(A);
      exchange.dial(A, digits, result);
      exchange.reach(A);
      expect(exchange.phase(A)).to.equal('congested');
      exchange.pass(30_010);
      expect(exchange.phase(A)).to.equal('howling');
    });

  it('a pause after a whole number that could be longer is the number', () => {
    const exchange = new Exchange();
    exchange.offHook(A);
    exchange.dial(A, '10', 'timeout');
    exchange.reach(A);
    expect(exchange.phase(D)).to.equal('ringing');
  });

  it('who dials nothing hears reorder tone, when the dial tone ends or after two minutes', () => {
    const exchange = new Exchange();
    exchange.offHook(A);
    exchange.offHook(B);
    exchange.event(B, { kind: 'tone-ended' });
    expect(exchange.phase(B)).to.equal('congested');
    exchange.pass(120_010);
    expect(exchange.phase(A)).to.equal('congested');
  });

  it('a line out of service gives reorder tone', () => {
    const exchange = new Exchange();
    exchange.control.service(B, false, exchange.now);
    exchange.call(A, '1002');
    expect(exchange.phase(A)).to.equal('congested');
  });

  it('without an answer the caller hears reorder tone 180 s after the set-up, and the telephone is silent', () => {
    const exchange = new Exchange(SETTINGS, START + 900);
    exchange.ring(A, B);
    exchange.pass(180_000 - 900 - 100);
    expect(exchange.phases(A, B)).to.deep.equal(['ringback', 'ringing']);
    exchange.pass(110);
    expect(exchange.phases(A, B)).to.deep.equal(['congested', 'idle']);
  });

  it('a ring that ends by itself is no answer; a ringback that does is nothing', () => {
    const exchange = new Exchange();
    exchange.ring(A, B);
    exchange.event(A, { kind: 'tone-ended' });
    expect(exchange.phases(A, B)).to.deep.equal(['ringback', 'ringing']);
    exchange.event(B, { kind: 'tone-ended' });
    expect(exchange.phases(A, B)).to.deep.equal(['congested', 'idle']);
  });

  it('a connection that the caller does not get, or not in time, gives reorder tone', () => {
    for (const end of [(exchange: Exchange) => exchange.fail(A, 'resource-unavailable'), (exchange: Exchange) => exchange.pass(60_010)]) {
      const exchange = new Exchange();
      exchange.offHook(A);
      exchange.dial(A, '1002');
      end(exchange);
      expect(exchange.phase(A)).to.equal('congested');
    }
  });

  it('a ringing that nobody confirms gives reorder tone', () => {
    const exchange = new Exchange();
    exchange.call(A, '1002');
    exchange.pass(60_010);
    expect(exchange.phases(A, B)).to.deep.equal(['congested', 'idle']);
  });
});

describe('glare', () => {
  it('a telephone lifted before it rings begins a call of its own, and the caller hears busy tone', () => {
    for (const glare of [(exchange: Exchange) => exchange.offHook(B), (exchange: Exchange) => exchange.fail(B, 'user-busy')]) {
      const exchange = new Exchange();
      exchange.call(A, '1002');
      glare(exchange);
      expect(exchange.phases(A, B)).to.deep.equal(['busy', 'dialling']);
      exchange.dial(B, '1003');
      exchange.reach(B);
      expect(exchange.phase(C)).to.equal('ringing');
    }
  });

  it('a refusal to ring tells of the hook, whatever was heard of it before', () => {
    const exchange = new Exchange();
    exchange.offHook(B);
    exchange.onHook(B);
    exchange.call(A, '1002');
    exchange.fail(B, 'user-busy');
    expect(exchange.phase(B)).to.equal('dialling');
  });

  it('both tellings of one glare do what one does', () => {
    const exchange = new Exchange();
    exchange.call(A, '1002');
    const { phase = 'idle', callId } = exchange.wanted.get(B) ?? {};
    exchange.offHook(B);
    exchange.event(B, { kind: 'failed', phase, callId, cause: 'user-busy' });
    exchange.offHook(B);
    expect(exchange.phases(A, B)).to.deep.equal(['busy', 'dialling']);
  });

  it('lifted while it rings is the answer, also when that shows only as a refusal to ring once more', () => {
    const exchange = new Exchange();
    exchange.ring(A, B);
    exchange.fail(B, 'user-busy');
    expect(exchange.phases(A, B)).to.deep.equal(['talking', 'talking']);
  });

  it('a telephone that refuses to wait because it is off its hook has gone off its hook', () => {
    const exchange = new Exchange();
    exchange.reach(A);
    exchange.event(A, { kind: 'failed', phase: 'idle', cause: 'user-busy' });
    expect(exchange.phase(A)).to.equal('dialling');
  });

  it('a telephone that refuses to talk because it lies on its hook has been hung up', () => {
    const exchange = new Exchange();
    exchange.talk(A, B);
    exchange.fail(A, 'normal-clearing');
    expect(exchange.phases(A, B)).to.deep.equal(['idle', 'busy']);
  });
});

describe('several targets', () => {
  it('a busy one, a failed one and one out of service go to the next', () => {
    const exchange = new Exchange();
    exchange.offHook(B);
    exchange.call(A, '20');
    expect(exchange.phase(C)).to.equal('ringing');
    exchange.fail(C, 'resource-unavailable');
    expect(exchange.phases(A, C, D)).to.deep.equal(['routing', 'idle', 'ringing']);
    exchange.reach(D);
    exchange.offHook(D);
    expect(exchange.phases(A, D)).to.deep.equal(['talking', 'talking']);
    expect(exchange.remote(A)).to.equal(sdpOf(D));
  });

  it('one that is lost while it rings goes to the next, and the caller gets the new description', () => {
    const exchange = new Exchange();
    exchange.ring(A, B, '20');
    exchange.lose(B, 'destination-out-of-order');
    expect(exchange.phases(A, B, C)).to.deep.equal(['routing', 'idle', 'ringing']);
    expect(exchange.remote(A)).to.equal(undefined);
    exchange.reach(C);
    expect([exchange.phase(A), exchange.remote(A)]).to.deep.equal(['ringback', sdpOf(C)]);
  });

  it('busy tone when any was busy, reorder tone when none was', () => {
    const exchange = new Exchange();
    exchange.offHook(B);
    for (const line of [C, D]) exchange.control.service(line, false, exchange.now);
    exchange.call(A, '20');
    expect(exchange.phase(A)).to.equal('busy');
    exchange.onHook(A);
    exchange.control.service(B, false, exchange.now);
    exchange.call(A, '20');
    expect(exchange.phase(A)).to.equal('congested');
  });

  it('a target that no half-call serves yet is passed over', () => {
    const exchange = new Exchange();
    exchange.call(A, '31');
    expect(exchange.phase(C)).to.equal('ringing');
  });
});
