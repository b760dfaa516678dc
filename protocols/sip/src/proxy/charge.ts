// Who is in charge (ARCHITECTURE "Who is in charge"): a node starts something of its own in a request (a further target, a CANCEL that nobody
// asked for, a final response) only if it has itself heard downstream there or holds the other nodes for down. A node
// that has heard nothing for as long as a telephone may be silent asks the others, and acts when none of them has.
import { isAlone, type Millis, NEVER, type PeerDirectory } from '@altpath/core';

/** RFC 3261 Timer B at the default T1: shorter timers make nobody's telephone answer sooner. */
const PATIENCE_MS = 32_000;
/** How long the other nodes are given to say that they have heard something. */
const ANSWER_MS = 400;

export class Charge {
  #heard = false;
  #asked = false;
  /** When `due` is needed. */
  at: Millis = NEVER;

  constructor(
    private readonly peers: PeerDirectory,
    private readonly since: Millis,
    private readonly ask: () => void,
  ) {}

  get heard(): boolean {
    return this.#heard;
  }

  /** Something came from downstream. */
  hear(): void {
    this.#heard = true;
    this.at = NEVER;
  }

  /** Another node has heard something: it is in charge. */
  leave(): void {
    this.#asked = false;
    this.at = NEVER;
  }

  isOurs(now: Millis): boolean {
    return this.#heard || isAlone(this.peers, now);
  }

  /** A failure of our own is wanted: no sooner than a telephone may be silent. */
  claimLater(now: Millis): void {
    this.#claim(Math.max(this.since + PATIENCE_MS, now));
  }

  /** A further target is wanted: its time has come already. */
  claimSoon(now: Millis): void {
    this.#claim(now);
  }

  #claim(at: Millis): void {
    if (!this.#asked && at < this.at) this.at = at;
  }

  /** @returns whether it is ours from now on: none of the others has heard anything. */
  due(now: Millis): boolean {
    if (this.at > now) return false;
    if (!this.#asked && !this.isOurs(now)) {
      this.#asked = true;
      this.at = now + ANSWER_MS;
      this.ask();
      return false;
    }
    this.hear();
    return true;
  }
}
