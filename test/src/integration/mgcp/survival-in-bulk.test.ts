// Two hundred lines in every stage of a call when their controller stops, returns, and its stand-in stops too.
import { expect } from 'chai';
import { castsOf, playAll } from '../lines/play.js';
import { type Fault, type GatewayKind, KINDS, Scene, TIMERS } from '../lines/scene.js';
import { SHORT_STORIES, type Story } from '../lines/stories.js';

/** Three lines each: 204 in all. */
const CASTS = 68;
/** For a bad network, as RFC 3435 has them but for Max1. */
const PATIENT_TIMERS = { ...TIMERS, tMaxMs: 20_000, tHistMs: 30_000 };
/** Runs in which calls were lost once: to a node that came back amid an audit, to answers that went ahead of their commands. */
const UNLUCKY: readonly Pick<Plan, 'fault' | 'seed'>[] = [
  { fault: 'killed', seed: 1 },
  { fault: 'gone', seed: 3 },
];
/** Which node stops, and from when on; it returns 5 to 15 s later. */
const STOPS: readonly (readonly [index: number, atMs: number])[] = [
  [0, 10_000],
  [1, 35_000],
  [0, 60_000],
];

describe('MGCP calls of two hundred lines survive their controllers', function () {
  this.timeout(60_000);

  for (const kind of KINDS) {
    for (const fault of ['killed', 'frozen'] as const) {
      it(`${kind.what}; one node after the other is ${fault}`, () => {
        expect(complaintsOf({ kind, fault, loss: 0, seed: 1 }).slice(0, 12).join('\n')).to.equal('');
      });
    }
    for (const { fault, seed } of UNLUCKY) {
      it(`${kind.what}; one node after the other is ${fault}, and of all datagrams 10 % are lost (${seed})`, () => {
        expect(complaintsOf({ kind, fault, loss: 0.1, seed }).slice(0, 12).join('\n')).to.equal('');
      });
    }
  }
});

interface Plan {
  readonly kind: GatewayKind;
  readonly fault: Fault;
  /** Share of datagrams that are lost; as many are doubled, and as many overtaken. */
  readonly loss: number;
  readonly seed: number;
}

function complaintsOf({ kind, fault, loss, seed }: Plan): readonly string[] {
  const isLossy = loss > 0;
  const patient = { timers: PATIENT_TIMERS, gateway: { transactions: PATIENT_TIMERS } };
  const scene = new Scene({ seed, kind, gateways: 4, linesEach: CASTS * 0.75, ...(isLossy && patient) });
  const { clock, random } = scene;
  scene.start();
  for (const { rig } of scene.gateways) Object.assign(rig.mischief, { lossShare: loss, duplicateShare: loss, reorderShare: loss });
  for (const [index, atMs] of STOPS) {
    clock.after(atMs + random.integer(2_000), () => {
      const agent = scene.agent(index);
      agent.onLastBreath = () => scene.stop(index, fault);
      agent.breaths = random.integer(20);
      clock.after(5_000 + random.integer(10_000), () => scene.bringBack(index));
    });
  }
  // What is lost in the moment of a death may be repeated, and dial tone ends while it is: what people want comes all the same.
  const manners = { patienceMs: isLossy ? 40_000 : 15_000, pauseMs: 800, mindsAll: !isLossy };
  const stories = SHORT_STORIES.filter(({ name }) => !isLossy || name !== 'busy');
  const plays = playAll(scene, castsOf(scene, CASTS), (by) => turned(stories, by), manners, 600_000);
  const complaints = plays.flatMap((play) => play.complaints);
  if (!plays.every(({ isOver }) => isOver)) complaints.push('somebody waits without end');
  for (const { rig } of scene.gateways) rig.mischief.behave();
  scene.until(() => scene.remains === '', 30_000);
  return scene.remains === '' ? complaints : [...complaints, `in the end: ${scene.remains}`];
}

function turned(stories: readonly Story[], by: number): readonly Story[] {
  const at = by % stories.length;
  return [...stories.slice(at), ...stories.slice(0, at)];
}
