// Counters by name and reason. `count` is asked several times for every message, so it is two look-ups and an addition;
// whatever shape a reader wants is made when somebody reads.

/**
 * Reasons kept apart for one name; more are counted under `other`. Higher: more can be told apart; lower: less memory
 * when a reason repeats what the network sent. Names are constants of the code and need no limit.
 */
export const REASON_LIMIT = 200;
export const OTHER = 'other';

/** Longer reasons are cut here: labels are for reading. */
const REASON_LENGTH = 64;

export interface Count {
  readonly name: string;
  /** The empty text where none was given. */
  readonly reason: string;
  readonly value: number;
}

export class Counters {
  readonly #names = new Map<string, Map<string, number>>();

  count(name: string, reason = ''): void {
    const reasons = this.#names.get(name);
    const value = reasons?.get(reason);
    if (reasons !== undefined && value !== undefined) reasons.set(reason, value + 1);
    else this.#countNew(name, reason);
  }

  /** Everything counted, in the order in which names and reasons first came. */
  *all(): Generator<Count> {
    for (const [name, reasons] of this.#names) for (const [reason, value] of reasons) yield { name, reason, value };
  }

  #countNew(name: string, reason: string): void {
    const reasons = this.#names.get(name) ?? new Map<string, number>();
    this.#names.set(name, reasons);
    // A text of its own: a piece of a received message would keep the whole message in memory.
    const short = Buffer.from(reason.slice(0, REASON_LENGTH)).toString();
    const key = reasons.has(short) || reasons.size < REASON_LIMIT ? short : OTHER;
    reasons.set(key, (reasons.get(key) ?? 0) + 1);
  }
}
