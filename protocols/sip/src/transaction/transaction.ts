// One SIP transaction: it owns its state and the instants of its timers; its user owns bytes, addresses and the entry
// in the timer wheel. Which state follows is read from machines.ts, compiled once into arrays of small numbers, so
// that an event costs two look-ups and allocates nothing.
import { type Millis, NEVER } from '@altpath/core';
import { Effect, State, TransactionEvent, TRANSACTION_TABLES, type Kind, type Role, type TransactionTable } from './machines.js';
import { expiryOf, firstGap, nextGap, type ExpiryTimer, type RetransmissionTimer, type TimerSettings } from './timers.js';

const EVENTS = Object.keys(TransactionEvent).length;
const STATES = Object.keys(State).length;
const NOT_TAKEN = 255;

interface Compiled {
  readonly initial: State;
  readonly next: Uint8Array;
  readonly effects: Uint8Array;
  readonly retransmission: readonly (RetransmissionTimer | undefined)[];
  readonly expiry: readonly (ExpiryTimer | undefined)[];
}

/**
 * @example
 * const effects = transaction.handle(eventOfStatus(status), now);
 * if (effects & Effect.Transmit) send(lastResponse);
 * if (effects & Effect.Finished) forget(transaction); else queue.arm(timer, transaction.deadline);
 */
export class Transaction {
  readonly reliable: boolean;
  #state: State;
  #retransmitAt: Millis = NEVER;
  #expireAt: Millis = NEVER;
  #gap: Millis = 0;
  readonly #machine: Compiled;
  readonly #timers: TimerSettings;

  /**
   * @param reliable  The transport repeats by itself (`isReliable`).
   * @param timers    Kept, not copied: one object serves all transactions.
   * A client waits for `Start`; a server has received its request, and the first copy is no `Request` event.
   */
  constructor(role: Role, kind: Kind, reliable: boolean, timers: TimerSettings) {
    this.#machine = machineOf(role, kind);
    this.#state = this.#machine.initial;
    this.reliable = reliable;
    this.#timers = timers;
  }

  get state(): State {
    return this.#state;
  }

  /** When `tick` is needed next, or `NEVER`. Changes with every event. */
  get deadline(): Millis {
    return this.#retransmitAt < this.#expireAt ? this.#retransmitAt : this.#expireAt;
  }

  /** @returns what the user has to do: flags of `Effect`. An event that the state does not take changes nothing. */
  handle(event: TransactionEvent, now: Millis): number {
    const cell = this.#state * EVENTS + event;
    const next = this.#machine.next[cell] as State | typeof NOT_TAKEN;
    if (next === NOT_TAKEN) return Effect.Unexpected;
    let effects = this.#machine.effects[cell] as number;
    if (next !== this.#state) {
      this.#enter(next, now);
      // RFC 3261 table 4: D, I, J and K are zero on reliable transports.
      if (this.#expireAt <= now) effects |= this.handle(TransactionEvent.Expire, now);
    }
    return effects;
  }

  /**
   * Runs what is due. After a gap with several retransmissions in it there is one, and the schedule goes on where it
   * would stand; a transaction that ends sends nothing more.
   */
  tick(now: Millis): number {
    if (this.#expireAt <= now) return this.handle(TransactionEvent.Expire, now);
    if (this.#retransmitAt > now) return Effect.None;
    const capped = this.#machine.retransmission[this.#state] !== 'A';
    const proceeding = this.#state === State.Proceeding;
    do {
      this.#gap = nextGap(this.#gap, this.#timers, capped, proceeding);
      this.#retransmitAt += this.#gap;
    } while (this.#retransmitAt <= now);
    return this.handle(TransactionEvent.Retransmit, now);
  }

  #enter(next: State, now: Millis): void {
    const { retransmission, expiry } = this.#machine;
    const before = this.#state;
    this.#state = next;
    const repeat = retransmission[next];
    if (repeat === undefined) this.#retransmitAt = NEVER;
    else if (repeat !== retransmission[before]) {
      this.#gap = firstGap(this.#timers, this.reliable);
      this.#retransmitAt = now + this.#gap;
    }
    const end = expiry[next];
    if (end === undefined) this.#expireAt = NEVER;
    else if (end !== expiry[before]) this.#expireAt = now + expiryOf(end, this.#timers, this.reliable);
  }
}

/** @returns the event that a response of this status is: 100..199, 200..299, all else a failure. */
export function eventOfStatus(status: number): TransactionEvent {
  if (status < 200) return TransactionEvent.Provisional;
  return status < 300 ? TransactionEvent.Success : TransactionEvent.Failure;
}

const compiled = TRANSACTION_TABLES.map(compile);

function machineOf(role: Role, kind: Kind): Compiled {
  return compiled[(role === 'client' ? 0 : 2) + (kind === 'invite' ? 0 : 1)] as Compiled;
}

function compile(table: TransactionTable): Compiled {
  const next = new Uint8Array(STATES * EVENTS).fill(NOT_TAKEN);
  const effects = new Uint8Array(STATES * EVENTS);
  for (const [from, on, to, flags] of table.rows) {
    next[from * EVENTS + on] = to;
    effects[from * EVENTS + on] = flags;
  }
  const states = Object.values(State);
  return {
    initial: table.initial,
    next,
    effects,
    retransmission: states.map((state) => table.states[state]?.retransmission),
    expiry: states.map((state) => table.states[state]?.expiry),
  };
}
