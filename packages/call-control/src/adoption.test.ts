// A node dies, and another goes on with its calls from their records: parties at once, lines as its audits find them.
import { expect } from 'chai';
import { parseCallId, partialCallId } from './call-identity.js';
import { A, B, CALLED, D, sdpOf, START, WITH_PARTIES } from './exchange.fixture.js';
import type { FoundLeg, HalfCallRole, LineName, Phase } from './half-call.js';
import { Node, SharedStore } from './records.fixture.js';
import { isOnHook } from './states.js';

const CALLER = 'sip/1';

/** What an audit finds of a line in the state in which the dead node had it. */
function foundOf(dead: Node, line: LineName, phase: Phase | undefined = dead.phase(line)): FoundLeg {
  const state = dead.wanted.get(line);
  if (!state || phase === undefined) throw new Error(`${line} was told nothing`);
  return { line, hook: isOnHook(phase) ? 'on' : 'off', state: { ...state, phase }, local: state.media && sdpOf(line) };
}

/** What an audit finds of a line that has nothing to do. */
function idle(line: LineName, hook: FoundLeg['hook'] = 'on'): FoundLeg {
  return { line, hook, state: { phase: 'idle', role: 'originating' } };
}

/** The other node, once it knows that the first is down. */
function successor(dead: Node, later = 1_000): Node {
  const node = new Node(dead.store, 2, { now: dead.now + later });
  node.control.adoptCallsOf(dead.name, node.now);
  return node;
}

/** A talks to the party that it has called. */
function lineToParty(): Node {
  const node = new Node(new SharedStore());
  node.call(A, '30');
  node.pass(4_000);
  node.answer(CALLED);
  node.reach(CALLED);
  node.reach(A);
  node.pass(10_000);
  return node;
}

function partyToLine(talks: boolean): Node {
  const node = new Node(new SharedStore());
  node.setUp(CALLER, '1002');
  node.reach(B);
  if (talks) {
    node.offHook(B);
    node.reach(B);
    node.reach(CALLER);
  }
  return node;
}

describe('a call of a line with a party, whose node has died', () => {
  it('calls the party when its caller is found, where nobody was called yet', () => {
    const dead = new Node(new SharedStore());
    dead.offHook(A);
    dead.dial(A, '30');
    const node = successor(dead);
    node.restore([foundOf(dead, A)], true);
    expect(node.states).to.deep.equal(['routing']);
    node.reach(A);
    expect(node.phases(A, CALLED)).to.deep.equal(['routing', 'ringing']);
  });

  it('of which its record tells one leg alone loses the other when no audit is left to find it', () => {
    const dead = new Node(new SharedStore());
    dead.call(A, '1002');
    dead.answer(B);
    const half = new Node(new SharedStore(), 2, { now: dead.now });
    half.restore([foundOf(dead, A)], true);
    const node = new Node(half.store, 3, { now: half.now });
    node.restore([foundOf(dead, A)], true);
    node.restore([], false);
    expect(node.phase(A)).to.equal('busy');
  });

  it('lets nobody hear that the party rings before it says so', () => {
    const dead = new Node(new SharedStore());
    dead.call(A, '30');
    const node = successor(dead);
    node.restore([foundOf(dead, A)], false);
    expect([node.states, node.phase(A)]).to.deep.equal([['offering'], 'routing']);
    node.reach(node.firstAdopted);
    expect(node.phase(A)).to.equal('early');
  });

  it('tells the caller why it has ended before he was found', () => {
    const dead = new Node(new SharedStore());
    dead.call(A, '30');
    const node = successor(dead);
    node.fail(node.firstAdopted, 'user-busy');
    expect(node.states).to.deep.equal([]);
    node.restore([foundOf(dead, A)], false);
    expect(node.phase(A)).to.equal('busy');
  });

  it('is one with the call that its caller has asked the other node for meanwhile', () => {
    const dead = partyToLine(false);
    const node = new Node(dead.store, 2, { now: dead.now, adopts: () => 'sip/7' });
    node.setUp('sip/7', '1002');
    node.control.adoptCallsOf(dead.name, node.now);
    const { callId } = dead.wanted.get(B) ?? {};
    expect([node.states, node.wanted.get('sip/7')?.callId]).to.deep.equal([['alerting'], callId]);
    node.restore([foundOf(dead, B)], false);
    node.offHook(B);
    expect(node.phases('sip/7', B)).to.deep.equal(['talking', 'talking']);
  });

  it('leaves the caller to the call that has come further at the other node', () => {
    const dead = new Node(new SharedStore());
    dead.setUp(CALLER, '30');
    const node = new Node(dead.store, 2, { now: dead.now, adopts: (nth) => (nth === 1 ? 'sip/7' : 'sip/8') });
    node.setUp('sip/7', '30');
    node.answer(CALLED);
    node.control.adoptCallsOf(dead.name, node.now);
    expect(node.phases('sip/7', CALLED, 'sip/8')).to.deep.equal(['talking', 'talking', 'idle']);
    expect(node.states).to.deep.equal(['talking']);
  });

  it('goes after its line, when another node has that, and not before', () => {
    const giver = new Node(new SharedStore());
    giver.setUp(CALLER, '1002');
    giver.reach(B);
    const found = foundOf(giver, B);
    expect(giver.control.records(giver.now, () => true)).to.deep.equal([]);
    giver.control.release(B, giver.now);
    expect(giver.control.records(giver.now, (_callId, line) => line !== B)).to.deep.equal([]);
    const [record, ...others] = giver.control.records(giver.now, (_callId, line) => line === B);
    expect(others).to.deep.equal([]);
    const node = new Node(new SharedStore(), 2, { now: giver.now });
    if (record) node.control.adopt(record, node.now);
    node.restore([found], false);
    node.offHook(B);
    expect(node.phases(node.firstAdopted, B)).to.deep.equal(['talking', 'talking']);
  });

  it('is told once more, when it was answered before its node heard that another has it', () => {
    const giver = partyToLine(false);
    const early = giver.store.only;
    const node = new Node(new SharedStore(), 2, { now: giver.now });
    if (early) node.control.adopt(early, node.now);
    node.restore([foundOf(giver, B)], false);
    giver.offHook(B);
    if (giver.store.only) node.control.renew(giver.store.only, node.now);
    expect(node.forgotten).to.deep.equal([node.firstAdopted]);
    expect(node.phases('sip/202', B)).to.deep.equal(['talking', 'talking']);
  });

  it('is over for the line, when it has ended before its node heard that another has it', () => {
    const giver = partyToLine(true);
    const node = new Node(new SharedStore(), 2, { now: giver.now });
    if (giver.store.only) node.control.adopt(giver.store.only, node.now);
    node.restore([foundOf(giver, B)], false);
    node.control.endedThere(giver.store.only?.callId ?? '', node.now);
    expect([node.phase(B), node.states, node.forgotten]).to.deep.equal(['busy', [], [node.firstAdopted]]);
  });

  it('is its own again where a node had carried it before', () => {
    const first = partyToLine(true);
    const second = successor(first);
    const { store } = second;
    expect(store.only?.node).to.equal(second.name);
    const again = new Node(store, 1, { now: second.now, inService: false });
    again.control.adoptCallsOf(second.name, again.now);
    const before = store.only;
    if (before) store.write({ ...before, node: second.name, updatedAt: before.updatedAt + 1 });
    const third = new Node(store, 1, { now: again.now, inService: false });
    third.control.adoptCallsOf(second.name, third.now);
    expect(store.only?.node).to.equal(third.name);
  });

  it('is told to be over by who has the line, where its party left before that was known', () => {
    const dead = partyToLine(true);
    const where: { holder?: number } = {};
    const settings = { ...WITH_PARTIES, elsewhere: (line: LineName) => (line === B ? where.holder : undefined) };
    const node = new Node(new SharedStore(), 2, { now: dead.now, settings });
    if (dead.store.only) node.control.adopt(dead.store.only, node.now);
    node.event(node.firstAdopted, { kind: 'on-hook' });
    node.partAll();
    expect([node.states, node.control.records(node.now)], 'before anybody has the line').to.deep.equal([[], []]);
    where.holder = 3;
    const [over] = node.control.records(node.now);
    const holder = new Node(new SharedStore(), 3, { now: node.now });
    holder.restore([foundOf(dead, B)], true);
    if (over) holder.control.adopt(over, holder.now);
    expect([holder.phase(B), holder.states]).to.deep.equal(['busy', []]);
    node.control.giveAway(over?.callId ?? '');
    expect(node.control.records(node.now)).to.deep.equal([]);
  });

  it('is not set back by its record, when that comes once more and late', () => {
    const dead = partyToLine(false);
    const record = dead.store.only;
    const node = successor(dead);
    node.restore([foundOf(dead, B)], false);
    node.offHook(B);
    node.event(node.firstAdopted, { kind: 'hold' });
    if (record) node.control.adopt(record, node.now);
    expect([node.states, node.adopted.length]).to.deep.equal([['held-by-originating'], 1]);
  });

  it('goes on with the party at once, and with the line when it is found', () => {
    const dead = lineToParty();
    const node = successor(dead);
    const party = node.firstAdopted;
    expect(node.adopted).to.deep.equal([`dialog of ${CALLED}`]);
    expect(node.wanted.get(party)).to.deep.include({
      phase: 'talking',
      role: 'terminating',
      media: { mode: 'sendrecv', remote: sdpOf(A) },
    });
    expect(node.wanted.get(party)?.called).to.deep.equal({ kind: 'registrar', user: '30' });
    node.forget();
    node.restore([foundOf(dead, A)], false);
    expect(node.orders.map(({ line, state }) => [line, state.phase, state.media?.remote])).to.deep.equal([[A, 'talking', sdpOf(CALLED)]]);
    node.onHook(A);
    expect(node.wanted.get(party)).to.include({ phase: 'busy', cause: 'normal-clearing' });
    expect(node.states).to.deep.equal([]);
  });

  it('has one record in the end, which tells what the dead node saw', () => {
    const dead = lineToParty();
    const node = successor(dead);
    node.restore([foundOf(dead, A)], false);
    node.event(node.firstAdopted, { kind: 'on-hook' });
    expect(dead.store.finished).to.deep.equal([
      {
        callId: dead.wanted.get(A)?.callId,
        from: '1001',
        to: '30',
        protocol: 'mgcp+sip',
        setUpAt: START,
        answeredAt: START + 4_000,
        endedAt: START + 15_000,
        estimated: [],
        endedBy: 'terminating',
        cause: 'normal-clearing',
        q850: 16,
        nodes: ['n1', 'n2'],
      },
    ]);
  });

  it("is this node's from now on: its record says so", () => {
    const dead = lineToParty();
    successor(dead);
    expect(dead.store.only).to.deep.include({ node: 'n2' });
    dead.control.forgetOthers();
    dead.control.release(A, dead.now);
    dead.control.forgetOthers();
    expect([dead.states, dead.forgotten]).to.deep.equal([[], [CALLED]]);
  });

  it('ends when its line is found on its hook', () => {
    const dead = lineToParty();
    const node = successor(dead);
    node.restore([idle(A)], false);
    expect(node.wanted.get(node.firstAdopted)).to.include({ phase: 'busy' });
    expect(node.states).to.deep.equal([]);
    expect(dead.store.finished[0]).to.deep.include({ estimated: ['endedAt'], endedBy: 'network' });
  });

  it('ends at once when its line had been found idle before', () => {
    const dead = lineToParty();
    const node = new Node(dead.store, 2, { now: dead.now });
    node.restore([idle(A)], false);
    node.control.adoptCallsOf('n1', node.now);
    expect(node.wanted.get(node.firstAdopted)).to.include({ phase: 'busy' });
  });

  it('ends when its line is found in another call, or is taken out of service', () => {
    for (const lose of [
      (node: Node) => node.restore([{ ...idle(A, 'off'), state: { phase: 'dialling', role: 'originating' } }], false),
      (node: Node) => node.control.service(A, false, node.now),
    ]) {
      const node = successor(lineToParty());
      lose(node);
      expect(node.states).to.deep.equal([]);
    }
  });

  it('takes the party into a call of which an audit has found the line first', () => {
    const dead = lineToParty();
    const node = new Node(dead.store, 2, { now: dead.now });
    node.restore([foundOf(dead, A)], true);
    const party = node.firstAdopted;
    expect([node.phases(A, party), node.remote(A), node.remote(party)]).to.deep.equal([['talking', 'talking'], sdpOf(CALLED), sdpOf(A)]);
    expect(dead.store.only).to.deep.include({ node: 'n2' });
    node.event(party, { kind: 'on-hook' });
    expect(node.phase(A)).to.equal('busy');
    expect(dead.store.finished[0]).to.deep.include({ from: '1001', answeredAt: START + 4_000, estimated: [] });
  });

  it('has one record and one identity, where its line tells a part of that only', () => {
    const dead = lineToParty();
    const callId = dead.wanted.get(A)?.callId ?? '';
    const { slot = 0, counter = 0 } = parseCallId(callId) ?? {};
    const node = new Node(dead.store, 2, { now: dead.now });
    const leg = foundOf(dead, A);
    node.restore([{ ...leg, state: leg.state && { ...leg.state, callId: partialCallId(slot, counter) } }], false);
    expect(node.adopted).to.deep.equal([]);
    node.control.adoptCallsOf('n1', node.now);
    expect(node.wanted.get(node.firstAdopted)).to.deep.include({ phase: 'talking', callId });
    expect(dead.store.only).to.deep.include({ node: 'n2', callId });
    node.onHook(A);
    node.partAll();
    expect([node.phase(node.firstAdopted), dead.store.only]).to.deep.equal(['busy', undefined]);
    expect(dead.store.finished.map((each) => each.callId)).to.deep.equal([callId]);
  });

  it('waits for a line whose gateway has not come yet, however long other searches have been over', () => {
    const dead = lineToParty();
    const node = successor(dead);
    node.restore([], false);
    node.pass(60_000);
    expect(node.states).to.deep.equal(['talking']);
    node.restore([foundOf(dead, A)], false);
    node.onHook(A);
    expect(node.phase(node.firstAdopted)).to.equal('busy');
  });

  it('is over for a line that is found after the party has hung up', () => {
    const dead = lineToParty();
    const node = successor(dead);
    node.event(node.firstAdopted, { kind: 'on-hook' });
    node.restore([foundOf(dead, A)], false);
    expect([node.phase(A), node.states]).to.deep.equal(['busy', []]);
    node.onHook(A);
    node.call(A, '30');
    expect(node.states).to.deep.equal(['offering']);
  });

  it('on hold is on hold', () => {
    const dead = lineToParty();
    dead.flash(A);
    dead.reach(A);
    dead.reach(CALLED);
    const node = successor(dead);
    expect(node.phase(node.firstAdopted)).to.equal('held');
    node.restore([foundOf(dead, A)], false);
    node.flash(A);
    expect(node.phases(A, node.firstAdopted)).to.deep.equal(['talking', 'talking']);
  });

  it('that a party has begun rings on, and is answered', () => {
    const dead = partyToLine(false);
    const node = successor(dead);
    expect(node.wanted.get(node.firstAdopted)).to.deep.include({ phase: 'ringback', role: 'originating' });
    node.restore([foundOf(dead, B)], false);
    expect(node.wanted.get(B)).to.deep.include({ phase: 'ringing', caller: { number: '4930' } });
    node.offHook(B);
    expect(node.phases(node.firstAdopted, B)).to.deep.equal(['talking', 'talking']);
  });

  it('that was answered after the record was written is where its line is', () => {
    const dead = partyToLine(false);
    const node = successor(dead);
    node.restore([{ ...foundOf(dead, B), hook: 'off' }], false);
    expect(node.phases(node.firstAdopted, B)).to.deep.equal(['talking', 'talking']);
  });

  it('is offered once more to a line that may not have been told to ring', () => {
    const dead = new Node(new SharedStore());
    dead.setUp(CALLER, '20');
    const node = successor(dead);
    node.restore([idle(B)], false);
    expect(node.phases(node.firstAdopted, B)).to.deep.equal(['routing', 'ringing']);
    node.control.service(D, true, node.now);
    node.fail(B, 'destination-out-of-order');
    expect(node.phase(D), 'the targets that were left').to.equal('ringing');
  });

  it('gets its routing from a party that will not say again that it is there', () => {
    const dead = new Node(new SharedStore(), 1, { inService: false });
    dead.restore([], true);
    dead.setUp(CALLER, '1002');
    expect(dead.states).to.deep.equal(['hunting']);
    const node = successor(dead);
    node.control.service(B, true, node.now);
    expect(node.phase(B)).to.equal('ringing');
  });
});

describe('a call of two parties, whose node has died', () => {
  function partyToParty(): Node {
    const node = new Node(new SharedStore());
    node.setUp(CALLER, '30');
    node.answer(CALLED);
    node.reach(CALLER);
    node.reach(CALLED);
    return node;
  }

  it('goes on whole', () => {
    const node = successor(partyToParty());
    const [caller, called] = ['sip/201', 'sip/202'];
    expect(node.phases(caller, called)).to.deep.equal(['talking', 'talking']);
    expect([node.remote(caller), node.remote(called)]).to.deep.equal([sdpOf(CALLED), sdpOf(CALLER)]);
    node.event(caller, { kind: 'on-hook' });
    expect(node.phase(called)).to.equal('busy');
  });

  it('is given to one that asks for it by its identity', () => {
    const dead = partyToParty();
    const callId = dead.wanted.get(CALLER)?.callId ?? '';
    const node = new Node(dead.store, 3, { now: dead.now });
    const role: HalfCallRole = 'terminating';
    const party = node.control.recall(callId.toLowerCase(), role, node.now);
    expect(party).to.equal('sip/302');
    expect(node.control.recall(callId, role, node.now), 'once more').to.equal(party);
    expect(node.adopted).to.have.length(2);
    node.event('sip/302', { kind: 'on-hook' });
    expect(node.phase('sip/301')).to.equal('busy');
    node.partAll();
    expect(node.control.recall(callId, role, node.now), 'after its end').to.equal(undefined);
  });

  it('goes on after its own node has started anew', () => {
    const dead = partyToParty();
    const node = new Node(dead.store, 1, { now: dead.now + 2_000, inService: false });
    node.control.adoptCallsOf('n1', node.now);
    expect(node.states).to.deep.equal(['talking']);
    expect(node.adopted).to.have.length(2);
  });

  it('is adopted once', () => {
    const dead = partyToParty();
    const node = successor(dead);
    node.control.adoptCallsOf('n1', node.now);
    node.control.adoptCallsOf('n2', node.now);
    expect(node.adopted).to.have.length(2);
  });

  it('is handed over, record by record, without a store', () => {
    const giver = new Node(new SharedStore());
    giver.setUp(CALLER, '30');
    giver.talk(A, B);
    expect(
      giver.control.records(giver.now, () => true),
      'before it is answered',
    ).to.deep.equal([]);
    giver.answer(CALLED);
    const records = giver.control.records(giver.now, () => true);
    expect(records).to.have.length(1);
    const node = new Node(new SharedStore(), 2, { now: giver.now });
    for (const record of records) node.control.adopt(record, node.now);
    expect(node.phases('sip/201', 'sip/202')).to.deep.equal(['talking', 'talking']);
    giver.forget();
    for (const { callId } of records) giver.control.giveAway(callId);
    expect([giver.states, giver.orders, giver.forgotten]).to.deep.equal([['talking'], [], [CALLER, CALLED]]);
  });

  it('loses the party that cannot be adopted', () => {
    const dead = partyToParty();
    const record = dead.store.only;
    if (record) dead.store.write({ ...record, content: record.content.replace(`dialog of ${CALLED}`, 'garbage') });
    const node = successor(dead);
    expect(node.phase(node.firstAdopted)).to.equal('busy');
    expect(node.states).to.deep.equal([]);
    node.partAll();
    expect(dead.store.only).to.equal(undefined);
    expect(dead.store.finished[0]).to.deep.include({ estimated: ['endedAt'], nodes: ['n1', 'n2'] });
  });
});

describe('a call that is being transferred, whose node has died', () => {
  function transferred(): Node {
    const node = partyToLine(true);
    node.event(CALLER, { kind: 'transfer', to: '30' });
    node.reach(CALLED);
    return node;
  }

  it('goes on ringing, and lets who asked go when that is answered', () => {
    const dead = transferred();
    const node = successor(dead);
    node.restore([foundOf(dead, B)], false);
    const [transferor, called] = ['sip/201', 'sip/202'];
    expect(node.phases(transferor, called, B)).to.deep.equal(['talking', 'ringing', 'early']);
    node.answer(called);
    expect(node.phases(called, B)).to.deep.equal(['talking', 'talking']);
    expect(node.wanted.get(transferor)).to.include({ phase: 'idle', cause: 'normal-clearing' });
    expect(node.notices.at(-1)).to.deep.equal({ party: transferor, notice: { kind: 'transfer', progress: 'done' } });
  });

  it('gives the partner back to who asked, when it is refused', () => {
    const dead = transferred();
    const node = successor(dead);
    node.restore([foundOf(dead, B)], false);
    node.fail('sip/202', 'user-busy');
    expect(node.phases('sip/201', B)).to.deep.equal(['talking', 'talking']);
    node.onHook(B);
    expect(node.wanted.get('sip/201')).to.include({ phase: 'busy' });
  });
});

describe('a call between lines, whose node has died', () => {
  it('has its times and its targets from its record', () => {
    const dead = new Node(new SharedStore());
    dead.call(A, '20');
    dead.fail(B, 'destination-out-of-order');
    dead.reach('line/1@mg1');
    dead.reach(A);
    dead.pass(5_000);
    const node = successor(dead);
    node.restore([foundOf(dead, A), foundOf(dead, 'line/1@mg1')], false);
    expect(node.states).to.deep.equal(['alerting']);
    node.control.service(D, true, node.now);
    node.fail('line/1@mg1', 'destination-out-of-order');
    expect(node.phase(D)).to.equal('ringing');
    node.onHook(A);
    expect(dead.store.finished[0]).to.deep.include({ setUpAt: START, estimated: [], nodes: ['n1', 'n2'], from: '1001', to: '20' });
  });

  it('tells without a record which times it has estimated', () => {
    const dead = new Node(new SharedStore());
    dead.talk(A, B);
    dead.pass(30_000);
    const node = new Node(new SharedStore(), 2, { now: dead.now });
    node.restore([foundOf(dead, A), foundOf(dead, B)], false);
    node.pass(5_000);
    node.onHook(A);
    expect(node.store.finished[0]).to.deep.include({
      setUpAt: START,
      answeredAt: START + 30_000,
      endedAt: START + 35_000,
      estimated: ['answeredAt'],
      nodes: ['n1', 'n2'],
    });
  });
});

describe('a record that is garbage', () => {
  const CONTENTS = ['{', '[]', '{"version":1}', 'null', '"'];
  for (const content of CONTENTS)
    it(`is counted and passed over: ${content}`, () => {
      const dead = lineToParty();
      const record = dead.store.only;
      if (record) dead.store.write({ ...record, callId: '1000000000001', content });
      const node = successor(dead);
      expect(node.counted.get('call.record.unreadable')).to.equal(1);
      expect(node.states, 'the other').to.deep.equal(['talking']);
      expect(node.control.recall('1000000000001', 'originating', node.now)).to.equal(undefined);
    });

  it('with any value of another kind does no harm', () => {
    const dead = lineToParty();
    const record = dead.store.only;
    const fields = JSON.parse(record?.content ?? '{}') as Record<string, unknown>;
    for (const name of Object.keys(fields))
      for (const garbage of ['', 'garbage', [], {}, 0, true, undefined]) {
        const node = new Node(new SharedStore(), 2, { now: dead.now });
        node.control.adopt(
          { callId: '', node: 'n1', updatedAt: 1, ...record, content: JSON.stringify({ ...fields, [name]: garbage }) },
          node.now,
        );
        node.restore([idle(A)], false);
        node.pass(600_000);
        for (const at of node.adopted.keys()) node.event(`sip/${201 + at}`, { kind: 'on-hook' });
        expect(node.states, `${name} ${JSON.stringify(garbage)}`).to.deep.equal([]);
      }
  });
});

describe('a call of two lines that another node has', () => {
  it('is forgotten where its record alone is known, and no drain waits for it', () => {
    const dead = new Node(new SharedStore());
    dead.call(A, '1002');
    const where: { holder?: number } = {};
    const settings = { ...WITH_PARTIES, elsewhere: () => where.holder };
    const node = new Node(dead.store, 1, { now: dead.now, inService: false, settings });
    node.control.adoptCallsOf(node.name, node.now);
    expect([node.states.length, node.control.pending(node.now)]).to.deep.equal([1, 0]);
    where.holder = 2;
    node.control.nodesChanged(() => false, node.now);
    expect(node.states).to.deep.equal([]);
  });
});
