// The controller of H.248 gateways stops while a call is in any stage, at every moment between a report and what it causes: the
// call goes on or ends as its users wanted, nothing is done twice, nothing is left behind; and its return disturbs nothing.
// And the same where one end of a call is an MGCP line.
import { expect } from 'chai';
import { FAULTS } from '../lines/faults.js';
import type { GatewayKind } from '../lines/kinds.js';
import { megacoKind } from '../lines/megaco-kinds.js';
import { mgcpKind } from '../lines/mgcp-kinds.js';
import type { Fault } from '../lines/scene.js';
import { LONG_STORIES, SHORT_STORIES, type Story } from '../lines/stories.js';
import { complaintsOf, type Plan, type Setting } from '../lines/survival.js';

const COMPACT_UDP = megacoKind({ encoding: 'compact', transport: 'udp' });
const COMPACT_TCP = megacoKind({ encoding: 'compact', transport: 'tcp' });

/** How they are written makes no difference to what they say: of these one fault each. */
const OTHERS: readonly (readonly [kind: GatewayKind, fault: Fault])[] = [
  [megacoKind({ encoding: 'pretty', transport: 'udp' }), 'gone'],
  [megacoKind({ encoding: 'pretty', transport: 'tcp' }), 'drained'],
  [megacoKind({ encoding: 'binary', transport: 'udp' }), 'drained'],
  [megacoKind({ encoding: 'binary', transport: 'tcp' }), 'killed'],
];

const SETTINGS: readonly Setting[] = [
  { what: COMPACT_UDP.what, kinds: [COMPACT_UDP] },
  { what: COMPACT_TCP.what, kinds: [COMPACT_TCP] },
  { what: 'from H.248 to MGCP', kinds: [COMPACT_TCP, mgcpKind('redirect')] },
  // Neither has a connection that breaks: each notices in its own time, and a node that is back may meet the one and not the other.
  { what: 'from MGCP to H.248', kinds: [mgcpKind('list'), COMPACT_UDP] },
];

describe('H.248 calls survive their controller', function () {
  this.timeout(120_000);

  for (const setting of SETTINGS) {
    for (const [what, fault, backAfterMs] of FAULTS) {
      it(`${setting.what}; the node ${what}`, () => {
        expectAll(SHORT_STORIES, { setting, fault, backAfterMs });
      });
    }
  }

  for (const [kind, fault] of OTHERS) {
    it(`${kind.what}; the node is ${fault}, and returns when all is over`, () => {
      expectAll(SHORT_STORIES, { setting: { what: kind.what, kinds: [kind] }, fault, backAfterMs: undefined });
    });
  }

  it('whoever waits long is not forgotten', () => {
    // With few heartbeats: the node is stopped after each message that it sends meanwhile.
    const kind = megacoKind({ encoding: 'compact', transport: 'tcp', heartbeatMs: 60_000 });
    expectAll(LONG_STORIES, { setting: { what: kind.what, kinds: [kind] }, fault: 'killed', backAfterMs: undefined });
  });
});

function expectAll(stories: readonly Story[], plan: Pick<Plan, 'setting' | 'fault' | 'backAfterMs'>): void {
  const complaints = complaintsOf(stories, (story, act, breaths) => ({ ...plan, story, act, breaths }));
  expect(complaints.slice(0, 12).join('\n')).to.equal('');
}
