import { expect } from 'chai';
import { newCallId } from './call-identity.js';
import { A, B, CALLED, numberOf, sdpOf, START } from './exchange.fixture.js';
import { Node, SharedStore } from './records.fixture.js';
import { parseStoredCall, type StoredCall } from './stored-call.js';

const CALLER = 'sip/1';

function storedIn(store: SharedStore): StoredCall | undefined {
  const record = store.only;
  return record && parseStoredCall(record.content, record.callId);
}

/** B rings the party that A has called, and it has answered. */
function talk(node: Node): void {
  node.call(A, '30');
  node.reach(CALLED);
  node.answer(CALLED);
  node.reach(CALLED);
  node.reach(A);
}

describe('the record of a call that goes on', () => {
  it('is written at each change', () => {
    const store = new SharedStore();
    const node = new Node(store);
    const states: unknown[] = [];
    const steps = [
      () => node.call(A, '30'),
      () => node.reach(CALLED),
      () => node.answer(CALLED),
      () => node.flash(A),
      () => node.flash(A),
      () => node.onHook(A),
      () => node.partAll(),
    ];
    for (const step of steps) {
      step();
      states.push(storedIn(store)?.state);
    }
    expect(states).to.deep.equal(['offering', 'early', 'talking', 'held-by-originating', 'talking', 'releasing', undefined]);
  });

  it('is written once an input at most, and not where it would say the same', () => {
    const store = new SharedStore();
    const node = new Node(store);
    node.call(A, '30');
    node.reach(CALLED);
    const before = store.written.length;
    node.answer(CALLED);
    expect(store.written.length - before).to.equal(1);
    node.reach(CALLED);
    node.reach(CALLED);
    node.control.changed(CALLED, node.now);
    node.control.tick(node.now);
    expect(store.written.length - before).to.equal(1);
  });

  it('tells all that another node must know', () => {
    const store = new SharedStore();
    const node = new Node(store);
    talk(node);
    expect(store.only).to.deep.include({ node: 'n1' });
    expect(storedIn(store)).to.deep.include({
      state: 'talking',
      from: '1001',
      to: '30',
      protocol: 'mgcp+sip',
      answeredAt: START,
      estimated: [],
      nodes: ['n1'],
      dialled: '30',
      caller: { number: '1001', name: 'Ann' },
      originating: { line: A, protocol: 'mgcp', local: sdpOf(A) },
      terminating: {
        line: CALLED,
        protocol: 'sip',
        local: sdpOf(CALLED),
        called: { kind: 'registrar', user: '30' },
        saved: `dialog of ${CALLED}`,
      },
    });
  });

  it('tells the targets that are left, while one is tried', () => {
    const store = new SharedStore();
    const node = new Node(store);
    node.call(A, '20');
    expect(storedIn(store)?.targets).to.have.length(2);
  });

  it('is of a call between lines, too', () => {
    const store = new SharedStore();
    new Node(store).talk(A, B);
    expect(storedIn(store)).to.deep.include({ protocol: 'mgcp', state: 'talking' });
  });

  it('tells of both lines, when the gateway of one has gone to another node before that of the other', () => {
    const store = new SharedStore();
    const node = new Node(store);
    node.call(A, numberOf(B));
    const before = storedIn(store);
    node.control.release(B, node.now);
    node.reach(A, sdpOf('another'));
    const { originating, terminating } = storedIn(store) ?? {};
    expect([before?.terminating, terminating]).to.deep.equal([terminating, { line: B, protocol: 'mgcp' }]);
    expect(originating?.local).to.equal(sdpOf('another'));
  });

  it('is newer than what was there, whatever the clock says', () => {
    const store = new SharedStore();
    const node = new Node(store);
    node.call(A, '30');
    node.now -= 5_000;
    node.reach(CALLED);
    expect(storedIn(store)?.state).to.equal('early');
  });

  it('says when the call is over, and is not there any more', () => {
    const store = new SharedStore();
    const node = new Node(store);
    talk(node);
    node.onHook(A);
    node.partAll();
    expect(store.only).to.equal(undefined);
    expect(store.written.at(-1)?.content).to.equal('');
  });
});

describe('the record of a finished call', () => {
  it('that another node has passed on is under the name that it has there, also when it was adopted', () => {
    const store = new SharedStore();
    const node = new Node(store);
    const recordId = newCallId(3, START, 9);
    node.setUp(CALLER, '', { line: B, recordId });
    node.reach(B);
    const next = new Node(store, 2);
    next.control.adoptCallsOf(node.name, next.now);
    next.event(next.firstAdopted, { kind: 'on-hook' });
    expect(store.finished.map(({ callId, to }) => ({ callId, to }))).to.deep.equal([{ callId: recordId, to: '1002' }]);
  });

  it('tells who called whom, from when to when, and who hung up', () => {
    const store = new SharedStore();
    const node = new Node(store);
    node.call(A, '30');
    node.reach(CALLED);
    node.pass(4_000);
    node.answer(CALLED);
    node.pass(60_000);
    const callId = node.wanted.get(A)?.callId;
    node.event(CALLED, { kind: 'on-hook' });
    expect(store.finished).to.deep.equal([
      {
        callId,
        from: '1001',
        to: '30',
        protocol: 'mgcp+sip',
        setUpAt: START,
        answeredAt: START + 4_000,
        endedAt: START + 64_000,
        estimated: [],
        endedBy: 'terminating',
        cause: 'normal-clearing',
        q850: 16,
        nodes: ['n1'],
      },
    ]);
  });

  const ends: readonly [what: string, end: (node: Node) => void, expected: object][] = [
    ['cancelled', (node) => node.onHook(A), { endedBy: 'originating', cause: 'normal-clearing', answeredAt: undefined }],
    ['refused', (node) => node.fail(CALLED, 'call-rejected'), { endedBy: 'network', cause: 'call-rejected', answeredAt: undefined }],
    ['busy', (node) => node.fail(CALLED, 'user-busy'), { endedBy: 'terminating', cause: 'user-busy', answeredAt: undefined }],
    ['not answered', (node) => (node.reach(CALLED), node.pass(180_000)), { endedBy: 'network', cause: 'no-answer', answeredAt: undefined }],
  ];
  for (const [what, end, expected] of ends)
    it(`tells that it was ${what}`, () => {
      const store = new SharedStore();
      const node = new Node(store);
      node.call(A, '30');
      end(node);
      expect(store.finished).to.have.length(1);
      expect(store.finished[0]).to.include(expected);
    });

  it('is left by a call that ends in the moment in which it comes', () => {
    const store = new SharedStore();
    const node = new Node(store);
    node.setUp(CALLER, '40');
    expect(store.finished[0]).to.include({ from: '4930', to: '40', cause: 'unallocated-number', endedBy: 'network' });
  });
});

describe('a call that another node has written since', () => {
  /** The other node has gone on with it. */
  function taken(node: Node, store: SharedStore): void {
    const record = store.only;
    if (!record) throw new Error('no call was written');
    store.write({ ...record, node: 'n2', updatedAt: record.updatedAt + 1 });
  }

  it('is forgotten with the next event, and nothing is said or written', () => {
    const store = new SharedStore();
    const node = new Node(store);
    node.setUp(CALLER, '30');
    node.reach(CALLED);
    taken(node, store);
    node.forget();
    const { length } = store.written;
    node.answer(CALLED);
    expect([node.states, node.orders]).to.deep.equal([[], []]);
    expect(node.forgotten).to.have.members([CALLER, CALLED]);
    node.event(CALLER, { kind: 'on-hook' });
    expect(store.written.length, 'records').to.equal(length);
    expect(store.finished).to.deep.equal([]);
  });

  it('is forgotten when it is asked for, as after a thaw', () => {
    const store = new SharedStore();
    const node = new Node(store);
    node.setUp(CALLER, '30');
    taken(node, store);
    node.forget();
    node.control.forgetOthers(node.now);
    node.control.tick(node.now);
    expect([node.states, node.orders, node.forgotten.length]).to.deep.equal([[], [], 2]);
  });

  it('is kept for a while where it is offered to that node, which is told of what has happened since', () => {
    const store = new SharedStore();
    const node = new Node(store);
    talk(node);
    node.control.release(A, node.now);
    const [offered] = node.control.records(node.now, () => true);
    taken(node, store);
    const before = store.only;
    node.event(CALLED, { kind: 'hold' });
    node.control.forgetOthers(node.now);
    expect(store.only, 'the record is its taker’s').to.equal(before);
    const [newest] = node.control.records(node.now, () => true);
    expect([offered, newest].map((record) => record && parseStoredCall(record.content, record.callId)?.state)).to.deep.equal([
      'talking',
      'held-by-terminating',
    ]);
    node.control.forgetOthers(node.now + 1_000);
    expect(node.states).to.deep.equal([]);
  });

  it('is forgotten when the other node has ended it', () => {
    const store = new SharedStore();
    const node = new Node(store);
    node.setUp(CALLER, '30');
    const record = store.only;
    if (record) store.write({ ...record, node: 'n2', updatedAt: record.updatedAt + 1, content: '' });
    node.control.forgetOthers(node.now);
    expect(node.states).to.deep.equal([]);
    expect(store.finished).to.deep.equal([]);
  });

  it('is kept while a line of this node is in it, which its gateway gives up first', () => {
    const store = new SharedStore();
    const node = new Node(store);
    talk(node);
    taken(node, store);
    node.control.forgetOthers(node.now);
    expect(node.states).to.deep.equal(['talking']);
    node.control.release(A, node.now);
    node.control.forgetOthers(node.now);
    expect(node.states).to.deep.equal([]);
    expect(node.forgotten).to.deep.equal([CALLED]);
  });
});
