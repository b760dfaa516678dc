// Many deadlines, few of which ever fire: a hashed timing wheel (Varghese and Lauck 1987). Pure data: who owns it
// asks for `deadline()` and calls `expire(now)`.
import { type Millis, NEVER } from './time.js';

const SLOT_MS = 8;
const SLOTS = 1024;

/** One entry, embedded in its owner so that arming a timer allocates nothing. */
export class Timer<Owner> {
  at: Millis = NEVER;
  /** @internal */ next: Timer<Owner> | undefined = undefined;
  /** @internal */ previous: Timer<Owner> | undefined = undefined;
  /** @internal */ slot = -1;

  constructor(readonly owner: Owner) {}

  get armed(): boolean {
    return this.slot >= 0;
  }
}

/**
 * A queue of timers with O(1) arming and disarming. Resolution is 8 ms: a timer fires at the first `expire` at or after
 * its instant, never before it.
 */
export class TimerQueue<Owner> {
  readonly #slots: (Timer<Owner> | undefined)[] = new Array<Timer<Owner> | undefined>(SLOTS).fill(undefined);
  #armed = 0;
  #swept: number;
  /** No timer is due before this; `NEVER` when it has to be looked for. */
  #earliest: Millis = NEVER;

  constructor(now: Millis) {
    this.#swept = Math.floor(now / SLOT_MS);
  }

  get size(): number {
    return this.#armed;
  }

  /** Arms the timer for `at`, moving it when it was armed already; `NEVER` disarms. */
  arm(timer: Timer<Owner>, at: Millis): void {
    if (timer.slot >= 0) this.disarm(timer);
    if (at === NEVER) return;
    timer.at = at;
    if (at < this.#earliest && this.#earliest !== NEVER) this.#earliest = at;
    const tick = Math.max(Math.floor(at / SLOT_MS), this.#swept);
    const slot = tick % SLOTS;
    const head = this.#slots[slot];
    timer.slot = slot;
    timer.next = head;
    timer.previous = undefined;
    if (head) head.previous = timer;
    this.#slots[slot] = timer;
    this.#armed += 1;
  }

  disarm(timer: Timer<Owner>): void {
    if (timer.slot < 0) return;
    if (timer.previous) timer.previous.next = timer.next;
    else this.#slots[timer.slot] = timer.next;
    if (timer.next) timer.next.previous = timer.previous;
    timer.next = undefined;
    timer.previous = undefined;
    timer.slot = -1;
    timer.at = NEVER;
    this.#armed -= 1;
  }

  /**
   * @returns when `expire` should run next; may be early, since a timer that was disarmed still counts until then.
   */
  deadline(): Millis {
    if (this.#armed === 0) return NEVER;
    if (this.#earliest === NEVER) this.#earliest = this.#search();
    return this.#earliest;
  }

  /** The first slot with something due within this revolution of the wheel (8 s); else the end of the revolution. */
  #search(): Millis {
    for (let step = 0; step < SLOTS; step += 1) {
      let earliest: Millis = NEVER;
      const end = (this.#swept + step + 1) * SLOT_MS;
      for (let timer = this.#slots[(this.#swept + step) % SLOTS]; timer; timer = timer.next) {
        if (timer.at < earliest) earliest = timer.at;
      }
      if (earliest < end) return earliest;
    }
    return (this.#swept + SLOTS) * SLOT_MS;
  }

  /**
   * Disarms every timer due at `now` and hands its owner to `fire`, the owner's instant beside it. `fire` may arm
   * timers, its own included: what it arms for `now` or earlier fires at the next call.
   */
  expire(now: Millis, fire: (owner: Owner) => void): void {
    const target = Math.floor(now / SLOT_MS);
    const due: Timer<Owner>[] = [];
    const steps = Math.min(target - this.#swept, SLOTS - 1);
    for (let step = 0; step <= steps; step += 1) {
      for (let timer = this.#slots[(this.#swept + step) % SLOTS]; timer;) {
        const next: Timer<Owner> | undefined = timer.next;
        if (timer.at <= now) {
          this.disarm(timer);
          due.push(timer);
        }
        timer = next;
      }
    }
    if (target > this.#swept) this.#swept = target;
    this.#earliest = NEVER;
    for (const timer of due) if (!timer.armed) fire(timer.owner);
  }
}
