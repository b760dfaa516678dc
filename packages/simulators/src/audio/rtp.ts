// RTP as far as a phone with one codec needs it (RFC 3550 §5.1 and appendix A.3).

export interface RtpPacket {
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly source: number;
  readonly payload: Buffer;
}

/** Writes a packet without CSRC list, padding or extension. */
export function writeRtp(packet: RtpPacket, marker: boolean): Buffer {
  const header = Buffer.alloc(12);
  header[0] = 0x80;
  header[1] = (marker ? 0x80 : 0) | packet.payloadType;
  header.writeUInt16BE(packet.sequence & 0xffff, 2);
  header.writeUInt32BE(packet.timestamp >>> 0, 4);
  header.writeUInt32BE(packet.source >>> 0, 8);
  return Buffer.concat([header, packet.payload]);
}

/** @returns undefined for what is no RTP of version 2; the payload shares memory with `data`. */
export function readRtp(data: Buffer): RtpPacket | undefined {
  if (data.length < 12 || (data.readUInt8(0) & 0xc0) !== 0x80) return undefined;
  const first = data.readUInt8(0);
  let start = 12 + 4 * (first & 0x0f);
  if (first & 0x10) {
    if (data.length < start + 4) return undefined;
    start += 4 + 4 * data.readUInt16BE(start + 2);
  }
  const end = first & 0x20 ? data.length - data.readUInt8(data.length - 1) : data.length;
  if (start > end) return undefined;
  return {
    payloadType: data.readUInt8(1) & 0x7f,
    sequence: data.readUInt16BE(2),
    timestamp: data.readUInt32BE(4),
    source: data.readUInt32BE(8),
    payload: data.subarray(start, end),
  };
}

/** Counts what came against what should have come, over the wrap of the sequence number. */
export class ReceptionCount {
  received = 0;
  #first: number | undefined;
  #highest = 0;

  /** Takes a packet's sequence number. */
  note(sequence: number): void {
    this.received += 1;
    if (this.#first === undefined) {
      this.#first = sequence;
      this.#highest = sequence;
      return;
    }
    const ahead = (sequence - this.#highest) & 0xffff;
    if (ahead < 0x8000) this.#highest += ahead;
  }

  /** Packets missing between the first and the highest number seen; duplicates may hide a loss, as in RFC 3550. */
  get lost(): number {
    if (this.#first === undefined) return 0;
    return Math.max(0, this.#highest - this.#first + 1 - this.received);
  }
}
