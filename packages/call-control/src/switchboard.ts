// Who is connected with whom: the lines, the calls, which leg of which call a line is, their timers, and the orders that
// follow from it. It decides nothing; `call-control.ts` moves the plugs.
import { type CallSummary, type Millis, Timer, TimerQueue } from '@altpath/core';
import { Call, type CallBeginning, type Leg, otherRole } from './call.js';
import { meansSameCall, parseCallId, shortCallId } from './call-identity.js';
import type { HalfCallRole, HalfCallState, LineName, Phase } from './half-call.js';
import { type Due, type Line, sameOrder } from './line.js';
import { LINE_STATES, type LineState } from './states.js';
import type { CallTimers } from './timers.js';

/** Where orders go: the adapter of the line's protocol. It must not call back within. */
export type OrderTo = (line: LineName, state: HalfCallState, now: Millis) => void;

export class Switchboard {
  readonly #lines = new Map<LineName, Line>();
  readonly #calls = new Map<string, Call>();
  /** The same calls by slot and counter: the newest where several bear them. */
  readonly #callsByShort = new Map<string, Call>();
  readonly #callTimers = new Map<Call, Timer<Due>>();
  readonly #queue: TimerQueue<Due>;
  /** Lines whose state may have changed within this input, in the order in which they are to be told. */
  readonly #stirred = new Set<Line>();

  constructor(
    readonly timers: CallTimers,
    readonly orderTo: OrderTo,
    now: Millis,
  ) {
    this.#queue = new TimerQueue(now);
  }

  addLine(line: Line): void {
    this.#lines.set(line.name, line);
  }

  line(name: LineName): Line | undefined {
    return this.#lines.get(name);
  }

  lineOf(call: Call, role: HalfCallRole): Line | undefined {
    const leg = call[role];
    return leg && this.#lines.get(leg.line);
  }

  /** The call of this identity, or the one that it means where one of the two does not tell the time. */
  call(callId: string): Call | undefined {
    const exact = this.#calls.get(callId);
    if (exact) return exact;
    const call = this.#callsByShort.get(shortCallId(callId) ?? '');
    return call && meansSameCall(call.callId, callId) ? call : undefined;
  }

  /** A new call may bear this identity: no living one has its slot and counter. */
  isFree(callId: string): boolean {
    return !this.#callsByShort.has(shortCallId(callId) ?? '');
  }

  /** A snapshot: calls may end while it is walked. */
  get calls(): readonly Call[] {
    return [...this.#calls.values()];
  }

  // --- calls and their legs ----------------------------------------------------------------------------------------

  /** A call begins, or is found. `timeOut` runs when its state's time is over. */
  admit(beginning: CallBeginning, timeOut: (call: Call, now: Millis) => void): Call {
    const call = new Call(beginning);
    this.#enter(call);
    this.#callTimers.set(call, new Timer<Due>((now) => timeOut(call, now)));
    return call;
  }

  /** The call takes this identity if it tells more than its own. @returns `true` when it was news. */
  identify(call: Call, callId: string): boolean {
    const setUpAt = parseCallId(callId)?.setUpAt;
    if (!call.setUpEstimated || setUpAt === undefined) return false;
    this.#strike(call);
    call.identify(callId, setUpAt);
    this.#enter(call);
    return true;
  }

  #enter(call: Call): void {
    this.#calls.set(call.callId, call);
    const short = shortCallId(call.callId);
    if (short !== undefined) this.#callsByShort.set(short, call);
  }

  #strike(call: Call): void {
    this.#calls.delete(call.callId);
    const short = shortCallId(call.callId);
    if (short !== undefined && this.#callsByShort.get(short) === call) this.#callsByShort.delete(short);
  }

  forget(call: Call): void {
    this.#strike(call);
    const timer = this.#callTimers.get(call);
    if (timer) this.#queue.disarm(timer);
    this.#callTimers.delete(call);
  }

  attach(line: Line, call: Call, role: HalfCallRole, leg: Omit<Leg, 'line'> = {}): void {
    this.#queue.disarm(line.timer);
    call[role] = { ...leg, line: line.name };
    line.call = call;
    line.role = role;
  }

  detach(line: Line, call: Call): void {
    call[line.role] = undefined;
    line.call = undefined;
    line.role = 'originating';
  }

  /** The line is another node's: its call goes on without it here, and is forgotten with its last leg. */
  release(line: Line): void {
    const { call } = line;
    if (call) {
      const other = this.lineOf(call, otherRole(line.role));
      this.detach(line, call);
      if (other) call.await(other.role, other.ordered);
      else this.forget(call);
    }
    this.#queue.disarm(line.timer);
    line.clear();
  }

  /** The phase of a leg: as it was found where an audit found it, else as it is ordered. */
  phaseOf(leg: Leg | undefined): Phase | undefined {
    return leg && (leg.found?.phase ?? this.#lines.get(leg.line)?.phase);
  }

  // --- timers ------------------------------------------------------------------------------------------------------

  /** Starts the timer of the state that the call is in. */
  arm(call: Call): void {
    const timer = this.#callTimers.get(call);
    if (timer) this.#queue.arm(timer, call.deadline(this.timers));
  }

  /** The line is in no call (any more), and in this state from now on. */
  setState(line: Line, state: LineState, now: Millis): void {
    line.state = state;
    const { limit } = LINE_STATES[state];
    this.#queue.disarm(line.timer);
    if (limit) this.#queue.arm(line.timer, now + this.timers[limit]);
    this.#stirred.add(line);
  }

  expire(now: Millis): void {
    this.#queue.expire(now, (due) => due(now));
  }

  deadline(): Millis {
    return this.#queue.deadline();
  }

  // --- orders ------------------------------------------------------------------------------------------------------

  /** What this leg shall be may be news. */
  stir(call: Call, role: HalfCallRole): void {
    const line = this.lineOf(call, role);
    if (line) this.#stirred.add(line);
  }

  /** The line is to be told what it shall be, news or not. */
  tellAgain(line: Line): void {
    line.known = true;
    line.ordered = undefined;
    this.#stirred.add(line);
  }

  /** Tells every line that was stirred what it shall be now, where that is news. */
  giveOrders(now: Millis): void {
    for (const line of this.#stirred) {
      const wanted = this.#wanted(line);
      if (!line.inService || sameOrder(line.ordered, wanted)) continue;
      line.ordered = wanted;
      line.orderedAt = now;
      this.orderTo(line.name, wanted, now);
    }
    this.#stirred.clear();
  }

  #wanted(line: Line): HalfCallState {
    const { call, role, state } = line;
    const caller = call && (this.lineOf(call, 'originating')?.caller ?? call[role]?.found?.caller);
    return call?.wanted(role, caller) ?? { phase: state, role: 'originating' };
  }

  // --- listings ----------------------------------------------------------------------------------------------------

  pending(now: Millis): number {
    let pending = this.#calls.size;
    for (const { call, state, orderedAt, inService } of this.#lines.values()) {
      if (call || !inService) continue;
      if (state === 'dialling' || (orderedAt !== undefined && now - orderedAt < this.timers.setUpMs)) pending += 1;
    }
    return pending;
  }

  summaries(limit: number): readonly CallSummary[] {
    const summaries: CallSummary[] = [];
    for (const call of this.#calls.values()) {
      if (summaries.length >= limit) break;
      summaries.push(this.#summary(call));
    }
    return summaries;
  }

  #summary(call: Call): CallSummary {
    const from = this.lineOf(call, 'originating');
    const to = this.lineOf(call, 'terminating');
    const protocols = new Set([from?.settings.protocol, to?.settings.protocol].filter((each) => each !== undefined));
    return {
      callId: call.callId,
      from: from?.caller.number ?? from?.name ?? 'unknown',
      to: call.dialled ?? to?.caller.number ?? to?.name ?? 'unknown',
      state: call.state,
      since: call.setUpAt,
      protocol: [...protocols].join('+') || 'unknown',
    };
  }
}
