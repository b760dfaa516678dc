// Everything that joins the house, one line each. A protocol, a store or a role is one entry here and nowhere else.
import { megacoPlugin } from './compose/megaco-plugin.js';
import { mgcpPlugin } from './compose/mgcp-plugin.js';
import type { Plugin } from './compose/plugin.js';
import { sipPlugin } from './compose/sip-plugin.js';

/** In the order of their listeners' first schemes; the first one also carries the cluster's heartbeats. */
export const PLUGINS: readonly Plugin[] = [sipPlugin, mgcpPlugin, megacoPlugin];
