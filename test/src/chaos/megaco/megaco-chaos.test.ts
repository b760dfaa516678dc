// The controller of H.248 gateways dies, goes silent, or is drained, at every stage of a call: each call goes on or ends as its
// users wanted, and no context is left. The short form of the H.248 part of `npm run chaos`, with some of the ways to speak.
import { needs } from '@altpath/testkit';
import { expect } from 'chai';
import { ERLANG } from '../../interop/erlang-peer.js';
import { complaints, type Fault, runLinesChaos } from '../lines/run.js';
import { STAGES } from '../lines/stages.js';
import { megacoChaos, type Way } from './megaco-scene.js';

const LINES_A_STAGE = 4;

const RUNS: readonly (Way & { readonly fault: Fault })[] = [
  { make: 'ours', encoding: 'compact', transport: 'udp', fault: 'SIGKILL' },
  { make: 'ours', encoding: 'ber', transport: 'tcp', fault: 'SIGSTOP' },
  { make: 'erlang', encoding: 'compact', transport: 'tcp', fault: 'SIGKILL' },
  { make: 'erlang', encoding: 'pretty', transport: 'udp', fault: 'SIGSTOP' },
  { make: 'erlang', encoding: 'ber', transport: 'udp', fault: 'SIGTERM' },
];

describe('two controllers of H.248 gateways, and telephones in every stage of a call', function () {
  this.timeout(180_000);

  for (const { fault, ...way } of RUNS) {
    const { make, encoding, transport } = way;
    it(`${fault}: no call is lost at any of ${STAGES.length} stages; gateways of ${make === 'ours' ? 'ours' : 'Erlang/OTP'}, ${encoding} over ${transport}`, async function () {
      if (make === 'erlang') needs(this, ...ERLANG);
      const result = await runLinesChaos({ ...megacoChaos(way), fault, linesAStage: LINES_A_STAGE, rtpPairsAStage: 1 });
      expect(result.rows.map(({ stage, n }) => [stage, n])).to.deep.equal(STAGES.map(({ name }) => [name, LINES_A_STAGE / 2]));
      expect(complaints(result), `${result.table}\n${result.log}`).to.deep.equal([]);
    });
  }
});
