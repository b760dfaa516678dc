// MEGACO joins the house: its adapter as controller of the H.248 gateways of the file, and their lines as half-calls.
import { MegacoAdapter } from '@altpath/megaco';
import type { Plugin } from './plugin.js';

export const megacoPlugin: Plugin = {
  name: 'megaco',
  schemes: ['megaco+udp', 'megaco+tcp', 'megaco-binary+udp', 'megaco-binary+tcp'],
  create({ plan, peers, observer, calls, now }) {
    const adapter = new MegacoAdapter(plan.megaco, { peers, observer, calls, random: Math.random }, now);
    return {
      adapter,
      listeners: plan.listeners.filter((each) => megacoPlugin.schemes.includes(each.scheme)),
      halfCalls: adapter,
      gateways: () => adapter.gateways(),
      holders: adapter,
      validate: () => [],
      sendTable: (node, done, at) => adapter.sendTable(node, done, at),
    };
  },
};
