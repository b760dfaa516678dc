// SIP joins the house: its adapter, and the routing steps that it is asked to follow.
import { CidrSet, resolverOf, type RoutingStep } from '@altpath/core';
import { mergeBindings } from '@altpath/cluster';
import { Identity, SipAdapter, SipPeers } from '@altpath/sip';
import { contactStep } from '../steps/contact.js';
import { foreignStep } from '../steps/foreign.js';
import { registeredStep } from '../steps/registered.js';
import type { NodeParts, Plugin } from './plugin.js';
import { sipTerritory } from './sip-territory.js';

export const sipPlugin: Plugin = {
  name: 'sip',
  schemes: ['sip+udp', 'sip+tcp'],
  create(parts) {
    const { plan, store, now } = parts;
    const listeners = plan.listeners.filter((each) => sipPlugin.schemes.includes(each.scheme));
    const resolver = resolverOf(steps(parts));
    const ports = { signer: parts.signer, peers: parts.peers, store, observer: parts.observer, resolver };
    const adapter = new SipAdapter(plan.sip, ports, (current, incoming, at) => mergeBindings(current, incoming, at) ?? current, now);
    return {
      adapter,
      listeners,
      validate: () => [],
      sendTable: (node, done, at) => adapter.sendTable(node, done, at),
    };
  },
};

/** The order in which a request's destination is looked at. */
function steps({ plan, peers, store }: NodeParts): readonly RoutingStep[] {
  const territory = sipTerritory(new Identity(plan.sip, new SipPeers(peers)), plan.sip.domains);
  return [
    contactStep(store, territory),
    registeredStep(store, territory, plan.sip.proxy.mode === 'redirect'),
    foreignStep(store, { relay: plan.relay, trusted: new CidrSet(plan.trusted) }),
  ];
}
