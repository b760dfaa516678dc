// The MEGACO codecs against those of Erlang/OTP: CPU time of reading a message and writing it again, in compact text and
// in BER. The corpus is that of ALTPATH_VECTORS as far as both take it, else the messages of ours. Both processes are told
// to do their rounds in turn, so that what else the machine does falls on both; the figures are medians of the rounds.
import { join } from 'node:path';
import { decodeBer, decodeText, encodeBer, encodeText, TerminationNames } from '@altpath/megaco';
import { loadIndex, type VectorIndex } from '@altpath/testkit';
import { MEGACO_MESSAGES } from '../support/megaco-messages.js';
import { Child } from '../support/process.js';
import { ROOT } from '../support/root.js';
import type { Scratch } from '../support/scratch.js';

/** One line of the result; microseconds of CPU time a message, and how many times as long as ours the other one takes. */
export interface MegacoRow {
  readonly job: string;
  readonly messages: number;
  readonly altpath: number;
  readonly erlang: number;
  /** Median of the ratios of neighbouring rounds. */
  readonly ratio: number;
  readonly ratios: readonly [least: number, most: number];
}

/** What both take is measured; a round has so many messages. */
const ROUND_MESSAGES = 20_000;
/** Rounds before the first that counts: a short corpus is warm late. */
const WARM_UP = 5;
/** What the corpus's octets mean: it has no patterns of termination ids. */
const NAMES = { terminations: new TerminationNames({}) };

type Work = (bytes: Buffer) => boolean;

interface Job {
  readonly name: string;
  /** The codec's name at the other side. */
  readonly codec: 'plain' | 'flex' | 'ber';
  readonly work: Work;
}

const JOBS: readonly Job[] = [
  { name: 'compact text, OTP with its scanner in Erlang', codec: 'plain', work: throughText },
  { name: 'compact text, OTP with its scanner in C', codec: 'flex', work: throughText },
  { name: 'BER', codec: 'ber', work: throughBer },
];

/** Measures, prints nothing. Takes about a minute. @throws Error with what Erlang printed when it gives up. */
export async function benchMegaco(scratch: Scratch, rounds: number): Promise<readonly MegacoRow[]> {
  const erlang = new Child('erlang', ['escript', join(ROOT, 'test/bench/megaco_codec.escript')], {
    env: { ERL_CRASH_DUMP_SECONDS: '0' },
  });
  const other = new Lines(erlang);
  try {
    await other.next();
    const text = await common(textCorpus(), throughText, ['plain', 'flex'], other, scratch);
    const ber = await common(berCorpus(), throughBer, ['ber'], other, scratch);
    const rows: MegacoRow[] = [];
    for (const job of JOBS) rows.push(await measure(job, job.codec === 'ber' ? ber : text, rounds, other));
    return rows;
  } finally {
    erlang.write('quit\n');
    await erlang.stop();
  }
}

function throughText(bytes: Buffer): boolean {
  const decoded = decodeText(bytes);
  return decoded.ok && encodeText(decoded.value, { style: 'compact' }).length > 0;
}

function throughBer(bytes: Buffer): boolean {
  const decoded = decodeBer(bytes, NAMES);
  return decoded.ok && encodeBer(decoded.value, NAMES).ok;
}

interface Corpus {
  readonly file: string;
  readonly messages: readonly Buffer[];
}

/** The messages that all take, in a file for the other side. */
async function common(
  messages: readonly Buffer[],
  work: Work,
  codecs: readonly Job['codec'][],
  other: Lines,
  scratch: Scratch,
): Promise<Corpus> {
  const name = codecs[0] ?? '';
  const ours = messages.filter(work);
  await other.ask(`load ${await scratch.write(`${name}-all`, framed(ours))}`);
  const refused = new Set<number>();
  for (const codec of codecs)
    for (const index of (await other.ask(`refused ${codec}`)).split(' ')) refused.add(index === '' ? -1 : Number(index));
  const kept = ours.filter((_, index) => !refused.has(index));
  if (kept.length === 0) throw new Error(`Erlang takes none of ${ours.length} messages as ${codecs.join(', ')}`);
  return { file: await scratch.write(`${name}-both`, framed(kept)), messages: kept };
}

async function measure({ name, codec, work }: Job, { file, messages }: Corpus, rounds: number, other: Lines): Promise<MegacoRow> {
  await other.ask(`load ${file}`);
  const passes = Math.max(1, Math.round(ROUND_MESSAGES / messages.length));
  const count = passes * messages.length;
  const pairs: { readonly altpath: number; readonly erlang: number }[] = [];
  for (let round = -WARM_UP; round < rounds; round += 1) {
    const altpath = cpuOf(work, messages, passes) / count;
    const erlang = Number(await other.ask(`${codec} ${passes}`)) / count;
    if (round >= 0) pairs.push({ altpath, erlang });
  }
  const ratios = pairs.map(({ altpath, erlang }) => erlang / altpath).sort(ascending);
  return {
    job: name,
    messages: messages.length,
    altpath: median(pairs.map(({ altpath }) => altpath)),
    erlang: median(pairs.map(({ erlang }) => erlang)),
    ratio: median(ratios),
    ratios: [rounded(ratios[0]), rounded(ratios.at(-1))],
  };
}

function cpuOf(work: Work, messages: readonly Buffer[], passes: number): number {
  const before = process.cpuUsage();
  for (let pass = 0; pass < passes; pass += 1)
    for (const message of messages) if (!work(message)) throw new Error(message.toString('latin1'));
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function median(values: readonly number[]): number {
  return rounded([...values].sort(ascending)[values.length >> 1]);
}

function rounded(value = 0): number {
  return Math.round(value * 100) / 100;
}

const ascending = (a: number, b: number): number => a - b;

/** Each message behind its length in four octets. */
function framed(messages: readonly Buffer[]): Buffer {
  return Buffer.concat(
    messages.flatMap((message) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(message.length);
      return [length, message];
    }),
  );
}

// --- the messages -------------------------------------------------------------------------------------------------

function textCorpus(): readonly Buffer[] {
  const index = loadIndex('megaco');
  if (index === undefined) return MEGACO_MESSAGES.map(({ text }) => Buffer.from(text, 'latin1'));
  return index.vectors.filter(({ file, valid }) => file.startsWith('text/') && valid === true).map((vector) => index.read(vector));
}

function berCorpus(): readonly Buffer[] {
  const index = loadIndex('megaco');
  return index === undefined ? ownBer() : index.vectors.flatMap(({ ber }) => (typeof ber === 'string' ? [octetsOf(index, ber)] : []));
}

function octetsOf(index: VectorIndex, file: string): Buffer {
  return Buffer.from(index.read({ file, valid: null }).toString('latin1').trim(), 'hex');
}

function ownBer(): readonly Buffer[] {
  return MEGACO_MESSAGES.filter(({ binary }) => binary).flatMap(({ text }) => {
    const decoded = decodeText(Buffer.from(text, 'latin1'));
    const encoded = decoded.ok ? encodeBer(decoded.value) : decoded;
    return encoded.ok ? [encoded.value] : [];
  });
}

// --- the other side -----------------------------------------------------------------------------------------------

/** A program that answers each line with one. */
class Lines {
  #read = 0;

  constructor(private readonly child: Child) {}

  async ask(line: string): Promise<string> {
    this.child.write(`${line}\n`);
    return this.next();
  }

  async next(): Promise<string> {
    const end = (): number => this.child.stdout.indexOf('\n', this.#read);
    await this.child.until(() => end() >= 0, 'its answer', 120_000);
    const line = this.child.stdout.slice(this.#read, end());
    this.#read = end() + 1;
    return line;
  }
}
