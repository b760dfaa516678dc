// A short run of the fuzzer, and every message cut at every place: `npm run fuzz` goes on where this ends.
import { Random, runSeed } from '@altpath/testkit';
import { expect } from 'chai';
import { megacoSubjects } from './megaco.js';
import { mutated } from './mutation.js';
import { isHarmless, tried } from './subject.js';

const ROUNDS = 1_500;
/** Messages that are cut, and places of each. */
const CUT = 60;
const PLACES = 40;

describe('H.248 messages that are broken', function () {
  this.timeout(60_000);

  for (const subject of megacoSubjects()) {
    const seed = runSeed();

    it(`do no harm as ${subject.name}, spoiled by chance (seed ${seed})`, () => {
      const random = new Random(seed);
      for (let round = 0; round < ROUNDS; round += 1) {
        const bytes = mutated(subject, random);
        const outcome = tried(subject, bytes, random);
        expect(isHarmless(outcome), `round ${round}: ${outcome}\n${bytes.toString('base64')}`).to.equal(true);
      }
    });

    it(`do no harm as ${subject.name}, cut off anywhere`, () => {
      const random = new Random(seed);
      for (const bytes of random.shuffle(subject.seeds).slice(0, CUT)) {
        for (let place = 0; place < PLACES; place += 1) {
          const part = bytes.subarray(0, random.integer(bytes.length));
          const outcome = tried(subject, part, random);
          expect(isHarmless(outcome), `${outcome}\n${part.toString('base64')}`).to.equal(true);
        }
      }
    });
  }
});
