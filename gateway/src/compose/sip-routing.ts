// The order in which the destination of a SIP request is looked at.
import { NumberPlan, type NumberRule } from '@altpath/call-control';
import { type AddressResolver, CidrSet, type LocationStore, type PeerDirectory, resolverOf } from '@altpath/core';
import { Identity, SipPeers, type SipSettings } from '@altpath/sip';
import { contactStep } from '../steps/contact.js';
import { foreignStep } from '../steps/foreign.js';
import { numbersStep } from '../steps/numbers.js';
import { registeredStep } from '../steps/registered.js';
import { unknownStep } from '../steps/unknown.js';
import { sipTerritory } from './sip-territory.js';

export interface SipRouting {
  readonly settings: SipSettings;
  readonly peers: PeerDirectory;
  readonly store: LocationStore;
  readonly relay: 'trusted' | 'anyone' | 'none';
  /** Address ranges of neighbours. */
  readonly trusted: readonly string[];
  readonly numbers: Readonly<Record<string, NumberRule>>;
  /** SIP URIs by group, in the order in which they are tried. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** `LOCAL@GATEWAY` of every trunk. */
  readonly trunks: ReadonlySet<string>;
  /** `sip.anchor` is set. */
  readonly anchored: boolean;
}

export function sipRouting({ settings, peers, store, numbers, groups, trunks, anchored, ...policy }: SipRouting): AddressResolver {
  const territory = sipTerritory(new Identity(settings, new SipPeers(peers)), settings.domains);
  const relay = { relay: policy.relay, trusted: new CidrSet(policy.trusted) };
  const redirect = settings.proxy.mode === 'redirect';
  return resolverOf([
    contactStep(store, territory),
    registeredStep(store, territory, { redirect, anchored }),
    numbersStep(store, territory, { plan: new NumberPlan(numbers), groups, trunks, anchored, redirect, relay }),
    unknownStep(store, territory),
    foreignStep(store, relay),
  ]);
}
