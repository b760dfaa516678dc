// Answers of DNS servers, kept for as long as they may be. One question is on its way once, however many ask it.
import type { Millis } from '@altpath/core';

/** What a server said. An empty list is an answer: there is no such record. */
export interface Answer<Record> {
  readonly records: readonly Record[];
  /** As received; undefined where the resolver library does not say. */
  readonly ttlMs?: Millis | undefined;
}

export interface CacheLimits {
  /** Questions remembered, default 10,000; the longest unused goes. */
  readonly entries: number;
  /** Bounds on the life of an answer, default 5 s and 1 h. */
  readonly minTtlMs: Millis;
  readonly maxTtlMs: Millis;
  /** Life of an answer that came without one (SRV, NAPTR), default 60 s. */
  readonly plainTtlMs: Millis;
  /** Life of "there is none", default 30 s. */
  readonly negativeTtlMs: Millis;
  /** How long a server that did not answer is left alone, default 2 s. */
  readonly failureTtlMs: Millis;
  /** How long after its end an answer still serves while no server answers, default 1 day (RFC 8767). */
  readonly staleMs: Millis;
}

export const CACHE_LIMITS: CacheLimits = {
  entries: 10_000,
  minTtlMs: 5_000,
  maxTtlMs: 3_600_000,
  plainTtlMs: 60_000,
  negativeTtlMs: 30_000,
  failureTtlMs: 2_000,
  staleMs: 86_400_000,
};

interface Entry {
  readonly records: readonly unknown[];
  /** Asked again from here on. */
  readonly freshUntil: Millis;
  /** Of no use from here on. */
  readonly usableUntil: Millis;
}

export class RecordCache {
  readonly #entries = new Map<string, Entry>();
  readonly #asking = new Map<string, Promise<readonly unknown[]>>();

  constructor(
    private readonly limits: CacheLimits,
    private readonly now: () => Millis,
  ) {}

  get size(): number {
    return this.#entries.size;
  }

  /**
   * @param key  Names question and record type; one key is always asked for one type.
   * @param ask  Asks a server; rejects when there was no answer.
   * @returns    Never rejects.
   */
  async get<Record>(key: string, ask: () => Promise<Answer<Record>>): Promise<readonly Record[]> {
    const known = this.#entries.get(key);
    if (known && this.now() < known.freshUntil) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known.records as readonly Record[];
    }
    const asking = this.#asking.get(key) ?? this.#ask(key, known, ask);
    this.#asking.set(key, asking);
    return (await asking) as readonly Record[];
  }

  async #ask<Record>(key: string, known: Entry | undefined, ask: () => Promise<Answer<Record>>): Promise<readonly unknown[]> {
    try {
      const answer = await ask();
      const freshUntil = this.now() + this.#lifeOf(answer);
      return this.#keep(key, { records: answer.records, freshUntil, usableUntil: freshUntil + this.limits.staleMs });
    } catch {
      const now = this.now();
      const records = known && now < known.usableUntil ? known.records : [];
      return this.#keep(key, { records, freshUntil: now + this.limits.failureTtlMs, usableUntil: known?.usableUntil ?? now });
    } finally {
      this.#asking.delete(key);
    }
  }

  #lifeOf(answer: Answer<unknown>): Millis {
    const { minTtlMs, maxTtlMs, plainTtlMs, negativeTtlMs } = this.limits;
    if (answer.records.length === 0) return negativeTtlMs;
    return Math.min(maxTtlMs, Math.max(minTtlMs, answer.ttlMs ?? plainTtlMs));
  }

  #keep(key: string, entry: Entry): readonly unknown[] {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.limits.entries) break;
      this.#entries.delete(oldest);
    }
    return entry.records;
  }
}
