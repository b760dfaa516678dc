// Who has left a call, and has not been told so yet for all that is known: should this node die now, another must tell him.
import { type Millis, Timer } from '@altpath/core';
import type { Call } from './call.js';
import type { LineName } from './half-call.js';
import type { Due } from './line.js';
import type { StoredParting } from './stored-call.js';
import type { Switchboard } from './switchboard.js';

/** Who has not been told after this time will not be told any more: 64 * T1 of SIP. */
export const PARTING_MS: Millis = 32_000;

interface Entry {
  readonly parting: StoredParting;
  readonly timer: Timer<Due>;
}

export class Partings {
  readonly #entries = new Map<Call, Map<LineName, Entry>>();
  /** The calls that a line has left: before it is told of one it may have left another. */
  readonly #left = new Map<LineName, Set<Call>>();

  /** @param onEnd  Told of the call when somebody has been told, or will not be told any more. */
  constructor(
    private readonly board: Pick<Switchboard, 'startTimer' | 'stopTimer'>,
    private readonly onEnd: (call: Call) => void,
  ) {}

  add(call: Call, parting: StoredParting, now: Millis): void {
    const { line } = parting;
    this.#remove(call, line);
    const timer = new Timer<Due>(() => this.#end(call, line));
    this.board.startTimer(timer, now + PARTING_MS);
    const entries = this.#entries.get(call) ?? new Map<LineName, Entry>();
    this.#entries.set(call, entries.set(line, { parting, timer }));
    const left = this.#left.get(line) ?? new Set();
    this.#left.set(line, left.add(call));
  }

  /** He has been told, of all that he has left. */
  told(line: LineName): void {
    for (const call of [...(this.#left.get(line) ?? [])]) this.#end(call, line);
  }

  of(call: Call): readonly StoredParting[] {
    return [...(this.#entries.get(call)?.values() ?? [])].map(({ parting }) => parting);
  }

  /** Another node tells them. @returns who they were. */
  drop(call: Call): readonly StoredParting[] {
    const partings = this.of(call);
    for (const { line } of partings) this.#remove(call, line);
    return partings;
  }

  #end(call: Call, line: LineName): void {
    this.#remove(call, line);
    this.onEnd(call);
  }

  #remove(call: Call, line: LineName): void {
    const entries = this.#entries.get(call);
    const entry = entries?.get(line);
    if (!entries || !entry) return;
    this.board.stopTimer(entry.timer);
    entries.delete(line);
    if (entries.size === 0) this.#entries.delete(call);
    const left = this.#left.get(line);
    left?.delete(call);
    if (left?.size === 0) this.#left.delete(line);
  }
}
