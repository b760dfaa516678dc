// The controller of gateways dies, or goes silent, at every stage of a call: each call goes on or ends as its users wanted,
// and nothing is done twice. The short form of the MGCP part of `npm run chaos`.
import { expect } from 'chai';
import { complaints, runLinesChaos } from '../lines/run.js';
import { STAGES } from '../lines/stages.js';
import { KINDS, type Kind, mgcpChaos } from './mgcp-scene.js';

const LINES_A_STAGE = 4;

describe('two controllers, and telephones in every stage of a call', function () {
  this.timeout(120_000);

  for (const kind of Object.keys(KINDS) as Kind[]) {
    for (const fault of ['SIGKILL', 'SIGSTOP'] as const) {
      it(`${fault}: no call is lost and nothing is done twice, at any of ${STAGES.length} stages; the gateways have: ${KINDS[kind].what}`, async () => {
        const result = await runLinesChaos({ ...mgcpChaos(kind), fault, linesAStage: LINES_A_STAGE, rtpPairsAStage: 1 });
        expect(result.rows.map(({ stage, n }) => [stage, n])).to.deep.equal(STAGES.map(({ name }) => [name, LINES_A_STAGE / 2]));
        expect(complaints(result), `${result.table}\n${result.log}`).to.deep.equal([]);
      });
    }
  }
});
