// Killing a node in the middle of its work.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { NodeStore } from '@altpath/core';

/** Runs the child until it has acknowledged `until` registrations, kills it, and says how many it had acknowledged. */
export function crash(
  sync: 'always' | 'batched',
  place: readonly string[],
  until: number,
): Promise<{ readonly settled: number; readonly acknowledged: number }> {
  const child = fork(fileURLToPath(new URL('./crash-child.js', import.meta.url)), [sync, ...place], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    const counts = { settled: 0, acknowledged: 0 };
    child.on('message', ({ what, count }: { what: 'settled' | 'acknowledged'; count: number }) => {
      counts[what] = count;
      if (counts.acknowledged >= until) child.kill('SIGKILL');
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(counts);
      else reject(new Error(`the child ended by itself (${code ?? signal ?? ''})`));
    });
  });
}

/** Numbers of the users that are registered, in order. */
export function users(store: NodeStore): number[] {
  return [...store.locations.records()].map(({ aor }) => Number(/u(\d+)@/.exec(aor)?.[1])).sort((a, b) => a - b);
}
