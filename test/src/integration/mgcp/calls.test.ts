// Calls between lines: word for word on a good network, and by the hundred on one that loses, doubles and reorders
// datagrams, where everybody perceives what he would without that.
import type { Millis } from '@altpath/core';
import { expect } from 'chai';
import { conversation, goldenText } from '../lines/golden.js';
import { castsOf, playAll } from '../lines/play.js';
import { type GatewayKind, KINDS, Scene, type SceneOptions } from '../lines/scene.js';
import { LONG_STORIES, SHORT_STORIES, type Story } from '../lines/stories.js';

/** As RFC 3435 has them: a lossy network needs all of its repetitions. */
const TIMERS = { rtoMs: 200, max1: 5, max2: 7, tMaxMs: 20_000, tHistMs: 30_000 };

describe('MGCP calls, word for word', function () {
  this.timeout(30_000);

  it('power on', () => {
    const scene = sceneOf({ gateways: 2, linesEach: 2 });
    scene.start();
    expectGolden('power-on', scene, scene.begunAt);
  });

  for (const story of [...SHORT_STORIES, ...LONG_STORIES]) {
    it(story.name, () => {
      const scene = sceneOf({ gateways: 2, linesEach: 2 });
      scene.start();
      const from = scene.clock.now;
      const cast = scene.cast('1101', '1201', '1202');
      const [play] = playAll(scene, [cast], () => [story], { patienceMs: 5_000, pauseMs: 500, mindsAll: true }, 400_000);
      expect([play?.isOver, play?.complaints, scene.remains]).to.deep.equal([true, [], '']);
      expectGolden(story.name, scene, from);
    });
  }
});

describe('MGCP calls by the hundred', function () {
  this.timeout(60_000);

  for (const lossShare of [0, 0.1, 0.2]) {
    it(`with ${lossShare * 100} % of the datagrams lost, and as many doubled and reordered`, () => {
      expect(complaintsOf(lossShare, SHORT_STORIES, 60).slice(0, 12).join('\n')).to.equal('');
    });
  }

  it('that take long, with 10 % of the datagrams lost', () => {
    expect(complaintsOf(0.1, LONG_STORIES, 40).slice(0, 12).join('\n')).to.equal('');
  });
});

function sceneOf(options: Pick<SceneOptions, 'gateways' | 'linesEach'>): Scene {
  const [kind] = KINDS;
  return new Scene({
    seed: 4,
    kind: kind as GatewayKind,
    nodes: 1,
    timers: TIMERS,
    heartbeatMs: null,
    ...options,
    gateway: { transactions: TIMERS },
  });
}

function expectGolden(name: string, scene: Scene, from: Millis): void {
  const actual = conversation(scene.gateways, from, scene.network.latencyMs);
  expect(actual).to.equal(goldenText(`mgcp/${name}.txt`, actual));
}

function complaintsOf(share: number, stories: readonly Story[], casts: number): readonly string[] {
  const scene = sceneOf({ gateways: 4, linesEach: casts * 0.75 });
  scene.start();
  for (const { rig } of scene.gateways) Object.assign(rig.mischief, { lossShare: share, duplicateShare: share, reorderShare: share });
  const turned = (at: number): readonly Story[] => [...stories.slice(at % stories.length), ...stories.slice(0, at % stories.length)];
  const plays = playAll(scene, castsOf(scene, casts), turned, { patienceMs: 40_000, pauseMs: 500, mindsAll: true }, 2_000_000);
  const complaints = plays.flatMap((play) => play.complaints);
  if (!plays.every(({ isOver }) => isOver)) complaints.push('somebody waits without end');
  for (const { rig } of scene.gateways) rig.mischief.behave();
  scene.until(() => scene.remains === '', 30_000);
  return scene.remains === '' ? complaints : [...complaints, `in the end: ${scene.remains}`];
}
