// Who goes on with the calls of a node that is gone, or goes: one rule for all, so that no two nodes do.
import { firstToTakeOver, standInsOf } from '@altpath/call-control';
import type { Millis, PeerDirectory } from '@altpath/core';

/**
 * The node that goes on with the calls of this one: the first that takes over of those behind it in file order, round to the beginning.
 *
 * @param node  Index of the node whose calls they were.
 * @returns     undefined when nobody is left.
 */
export function heirOf(node: number, peers: PeerDirectory, now: Millis): number | undefined {
  const order = peers.nodes.map(({ index }) => index);
  return firstToTakeOver(standInsOf(node, order), peers, now);
}

/** Names of the nodes that are down and whose calls are this node's to go on with. */
export function inheritedFrom(peers: PeerDirectory, now: Millis): readonly string[] {
  const isGone = (index: number): boolean => index !== peers.self.index && peers.state(index, now) === 'down';
  return peers.nodes.filter(({ index }) => isGone(index) && heirOf(index, peers, now) === peers.self.index).map(({ name }) => name);
}
