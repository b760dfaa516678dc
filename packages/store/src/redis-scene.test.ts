// Stores on a Redis of a test's own, and how a test waits for what it has brought about.
import { setTimeout as delay } from 'node:timers/promises';
import { mergeDetails } from '@altpath/call-control';
import { mergeBindings } from '@altpath/cluster';
import type { RedisServer } from '@altpath/testkit';
import type { RedisPlace } from './redis-link.js';
import { type RedisOptions, RedisStore } from './redis-store.js';

export interface Watched {
  readonly store: RedisStore;
  /** `name reason` of what was counted. */
  readonly counts: string[];
  /** `level text` of what was logged. */
  readonly logs: string[];
}

let domains = 0;

/** A domain that no other test has: its records are its own on a server that tests share. */
export function newDomain(): string {
  domains += 1;
  return `t${domains}-${process.pid}.example`;
}

export function placeOf({ host, port }: RedisServer): RedisPlace {
  return { kind: 'server', host, port, tls: false };
}

/** A store of node `n1`, not opened yet. */
export function storeOn(place: RedisPlace, domain: string, options: Partial<RedisOptions> = {}): Watched {
  const counts: string[] = [];
  const logs: string[] = [];
  const observer = {
    count: (name: string, reason = '') => void counts.push(`${name} ${reason}`),
    tracing: false,
    trace: () => undefined,
    log: (level: string, text: string) => void logs.push(`${level} ${text}`),
  };
  const store = new RedisStore({ place, domain, node: 'n1', mergeBindings, mergeDetails, batchMs: 5, beatMs: 100, observer, ...options });
  return { store, counts, logs };
}

/** Looks again and again, for as long as the test may take. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(5);
}
