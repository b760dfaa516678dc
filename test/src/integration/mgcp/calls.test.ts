// Calls between lines by the hundred, over a network that loses, doubles and reorders datagrams: everybody perceives what he
// would without that, and nothing is left.
import { expect } from 'chai';
import { castsOf, playAll } from './play.js';
import { KINDS, Scene } from './scene.js';
import { SHORT_STORIES } from './stories.js';

/** As RFC 3435 has them: a lossy network needs all of its repetitions. */
const TIMERS = { rtoMs: 200, max1: 5, max2: 7, tMaxMs: 20_000, tHistMs: 30_000 };

describe('MGCP calls by the hundred', function () {
  this.timeout(120_000);

  for (const lossShare of [0, 0.1, 0.2]) {
    it(`with ${lossShare * 100} % of the datagrams lost, and as many doubled and reordered`, () => {
      const [kind] = KINDS;
      const seed = 4711;
      const scene = new Scene({
        seed,
        kind: kind as (typeof KINDS)[number],
        nodes: 1,
        gateways: 4,
        linesEach: 45,
        timers: TIMERS,
        gateway: { transactions: TIMERS },
      });
      scene.start();
      for (const { rig } of scene.gateways) Object.assign(rig.mischief, { lossShare, duplicateShare: lossShare, reorderShare: lossShare });
      const casts = castsOf(scene, 60);
      const rotated = (at: number): typeof SHORT_STORIES =>
        SHORT_STORIES.map((_, nth) => SHORT_STORIES[(at + nth) % SHORT_STORIES.length] as never);
      const plays = playAll(scene, casts, rotated, { patienceMs: 40_000, pauseMs: 500, mindsAll: true }, 1_000_000);
      expect(plays.every(({ isOver }) => isOver)).to.equal(true);
      const complaints = plays.flatMap((play) => play.complaints);
      for (const { rig } of scene.gateways) rig.mischief.behave();
      scene.until(() => scene.remains === '', 30_000);
      expect(scene.remains).to.equal('');
      expect(complaints.slice(0, 20).join('\n')).to.equal('');
    });
  }
});
