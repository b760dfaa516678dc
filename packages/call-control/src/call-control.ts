// Call control: every line of the gateways that this node controls, the parties that call them or are called, and the calls
// between them all. It takes events in and says what each half-call shall be. The tables of `states.ts` decide, `operator.ts`
// carries their decisions out; this file is the door.
import type { CallRecord, CallSummary, Millis, Observer } from '@altpath/core';
import { Adoption } from './adoption.js';
import { Anchoring, type AnchorSettings } from './anchoring.js';
import type { Call } from './call.js';
import { type CallKeeping, CallLedger } from './call-ledger.js';
import type { Cause } from './cause.js';
import type { AnchorLocals, CallControlPort, FoundLeg, HalfCallEvent, HalfCallRole, LineName } from './half-call.js';
import { extensionPatterns } from './features/extensions.js';
import { Hunting, type HuntingSettings } from './hunting.js';
import { Line, type LineSettings } from './line.js';
import { LineEvents } from './line-events.js';
import { NumberPlan, type NumberRule } from './number-plan.js';
import { Operator } from './operator.js';
import { Party, protocolOfParty } from './party.js';
import { PartyEvents } from './party-events.js';
import { Restoring } from './restoring.js';
import { type IsDue, Succession, type Whereabouts } from './succession.js';
import { type HalfCallPorts, Switchboard } from './switchboard.js';
import { type CallTimers, DEFAULT_TIMERS } from './timers.js';

export interface CallControlSettings extends HuntingSettings, AnchorSettings {
  /** 0..15, this node's alone: part of each call's identity. */
  readonly slot: number;
  readonly lines: readonly LineSettings[];
  readonly numbers: Readonly<Record<string, NumberRule>>;
  /** Names of the cluster's nodes by slot, for records of calls. Default: `node` and the slot. */
  readonly nodes?: readonly string[] | undefined;
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
  readonly #ledger: CallLedger;
  readonly #adoption: Adoption;
  readonly #succession: Succession;
  readonly #anchoring: Anchoring;
  readonly #keeping: CallKeeping;
  readonly #observer: Observer;

  /** @param keeping  Where calls are kept, and records of finished ones. Default: nowhere. */
  constructor(settings: CallControlSettings, ports: HalfCallPorts, observer: Observer, now: Millis, keeping: CallKeeping = {}) {
    const plan = new NumberPlan(settings.numbers);
    this.patterns = [...plan.patterns, ...extensionPatterns(settings.lines.map(({ features }) => features))];
    this.#observer = observer;
    this.#board = new Switchboard({ ...DEFAULT_TIMERS, ...settings.timers }, ports, now);
    const hunting = new Hunting(settings, this.#board, plan, observer);
    this.#keeping = keeping;
    const node = nameOf(settings.slot, settings.nodes);
    this.#ledger = new CallLedger(this.#board, keeping, node, (slot) => nameOf(slot, settings.nodes));
    this.#anchoring = new Anchoring(settings, ports.anchors, this.#board, observer);
    this.#operator = new Operator(this.#board, plan, hunting, this.#ledger, this.#anchoring, observer, settings.slot, now);
    this.#adoption = new Adoption(this.#operator, this.#ledger);
    this.#succession = new Succession(this.#operator, this.#ledger, this.#adoption, keeping.store, node, settings.slot);
    this.#lineEvents = new LineEvents(this.#operator);
    this.#partyEvents = new PartyEvents(this.#operator);
    this.#restoring = new Restoring(this.#operator, this.#lineEvents, this.#adoption);
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
    this.#settle(now);
  }

  service(name: LineName, inService: boolean, now: Millis): void {
    const line = this.#board.line(name);
    if (!line) return this.#observer.count('call.line.unknown');
    line.inService = inService;
    line.known = true;
    if (inService) this.#board.tellAgain(line);
    else this.#lineEvents.lost(line, 'destination-out-of-order', now);
    this.#adoption.missOthers(now);
    this.#operator.huntOn(now);
    this.#settle(now);
  }

  /** @param more  undefined: who tells of these legs looks for none, and knows nothing of those who do. */
  restore(legs: readonly FoundLeg[], more: boolean | undefined, now: Millis): void {
    this.#restoring.restore(legs, more, now);
    this.#settle(now);
  }

  release(name: LineName, _now: Millis): void {
    const station = this.#board.station(name);
    if (station) this.#board.release(station);
    else this.#observer.count('call.line.unknown');
  }

  changed(name: LineName, now: Millis): void {
    const call = this.#board.station(name)?.call;
    if (!call) return;
    this.#board.touch(call);
    this.#settle(now);
  }

  parted(name: LineName, now: Millis): void {
    this.#ledger.told(name);
    this.#settle(now);
  }

  recall(callId: string, role: HalfCallRole, now: Millis): LineName | undefined {
    const known = this.#partyOf(callId, role);
    const record = known === undefined ? this.#keeping.store?.read(callId.toUpperCase()) : undefined;
    if (!record) return known;
    this.adopt(record, now);
    return this.#partyOf(callId, role) ?? this.#ledger.partyLeaving(callId, role);
  }

  anchored(callId: string, locals: AnchorLocals, now: Millis): void {
    if (this.#anchoring.made(callId, locals)) this.#settle(now);
  }

  anchorFailed(callId: string, cause: Cause, now: Millis): void {
    const call = this.#anchoring.failed(callId, cause);
    if (!call) return;
    this.#operator.callEvent(call, 'originating:failed', now, cause);
    this.#settle(now);
  }

  // --- calls of other nodes ----------------------------------------------------------------------------------------

  /**
   * Goes on with the calls that are kept as this node's own, or those of a node that is down. After a start or a thaw a node does so
   * with its own, once it is known what others have taken.
   */
  adoptCallsOf(node: string, now: Millis): void {
    this.#turn(now, () => this.#succession.adoptCallsOf(node, now));
  }

  /** Another node is down, or gateways have other holders: who waits for a line may find it now, and nobody waits for the node. */
  nodesChanged(isDown: (node: number) => boolean, now: Millis): void {
    this.#turn(now, () => this.#succession.nodesChanged(isDown, now));
  }

  /** Goes on with the call of this record, which a node gives away. One that is this node's already is left as it is. */
  adopt(record: CallRecord, now: Millis): void {
    this.#turn(now, () => this.#succession.adopt(record, now));
  }

  /** The same, once more: something has happened to the call at who gave it away, before he heard that it was taken. */
  renew(record: CallRecord, now: Millis): void {
    this.#turn(now, () => this.#succession.renew(record, now));
  }

  /** The call has ended at who gave it away, before he heard that it was taken: its party has been told there. */
  endedThere(callId: string, now: Millis): void {
    this.#turn(now, () => this.#succession.endedThere(callId, now));
  }

  /** As `Succession.records`: what another node needs to go on with calls of this one. */
  records(now: Millis, isDue?: IsDue): readonly CallRecord[] {
    return this.#succession.records(now, isDue);
  }

  /** The call is over, and its detail record says so. */
  hasEnded(callId: string): boolean {
    return this.#keeping.details?.read(callId) !== undefined;
  }

  /** Another node goes on with the call: it is forgotten, and nothing is said to anybody. Its lines are given up by `release`. */
  giveAway(callId: string): void {
    this.#succession.giveAway(callId);
  }

  /** As `Succession.whereabouts`: what a node that joins is told. */
  whereabouts(now: Millis): Whereabouts {
    return this.#succession.whereabouts(now);
  }

  /** Another node goes on with the call, or has seen its end: what this one had of it is forgotten, and nothing is said to anybody. */
  leave(callId: string, isOver: boolean, now: Millis): void {
    this.#turn(now, () => this.#succession.leave(callId, isOver, now));
  }

  /** Forgets the calls that another node has written since this one did: what is known of them here is hearsay. */
  forgetOthers(now: Millis): void {
    this.#succession.forgetOthers(now);
  }

  #turn(now: Millis, act: () => void): void {
    act();
    this.#settle(now);
  }

  #partyOf(callId: string, role: HalfCallRole): LineName | undefined {
    const call = this.#board.call(callId);
    const station = call && this.#board.stationOf(call, role);
    return station instanceof Party ? station.name : undefined;
  }

  /** What features make of a call that has changed. */
  #followFeatures(call: Call, now: Millis): void {
    if (call.serves) return call.serves.follow(call, now);
    this.#operator.conferences.follow(call, now);
    this.#operator.holdMusic.follow(call, now);
  }

  /** The end of every input: orders go out, and what has changed is kept. */
  #settle(now: Millis): void {
    const changed = new Set<Call>();
    // What features do may change calls in turn.
    for (let news = this.#board.takeChanged(), round = 0; news.length > 0 && round < ROUNDS; news = this.#board.takeChanged(), round += 1)
      for (const call of news) {
        changed.add(call);
        if (this.#ledger.isForeign(call, now)) this.#operator.giveAway(call);
        this.#followFeatures(call, now);
      }
    for (const call of changed) this.#anchoring.follow(call, now);
    this.#board.giveOrders(now);
    this.#ledger.write(changed, now);
  }

  /** No new calls from now on: who goes off-hook hears reorder tone. Calls go on, and who dials may end his number. */
  drain(): void {
    this.#operator.hunting.draining = true;
  }

  tick(now: Millis): void {
    this.#board.expire(now);
    this.#settle(now);
  }

  deadline(): Millis {
    return this.#board.deadline();
  }

  /** This node has heard of the line, or has told it what to be; `true` for one that is not configured, too. */
  knows(name: LineName): boolean {
    return this.#board.line(name)?.known ?? true;
  }

  // --- listings ----------------------------------------------------------------------------------------------------

  /** What a drain waits for: calls of which somebody is here, lines that dial, and lines on their way to what was ordered (not longer than a set-up). */
  pending(now: Millis): number {
    return this.#board.pending(now);
  }

  /** Calls in the order in which they were set up here; `protocol` of both legs where they differ. */
  calls(_now: Millis, limit: number): readonly CallSummary[] {
    return this.#board.summaries(limit);
  }
}

/** A feature that follows itself for ever is not followed for ever. */
const ROUNDS = 16;

function nameOf(slot: number, nodes: readonly string[] = []): string {
  return nodes[slot] ?? `node${slot}`;
}
