// The controller of calls between telephones of every kind dies, goes silent, or is drained, at every stage of a call, with a Redis
// that both nodes share, or, between lines, without: each call goes on or ends as its users wanted, and nothing is left. The short
// form of that part of `npm run chaos`.
import { needs } from '@altpath/testkit';
import { expect } from 'chai';
import { complaints, type Fault, runLinesChaos } from '../lines/run.js';
import { STAGES } from '../lines/stages.js';
import { type Call, controllerChaos } from './controller-scene.js';

const LINES_A_STAGE = 4;

const RUNS: readonly (Call & { readonly fault: Fault })[] = [
  { from: 'sip', to: 'mgcp', store: 'shared', fault: 'SIGKILL' },
  { from: 'mgcp', to: 'sip', store: 'shared', fault: 'SIGSTOP' },
  { from: 'sip', to: 'megaco', store: 'shared', fault: 'SIGTERM' },
  { from: 'mgcp', to: 'megaco', store: 'shared', fault: 'SIGKILL' },
  { from: 'megaco', to: 'mgcp', store: 'shared', fault: 'SIGTERM' },
  { from: 'mgcp', to: 'megaco', store: 'none', fault: 'SIGSTOP' },
];

describe('two controllers, and telephones of every kind in every stage of a call', function () {
  this.timeout(180_000);

  for (const { fault, ...call } of RUNS) {
    it(`${fault}: no call is lost at any of ${STAGES.length} stages; from ${call.from} to ${call.to}, ${call.store === 'shared' ? 'with' : 'without'} a shared store`, async function () {
      if (call.store === 'shared') needs(this, 'redis-server');
      const result = await runLinesChaos({
        ...controllerChaos(call),
        fault,
        linesAStage: LINES_A_STAGE,
        rtpPairsAStage: 1,
      });
      expect(result.rows.map(({ stage, n }) => [stage, n])).to.deep.equal(STAGES.map(({ name }) => [name, LINES_A_STAGE / 2]));
      expect(complaints(result), `${result.table}\n${result.log}`).to.deep.equal([]);
    });
  }
});
