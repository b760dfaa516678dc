// The lines of one protocol as call control's port: orders go to their lines, and the lines that may have something to send
// stand in one queue, in which each is once.
import type { Millis, Observer } from '@altpath/core';
import type { HalfCallEvent, HalfCallPort, HalfCallState, LineName } from './half-call.js';
import { TurnQueue } from './turn-queue.js';

/** A line that is brought to what it shall be one step after the other. */
export interface CommandedLine<Step> {
  readonly name: LineName;
  /** A step is under way, or the line is held back. */
  readonly busy: boolean;
  order(state: HalfCallState, now: Millis): void;
  /** undefined: nothing to do now; while it is not busy it may have to be asked again at its `deadline`. */
  next(now: Millis): Step | undefined;
  deadline(): Millis;
}

/** What a line needs from outside. Events are given at once, within the line's own turn; an order may come back within. */
export interface LinePorts {
  event(line: LineName, event: HalfCallEvent, now: Millis): void;
  /** Something changed that `next` may answer to: put the line where it is asked again. */
  touched(name: LineName): void;
  readonly observer: Observer;
}

/** The lines of all gateways. Who owns it empties the queue by `take` after each input. */
export class LineQueue<Step, Line extends CommandedLine<Step>> implements HalfCallPort {
  readonly #lines = new Map<LineName, Line>();
  readonly #queue = new TurnQueue<Line>();

  constructor(readonly protocol: string) {}

  add(line: Line): void {
    this.#lines.set(line.name, line);
  }

  remove(name: LineName): void {
    const line = this.#lines.get(name);
    if (line === undefined) return;
    this.#lines.delete(name);
    this.#queue.remove(line);
  }

  find(name: LineName): Line | undefined {
    return this.#lines.get(name);
  }

  lines(): Iterable<Line> {
    return this.#lines.values();
  }

  /** It may have something to say, and has not been asked yet. */
  isQueued(line: Line): boolean {
    return this.#queue.has(line);
  }

  /** How many lines stand in the queue. */
  get queued(): number {
    return this.#queue.size;
  }

  /** An order for a line that is not here is call control's mistake or comes too late: it is let go. */
  order(name: LineName, state: HalfCallState, now: Millis): void {
    this.#lines.get(name)?.order(state, now);
  }

  /** For `LinePorts.touched`. */
  touch(name: LineName): void {
    const line = this.#lines.get(name);
    if (line !== undefined) this.#queue.add(line);
  }

  /**
   * The next line of the queue that has a step to take, with it; undefined when the queue is empty. Who may send no more for
   * now leaves the rest where it is.
   *
   * @param mayTake  Lines for which it says no keep their place.
   */
  take(now: Millis, mayTake: (line: Line) => boolean = () => true): { readonly line: Line; readonly step: Step } | undefined {
    for (const line of this.#queue) {
      if (!mayTake(line)) continue;
      const step = this.#ask(line, now);
      if (step !== undefined) return { line, step };
    }
    return undefined;
  }

  /** The same for one line, out of its turn: what goes with the answer to its report. */
  takeOf(line: Line, now: Millis): Step | undefined {
    return this.#ask(line, now);
  }

  /** Puts lines whose wait is over back into the queue. */
  tick(now: Millis): void {
    this.#queue.tick(now);
  }

  /** May be early. */
  deadline(): Millis {
    return this.#queue.deadline();
  }

  #ask(line: Line, now: Millis): Step | undefined {
    // Taken out first: what is told within may put it back.
    this.#queue.remove(line);
    const step = line.next(now);
    if (step === undefined && !line.busy) this.#queue.wait(line);
    return step;
  }
}
