// `altpath demo`: calls that outlive the node that carries them, played on loopback with real processes and drawn message
// by message. It ends by itself in under 40 s where the machine is not busy, and says with its exit code whether everything it
// claims was so.
import { parseArgs } from 'node:util';
import type { Act, ActName } from './act.js';
import { ControllerStory } from './controller-story.js';
import { GatewayStory } from './gateway-story.js';
import { Ladder, type LadderStep } from './ladder.js';
import type { GatewayProtocols } from './nodes.js';
import { PhoneStory } from './phone-story.js';
import { actLines, COLOURS, endLine, type PlayedAct, reportOf, succeeded } from './report.js';
import { instant, type Show, Stage } from './stage.js';
import { ThreeKindsStory } from './three-kinds-story.js';

const USAGE = `usage: altpath demo [--only sip|mgcp|megaco|controller] [--silent-death] [--json]

Plays four acts on loopback, each with two nodes of its own. Two SIP phones: one calls, the primary is killed while the
other rings, and the call completes through the backup. Two MGCP gateways: the primary is killed while one telephone
calls the other, the backup takes the gateways over, and the primary comes back to find the call in good hands. An H.248
and an MGCP gateway: the primary is killed while a telephone rings, and the backup while they talk. All three kinds of
telephones: one rings a SIP phone, which is busy, and talks to another gateway's, and the primary is killed; then the SIP
phone is rung, the backup is killed, and it answers.

  --only ACT       one act alone: sip, mgcp, megaco or controller
  --silent-death   freeze the nodes (SIGSTOP) instead of killing them: nothing tells anybody
  --json           one JSON object instead of the drawing
`;

/** So many acts take no longer than so many times that; clearing up takes 3 s more at worst. */
const WATCHDOG_MS = 40_000;

interface Casting {
  readonly ActOf: new (stage: Stage, show: Show) => Act;
  /** What the gateways speak that the nodes are told of. */
  readonly gateways: GatewayProtocols;
}

/** In the order they are played. */
const ACTS: Readonly<Record<ActName, Casting>> = {
  sip: { ActOf: PhoneStory, gateways: { gateway1: 'mgcp', gateway2: 'mgcp' } },
  mgcp: { ActOf: GatewayStory, gateways: { gateway1: 'mgcp', gateway2: 'mgcp' } },
  megaco: { ActOf: ControllerStory, gateways: { gateway1: 'megaco', gateway2: 'mgcp' } },
  controller: { ActOf: ThreeKindsStory, gateways: { gateway1: 'megaco', gateway2: 'mgcp' } },
};

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
  const print = (lines: readonly string[]): void => {
    if (!options.json) output.write(`${lines.join('\n')}\n`);
  };
  const acts: PlayedAct[] = [];
  try {
    await guard(options.acts.length * WATCHDOG_MS, async (stopped) => {
      for (const name of options.acts) {
        const played = await playAct(ACTS[name], options, stopped, print, output.colours);
        acts.push(played);
        print(actLines(played));
        if (played.trouble !== undefined) return;
      }
    });
  } catch (error) {
    output.complain(`altpath demo: ${messageOf(error)}\n`);
    return 1;
  }
  const ok = acts.every(succeeded);
  print([endLine(ok)]);
  if (options.json) output.write(`${JSON.stringify(reportOf(ok, acts), null, 2)}\n`);
  return ok ? 0 : 1;
}

interface DemoOptions {
  readonly acts: readonly ActName[];
  readonly silentDeath: boolean;
  readonly json: boolean;
}

function readOptions(argv: readonly string[], output: DemoOutput): DemoOptions | number {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        only: { type: 'string' },
        'silent-death': { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      output.write(USAGE);
      return 0;
    }
    const names = Object.keys(ACTS) as ActName[];
    const acts = names.filter((name) => values.only === undefined || values.only === name);
    if (acts.length === 0) throw new Error(`--only takes ${names.join(', ')}, not ${values.only}`);
    return { acts, silentDeath: values['silent-death'] ?? false, json: values.json ?? false };
  } catch (error) {
    output.complain(`altpath demo: ${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
}

/** Plays one act on a stage of its own, until it ends or something stops it; clears up in every case. */
async function playAct(
  { ActOf, gateways }: Casting,
  { silentDeath }: DemoOptions,
  stopped: Promise<string>,
  print: (lines: readonly string[]) => void,
  colours: boolean,
): Promise<PlayedAct> {
  const stage = await Stage.set(silentDeath ? 'SIGSTOP' : 'SIGKILL', gateways);
  const onExit = (): void => stage.killAll();
  process.once('exit', onExit);
  const startedAt = instant();
  const steps: LadderStep[] = [];
  const show: Show = (step) => {
    if (stage.over) return;
    steps.push(step);
    print(ladder.draw(step));
  };
  const act = new ActOf(stage, show);
  const ladder = new Ladder(act.participants, startedAt, colours ? COLOURS : undefined);
  print([act.title, '', ...ladder.head()]);
  const trouble = await Promise.race([act.play().then(() => undefined, messageOf), stopped]);
  stage.end();
  await act.close();
  const left = await stage.clear();
  process.off('exit', onExit);
  return { act, stage, startedAt, steps, left, trouble };
}

/** Runs it under the watchdog and with the user's Ctrl-C. */
async function guard(limitMs: number, play: (stopped: Promise<string>) => Promise<void>): Promise<void> {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  let stop: (why: string) => void = () => undefined;
  const stopped = new Promise<string>((resolve) => (stop = resolve));
  const onSignal = (name: NodeJS.Signals): void => stop(`stopped by ${name}`);
  for (const signal of signals) process.once(signal, onSignal);
  const watchdog = setTimeout(() => stop(`not done after ${limitMs / 1_000} s`), limitMs);
  try {
    await play(stopped);
  } finally {
    clearTimeout(watchdog);
    for (const signal of signals) process.off(signal, onSignal);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
