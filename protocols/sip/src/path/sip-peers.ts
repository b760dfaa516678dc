// The cluster as SIP's rooms see it: of each node only the listeners that speak SIP. A node that controls gateways has others.
import type { ClusterNode, Millis, NodeState, PeerDirectory } from '@altpath/core';

export class SipPeers implements PeerDirectory {
  readonly nodes: readonly ClusterNode[];
  readonly self: ClusterNode;

  constructor(private readonly peers: PeerDirectory) {
    this.nodes = peers.nodes.map((node) => ({ ...node, addresses: node.addresses.filter(({ scheme }) => /^sips?\+/.test(scheme)) }));
    this.self = this.nodes[peers.self.index] ?? peers.self;
  }

  get joining(): boolean {
    return this.peers.joining;
  }

  state(index: number, now: Millis): NodeState {
    return this.peers.state(index, now);
  }

  isFresh(index: number, now: Millis): boolean {
    return this.peers.isFresh(index, now);
  }
}
