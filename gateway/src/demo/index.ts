// `altpath demo`: a call that outlives its proxy, played on loopback with real processes and drawn message by message.
// It ends by itself in under 20 s, and says with its exit code whether everything it claims was so.
import { parseArgs } from 'node:util';
import { Ladder, type LadderStep, type Painter } from './ladder.js';
import { type DemoPlaces, findPlaces, makeFolder } from './nodes.js';
import { Story } from './story.js';
import { type Check, type DemoFacts, type DemoTimes, judge, timesOf } from './verdict.js';

const USAGE = `usage: altpath demo [--silent-death] [--json]

Starts two nodes and two phones on loopback, calls, kills the primary while the phone rings, and shows that the call
completes through the backup.

  --silent-death   freeze the primary (SIGSTOP) instead of killing it: no ICMP tells the phones
  --json           one JSON object instead of the drawing
`;

/** The whole demo is over by then, whatever happens. */
const WATCHDOG_MS = 16_000;

/** Where the demo writes; replaced in tests. */
export interface DemoOutput {
  readonly write: (text: string) => void;
  readonly complain: (text: string) => void;
  readonly colours: boolean;
}

const TERMINAL: DemoOutput = {
  write: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
  colours: process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined,
};

/**
 * Runs the demo.
 *
 * @param argv  What follows `altpath demo`.
 * @returns     The exit code: 0 when every check holds, 1 when one does not, 2 for a wrong option.
 */
export async function runDemo(argv: readonly string[], output: DemoOutput = TERMINAL): Promise<number> {
  const options = readOptions(argv, output);
  if (typeof options === 'number') return options;
  const stage = await setStage().catch((error: Error) => error);
  if (stage instanceof Error) {
    output.complain(`altpath demo: ${stage.message}\n`);
    return 1;
  }
  const steps: LadderStep[] = [];
  const startedAt = performance.timeOrigin + performance.now();
  const ladder = new Ladder(['alice', 'primary', 'backup', 'bob'], startedAt, output.colours ? COLOURS : undefined);
  const print = (lines: readonly string[]): void => output.write(`${lines.join('\n')}\n`);
  if (!options.json) print(ladder.head());
  const story = new Story({
    ...stage,
    fault: options.silentDeath ? 'SIGSTOP' : 'SIGKILL',
    show: (step) => {
      steps.push(step);
      if (!options.json) print(ladder.draw(step));
    },
  });
  const facts = await playGuarded(story);
  const checks = judge(facts);
  const times = timesOf(facts);
  const ok = checks.every((check) => check.holds);
  if (options.json) output.write(`${JSON.stringify(report(ok, options.silentDeath, checks, times, facts, steps, startedAt), null, 2)}\n`);
  else print(summary(ok, checks, times, facts));
  return ok ? 0 : 1;
}

async function setStage(): Promise<{ places: DemoPlaces; folder: string }> {
  const places = await findPlaces();
  return { places, folder: await makeFolder(places) };
}

interface DemoOptions {
  readonly silentDeath: boolean;
  readonly json: boolean;
}

function readOptions(argv: readonly string[], output: DemoOutput): DemoOptions | number {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { 'silent-death': { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) {
      output.write(USAGE);
      return 0;
    }
    return { silentDeath: values['silent-death'] ?? false, json: values.json ?? false };
  } catch (error) {
    output.complain(`altpath demo: ${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
}

/** Plays under the watchdog and with the user's Ctrl-C; clears up in every case. */
async function playGuarded(story: Story): Promise<DemoFacts> {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  let stop: (why: string) => void = () => undefined;
  const stopped = new Promise<string>((resolve) => (stop = resolve));
  const onSignal = (name: NodeJS.Signals): void => stop(`stopped by ${name}`);
  const onExit = (): void => story.killAll();
  for (const signal of signals) process.once(signal, onSignal);
  process.once('exit', onExit);
  const watchdog = setTimeout(() => stop(`not done after ${WATCHDOG_MS / 1_000} s`), WATCHDOG_MS);
  const played = story.play().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const trouble = await Promise.race([played, stopped]);
  clearTimeout(watchdog);
  const facts = await story.clear(trouble);
  for (const signal of signals) process.off(signal, onSignal);
  process.off('exit', onExit);
  return facts;
}

function summary(ok: boolean, checks: readonly Check[], times: DemoTimes, facts: DemoFacts): string[] {
  const ms = (value: number | undefined): string => (value === undefined ? 'never' : `${value.toFixed(1)} ms`);
  const heard = (audio: DemoFacts['aliceAudio']): string =>
    audio === undefined
      ? 'nothing'
      : `${audio.hearsHz ?? 'no'} Hz in ${audio.heard} packets, ${audio.lost} lost, longest gap ${audio.longestGapMs} ms`;
  return [
    '',
    `bob's answer -> 200 at alice   ${ms(times.answerToCallerMs)}   (what the death of the primary cost is in here)`,
    `death of the primary -> 200    ${ms(times.killToAnswerMs)}   (bob let it ring for a part of that)`,
    `200 at alice -> ACK at bob     ${ms(times.ackMs)}`,
    `BYE -> its 200                 ${ms(times.byeMs)}`,
    `alice heard                    ${heard(facts.aliceAudio)}`,
    `bob heard                      ${heard(facts.bobAudio)}`,
    '',
    ...checks.map((check) => `${check.holds ? ' ok ' : 'FAIL'}  ${check.claim}${check.detail === undefined ? '' : `: ${check.detail}`}`),
    '',
    ok ? 'The call outlived the primary.' : 'The demo failed.',
  ];
}

function report(
  ok: boolean,
  silentDeath: boolean,
  checks: readonly Check[],
  times: DemoTimes,
  facts: DemoFacts,
  steps: readonly LadderStep[],
  startedAt: number,
): object {
  return {
    ok,
    fault: silentDeath ? 'SIGSTOP' : 'SIGKILL',
    nodes: { primary: facts.primary, backup: facts.backup },
    checks,
    times,
    audio: { alice: facts.aliceAudio, bob: facts.bobAudio },
    ladder: steps.map(({ at, ...step }) => ({ atMs: Math.round((at - startedAt) * 10) / 10, ...step })),
    messages: { alice: facts.alice, bob: facts.bob },
  };
}

const CODES: Readonly<Record<Parameters<Painter>[1], string>> = {
  head: '1',
  message: '0',
  note: '36',
  remark: '33',
  death: '1;31',
  lost: '31',
};
const COLOURS: Painter = (line, kind) => `\u001b[${CODES[kind]}m${line}\u001b[0m`;
