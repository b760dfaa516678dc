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
  readonly call: Call;
  readonly parting: StoredParting;
  readonly timer: Timer<Due>;
}

export class Partings {
  readonly #entries = new Map<LineName, Entry>();
  readonly #names = new Map<Call, Set<LineName>>();

  /** @param onEnd  Told of the call when somebody has been told, or will not be told any more. */
  constructor(
    private readonly board: Pick<Switchboard, 'startTimer' | 'stopTimer'>,
    private readonly onEnd: (call: Call) => void,
  ) {}

  add(call: Call, parting: StoredParting, now: Millis): void {
    const { line } = parting;
    this.end(line);
    const timer = new Timer<Due>(() => this.end(line));
    this.board.startTimer(timer, now + PARTING_MS);
    this.#entries.set(line, { call, parting, timer });
    const names = this.#names.get(call) ?? new Set();
    this.#names.set(call, names.add(line));
  }

  /** He has been told. */
  end(line: LineName): void {
    const entry = this.#entries.get(line);
    if (!entry) return;
    this.#remove(line, entry);
    this.onEnd(entry.call);
  }

  of(call: Call): readonly StoredParting[] {
    return [...(this.#names.get(call) ?? [])].flatMap((name) => this.#entries.get(name)?.parting ?? []);
  }

  /** Another node tells them. @returns who they were. */
  drop(call: Call): readonly StoredParting[] {
    const partings = this.of(call);
    for (const { line } of partings) {
      const entry = this.#entries.get(line);
      if (entry) this.#remove(line, entry);
    }
    return partings;
  }

  #remove(line: LineName, { call, timer }: Entry): void {
    this.board.stopTimer(timer);
    this.#entries.delete(line);
    const names = this.#names.get(call);
    names?.delete(line);
    if (names?.size === 0) this.#names.delete(call);
  }
}
