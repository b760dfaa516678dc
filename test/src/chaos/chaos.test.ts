// A node dies, or goes silent, at every stage of a call: each call ends as its users wanted, and no phone rings twice.
// The short form of `npm run chaos`.
import { needs } from '@altpath/testkit';
import { expect } from 'chai';
import { complaints, type ChaosOptions, type ChaosResult, runChaos } from './run.js';

const STAGES = ['s1a', 's1b', 's1c', 's2', 's2c', 's3', 's4', 's5a', 's5b', 's6a', 's6b', 's7', 's8'];
const SLOW_STAGES = ['w1', 'w2', 'w3', 'w4', 'w5', 'm1', 'm2', 'm3', 'm4', 'm5'];
const CALLS_A_STAGE = 8;

describe('two nodes and aware phones', function () {
  this.timeout(120_000);

  before(function () {
    needs(this, 'netns', 'python3');
  });

  for (const probe of [0.9, 2.5]) {
    it(`no call is lost when a node is killed, at any of the ${STAGES.length} stages (probe ${probe} T1)`, async () => {
      await expectClean(STAGES, { kill: 'kill', stages: 'all', probe });
    });

    it(`no call is lost when a node goes silent, at any of the ${STAGES.length} stages (probe ${probe} T1)`, async () => {
      await expectClean(STAGES, { kill: 'stop', stages: 'all', probe });
    });
  }

  it('a slow callee costs nothing although the guard fires and nobody died', async () => {
    // Longer than the guard (6 T1) before it rings, longer than Timer B (64 T1) before it answers.
    await expectClean(SLOW_STAGES, { kill: 'none', stages: 'slow', probe: 0.9, slow: [4, 10] });
  });

  async function expectClean(stages: readonly string[], options: Pick<ChaosOptions, 'kill' | 'stages' | 'probe' | 'slow'>): Promise<void> {
    const result: ChaosResult = await runChaos({ ...options, t1Ms: 100, calls: CALLS_A_STAGE * stages.length });
    expect(Object.keys(result.rows)).to.deep.equal(stages);
    expect(complaints(result), `${result.table}\n${result.log}`).to.deep.equal([]);
  }
});
