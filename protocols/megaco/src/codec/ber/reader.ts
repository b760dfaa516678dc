// The octets of BER (X.690), read in place: tag and length in both forms, and the primitives that H.248 uses. Knows no
// type of H.248. A fault is kept and not thrown: after the first one every reading comes back empty, and loops end.
import type { Fault } from '@altpath/core';
import { remoteFault } from './faults.js';

/** Bit 6 of an identifier octet: the content is made of elements. */
export const CONSTRUCTED = 0x20;
/** Class bits of the tags that a type of the document gives to its parts. */
export const CONTEXT = 0x80;

/** Universal tags (X.690 §8) that occur in H.248 or inside a wrapped value. */
export const UNIVERSAL = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  nothing: 0x05,
  objectIdentifier: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  sequence: 0x30,
  ia5String: 0x16,
} as const;

/** Elements inside elements: the document itself needs less than this; more is meant to exhaust us. */
const DEPTH_LIMIT = 48;
const LONG_FORM = 0x80;
const HIGH_TAG = 0x1f;

/**
 * A cursor over one message. `next()` reads an identifier and a length and leaves tag, start and end of the content in
 * the fields of the same names; nothing is copied.
 */
export class BerReader {
  /** Identifier octet of the last element; for tags above 30 the leading octet alone, which no type of H.248 has. */
  tag = 0;
  /** Offset of the content's first octet. */
  start = 0;
  /** Offset behind the content's last octet. */
  end = 0;
  /** Offset of what follows the element: `end`, or the place behind the end-of-contents octets. */
  after = 0;
  /** The first thing that was wrong. */
  fault: Fault | undefined;
  /** The H.248.8 code of a mistake at the place where the reading is: message 400, transaction 403, command 442 ... */
  place = 400;
  /** The transaction and the action that are being read, once their numbers are known. */
  transactionId: number | undefined;
  contextId: number | undefined;

  #depth = 0;

  constructor(readonly bytes: Buffer) {}

  /** One element deeper. @returns false when that is too deep: the document's one circle is cut here. */
  enter(at: number): boolean {
    this.#depth += 1;
    return this.#depth <= DEPTH_LIMIT || this.#bad('depth', at, 'elements are nested too deep');
  }

  leave(): void {
    this.#depth -= 1;
  }

  /** Keeps the first fault; later ones are its consequences. */
  fail(rule: string, offset: number, hint: string): void {
    this.fault ??= remoteFault(rule, hint, offset);
  }

  /**
   * Reads the element at `at`.
   *
   * @param limit  Offset behind the enclosing content: no element may reach beyond it.
   * @returns      false when there is none or it is malformed; the fault says which.
   */
  next(at: number, limit: number): boolean {
    if (this.fault !== undefined) return false;
    const { bytes } = this;
    if (at >= limit) return this.#bad('length', at, 'an element is missing');
    const tag = bytes[at] as number;
    let pos = at + 1;
    if ((tag & HIGH_TAG) === HIGH_TAG) pos = this.#behindHighTag(pos, limit);
    if (pos >= limit) return this.#bad('length', at, 'an element ends within its identifier');
    const first = bytes[pos] as number;
    pos += 1;
    this.tag = tag;
    if (first < LONG_FORM) {
      this.end = pos + first;
    } else if (first === LONG_FORM) {
      return this.#indefinite(tag, pos, limit);
    } else {
      const count = first & 0x7f;
      // Six octets hold more than any message; 0xff is reserved (X.690 §8.1.3.5).
      if (count > 6 || pos + count > limit) return this.#bad('length', at, 'a length that no message has');
      this.end = pos + count + bytes.readUIntBE(pos, count);
      pos += count;
    }
    this.start = pos;
    this.after = this.end;
    return this.end <= limit || this.#bad('length', at, 'an element that is longer than what holds it');
  }

  /** An indefinite length: the content ends at the end-of-contents octets of its own level. */
  #indefinite(tag: number, start: number, limit: number): boolean {
    if ((tag & CONSTRUCTED) === 0) return this.#bad('length', start, 'a primitive element of indefinite length');
    const end = this.#endOfContents(start, limit);
    if (end < 0) return false;
    this.tag = tag;
    this.start = start;
    this.end = end;
    this.after = end + 2;
    return true;
  }

  /** Walks over elements without recursion; the depth that is open is a number. */
  #endOfContents(start: number, limit: number): number {
    const { bytes } = this;
    let open = 1;
    for (let pos = start; pos + 1 < limit;) {
      const tag = bytes[pos] as number;
      if (tag === 0 && bytes[pos + 1] === 0) {
        open -= 1;
        if (open === 0) return pos;
        pos += 2;
        continue;
      }
      const at = pos;
      pos += 1;
      if ((tag & HIGH_TAG) === HIGH_TAG) pos = this.#behindHighTag(pos, limit);
      if (pos >= limit) break;
      const first = bytes[pos] as number;
      pos += 1;
      if (first === LONG_FORM) {
        open += 1;
        if (open > DEPTH_LIMIT || (tag & CONSTRUCTED) === 0) {
          this.fail('depth', at, 'elements are nested too deep');
          return -1;
        }
      } else if (first < LONG_FORM) {
        pos += first;
      } else {
        const count = first & 0x7f;
        if (count > 6 || pos + count > limit) break;
        pos += count + bytes.readUIntBE(pos, count);
      }
    }
    this.fail('length', start, 'an element of indefinite length has no end');
    return -1;
  }

  #behindHighTag(at: number, limit: number): number {
    let pos = at;
    while (pos < limit && ((this.bytes[pos] as number) & 0x80) !== 0) pos += 1;
    return pos + 1;
  }

  #bad(rule: string, offset: number, hint: string): false {
    this.fail(rule, offset, hint);
    return false;
  }

  /** Two's complement of any length, X.690 §8.3. Fails above 48 bits: nothing in H.248's own types is wider. */
  integer(start: number, end: number): number {
    const { bytes } = this;
    if (end <= start) {
      this.fail('integer', start, 'an integer without octets');
      return 0;
    }
    // Leading zeros beyond what X.690 allows do no harm.
    let from = start;
    while (from < end - 1 && bytes[from] === 0) from += 1;
    if (end - from > 6) {
      this.fail('integer', start, 'an integer of more than 48 bits');
      return 0;
    }
    return from === start && (bytes[from] as number) >= 0x80 ? bytes.readIntBE(from, end - from) : bytes.readUIntBE(from, end - from);
  }

  boolean(start: number, end: number): boolean {
    if (end !== start + 1) this.fail('boolean', start, 'a boolean is one octet');
    return this.bytes[start] !== 0;
  }

  /** A view of the content; of a string in parts (X.690 §8.7.3) a joined copy. */
  octets(tag: number, start: number, end: number): Buffer {
    if ((tag & CONSTRUCTED) === 0) return this.bytes.subarray(start, end);
    const parts: Buffer[] = [];
    this.#collect(start, end, parts, 1);
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }

  #collect(start: number, end: number, parts: Buffer[], depth: number): void {
    if (depth > MAX_STRING_DEPTH) this.fail('depth', start, 'a string in parts of parts');
    for (let pos = start; pos < end && this.next(pos, end);) {
      const { tag, start: from, end: to, after } = this;
      if ((tag & CONSTRUCTED) === 0) parts.push(this.bytes.subarray(from, to));
      else this.#collect(from, to, parts, depth + 1);
      pos = after;
    }
  }

  /** Octets as text, one character an octet; ASCII for IA5String. */
  text(tag: number, start: number, end: number): string {
    return (tag & CONSTRUCTED) === 0 ? this.bytes.toString('latin1', start, end) : this.octets(tag, start, end).toString('latin1');
  }

  /** The first 32 bits of a BIT STRING: bit n of the document is `1 << n`. */
  bits(tag: number, start: number, end: number): number {
    const content = this.octets(tag, start, end);
    const unused = content[0];
    if (unused === undefined || unused > 7 || (content.length === 1 && unused !== 0)) {
      this.fail('bits', start, 'a bit string that does not say how many bits it leaves unused');
      return 0;
    }
    let value = 0;
    const count = Math.min((content.length - 1) * 8 - unused, 31);
    for (let bit = 0; bit < count; bit += 1) {
      if ((((content[1 + (bit >> 3)] as number) << (bit & 7)) & 0x80) !== 0) value |= 1 << bit;
    }
    return value;
  }
}

const MAX_STRING_DEPTH = 4;
