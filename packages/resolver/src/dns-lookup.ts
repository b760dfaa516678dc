// Questions to DNS servers through node:dns (c-ares), without a cache and without an opinion.
import { lookup as lookupHost, Resolver } from 'node:dns/promises';
import type { Millis } from '@altpath/core';
import type { NaptrRecord, SrvRecord } from './ordering.js';
import type { Answer } from './record-cache.js';

/** What can be asked. Rejects when no server answered; "there is none" is an empty answer. */
export interface Lookup {
  naptr(name: string): Promise<Answer<NaptrRecord>>;
  srv(name: string): Promise<Answer<SrvRecord>>;
  addresses(name: string, family: 4 | 6): Promise<Answer<string>>;
}

const NONE = ['ENOTFOUND', 'ENODATA', 'NXDOMAIN'];
/** Nobody serves DNS here, or nobody who knows the name: the system's own files may. */
const ASK_SYSTEM = [...NONE, 'ECONNREFUSED'];

export class DnsLookup implements Lookup {
  readonly #resolver: Resolver;
  readonly #useSystem: boolean;

  /**
   * @param servers    `ip` or `ip:port`; undefined: the system's, and then its hosts file is asked, too.
   * @param timeoutMs  How long one question may take, second try included.
   */
  constructor(servers: readonly string[] | undefined, timeoutMs: Millis) {
    // The second try waits twice as long as the first.
    this.#resolver = new Resolver({ timeout: Math.ceil(timeoutMs / 3), tries: 2 });
    if (servers) this.#resolver.setServers(servers);
    this.#useSystem = servers === undefined;
  }

  naptr(name: string): Promise<Answer<NaptrRecord>> {
    return orNone(this.#resolver.resolveNaptr(name));
  }

  srv(name: string): Promise<Answer<SrvRecord>> {
    return orNone(this.#resolver.resolveSrv(name));
  }

  async addresses(name: string, family: 4 | 6): Promise<Answer<string>> {
    try {
      const found = family === 4 ? await this.#resolver.resolve4(name, { ttl: true }) : await this.#resolver.resolve6(name, { ttl: true });
      return { records: found.map((each) => each.address), ttlMs: Math.min(...found.map((each) => each.ttl)) * 1_000 };
    } catch (error) {
      if (this.#useSystem && ASK_SYSTEM.includes(codeOf(error))) return this.#askSystem(name, family, error);
      return noneOrThrow(error);
    }
  }

  async #askSystem(name: string, family: 4 | 6, reason: unknown): Promise<Answer<string>> {
    try {
      const found = await lookupHost(name, { family, all: true });
      return { records: found.map((each) => each.address) };
    } catch {
      return noneOrThrow(reason);
    }
  }
}

async function orNone<Record>(asked: Promise<readonly Record[]>): Promise<Answer<Record>> {
  try {
    return { records: await asked };
  } catch (error) {
    return noneOrThrow(error);
  }
}

function noneOrThrow<Record>(error: unknown): Answer<Record> {
  if (NONE.includes(codeOf(error))) return { records: [] };
  throw error;
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
