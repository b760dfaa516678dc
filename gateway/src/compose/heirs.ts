// Who goes on with the calls of a node that is gone, or goes: one rule for all, so that no two nodes do.
import type { Millis, PeerDirectory } from '@altpath/core';

/**
 * The node that goes on with the calls of this one: the first behind it in file order that is up, round to the beginning; where none
 * is plainly up, the first that joins or is under suspicion. One that drains takes nothing.
 *
 * @param node  Index of the node whose calls they were.
 * @returns     undefined when nobody is left.
 */
export function heirOf(node: number, peers: PeerDirectory, now: Millis): number | undefined {
  const behind = [...peers.nodes.slice(node + 1), ...peers.nodes.slice(0, node)].map(({ index }) => index);
  const stateOf = (index: number): string => peers.state(index, now);
  return (
    behind.find((index) => stateOf(index) === 'up') ?? behind.find((index) => stateOf(index) === 'joining' || stateOf(index) === 'suspect')
  );
}

/** Names of the nodes that are down and whose calls are this node's to go on with. */
export function inheritedFrom(peers: PeerDirectory, now: Millis): readonly string[] {
  const isGone = (index: number): boolean => index !== peers.self.index && peers.state(index, now) === 'down';
  return peers.nodes.filter(({ index }) => isGone(index) && heirOf(index, peers, now) === peers.self.index).map(({ name }) => name);
}
