// The commands, one line each, and the choice between them.
import { nearest } from '../settings/values.js';
import { type Command, DONE, type Surroundings, USAGE } from './command.js';
import { dns } from './dns.js';
import { ASKING_COMMANDS } from './listings.js';
import { check, init, start } from './start.js';

const demo: Command = {
  name: 'demo',
  summary: 'phones and gateways whose calls outlive the nodes that carry them',
  usage: '',
  // It reads its options and says its usage by itself.
  run: async (argv) => (await import('../demo/index.js')).runDemo(argv),
};

export const COMMANDS: readonly Command[] = [start, check, init, demo, ...ASKING_COMMANDS, dns];

/** Commands of the design whose part of the work is still to come. */
const LATER: readonly string[] = ['reload', 'explain'];

/** @returns the exit code: 0 done, 1 it found a problem, 2 usage or configuration. */
export async function runCommand(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const about = name === 'help' ? COMMANDS.find((each) => each.name === rest[0]) : undefined;
    if (about) return about.run(['--help'], surroundings);
    (name === undefined ? surroundings.stderr : surroundings.stdout).write(overview());
    return name === undefined ? USAGE : DONE;
  }
  const command = COMMANDS.find((each) => each.name === name);
  if (command) return command.run(rest, surroundings);
  if (LATER.includes(name)) {
    surroundings.stderr.write(`altpath ${name}: not built yet\n`);
    return USAGE;
  }
  const near =
    nearest(
      name,
      COMMANDS.map((each) => each.name),
    ) ?? '';
  surroundings.stderr.write(`altpath: there is no command ${name}; did you mean ${near}? altpath --help lists them all\n`);
  return USAGE;
}

function overview(): string {
  const width = Math.max(...COMMANDS.map((each) => each.name.length));
  const lines = COMMANDS.map((each) => `  ${each.name.padEnd(width)}  ${each.summary}`);
  return `usage: altpath COMMAND [options]\n\n${lines.join('\n')}\n\naltpath COMMAND --help says more.\n`;
}
