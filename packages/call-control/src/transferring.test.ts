// Transfers, told as the telephone that asks for one, its partner and the one who is called see them.
import { expect } from 'chai';
import { A, B, C, CALLED, Exchange, sdpOf, WITH_PARTIES } from './exchange.fixture.js';
import type { LineName, Notice } from './half-call.js';

/** Who asks. */
const CALLER = 'sip/1';

/** A party and the line B talk; whoever of them called. */
const TALKS = {
  caller: (): [Exchange, LineName] => {
    const exchange = new Exchange(WITH_PARTIES);
    exchange.setUp(CALLER, '1002');
    exchange.reach(B);
    exchange.offHook(B);
    exchange.reach(B);
    exchange.forget();
    return [exchange, CALLER];
  },
  called: (): [Exchange, LineName] => {
    const exchange = new Exchange(WITH_PARTIES);
    exchange.call(B, '30');
    exchange.answer(CALLED);
    exchange.reach(B);
    exchange.forget();
    return [exchange, CALLED];
  },
};

function transfer(exchange: Exchange, party: LineName, to: string, replaces?: LineName): void {
  exchange.event(party, { kind: 'transfer', to, replaces });
}

function progressOf(exchange: Exchange, party: LineName): unknown[] {
  return exchange.notices
    .filter((each) => each.party === party)
    .map(({ notice }) => notice)
    .filter((notice): notice is Extract<Notice, { kind: 'transfer' }> => notice.kind === 'transfer')
    .map(({ progress, cause }) => (cause === undefined ? progress : `${progress} ${cause}`));
}

for (const side of ['caller', 'called'] as const)
  describe(`a transfer by the ${side}`, () => {
    it('lets the partner hear the new one ring, and ends with his answer', () => {
      const [exchange, party] = TALKS[side]();
      transfer(exchange, party, '1003');
      const callId = exchange.wanted.get(B)?.callId;
      expect(exchange.phases(B, C)).to.deep.equal(['routing', 'ringing']);
      expect(exchange.wanted.get(C)).to.deep.include({ caller: { number: '1002', name: undefined }, callId });
      expect(exchange.remote(C)).to.equal(sdpOf(B));
      exchange.reach(C);
      expect(exchange.phase(B)).to.equal('ringback');
      expect(exchange.orders.filter(({ line }) => line === party)).to.deep.equal([]);
      exchange.offHook(C);
      expect(exchange.phases(B, C)).to.deep.equal(['talking', 'talking']);
      expect(exchange.remote(B)).to.equal(sdpOf(C));
      expect(exchange.wanted.get(party)).to.deep.include({ phase: 'idle', callId, cause: 'normal-clearing' });
      expect(progressOf(exchange, party)).to.deep.equal(['trying', 'ringing', 'done']);
      exchange.onHook(C);
      expect([exchange.phase(B), exchange.states]).to.deep.equal(['busy', []]);
    });

    it('that leads nowhere, or is busy, or is not answered, leaves the two together as they were', () => {
      for (const [to, cause, fail] of [
        ['99', 'unallocated-number', () => undefined],
        ['1003', 'resource-unavailable', (exchange: Exchange) => exchange.fail(C, 'resource-unavailable')],
        ['1001', 'user-busy', () => undefined],
        ['1003', 'no-answer', (exchange: Exchange) => exchange.pass(180_010)],
      ] as const)
        for (const held of [false, true]) {
          const [exchange, party] = TALKS[side]();
          exchange.offHook(A);
          exchange.pass(1_000_000);
          if (held) exchange.event(party, { kind: 'hold' });
          const before = [B, party].map((each) => exchange.wanted.get(each));
          transfer(exchange, party, to);
          if (cause === 'no-answer') exchange.reach(C);
          fail(exchange);
          expect(progressOf(exchange, party).at(-1), to).to.equal(`failed ${cause}`);
          const after = [B, party].map((each) => exchange.wanted.get(each));
          for (const at of [0, 1]) {
            expect(after[at]?.phase).to.equal(before[at]?.phase);
            expect(after[at]?.media).to.deep.equal(before[at]?.media);
            expect(after[at]?.callId).to.equal(before[at]?.callId);
          }
          exchange.onHook(B);
          expect(exchange.wanted.get(party)?.phase).to.equal('busy');
        }
    });

    it('goes on when who asked hangs up', () => {
      const [exchange, party] = TALKS[side]();
      transfer(exchange, party, '1003');
      exchange.reach(C);
      exchange.onHook(party);
      expect(exchange.phases(party, B, C)).to.deep.equal(['idle', 'ringback', 'ringing']);
      exchange.offHook(C);
      expect(exchange.phases(B, C)).to.deep.equal(['talking', 'talking']);
      expect(exchange.orders.filter(({ line }) => line === party)).to.have.length(1);
    });

    it('that fails when who asked has hung up ends the call', () => {
      const [exchange, party] = TALKS[side]();
      transfer(exchange, party, '1003');
      exchange.onHook(party);
      exchange.fail(C, 'resource-unavailable');
      expect(exchange.phases(B, C)).to.deep.equal(['congested', 'idle']);
      expect(exchange.states).to.deep.equal([]);
    });

    it('ends for all when the partner hangs up', () => {
      const [exchange, party] = TALKS[side]();
      transfer(exchange, party, '1003');
      exchange.onHook(B);
      expect(exchange.phases(party, B, C)).to.deep.equal(['busy', 'idle', 'idle']);
      expect(progressOf(exchange, party)).to.deep.equal(['trying', 'failed normal-clearing']);
      expect(exchange.states).to.deep.equal([]);
    });

    it('is over when who asked takes his partner back', () => {
      const [exchange, party] = TALKS[side]();
      exchange.event(party, { kind: 'hold' });
      transfer(exchange, party, '1003');
      exchange.reach(C);
      exchange.event(party, { kind: 'retrieve' });
      expect(exchange.phases(party, B, C)).to.deep.equal(['talking', 'talking', 'idle']);
    });

    it('to a SIP address calls a party', () => {
      const [exchange, party] = TALKS[side]();
      transfer(exchange, party, 'sip:eve@example.test');
      const eve = [...exchange.wanted].find(([, { phase }]) => phase === 'ringing');
      expect(eve?.[1].called).to.deep.equal({ kind: 'sip', uri: 'sip:eve@example.test' });
      exchange.answer(eve?.[0] ?? '');
      expect(exchange.phases(party, B, eve?.[0] ?? '')).to.deep.equal(['idle', 'talking', 'talking']);
    });

    it('with another call of the same telephone joins the partners of both', () => {
      const [exchange, party] = TALKS[side]();
      exchange.setUp('sip/2', '1003');
      exchange.reach(C);
      exchange.offHook(C);
      exchange.forget();
      transfer(exchange, party, 'anybody', 'sip/2');
      expect(exchange.phases(party, 'sip/2', B, C)).to.deep.equal(['idle', 'idle', 'talking', 'talking']);
      expect([exchange.remote(B), exchange.remote(C)]).to.deep.equal([sdpOf(C), sdpOf(B)]);
      expect(exchange.wanted.get(B)?.callId).to.equal(exchange.wanted.get(C)?.callId);
      expect(progressOf(exchange, party)).to.deep.equal(['done']);
      expect(exchange.states).to.deep.equal(['talking']);
      expect(exchange.orders).to.have.length(4);
    });

    it('with another call of the same telephone in which it still rings lets the partner hear that', () => {
      const [exchange, party] = TALKS[side]();
      exchange.setUp('sip/2', '1003');
      exchange.reach(C);
      transfer(exchange, party, 'anybody', 'sip/2');
      expect(exchange.phases(party, 'sip/2', B, C)).to.deep.equal(['idle', 'idle', 'ringback', 'ringing']);
      expect(exchange.remote(C)).to.equal(sdpOf(B));
      exchange.offHook(C);
      expect(exchange.phases(B, C)).to.deep.equal(['talking', 'talking']);
    });
  });

describe('a transfer', () => {
  it('of a party puts it on hold until there is somebody to talk with, and never rings it', () => {
    const exchange = new Exchange(WITH_PARTIES);
    exchange.setUp(CALLER, '30');
    exchange.answer(CALLED);
    exchange.forget();
    transfer(exchange, CALLED, '1003');
    exchange.reach(C);
    exchange.offHook(C);
    expect(exchange.orders.filter(({ line }) => line === CALLER).map(({ state }) => [state.phase, state.media])).to.deep.equal([
      ['held', { mode: 'inactive', remote: sdpOf(CALLED) }],
      ['talking', { mode: 'sendrecv', remote: sdpOf(C) }],
    ]);
  });

  it('of a party lets it hear what the new one sends early', () => {
    const exchange = new Exchange(WITH_PARTIES);
    exchange.setUp(CALLER, '30');
    exchange.answer(CALLED);
    transfer(exchange, CALLED, '30');
    exchange.reach('sip/o2', 'v=0 early');
    expect(exchange.wanted.get(CALLER)).to.deep.include({ phase: 'talking', media: { mode: 'recvonly', remote: 'v=0 early' } });
  });

  it('is refused while nobody has answered, while another goes on, and with a call that is not there or is the same', () => {
    const [exchange, party] = TALKS.caller();
    transfer(exchange, party, 'x', 'sip/9');
    transfer(exchange, party, 'x', party);
    transfer(exchange, party, '1003');
    exchange.forget();
    transfer(exchange, party, '1004');
    exchange.setUp('sip/2', '1004');
    transfer(exchange, 'sip/2', '1001');
    expect(progressOf(exchange, party)).to.deep.equal(['failed temporary-failure', 'failed temporary-failure', 'trying']);
    expect(progressOf(exchange, 'sip/2')).to.deep.equal(['failed temporary-failure']);
    expect(exchange.states).to.deep.equal(['offering', 'offering']);
  });

  it('is refused where the partner would be connected with himself, who hears the other call knock', () => {
    const lines = WITH_PARTIES.lines.map((each) => (each.line === B ? { ...each, features: { callWaiting: true } } : each));
    const exchange = new Exchange({ ...WITH_PARTIES, lines });
    exchange.setUp(CALLER, '1002');
    exchange.reach(B);
    exchange.offHook(B);
    exchange.setUp('sip/2', '1002');
    transfer(exchange, CALLER, '1002', 'sip/2');
    expect(progressOf(exchange, CALLER)).to.deep.equal(['failed temporary-failure']);
    expect(exchange.phase(B)).to.equal('knocking');
  });

  it('goes on to the next target of its number', () => {
    const [exchange, party] = TALKS.called();
    transfer(exchange, party, '31');
    exchange.fail('sip/o2', 'call-rejected');
    expect(exchange.phase(C)).to.equal('ringing');
  });

  it('is done with a party that has moved its media meanwhile, and that comes back', () => {
    const [exchange, party] = TALKS.called();
    transfer(exchange, party, '1003');
    exchange.event(party, { kind: 'media', local: 'v=0 moved' });
    exchange.fail(C, 'resource-unavailable');
    expect(exchange.wanted.get(B)?.media).to.deep.equal({ mode: 'sendrecv', remote: 'v=0 moved' });
  });

  it('asked for by a party that another node takes over goes on without it', () => {
    const [exchange, party] = TALKS.called();
    transfer(exchange, party, '1003');
    exchange.control.release(party, exchange.now);
    exchange.forget();
    exchange.reach(C);
    exchange.offHook(C);
    expect(exchange.phases(B, C)).to.deep.equal(['talking', 'talking']);
    expect(exchange.orders.filter(({ line }) => line === party)).to.deep.equal([]);
  });
});
