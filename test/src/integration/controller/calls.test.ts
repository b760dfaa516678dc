// Calls between telephones of every kind through one controller, word for word: SIP telephones, lines of MGCP and of H.248 gateways,
// each with each. What a caller of one kind says to a telephone of another is told in golden texts of the whole conversation.
import { expectCallsAsWritten } from '../lines/golden.js';
import type { PlaceKind } from '../lines/kinds.js';
import { megacoKind } from '../lines/megaco-kinds.js';
import { mgcpKind } from '../lines/mgcp-kinds.js';
import { AWARE_TELEPHONES } from '../lines/sip-kinds.js';

const KINDS: Readonly<Record<string, PlaceKind>> = {
  sip: AWARE_TELEPHONES,
  mgcp: mgcpKind('redirect'),
  megaco: megacoKind({ encoding: 'compact', transport: 'udp' }),
};

describe('calls between telephones of every kind, word for word', function () {
  this.timeout(30_000);

  for (const [from, caller] of Object.entries(KINDS)) {
    for (const [to, called] of Object.entries(KINDS)) {
      // Those of one gateway's protocol have texts of their own.
      if (from === to && from !== 'sip') continue;
      describe(`from ${from} to ${to}`, () => expectCallsAsWritten(`controller/${from}-${to}`, { kinds: [caller, called] }));
    }
  }
});
