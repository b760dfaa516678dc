// In which order nodes stand in for each other, and who of them takes something over: one rule for gateways and for calls, so that no
// two nodes do.
import type { Millis, NodeState, PeerDirectory } from '@altpath/core';

/**
 * The nodes that stand in for one: those behind it in their order, then from the beginning those before it.
 *
 * @param node   Index of a node; undefined, or none of the others: all stand in, as they come.
 * @param order  Indexes of nodes.
 */
export function standInsOf(node: number | undefined, order: readonly number[]): readonly number[] {
  const at = node === undefined ? -1 : order.indexOf(node);
  return [...order.slice(at + 1), ...order.slice(0, Math.max(at, 0))];
}

/**
 * The first of these that is up; where none is plainly up, the first that joins or is under suspicion. One that drains takes nothing.
 *
 * @returns undefined when nobody is left.
 */
export function firstToTakeOver(standIns: readonly number[], peers: Pick<PeerDirectory, 'state'>, now: Millis): number | undefined {
  const firstIn = (...states: readonly NodeState[]): number | undefined =>
    standIns.find((index) => states.includes(peers.state(index, now)));
  return firstIn('up') ?? firstIn('joining', 'suspect');
}
