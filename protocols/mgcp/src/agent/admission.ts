// Who may speak to the call agent: gateways of the file at their own addresses. Whoever else is there is told so when he is
// known, and not at all when he is not: nobody shall be able to use this node as a reflector.
import type { Hop, Millis } from '@altpath/core';
import type { Decoded } from '../codec/index.js';
import { agentAddress } from '../path-mapping.js';
import type { AgentParts } from './parts.js';

/** @returns whether the message is taken; one that is refused has been answered and counted. */
export function isAdmitted(message: Decoded, hop: Hop, { environment, gateways, layer }: AgentParts, now: Millis): boolean {
  const { observer, peers } = environment;
  const isOurs = (): boolean => gateways.isKnownHost(hop.host);
  const isPeer = (): boolean => peers.nodes.some((node) => agentAddress(node)?.host === hop.host);
  if (message.kind !== 'command') {
    const isKnown = isOurs() || (message.kind === 'response' && isPeer());
    if (!isKnown) observer.count('mgcp.refused', 'unknown-source');
    return isKnown;
  }
  const gateway = gateways.of(message.endpoint);
  if (gateway?.isAt(hop.host)) {
    gateway.heardAt = now;
    return true;
  }
  observer.count('mgcp.refused', gateway ? 'wrong-source' : 'unknown-gateway');
  // Another node gets the same answer: it asks whether this one lives.
  if (isOurs() || isPeer()) layer.refuse(message.transactionId, { code: 500 }, hop, now);
  return false;
}
