// Writes BER from the last octet to the first, so that every length is known when it is written and nothing is moved or
// measured beforehand. Whoever writes a sequence writes its last part first.
import { CONSTRUCTED } from './reader.js';

const FIRST_SIZE = 1024;

/** A buffer that fills from its end. Definite lengths in their shortest form only. */
export class BerWriter {
  #bytes = Buffer.allocUnsafe(FIRST_SIZE);
  #at = FIRST_SIZE;

  /** How many octets are written: the mark to hand to `close`. */
  get length(): number {
    return this.#bytes.length - this.#at;
  }

  /** The message, in a buffer of its own; the writer may go on. */
  finish(): Buffer {
    return Buffer.from(this.#bytes.subarray(this.#at));
  }

  /** Begins anew, in the memory there is. */
  reset(): void {
    this.#at = this.#bytes.length;
  }

  /** Puts identifier and length before all that was written since `mark`. */
  close(tag: number, mark: number): void {
    const size = this.length - mark;
    this.#need(6);
    if (size < 0x80) {
      this.#byte(size);
    } else {
      let count = 0;
      for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) {
        this.#byte(rest & 0xff);
        count += 1;
      }
      this.#byte(0x80 | count);
    }
    this.#byte(tag);
  }

  /** A whole number in the fewest octets of two's complement. @throws RangeError beyond 48 bits. */
  integer(tag: number, value: number): void {
    if (value >= 0 && value < 0x80 && Number.isInteger(value)) {
      this.#need(3);
      this.#byte(value);
      this.#byte(1);
      this.#byte(tag);
      return;
    }
    if (!Number.isInteger(value) || value < -(2 ** 47) || value >= 2 ** 47) throw new RangeError(`not an integer for BER: ${value}`);
    const mark = this.length;
    this.#need(8);
    let rest = value;
    let low: number;
    do {
      low = ((rest % 256) + 256) % 256;
      this.#byte(low);
      rest = Math.floor(rest / 256);
    } while (!((rest === 0 && low < 0x80) || (rest === -1 && low >= 0x80)));
    this.close(tag, mark);
  }

  /** An octet string of this size that holds a number, the highest octet first. */
  unsigned(tag: number, value: number, size: number): void {
    this.#need(size + 2);
    this.#at -= size;
    this.#bytes.writeUIntBE(value, this.#at, size);
    this.#byte(size);
    this.#byte(tag & ~CONSTRUCTED);
  }

  boolean(tag: number, value: boolean): void {
    const mark = this.length;
    this.#need(1);
    this.#byte(value ? 0xff : 0);
    this.close(tag, mark);
  }

  nothing(tag: number): void {
    this.close(tag, this.length);
  }

  octets(tag: number, value: Buffer): void {
    const mark = this.length;
    this.raw(value);
    this.close(tag & ~CONSTRUCTED, mark);
  }

  /** One octet a character. */
  text(tag: number, value: string): void {
    const mark = this.length;
    this.#need(value.length);
    this.#at -= value.length;
    this.#bytes.write(value, this.#at, value.length, 'latin1');
    this.close(tag, mark);
  }

  /** Bit n of `value` is the named bit n; trailing zeros are left out (X.690 §11.2.2). */
  bits(tag: number, value: number): void {
    const mark = this.length;
    const count = 32 - Math.clz32(value);
    const octets = (count + 7) >> 3;
    this.#need(octets + 1);
    for (let octet = octets - 1; octet >= 0; octet -= 1) {
      let packed = 0;
      for (let bit = 0; bit < 8; bit += 1) if ((value >>> (octet * 8 + bit)) & 1) packed |= 0x80 >> bit;
      this.#byte(packed);
    }
    this.#byte(octets * 8 - count);
    this.close(tag, mark);
  }

  /** Octets as they are, without identifier or length. */
  raw(value: Buffer): void {
    this.#need(value.length);
    this.#at -= value.length;
    value.copy(this.#bytes, this.#at);
  }

  #byte(value: number): void {
    this.#at -= 1;
    this.#bytes[this.#at] = value;
  }

  #need(count: number): void {
    if (this.#at >= count) return;
    const old = this.#bytes;
    const size = Math.max(old.length * 2, old.length + count);
    const larger = Buffer.allocUnsafe(size);
    old.copy(larger, size - (old.length - this.#at), this.#at);
    this.#at = size - (old.length - this.#at);
    this.#bytes = larger;
  }
}
