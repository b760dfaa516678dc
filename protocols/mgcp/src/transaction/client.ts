// One command of ours: what it is, where it is on its way, and what its timer means when it elapses. It sends nothing
// itself; layer.ts does, by the effects that the table gives.
import { NEVER, Timer, type Hop, type Millis, defaultSchedule, nextSchedule, type Schedule } from '@altpath/core';
import type { CommandDraft } from '../message/message.js';
import type { Outstanding } from './events.js';
import type { ServerRecord } from './history.js';
import { State, StateEvent } from './machines.js';
import type { NameTable, Trail } from './places.js';
import type { TransactionSettings } from './settings.js';

/** A response that shares its datagram with this command, so that both arrive in order or neither does (§3.5.5). */
export interface Bundle {
  readonly record: ServerRecord;
  readonly order: 'response-first' | 'command-first';
}

export class ClientTransaction<Token> implements Outstanding<Token> {
  state: State = State.Resolving;
  /** While it is outstanding; dropped afterwards. */
  bytes: Buffer;
  hop: Hop | undefined;
  bundle: Bundle | undefined;
  /** When the first copy left, T = 0 of §4.3; `NEVER` before. */
  firstSentAt: Millis = NEVER;
  /** N of §4.3: repetitions to the present address. */
  repetitions = 0;
  /** More than one copy left in all: its delay measures nothing (Karn). */
  repeated = false;
  schedule: Schedule;
  /** The last that was heard of the present address is that nothing gets there. */
  isUnreachable = false;
  readonly timer: Timer<ClientTransaction<Token>> = new Timer(this);
  #hasAskedLast = false;
  /** The name whose answer a wait is for; a wait ends after RTO-MAX without one. */
  waitsSince: Millis = NEVER;

  constructor(
    readonly transactionId: number,
    readonly command: CommandDraft,
    readonly token: Token,
    bytes: Buffer,
    public trail: Trail,
    readonly startedAt: Millis,
    private readonly settings: TransactionSettings,
  ) {
    this.bytes = bytes;
    this.schedule = defaultSchedule(settings);
  }

  get isOutstanding(): boolean {
    return this.state < State.Confirming;
  }

  /** T > T-MAX: §4.3 forbids any further copy. */
  isLate(now: Millis): boolean {
    return now - this.firstSentAt > this.settings.tMaxMs;
  }

  /**
   * What it means that the timer of Awaiting or Proceeding elapsed: the boxes of the figure of §4.3, in its order.
   * An address that is left has had `Max1` repetitions; only the last one of all gets `Max2`.
   */
  elapsed(names: NameTable, now: Millis): StateEvent {
    if (this.isLate(now)) return StateEvent.Late;
    if (this.repetitions < this.settings.max1) return StateEvent.Repeat;
    const { name } = this.trail;
    if (name !== undefined && this.repetitions === this.settings.max1 && this.trail.isFirstOfName) names.refresh(name, now);
    const onward = this.onward(names, now);
    if (onward !== undefined) return onward;
    if (this.repetitions < this.settings.max2) return StateEvent.Repeat;
    if (name === undefined || this.#hasAskedLast) return StateEvent.Exhausted;
    // §4.3: at Max2 of the last address the DNS is asked once more.
    this.#hasAskedLast = true;
    return names.refresh(name, now) ? StateEvent.Wait : StateEvent.Exhausted;
  }

  /** `Addressed` or `Wait` when there is another address to try, undefined when there is none. */
  onward(names: NameTable, now: Millis): StateEvent | undefined {
    switch (this.trail.advance(names, now)) {
      case 'address':
        return StateEvent.Addressed;
      case 'wait':
        return StateEvent.Wait;
      default:
        return undefined;
    }
  }

  /** The first copy to the trail's present address leaves. */
  beginAddress(schedule: Schedule): void {
    this.schedule = schedule;
    this.repetitions = 0;
    this.isUnreachable = false;
  }

  /** One more copy to the same address leaves. */
  repeat(random: () => number): void {
    this.repetitions += 1;
    if (this.state === State.Awaiting) this.schedule = nextSchedule(this.schedule, this.settings, random);
  }

  get #end(): Millis {
    return (this.firstSentAt === NEVER ? this.startedAt : this.firstSentAt) + 2 * this.settings.tHistMs;
  }

  /** When the timer of the present state elapses. */
  deadline(now: Millis): Millis {
    switch (this.state) {
      case State.Resolving:
        return this.waitsSince + this.settings.rtoMaxMs;
      case State.Awaiting:
        return now + this.schedule.gapMs;
      case State.Proceeding:
        // §3.5.6: nothing runs for ever, however often somebody says that it works on it.
        return Math.min(now + this.settings.longtranMs, this.#end);
      case State.Silent:
        return this.#end;
      case State.Confirming:
        return now + this.settings.tHistMs;
      default:
        return NEVER;
    }
  }
}
