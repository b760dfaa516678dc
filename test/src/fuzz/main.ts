// `npm run fuzz`: messages of our own, and those of the corpora where ALTPATH_VECTORS names them, with bits flipped, cut,
// doubled and spliced into each other, are fed to the codecs of SIP and MEGACO. They may refuse what they like; they may not
// throw, hang or differ between a datagram and a stream. Options: --only NAME (sip, megaco text, megaco ber, megaco tpkt),
// --seconds N (in all, default 30), --seed N (default ALTPATH_SEED, else new). The seed is printed first; a find is printed
// as the seed, the round and the first bytes in base64, and the exit code is 1.
import { parseArgs } from 'node:util';
import { Random, runSeed } from '@altpath/testkit';
import { megacoSubjects } from './megaco.js';
import { mutated } from './mutation.js';
import { sipSubject } from './sip.js';
import { isHarmless, type Subject, tried } from './subject.js';

/** How much of a find is printed: seed and round give all of it again. */
const SHOWN = 3_000;

const { values } = parseArgs({
  options: { only: { type: 'string' }, seconds: { type: 'string', default: '30' }, seed: { type: 'string' } },
});
const seed = values.seed === undefined ? runSeed() : Number.parseInt(values.seed, 10);
const seconds = Number(values.seconds);
const subjects = [sipSubject(), ...megacoSubjects()].filter(({ name }) => values.only === undefined || name === values.only);
if (!Number.isFinite(seconds) || seconds <= 0 || Number.isNaN(seed) || subjects.length === 0) {
  console.error('fuzz: --seconds and --seed are numbers, --only is one of sip, megaco text, megaco ber, megaco tpkt');
  process.exit(2);
}
process.exitCode = subjects.map((subject) => run(subject, seconds / subjects.length)).find((code) => code !== 0) ?? 0;

function run(subject: Subject, share: number): number {
  const random = new Random(seed);
  console.log(`fuzz ${subject.name}: seed ${seed}, ${subject.seeds.length} messages, ${share} s`);
  const end = performance.now() + share * 1000;
  let accepted = 0;
  let round = 0;
  for (; performance.now() < end; round += 1) {
    const bytes = mutated(subject, random);
    const outcome = tried(subject, bytes, random);
    if (outcome === 'accepted') accepted += 1;
    if (isHarmless(outcome)) continue;
    console.error(`fuzz ${subject.name}: seed ${seed}, round ${round}: ${outcome}\n${bytes.subarray(0, SHOWN).toString('base64')}`);
    return 1;
  }
  console.log(`fuzz ${subject.name}: ${round} messages, ${accepted} of them accepted, none did harm`);
  return 0;
}
