// What a command is, and what it may write to.
import { parseArgs, type ParseArgsConfig } from 'node:util';

export interface Surroundings {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface Command {
  readonly name: string;
  /** One line in the list of commands. */
  readonly summary: string;
  /** What `--help` says, from `usage:` on. */
  readonly usage: string;
  /** @returns the exit code: 0 done, 1 it found a problem, 2 usage or configuration. */
  run(argv: readonly string[], surroundings: Surroundings): Promise<number>;
}

/** Exit codes. */
export const DONE = 0;
export const FOUND_A_PROBLEM = 1;
export const USAGE = 2;

type Options = NonNullable<ParseArgsConfig['options']>;
export type Values = Readonly<Record<string, string | boolean | undefined>>;

/** Options of a command read, or the exit code when that was all there was to do: `--help`, or a wrong option. */
export function readOptions(
  command: Pick<Command, 'name' | 'usage'>,
  argv: readonly string[],
  options: Options,
  { stdout, stderr }: Surroundings,
  positionals: { readonly names: readonly string[] } = { names: [] },
): { readonly values: Values; readonly rest: readonly string[] } | number {
  const wrong = (text: string): number => {
    stderr.write(`altpath ${command.name}: ${text}\n${command.usage}`);
    return USAGE;
  };
  try {
    const parsed = parseArgs({ args: [...argv], options: { ...options, help: { type: 'boolean', short: 'h' } }, allowPositionals: true });
    const values = parsed.values as Values;
    if (values['help'] === true) {
      stdout.write(command.usage);
      return DONE;
    }
    const missing = positionals.names[parsed.positionals.length];
    if (missing !== undefined) return wrong(`${missing} is missing`);
    const extra = parsed.positionals[positionals.names.length];
    if (extra !== undefined) return wrong(`what is ${JSON.stringify(extra)}?`);
    return { values, rest: parsed.positionals };
  } catch (error) {
    const [text = ''] = (error as Error).message.split('. ');
    return wrong(text.charAt(0).toLowerCase() + text.slice(1));
  }
}
