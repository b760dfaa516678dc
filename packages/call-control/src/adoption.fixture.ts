// Calls of a node that dies, what audits find of their lines afterwards, and the node that goes on with them.
import { A, B, CALLED, sdpOf } from './exchange.fixture.js';
import type { FoundLeg, LineName, Phase } from './half-call.js';
import { Node, SharedStore } from './records.fixture.js';
import { isOnHook } from './states.js';

/** The party that calls. */
export const CALLER = 'sip/1';

/** What an audit finds of a line in the state in which the dead node had it. */
export function foundOf(dead: Node, line: LineName, phase: Phase | undefined = dead.phase(line)): FoundLeg {
  const state = dead.wanted.get(line);
  if (!state || phase === undefined) throw new Error(`${line} was told nothing`);
  return { line, hook: isOnHook(phase) ? 'on' : 'off', state: { ...state, phase }, local: state.media && sdpOf(line) };
}

/** What an audit finds of a line that has nothing to do. */
export function idle(line: LineName, hook: FoundLeg['hook'] = 'on'): FoundLeg {
  return { line, hook, state: { phase: 'idle', role: 'originating' } };
}

/** The other node, once it knows that the first is down. */
export function successor(dead: Node, later = 1_000): Node {
  const node = new Node(dead.store, 2, { now: dead.now + later });
  node.control.adoptCallsOf(dead.name, node.now);
  return node;
}

/** A talks to the party that it has called. */
export function lineToParty(): Node {
  const node = new Node(new SharedStore());
  node.call(A, '30');
  node.pass(4_000);
  node.answer(CALLED);
  node.reach(CALLED);
  node.reach(A);
  node.pass(10_000);
  return node;
}

/** A party has called B, which talks to it or rings. */
export function partyToLine(talks: boolean): Node {
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

/** Two parties talk. */
export function partyToParty(): Node {
  const node = new Node(new SharedStore());
  node.setUp(CALLER, '30');
  node.answer(CALLED);
  node.reach(CALLER);
  node.reach(CALLED);
  return node;
}
