// A message in the trace ring: nearly all of them are never looked at, so nothing is read until somebody asks.
import { type Hop, hopKey, type Millis, type TraceEvent } from '@altpath/core';
import { latin1 } from './message/latin1.js';

/** Of a longer message only its beginning is kept. */
const KEPT_BYTES = 4_096;

export class TracedMessage implements TraceEvent {
  readonly #data: Buffer;
  readonly #hop: Hop;

  constructor(
    readonly at: Millis,
    readonly direction: 'in' | 'out',
    data: Buffer,
    hop: Hop,
    readonly note?: string,
  ) {
    this.#data = data.length > KEPT_BYTES ? Buffer.from(data.subarray(0, KEPT_BYTES)) : data;
    this.#hop = hop;
  }

  get peer(): string {
    return hopKey(this.#hop);
  }

  get callId(): string {
    return /^(?:Call-ID|i)[ \t]*:[ \t]*([^\r\n]*)/im.exec(latin1(this.#data))?.[1]?.trim() ?? '';
  }

  /** `INVITE`, or `180 INVITE` for its response. */
  get summary(): string {
    const text = latin1(this.#data);
    if (!text.startsWith('SIP/2.0 ')) return text.slice(0, Math.max(0, text.indexOf(' ')));
    const method = /^CSeq[ \t]*:[ \t]*\d+[ \t]+(\S+)/im.exec(text)?.[1] ?? '';
    return `${text.slice(8, 11)} ${method}`;
  }
}
