// A call is over, or goes on without somebody, and the node dies before everybody has been told.
import { expect } from 'chai';
import { A, B, C, CALLED, sdpOf, START } from './exchange.fixture.js';
import type { FoundLeg, LineName } from './half-call.js';
import { PARTING_MS } from './partings.js';
import { Node, SharedStore } from './records.fixture.js';
import { parseStoredCall, type StoredCall } from './stored-call.js';

const CALLER = 'sip/1';

function storedIn({ store }: Node): StoredCall | undefined {
  const record = store.only;
  return record && parseStoredCall(record.content, record.callId);
}

function partyToLine(): Node {
  const node = new Node(new SharedStore());
  node.setUp(CALLER, '1002');
  node.reach(B);
  node.offHook(B);
  node.reach(B);
  node.reach(CALLER);
  return node;
}

function successor(dead: Node): Node {
  const node = new Node(dead.store, 2, { now: dead.now + 1_000 });
  node.control.adoptCallsOf(dead.name, node.now);
  return node;
}

/** What the line's gateway still has of a call of which it has not heard that it is over. */
function foundOf(before: FoundLeg['state'], line: LineName, hook: FoundLeg['hook'] = 'off'): FoundLeg {
  return { line, hook, state: before, local: sdpOf(line) };
}

describe('the record of a call that is over', () => {
  it('says who has still to be told, until all have been', () => {
    const node = partyToLine();
    node.onHook(B);
    expect(storedIn(node)).to.deep.include({
      state: 'releasing',
      partings: [
        { line: B, protocol: 'mgcp', role: 'originating', phase: 'idle', cause: 'normal-clearing' },
        {
          line: CALLER,
          protocol: 'sip',
          role: 'originating',
          phase: 'busy',
          cause: 'normal-clearing',
          saved: `dialog of ${CALLER}`,
        },
      ],
    });
    node.control.parted(CALLER, node.now);
    expect(storedIn(node)?.partings.map(({ line }) => line)).to.deep.equal([B]);
    node.reach(B);
    expect(node.store.only).to.equal(undefined);
    expect(node.store.written.at(-1)?.content).to.equal('');
  });

  it('is empty after a while, whoever has not said that he was told', () => {
    const node = partyToLine();
    node.onHook(B);
    node.pass(PARTING_MS - 1);
    expect(storedIn(node)?.state).to.equal('releasing');
    node.pass(1);
    expect(node.store.only).to.equal(undefined);
  });

  it('is written before anybody is told', () => {
    const node = partyToLine();
    const told: unknown[] = [];
    const push = node.orders.push.bind(node.orders);
    node.orders.push = (...orders) => {
      told.push(storedIn(node)?.state);
      return push(...orders);
    };
    node.onHook(B);
    expect(told).to.deep.equal(['releasing', 'releasing']);
  });

  it('says that a leg has left a call that goes on', () => {
    const node = new Node(new SharedStore());
    node.call(A, '31');
    node.fail(CALLED, 'call-rejected');
    expect(storedIn(node)).to.deep.include({ state: 'offering' });
    expect(storedIn(node)?.partings).to.deep.equal([
      { line: CALLED, protocol: 'sip', role: 'terminating', phase: 'idle', cause: 'call-rejected', saved: `dialog of ${CALLED}` },
    ]);
    node.control.parted(CALLED, node.now);
    expect(storedIn(node)?.partings).to.deep.equal([]);
  });
});

describe('a call that is over, whose node has died before all were told', () => {
  it('is told to the party by the next node, and not gone on with', () => {
    const dead = partyToLine();
    dead.onHook(B);
    const node = successor(dead);
    expect(node.adopted).to.deep.equal([`dialog of ${CALLER}`]);
    expect(node.orders.map(({ line, state }) => [line, state.phase, state.cause])).to.deep.equal([
      [node.firstAdopted, 'busy', 'normal-clearing'],
    ]);
    expect(node.states).to.deep.equal([]);
    expect(node.store.only).to.deep.include({ node: 'n2' });
    node.control.parted(node.firstAdopted, node.now);
    expect(
      storedIn(node)?.partings.map(({ line }) => line),
      'nobody has heard of the line yet',
    ).to.deep.equal([B]);
    node.restore([{ line: B, hook: 'on', state: { phase: 'idle', role: 'originating' } }], false);
    node.reach(B);
    expect(node.store.only).to.equal(undefined);
  });

  it('is told to its line by the node after the next, when that dies, too', () => {
    const dead = new Node(new SharedStore());
    dead.call(A, '30');
    const before = dead.wanted.get(A);
    dead.fail(CALLED, 'user-busy');
    const next = successor(dead);
    next.partAll();
    const node = new Node(dead.store, 3, { now: next.now });
    node.control.adoptCallsOf('n2', node.now);
    node.restore([foundOf(before, A)], false);
    expect([node.phase(A), node.states]).to.deep.equal(['busy', []]);
  });

  it('leaves its one detail record, by whomever', () => {
    const dead = partyToLine();
    dead.pass(9_000);
    dead.onHook(B);
    const detail = dead.store.finished[0];
    const record = dead.store.only;
    const store = new SharedStore();
    const node = new Node(store, 2, { now: dead.now });
    if (record) node.control.adopt(record, node.now);
    expect(store.finished).to.deep.equal([detail]);
    expect(detail).to.deep.include({ answeredAt: START, endedAt: START + 9_000, endedBy: 'terminating' });
  });

  it('is over for its line as the table says, when that is found in it', () => {
    const dead = new Node(new SharedStore());
    dead.call(A, '30');
    const before = dead.wanted.get(A);
    dead.fail(CALLED, 'user-busy');
    const node = successor(dead);
    node.restore([foundOf(before, A)], false);
    expect([node.phase(A), node.states]).to.deep.equal(['busy', []]);
    node.onHook(A);
    expect(node.phase(A)).to.equal('idle');
  });

  it('is over for a line that was found before its record was read', () => {
    const dead = partyToLine();
    const before = dead.wanted.get(B);
    dead.event(CALLER, { kind: 'on-hook' });
    const node = new Node(dead.store, 2, { now: dead.now });
    node.restore([foundOf(before, B)], false);
    expect([node.phase(B), node.states]).to.deep.equal(['busy', []]);
    expect(node.phase(node.firstAdopted)).to.equal('idle');
  });

  it('stops the ringing of a line from which it has gone on', () => {
    const dead = new Node(new SharedStore());
    dead.setUp(CALLER, '20');
    dead.reach(B);
    const before = dead.wanted.get(B);
    dead.event(B, { kind: 'tone-ended' });
    expect(dead.phases(B, C)).to.deep.equal(['idle', 'ringing']);
    const node = successor(dead);
    node.restore([foundOf(before, B, 'on'), { line: C, hook: 'on', state: { phase: 'idle', role: 'originating' } }], false);
    expect(node.phases(B, C)).to.deep.equal(['idle', 'ringing']);
  });

  it('is given to the party whose message comes in that moment', () => {
    const dead = partyToLine();
    const callId = dead.wanted.get(B)?.callId ?? '';
    dead.onHook(B);
    const node = new Node(dead.store, 2, { now: dead.now });
    const party = node.control.recall(callId, 'originating', node.now);
    expect(party).to.equal(node.firstAdopted);
    expect(node.control.recall(callId, 'originating', node.now)).to.equal(party);
    node.control.parted(node.firstAdopted, node.now);
    expect(node.control.recall(callId, 'originating', node.now)).to.equal(undefined);
  });

  it('is forgotten by the first node when that comes back, which says no more', () => {
    const dead = partyToLine();
    dead.onHook(B);
    successor(dead);
    const { length } = dead.store.written;
    dead.control.forgetOthers(dead.now);
    expect(dead.forgotten).to.deep.equal([CALLER]);
    dead.pass(PARTING_MS);
    expect(dead.store.written).to.have.length(length);
  });
});

describe('what a record says of a call, and what is found', () => {
  it("is the record's to say, where both are as far: it was written before anybody was told", () => {
    const dead = partyToLine();
    const before = dead.wanted.get(B);
    dead.event(CALLER, { kind: 'hold' });
    const node = successor(dead);
    node.restore([foundOf(before, B)], false);
    expect([node.states, node.phases(node.firstAdopted, B)]).to.deep.equal([['held-by-originating'], ['holding', 'held']]);
  });

  it("is the record's to say when it is read last", () => {
    const dead = partyToLine();
    const before = dead.wanted.get(B);
    dead.event(CALLER, { kind: 'hold' });
    const node = new Node(dead.store, 2, { now: dead.now });
    node.restore([foundOf(before, B)], false);
    expect([node.states, node.phases(node.firstAdopted, B)]).to.deep.equal([['held-by-originating'], ['holding', 'held']]);
  });
});
