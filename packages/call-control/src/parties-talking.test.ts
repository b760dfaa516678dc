// Parties in a talk: hold, new media, keys, and how it ends.
import { expect } from 'chai';
import { A, CALLED, type Exchange } from './exchange.fixture.js';
import { CALLER, exchangeWith, lastOf } from './parties.fixture.js';

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
