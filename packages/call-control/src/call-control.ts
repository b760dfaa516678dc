// Call control: every line of the gateways that this node controls, the parties that call them or are called, and the calls
// between them all. It takes events in and says what each half-call shall be. The tables of `states.ts` decide, `operator.ts`
// carries their decisions out; this file is the door.
import type { CallSummary, Millis, Observer } from '@altpath/core';
import type { CallControlPort, FoundLeg, HalfCallEvent, HalfCallRole, LineName } from './half-call.js';
import { Hunting, type HuntingSettings } from './hunting.js';
import { Line, type LineSettings } from './line.js';
import { LineEvents } from './line-events.js';
import { NumberPlan, type NumberRule } from './number-plan.js';
import { Operator } from './operator.js';
import { Party, protocolOfParty } from './party.js';
import { PartyEvents } from './party-events.js';
import { Restoring } from './restoring.js';
import { type HalfCallPorts, Switchboard } from './switchboard.js';
import { type CallTimers, DEFAULT_TIMERS } from './timers.js';

export interface CallControlSettings extends HuntingSettings {
  /** 0..15, this node's alone: part of each call's identity. */
  readonly slot: number;
  readonly lines: readonly LineSettings[];
  readonly numbers: Readonly<Record<string, NumberRule>>;
  /** What is left out has its default. */
  readonly timers?: Partial<CallTimers> | undefined;
}

/**
 * All lines, parties and calls of this node. A line or party gets at most one order for each input, its newest state; an order
 * that would repeat the last one is not given, but after `service` and `restore`, which ask for it.
 *
 * What adapters must know beyond the door:
 * - a line that ought to be audited is given to `restore` and not first to `service`: that would order it `idle`;
 * - on a line that this node is commanding already, `restore` corrects the hook and learns the description, and for the rest
 *   what is known here wins. Where it is hearsay (thaw), `release` the lines first and restore them then;
 * - a ringing telephone whose off-hook overtakes the confirmation: give `reached` (ringing) first, without description.
 */
export class CallControl implements CallControlPort {
  readonly patterns: readonly string[];
  readonly #board: Switchboard;
  readonly #operator: Operator;
  readonly #lineEvents: LineEvents;
  readonly #partyEvents: PartyEvents;
  readonly #restoring: Restoring;
  readonly #observer: Observer;

  constructor(settings: CallControlSettings, ports: HalfCallPorts, observer: Observer, now: Millis) {
    const plan = new NumberPlan(settings.numbers);
    this.patterns = plan.patterns;
    this.#observer = observer;
    this.#board = new Switchboard({ ...DEFAULT_TIMERS, ...settings.timers }, ports, now);
    const hunting = new Hunting(settings, this.#board, observer);
    this.#operator = new Operator(this.#board, plan, hunting, observer, settings.slot, now);
    this.#lineEvents = new LineEvents(this.#operator);
    this.#partyEvents = new PartyEvents(this.#operator);
    this.#restoring = new Restoring(this.#operator, this.#lineEvents);
    for (const each of settings.lines) {
      const caller = { number: each.number ?? plan.numberOf(each.line), name: each.name };
      this.#board.addLine(new Line(each, caller, (line, at) => this.#operator.lineEvent(line, 'time-out', at)));
    }
  }

  // --- inputs ------------------------------------------------------------------------------------------------------

  event(name: LineName, event: HalfCallEvent, now: Millis): void {
    const station = this.#board.station(name);
    if (station instanceof Line) this.#lineEvents.take(station, event, now);
    else if (station instanceof Party) this.#partyEvents.take(station, event, now);
    else if (protocolOfParty(name) === undefined) this.#observer.count('call.line.unknown');
    else if (event.kind === 'set-up') this.#partyEvents.setUp(name, event, now);
    else this.#observer.count('call.party.unknown', event.kind);
    this.#board.giveOrders(now);
  }

  service(name: LineName, inService: boolean, now: Millis): void {
    const line = this.#board.line(name);
    if (!line) return this.#observer.count('call.line.unknown');
    line.inService = inService;
    line.known = true;
    if (inService) this.#board.tellAgain(line);
    else this.#lineEvents.lost(line, 'destination-out-of-order', now);
    this.#operator.huntOn(now);
    this.#board.giveOrders(now);
  }

  restore(legs: readonly FoundLeg[], more: boolean, now: Millis): void {
    this.#restoring.restore(legs, more, now);
    this.#board.giveOrders(now);
  }

  release(name: LineName, _now: Millis): void {
    const station = this.#board.station(name);
    if (station) this.#board.release(station);
    else this.#observer.count('call.line.unknown');
  }

  changed(_party: LineName, _now: Millis): void {
    return undefined;
  }

  recall(_callId: string, _role: HalfCallRole, _now: Millis): LineName | undefined {
    return undefined;
  }

  /** No new calls from now on: who goes off-hook hears reorder tone. Calls go on, and who dials may end his number. */
  drain(): void {
    this.#operator.draining = true;
  }

  tick(now: Millis): void {
    this.#board.expire(now);
    this.#board.giveOrders(now);
  }

  deadline(): Millis {
    return this.#board.deadline();
  }

  /** This node has heard of the line, or has told it what to be; `true` for one that is not configured, too. */
  knows(name: LineName): boolean {
    return this.#board.line(name)?.known ?? true;
  }

  // --- listings ----------------------------------------------------------------------------------------------------

  /** What a drain waits for: calls, lines that dial, and lines on their way to what was ordered (not longer than a set-up). */
  pending(now: Millis): number {
    return this.#board.pending(now);
  }

  /** Calls in the order in which they were set up here; `protocol` of both legs where they differ. */
  calls(_now: Millis, limit: number): readonly CallSummary[] {
    return this.#board.summaries(limit);
  }
}
