// Takeover of calls with parties: no audit finds a party, its own messages tell of it.
import { expect } from 'chai';
import { callCounter, newCallId } from './call-identity.js';
import { A, B, Exchange, sdpOf, START, WITH_PARTIES } from './exchange.fixture.js';
import type { FoundLeg, HalfCallRole, HalfCallState, LineName, Phase } from './half-call.js';

const CALL_ID = newCallId(2, START - 20_000, callCounter(7, true));
const PARTY = 'sip/7';

/** A node that has just started, and has heard of no line. */
function standIn(): Exchange {
  const exchange = new Exchange(WITH_PARTIES, START, false);
  exchange.forget();
  return exchange;
}

function legOf(line: LineName, role: HalfCallRole, phase: Phase, more: Partial<HalfCallState> = {}): FoundLeg {
  const media = { mode: 'sendrecv', remote: `v=0 from ${line}` } as const;
  return { line, hook: phase === 'ringing' ? 'on' : 'off', state: { phase, role, callId: CALL_ID, media, ...more }, local: sdpOf(line) };
}

const party = (role: HalfCallRole, phase: Phase = 'talking'): FoundLeg => ({
  line: PARTY,
  hook: 'off',
  state: { phase, role, callId: CALL_ID },
});

describe('a call with a party after a takeover', () => {
  it('goes on though no audit finds its other leg, and its line keeps where to send', () => {
    const exchange = standIn();
    exchange.restore([legOf(A, 'originating', 'talking')]);
    exchange.pass(10_000_000);
    expect(exchange.states).to.deep.equal(['talking']);
    expect(exchange.wanted.get(A)).to.deep.include({ phase: 'talking', media: { mode: 'sendrecv', remote: `v=0 from ${A}` } });
    exchange.onHook(A);
    expect(exchange.states).to.deep.equal([]);
  });

  it('ends with its timer where nobody had answered', () => {
    const exchange = standIn();
    exchange.restore([legOf(A, 'originating', 'ringback', { dialled: '30' })]);
    expect(exchange.states).to.deep.equal(['alerting']);
    exchange.pass(160_010);
    expect(exchange.phase(A)).to.equal('congested');
  });

  it('that rings is told again that it does, where it can be nobody else, and is so told when its caller has left', () => {
    const exchange = standIn();
    exchange.restore([legOf(A, 'originating', 'ringback', { dialled: '30' })], true);
    expect(exchange.wanted.get('sip/o1')).to.deep.include({ phase: 'ringing', callId: CALL_ID, attempt: 1 });
    exchange.onHook(A);
    expect(exchange.phase('sip/o1')).to.equal('idle');
    const late = standIn();
    late.restore([{ ...legOf(A, 'originating', 'ringback', { dialled: '30' }), hook: 'on' }], true);
    expect(late.orders.filter(({ line }) => line === 'sip/o1').map(({ state }) => state.phase)).to.deep.equal(['ringing', 'idle']);
  });

  it('calls its party once more where nobody was heard to ring', () => {
    const exchange = standIn();
    exchange.restore([legOf(A, 'originating', 'routing', { dialled: '30' })], true);
    expect(exchange.states).to.deep.equal(['routing']);
    exchange.restore([]);
    expect([exchange.states, exchange.phase('sip/o1')]).to.deep.equal([['offering'], 'ringing']);
    const rings = standIn();
    rings.restore([legOf(A, 'originating', 'routing', { dialled: '30' })], true);
    rings.control.restore([party('terminating', 'ringing')], undefined, rings.now);
    rings.restore([]);
    expect([rings.states, rings.phase(PARTY)]).to.deep.equal([['alerting'], 'ringing']);
  });

  it('has its party as soon as that says something, whether its line was found before or after', () => {
    for (const order of [
      [party('terminating'), legOf(A, 'originating', 'talking')],
      [legOf(A, 'originating', 'talking'), party('terminating')],
    ]) {
      const exchange = standIn();
      for (const leg of order) exchange.control.restore([leg], undefined, exchange.now);
      expect(exchange.states).to.deep.equal(['talking']);
      exchange.event(PARTY, { kind: 'on-hook' });
      expect(exchange.phases(PARTY, A)).to.deep.equal(['idle', 'busy']);
      expect(exchange.states).to.deep.equal([]);
    }
  });

  it('that its party has ended is over for the line that is found later', () => {
    const exchange = standIn();
    exchange.control.restore([party('terminating')], undefined, exchange.now);
    exchange.event(PARTY, { kind: 'on-hook' });
    exchange.restore([legOf(A, 'originating', 'talking')]);
    expect(exchange.phase(A)).to.equal('busy');
    expect(exchange.states).to.deep.equal([]);
  });

  it('that its line has ended is over for the party that is heard later', () => {
    const exchange = standIn();
    exchange.restore([legOf(A, 'originating', 'talking')]);
    exchange.onHook(A);
    exchange.control.restore([party('terminating')], undefined, exchange.now);
    expect(exchange.wanted.get(PARTY)).to.deep.equal({ phase: 'busy', role: 'originating', callId: CALL_ID, cause: 'normal-clearing' });
    exchange.event(PARTY, { kind: 'on-hook' });
    expect(exchange.counted.get('call.party.unknown on-hook')).to.equal(1);
  });

  it('that its line has left, which nobody here heard, is over for the party that names it', () => {
    const talking = party('terminating');
    const named: FoundLeg = { ...talking, state: talking.state && { ...talking.state, farLine: A } };
    const exchange = standIn();
    exchange.restore([{ line: A, hook: 'on' }]);
    exchange.control.restore([named], undefined, exchange.now);
    expect(exchange.phase(PARTY)).to.equal('busy');
    const early = standIn();
    early.control.restore([named], undefined, early.now);
    expect(early.states, 'its line may still be found').to.deep.equal(['talking']);
    early.restore([{ line: A, hook: 'on' }], true);
    expect(early.states, 'or another one in its place').to.deep.equal(['talking']);
    early.restore([]);
    expect(early.phase(PARTY)).to.equal('busy');
  });

  it('goes after the line that its party names, where another node has that', () => {
    const talking = party('terminating');
    const exchange = new Exchange({ ...WITH_PARTIES, elsewhere: (line) => (line === A ? 1 : undefined) }, START, false);
    exchange.control.restore([{ ...talking, state: talking.state && { ...talking.state, farLine: A } }], undefined, exchange.now);
    const asked: (string | undefined)[] = [];
    exchange.control.records(exchange.now, (_callId, line) => asked.push(line) > 0);
    expect(asked).to.deep.equal([A]);
  });

  it('goes on as its line tells it, where its party does not say who holds', () => {
    for (const [phase, state] of [
      ['holding', 'held-by-originating'],
      ['held', 'held-by-terminating'],
      ['talking', 'talking'],
      ['ringback', 'talking'],
    ] as const) {
      for (const isFirst of [true, false]) {
        const exchange = standIn();
        const found: FoundLeg[] = [{ ...party('terminating'), mayBeOnHold: true }, legOf(A, 'originating', phase)];
        for (const leg of isFirst ? found : found.reverse()) exchange.control.restore([leg], undefined, exchange.now);
        expect(exchange.states).to.deep.equal([state]);
      }
    }
  });

  it('may have changed its party’s role by a transfer: who was called sits where the caller sat', () => {
    for (const order of [
      [party('terminating'), legOf(A, 'terminating', 'talking')],
      [legOf(A, 'terminating', 'talking'), party('terminating')],
    ]) {
      const exchange = standIn();
      for (const leg of order) exchange.control.restore([leg], undefined, exchange.now);
      expect(exchange.phases(PARTY, A)).to.deep.equal(['talking', 'talking']);
      expect([exchange.wanted.get(PARTY)?.role, exchange.wanted.get(A)?.role]).to.deep.equal(['originating', 'terminating']);
      exchange.event(PARTY, { kind: 'on-hook' });
      expect(exchange.phases(PARTY, A)).to.deep.equal(['idle', 'busy']);
    }
  });

  it('has room for two: a third that tells of it is told that the call is over', () => {
    const exchange = standIn();
    exchange.control.restore([party('terminating'), legOf(A, 'originating', 'talking')], undefined, exchange.now);
    exchange.control.restore([{ ...party('terminating'), line: 'sip/8' }], undefined, exchange.now);
    expect(exchange.phases('sip/8', PARTY, A)).to.deep.equal(['busy', 'talking', 'talking']);
  });

  it('in which a party rang early is restored as that; a line that rings is heard to ring', () => {
    const exchange = standIn();
    exchange.restore([legOf(A, 'originating', 'early')], true);
    expect(exchange.states).to.deep.equal(['early']);
    exchange.restore([legOf(B, 'terminating', 'ringing')]);
    expect(exchange.phases(A, B)).to.deep.equal(['ringback', 'ringing']);
  });

  it('whose one side is being connected with somebody else rings on, whoever is found first', () => {
    const transferred: FoundLeg = { ...party('originating', 'held'), local: sdpOf(PARTY) };
    for (const order of [
      [transferred, legOf(B, 'terminating', 'ringing')],
      [legOf(B, 'terminating', 'ringing'), transferred],
    ]) {
      const exchange = standIn();
      for (const leg of order) exchange.control.restore([leg], undefined, exchange.now);
      expect(exchange.phases(PARTY, B)).to.deep.equal(['held', 'ringing']);
      exchange.offHook(B);
      expect(exchange.phases(PARTY, B)).to.deep.equal(['talking', 'talking']);
    }
  });

  it('that both held is held by both', () => {
    const exchange = standIn();
    exchange.restore([legOf(A, 'originating', 'holding'), legOf(B, 'terminating', 'holding')]);
    expect(exchange.states).to.deep.equal(['held-by-both']);
    exchange.flash(A);
    expect(exchange.phases(A, B)).to.deep.equal(['held', 'holding']);
    exchange.flash(B);
    expect(exchange.phases(A, B)).to.deep.equal(['talking', 'talking']);
  });

  it('is not made of what tells of none: a party that says nothing, and a name that is no party’s', () => {
    const exchange = standIn();
    exchange.restore([
      { line: PARTY, hook: 'off' },
      { line: PARTY, hook: 'off', state: { phase: 'idle', role: 'originating' } },
      { line: 'aaln/7@nowhere', hook: 'off', state: party('terminating').state },
    ]);
    expect(exchange.orders).to.deep.equal([]);
    expect(exchange.counted.get('call.line.unknown')).to.equal(3);
  });

  it('is another node’s when its party is, and forgotten with its last leg', () => {
    const exchange = new Exchange(WITH_PARTIES);
    exchange.call(A, '30');
    exchange.answer('sip/o1');
    exchange.forget();
    exchange.control.release('sip/o1', exchange.now);
    expect(exchange.states).to.deep.equal(['talking']);
    exchange.control.release(A, exchange.now);
    expect(exchange.states).to.deep.equal([]);
    expect(exchange.orders).to.deep.equal([]);
  });
});
