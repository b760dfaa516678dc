// How a gateway's network may go wrong, on both ways. Datagrams: silence, delay, loss, copies, overtaking, thrown with the
// gateway's own dice. Streams: silence and delay only, since TCP makes good what a network does to it.

/** Runs something later. @returns how to call it off. */
export type Later = (delayMs: number, action: () => void) => () => void;

/** Longest time by which a datagram that is overtaken, or a copy, comes late. */
const STRAY_MS = 50;

export class Mischief {
  /** What streams said in silence: TCP would go on trying. */
  #held: (() => void)[] = [];
  #underway: (() => void)[] = [];
  #silent = false;
  /** Every datagram, and every slice of a stream, takes this much longer. */
  lateMs = 0;
  /** Shares of datagrams, 0..1: lost; sent twice; held back so that others overtake them. */
  lossShare = 0;
  duplicateShare = 0;
  reorderShare = 0;

  constructor(
    private readonly dice: () => number,
    private readonly later: Later,
  ) {}

  /** Nothing leaves and nothing arrives, as with a cut cable. What streams had to say is said when it ends. */
  get silent(): boolean {
    return this.#silent;
  }

  set silent(silent: boolean) {
    this.#silent = silent;
    const held = [...this.#held, ...this.#underway];
    this.forget();
    if (silent) this.#held = held;
    else for (const deliver of held) this.#inOrder(deliver);
  }

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
    if (this.#silent || this.#falls(this.lossShare)) return;
    if (this.#falls(this.duplicateShare)) this.later(this.lateMs + this.dice() * STRAY_MS, deliver);
    const heldBackMs = this.#falls(this.reorderShare) ? this.dice() * STRAY_MS : 0;
    const delayMs = this.lateMs + heldBackMs;
    if (delayMs === 0) deliver();
    else this.later(delayMs, deliver);
  }

  /** Passes on what a stream says, or what is said of it: all of it, in order, as late as it falls. */
  passInOrder(deliver: () => void): void {
    if (this.#silent) this.#held.push(deliver);
    else this.#inOrder(deliver);
  }

  /** Power off: nothing that was held is said any more. */
  forget(): void {
    this.#held = [];
    this.#underway = [];
  }

  #inOrder(deliver: () => void): void {
    if (this.lateMs === 0 && this.#underway.length === 0) return deliver();
    this.#underway.push(deliver);
    // The oldest of what is under way arrives, whosever time it is: in order also when `lateMs` falls meanwhile.
    this.later(this.lateMs, () => this.#underway.shift()?.());
  }

  /** A share of zero throws no dice: a well-behaved gateway is the same with and without this. */
  #falls(share: number): boolean {
    return share > 0 && this.dice() < share;
  }
}
