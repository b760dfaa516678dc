// A media gateway without lines, on whose bridges the calls between SIP telephones of a scene are anchored.
import type { MgcpGatewaySettings } from '@altpath/mgcp';
import type { GatewayKind } from './kinds.js';
import { mgcpKind } from './mgcp-kinds.js';

/** Its name in the nodes' file. */
export const BRIDGE_GATEWAY = 'b1';

const GATEWAY = mgcpKind('redirect', { lines: [], bridges: ['rtpbridge/[1-8]'] });

export const BRIDGES: GatewayKind & { readonly protocol: 'mgcp' } = {
  ...GATEWAY,
  what: 'a gateway with bridges',
  settings: (place): MgcpGatewaySettings => ({ ...GATEWAY.settings({ ...place, lines: 0 }), bridge: 'rtpbridge/*' }),
};
