// Before all other work of the machine (SCHED_RR), where that is allowed: for runs that judge delays and retransmissions with telephones
// in this very process, so that a busy machine does not look like a slow node.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** This process, and what it starts from now on. Changes nothing without the right to it. @returns how to go back, of this process alone. */
export async function stepInFront(): Promise<() => Promise<void>> {
  const set = (...policy: readonly string[]): Promise<boolean> =>
    run('chrt', ['-a', ...policy, String(process.pid)]).then(
      () => true,
      () => false, // no chrt, or a container without the right to it
    );
  const isInFront = await set('-r', '-p', '1');
  return async () => void (isInFront && (await set('-o', '-p', '0')));
}
