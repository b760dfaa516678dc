// Messages out of TCP connections: one TPKT reader for each (RFC 3525 Annex D.2).
import type { Hop } from '@altpath/core';
import { TPKT_MAX_PAYLOAD, TpktReader, type TpktSlice } from '../codec/tpkt.js';

/** Readers live as long as their flows: whoever feeds this says when one is closed. */
export class Streams {
  readonly #readers = new Map<number, TpktReader>();

  /** @param maxBytes  Longest message that is taken, without its header. Default: all that TPKT can say. */
  constructor(private readonly maxBytes: number = TPKT_MAX_PAYLOAD) {}

  get size(): number {
    return this.#readers.size;
  }

  /** @returns the messages in `data`: itself where it is a datagram. After a fault the flow can only be closed. */
  feed(data: Buffer, { flow }: Hop): TpktSlice {
    if (flow === undefined) return { messages: [data] };
    let reader = this.#readers.get(flow);
    if (reader === undefined) this.#readers.set(flow, (reader = new TpktReader(this.maxBytes)));
    return reader.feed(data);
  }

  closed(flow: number): void {
    this.#readers.delete(flow);
  }
}
