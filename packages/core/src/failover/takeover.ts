// Takeover: what a node does with a message that was written for another node of its cluster. Pure decision; the
// protocol verifies the token and applies the rewrite.
import type { ClusterNode, PeerDirectory } from '../ports.js';
import type { Millis } from '../time.js';

/** What the message says about its writer. */
export interface TakeoverQuestion {
  /** Position of the node that wrote the routing, when the message tells it. */
  readonly writer: number | undefined;
  /** The protocol's token verified; `none` where the protocol carries no token or the message needs none. */
  readonly token: 'valid' | 'invalid' | 'none';
  /** This very message was left to its writer before and came again: the writer did not act. */
  readonly repeated: boolean;
}

export type Takeover =
  /** It is ours after all. */
  | { readonly kind: 'own' }
  /** The writer was heard a moment ago: it gets the message as it is. */
  | { readonly kind: 'leave'; readonly to: ClusterNode }
  | { readonly kind: 'stand-in'; readonly reason: 'primary-down' | 'primary-silent' }
  | { readonly kind: 'refuse'; readonly reason: 'token' };

/** Am I a named stand-in, does the token verify, is the writer there: what to do with its message. */
export function decideTakeover(question: TakeoverQuestion, peers: PeerDirectory, now: Millis): Takeover {
  if (question.token === 'invalid') return { kind: 'refuse', reason: 'token' };
  const writer = question.writer === undefined ? undefined : peers.nodes[question.writer];
  if (!writer) return { kind: 'stand-in', reason: 'primary-silent' };
  if (writer.self) return { kind: 'own' };
  if (peers.isFresh(writer.index, now) && !question.repeated) return { kind: 'leave', to: writer };
  return { kind: 'stand-in', reason: peers.state(writer.index, now) === 'down' ? 'primary-down' : 'primary-silent' };
}

/** No other node of the cluster is held for able: whatever is decided, this node decides it alone. */
export function isAlone(peers: PeerDirectory, now: Millis): boolean {
  for (const node of peers.nodes) {
    if (node.self) continue;
    const state = peers.state(node.index, now);
    if (state !== 'suspect' && state !== 'down') return false;
  }
  return true;
}
