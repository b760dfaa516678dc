// A node dies, and another goes on with a call that nobody has answered: who rings, what the caller hears, and of whom else he has asked it.
import { expect } from 'chai';
import { CALLER, foundOf, idle, partyToLine, successor } from './adoption.fixture.js';
import { A, B, CALLED, D } from './exchange.fixture.js';
import { Node, SharedStore } from './records.fixture.js';

describe('a call of a line with a party that nobody has answered, whose node has died', () => {
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

  it('gets its routing from a party that will not say again that it is there', () => {
    const dead = new Node(new SharedStore(), 1, { inService: false });
    dead.restore([], true);
    dead.setUp(CALLER, '1002');
    expect(dead.states).to.deep.equal(['hunting']);
    const node = successor(dead);
    node.control.service(B, true, node.now);
    expect(node.phase(B)).to.equal('ringing');
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
});
