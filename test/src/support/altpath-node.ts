// A node of this checkout as a process: configuration as text, ready when it says so, stopped by its process id.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { NetworkSpace } from './network-space.js';
import { Child } from './process.js';
import { ROOT } from './root.js';
import type { Scratch } from './scratch.js';

export interface NodeOptions {
  /** The whole configuration file. `${ALTPATH_KEY}` in it is a fresh cluster key, the same for all nodes of this run. */
  readonly yaml: string;
  /** Name of the node, as `--node`. */
  readonly name: string;
  readonly space: NetworkSpace;
  readonly scratch: Scratch;
}

/** One cluster key for all nodes that a test process starts. */
export const CLUSTER_KEY = randomBytes(32).toString('base64');

/** The program's command line; the same file that `npx altpath` runs. */
export function altpathCommand(...args: readonly string[]): string[] {
  return [process.execPath, '--enable-source-maps', join(ROOT, 'gateway/bin/altpath.js'), ...args];
}

/**
 * Starts `altpath start` and waits for its `ready` line on stdout. Its working directory is the scratch folder, so
 * that relative paths of the file stay in there.
 *
 * @throws Error with the node's log when it ends before it is ready.
 */
export async function startNode({ yaml, name, space, scratch }: NodeOptions): Promise<Child> {
  const file = await scratch.write(`${name}.yaml`, yaml);
  const node = new Child(`altpath ${name}`, space.command(altpathCommand('start', '-c', file, '--node', name)), {
    cwd: scratch.folder,
    env: { ALTPATH_KEY: CLUSTER_KEY },
  });
  try {
    await node.printed(/^ready\b.*$/m, 20_000);
  } catch (error) {
    await node.stop();
    throw error;
  }
  return node;
}
