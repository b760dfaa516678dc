// The controller of MGCP gateways stops while a call is in any stage, at every moment between a report and what it causes: the
// call goes on or ends as its users wanted, nothing is done twice, nothing is left behind; and its return disturbs nothing.
import { expect } from 'chai';
import { MGCP_KINDS, mgcpKind } from '../lines/mgcp-kinds.js';
import { LONG_STORIES, SHORT_STORIES, type Story } from '../lines/stories.js';
import { complaintsOf, type Plan } from '../lines/survival.js';

describe('MGCP calls survive their controller', function () {
  this.timeout(120_000);

  for (const kind of MGCP_KINDS) {
    const { what } = kind;
    const setting = { what, kinds: [kind] };
    for (const fault of ['killed', 'gone'] as const) {
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

  for (const ability of ['redirect', 'none'] as const) {
    const kind = mgcpKind(ability);
    it(`${kind.what}; whoever waits long is not forgotten`, () => {
      expectAll(LONG_STORIES, { setting: { what: kind.what, kinds: [kind] }, fault: 'killed', backAfterMs: undefined });
    });
  }
});

function expectAll(stories: readonly Story[], plan: Pick<Plan, 'setting' | 'fault' | 'backAfterMs'>): void {
  const complaints = complaintsOf(stories, (story, act, breaths) => ({ ...plan, story, act, breaths }));
  expect(complaints.slice(0, 12).join('\n')).to.equal('');
}
