// The attempt plan: whom to try next, on which trigger. One plan for each client transaction that has somewhere else
// to go; a plan is plain state, its owner sends. The rules are those of "sender with alternates" in the README's
// survivability page: the same bytes to the next stand-in, listening on all of them.
import { type Hop, hopKey } from '../address.js';
import { type Millis, NEVER } from '../time.js';

/** Why a plan went on to the next address. */
export type Trigger = 'first' | 'transport-error' | 'silence' | 'guard' | 'unavailable';

export interface AttemptSettings {
  /** Silence before the next address is tried. */
  readonly hedgeMs: Millis;
  /** The same once something provisional was heard and nothing more. */
  readonly guardMs: Millis;
  /** At most this many addresses beyond the first. */
  readonly maxExtra: number;
}

/** What is known of addresses across plans: tried last while it is held for dead. */
export interface AddressHealth {
  isDown(key: string, now: Millis): boolean;
  markDown(key: string, now: Millis): void;
  markUp(key: string): void;
}

/**
 * Ordered addresses of one next hop. `next` gives the address to send to; it is then `active` and stays so until an
 * error takes it off. With no address left, an error is not final: the first goes on being tried.
 */
export class AttemptPlan {
  readonly #waiting: Hop[];
  readonly #active: Hop[] = [];
  #extra = 0;
  #silentSince: Millis;
  #provisionalAt: Millis = NEVER;
  #progressed = false;

  constructor(
    targets: readonly Hop[],
    private readonly settings: AttemptSettings,
    private readonly health: AddressHealth,
    now: Millis,
  ) {
    const alive = targets.filter((hop) => !health.isDown(hopKey(hop), now));
    const dead = targets.filter((hop) => health.isDown(hopKey(hop), now));
    this.#waiting = [...alive, ...dead];
    this.#silentSince = now;
    const first = this.#waiting.shift();
    if (first) this.#active.push(first);
  }

  /** The addresses that retransmissions go to. */
  get active(): readonly Hop[] {
    return this.#active;
  }

  /** The addresses that nothing was sent to yet, in the order of trying. */
  get waiting(): readonly Hop[] {
    return this.#waiting;
  }

  get hasAlternate(): boolean {
    return this.#waiting.length > 0 && this.#extra < this.settings.maxExtra;
  }

  /** When silence or the guard asks for the next address; `NEVER` when there is none or progress was made. */
  deadline(): Millis {
    if (!this.hasAlternate || this.#progressed) return NEVER;
    if (this.#provisionalAt !== NEVER) return this.#provisionalAt + this.settings.guardMs;
    return this.#silentSince + this.settings.hedgeMs;
  }

  /** A 100 or its like: alive, but nothing shows that it got through. */
  heardProvisional(now: Millis): void {
    if (this.#provisionalAt === NEVER) this.#provisionalAt = now;
  }

  /** Something that only the far end can have said. */
  heardProgress(): void {
    this.#progressed = true;
  }

  /** @returns the address to send the same bytes to now, with the reason; undefined when nothing is due. */
  due(now: Millis): { readonly hop: Hop; readonly trigger: Trigger } | undefined {
    if (now < this.deadline()) return undefined;
    const trigger = this.#provisionalAt === NEVER ? 'silence' : 'guard';
    const silent = this.#active[this.#active.length - 1];
    if (trigger === 'silence' && silent) this.health.markDown(hopKey(silent), now);
    return this.#advance(trigger, now);
  }

  /**
   * An address could not be reached (`transport-error`) or said that it cannot serve (`unavailable`).
   *
   * @returns the next address to send to at once; undefined when there is none. An address without successor stays
   *          active: ICMP can be forged, so it never ends an attempt.
   */
  failed(hop: Hop, trigger: 'transport-error' | 'unavailable', now: Millis): { readonly hop: Hop; readonly trigger: Trigger } | undefined {
    const key = hopKey(hop);
    this.health.markDown(key, now);
    const index = this.#active.findIndex((each) => hopKey(each) === key);
    if (index < 0 || !this.hasAlternate) return undefined;
    return this.#advance(trigger, now);
  }

  #advance(trigger: Trigger, now: Millis): { readonly hop: Hop; readonly trigger: Trigger } | undefined {
    if (!this.hasAlternate) return undefined;
    const hop = this.#waiting.shift() as Hop;
    this.#extra += 1;
    this.#active.push(hop);
    this.#silentSince = now;
    if (this.#provisionalAt !== NEVER) this.#provisionalAt = now;
    return { hop, trigger };
  }
}

/** Down marks that fade: after `downForMs` the address is tried in its place again. Bounded; the oldest mark goes first. */
export class FadingHealth implements AddressHealth {
  readonly #until = new Map<string, Millis>();

  constructor(
    private readonly downForMs: Millis,
    private readonly limit = 10_000,
  ) {}

  isDown(key: string, now: Millis): boolean {
    if (this.#until.size === 0) return false;
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (until > now) return true;
    this.#until.delete(key);
    return false;
  }

  markDown(key: string, now: Millis): void {
    this.#until.delete(key);
    this.#until.set(key, now + this.downForMs);
    if (this.#until.size > this.limit) this.#until.delete(this.#until.keys().next().value as string);
  }

  markUp(key: string): void {
    if (this.#until.size > 0) this.#until.delete(key);
  }

  /** Addresses held for down, for listings. */
  down(now: Millis): readonly string[] {
    return [...this.#until].filter(([, until]) => until > now).map(([key]) => key);
  }
}
