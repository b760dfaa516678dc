// Calls for lines whose subscribers have switched something on.
import { expect } from 'chai';
import type { CallControlSettings } from '../call-control.js';
import { A, B, C, CALLED, D, Exchange, SETTINGS, WITH_PARTIES } from '../exchange.fixture.js';
import type { LineName } from '../half-call.js';
import { Node, SharedStore } from '../records.fixture.js';
import { DEFAULT_TIMERS } from '../timers.js';
import type { LineFeatures } from './line-features.js';

function settingsWith(features: Partial<Record<LineName, LineFeatures>>, more: Partial<CallControlSettings> = {}): CallControlSettings {
  const lines = SETTINGS.lines.map((each) => ({ ...each, features: features[each.line] }));
  return { ...WITH_PARTIES, lines, ...more };
}

function exchangeWith(features: Partial<Record<LineName, LineFeatures>>, more: Partial<CallControlSettings> = {}): Exchange {
  return new Exchange(settingsWith(features, more));
}

describe('a line that forwards', () => {
  it('always is not rung', () => {
    const exchange = exchangeWith({ [B]: { forward: { always: '1003' } } });
    exchange.call(A, '1002');
    expect(exchange.phases(B, C)).to.deep.equal(['idle', 'ringing']);
    expect(exchange.wanted.get(C)).to.deep.include({
      caller: { number: '1001', name: 'Ann' },
      diversion: { number: '1002', reason: 'unconditional' },
    });
    expect(exchange.counted.get('call.forwarded unconditional')).to.equal(1);
  });

  it('when it is busy rings when it is not', () => {
    const exchange = exchangeWith({ [B]: { forward: { busy: '1003' } } });
    exchange.call(A, '1002');
    expect(exchange.phases(B, C)).to.deep.equal(['ringing', 'idle']);
  });

  it('when it is busy has the call go on', () => {
    const exchange = exchangeWith({ [B]: { forward: { busy: '1003' } } });
    exchange.offHook(B);
    exchange.call(A, '1002');
    expect(exchange.phase(C)).to.equal('ringing');
  });

  it('when it is busy has the call go on that met it going off its hook', () => {
    const exchange = exchangeWith({ [B]: { forward: { busy: '1003' } } });
    exchange.call(A, '1002');
    exchange.offHook(B);
    expect(exchange.phases(B, C)).to.deep.equal(['dialling', 'ringing']);
  });

  it('when nobody answers rings for a while, and then somebody else does', () => {
    const exchange = exchangeWith({ [B]: { forward: { noAnswer: '1003' } } });
    exchange.ring(A, B);
    exchange.pass(DEFAULT_TIMERS.forwardMs - 1);
    expect(exchange.phases(A, B, C)).to.deep.equal(['ringback', 'ringing', 'idle']);
    exchange.pass(1);
    expect(exchange.phases(A, B, C)).to.deep.equal(['routing', 'idle', 'ringing']);
    exchange.reach(C);
    expect(exchange.phase(A)).to.equal('ringback');
    exchange.pass(DEFAULT_TIMERS.noAnswerMs - 1);
    expect(exchange.phase(C), 'it has its own time').to.equal('ringing');
    exchange.offHook(C);
    expect(exchange.phases(A, C)).to.deep.equal(['talking', 'talking']);
  });

  it('to a party calls it as what was dialled', () => {
    const exchange = exchangeWith({ [B]: { forward: { always: 'registrar' } } });
    exchange.call(A, '1002');
    expect(exchange.wanted.get(CALLED)).to.deep.include({ called: { kind: 'registrar', user: '1002' }, phase: 'ringing' });
  });

  it('still has the other targets of the number, when nobody takes the call there', () => {
    const exchange = exchangeWith({ [B]: { forward: { always: '1003' } } });
    exchange.offHook(C);
    exchange.call(A, '20');
    expect(exchange.phases(B, D)).to.deep.equal(['idle', 'ringing']);
  });

  it('in a circle refuses the call in the end', () => {
    const exchange = exchangeWith({ [B]: { forward: { always: '1003' } }, [C]: { forward: { always: '1002' } } });
    exchange.call(A, '1002');
    expect(exchange.phases(A, B, C)).to.deep.equal(['congested', 'idle', 'idle']);
    expect(exchange.counted.get('call.target.refused loop')).to.equal(1);
  });

  it('in a circle when nobody answers rings everyone once', () => {
    const exchange = exchangeWith({ [B]: { forward: { noAnswer: '1003' } }, [C]: { forward: { noAnswer: '1002' } } });
    exchange.ring(A, B);
    exchange.pass(DEFAULT_TIMERS.forwardMs);
    exchange.reach(C);
    exchange.pass(DEFAULT_TIMERS.forwardMs);
    exchange.reach(B);
    exchange.pass(DEFAULT_TIMERS.forwardMs);
    expect(exchange.phases(A, B, C)).to.deep.equal(['congested', 'idle', 'idle']);
  });

  it('and that another node holds is asked by who calls, and not once more where it is', () => {
    const forward = { [B]: { forward: { always: '1003', busy: '1003' } } };
    const here = exchangeWith(forward, { elsewhere: (line) => (line === B ? 2 : undefined) });
    here.call(A, '1002');
    expect(here.phase(C)).to.equal('ringing');
    const there = exchangeWith(forward);
    there.setUp('sip/1', '1002', { line: B });
    expect(there.phases(B, C)).to.deep.equal(['ringing', 'idle']);
    there.setUp('sip/2', '1002', { line: B });
    expect(there.wanted.get('sip/2')).to.include({ phase: 'busy', cause: 'user-busy' });
  });

  it('when it is busy, at another node, has the call go on from where it was made', () => {
    const exchange = exchangeWith({ [B]: { forward: { busy: '1003' } } }, { elsewhere: (line) => (line === B ? 2 : undefined) });
    exchange.call(A, '1002');
    exchange.fail(CALLED, 'user-busy');
    expect(exchange.phase(C)).to.equal('ringing');
  });

  it('goes on being one after a takeover', () => {
    const settings = settingsWith({ [B]: { forward: { noAnswer: '1002' } }, [C]: { forward: { noAnswer: '30' } } });
    const dead = new Node(new SharedStore(), 1, { settings });
    dead.ring(A, C);
    const node = new Node(dead.store, 2, { settings, now: dead.now + 1_000 });
    const found = [A, C].map((line) => ({ line, hook: line === A ? ('off' as const) : ('on' as const), state: dead.wanted.get(line) }));
    node.restore(found, false);
    node.pass(DEFAULT_TIMERS.forwardMs);
    expect(node.wanted.get(CALLED)).to.deep.include({ phase: 'ringing', called: { kind: 'registrar', user: '30' } });
  });
});

describe('a line that is not to be disturbed', () => {
  it('is busy for who calls, and may call', () => {
    const exchange = exchangeWith({ [B]: { doNotDisturb: true } });
    exchange.call(A, '1002');
    expect(exchange.phases(A, B)).to.deep.equal(['busy', 'idle']);
    expect(exchange.counted.get('call.target.refused do-not-disturb')).to.equal(1);
    exchange.call(B, '1003');
    expect(exchange.phase(C)).to.equal('ringing');
  });

  it('is passed over for the next target', () => {
    const exchange = exchangeWith({ [B]: { doNotDisturb: true } });
    exchange.call(A, '20');
    expect(exchange.phases(B, C)).to.deep.equal(['idle', 'ringing']);
  });

  it('rings for an emergency', () => {
    const numbers = { ...SETTINGS.numbers, '112': { to: B, emergency: true } };
    const exchange = exchangeWith({ [B]: { doNotDisturb: true } }, { numbers });
    exchange.call(A, '112');
    expect(exchange.phase(B)).to.equal('ringing');
  });
});

describe('a line with short numbers', () => {
  const FEATURES = { [A]: { extensionDigits: 2 } };

  it('reaches its group by them', () => {
    const exchange = exchangeWith(FEATURES);
    exchange.call(A, '03');
    expect(exchange.phase(C)).to.equal('ringing');
    expect(exchange.wanted.get(A)?.dialled).to.equal('1003');
  });

  it('reaches who has a number that is as short, all the same', () => {
    const exchange = exchangeWith(FEATURES);
    exchange.call(A, '10');
    expect(exchange.phase(D)).to.equal('ringing');
  });

  it('is the only one for whom they are numbers', () => {
    const exchange = exchangeWith(FEATURES);
    exchange.call(B, '03');
    expect(exchange.phases(B, C)).to.deep.equal(['congested', 'idle']);
  });

  it('has them let through by its gateway', () => {
    expect(exchangeWith(FEATURES).control.patterns).to.include('xx');
    expect(exchangeWith({}).control.patterns).not.to.include('xx');
  });
});

describe('a gateway with as many calls as it may have', () => {
  const numbers = { ...SETTINGS.numbers, '112': { to: D, emergency: true } };
  const limits = { maxCalls: new Map([['mg1', 1]]), numbers };

  it('is passed over for another', () => {
    const exchange = exchangeWith({}, { ...limits, numbers: { ...numbers, '21': [D, B] } });
    exchange.ring(A, C);
    exchange.setUp('sip/1', '21');
    expect(exchange.phases(D, B)).to.deep.equal(['idle', 'ringing']);
    expect(exchange.counted.get('call.target.refused no-circuit')).to.equal(1);
  });

  it('lets nobody of its lines call', () => {
    const exchange = exchangeWith({}, limits);
    exchange.ring(A, C);
    exchange.call(D, '1002');
    expect(exchange.phase(D)).to.equal('congested');
    expect(exchange.counted.get('call.refused no-circuit')).to.equal(1);
  });

  it('has a call between two of its lines as one', () => {
    const exchange = exchangeWith({}, limits);
    exchange.call(C, '1004');
    expect(exchange.phase(D)).to.equal('ringing');
  });

  it('has room for emergencies', () => {
    const exchange = exchangeWith({}, limits);
    exchange.ring(A, C);
    exchange.setUp('sip/1', '112');
    expect(exchange.phase(D)).to.equal('ringing');
    const calling = exchangeWith({}, { ...limits, numbers: { ...numbers, '112': { to: B, emergency: true } } });
    calling.ring(A, C);
    calling.call(D, '112');
    expect(calling.phases(D, B)).to.deep.equal(['routing', 'ringing']);
  });
});

describe('a node that drains', () => {
  const numbers = { ...SETTINGS.numbers, '112': { to: D, emergency: true } };

  it('lets a telephone that is lifted call an emergency number, and no other', () => {
    const exchange = exchangeWith({}, { numbers });
    exchange.control.drain();
    exchange.offHook(A);
    expect(exchange.phase(A)).to.equal('dialling');
    exchange.dial(A, '1002');
    expect(exchange.phase(A)).to.equal('congested');
    exchange.onHook(A);
    exchange.call(A, '112');
    expect(exchange.phase(D)).to.equal('ringing');
  });

  it('lets who was dialling end his number', () => {
    const exchange = exchangeWith({}, { numbers });
    exchange.offHook(A);
    exchange.control.drain();
    exchange.dial(A, '1002');
    exchange.reach(A);
    expect(exchange.phase(B)).to.equal('ringing');
  });
});
