// Who is held hears music, where the line that holds him has named who plays it.
import { expect } from 'chai';
import { mayHaveParty } from '../call-identity.js';
import { A, B, C, CALLED, D, Exchange, sdpOf, WITH_PARTIES } from '../exchange.fixture.js';
import { Node, SharedStore } from '../records.fixture.js';
import type { LineFeatures } from './line-features.js';

const CALLER = 'sip/1';
const PLAYER = { music: 'sip:music@example.test' };

function settingsWith(features: LineFeatures): typeof WITH_PARTIES {
  return { ...WITH_PARTIES, lines: WITH_PARTIES.lines.map((each) => (each.line === B ? { ...each, features } : each)) };
}

/** A talks with B, who has put him on hold. */
function held(features: LineFeatures = PLAYER): Exchange {
  const exchange = new Exchange(settingsWith(features));
  exchange.talk(A, B);
  exchange.flash(B);
  return exchange;
}

/** And the music plays. */
function playing(features?: LineFeatures): Exchange {
  const exchange = held(features);
  exchange.answer(CALLED);
  return exchange;
}

describe('music for who is held', () => {
  it('is called for with where he listens, and he hears it when it is there', () => {
    const exchange = held();
    expect(exchange.wanted.get(A)).to.deep.include({ phase: 'held', media: { mode: 'inactive', remote: sdpOf(B) } });
    expect(exchange.wanted.get(CALLED)).to.deep.include({
      phase: 'ringing',
      called: { kind: 'sip', uri: 'sip:music@example.test' },
      media: { mode: 'sendrecv', remote: sdpOf(A) },
    });
    exchange.answer(CALLED);
    expect(exchange.wanted.get(A)).to.deep.include({ phase: 'held', media: { mode: 'recvonly', remote: sdpOf(CALLED) } });
    expect(exchange.phase(B)).to.equal('holding');
  });

  it('ends when he is taken back', () => {
    const exchange = playing();
    exchange.flash(B);
    expect(exchange.wanted.get(CALLED)).to.include({ phase: 'busy', cause: 'normal-clearing' });
    expect(exchange.wanted.get(A)?.media).to.deep.equal({ mode: 'sendrecv', remote: sdpOf(B) });
    expect(exchange.states).to.deep.equal(['talking']);
  });

  it('ends with the call, whoever hangs up', () => {
    for (const line of [A, B]) {
      const exchange = playing();
      exchange.onHook(line);
      expect(exchange.phase(CALLED)).to.equal('busy');
      expect(exchange.states).to.deep.equal([]);
    }
  });

  it('is not waited for: who is taken back before it plays talks, and it is called off', () => {
    const exchange = held();
    exchange.flash(B);
    expect(exchange.phases(A, B, CALLED)).to.deep.equal(['talking', 'talking', 'idle']);
  });

  it('is silence for the rest of the hold where the player refuses, or stops', () => {
    const refused = held();
    refused.fail(CALLED, 'destination-out-of-order');
    const stopped = playing();
    stopped.event(CALLED, { kind: 'on-hook' });
    for (const exchange of [refused, stopped]) {
      expect(exchange.wanted.get(A)).to.deep.include({ phase: 'held', media: { mode: 'inactive', remote: sdpOf(B) } });
      expect(exchange.wanted.has('sip/o2')).to.equal(false);
      exchange.flash(B);
      exchange.flash(B);
      expect(exchange.phase('sip/o2'), 'the next hold').to.equal('ringing');
    }
  });

  it('is played by a number of the plan, but by no line', () => {
    expect(held({ music: '30' }).wanted.get(CALLED)?.called).to.deep.equal({ kind: 'registrar', user: '30' });
    const exchange = held({ music: '1003' });
    expect([exchange.phase(C), exchange.counted.get('call.music nobody')]).to.deep.equal(['idle', 1]);
  });

  it('is played by the channel of a gateway, which is free again after the hold', () => {
    const settings = settingsWith({ music: '20' });
    const lines = settings.lines.map((each) => (each.line === D ? { ...each, isTrunk: true } : each));
    const exchange = new Exchange({ ...settings, lines });
    exchange.talk(A, B);
    exchange.flash(B);
    expect(exchange.wanted.get(D)).to.deep.include({ phase: 'ringing', media: { mode: 'sendrecv', remote: sdpOf(A) } });
    exchange.reach(D);
    exchange.offHook(D);
    expect(exchange.wanted.get(A)?.media).to.deep.equal({ mode: 'recvonly', remote: sdpOf(D) });
    expect(mayHaveParty(exchange.wanted.get(D)?.callId ?? '')).to.equal(false);
    exchange.flash(B);
    expect(exchange.phase(D)).to.equal('busy');
    exchange.onHook(D);
    expect(exchange.phases(A, B, C, D)).to.deep.equal(['talking', 'talking', 'idle', 'idle']);
  });

  it('goes where he listens, when that is elsewhere', () => {
    const exchange = new Exchange(settingsWith(PLAYER));
    exchange.setUp(CALLER, '1002');
    exchange.reach(B);
    exchange.offHook(B);
    exchange.flash(B);
    exchange.answer(CALLED);
    exchange.event(CALLER, { kind: 'media', local: 'v=0 elsewhere' });
    expect(exchange.remote(CALLED)).to.equal('v=0 elsewhere');
    exchange.event(CALLED, { kind: 'media', local: 'v=0 louder' });
    expect(exchange.remote(CALLER)).to.equal('v=0 louder');
  });

  it('plays for who waits while the line has another call', () => {
    const exchange = new Exchange(settingsWith({ ...PLAYER, callWaiting: true }));
    exchange.talk(A, B);
    exchange.call(C, '1002');
    exchange.flash(B);
    exchange.reach(B);
    exchange.answer(CALLED);
    expect(exchange.wanted.get(A)?.media).to.deep.equal({ mode: 'recvonly', remote: sdpOf(CALLED) });
    exchange.flash(B);
    exchange.reach(B);
    expect(exchange.phase(CALLED)).to.equal('busy');
    expect(exchange.phase('sip/o2'), 'for the other').to.equal('ringing');
  });

  it('does not play for who holds himself, nor for both', () => {
    const exchange = new Exchange(settingsWith(PLAYER));
    exchange.setUp(CALLER, '1002');
    exchange.reach(B);
    exchange.offHook(B);
    exchange.event(CALLER, { kind: 'hold' });
    expect(exchange.wanted.has(CALLED)).to.equal(false);
  });

  it('is no call of which anybody is told: not listed, not kept, without a record', () => {
    const node = new Node(new SharedStore(), 1, { settings: settingsWith(PLAYER) });
    node.talk(A, B);
    node.flash(B);
    node.answer(CALLED);
    expect(node.states).to.deep.equal(['held-by-terminating']);
    expect([...node.store.records()]).to.have.length(1);
    node.onHook(B);
    node.partAll();
    expect(node.store.finished).to.have.length(1);
    expect(node.store.only).to.equal(undefined);
  });

  it('begins anew on the node that goes on with the call', () => {
    const settings = settingsWith(PLAYER);
    const dead = new Node(new SharedStore(), 1, { settings });
    dead.talk(A, B);
    dead.flash(B);
    dead.answer(CALLED);
    const node = new Node(dead.store, 2, { settings, now: dead.now + 1_000 });
    node.restore(
      [A, B].map((line) => ({ line, hook: 'off' as const, state: dead.wanted.get(line), local: sdpOf(line) })),
      false,
    );
    expect(node.phases(A, B, CALLED)).to.deep.equal(['held', 'holding', 'ringing']);
  });
});
