// Which names a call's messages are traced under: call control's for the whole, and those that its legs have in their own
// protocols. Bounded: the calls that were heard of first are forgotten first.
import type { TraceEvent, TraceSpan } from '@altpath/core';

/** Of a part all that was traced under its name, or what was in one of these spans. */
type Share = readonly TraceSpan[] | 'all';

export class Belongings {
  /** By call, its parts. In the order in which calls were first heard of. */
  readonly #parts = new Map<string, Map<string, Share>>();
  /** By part, the calls that it belongs to as a whole. */
  readonly #wholes = new Map<string, Set<string>>();

  /** @param limit  Calls of which parts are known. Higher: ladders of older calls are whole, about 300 bytes each. */
  constructor(private readonly limit: number) {}

  add(part: string, whole: string, span?: TraceSpan): void {
    let parts = this.#parts.get(whole);
    if (!parts) {
      parts = new Map();
      this.#parts.set(whole, parts);
      if (this.#parts.size > this.limit) this.#forgetOldest();
    }
    const known = parts.get(part);
    if (known === 'all') return;
    if (span) return void parts.set(part, [...(known ?? []).slice(-MOST_SPANS), span]);
    parts.set(part, 'all');
    const wholes = this.#wholes.get(part);
    if (wholes) wholes.add(whole);
    else this.#wholes.set(part, new Set([whole]));
  }

  /** @returns whether an event is shown in the ladder of this name, which is a call's or that of one of its parts. */
  selectionOf(name: string): (event: TraceEvent) => boolean {
    const shares = new Map<string, Share>([[name, 'all']]);
    for (const whole of [name, ...(this.#wholes.get(name) ?? [])]) {
      shares.set(whole, 'all');
      for (const [part, share] of this.#parts.get(whole) ?? []) if (shares.get(part) !== 'all') shares.set(part, share);
    }
    return ({ callId, at }) => {
      const share = shares.get(callId);
      return share === 'all' || (share?.some(({ from, until }) => from <= at && at <= until) ?? false);
    };
  }

  clear(): void {
    this.#parts.clear();
    this.#wholes.clear();
  }

  #forgetOldest(): void {
    const [oldest] = this.#parts;
    if (!oldest) return;
    const [whole, parts] = oldest;
    this.#parts.delete(whole);
    for (const part of parts.keys()) {
      const wholes = this.#wholes.get(part);
      if (wholes?.delete(whole) && wholes.size === 0) this.#wholes.delete(part);
    }
  }
}

/** Of one part in one call, beside the newest: nobody begins a call more often. */
const MOST_SPANS = 7;
