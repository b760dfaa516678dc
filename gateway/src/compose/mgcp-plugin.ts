// MGCP joins the house: its adapter as call agent of the gateways of the file, and its lines as half-calls.
import { MgcpAdapter } from '@altpath/mgcp';
import type { Plugin } from './plugin.js';

export const mgcpPlugin: Plugin = {
  name: 'mgcp',
  schemes: ['mgcp+udp'],
  create({ plan, peers, observer, calls, now }) {
    const adapter = new MgcpAdapter(plan.mgcp, { peers, observer, calls, random: Math.random }, now);
    return {
      adapter,
      listeners: plan.listeners.filter((each) => mgcpPlugin.schemes.includes(each.scheme)),
      halfCalls: adapter,
      anchors: adapter,
      gateways: () => adapter.gateways(),
      holders: adapter,
      validate: () => [],
      sendTable: (node, done, at) => adapter.sendTable(node, done, at),
    };
  },
};
