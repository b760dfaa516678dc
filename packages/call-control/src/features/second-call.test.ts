// Lines with two calls: one knocks, is answered by a flash, and the other waits; or a third is called back.
import { expect } from 'chai';
import type { CallControlSettings } from '../call-control.js';
import { A, B, C, D, Exchange, sdpOf, WITH_PARTIES } from '../exchange.fixture.js';
import type { FoundLeg, LineName } from '../half-call.js';
import { Node, SharedStore } from '../records.fixture.js';
import { DEFAULT_TIMERS } from '../timers.js';
import type { LineFeatures } from './line-features.js';

const CALLER = 'sip/1';
/** What B's gateway calls its end of a connection that it has made anew. */
const ANEW = 'v=0 of B, anew';

function settingsWith(features: LineFeatures): CallControlSettings {
  return { ...WITH_PARTIES, lines: WITH_PARTIES.lines.map((each) => (each.line === B ? { ...each, features } : each)) };
}

/** B has the feature, and talks with A. */
function talking(features: LineFeatures, from: LineName = A): Exchange {
  const exchange = new Exchange(settingsWith(features));
  if (from === A) exchange.talk(A, B);
  else {
    exchange.talk(B, A);
  }
  exchange.forget();
  return exchange;
}

/** C has called B, who talks with A. */
function knocking(features: LineFeatures = {}): Exchange {
  const exchange = talking({ callWaiting: true, ...features });
  exchange.call(C, '1002');
  return exchange;
}

/** B has gone to C, and A waits. */
function taken(): Exchange {
  const exchange = knocking();
  exchange.flash(B);
  exchange.reach(B, ANEW);
  exchange.reach(C);
  return exchange;
}

describe('a second call', () => {
  it('knocks at who talks, and rings for who calls', () => {
    const exchange = knocking();
    expect(exchange.phases(A, B, C)).to.deep.equal(['talking', 'knocking', 'ringback']);
    expect(exchange.wanted.get(B)?.callId).to.equal(exchange.wanted.get(A)?.callId);
  });

  it('knocks no more when the caller gives up', () => {
    const exchange = knocking();
    exchange.onHook(C);
    expect(exchange.phases(A, B, C)).to.deep.equal(['talking', 'talking', 'idle']);
    exchange.flash(B);
    expect(exchange.phases(A, B), 'a flash is a hold again').to.deep.equal(['held', 'holding']);
  });

  it('is busy for a line without the feature, one that does not talk, and one that has a second call', () => {
    const without = talking({});
    without.call(C, '1002');
    expect(without.phase(C)).to.equal('busy');
    const ringing = new Exchange(settingsWith({ callWaiting: true }));
    ringing.ring(A, B);
    ringing.call(C, '1002');
    expect(ringing.phase(C)).to.equal('busy');
    const third = knocking();
    third.call(D, '1002');
    expect(third.phases(B, D)).to.deep.equal(['knocking', 'busy']);
  });

  it('does not come from the line itself', () => {
    const exchange = new Exchange(settingsWith({ callWaiting: true }));
    exchange.call(B, '1002');
    expect(exchange.phase(B)).to.equal('busy');
  });

  it('goes on when nobody takes it', () => {
    const exchange = knocking({ forward: { noAnswer: '1004' } });
    exchange.pass(DEFAULT_TIMERS.forwardMs);
    expect(exchange.phases(A, B, D)).to.deep.equal(['talking', 'talking', 'ringing']);
  });

  it('is taken by a flash: the first is held, and the second begins to talk when its line is there', () => {
    const exchange = knocking();
    exchange.forget();
    exchange.flash(B);
    expect(exchange.phases(A, B, C)).to.deep.equal(['held', 'talking', 'ringback']);
    expect(exchange.wanted.get(B)).to.deep.include({
      callId: exchange.wanted.get(C)?.callId,
      role: 'terminating',
      media: { mode: 'sendrecv', remote: sdpOf(C) },
      caller: undefined,
    });
    exchange.reach(B, ANEW);
    expect(exchange.phases(A, B, C)).to.deep.equal(['held', 'talking', 'talking']);
    expect(exchange.remote(C)).to.equal(ANEW);
    expect(exchange.orders.filter(({ line }) => line === B)).to.have.length(1);
  });

  it('of a party is answered with the description that it is answered with', () => {
    const exchange = talking({ callWaiting: true });
    exchange.setUp(CALLER, '1002');
    exchange.flash(B);
    exchange.forget();
    exchange.reach(B, ANEW);
    expect(exchange.orders.map(({ line, state }) => [line, state.phase, state.media?.remote])).to.deep.equal([[CALLER, 'talking', ANEW]]);
  });

  it('alternates with the first, flash for flash', () => {
    const exchange = taken();
    exchange.flash(B);
    expect(exchange.phases(A, B, C), 'until the line is there').to.deep.equal(['held', 'talking', 'held']);
    exchange.flash(B);
    expect(exchange.phases(A, B, C), 'a hasty flash').to.deep.equal(['held', 'talking', 'held']);
    exchange.forget();
    exchange.reach(B, 'v=0 of B, once more');
    expect(exchange.phases(A, B, C)).to.deep.equal(['talking', 'talking', 'held']);
    expect(exchange.orders.map(({ line, state }) => [line, state.media?.remote])).to.deep.equal([[A, 'v=0 of B, once more']]);
  });

  it('rings when its line hangs up before it has taken it', () => {
    const exchange = knocking();
    exchange.onHook(B);
    expect(exchange.phases(A, B, C)).to.deep.equal(['busy', 'ringing', 'ringback']);
    expect(exchange.wanted.get(B)?.caller).to.deep.equal({ number: '5003', name: undefined });
    exchange.offHook(B);
    expect(exchange.phases(B, C)).to.deep.equal(['talking', 'talking']);
  });

  it('rings when its line hangs up while it is going to it', () => {
    const exchange = knocking();
    exchange.flash(B);
    exchange.onHook(B);
    expect(exchange.phases(A, B, C)).to.deep.equal(['held', 'ringing', 'ringback']);
    exchange.offHook(B);
    expect(exchange.phases(A, B, C)).to.deep.equal(['held', 'talking', 'talking']);
    exchange.flash(B);
    exchange.reach(B);
    expect(exchange.phases(A, B, C)).to.deep.equal(['talking', 'talking', 'held']);
  });

  it('is over for a line that hangs up, which is rung to take the first back', () => {
    const exchange = taken();
    exchange.onHook(B);
    expect(exchange.phases(A, B, C)).to.deep.equal(['held', 'ringing', 'busy']);
    exchange.reach(B);
    exchange.offHook(B);
    expect(exchange.phases(A, B)).to.deep.equal(['talking', 'talking']);
  });

  it('leaves the first waiting no longer than anybody rings', () => {
    const exchange = taken();
    exchange.onHook(B);
    exchange.pass(DEFAULT_TIMERS.noAnswerMs);
    expect([exchange.phase(B), exchange.states]).to.deep.equal(['idle', []]);
    expect(exchange.phase(A)).to.be.oneOf(['busy', 'howling']);
  });

  it('that the other side ends leads back to the first at once', () => {
    const exchange = taken();
    exchange.onHook(C);
    exchange.reach(B, ANEW);
    expect(exchange.phases(A, B, C)).to.deep.equal(['talking', 'talking', 'idle']);
  });

  it('goes on alone when who waits hangs up', () => {
    const exchange = taken();
    exchange.forget();
    exchange.onHook(A);
    expect(exchange.orders.map(({ line }) => line)).to.deep.equal([A]);
    expect(exchange.phases(B, C)).to.deep.equal(['talking', 'talking']);
    exchange.onHook(B);
    expect(exchange.phases(B, C)).to.deep.equal(['idle', 'busy']);
  });

  it('knocks on while the line hears that the first is over, and a flash takes it', () => {
    const exchange = knocking();
    exchange.onHook(A);
    expect(exchange.phases(B, C)).to.deep.equal(['busy', 'ringback']);
    exchange.flash(B);
    exchange.reach(B, ANEW);
    expect(exchange.phases(B, C)).to.deep.equal(['talking', 'talking']);
  });

  it('ends with the first when the line is gone', () => {
    for (const exchange of [knocking(), taken()]) {
      exchange.lose(B, 'destination-out-of-order');
      expect(exchange.states).to.deep.equal([]);
      expect(exchange.phase(B)).to.equal('idle');
    }
  });

  it("is no call of this node any more when the line is another's", () => {
    const exchange = taken();
    exchange.control.release(B, exchange.now);
    exchange.restore([], false);
    expect(exchange.states).to.deep.equal([]);
  });

  it('may be the one that the line has made, and the first the one that came', () => {
    const exchange = talking({ callWaiting: true }, B);
    exchange.call(C, '1002');
    exchange.flash(B);
    exchange.reach(B, ANEW);
    exchange.onHook(B);
    expect(exchange.phases(A, B)).to.deep.equal(['held', 'ringing']);
    exchange.offHook(B);
    expect(exchange.phases(A, B)).to.deep.equal(['talking', 'talking']);
  });

  it('keeps a party from having its line transferred', () => {
    const exchange = new Exchange(settingsWith({ callWaiting: true }));
    exchange.setUp(CALLER, '1002');
    exchange.reach(B);
    exchange.offHook(B);
    exchange.call(C, '1002');
    exchange.flash(B);
    exchange.event(CALLER, { kind: 'transfer', to: '1004' });
    expect(exchange.notices).to.deep.equal([
      { party: CALLER, notice: { kind: 'transfer', progress: 'failed', cause: 'temporary-failure' } },
    ]);
  });
});

describe('who talks and flashes for a third', () => {
  function dialling(): Exchange {
    const exchange = talking({ threeWay: true });
    exchange.flash(B);
    exchange.reach(B);
    return exchange;
  }

  it('hears dial tone while the other is held', () => {
    const exchange = dialling();
    expect(exchange.phases(A, B)).to.deep.equal(['held', 'dialling']);
    expect(exchange.wanted.get(B)?.callId).to.equal(undefined);
  });

  it('calls him, and goes to and fro between the two', () => {
    const exchange = dialling();
    exchange.dial(B, '1003');
    exchange.reach(B, ANEW);
    exchange.reach(C);
    exchange.offHook(C);
    expect(exchange.phases(A, B, C)).to.deep.equal(['held', 'talking', 'talking']);
    exchange.flash(B);
    exchange.reach(B, ANEW);
    expect(exchange.phases(A, B, C)).to.deep.equal(['talking', 'talking', 'held']);
  });

  it('gives him up by a flash before he answers', () => {
    const exchange = dialling();
    exchange.dial(B, '1003');
    exchange.reach(B, ANEW);
    exchange.reach(C);
    exchange.flash(B);
    exchange.reach(B, ANEW);
    expect(exchange.phases(A, B, C)).to.deep.equal(['talking', 'talking', 'idle']);
    expect(exchange.states).to.deep.equal(['talking']);
  });

  it('comes back by a flash from a number that leads nowhere', () => {
    for (const wrong of ['99', '1002']) {
      const exchange = dialling();
      exchange.dial(B, wrong);
      exchange.reach(B);
      expect(exchange.phases(A, B)[0]).to.equal('held');
      exchange.flash(B);
      exchange.reach(B, ANEW);
      expect(exchange.phases(A, B), wrong).to.deep.equal(['talking', 'talking']);
    }
  });

  it('is rung when he hangs up instead of dialling', () => {
    const exchange = dialling();
    exchange.onHook(B);
    expect(exchange.phases(A, B)).to.deep.equal(['held', 'ringing']);
  });

  it('is not called by anybody else meanwhile', () => {
    const exchange = dialling();
    exchange.call(D, '1002');
    expect(exchange.phase(D)).to.equal('busy');
  });
});

describe('two calls of a line whose node dies', () => {
  const SETTINGS = settingsWith({ callWaiting: true });

  function foundOf(dead: Node, line: LineName): FoundLeg {
    const state = dead.wanted.get(line);
    return { line, hook: 'off', state, local: state?.media && sdpOf(line) };
  }

  it('are both there on the next, by their records', () => {
    const dead = new Node(new SharedStore(), 1, { settings: SETTINGS });
    dead.talk(A, B);
    dead.call(C, '1002');
    dead.flash(B);
    dead.reach(B);
    dead.reach(C);
    const node = new Node(dead.store, 2, { settings: SETTINGS, now: dead.now + 1_000 });
    node.control.adoptCallsOf('n1', node.now);
    node.restore([foundOf(dead, A), foundOf(dead, B), foundOf(dead, C)], false);
    expect(node.phases(A, B, C)).to.deep.equal(['held', 'talking', 'talking']);
    node.flash(B);
    node.reach(B, ANEW);
    expect(node.phases(A, B, C)).to.deep.equal(['talking', 'talking', 'held']);
  });

  it('are both there when one of them knocks', () => {
    const dead = new Node(new SharedStore(), 1, { settings: SETTINGS });
    dead.talk(A, B);
    dead.setUp(CALLER, '1002');
    const node = new Node(dead.store, 2, { settings: SETTINGS, now: dead.now + 1_000 });
    node.restore([foundOf(dead, A), foundOf(dead, B)], true);
    node.control.adoptCallsOf('n1', node.now);
    expect(node.phases(A, B, node.firstAdopted)).to.deep.equal(['talking', 'knocking', 'ringback']);
    node.flash(B);
    node.reach(B, ANEW);
    expect(node.phases(A, B, node.firstAdopted)).to.deep.equal(['held', 'talking', 'talking']);
  });

  it('are one without a store, and who waited hears that it is over', () => {
    const dead = new Node(new SharedStore(), 1, { settings: SETTINGS });
    dead.talk(A, B);
    dead.call(C, '1002');
    dead.flash(B);
    dead.reach(B);
    const node = new Node(new SharedStore(), 2, { settings: SETTINGS, now: dead.now + 1_000 });
    node.restore([foundOf(dead, A), foundOf(dead, B), foundOf(dead, C)], false);
    expect(node.phases(A, B, C)).to.deep.equal(['busy', 'talking', 'talking']);
  });
});
