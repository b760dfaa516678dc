// The controllers that chaos strikes: processes on addresses of this run alone.
import { startNode } from '../../support/altpath-node.js';
import { NetworkSpace } from '../../support/network-space.js';
import type { Child } from '../../support/process.js';
import type { Scratch } from '../../support/scratch.js';

/** Addresses of this process alone: runs at the same time on one machine do not meet. */
export const NET = `127.${64 + (process.pid % 128)}.${1 + (Math.floor(process.pid / 128) % 254)}`;
export const NODES = { a: `${NET}.1`, b: `${NET}.2` } as const;

/** What is told of a node in a failure message: the end of its log. */
const LOG_CHARACTERS = 6_000;

export class ChaosNodes {
  readonly #nodes = new Map<string, Child>();

  constructor(private readonly scratch: Scratch) {}

  /** @throws RangeError for one that was never started. */
  node(name: string): Child {
    const node = this.#nodes.get(name);
    if (!node) throw new RangeError(`no node ${name}`);
    return node;
  }

  /** Starts it, or another in the place of one that has died. */
  async start(name: string, yaml: string): Promise<void> {
    this.#nodes.set(name, await startNode({ yaml, name, space: NetworkSpace.here(), scratch: this.scratch }));
  }

  log(): string {
    return [...this.#nodes.values()].map((node) => `--- ${node.label}\n${node.stderr.slice(-LOG_CHARACTERS)}`).join('\n');
  }

  /** Ends all of them, once those who speak to them have gone. */
  async stop(others: readonly { close(): Promise<void> }[]): Promise<void> {
    const nodes = [...this.#nodes.values()];
    for (const node of nodes) node.signal('SIGCONT'); // a frozen one would not hear that it shall end
    await Promise.all(others.map((other) => other.close()));
    await Promise.all(nodes.map((node) => node.stop(500)));
  }
}
