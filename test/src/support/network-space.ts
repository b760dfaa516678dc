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

  /**
   * A fresh namespace where this process is root and iproute2 is there, else the machine's own network. `inFront`: for
   * runs that judge delays or retransmissions, its commands run before all other work of the machine (SCHED_RR), where
   * that is allowed, so that a busy machine does not look like a slow node.
   */
  static async create(label: string, { inFront = false } = {}): Promise<NetworkSpace> {
    const ip = findProgram('ip');
    if (process.getuid?.() !== 0 || ip === undefined) return new NetworkSpace(undefined, []);
    created += 1;
    const name = `altpath-${label}-${process.pid}-${created}`;
    await run(ip, ['netns', 'add', name]);
    await run(ip, ['-n', name, 'link', 'set', 'lo', 'up']);
    return new NetworkSpace(name, [ip, 'netns', 'exec', name, ...(inFront ? await realTime() : [])]);
  }

  /** The machine's own network: for programs that talk to sockets of the test itself. */
  static here(): NetworkSpace {
    return new NetworkSpace(undefined, []);
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

async function realTime(): Promise<string[]> {
  const prefix = ['chrt', '-r', '1'];
  const allowed = await run('chrt', [...prefix.slice(1), 'true']).then(
    () => true,
    () => false, // no chrt, or a container without the right to it
  );
  return allowed ? prefix : [];
}
