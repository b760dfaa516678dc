// TPKT: how messages are cut out of a TCP stream and put into one. RFC 3525 annex D.2, RFC 1006 §6. Memory grows with
// what has arrived, never with what a header announces.
import type { Fault } from '@altpath/core';

const HEADER_BYTES = 4;
const TPKT_VERSION = 3;
/** The length field has 16 bits and counts the header. */
export const TPKT_MAX_PAYLOAD = 0xffff - HEADER_BYTES;
const FIRST_ALLOCATION = 256;

/** What one slice of a stream completed. With a `fault` the stream can only be closed: nobody knows where a message begins. */
export interface TpktSlice {
  readonly messages: readonly Buffer[];
  readonly fault?: Fault | undefined;
}

/**
 * Splits one TCP byte stream into H.248 messages.
 *
 * `maxBytes` (default 65531, all that TPKT can say) limits a message without its header; lower it to refuse long messages
 * at their header, before any of their octets are kept.
 */
export class TpktReader {
  readonly #maxBytes: number;
  /** Header and payload of the message that is not whole yet. */
  #pending: Buffer = Buffer.alloc(0);
  #filled = 0;
  #fault: Fault | undefined;

  /** @throws RangeError when `maxBytes` is not positive: a caller's mistake, not the peer's. */
  constructor(maxBytes: number = TPKT_MAX_PAYLOAD) {
    if (!(maxBytes > 0)) throw new RangeError(`maxBytes must be positive, not ${maxBytes}`);
    this.#maxBytes = Math.min(maxBytes, TPKT_MAX_PAYLOAD);
  }

  /** Octets kept for a message that is not whole yet. */
  get pendingBytes(): number {
    return this.#filled;
  }

  /**
   * @param chunk  Any slice of the stream.
   * @returns      Complete messages in order, headers removed; they may share memory with `chunk`. The fault is
   *               `megaco.tpkt.version` or `megaco.tpkt.length` (blame: remote), and stays for every later call.
   */
  feed(chunk: Buffer): TpktSlice {
    const messages: Buffer[] = [];
    let at = 0;
    while (at < chunk.length && this.#fault === undefined) {
      if (this.#filled > 0) at = this.#complete(chunk, at, messages);
      else at = this.#takeWhole(chunk, at, messages);
    }
    return { messages, fault: this.#fault };
  }

  /** A message that lies whole in the slice is not copied. */
  #takeWhole(chunk: Buffer, at: number, messages: Buffer[]): number {
    if (chunk.length - at < HEADER_BYTES) return this.#keep(chunk, at, chunk.length);
    const length = this.#lengthOf(chunk, at);
    if (length === undefined) return chunk.length;
    const end = at + length;
    if (end > chunk.length) return this.#keep(chunk, at, chunk.length);
    push(messages, chunk.subarray(at + HEADER_BYTES, end));
    return end;
  }

  #complete(chunk: Buffer, at: number, messages: Buffer[]): number {
    if (this.#filled < HEADER_BYTES) {
      const headerEnd = this.#keep(chunk, at, Math.min(chunk.length, at + HEADER_BYTES - this.#filled));
      if (this.#filled < HEADER_BYTES) return headerEnd;
      return this.#lengthOf(this.#pending, 0) === undefined ? chunk.length : this.#finish(messages, headerEnd);
    }
    const missing = this.#pending.readUInt16BE(2) - this.#filled;
    return this.#finish(messages, this.#keep(chunk, at, Math.min(chunk.length, at + missing)));
  }

  #finish(messages: Buffer[], at: number): number {
    if (this.#filled < this.#pending.readUInt16BE(2)) return at;
    push(messages, this.#pending.subarray(HEADER_BYTES, this.#filled));
    this.#pending = Buffer.alloc(0);
    this.#filled = 0;
    return at;
  }

  /** Appends chunk[from, to); the store doubles, so that many small slices cost no more than few large ones. */
  #keep(chunk: Buffer, from: number, to: number): number {
    const needed = this.#filled + to - from;
    if (needed > this.#pending.length) {
      const grown = Buffer.alloc(Math.max(needed, 2 * this.#pending.length, FIRST_ALLOCATION));
      this.#pending.copy(grown, 0, 0, this.#filled);
      this.#pending = grown;
    }
    chunk.copy(this.#pending, this.#filled, from, to);
    this.#filled = needed;
    return to;
  }

  /** @returns the length with the header; undefined after recording a fault. */
  #lengthOf(bytes: Buffer, at: number): number | undefined {
    const version = bytes.readUInt8(at);
    const length = bytes.readUInt16BE(at + 2);
    if (version !== TPKT_VERSION) this.#fault = fault('version', `TPKT version ${version}, not ${TPKT_VERSION}`);
    else if (length < HEADER_BYTES) this.#fault = fault('length', `TPKT length ${length} is below its own header`);
    else if (length - HEADER_BYTES > this.#maxBytes)
      this.#fault = fault('length', `a message of ${length - HEADER_BYTES} octets, at most ${this.#maxBytes} are taken`);
    if (this.#fault === undefined) return length;
    this.#pending = Buffer.alloc(0);
    this.#filled = 0;
    return undefined;
  }
}

/** A frame without payload says nothing and is passed over. */
function push(messages: Buffer[], payload: Buffer): void {
  if (payload.length > 0) messages.push(payload);
}

function fault(rule: 'version' | 'length', hint: string): Fault {
  return { code: `megaco.tpkt.${rule}`, blame: 'remote', hint };
}

/**
 * @returns          The message behind its TPKT header.
 * @throws RangeError  When it is longer than TPKT can say: such a message has to be segmented before.
 */
export function tpktFrame(message: Buffer): Buffer {
  if (message.length > TPKT_MAX_PAYLOAD) throw new RangeError(`a message of ${message.length} octets does not fit into TPKT`);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + message.length);
  frame.writeUInt8(TPKT_VERSION, 0);
  frame.writeUInt8(0, 1);
  frame.writeUInt16BE(frame.length, 2);
  message.copy(frame, HEADER_BYTES);
  return frame;
}
