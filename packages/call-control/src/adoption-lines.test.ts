// A node dies, and another finds both lines of a call: what its record adds to what audits tell.
import { expect } from 'chai';
import { foundOf, successor } from './adoption.fixture.js';
import { A, B, D, START, WITH_PARTIES } from './exchange.fixture.js';
import { Node, SharedStore } from './records.fixture.js';

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
