// `altpath start`, `altpath check`, `altpath init`: what has to do with the configuration file.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { type Configuration, DEFAULT_FILE, loadConfiguration, starterFile } from '../settings/index.js';
import { nearest } from '../settings/values.js';
import { type Command, DONE, FOUND_A_PROBLEM, readOptions, type Surroundings, USAGE } from './command.js';

const FILE = { type: 'string', short: 'c' } as const;

export const start: Command = {
  name: 'start',
  summary: 'run one node in the foreground',
  usage: `usage: altpath start [-c FILE] [--node NAME]

Runs one node, logs to stderr, and prints one line "ready ..." on stdout once every listener is bound.
SIGTERM or Ctrl-C drains it: no new calls, those in progress go on. A second one stops it now.

  -c, --config FILE   the cluster's file; default ./altpath.yaml, else a built-in node on 127.0.0.1:5060
  --node NAME         which node of the file this is; may be left out where there is one
`,
  async run(argv, surroundings) {
    const options = readOptions(start, argv, { config: FILE, node: { type: 'string' } }, surroundings);
    if (typeof options === 'number') return options;
    const loaded = loadConfiguration(text(options.values['config']), surroundings.environment);
    if (!loaded.ok) return complain(loaded.problems, surroundings);
    const node = chooseNode(loaded.configuration, text(options.values['node']));
    if ('trouble' in node) return complain([`altpath: ${node.trouble}`], surroundings);
    // Only a start needs the protocols; every other command is quicker without.
    const { runNode } = await import('../compose/run-node.js');
    return runNode({ ...surroundings, configuration: loaded.configuration, notes: loaded.notes, node: node.name });
  },
};

export const check: Command = {
  name: 'check',
  summary: 'check a configuration file: every problem with line and column',
  usage: `usage: altpath check -c FILE

Everything that start checks, without listening. Exit 0, or 2 and every problem as file:line:column: text.

  -c, --config FILE   the cluster's file; default ./altpath.yaml
`,
  async run(argv, surroundings) {
    const options = readOptions(check, argv, { config: FILE }, surroundings);
    if (typeof options === 'number') return options;
    const loaded = loadConfiguration(text(options.values['config']), surroundings.environment);
    if (!loaded.ok) return complain(loaded.problems, surroundings);
    for (const note of loaded.notes) surroundings.stderr.write(`${note.text}\n`);
    const { file = 'the built-in file', cluster } = loaded.configuration;
    surroundings.stdout.write(
      `${file} is good: ${cluster.nodes.length === 1 ? 'node' : 'nodes'} ${cluster.nodes.map(({ name }) => name).join(', ')}\n`,
    );
    return DONE;
  },
};

export const init: Command = {
  name: 'init',
  summary: 'write a file to start from, with a fresh cluster key',
  usage: `usage: altpath init [-o FILE]

Writes a configuration of two nodes on loopback with a fresh cluster key. An existing file is left alone.

  -o, --output FILE   where to; default ./altpath.yaml
`,
  async run(argv, surroundings) {
    const options = readOptions(init, argv, { output: { type: 'string', short: 'o' } }, surroundings);
    if (typeof options === 'number') return options;
    const file = text(options.values['output']) ?? DEFAULT_FILE;
    try {
      // The key is in it: nobody else's to read.
      writeFileSync(file, starterFile(randomBytes(32).toString('base64')), { flag: 'wx', mode: 0o600 });
    } catch (error) {
      surroundings.stderr.write(`altpath init: ${whyNot(file, error)}\n`);
      return (error as NodeJS.ErrnoException).code === 'EEXIST' ? FOUND_A_PROBLEM : USAGE;
    }
    surroundings.stdout.write(`${file} written; next: npx altpath start -c ${file} --node a\n`);
    return DONE;
  },
};

function complain(lines: readonly string[], { stderr }: Surroundings): number {
  for (const line of lines) stderr.write(`${line}\n`);
  return USAGE;
}

/** The node of the file that was named, or its only one. */
export function chooseNode(
  configuration: Configuration,
  wanted: string | undefined,
): { readonly name: string } | { readonly trouble: string } {
  const names = configuration.cluster.nodes.map(({ name }) => name);
  if (wanted === undefined) {
    const [only, ...more] = names;
    return only !== undefined && more.length === 0 ? { name: only } : { trouble: `which node is this? --node one of ${names.join(', ')}` };
  }
  if (names.includes(wanted)) return { name: wanted };
  return { trouble: `there is no node ${wanted} in the file; did you mean ${nearest(wanted, names) ?? ''}? It has ${names.join(', ')}` };
}

function whyNot(file: string, error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EEXIST':
      return `${file} exists and is left as it is`;
    case 'ENOENT':
      return `there is no folder for ${file}`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `${file} may not be written by this user`;
    default:
      return `${file} cannot be written: ${(error as Error).message}`;
  }
}

function text(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
