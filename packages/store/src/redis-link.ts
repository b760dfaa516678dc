// The way to Redis: one connection for commands and one to hear what other nodes write, to a server, to the master that
// Sentinels name, or to the masters of a Redis Cluster. What knows npm ioredis is in this file alone.
//
// Why ioredis and not npm redis: a batch here is many single commands at once, since in a Cluster each key lies where it
// lies and no command may name two of them; of such a batch ioredis makes less than half the work (16 µs a command against
// 39 µs, measured with versions 6 of both). It knows all three kinds of service under one interface, and it is plain
// JavaScript in eight small packages without an install script.
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster, Redis, RedisOptions } from 'ioredis';
import type { HostPort, Millis } from '@altpath/core';
import { faultOf, isKeyTaken, RedisFault } from './redis-fault.js';

/** Where Redis is. */
export type RedisPlace =
  | { readonly kind: 'server'; readonly host: string; readonly port: number; readonly tls: boolean }
  /** Default port 26379. */
  | { readonly kind: 'sentinel'; readonly name: string; readonly addresses: readonly HostPort[] }
  /** Default port 6379; one that answers is enough to find the others. */
  | { readonly kind: 'cluster'; readonly addresses: readonly HostPort[] };

export interface LinkOptions {
  readonly place: RedisPlace;
  readonly password?: string | undefined;
  /** Longest wait for the answers to one batch. */
  readonly timeoutMs: Millis;
  /** Shown by Redis among its clients. */
  readonly name: string;
  /** What is published here is heard. */
  readonly channel: string;
}

export interface LinkListener {
  /** Commands are answered and events are heard, from now on. */
  up(): void;
  /** Not any more, or still not. */
  down(fault: RedisFault): void;
  heard(event: string): void;
  /** A server of a Cluster has gone: what it had acknowledged last may have gone with it. */
  shaken(): void;
}

/** One record to be written if it still is what it was: compare and set. Texts; empty: no record. */
export interface Exchange {
  readonly key: string;
  readonly expected: string;
  readonly next: string;
  readonly lifeMs: Millis;
  /** Told to all nodes when it has been written. */
  readonly event: string;
}

// One key only, so that it works in every slot of a Cluster; what is published reaches all servers of a Cluster.
const EXCHANGE = `
local known = redis.call('GET', KEYS[1]) or ''
if known ~= ARGV[1] then return known end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 1`;

/** A connection that says nothing for so many timeouts is closed, and another one is tried. */
const DEAF_TIMEOUTS = 5;
/** Between two tries to connect. */
const RECONNECT_MS = { first: 50, most: 1_000 };
/** In a Cluster: how often it is asked who holds what, besides each time that a server says that it does not. */
const SLOTS_MS = 5_000;
/** Keys for which SCAN looks at a time: a few milliseconds of this node's work. */
const PAGE = 200;
const BEAT_LIFE_MS = 10_000;

interface Library {
  readonly Cluster: typeof Cluster;
  readonly Redis: typeof Redis;
}

/** Loads the client, which a node with another store never does. */
export async function openLink(options: LinkOptions, listener: LinkListener): Promise<RedisLink> {
  const { Cluster, Redis } = await import('ioredis');
  return new RedisLink(options, listener, { Cluster, Redis });
}

export class RedisLink {
  readonly #commands: Redis | Cluster;
  #ears: Redis | undefined;
  #areCommandsUp = false;
  #isHearing = false;
  #isUp = false;
  #isClosed = false;
  /** What the client said last. */
  #trouble: RedisFault | undefined;
  readonly #ending = new AbortController();

  constructor(
    private readonly options: LinkOptions,
    private readonly listener: LinkListener,
    private readonly library: Library,
  ) {
    const { place } = options;
    const commands =
      place.kind === 'cluster'
        ? new library.Cluster(
            place.addresses.map(({ host, port = 6379 }) => ({ host, port })),
            {
              redisOptions: this.#common(),
              enableOfflineQueue: false,
              clusterRetryStrategy: reconnectIn,
              slotsRefreshInterval: SLOTS_MS,
              slotsRefreshTimeout: DEAF_TIMEOUTS * options.timeoutMs,
            },
          )
        : new library.Redis({ ...this.#common(), ...placeOptions(place), retryStrategy: reconnectIn });
    this.#commands = commands;
    commands.on('ready', () => {
      this.#areCommandsUp = true;
      if (!this.#ears) this.#openEars();
      this.#judge();
    });
    commands.on('close', () => {
      this.#areCommandsUp = false;
      this.#judge();
    });
    commands.on('error', (error: unknown) => this.#stumble(error));
    commands.on('node error', (error: unknown) => this.#remember(error));
    commands.on('-node', () => this.listener.shaken());
  }

  /** Why it is not up; undefined while it is. */
  get fault(): RedisFault | undefined {
    return this.#isUp ? undefined : (this.#trouble ?? new RedisFault('closed', 'not connected'));
  }

  /** What stands under the keys now; empty where there is nothing. @throws RedisFault */
  async read(keys: readonly string[]): Promise<readonly string[]> {
    const answers = await this.#all(keys.map((key) => this.#commands.get(key)));
    return answers.map((answer) => (answer instanceof Error ? '' : (answer ?? '')));
  }

  /**
   * Compares and sets, each key for itself.
   *
   * @returns for each `undefined` when it was written, what stands there when that is something else than was expected, or
   *          the fault of a key that is taken by something that is no record.
   * @throws RedisFault when not all of them were answered; what was written then is written.
   */
  async exchange(exchanges: readonly Exchange[]): Promise<readonly (undefined | string | RedisFault)[]> {
    const answers = await this.#all(
      exchanges.map(({ key, expected, next, lifeMs, event }) =>
        this.#commands.eval(EXCHANGE, 1, key, expected, next, Math.ceil(lifeMs), this.options.channel, event),
      ),
    );
    return answers.map((answer) => (answer instanceof RedisFault ? answer : typeof answer === 'string' ? answer : undefined));
  }

  /** @throws RedisFault */
  async remove(keys: readonly string[]): Promise<void> {
    await this.#all(keys.map((key) => this.#commands.unlink(key)));
  }

  /** Writes something and says it to all nodes: where both work, everything does. @throws RedisFault */
  async beat(key: string, event: string): Promise<void> {
    const { channel } = this.options;
    await this.#all<unknown>([this.#commands.set(key, event, 'PX', BEAT_LIFE_MS), this.#commands.publish(channel, event)]);
  }

  /** Keys that begin like this, a page at a time; a key may come twice. @throws RedisFault */
  async *keys(prefix: string): AsyncGenerator<readonly string[]> {
    const pattern = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`;
    const servers = this.#commands instanceof this.library.Cluster ? this.#commands.nodes('master') : [this.#commands];
    for (const server of servers) {
      let cursor = '0';
      do {
        const [answer] = await this.#all([server.scan(cursor, 'MATCH', pattern, 'COUNT', PAGE)]);
        if (!Array.isArray(answer)) return;
        cursor = answer[0];
        yield answer[1];
      } while (cursor !== '0');
    }
  }

  /** Nothing is heard any more though nobody closed the connection: another one. */
  reopenEars(): void {
    this.#ears?.disconnect();
  }

  /** Nothing is sent or heard afterwards. */
  close(): void {
    this.#isClosed = true;
    this.#ending.abort();
    this.#commands.disconnect();
    this.#ears?.disconnect();
  }

  // --- both connections --------------------------------------------------------------------------------------------

  #common() {
    const { password, timeoutMs, name } = this.options;
    return {
      ...(password === undefined ? {} : { password }),
      connectionName: name,
      disableClientInfo: true,
      connectTimeout: DEAF_TIMEOUTS * timeoutMs,
      socketTimeout: DEAF_TIMEOUTS * timeoutMs,
      disconnectTimeout: timeoutMs,
      // What is to be written is kept and tried again by the store, which knows what has become of it meanwhile.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      maxRetriesPerRequest: 0,
    } satisfies RedisOptions;
  }

  /** In a Cluster events reach every server, so one will do; it is chosen anew each time. */
  #openEars(): void {
    if (this.#isClosed) return;
    const { Redis } = this.library;
    const where = this.#somewhere();
    if (!where) return this.#openEarsLater();
    const ears = new Redis({ ...this.#common(), ...where, retryStrategy: null });
    this.#ears = ears;
    ears.on('error', (error: unknown) => this.#stumble(error));
    ears.on('ready', () => {
      ears.subscribe(this.options.channel).then(
        () => {
          this.#isHearing = true;
          this.#judge();
        },
        () => ears.disconnect(),
      );
    });
    ears.on('message', (_channel: string, event: string) => this.listener.heard(event));
    ears.on('close', () => {
      this.#isHearing = false;
      this.#judge();
    });
    ears.on('end', () => this.#openEarsLater());
  }

  #somewhere(): ReturnType<typeof placeOptions> | undefined {
    const { place } = this.options;
    if (place.kind !== 'cluster') return placeOptions(place);
    const masters = this.#commands instanceof this.library.Cluster ? this.#commands.nodes('master') : [];
    const { host, port } = masters[Math.floor(Math.random() * masters.length)]?.options ?? {};
    return host === undefined || port === undefined ? undefined : { host, port };
  }

  #openEarsLater(): void {
    delay(RECONNECT_MS.most / 4, undefined, { signal: this.#ending.signal }).then(
      () => this.#openEars(),
      () => undefined,
    );
  }

  #stumble(error: unknown): void {
    const fault = this.#remember(error);
    if (!this.#isUp && !this.#isClosed) this.listener.down(fault);
  }

  /** That a connection was closed says less than what came before it. */
  #remember(error: unknown): RedisFault {
    const fault = faultOf(error);
    this.#trouble = fault.code === 'closed' ? (this.#trouble ?? fault) : fault;
    return this.#trouble;
  }

  #judge(): void {
    const isUp = this.#areCommandsUp && this.#isHearing && !this.#isClosed;
    if (isUp === this.#isUp) return;
    this.#isUp = isUp;
    if (isUp) {
      this.#trouble = undefined;
      this.listener.up();
    } else if (!this.#isClosed) this.listener.down(this.#trouble ?? new RedisFault('closed', 'the connection was closed'));
  }

  /**
   * Waits for all answers, but not without end.
   *
   * @throws RedisFault the first fault that is not one key's alone, or `timeout`.
   */
  async #all<Answer>(asked: readonly Promise<Answer>[]): Promise<readonly (Answer | RedisFault)[]> {
    const answers = Promise.all(
      asked.map((each) =>
        each.catch((error: unknown) => {
          if (isKeyTaken(error)) return faultOf(error);
          throw faultOf(error);
        }),
      ),
    );
    const { timeoutMs } = this.options;
    const patience = new AbortController();
    const late = delay(timeoutMs, undefined, { signal: patience.signal })
      // What lies in the socket is read first: a node that was busy itself blames nobody.
      .then(() => new Promise((resolve) => setImmediate(resolve)))
      .then(() => {
        throw new RedisFault('timeout', `no answer within ${timeoutMs} ms`);
      });
    try {
      return await Promise.race([answers, late]);
    } finally {
      patience.abort();
    }
  }
}

function placeOptions(place: Exclude<RedisPlace, { readonly kind: 'cluster' }>) {
  if (place.kind === 'server') return { host: place.host, port: place.port, ...(place.tls ? { tls: {} } : {}) } satisfies RedisOptions;
  return {
    sentinels: place.addresses.map(({ host, port = 26379 }) => ({ host, port })),
    name: place.name,
    sentinelRetryStrategy: reconnectIn,
    // Once it is told that it may not write, it asks the Sentinels again who may.
    reconnectOnError: (error: Error) => error.message.includes('READONLY'),
  } satisfies RedisOptions;
}

function reconnectIn(times: number): Millis {
  return Math.min(RECONNECT_MS.first * 2 ** Math.min(times - 1, 10), RECONNECT_MS.most);
}
