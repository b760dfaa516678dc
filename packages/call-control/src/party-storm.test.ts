// Random storms of calls in which parties take part: SIP telephones that call, refuse, answer, hold, transfer and hang up at any
// moment, that say what makes no sense, and nodes that take over. No party hears anything after its last order, nobody is in two
// calls, and when all have hung up nothing is left.
import { type Random, runSeed } from '@altpath/testkit';
import { expect } from 'chai';
import { A, B, Exchange, sdpOf, WITH_PARTIES } from './exchange.fixture.js';
import type { Cause } from './cause.js';
import type { HalfCallEvent, HalfCallState, LineName } from './half-call.js';
import { CALL_STATES, isLineState } from './states.js';
import { LINES, settleLines, storms, telephones, type Weather } from './storm.fixture.js';
import type { Telephone } from './telephone.fixture.js';

const NUMBERS = ['1001', '1002', '1003', '1004', '20', '30', '30', '31', '40', '50', '9'];
const SETTINGS = { ...WITH_PARTIES, numbers: { ...WITH_PARTIES.numbers, '50': ['group:all', 'registrar', A, B] } };
/** The same, where lines may have two calls, three in one talk, and music for who is held. */
const FEATURES = { callWaiting: true, threeWay: true, mixer: 'group:{call}', music: '30' };
const WITH_FEATURES = { ...SETTINGS, lines: SETTINGS.lines.map((each) => ({ ...each, features: FEATURES })) };
const CAUSES: readonly Cause[] = ['user-busy', 'no-answer', 'call-rejected', 'normal-clearing', 'temporary-failure', 'protocol-error'];

/** A SIP telephone in one call. */
interface Party {
  wanted: HalfCallState | undefined;
  /** The description that it told last. */
  local: string | undefined;
}

class Storm implements Weather {
  exchange: Exchange;
  readonly telephones = telephones();
  /** Those who have not had their last order. */
  readonly parties = new Map<LineName, Party>();
  /** Those who have: nothing may come for them any more. */
  readonly gone = new Set<LineName>();
  #read = 0;
  #names = 0;
  #nodes = 1;

  constructor(
    readonly random: Random,
    readonly seen: Set<string>,
    readonly settings: typeof SETTINGS,
  ) {
    this.exchange = new Exchange(settings);
    for (const { line } of this.telephones.values()) this.exchange.reach(line);
  }

  step(): void {
    const { random } = this;
    if (random.chance(0.12)) this.setUp();
    this.useLine(this.telephones.get(random.pick(LINES)) as Telephone);
    const names = [...this.parties.keys()];
    if (names.length > 0) this.useParty(random.pick(names));
    if (random.chance(0.02)) this.exchange.pass(random.integer(70_000));
    if (random.chance(0.005)) this.takeOver();
    this.look();
  }

  setUp(): void {
    const { random } = this;
    this.#names += 1;
    const name = `sip/${this.#names}`;
    const local = random.chance(0.8) ? `v=0 of ${name}` : undefined;
    this.parties.set(name, { wanted: undefined, local });
    const line = random.chance(0.1) ? random.pick(LINES) : undefined;
    this.tell(name, { kind: 'set-up', dialled: random.pick(NUMBERS), caller: {}, local, line });
  }

  /** A telephone on a line lives its life. */
  useLine(telephone: Telephone): void {
    const { exchange, random } = this;
    const { line } = telephone;
    if (random.chance(0.6)) telephone.carryOut();
    for (const events of [telephone.confirmations, telephone.reports]) {
      const event = random.chance(0.6) ? events.shift() : undefined;
      if (event) exchange.event(line, event);
    }
    const rings = exchange.phase(line) === 'ringing';
    if (random.chance(rings || telephone.hook === 'off' ? 0.15 : 0.03)) telephone.flip();
    if (telephone.hook === 'off' && exchange.phase(line) === 'dialling') exchange.dial(line, random.pick(NUMBERS));
    else if (telephone.hook === 'off' && random.chance(0.1)) exchange.flash(line);
    if (random.chance(0.005)) exchange.lose(line, random.pick(['bearer-not-available', 'destination-out-of-order']));
    this.look();
  }

  /** What the party does makes sense more often than not. */
  useParty(name: LineName): void {
    const { random } = this;
    const party = this.parties.get(name) as Party;
    const { phase = 'routing', callId } = party.wanted ?? {};
    const sensible: readonly (() => HalfCallEvent)[] = [
      () => ({ kind: 'reached', phase, callId, local: random.chance(0.3) ? this.newLocal(name, party) : undefined }),
      () => (phase === 'ringing' ? { kind: 'off-hook', local: this.newLocal(name, party) } : { kind: 'hold' }),
      () => (phase === 'ringing' ? { kind: 'failed', phase, callId, cause: random.pick(CAUSES) } : { kind: 'retrieve' }),
      () => (phase === 'ringing' ? { kind: 'reached', phase, callId } : { kind: 'media', local: this.newLocal(name, party) }),
      () => ({ kind: 'transfer', to: random.pick([...NUMBERS, 'sip:x@example.test']), replaces: this.anybody() }),
    ];
    const anything: readonly (() => HalfCallEvent)[] = [
      () => ({ kind: 'on-hook', cause: random.chance(0.3) ? random.pick(CAUSES) : undefined }),
      () => ({ kind: 'off-hook' }),
      () => ({ kind: 'failed', phase, callId, cause: random.pick(CAUSES) }),
      () => ({ kind: 'lost', cause: random.pick(CAUSES) }),
      () => ({ kind: 'lost', cause: 'destination-out-of-order' }),
      () => ({ kind: 'failed', phase: 'talking', callId, cause: 'recovery-on-timer-expiry' }),
      () => ({ kind: 'reached', phase: 'ringing', callId: '16553F100FFFF' }),
      () => ({ kind: 'digit', digit: '1', durationMs: 80 }),
      () => random.pick([{ kind: 'flash' }, { kind: 'tone-ended' }, { kind: 'dialled', digits: '1001', result: 'match' }]),
      () => ({ kind: 'set-up', dialled: '1001', caller: {} }),
    ];
    this.tell(name, random.pick(random.chance(0.8) ? sensible : anything)());
  }

  /** The party of an attended transfer, which may be anybody's. */
  anybody(): LineName | undefined {
    return this.random.chance(0.5) ? this.random.pick([...this.parties.keys(), 'sip/0', A]) : undefined;
  }

  newLocal(name: LineName, party: Party): string {
    party.local = `v=0 of ${name}, ${this.random.integer(1_000)}`;
    return party.local;
  }

  tell(name: LineName, event: HalfCallEvent): void {
    this.exchange.event(name, event);
    this.look();
  }

  /** Another node takes over: audits find lines, and some parties say something. */
  takeOver(): void {
    this.#nodes += 1;
    this.exchange = new Exchange({ ...this.settings, slot: this.#nodes % 16 }, this.exchange.now, false);
    this.#read = 0;
    for (const [name, party] of [...this.parties]) {
      const { wanted } = party;
      // Names of call control's own begin anew with a node: those that it knows are told under others.
      this.parties.delete(name);
      if (wanted?.callId === undefined || isLineState(wanted.phase) || this.random.chance(0.3)) continue;
      this.#names += 1;
      this.parties.set(`sip/${this.#names}`, party);
    }
    this.gone.clear();
    const unknown = this.random.shuffle([...this.telephones.keys(), ...this.parties.keys()]);
    for (const name of unknown) {
      const telephone = this.telephones.get(name);
      telephone?.carryOut();
      const party = this.parties.get(name);
      if (telephone) this.exchange.restore([telephone.found((share) => this.random.chance(share))], true);
      else if (party)
        this.exchange.control.restore([{ line: name, hook: 'off', state: party.wanted, local: party.local }], undefined, this.exchange.now);
      // A call that was offered or had only begun when its node died is not told by this message alone.
      if (party && !this.exchange.wanted.has(name)) this.parties.delete(name);
      this.look();
    }
    this.exchange.restore([]);
    this.look();
  }

  /** Orders are taken note of, and held against what may be. */
  look(): void {
    const { orders } = this.exchange;
    for (; this.#read < orders.length; this.#read += 1) {
      const { line: name, state } = orders[this.#read] as (typeof orders)[number];
      const telephone = this.telephones.get(name);
      if (telephone) telephone.ordered = state;
      else this.order(name, state);
    }
    for (const state of this.exchange.states) this.seen.add(state);
  }

  order(name: LineName, state: HalfCallState): void {
    expect(this.gone.has(name), `${name} is told ${state.phase} after its last order`).to.equal(false);
    const party = this.parties.get(name) ?? { wanted: undefined, local: undefined };
    if (isLineState(state.phase)) {
      expect(state.phase).to.be.oneOf(['idle', 'busy', 'congested']);
      expect(state.cause).not.to.equal(undefined);
      if (party.wanted) expect(state.callId).to.equal(party.wanted.callId);
      this.parties.delete(name);
      this.gone.add(name);
      return;
    }
    if (party.wanted && state.phase === 'ringing') expect(party.wanted.phase, 'nobody is called twice').to.equal('ringing');
    this.parties.set(name, { ...party, wanted: state });
  }

  settle(): void {
    this.look();
    settleLines(this.telephones, (line, event) => this.tell(line, event));
  }

  /** Who is in a call, and who he hears. */
  check(): void {
    const calls = new Map<string, [LineName, HalfCallState][]>();
    const stations = [...this.telephones.keys()].map((name): [LineName, HalfCallState | undefined] => [
      name,
      this.exchange.wanted.get(name),
    ]);
    for (const [name, state] of [
      ...stations,
      ...[...this.parties].map(([name, { wanted }]): [LineName, HalfCallState | undefined] => [name, wanted]),
    ])
      if (state?.callId !== undefined) calls.set(state.callId, [...(calls.get(state.callId) ?? []), [name, state]]);
    for (const [callId, legs] of calls) {
      // A third one has asked for a transfer, and waits.
      expect(legs.length, callId).to.be.within(1, 3);
      const [first, second, third] = legs;
      if (!first || !second || third) continue;
      // In a talk of three everybody hears the mixer, and the third leg may be a line that is in another call at the moment.
      if (this.settings === WITH_FEATURES) continue;
      expect(first[1].role, callId).not.to.equal(second[1].role);
      if (first[1].phase !== 'talking' || second[1].phase !== 'talking') continue;
      for (const [here, there] of [
        [first, second],
        [second, first],
      ] as const) {
        // Of a party that a takeover has let go of, and that is told something after all, nothing is known here.
        const local = this.localOf(there[0]);
        if (local !== undefined) expect(here[1].media?.remote, `${here[0]} in ${callId}`).to.equal(local);
      }
    }
  }

  localOf(name: LineName): string | undefined {
    return this.telephones.has(name) ? sdpOf(name) : this.parties.get(name)?.local;
  }

  /** Lines and parties hang up, until nobody is left in a call. */
  hangUpAll(): void {
    for (const name of [...this.parties.keys()]) this.tell(name, { kind: 'on-hook' });
    this.settle();
    for (const telephone of this.telephones.values()) if (telephone.hook === 'off') telephone.flip();
    this.settle();
    // Whom a call went on to when another hung up, and who rings for a caller whom no takeover has found.
    for (const name of [...this.parties.keys()]) this.tell(name, { kind: 'on-hook' });
    this.exchange.pass(200_000);
    this.look();
    this.settle();
    expect([...this.parties.keys()]).to.deep.equal([]);
    for (const line of LINES) expect(this.exchange.phase(line) ?? 'idle', line).to.equal('idle');
    expect(this.exchange.states).to.deep.equal([]);
    expect(this.exchange.control.pending(this.exchange.now)).to.equal(0);
  }
}

describe('a storm of events with parties', () => {
  const seen = new Set<string>();
  const seed = runSeed();

  storms(
    'leaves nobody in a call of which the others know nothing, and nothing behind',
    { rounds: 10, perRound: 10, steps: 200, calm: 0.05 },
    seed,
    (random, storm) => new Storm(random, seen, storm % 2 === 0 ? SETTINGS : WITH_FEATURES),
  );

  it('has been through every state that lasts', () => {
    const lasting = Object.keys(CALL_STATES).filter((state) => !/^(releasing|hunting|recalling-.*)$/.test(state));
    expect([...seen], `ALTPATH_SEED=${seed}`).to.include.members(lasting);
  });
});
