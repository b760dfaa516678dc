// How a gateway's datagrams may go wrong, on both ways: silence, delay, loss, copies, overtaking. All of it is thrown
// with the gateway's own dice.

/** Runs something later. @returns how to call it off. */
export type Later = (delayMs: number, action: () => void) => () => void;

/** Longest time by which a datagram that is overtaken, or a copy, comes late. */
const STRAY_MS = 50;

export class Mischief {
  /** Nothing leaves and nothing arrives, as with a cut cable. */
  silent = false;
  /** Every datagram takes this much longer. */
  lateMs = 0;
  /** Shares of datagrams, 0..1: lost; sent twice; held back so that others overtake them. */
  lossShare = 0;
  duplicateShare = 0;
  reorderShare = 0;

  constructor(
    private readonly dice: () => number,
    private readonly later: Later,
  ) {}

  /** Ends all of it. */
  behave(): void {
    this.silent = false;
    this.lateMs = 0;
    this.lossShare = 0;
    this.duplicateShare = 0;
    this.reorderShare = 0;
  }

  /** Passes one datagram on as often, and as late, as it falls. */
  pass(deliver: () => void): void {
    if (this.silent || this.#falls(this.lossShare)) return;
    if (this.#falls(this.duplicateShare)) this.later(this.lateMs + this.dice() * STRAY_MS, deliver);
    const heldBackMs = this.#falls(this.reorderShare) ? this.dice() * STRAY_MS : 0;
    const delayMs = this.lateMs + heldBackMs;
    if (delayMs === 0) deliver();
    else this.later(delayMs, deliver);
  }

  /** A share of zero throws no dice: a well-behaved gateway is the same with and without this. */
  #falls(share: number): boolean {
    return share > 0 && this.dice() < share;
  }
}
