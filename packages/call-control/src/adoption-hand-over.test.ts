// A living node gives a call to another, record by record: after its line, or on a planned stop; and what comes of a record that is late.
import { expect } from 'chai';
import { CALLER, foundOf, partyToLine, successor } from './adoption.fixture.js';
import { callCounter, newCallId } from './call-identity.js';
import { A, B, CALLED, START, WITH_PARTIES } from './exchange.fixture.js';
import type { LineName } from './half-call.js';
import { Node, SharedStore } from './records.fixture.js';

describe('calls of which a node is told that was away', () => {
  it('are those of two parties that it began: which another goes on with, and which are over', () => {
    const node = new Node(new SharedStore(), 2);
    const [lasting, ended] = [7, 8].map((counter) => newCallId(1, START - 20_000, callCounter(counter, true)));
    for (const [at, callId] of [lasting, ended].entries())
      node.restore([{ line: `sip/${at}`, hook: 'off', state: { phase: 'talking', role: 'originating', callId } }], true);
    node.onHook('sip/1');
    // One that it has begun itself, and one with a line, of which an audit tells.
    node.setUp('sip/8', '30');
    const withLine = newCallId(1, START - 20_000, callCounter(9, true));
    node.restore([{ line: 'sip/9', hook: 'off', state: { phase: 'talking', role: 'originating', callId: withLine, farLine: B } }], true);
    expect(node.control.whereabouts(node.now)).to.deep.equal({ carried: [lasting], over: [ended] });
    expect(node.control.whereabouts(node.now + 400_000).over).to.deep.equal([]);
  });

  it('are over there when a telephone of theirs speaks, and are not gone on with', () => {
    const store = new SharedStore();
    const before = new Node(store);
    before.setUp(CALLER, '30');
    before.answer(CALLED);
    const callId = store.only?.callId ?? '';
    const back = new Node(store, 1, { now: before.now + 5_000 });
    back.control.leave(callId, true, back.now);
    back.control.adoptCallsOf(back.name, back.now);
    expect(back.states).to.deep.equal([]);
    back.restore([{ line: 'sip/7', hook: 'off', state: { phase: 'talking', role: 'originating', callId } }], true);
    expect([back.states, back.phase('sip/7')]).to.deep.equal([[], 'busy']);
  });
});

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

  it('is taken as its node has written it since it was offered, where both see that', () => {
    const giver = partyToLine(false);
    const early = giver.store.only;
    giver.offHook(B);
    const node = new Node(giver.store, 2, { now: giver.now });
    if (early) node.control.adopt(early, node.now);
    expect(node.states).to.deep.equal(['talking']);
  });

  it('is over as its node has written it, though what was offered once more tells of a talk', () => {
    const giver = partyToLine(true);
    const offered = giver.store.only;
    const node = new Node(new SharedStore(), 2, { now: giver.now });
    if (offered) node.control.adopt(offered, node.now);
    node.restore([foundOf(giver, B)], false);
    giver.now += 10;
    giver.event(CALLER, { kind: 'on-hook' });
    if (giver.store.only) node.store.write(giver.store.only);
    if (offered) node.control.renew(offered, node.now);
    expect([node.phase(B), node.states]).to.deep.equal(['busy', []]);
  });

  it('is over though this node has written since what it had found: who gave it away had not said all by then', () => {
    const giver = partyToLine(false);
    const found = giver.store.only;
    const node = new Node(new SharedStore(), 2, { now: giver.now + 10 });
    if (found) node.store.write(found);
    node.restore([foundOf(giver, B)], false);
    expect(node.store.only).to.deep.include({ node: 'n2' });
    giver.event(CALLER, { kind: 'on-hook' });
    const over = giver.store.only;
    expect(over?.updatedAt).to.be.lessThan(node.store.only?.updatedAt ?? 0);
    if (over) node.control.adopt(over, node.now);
    expect([node.phase(B), node.states]).to.deep.equal(['idle', []]);
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
