// SIP joins the house: its adapter, the routing that it is asked to follow, and telephones as half-calls where there are numbers
// or lines to call.
import { mergeBindings } from '@altpath/cluster';
import { SipAdapter } from '@altpath/sip';
import type { Plugin } from './plugin.js';
import { sipRouting } from './sip-routing.js';

export const sipPlugin: Plugin = {
  name: 'sip',
  schemes: ['sip+udp', 'sip+tcp'],
  create({ plan, signer, peers, store, observer, calls, now }) {
    const listeners = plan.listeners.filter((each) => sipPlugin.schemes.includes(each.scheme));
    const resolver = sipRouting({ settings: plan.sip, peers, store, ...plan.routing });
    const controls = plan.calls.parties === sipPlugin.name;
    const ports = { signer, peers, store, observer, resolver, calls: controls ? calls : undefined };
    const adapter = new SipAdapter(plan.sip, ports, (current, incoming, at) => mergeBindings(current, incoming, at) ?? current, now);
    return {
      adapter,
      listeners,
      halfCalls: controls ? adapter : undefined,
      validate: () => [],
      sendTable: (node, done, at) => adapter.sendTable(node, done, at),
    };
  },
};
