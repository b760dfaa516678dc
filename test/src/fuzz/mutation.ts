// How messages are spoiled: bits flipped, cut, doubled, spliced into each other, with morsels between.
import type { Random } from '@altpath/testkit';
import type { Subject } from './subject.js';

const MAX_BYTES = 65_535;

/** One message of a subject, spoiled one to four times. */
export function mutated({ seeds, morsels }: Pick<Subject, 'seeds' | 'morsels'>, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(random.pick(seeds));
  for (let times = 1 + random.integer(4); times > 0; times -= 1) bytes = mutation(bytes, seeds, morsels, random);
  return bytes.subarray(0, MAX_BYTES);
}

function mutation(bytes: Buffer, seeds: readonly Buffer[], morsels: readonly Buffer[], random: Random): Buffer {
  const at = random.integer(bytes.length + 1);
  const to = Math.min(bytes.length, at + random.integer(40));
  switch (random.integer(7)) {
    case 0:
      for (let flips = 1 + random.integer(8); flips > 0 && bytes.length > 0; flips -= 1) {
        const place = random.integer(bytes.length);
        bytes[place] = (bytes[place] as number) ^ (1 << random.integer(8));
      }
      return bytes;
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    case 4: {
      const other = random.pick(seeds);
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random.integer(other.length + 1))]);
    }
    case 5: {
      const morsel = random.pick(morsels);
      const many = random.chance(0.02) ? random.integer(8_000) : 1 + random.integer(3);
      return Buffer.concat([bytes.subarray(0, at), ...Array.from({ length: many }, () => morsel), bytes.subarray(at)]);
    }
    default:
      return Buffer.concat([bytes.subarray(0, at), random.pick(morsels), bytes.subarray(to)]);
  }
}
