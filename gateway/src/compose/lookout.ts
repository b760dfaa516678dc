// Whether legs of calls may still be found. After the death of a node each protocol looks at its own gateways in its own time:
// one has asked them all before another has noticed anything. A call may have legs of both, so the word of one protocol that
// it has found its last is not the end of the search: the others are waited for, as long as they need to begin.
import { type Millis, NEVER } from '@altpath/core';

/** A protocol that has said nothing more for so long is not looking any more. */
const LONGEST_MS: Millis = 120_000;

export class Lookout {
  /** Protocols that look for legs, and until when that is believed. */
  readonly #looking = new Map<string, Millis>();
  /** Those that have looked since the search began. */
  readonly #heard = new Set<string>();
  /** Nobody looks, and somebody may still begin. */
  #lingerUntil: Millis = NEVER;

  /**
   * @param lingerMs  How long the search goes on when nobody looks any more: above the time in which a protocol notices that a
   *                  node is gone. Raising it keeps people longer in a call whose other end is gone, lowering it ends calls
   *                  that another protocol would have found.
   * @param unknown   Protocols that have lines of which this node knows nothing.
   */
  constructor(
    private readonly lingerMs: Millis,
    private readonly unknown: () => ReadonlySet<string>,
  ) {}

  /** A protocol says whether it may find more. @returns whether anybody may. */
  says(protocol: string, more: boolean, now: Millis): boolean {
    if (!more && !this.#isOn) return false;
    this.#heard.add(protocol);
    if (more) this.#looking.set(protocol, now + LONGEST_MS);
    else this.#looking.delete(protocol);
    if (this.#looking.size > 0) {
      this.#lingerUntil = NEVER;
      return true;
    }
    if (this.#lingerUntil === NEVER) this.#lingerUntil = now + this.lingerMs;
    return !this.#endIf([...this.unknown()].every((each) => this.#heard.has(each)));
  }

  /** @returns `true` once, when the time of the search is over. */
  tick(now: Millis): boolean {
    if (!this.#isOn) return false;
    for (const [protocol, until] of this.#looking) if (now >= until) this.#looking.delete(protocol);
    return this.#endIf(this.#looking.size === 0 && (this.#lingerUntil === NEVER || now >= this.#lingerUntil));
  }

  deadline(): Millis {
    return Math.min(this.#lingerUntil, ...this.#looking.values());
  }

  get #isOn(): boolean {
    return this.#heard.size > 0;
  }

  #endIf(isOver: boolean): boolean {
    if (!isOver) return false;
    this.#heard.clear();
    this.#lingerUntil = NEVER;
    return true;
  }
}
