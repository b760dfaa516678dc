// Two hundred lines in every stage of a call when their controller stops, returns, and its stand-in stops too; and calls by the
// hundred on a network that loses, doubles and reorders. What is not as it should be, in words.
import type { Millis } from '@altpath/core';
import { castsOf, playAll } from './play.js';
import { type Fault, Scene, type SceneOptions } from './scene.js';
import { SHORT_STORIES, type Story } from './stories.js';
import type { Setting } from './survival.js';

/** Three lines each: 204 in all. */
const CASTS = 68;
/** Which node stops, and from when on; it returns 5 to 15 s later. */
const STOPS: readonly (readonly [index: number, atMs: Millis])[] = [
  [0, 10_000],
  [1, 35_000],
  [0, 60_000],
];

export interface BulkPlan {
  readonly setting: Setting;
  readonly fault: Fault;
  /** Share of datagrams that are lost; as many are doubled, and as many overtaken. */
  readonly loss: number;
  readonly seed: number;
  /** Of the nodes; default those of the scene. */
  readonly timers?: SceneOptions['timers'] | undefined;
}

/** One node after the other stops while everybody plays. */
export function bulkComplaints({ setting, fault, loss, seed, timers }: BulkPlan): readonly string[] {
  const isLossy = loss > 0;
  const scene = new Scene({ seed, kinds: setting.kinds, gateways: 4, linesEach: CASTS * 0.75, timers });
  const { clock, random } = scene;
  scene.start();
  misbehave(scene, loss);
  for (const [index, atMs] of STOPS) {
    clock.after(atMs + random.integer(2_000), () => {
      const controller = scene.controller(index);
      controller.onLastBreath = () => scene.stop(index, fault);
      controller.breaths = random.integer(20);
      clock.after(5_000 + random.integer(10_000), () => scene.bringBack(index));
    });
  }
  // What is lost in the moment of a death may be repeated, and dial tone ends while it is: what people want comes all the same.
  const manners = { patienceMs: isLossy ? 40_000 : 15_000, pauseMs: 800, mindsAll: !isLossy };
  const stories = SHORT_STORIES.filter(({ name }) => !isLossy || name !== 'busy');
  return end(
    scene,
    playAll(scene, castsOf(scene, CASTS), (by) => turned(stories, by), manners, 600_000),
  );
}

export interface CrowdPlan {
  readonly setting: Setting;
  readonly loss: number;
  readonly stories: readonly Story[];
  readonly casts: number;
  readonly timers?: SceneOptions['timers'] | undefined;
}

/** Nobody stops, and everybody minds everything. */
export function crowdComplaints({ setting, loss, stories, casts, timers }: CrowdPlan): readonly string[] {
  const scene = new Scene({ seed: 4, kinds: setting.kinds, nodes: 1, hasHeartbeat: false, gateways: 4, linesEach: casts * 0.75, timers });
  scene.start();
  misbehave(scene, loss);
  const manners = { patienceMs: 40_000, pauseMs: 500, mindsAll: true };
  return end(
    scene,
    playAll(scene, castsOf(scene, casts), (by) => turned(stories, by), manners, 2_000_000),
  );
}

function misbehave(scene: Scene, share: number): void {
  for (const place of scene.places) place.misbehave(share);
}

function end(scene: Scene, plays: ReturnType<typeof playAll>): readonly string[] {
  const complaints = plays.flatMap((play) => play.complaints);
  if (!plays.every(({ isOver }) => isOver)) complaints.push('somebody waits without end');
  for (const place of scene.places) place.behave();
  scene.until(() => scene.remains === '', 30_000);
  return scene.remains === '' ? complaints : [...complaints, `in the end: ${scene.remains}`];
}

function turned(stories: readonly Story[], by: number): readonly Story[] {
  const at = by % stories.length;
  return [...stories.slice(at), ...stories.slice(0, at)];
}
