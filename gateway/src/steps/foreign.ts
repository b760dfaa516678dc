// Destinations that are not ours: nobody relays through us but trusted neighbours, registered users and what belongs
// to something that was let in before (`sip.proxy.relay`).
import { type CidrSet, hopKey, type LocationStore, type Millis, type RoutingQuestion, type RoutingStep } from '@altpath/core';

export interface RelayPolicy {
  readonly relay: 'trusted' | 'anyone' | 'none';
  readonly trusted: CidrSet;
}

/** Whether this request may leave the house. */
export function isAdmitted(
  { admitted, from }: Pick<RoutingQuestion, 'admitted' | 'from'>,
  store: LocationStore,
  { relay, trusted }: RelayPolicy,
  now: Millis,
): boolean {
  if (admitted || relay === 'anyone') return true;
  return relay === 'trusted' && (trusted.has(from.host) || store.bySource(hopKey(from), now) !== undefined);
}

export function foreignStep(store: LocationStore, policy: RelayPolicy): RoutingStep {
  return {
    name: 'foreign',
    resolve(question, now) {
      if (!isAdmitted(question, store, policy, now)) return { kind: 'reject', reason: 'forbidden' };
      return { kind: 'forward', targets: [{ address: question.destination.text }] };
    },
  };
}
