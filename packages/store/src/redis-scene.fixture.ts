// Stores on a Redis of a test's own, nodes that write without end, and how a test waits for what it has brought about: each time
// that one of the stores has heard, counted or said something, it looks again.
import { EventEmitter, once } from 'node:events';
import { mergeDetails } from '@altpath/call-control';
import { mergeBindings } from '@altpath/cluster';
import type { LocationRecord } from '@altpath/core';
import { type RedisServer, sampleBinding, untilEvent } from '@altpath/testkit';
import type { RedisFault } from './redis-fault.js';
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

/** `news`: something may have changed on one of the stores. A store that is up says so at least with every beat. */
const stores = new EventEmitter().setMaxListeners(0);
const tell = (): void => void stores.emit('news');

class ToldStore extends RedisStore {
  override up(): void {
    super.up();
    tell();
  }

  override down(fault: RedisFault): void {
    super.down(fault);
    tell();
  }

  override heard(event: string): void {
    super.heard(event);
    tell();
  }
}

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
    count: (name: string, reason = '') => {
      counts.push(`${name} ${reason}`);
      tell();
    },
    tracing: false,
    trace: () => undefined,
    log: (level: string, text: string) => {
      logs.push(`${level} ${text}`);
      tell();
    },
  };
  const store = new ToldStore({ place, domain, node: 'n1', mergeBindings, mergeDetails, batchMs: 5, beatMs: 100, observer, ...options });
  return { store, counts, logs };
}

/** Settles when it holds; it is looked at with all news, for as long as the test may take. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  await untilEvent(stores, 'news', condition);
}

/** Nodes that write users without end, each its next one with the news that its last one has brought, until they are stopped. */
export class Writers {
  /** Numbers of the users of whom a node has been told that they are written. */
  readonly acknowledged: number[] = [];
  readonly #all: readonly Promise<void>[];
  #next = 0;
  #isOver = false;

  constructor(nodes: readonly Watched[]) {
    this.#all = nodes.map((node) => this.#write(node));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#all);
    this.acknowledged.sort((a, b) => a - b);
  }

  async #write({ store }: Watched): Promise<void> {
    while (!this.#isOver) {
      const news = once(stores, 'news');
      const at = this.#next;
      this.#next += 1;
      await store.locations.write(userRecord(at));
      this.acknowledged.push(at);
      await news;
    }
  }
}

/** User number `at`, as `users` reads it. */
export function userRecord(at: number): LocationRecord {
  return { aor: `sip:u${at}@h`, bindings: [sampleBinding({ contact: `sip:u${at}@192.0.2.1` })] };
}
