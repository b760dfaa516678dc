// Which sequence numbers of a sender have been seen: the window of RFC 2402 §3.4.3 and its appendix C.2.

const WIDTH = 64;
const HALF_CIRCLE = 0x8000_0000;

/**
 * The 64 numbers up to the highest one seen, on the circle of 32 bits.
 *
 * RFC 2402 §5 advises against it for keys that a person set: nothing keeps a sender's counter over its restarts.
 */
export class ReplayWindow {
  #highest: number | undefined;
  /** Bit n: `highest - n` was seen. */
  #seen = 0n;

  /** @returns whether the number is new; then it is marked. Numbers behind the window are not. */
  take(sequenceNumber: number): boolean {
    if (this.#highest === undefined) {
      this.#highest = sequenceNumber;
      this.#seen = 1n;
      return true;
    }
    const ahead = (sequenceNumber - this.#highest) >>> 0;
    if (ahead !== 0 && ahead < HALF_CIRCLE) {
      this.#seen = ahead < WIDTH ? BigInt.asUintN(WIDTH, (this.#seen << BigInt(ahead)) | 1n) : 1n;
      this.#highest = sequenceNumber;
      return true;
    }
    const behind = (this.#highest - sequenceNumber) >>> 0;
    const bit = 1n << BigInt(Math.min(behind, WIDTH));
    if (behind >= WIDTH || (this.#seen & bit) !== 0n) return false;
    this.#seen |= bit;
    return true;
  }
}
