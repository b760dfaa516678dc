// The live table: where registered users are, in memory, for every kind of store. Reads never wait.
import type { Binding, LocationRecord, Millis } from '@altpath/core';
import { compact } from './compact.js';
import { TextIndex } from './text-index.js';

/** How long a tombstone outlives its binding: longer than any peer may still repeat the old registration. */
const TOMBSTONE_MS = 3_600_000;
/** Records looked at in one `sweep`: below a millisecond of work. */
const SWEEP_RECORDS = 500;

export interface Located {
  readonly aor: string;
  readonly binding: Binding;
}

/** Records are replaced, never changed: what a reader holds stays as it was. */
export class LiveTable {
  readonly #records = new Map<string, LocationRecord>();
  readonly #contacts = new TextIndex();
  readonly #sources = new TextIndex();
  #sweeping: Iterator<LocationRecord> | undefined;

  get size(): number {
    return this.#records.size;
  }

  records(): Iterable<LocationRecord> {
    return this.#records.values();
  }

  aors(): Iterable<string> {
    return this.#records.keys();
  }

  read(aor: string): LocationRecord | undefined {
    return this.#records.get(aor);
  }

  lookup(aor: string, now: Millis): readonly Binding[] {
    const bindings = this.#records.get(aor)?.bindings ?? [];
    return bindings.every((binding) => isLive(binding, now)) ? bindings : bindings.filter((binding) => isLive(binding, now));
  }

  byContact(contactKey: string, now: Millis): Located | undefined {
    return this.#contacts.find(contactKey, (aor) => this.#live(aor, now, (binding) => binding.contactKey === contactKey));
  }

  bySource(source: string, now: Millis): Located | undefined {
    return this.#sources.find(source, (aor) => this.#live(aor, now, (binding) => binding.source === source));
  }

  count(now: Millis): { readonly aors: number; readonly bindings: number } {
    let aors = 0;
    let bindings = 0;
    for (const record of this.#records.values()) {
      const live = record.bindings.reduce((sum, binding) => (isLive(binding, now) ? sum + 1 : sum), 0);
      if (live > 0) aors += 1;
      bindings += live;
    }
    return { aors, bindings };
  }

  /** Replaces the record, or forgets it when it has no bindings. @returns the record as it is kept now. */
  put(record: LocationRecord): LocationRecord {
    const before = this.#records.get(record.aor);
    const kept = compact(record, before);
    if (kept.bindings.length === 0) this.#records.delete(kept.aor);
    else this.#records.set(kept.aor, kept);
    this.#index(kept, before);
    return kept;
  }

  /**
   * Looks at the next few hundred records and drops what is over: bindings that have expired, tombstones an hour after
   * theirs. Calls go on where the last one stopped.
   *
   * @param changed  Told every record that lost bindings, perhaps all of them, as it is kept now.
   * @returns        How many bindings went.
   */
  sweep(now: Millis, changed: (record: LocationRecord) => void): number {
    let gone = 0;
    for (let looked = 0; looked < SWEEP_RECORDS; looked += 1) {
      this.#sweeping ??= this.#records.values();
      const next = this.#sweeping.next();
      if (next.done === true) {
        this.#sweeping = undefined;
        return gone;
      }
      const { aor, bindings } = next.value;
      if (!bindings.some((binding) => isOver(binding, now))) continue;
      const left = bindings.filter((binding) => !isOver(binding, now));
      gone += bindings.length - left.length;
      changed(this.put({ aor, bindings: left }));
    }
    return gone;
  }

  #live(aor: string, now: Millis, matches: (binding: Binding) => boolean): Located | undefined {
    const binding = this.#records.get(aor)?.bindings.find((candidate) => isLive(candidate, now) && matches(candidate));
    return binding && { aor, binding };
  }

  #index(after: LocationRecord, before: LocationRecord | undefined): void {
    for (const { contactKey, source } of before?.bindings ?? []) {
      if (!after.bindings.some((binding) => binding.removed !== true && binding.contactKey === contactKey))
        this.#contacts.remove(contactKey, after.aor);
      if (source !== undefined && !after.bindings.some((binding) => binding.removed !== true && binding.source === source))
        this.#sources.remove(source, after.aor);
    }
    for (const { contactKey, source, removed } of after.bindings) {
      if (removed === true) continue;
      this.#contacts.add(contactKey, after.aor);
      if (source !== undefined) this.#sources.add(source, after.aor);
    }
  }
}

function isLive(binding: Binding, now: Millis): boolean {
  return binding.expiresAt > now && binding.removed !== true;
}

/** It need not be kept any longer, not even as a tombstone. */
export function isOver(binding: Binding, now: Millis): boolean {
  return endOf(binding) < now;
}

/** Until when a binding or its tombstone is kept. */
export function endOf({ expiresAt, removed }: Binding): Millis {
  return expiresAt + (removed === true ? TOMBSTONE_MS : 0);
}
