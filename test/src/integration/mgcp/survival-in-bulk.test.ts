// Two hundred lines in every stage of a call when their controller stops, returns, and its stand-in stops too.
import { expect } from 'chai';
import { castsOf, playAll } from './play.js';
import { type Fault, type GatewayKind, KINDS, Scene } from './scene.js';
import { SHORT_STORIES, type Story } from './stories.js';

/** Three lines each: 204 in all. */
const CASTS = 68;
/** Which node stops, and from when on; it returns 5 to 15 s later. */
const STOPS: readonly (readonly [index: number, atMs: number])[] = [
  [0, 10_000],
  [1, 35_000],
  [0, 60_000],
];

describe('MGCP calls of two hundred lines survive their controllers', function () {
  this.timeout(60_000);

  for (const kind of KINDS) {
    for (const fault of ['killed', 'gone', 'frozen'] as const) {
      it(`${kind.what}; one node after the other is ${fault}`, () => {
        expect(complaintsOf(1, kind, fault).slice(0, 12).join('\n')).to.equal('');
      });
    }
  }
});

function complaintsOf(seed: number, kind: GatewayKind, fault: Fault): readonly string[] {
  const scene = new Scene({ seed, kind, gateways: 4, linesEach: CASTS * 0.75 });
  const { clock, random } = scene;
  scene.start();
  for (const [index, atMs] of STOPS) {
    clock.after(atMs + random.integer(2_000), () => {
      const agent = scene.agent(index);
      agent.onLastBreath = () => scene.stop(index, fault);
      agent.breaths = random.integer(20);
      clock.after(5_000 + random.integer(10_000), () => scene.bringBack(index));
    });
  }
  const manners = { patienceMs: 15_000, pauseMs: 800, mindsAll: true };
  const plays = playAll(scene, castsOf(scene, CASTS), turned, manners, 600_000);
  const complaints = plays.flatMap((play) => play.complaints);
  if (!plays.every(({ isOver }) => isOver)) complaints.push('somebody waits without end');
  scene.until(() => scene.remains === '', 10_000);
  return scene.remains === '' ? complaints : [...complaints, `in the end: ${scene.remains}`];
}

function turned(by: number): readonly Story[] {
  const at = by % SHORT_STORIES.length;
  return [...SHORT_STORIES.slice(at), ...SHORT_STORIES.slice(0, at)];
}
