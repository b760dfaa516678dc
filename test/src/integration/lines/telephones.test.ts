// SIP telephones play the stories of lines with nobody between them: they can be one side of any pair.
import { Random, SimulatedClock, SimulatedNetwork } from '@altpath/testkit';
import { expect } from 'chai';
import { SimulatedTelephone } from './simulated-telephone.js';
import { type Cast, departure, described, isReached, LONG_STORIES, SHORT_STORIES } from './stories.js';

const NUMBERS = ['1101', '1201', '1202'] as const;
/** Nobody is between them who would say that it has rung long enough. */
const PLAYABLE = [...SHORT_STORIES, ...LONG_STORIES].filter(({ name }) => name !== 'no-answer');

describe('SIP telephones play the stories of lines', () => {
  for (const story of PLAYABLE) {
    it(story.name, () => {
      const world = new World();
      const { cast, telephones } = world;
      for (const act of story.acts) {
        act.play(cast);
        world.clock.run(500 + (act.takesMs ?? 0) * 1.1);
        expect(isReached(cast, act), `after "${act.what}" ${described(cast, act)}`).to.equal(true);
      }
      expect(departure(cast, story) ?? '').to.equal('');
      world.clock.run(1_000);
      expect(telephones.flatMap(({ remains }) => remains)).to.deep.equal([]);
    });
  }
});

describe('SIP telephones on a network that loses, doubles and reorders', () => {
  for (const story of SHORT_STORIES) {
    it(story.name, () => {
      for (let seed = 1; seed <= 10; seed += 1) {
        const world = new World(seed);
        for (const { rig } of world.telephones) Object.assign(rig.mischief, { lossShare: 0.08, duplicateShare: 0.08, reorderShare: 0.08 });
        for (const act of story.acts) {
          act.play(world.cast);
          for (let waitedMs = 0; !isReached(world.cast, act) && waitedMs < 30_000; waitedMs += 50) world.clock.run(50);
          expect(isReached(world.cast, act), `seed ${seed}, after "${act.what}" ${described(world.cast, act)}`).to.equal(true);
          world.clock.run(1_500);
        }
        world.clock.run(70_000);
        expect([seed, departure(world.cast, story), world.telephones.flatMap(({ remains }) => remains)]).to.deep.equal([
          seed,
          undefined,
          [],
        ]);
      }
    });
  }
});

class World {
  readonly clock = new SimulatedClock();
  readonly random: Random;
  readonly network: SimulatedNetwork;
  readonly telephones: readonly SimulatedTelephone[];

  constructor(seed = 1) {
    this.random = new Random(seed);
    this.network = new SimulatedNetwork(this.clock, this.random);
    this.telephones = NUMBERS.map((number, at) => {
      const options = { domain: 'a.test', outbound: [] };
      return new SimulatedTelephone({ number, host: hostOf(at) }, this, options, { uriOf, wholeNumber: /^(\d{4}|99)$/ });
    });
  }

  get cast(): Cast {
    const [caller, called, third] = this.telephones.map(({ line }, at) => ({ number: NUMBERS[at] ?? '', phone: line }));
    if (!caller || !called || !third) throw new Error('a cast has three members');
    return { caller, called, third };
  }
}

function hostOf(at: number): string {
  return `10.2.0.${at + 1}`;
}

/** Who has no telephone is not there either: the network says so. */
function uriOf(dialled: string): string {
  const at = NUMBERS.findIndex((number) => number === dialled);
  return at < 0 ? `sip:${dialled}@10.2.0.99` : `sip:${dialled}@${hostOf(at)}`;
}
