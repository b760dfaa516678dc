// The controller of MGCP gateways stops while a call is in any stage, at every moment between a report and what it causes: the
// call goes on or ends as its users wanted, nothing is done twice, nothing is left behind; and its return disturbs nothing.
import type { Millis } from '@altpath/core';
import { expect } from 'chai';
import type { GatewayKind } from '../lines/kinds.js';
import { MGCP_KINDS, mgcpKind } from '../lines/mgcp-kinds.js';
import { Scene } from '../lines/scene.js';
import { LONG_STORIES, perceived, SHORT_STORIES, type Story } from '../lines/stories.js';
import { complaintsOf, type Plan } from '../lines/survival.js';

describe('MGCP calls survive their controller', function () {
  this.timeout(120_000);

  for (const kind of MGCP_KINDS) {
    const { what } = kind;
    const setting = { what, kinds: [kind] };
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

  for (const kind of MGCP_KINDS) {
    it(`${kind.what}; whoever lifts his telephone while the node hands them over is served by the next`, () => {
      const complaints = INSTANTS_MS.flatMap((afterMs) => {
        const complaint = liftedMeanwhile(kind, afterMs);
        return complaint === undefined ? [] : [`${afterMs} ms: ${complaint}`];
      });
      expect(complaints.join('\n')).to.equal('');
    });
  }

  for (const ability of ['redirect', 'none'] as const) {
    const kind = mgcpKind(ability);
    it(`${kind.what}; whoever waits long is not forgotten`, () => {
      expectAll(LONG_STORIES, { setting: { what: kind.what, kinds: [kind] }, fault: 'killed', backAfterMs: undefined });
    });
  }
});

/** From before the node drains (what is reported then is on its way) until its gateways have been claimed by the other. */
const INSTANTS_MS: readonly Millis[] = Array.from({ length: 45 }, (_, at) => at - 8);

/** A telephone is lifted so long after the node began to drain, and calls another one. @returns what its user had not wanted. */
function liftedMeanwhile(kind: GatewayKind, afterMs: Millis): string | undefined {
  const scene = new Scene({ seed: 1, kinds: [kind], gateways: 2, linesEach: 2 });
  const { caller, called } = scene.cast('1101', '1201', '1202');
  scene.start();
  const begunAt = scene.clock.now + 10;
  scene.clock.at(begunAt, () => scene.stop(0, 'drained'));
  scene.clock.at(begunAt + afterMs, () => caller.phone.offHook());
  scene.run(10 + Math.max(0, afterMs));
  if (scene.until(() => caller.phone.state === 'dial-tone', 2_000) === undefined) return `he hears ${perceived(caller.phone)}`;
  caller.phone.dial(called.number);
  if (scene.until(() => called.phone.state === 'ringing', 2_000) === undefined)
    return `with his number he hears ${perceived(caller.phone)}`;
  called.phone.offHook();
  scene.run(5_000);
  const heard = `${perceived(caller.phone)}; ${perceived(called.phone)}`;
  return heard === 'idle dial-tone ringback talking; idle ringing talking' ? undefined : heard;
}

function expectAll(stories: readonly Story[], plan: Pick<Plan, 'setting' | 'fault' | 'backAfterMs'>): void {
  const complaints = complaintsOf(stories, (story, act, breaths) => ({ ...plan, story, act, breaths }));
  expect(complaints.slice(0, 12).join('\n')).to.equal('');
}
