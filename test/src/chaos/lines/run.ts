// One run: people in every stage of a call, one fault of the primary, everybody goes on as people do; then the primary comes
// back, and everybody calls once more. A row for every stage, and a complaint for whatever nobody wanted.
import type { AnalogLine } from '@altpath/simulators';
import type { Child } from '../../support/process.js';
import { median, percentile } from './figures.js';
import type { Pair } from './pair.js';
import { type Stage, STAGES } from './stages.js';

/** SIGTERM drains: the node hands its gateways over. */
export type Fault = 'SIGKILL' | 'SIGSTOP' | 'SIGTERM' | 'none';

/** How many pairs of people the scene has, and which of them have RTP. */
export interface SceneSize {
  readonly pairs: number;
  readonly hasRtp: (nth: number) => boolean;
}

/** Two controllers `a` and `b` as processes, gateways, and their lines: whatever they speak. */
export interface ChaosScene {
  readonly lines: readonly AnalogLine[];
  /** A caller and whom he calls; `nth` counts from 0. */
  pair(nth: number): Pair;
  node(name: string): Child;
  startNode(name: string): Promise<void>;
  /**
   * Settles when controllers know what every telephone does: people take milliseconds here, and one that was put down a moment ago is
   * busy until that has been heard.
   */
  quiet(): Promise<unknown>;
  /** What exists of calls on any gateway, in words: one for each end of a call. */
  legsLeft(): readonly string[];
  /** What was created more than once, in words; empty where nobody can tell. */
  twice(): readonly string[];
  /** The end of what the nodes logged. */
  log(): string;
  close(): Promise<void>;
}

export interface LinesChaosOptions {
  /** Who the gateways are and which timers there are, for the table. */
  readonly what: string;
  /** Both nodes are ready and every line is in service when it settles. @throws Error with the node's log, or LineTimeout. */
  readonly open: (size: SceneSize) => Promise<ChaosScene>;
  /** The gateways forget digits and flashes that nobody took: then their user does it once more, which is counted. */
  readonly forgets?: true | undefined;
  readonly fault: Fault;
  /** Lines in each stage: an even number, half of them callers. */
  readonly linesAStage: number;
  /** Pairs of each stage that have RTP; the others have port numbers only. */
  readonly rtpPairsAStage: number;
  /** Names of the stages; default all of them at once. */
  readonly stages?: readonly string[] | undefined;
}

export interface StageRow {
  readonly stage: string;
  /** Pairs. */
  readonly n: number;
  /** Those whose call went as they wanted. */
  readonly clean: number;
  /** What people had to do once more. */
  readonly repeats: number;
  /**
   * From what somebody did after the fault (or from the fault, for what was under way) until what they waited for, in
   * ms; undefined where nothing was waited for, or all of it happened before the fault.
   */
  readonly medianMs: number | undefined;
  readonly p99Ms: number | undefined;
}

export interface LinesChaosResult {
  readonly rows: readonly StageRow[];
  /** Whatever was not as it must be, in words. */
  readonly trouble: readonly string[];
  /** Longest time between two RTP packets in a talk that lasted over the fault; 0 without RTP. */
  readonly longestGapMs: number;
  /** For people. */
  readonly table: string;
  /** The end of what the nodes logged. */
  readonly log: string;
}

interface Player {
  readonly stage: Stage;
  readonly pair: Pair;
  delayMs: number | undefined;
}

/** So many pairs do the same thing at one time while they are brought into their stages: people are no benchmark. */
const TOGETHER = 16;
/** The fault comes so long after everybody is in place. */
const AHEAD_MS = 60;
const BEFORE_MS = 12;
const AFTER_MS = 500;
/** What is there after so long is left; above the 64*T1 in which a telephone waits for the answer to its BYE. */
const LEFT_AFTER_MS = 8_000;
const LOOK_MS = 20;

/** @throws Error with a node's log when a node does not start; LineTimeout when nobody could call before the fault. */
export async function runLinesChaos(options: LinesChaosOptions): Promise<LinesChaosResult> {
  const perStage = options.linesAStage / 2;
  const rtp = options.rtpPairsAStage;
  const stages = stagesOf(options);
  const stageOf = (nth: number): Stage => stages[Math.floor(nth / perStage)] as Stage;
  const pairs = perStage * stages.length;
  const scene = await options.open({ pairs, hasRtp: (nth) => nth % perStage < rtp });
  try {
    const players = Array.from({ length: pairs }, (_, nth): Player => ({ stage: stageOf(nth), pair: scene.pair(nth), delayMs: undefined }));
    return await play(scene, players, options);
  } finally {
    await scene.close();
  }
}

/**
 * The same with one stage at a time, all its lines in it at once, in one table: in a run of all stages many lines are a rush
 * that a machine feels, whoever dies.
 */
export async function runStageByStage(options: Omit<LinesChaosOptions, 'stages'>): Promise<LinesChaosResult> {
  const results: LinesChaosResult[] = [];
  for (const { name } of STAGES) results.push(await runLinesChaos({ ...options, stages: [name] }));
  const found = {
    rows: results.flatMap(({ rows }) => rows),
    trouble: results.flatMap(({ trouble }) => trouble),
    longestGapMs: Math.max(...results.map(({ longestGapMs }) => longestGapMs)),
    log: results.map(({ log }) => log).join('\n'),
  };
  return { ...found, table: tableOf(found.rows, found.longestGapMs, found.trouble, options) };
}

/** Everything that is not as it must be: empty when every call went as its users wanted and nothing was done twice. */
export function complaints({ rows, trouble }: LinesChaosResult): string[] {
  return [...rows.filter(({ n, clean }) => clean !== n).map(({ stage, n, clean }) => `${stage}: ${clean} of ${n} clean`), ...trouble];
}

function stagesOf({ stages }: LinesChaosOptions): readonly Stage[] {
  return stages === undefined ? STAGES : STAGES.filter(({ name }) => stages.includes(name));
}

async function play(scene: ChaosScene, players: readonly Player[], options: LinesChaosOptions): Promise<LinesChaosResult> {
  const trouble: string[] = [];
  await inTurns(players, ({ stage, pair }) => stage.enter(pair));
  const talks = players.filter(({ stage }) => stage.outlasts);
  const marks = new Map(talks.map(({ pair }) => [pair, pair.mark]));

  const faultAt = performance.now() + AHEAD_MS;
  const strikes = at(faultAt).then(() => {
    if (options.fault !== 'none') scene.node('a').signal(options.fault);
  });
  await Promise.all([strikes, ...players.map((player) => throughTheFault(player, faultAt))]);
  trouble.push(...(await legsOf(scene, talks)));

  if (options.fault === 'SIGSTOP') scene.node('a').signal('SIGCONT');
  if (options.fault === 'SIGKILL' || options.fault === 'SIGTERM') {
    await scene.node('a').stop();
    await scene.startNode('a');
  }
  // Everybody who has hung up calls once more, while the others still talk.
  const again = players.filter((player) => !player.stage.outlasts);
  await scene.quiet();
  await inTurns(again, ({ pair }) => pair.attempt('a call afterwards', () => wholeCall(pair)));
  let longestGapMs = 0;
  for (const { pair } of talks) {
    if (pair.mark !== marks.get(pair))
      pair.complaints.push(`${pair.number}: the talk was disturbed: ${marks.get(pair)}, then ${pair.mark}`);
    const { audio } = pair;
    longestGapMs = Math.max(longestGapMs, audio?.longestGapMs ?? 0);
    if (audio && audio.lost > 0) pair.complaints.push(`${pair.number}: ${audio.lost} RTP packets were lost`);
  }
  await inTurns(talks, ({ stage, pair }) => pair.attempt(stage.name, () => stage.goOn(pair)));
  await scene.quiet();
  await inTurns(talks, ({ pair }) => pair.attempt('a call afterwards', () => wholeCall(pair)));
  trouble.push(...(await legsOf(scene, [])), ...scene.twice());
  for (const line of scene.lines) if (line.state !== 'idle') trouble.push(`${line.name} is left ${line.state}`);
  return resultOf(players, { trouble, longestGapMs, log: scene.log() }, options);
}

/** What one pair does around the fault, until both telephones lie on their hooks; those who talk on, only until it is past. */
async function throughTheFault(player: Player, faultAt: number): Promise<void> {
  const { stage, pair } = player;
  const share = Math.random();
  const actAt = stage.when === 'before' ? faultAt - share * BEFORE_MS : faultAt + share * AFTER_MS;
  await at(actAt);
  await pair.attempt(stage.name, async () => {
    const actedAt = performance.now();
    stage.act(pair);
    await stage.awaited(pair);
    const happenedAt = performance.now();
    if (happenedAt > faultAt && !stage.outlasts) player.delayMs = happenedAt - Math.max(actedAt, faultAt);
    if (!stage.outlasts) await stage.goOn(pair);
  });
}

async function wholeCall(pair: Pair): Promise<void> {
  await pair.talk();
  await pair.hangUp('callee');
}

/** What exists although nobody is in a call but `talks`, when what their users have not seen the end of has had its time. */
async function legsOf(scene: ChaosScene, talks: readonly Player[]): Promise<readonly string[]> {
  const expected = 2 * talks.filter(({ pair }) => pair.complaints.length === 0).length;
  const giveUpAt = performance.now() + LEFT_AFTER_MS;
  while (scene.legsLeft().length !== expected && performance.now() < giveUpAt) await at(performance.now() + LOOK_MS);
  const left = scene.legsLeft();
  return left.length === expected ? [] : [`${left.length} legs where ${expected} should be`, ...(expected === 0 ? left : [])];
}

/** A few at a time, until all are through. */
async function inTurns(players: readonly Player[], act: (player: Player) => Promise<void>): Promise<void> {
  const waiting = [...players];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await act(next);
  };
  await Promise.all(Array.from({ length: TOGETHER }, worker));
}

function at(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, time - performance.now())));
}

function resultOf(
  players: readonly Player[],
  found: Pick<LinesChaosResult, 'trouble' | 'longestGapMs' | 'log'>,
  options: LinesChaosOptions,
): LinesChaosResult {
  const rows = stagesOf(options).map((stage): StageRow => {
    const theirs = players.filter((player) => player.stage === stage);
    const delays = theirs.flatMap(({ delayMs }) => delayMs ?? []);
    return {
      stage: stage.name,
      n: theirs.length,
      repeats: theirs.reduce((sum, { pair }) => sum + pair.repeats, 0),
      clean: theirs.filter(({ pair }) => pair.complaints.length === 0).length,
      medianMs: median(delays),
      p99Ms: percentile(delays, 0.99),
    };
  });
  const trouble = [...players.flatMap(({ pair }) => pair.complaints), ...found.trouble];
  if (options.forgets === undefined)
    for (const { stage, repeats } of rows) if (repeats > 0) trouble.push(`${stage}: ${repeats} callers had to dial or flash again`);
  return { ...found, rows, trouble, table: tableOf(rows, found.longestGapMs, trouble, options) };
}

function tableOf(rows: readonly StageRow[], gapMs: number, trouble: readonly string[], options: LinesChaosOptions): string {
  const ms = (value: number | undefined): string => (value === undefined ? '-' : `${Math.round(value)} ms`).padStart(9);
  const repeats = (count: number): string => (options.forgets ? String(count).padStart(8) : '');
  return [
    `=== ${options.what}, ${options.fault}; ${options.linesAStage} lines a stage`,
    `${'stage'.padEnd(28)}${'pairs'.padStart(6)}${'clean'.padStart(7)}${options.forgets ? 'repeats'.padStart(8) : ''}${'median'.padStart(9)}${'p99'.padStart(9)}`,
    ...rows.map(
      ({ stage, n, clean, repeats: count, medianMs, p99Ms }) =>
        `${stage.padEnd(28)}${String(n).padStart(6)}${String(clean).padStart(7)}${repeats(count)}${ms(medianMs)}${ms(p99Ms)}`,
    ),
    `longest gap in the RTP of a talk that lasted over the fault and the return: ${gapMs} ms`,
    ...trouble.map((each) => `! ${each}`),
    '',
  ].join('\n');
}
