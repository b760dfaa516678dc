// The last messages that went through this node, so that a ladder can be drawn of a call that is already over.
import type { Millis, TraceEvent } from '@altpath/core';

/** Events older than this are not shown any more. */
export const TRACE_AGE_MS: Millis = 5 * 60_000;

export class TraceRing {
  readonly #events: (TraceEvent | undefined)[];
  #next = 0;

  /** @param limit  Events kept. Higher: longer looks back under load, about 300 bytes each. */
  constructor(private readonly limit: number) {
    this.#events = new Array<TraceEvent | undefined>(limit).fill(undefined);
  }

  add(event: TraceEvent): void {
    this.#events[this.#next] = event;
    this.#next = this.#next + 1 === this.limit ? 0 : this.#next + 1;
  }

  /** The events that are wanted and not older than `TRACE_AGE_MS`, oldest first. */
  of(isWanted: (event: TraceEvent) => boolean, now: Millis): TraceEvent[] {
    const found: TraceEvent[] = [];
    for (let i = 0; i < this.limit; i += 1) {
      const event = this.#events[(this.#next + i) % this.limit];
      if (event && now - event.at <= TRACE_AGE_MS && isWanted(event)) found.push(flat(event));
    }
    return found;
  }

  clear(): void {
    this.#events.fill(undefined);
    this.#next = 0;
  }
}

/** Plain values: an event may compute what it says only when it is asked. */
function flat({ at, callId, direction, peer, summary, note }: TraceEvent): TraceEvent {
  return { at, callId, direction, peer, summary, note };
}
