// A node dies, and another goes on with a call of parties alone, which needs no audit, or with one that is being transferred.
import { expect } from 'chai';
import { CALLER, foundOf, partyToLine, partyToParty, successor } from './adoption.fixture.js';
import { B, CALLED, sdpOf } from './exchange.fixture.js';
import type { HalfCallRole } from './half-call.js';
import { Node } from './records.fixture.js';

describe('a call of two parties, whose node has died', () => {
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
