// Three in one talk, told as the line that brings them together and the two others see it.
import { expect } from 'chai';
import { A, B, C, Exchange, sdpOf, WITH_PARTIES } from '../exchange.fixture.js';
import type { LineName } from '../half-call.js';
import type { LineFeatures } from './line-features.js';

const FEATURES: LineFeatures = { threeWay: true, mixer: 'sip:three-{call}@mixer.example.test' };
/** The legs at the mixer, in the order in which they are called: for A, for C, for B. */
const [FOR_A, FOR_C, FOR_B] = ['sip/o1', 'sip/o2', 'sip/o3'] as const;
const SIDES = [FOR_A, FOR_C, FOR_B] as const;
const B_ANEW = 'v=0 of B, anew';

/** B talks with A, has called C back, who talks. */
function calledBack(features: LineFeatures = FEATURES): Exchange {
  const lines = WITH_PARTIES.lines.map((each) => (each.line === B ? { ...each, features } : each));
  const exchange = new Exchange({ ...WITH_PARTIES, lines });
  exchange.talk(A, B);
  exchange.flash(B);
  exchange.reach(B);
  exchange.dial(B, '1003');
  exchange.reach(B, B_ANEW);
  exchange.reach(C);
  exchange.offHook(C);
  exchange.reach(C);
  return exchange;
}

function conference(features?: LineFeatures): Exchange {
  const exchange = calledBack(features);
  exchange.flash(B);
  for (const side of SIDES) exchange.answer(side);
  return exchange;
}

function heard(exchange: Exchange, ...lines: LineName[]): unknown[] {
  return lines.map((line) => [exchange.phase(line), exchange.wanted.get(line)?.media?.mode, exchange.remote(line)]);
}

const PARTED = [
  ['held', 'inactive', sdpOf(B)],
  ['talking', 'sendrecv', sdpOf(C)],
  ['talking', 'sendrecv', B_ANEW],
];

describe('a talk of three', () => {
  it('begins by one more flash: the mixer is called for each of them, in a room of their own', () => {
    const exchange = calledBack();
    const callId = exchange.wanted.get(B)?.callId ?? '';
    exchange.forget();
    exchange.flash(B);
    expect(exchange.orders.map(({ line, state }) => [line, state.phase, state.called, state.media?.remote])).to.deep.equal(
      [sdpOf(A), sdpOf(C), B_ANEW].map((local, at) => [
        SIDES[at],
        'ringing',
        { kind: 'sip', uri: `sip:three-${callId}@mixer.example.test` },
        local,
      ]),
    );
    expect(heard(exchange, A, B, C)).to.deep.equal(PARTED);
  });

  it('is one as soon as all three are with the mixer', () => {
    const exchange = calledBack();
    exchange.flash(B);
    exchange.answer(FOR_A);
    exchange.answer(FOR_C);
    expect(heard(exchange, A, B, C)).to.deep.equal(PARTED);
    exchange.answer(FOR_B);
    expect(heard(exchange, A, B, C)).to.deep.equal([
      ['talking', 'sendrecv', sdpOf(FOR_A)],
      ['talking', 'sendrecv', sdpOf(FOR_B)],
      ['talking', 'sendrecv', sdpOf(FOR_C)],
    ]);
  });

  it('goes on between the other two when one of them hangs up, without the mixer', () => {
    const first = conference();
    first.onHook(A);
    expect(heard(first, B, C)).to.deep.equal([PARTED[1], PARTED[2]]);
    const last = conference();
    last.onHook(C);
    last.reach(B, 'v=0 of B, with A');
    expect(heard(last, A, B)).to.deep.equal([
      ['talking', 'sendrecv', 'v=0 of B, with A'],
      ['talking', 'sendrecv', sdpOf(A)],
    ]);
    for (const exchange of [first, last]) {
      expect(exchange.phases(...SIDES)).to.deep.equal(['busy', 'busy', 'busy']);
      expect(exchange.states).to.deep.equal(['talking']);
    }
  });

  it('is over for all when the line hangs up that brought them together', () => {
    const exchange = conference();
    exchange.onHook(B);
    expect(exchange.phases(A, B, C)).to.deep.equal(['busy', 'idle', 'busy']);
    expect(exchange.phases(...SIDES)).to.deep.equal(['busy', 'busy', 'busy']);
    expect(exchange.states).to.deep.equal([]);
  });

  it('loses who came last by a flash', () => {
    const exchange = conference();
    exchange.flash(B);
    exchange.reach(B, 'v=0 of B, with A');
    expect(exchange.phases(A, B, C)).to.deep.equal(['talking', 'talking', 'busy']);
    expect(exchange.remote(A)).to.equal('v=0 of B, with A');
  });

  it('is parted again when the mixer refuses one of them, or hangs up', () => {
    const refused = calledBack();
    refused.flash(B);
    refused.answer(FOR_A);
    refused.fail(FOR_C, 'resource-unavailable');
    const ended = conference();
    ended.event(FOR_C, { kind: 'on-hook' });
    for (const exchange of [refused, ended]) {
      expect(heard(exchange, A, B, C)).to.deep.equal(PARTED);
      expect(exchange.phases(FOR_A, FOR_B).every((phase) => phase === 'idle' || phase === 'busy')).to.equal(true);
      expect(exchange.states).to.have.length(2);
      exchange.flash(B);
      expect(exchange.phase('sip/o4'), 'once more').to.equal('ringing');
    }
  });

  it('follows who listens elsewhere', () => {
    const exchange = conference();
    exchange.reach(C, 'v=0 of C, elsewhere');
    expect(exchange.remote(FOR_C)).to.equal('v=0 of C, elsewhere');
    exchange.event(FOR_C, { kind: 'media', local: 'v=0 of another mixer' });
    expect(exchange.remote(C)).to.equal('v=0 of another mixer');
  });

  it('ends the music of who was held', () => {
    const exchange = calledBack({ ...FEATURES, music: 'sip:music@example.test' });
    exchange.answer(FOR_A);
    expect(exchange.remote(A)).to.equal(sdpOf(FOR_A));
    exchange.flash(B);
    for (const side of ['sip/o2', 'sip/o3', 'sip/o4']) exchange.answer(side);
    expect(exchange.phase(FOR_A), 'the music').to.equal('busy');
    expect(exchange.remote(A)).to.equal(sdpOf('sip/o2'));
    exchange.event('sip/o2', { kind: 'on-hook' });
    expect(exchange.phase('sip/o5'), 'music again').to.equal('ringing');
  });

  it("ends with the line that is another node's", () => {
    const exchange = conference();
    exchange.control.release(B, exchange.now);
    exchange.restore([], false);
    expect(exchange.phases(...SIDES)).to.deep.equal(['busy', 'busy', 'busy']);
  });

  it('cannot be where nobody mixes: a flash goes from one to the other', () => {
    for (const mixer of [undefined, '1004', '99']) {
      const exchange = calledBack({ ...FEATURES, mixer });
      exchange.flash(B);
      exchange.reach(B);
      expect(exchange.phases(A, B, C)).to.deep.equal(['talking', 'talking', 'held']);
    }
  });

  it('is not made of a call that knocked', () => {
    const lines = WITH_PARTIES.lines.map((each) => (each.line === B ? { ...each, features: { ...FEATURES, callWaiting: true } } : each));
    const exchange = new Exchange({ ...WITH_PARTIES, lines });
    exchange.talk(A, B);
    exchange.call(C, '1002');
    exchange.flash(B);
    exchange.reach(B);
    exchange.flash(B);
    exchange.reach(B);
    expect(exchange.phases(A, B, C)).to.deep.equal(['talking', 'talking', 'held']);
  });
});
