// The requests of others: new ones go up, copies get what was answered, long ones TransactionPending (RFC 3525 D.1.1, D.1.4).
import { isDeepStrictEqual } from 'node:util';
import { hopKey, isReliable, type Millis, NEVER, type Outcome, TimerQueue, type Estimators, nextSchedule } from '@altpath/core';
import { formatMId } from '../codec/text/index.js';
import type { AckRange, ContextId, ErrorDescriptor, MId, TransactionId, TransactionReply, TransactionRequest } from '../message/index.js';
import type { Acknowledgements } from './acknowledgements.js';
import type { ReplyResult, RequestHandle } from './events.js';
import { History, ServerRecord } from './history.js';
import { Effect, State, StateEvent, step } from './machines.js';
import { type Outbox, type Place, summaryOf } from './outbox.js';
import type { ProvisionalSettings, TransactionSettings } from './settings.js';

/** H.248.8 */
const INTERNAL = 500;
const PENDINGS_EXCEEDED = 506;
const INSUFFICIENT_RESOURCES = 510;
/** Deviation: a reply of version 3 may be sent in parts; ours are refused whole, being shorter than a datagram but for audits of everything. */
const TOO_LONG = 533;

export class Replies<Token> {
  readonly #history: History;
  readonly #timers: TimerQueue<ServerRecord>;
  #executing = 0;

  constructor(
    private readonly settings: TransactionSettings,
    private readonly outbox: Outbox<Token>,
    private readonly estimators: Estimators,
    private readonly acknowledgements: Acknowledgements,
    now: Millis,
  ) {
    this.#timers = new TimerQueue(now);
    this.#history = new History(settings, (record) => this.#timers.arm(record.timer, record.deadline));
  }

  /** Requests that are executing. */
  get executing(): number {
    return this.#executing;
  }

  /** What is remembered. */
  get memory(): { readonly records: number; readonly bytes: number } {
    return { records: this.#history.size, bytes: this.#history.bytes };
  }

  get deadline(): Millis {
    return this.#timers.deadline();
  }

  receive(request: TransactionRequest, mId: MId, place: Place, now: Millis): void {
    const peer = formatMId(mId);
    const { transactionId, actions } = request;
    const known = this.#history.find(peer, transactionId);
    if (known !== undefined && isDeepStrictEqual(known.actions, actions)) return this.#copy(known, place, now);
    if (known !== undefined) this.#supersede(known);
    const { hop, encoding, version } = place;
    this.outbox.trace('in', () => summaryOf(actions), actions, hop, now);
    const record = new ServerRecord(transactionId, peer, actions, hop, encoding, version, now);
    const isOverloaded = this.#executing >= this.settings.limit;
    if (isOverloaded || !this.#history.add(record)) {
      this.outbox.count('megaco.overload', isOverloaded ? 'limit' : 'memory');
      this.refuse(transactionId, { kind: 'error', code: INSUFFICIENT_RESOURCES }, place);
      return;
    }
    this.#executing += 1;
    record.pendingAt = now + this.#provisional(record).provisionalMs;
    this.#timers.arm(record.timer, record.deadline);
    this.outbox.tell({ kind: 'request', request, mId, handle: record });
  }

  /** Gives the reply and sends it. @returns `false` when one was given before. */
  respond(handle: RequestHandle, result: ReplyResult, now: Millis, version: number = handle.version): boolean {
    const record = recordOf(handle);
    // D.1.4, D.2.4: over TCP nothing need be confirmed at once.
    const asksForAck = record.state === State.Informed && !isReliable(record.source.transport);
    if (step(record, asksForAck ? StateEvent.ReplyToConfirm : StateEvent.Reply) & Effect.Unexpected) {
      this.outbox.count('megaco.reply.late', 'answered');
      return false;
    }
    const place = { hop: record.source, encoding: record.encoding, version };
    const bytes = this.#encode(record, result, asksForAck, place);
    this.#settle(record, now);
    if (bytes !== undefined) {
      this.#history.store(record, bytes);
      this.outbox.send(bytes, record.source);
    }
    this.outbox.trace('out', () => `reply ${describe(result)}`, record.actions, record.source, now);
    return true;
  }

  /** Sends TransactionPending, or 506 where there were enough. @returns `false` when a reply was given before. */
  pend(handle: RequestHandle, now: Millis): boolean {
    const record = recordOf(handle);
    if (record.answered) return false;
    const { provisionalMs, ownPendingLimit } = this.#provisional(record);
    if (record.pendings >= ownPendingLimit) {
      this.outbox.count('megaco.overdue');
      this.outbox.tell({ kind: 'overdue', handle: record });
      return this.respond(record, { kind: 'error', code: PENDINGS_EXCEEDED }, now);
    }
    step(record, StateEvent.Pending);
    record.pendings += 1;
    record.pendingAt = now + provisionalMs;
    this.#timers.arm(record.timer, record.deadline);
    this.outbox.sendTransaction({ kind: 'pending', transactionId: record.transactionId }, placeOf(record));
    this.outbox.trace('out', () => 'pending', record.actions, record.source, now);
    return true;
  }

  /** Nothing more is said to this request, and nothing is remembered of it. @returns `false` after the reply. */
  drop(handle: RequestHandle): boolean {
    const record = recordOf(handle);
    if (record.answered) return false;
    this.#executing -= 1;
    record.state = State.Ended;
    this.#timers.disarm(record.timer);
    this.#history.forget(record);
    return true;
  }

  /** Answers without remembering; in the reply to one action where its context is known. */
  refuse(transactionId: TransactionId, error: ErrorDescriptor, place: Place, contextId?: ContextId): void {
    this.outbox.count('megaco.refused', String(error.code));
    const result: ReplyResult = contextId === undefined ? error : { kind: 'actions', actions: [{ contextId, commands: [], error }] };
    this.outbox.sendTransaction({ kind: 'reply', transactionId, result }, place);
  }

  /** TransactionResponseAck */
  acknowledged(ranges: readonly AckRange[], mId: MId): void {
    this.#history.confirm(formatMId(mId), ranges);
  }

  tick(now: Millis): void {
    this.#timers.expire(now, (record) => this.#elapsed(record, now));
  }

  /** Copies say the same (D.1.1). Who asks for something else under an old id has started anew, and counts from the beginning. */
  #supersede(record: ServerRecord): void {
    this.outbox.count('megaco.renumbered');
    if (this.drop(record)) return;
    this.#timers.disarm(record.timer);
    this.#history.forget(record);
  }

  #copy(record: ServerRecord, { hop, encoding }: Place, now: Millis): void {
    this.outbox.count('megaco.duplicate', duplicateOf(record.state));
    this.outbox.trace('in', () => summaryOf(record.actions), record.actions, hop, now, 'retransmission');
    // Whoever repeats it waits there.
    record.source = hop;
    record.encoding = encoding;
    const effects = step(record, StateEvent.Copy);
    if (effects & Effect.Inform) this.pend(record, now);
    if (effects & Effect.Transmit) this.#sendAgain(record, now);
  }

  #elapsed(record: ServerRecord, now: Millis): void {
    if (record.expireAt <= now) {
      step(record, StateEvent.Expire);
      return this.#history.forget(record);
    }
    if (record.pendingAt <= now) this.pend(record, now);
    else if (record.repeatAt <= now) this.#repeat(record, now);
    this.#timers.arm(record.timer, record.deadline);
  }

  /** A reply that waits for its acknowledgement, under the rules for requests. */
  #repeat(record: ServerRecord, now: Millis): void {
    const isLate = now - record.answeredAt > this.settings.tMaxMs;
    record.repeatAt = NEVER;
    if (!(step(record, isLate ? StateEvent.Late : StateEvent.Repeat) & Effect.Transmit)) return;
    record.schedule = nextSchedule(this.#scheduleOf(record), this.settings, this.outbox.environment.random);
    record.repeatAt = now + record.schedule.gapMs;
    this.outbox.count('megaco.retransmission', 'reply');
    this.#sendAgain(record, now);
  }

  #sendAgain(record: ServerRecord, now: Millis): void {
    if (record.bytes === undefined) return;
    this.outbox.trace('out', () => 'reply', record.actions, record.source, now, 'retransmission');
    this.outbox.send(record.bytes, record.source);
  }

  #settle(record: ServerRecord, now: Millis): void {
    this.#executing -= 1;
    record.answeredAt = now;
    record.pendingAt = NEVER;
    record.expireAt = now + this.settings.longTimerMs;
    if (record.state === State.Unconfirmed) {
      record.schedule = this.#scheduleOf(record);
      record.repeatAt = now + record.schedule.gapMs;
    }
    this.#timers.arm(record.timer, record.deadline);
  }

  /** Where the reply cannot be written an error goes in its place: what was asked is done, and is not done again. */
  #encode(record: ServerRecord, result: ReplyResult, immAckRequired: boolean, place: Place): Buffer | undefined {
    const { transactionId } = record;
    const ack = this.acknowledgements.take(place);
    const reply: TransactionReply = { kind: 'reply', transactionId, result, ...(immAckRequired && { immAckRequired }) };
    const outcome = this.outbox.encodeTransactions(ack === undefined ? [reply] : [reply, ack], place);
    if (outcome.ok) return outcome.value;
    this.outbox.count('megaco.unencodable', outcome.fault.code);
    const code = outcome.fault.code === 'megaco.length' ? TOO_LONG : INTERNAL;
    const instead: Outcome<Buffer> = this.outbox.encodeTransactions([{ ...reply, result: { kind: 'error', code } }], place);
    return instead.ok ? instead.value : undefined;
  }

  #provisional(record: ServerRecord): ProvisionalSettings {
    return { ...this.settings, ...this.outbox.environment.provisionalOf?.(record.peer) };
  }

  #scheduleOf(record: ServerRecord): NonNullable<ServerRecord['schedule']> {
    return record.schedule ?? this.estimators.first(hopKey(record.source));
  }
}

function recordOf(handle: RequestHandle): ServerRecord {
  if (!(handle instanceof ServerRecord)) throw new TypeError('not a handle of this layer');
  return handle;
}

function placeOf({ source, encoding, version }: ServerRecord): Place {
  return { hop: source, encoding, version };
}

function describe(result: ReplyResult): string {
  return result.kind === 'error' ? String(result.code) : 'done';
}

function duplicateOf(state: State): string {
  if (state < State.Answered) return 'executing';
  return state === State.Confirmed ? 'confirmed' : 'answered';
}
