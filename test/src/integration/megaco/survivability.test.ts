// The controller of H.248 gateways stops while a call is in any stage, at every moment between a report and what it causes: the
// call goes on or ends as its users wanted, nothing is done twice, nothing is left behind; and its return disturbs nothing.
// And the same where one end of a call is an MGCP line.
import { expect } from 'chai';
import { MEGACO_KINDS, megacoKind } from '../lines/megaco-kinds.js';
import { mgcpKind } from '../lines/mgcp-kinds.js';
import { LONG_STORIES, SHORT_STORIES, type Story } from '../lines/stories.js';
import { complaintsOf, type Plan, type Setting } from '../lines/survival.js';

const COMPACT_UDP = megacoKind({ encoding: 'compact', transport: 'udp' });

const MIXED: readonly Setting[] = [
  { what: 'from H.248 to MGCP', kinds: [COMPACT_UDP, mgcpKind('redirect')] },
  { what: 'from MGCP to H.248', kinds: [mgcpKind('list'), megacoKind({ encoding: 'binary', transport: 'tcp' })] },
];

describe('H.248 calls survive their controller', function () {
  this.timeout(120_000);

  for (const setting of [...MEGACO_KINDS.map((kind) => ({ what: kind.what, kinds: [kind] })), ...MIXED]) {
    const { what } = setting;
    for (const fault of ['killed', 'gone', 'drained'] as const) {
      it(`${what}; the node is ${fault}, and returns when all is over`, () => {
        expectAll(SHORT_STORIES, { setting, fault, backAfterMs: undefined });
      });
    }
    it(`${what}; the node is frozen for 4 s in the middle of a call`, () => {
      expectAll(SHORT_STORIES, { setting, fault: 'frozen', backAfterMs: 4_000 });
    });
    it(`${what}; the node starts again in the middle of a call`, () => {
      expectAll(SHORT_STORIES, { setting, fault: 'killed', backAfterMs: 2_000 });
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
