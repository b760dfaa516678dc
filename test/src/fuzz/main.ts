// `npm run fuzz`: messages of our own, and those of the corpora where ALTPATH_VECTORS names them, with bits flipped, cut,
// doubled and spliced into each other, are fed to the SIP codec. It may refuse what it likes; it may not throw, hang or
// differ between a datagram and a stream. Options: --seconds N (default 30), --seed N (default ALTPATH_SEED, else new).
// The seed is printed first; a find is printed as the seed, the round and the first bytes in base64, and the exit code is 1.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { decode, StreamFramer } from '@altpath/sip';
import { loadIndex, Random, runSeed, vectorsRoot } from '@altpath/testkit';
import { exercise } from '../conformance/verdict.js';
import { ownMessages, readOwn } from '../conformance/vectors.js';

/** More CPU time than this for one message, twice in a row, is a hang. */
const SLOW_MS = 250;
/** How much of a find is printed: seed and round give all of it again. */
const SHOWN = 3_000;
const MAX_BYTES = 65_535;

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '30' }, seed: { type: 'string' } } });
const seed = values.seed === undefined ? runSeed() : Number.parseInt(values.seed, 10);
const seconds = Number(values.seconds);
if (!Number.isFinite(seconds) || seconds <= 0 || Number.isNaN(seed)) {
  console.error('fuzz: --seconds and --seed are numbers');
  process.exit(2);
}

function run(): number {
  const seeds = [...own(), ...foreign()];
  const random = new Random(seed);
  console.log(`fuzz: seed ${seed}, ${seeds.length} messages, ${seconds} s`);
  const end = performance.now() + seconds * 1000;
  let accepted = 0;
  let round = 0;
  for (; performance.now() < end; round += 1) {
    const bytes = mutated(seeds, random);
    const fault = tried(bytes, random);
    if (fault === undefined) continue;
    if (fault === 'accepted') accepted += 1;
    else {
      console.error(`fuzz: seed ${seed}, round ${round}: ${fault}\n${bytes.subarray(0, SHOWN).toString('base64')}`);
      return 1;
    }
  }
  console.log(`fuzz: ${round} messages, ${accepted} of them accepted, none did harm`);
  return 0;
}

/** @returns `accepted`, undefined for what was refused, or what went wrong. */
function tried(bytes: Buffer, random: Random): string | undefined {
  try {
    const before = process.cpuUsage();
    const accepted = exercise(Buffer.from(bytes));
    const torn = acrossStream(bytes, random);
    if (torn !== undefined) return torn;
    if (cpuSince(before) > SLOW_MS) {
      const again = process.cpuUsage();
      exercise(Buffer.from(bytes));
      acrossStream(bytes, random);
      if (cpuSince(again) > SLOW_MS) return `takes ${Math.round(cpuSince(again))} ms`;
    }
    return accepted ? 'accepted' : undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** A stream gives the same messages whether it comes whole or in pieces, and what it gives as a message can be decoded or refused. */
function acrossStream(bytes: Buffer, random: Random): string | undefined {
  const whole = new StreamFramer({ maxBytes: MAX_BYTES }).push(Buffer.from(bytes));
  const pieces = new StreamFramer({ maxBytes: MAX_BYTES });
  const parts: typeof whole = [];
  for (let at = 0; at < bytes.length;) {
    const next = Math.min(bytes.length, at + 1 + random.integer(400));
    parts.push(...pieces.push(Buffer.from(bytes.subarray(at, next))));
    at = next;
  }
  const messages = (framed: typeof whole): string[] =>
    framed.flatMap((one) => (one.kind === 'message' ? [one.bytes.toString('latin1')] : []));
  const [a, b] = [messages(whole), messages(parts)];
  if (a.length !== b.length || a.some((message, i) => message !== b[i])) return 'a stream differs with the way it is cut';
  for (const message of a) decode(Buffer.from(message, 'latin1'));
  return undefined;
}

// --- mutation ------------------------------------------------------------------------------------------------------

/** What parsers trip over: separators, white space, quotes, numbers at the edge, names that mean something. */
const MORSELS = [
  ...[
    ':',
    ';',
    ',',
    '<',
    '>',
    '"',
    '\\',
    '@',
    '=',
    '?',
    '[',
    ']',
    '/',
    '*',
    '%',
    '%00',
    '\0',
    '\r',
    '\n',
    '\r\n',
    '\r\n ',
    '\r\n\r\n',
    '\t',
    ' ',
  ],
  ...['4294967296', '2147483648', '-1', '65536', '99999999999999999999', 'sip:', 'sips:', 'SIP/2.0', 'SIP / 2.0 / UDP', '\x80\xff'],
  ...[
    'Via:',
    'v:',
    'Content-Length:',
    'l:',
    'Route:',
    'CSeq:',
    'Contact: *',
    'To:',
    '[::1]',
    '::ffff:192.0.2.1',
    ';branch=',
    ';tag=',
    ';rport=',
  ],
];

function mutated(seeds: readonly Buffer[], random: Random): Buffer {
  let bytes: Buffer = Buffer.from(random.pick(seeds));
  for (let times = 1 + random.integer(4); times > 0; times -= 1) bytes = mutation(bytes, seeds, random);
  return bytes.subarray(0, MAX_BYTES);
}

function mutation(bytes: Buffer, seeds: readonly Buffer[], random: Random): Buffer {
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
      const morsel = Buffer.from(random.pick(MORSELS), 'latin1');
      const many = random.chance(0.02) ? random.integer(8_000) : 1 + random.integer(3);
      return Buffer.concat([bytes.subarray(0, at), ...Array.from({ length: many }, () => morsel), bytes.subarray(at)]);
    }
    default:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(random.pick(MORSELS), 'latin1'), bytes.subarray(to)]);
  }
}

// --- what to start from --------------------------------------------------------------------------------------------

function own(): Buffer[] {
  return ['rfc4475', 'rfc5118'].flatMap((document) => ownMessages(document).map(({ file }) => readOwn(document, file)));
}

function foreign(): Buffer[] {
  const root = vectorsRoot();
  if (root === undefined) return [];
  const folders = readdirSync(join(root, 'sip'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap(({ name }) => {
    const index = loadIndex(`sip/${name}`);
    return (index?.vectors ?? []).map((vector) => index?.read(vector) ?? Buffer.alloc(0));
  });
}

process.exitCode = run();
