// Messages out of TCP connections: one TPKT reader for each (RFC 3525 Annex D.2), and a bound on what all of them together
// keep of messages that are not whole yet.
import type { Hop } from '@altpath/core';
import { TPKT_MAX_PAYLOAD, TpktReader, type TpktSlice } from '../codec/tpkt.js';

/** A gateway's message comes whole or within a moment: what lies here for long is nobody's. */
const MAX_PENDING_BYTES = 8 << 20;

export interface StreamSlice extends TpktSlice {
  /** Flows that are to be closed, because their messages have been begun for longest and there was no more room. */
  readonly crowded?: readonly number[] | undefined;
}

export interface StreamBounds {
  /** Longest message that is taken, without its header. Default: all that TPKT can say. */
  readonly maxBytes?: number | undefined;
  /** Octets of all messages that are not whole yet. Default 8 MiB. Lower: less memory for a flood, less room for slow senders. */
  readonly maxPendingBytes?: number | undefined;
}

/** Readers live as long as their flows: whoever feeds this says when one is closed. */
export class Streams {
  readonly #readers = new Map<number, TpktReader>();
  /** What each flow has begun and not ended, in the order in which they were begun. */
  readonly #begun = new Map<number, number>();
  readonly #maxBytes: number;
  readonly #maxPendingBytes: number;
  #pendingBytes = 0;

  constructor({ maxBytes = TPKT_MAX_PAYLOAD, maxPendingBytes = MAX_PENDING_BYTES }: StreamBounds = {}) {
    this.#maxBytes = maxBytes;
    this.#maxPendingBytes = maxPendingBytes;
  }

  get size(): number {
    return this.#readers.size;
  }

  /** Octets kept of messages that are not whole yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** @returns the messages in `data`: itself where it is a datagram. After a fault the flow can only be closed. */
  feed(data: Buffer, { flow }: Hop): StreamSlice {
    if (flow === undefined) return { messages: [data] };
    let reader = this.#readers.get(flow);
    if (reader === undefined) this.#readers.set(flow, (reader = new TpktReader(this.#maxBytes)));
    const slice = reader.feed(data);
    // One that ended a message and began another has begun now.
    if (slice.messages.length > 0) this.#note(flow, 0);
    this.#note(flow, reader.pendingBytes);
    if (this.#pendingBytes <= this.#maxPendingBytes) return slice;
    return { ...slice, crowded: this.#makeRoom() };
  }

  closed(flow: number): void {
    this.#readers.delete(flow);
    this.#note(flow, 0);
  }

  #note(flow: number, bytes: number): void {
    this.#pendingBytes += bytes - (this.#begun.get(flow) ?? 0);
    if (bytes > 0) this.#begun.set(flow, bytes);
    else this.#begun.delete(flow);
  }

  #makeRoom(): readonly number[] {
    const crowded: number[] = [];
    for (const flow of this.#begun.keys()) {
      if (this.#pendingBytes <= this.#maxPendingBytes) break;
      this.closed(flow);
      crowded.push(flow);
    }
    return crowded;
  }
}
