// A node dies, and another goes on with its call of a line and a party who talk: the party at once, the line as an audit finds it.
import { expect } from 'chai';
import { foundOf, idle, lineToParty, successor } from './adoption.fixture.js';
import { parseCallId, partialCallId } from './call-identity.js';
import { A, CALLED, sdpOf, START } from './exchange.fixture.js';
import { Node } from './records.fixture.js';

describe('a call of a line with a party, whose node has died', () => {
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
    dead.control.forgetOthers(dead.now);
    dead.control.release(A, dead.now);
    dead.control.forgetOthers(dead.now);
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
    expect(node.wanted.get(node.firstAdopted), 'found, and whole').to.deep.include({ phase: 'talking', callId });
    node.control.adoptCallsOf('n1', node.now);
    expect(node.adopted).to.have.length(1);
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
});
