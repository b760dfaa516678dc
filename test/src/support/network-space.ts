// A network of one's own: a Linux network namespace with a loopback in it, so that addresses and ports of parallel runs
// never meet and nothing that a test sends can leave the machine. Root only; without root commands run as they are.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram } from '@altpath/testkit';

const run = promisify(execFile);
let created = 0;

export class NetworkSpace {
  readonly #enter: readonly string[];

  private constructor(
    /** Name of the namespace; undefined on the machine's own network. */
    readonly name: string | undefined,
    enter: readonly string[],
  ) {
    this.#enter = enter;
  }

  /** A fresh namespace where this process is root and iproute2 is there, else the machine's own network. */
  static async create(label: string): Promise<NetworkSpace> {
    const ip = findProgram('ip');
    if (process.getuid?.() !== 0 || ip === undefined) return new NetworkSpace(undefined, []);
    created += 1;
    const name = `altpath-${label}-${process.pid}-${created}`;
    await run(ip, ['netns', 'add', name]);
    await run(ip, ['-n', name, 'link', 'set', 'lo', 'up']);
    return new NetworkSpace(name, [ip, 'netns', 'exec', name]);
  }

  /** The command line that runs `command` in here. The process id stays that of the command: `ip` becomes it. */
  command(command: readonly string[]): readonly [program: string, ...args: string[]] {
    const [program = '', ...args] = [...this.#enter, ...command];
    return [program, ...args];
  }

  async remove(): Promise<void> {
    if (this.name !== undefined) await run(findProgram('ip') ?? 'ip', ['netns', 'delete', this.name]);
  }
}
