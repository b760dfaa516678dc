// Random storms with a store that all nodes share: whatever the telephones do, and whenever the node dies, the next goes on with all
// calls from their records. Orders of the last input may not have left. In the end everybody is out of his call, each call has one
// record, and the store has none that is going on.
import { type Random, runSeed } from '@altpath/testkit';
import { expect } from 'chai';
import { Exchange, START, WITH_PARTIES } from './exchange.fixture.js';
import type { HalfCallState, LineName } from './half-call.js';
import { PARTING_MS } from './partings.js';
import { SharedStore } from './records.fixture.js';
import { isLineState } from './states.js';
import { LINES, settleLines, storms, telephones, type Weather } from './storm.fixture.js';
import type { Telephone } from './telephone.fixture.js';

const NUMBERS = ['1001', '1002', '1003', '1004', '20', '30', '30', '31', '9'];
const NODES = ['n0', 'n1', 'n2', 'n3', 'n4', 'n5'];

/** A SIP telephone: it knows what it was told last, whichever node has told it. */
interface Phone {
  readonly id: string;
  is: HalfCallState | undefined;
  local: string | undefined;
}

class Storm implements Weather {
  exchange: Exchange;
  readonly store = new SharedStore();
  readonly telephones = telephones();
  readonly phones = new Map<string, Phone>();
  /** Parties of the living node, by the names that it has for them. */
  #names = new Map<LineName, string>();
  #read = 0;
  #count = 0;
  #node = 0;

  constructor(readonly random: Random) {
    this.exchange = this.#start(START);
    for (const line of LINES) this.exchange.control.service(line, true, START);
    this.deliver();
  }

  #start(now: number): Exchange {
    const { store } = this;
    this.#names = new Map();
    this.#read = 0;
    const ports = {
      save: (party: LineName): string | undefined => this.#names.get(party),
      adopt: (protocol: string, saved: string): LineName => {
        this.#count += 1;
        const name = `${protocol}/${this.#count}`;
        this.#names.set(name, saved);
        return name;
      },
      forget: (party: LineName): void => void this.#names.delete(party),
    };
    const settings = { ...WITH_PARTIES, slot: this.#node % NODES.length, nodes: NODES };
    return new Exchange(settings, now, false, { keeping: { store, details: store.details }, ports });
  }

  step(): void {
    const { random, exchange } = this;
    if (random.chance(0.15)) this.#call();
    const telephone = this.telephones.get(random.pick(LINES)) as Telephone;
    if (random.chance(0.7)) {
      // Who has done the next thing says no more that he has done the last one: of a record that is told to be over by it nothing is left.
      if (telephone.ordered) telephone.confirmations.length = 0;
      telephone.carryOut();
    }
    for (const events of [telephone.confirmations, telephone.reports]) {
      const event = random.chance(0.7) ? events.shift() : undefined;
      if (event) exchange.event(telephone.line, event);
      this.deliver();
    }
    if (random.chance(exchange.phase(telephone.line) === 'ringing' ? 0.3 : 0.04)) telephone.flip();
    if (telephone.hook === 'off' && exchange.phase(telephone.line) === 'dialling') exchange.dial(telephone.line, random.pick(NUMBERS));
    else if (telephone.hook === 'off' && random.chance(0.1)) exchange.flash(telephone.line);
    const names = [...this.#names.keys()];
    if (names.length > 0) this.#use(random.pick(names));
    this.deliver();
    if (random.chance(0.02)) this.exchange.pass(random.integer(2_000));
    if (random.chance(0.03)) this.crash();
    this.deliver();
  }

  #call(): void {
    this.#count += 1;
    const name = `sip/${this.#count}`;
    const phone: Phone = { id: `phone ${this.#count}`, is: undefined, local: `v=0 of ${name}` };
    this.phones.set(phone.id, phone);
    this.#names.set(name, phone.id);
    this.exchange.setUp(name, this.random.pick(NUMBERS), { local: phone.local });
    this.deliver();
  }

  #use(name: LineName): void {
    const { random, exchange } = this;
    const phone = this.phones.get(this.#names.get(name) ?? '');
    if (!phone?.is) return;
    const { phase, callId } = phone.is;
    random.pick([
      () => exchange.event(name, { kind: 'reached', phase, callId }),
      () => {
        if (phase === 'ringing') phone.local = `v=0 of ${phone.id}`;
        exchange.event(name, phase === 'ringing' ? { kind: 'off-hook', local: phone.local } : { kind: 'hold' });
      },
      () =>
        phase === 'ringing' ? exchange.fail(name, random.pick(['user-busy', 'call-rejected'])) : exchange.event(name, { kind: 'retrieve' }),
      () => void (random.chance(0.3) && this.hangUp(name, phone)),
    ])();
  }

  hangUp(name: LineName, phone: Phone): void {
    phone.is = undefined;
    this.phones.delete(phone.id);
    this.exchange.event(name, { kind: 'on-hook' });
    this.deliver();
  }

  /** What was ordered arrives, and is done. */
  deliver(): void {
    const { orders } = this.exchange;
    for (; this.#read < orders.length; this.#read += 1) {
      const order = orders[this.#read];
      if (order) this.#order(order.line, order.state);
    }
  }

  #order(name: LineName, state: HalfCallState): void {
    const telephone = this.telephones.get(name);
    if (telephone) {
      telephone.ordered = state;
      return;
    }
    const id = this.#names.get(name) ?? this.#answering(name, state);
    const phone = this.phones.get(id);
    if (!isLineState(state.phase)) {
      if (phone) phone.is = state;
      return;
    }
    this.phones.delete(id);
    this.#names.delete(name);
    this.exchange.control.parted(name, this.exchange.now);
  }

  /** Call control calls somebody, who has a telephone. */
  #answering(name: LineName, state: HalfCallState): string {
    this.#count += 1;
    const phone: Phone = { id: `phone ${this.#count}`, is: state, local: undefined };
    this.phones.set(phone.id, phone);
    this.#names.set(name, phone.id);
    this.exchange.control.changed(name, this.exchange.now);
    return phone.id;
  }

  /** The node dies, with or without the orders that have not arrived; another goes on. */
  crash(): void {
    const { random } = this;
    const dead = NODES[this.#node % NODES.length] ?? '';
    for (const telephone of this.telephones.values()) {
      if (random.chance(0.5)) telephone.ordered = undefined;
      telephone.carryOut();
      telephone.confirmations.length = 0;
    }
    this.#node += 1;
    this.exchange = this.#start(this.exchange.now + random.integer(3_000));
    const adopt = (): void => {
      this.exchange.control.adoptCallsOf(dead, this.exchange.now);
      this.deliver();
    };
    const isEarly = random.chance(0.5);
    if (isEarly) adopt();
    const unknown = random.shuffle([...LINES]);
    while (unknown.length > 0) {
      const piece = unknown.splice(0, 1 + random.integer(3));
      const found = piece.map((line) => (this.telephones.get(line) as Telephone).found((share) => random.chance(share)));
      this.exchange.restore(found, unknown.length > 0 || !isEarly);
      this.deliver();
    }
    if (isEarly) return;
    adopt();
    this.exchange.restore([], false);
    this.deliver();
  }

  settle(): void {
    settleLines(this.telephones, (line, event) => {
      this.exchange.event(line, event);
      this.deliver();
    });
  }

  /** Everybody of whom a node knows is in a call that the other one of it is in, too. */
  check(): void {
    for (const { callId, state, legs } of this.exchange.control.calls(this.exchange.now, 100)) {
      const seats = ['routing', 'hunting'].includes(state) ? 1 : 2;
      expect(legs, `legs of ${callId}, which is ${state}`).to.have.length(seats);
    }
    for (const { id, is } of this.phones.values())
      if (is) expect([...this.#names.values()], `the node knows ${id}, which is ${is.phase}`).to.include(id);
  }

  hangUpAll(): void {
    for (const [name, id] of [...this.#names]) {
      const phone = this.phones.get(id);
      if (phone) this.hangUp(name, phone);
    }
    for (let round = 0; round < 2; round += 1) {
      for (const telephone of this.telephones.values()) if (telephone.hook === 'off') telephone.flip();
      this.settle();
      for (const [name, id] of [...this.#names]) {
        const phone = this.phones.get(id);
        if (phone) this.hangUp(name, phone);
      }
      this.settle();
    }
    this.exchange.pass(200_000 + PARTING_MS);
    this.deliver();
    this.settle();
    expect(this.exchange.states).to.deep.equal([]);
    for (const line of LINES) expect(this.exchange.phase(line) ?? 'idle', line).to.equal('idle');
    expect(
      [...this.phones.values()].filter(({ is }) => is),
      'telephones that nobody has told',
    ).to.deep.equal([]);
    expect([...this.store.records()].map(({ content }) => content)).to.deep.equal([]);
    this.#checkRecords();
  }

  /** Each call has one, whose times are in order. */
  #checkRecords(): void {
    const records = this.store.finished;
    expect(new Set(records.map(({ callId }) => callId)).size).to.equal(records.length);
    for (const { callId, setUpAt, answeredAt, endedAt } of records) {
      expect(endedAt, callId).to.be.at.least(setUpAt);
      if (answeredAt !== undefined) expect(answeredAt, callId).to.be.within(setUpAt, endedAt);
    }
  }
}

describe('a storm of deaths with a store that all share', () => {
  storms(
    'takes nobody out of his call, and leaves nothing behind',
    { rounds: 10, perRound: 10, steps: 150, calm: 0.05 },
    runSeed(),
    (random) => new Storm(random),
  );
});
