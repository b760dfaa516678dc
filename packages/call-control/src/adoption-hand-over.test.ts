// A living node gives a call to another, record by record: after its line, or on a planned stop; and what comes of a record that is late.
import { expect } from 'chai';
import { CALLER, foundOf, partyToLine, successor } from './adoption.fixture.js';
import { A, B, CALLED, WITH_PARTIES } from './exchange.fixture.js';
import type { LineName } from './half-call.js';
import { Node, SharedStore } from './records.fixture.js';

describe('a call that is given to another node', () => {
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
});
