// Destinations that are not ours: nobody relays through us but trusted neighbours, registered users and what belongs
// to something that was let in before (`sip.proxy.relay`).
import { type CidrSet, hopKey, type LocationStore, type RoutingStep } from '@altpath/core';

export interface RelayPolicy {
  readonly relay: 'trusted' | 'anyone' | 'none';
  readonly trusted: CidrSet;
}

export function foreignStep(store: LocationStore, policy: RelayPolicy): RoutingStep {
  return {
    name: 'foreign',
    resolve(question, now) {
      const { from, destination } = question;
      const admitted =
        question.admitted ||
        policy.relay === 'anyone' ||
        (policy.relay === 'trusted' && (policy.trusted.has(from.host) || store.bySource(hopKey(from), now) !== undefined));
      if (!admitted) return { kind: 'reject', reason: 'forbidden' };
      return { kind: 'forward', targets: [{ address: destination.text }] };
    },
  };
}
