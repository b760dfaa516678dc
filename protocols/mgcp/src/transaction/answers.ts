// The commands of others: new ones go up, copies get what was answered (RFC 3435 §3.5.1, §3.5.6), and when too many
// are executing their senders are told so (§4.4.8).
import { formatHostPort, NEVER, TimerQueue, type Hop, type Millis, nextSchedule } from '@altpath/core';
import { encodeResponse } from '../codec/index.js';
import type { MgcpCommand, ResponseDraft } from '../message/message.js';
import type { Commands } from './commands.js';
import type { CommandHandle } from './events.js';
import { History, ServerRecord } from './history.js';
import { Effect, State, StateEvent, step } from './machines.js';
import type { Outbox } from './outbox.js';
import type { TransactionSettings } from './settings.js';

const EXECUTING = 100;
const QUEUED = 101;
const TIMED_OUT = 406;
const OVERLOADED = 409;

export class Answers<Token> {
  readonly #history: History;
  readonly #timers: TimerQueue<ServerRecord>;
  /** Between the high-water mark and the low-water mark below it. */
  #isBehind = false;

  constructor(
    private readonly settings: TransactionSettings,
    private readonly outbox: Outbox<Token>,
    private readonly commands: Commands<Token>,
    now: Millis,
  ) {
    this.#timers = new TimerQueue(now);
    this.#history = new History(settings.scope, settings, (record) => this.#timers.arm(record.timer, record.deadline));
  }

  /** Commands that are executing. */
  get executing(): number {
    return this.#history.executing;
  }

  /** What is remembered. */
  get memory(): { readonly records: number; readonly bytes: number } {
    return { records: this.#history.size, bytes: this.#history.bytes };
  }

  get deadline(): Millis {
    return this.#timers.deadline();
  }

  receive(command: MgcpCommand, hop: Hop, now: Millis): void {
    const { responseAck } = command.parameters;
    if (responseAck !== undefined) this.#history.confirm(responseAck, command.endpoint.domain, hop.host);
    const known = this.#history.find(command);
    if (known !== undefined) return this.#copy(known, command, hop, now);
    this.outbox.traceCommand('in', command, hop, now);
    const record = this.#history.add(command, hop, now);
    if (record === undefined) {
      this.outbox.count('mgcp.overload', 'memory');
      this.refuse(command.transactionId, { code: OVERLOADED }, hop, now, command.verb);
      return;
    }
    if (this.outbox.environment.observer.tracing) record.callId = this.outbox.callIdOf(command);
    record.expireAt = now + this.settings.tHistMs;
    this.#timers.arm(record.timer, record.deadline);
    if (this.#history.executing > this.settings.limit) {
      this.outbox.count('mgcp.overload', 'limit');
      this.respond(record, { code: OVERLOADED }, now);
      return;
    }
    this.#lookAtLoad();
    this.outbox.tell({ kind: 'command', command, handle: record });
    if (this.#isBehind) this.respond(record, { code: QUEUED }, now);
  }

  /** Gives a response and sends it. @returns false when a final one was given before. */
  respond(handle: CommandHandle, response: ResponseDraft, now: Millis): boolean {
    const record = this.give(handle, response, now);
    if (record !== undefined) this.outbox.send(record.bytes as Buffer, record.source);
    return record !== undefined;
  }

  /** Gives a response without sending it: the caller does. @returns undefined when a final one was given before. */
  give(handle: CommandHandle, response: ResponseDraft, now: Millis): ServerRecord | undefined {
    if (!(handle instanceof ServerRecord)) throw new TypeError('not a handle of this layer');
    const isFinal = response.code >= 200;
    // §3.5.6: an empty K asks for 000; it stands in final responses after provisional ones, and in no others.
    const asksForAck = isFinal && handle.state === State.Informed;
    if (step(handle, isFinal ? StateEvent.Final : StateEvent.Provisional) & Effect.Unexpected) {
      this.outbox.count('mgcp.response.late', handle.verb);
      return undefined;
    }
    const draft = asksForAck ? { ...response, parameters: { ...response.parameters, responseAck: [] } } : response;
    handle.code = response.code;
    this.#history.store(handle, encodeResponse(draft, handle.transactionId));
    if (isFinal) this.#settle(handle, now);
    this.outbox.traceResponse('out', response.code, handle, handle.source, now);
    return handle;
  }

  /** Answers without remembering. */
  refuse(transactionId: number, response: ResponseDraft, hop: Hop, now: Millis, verb = ''): void {
    this.outbox.count('mgcp.refused', String(response.code));
    this.outbox.send(encodeResponse(response, transactionId), hop);
    this.outbox.traceResponse('out', response.code, { verb, callId: '' }, hop, now);
  }

  /** 000 */
  acknowledged(transactionId: number, hop: Hop): void {
    if (!this.#history.acknowledged(transactionId, hop.host)) this.outbox.count('mgcp.response.unmatched', 'acknowledgement');
  }

  tick(now: Millis): void {
    this.#timers.expire(now, (record) => this.#elapsed(record, now));
  }

  #copy(record: ServerRecord, command: MgcpCommand, hop: Hop, now: Millis): void {
    this.outbox.count('mgcp.duplicate', duplicateOf(record.state));
    this.outbox.traceCommand('in', command, hop, now, 'retransmission');
    // Whoever repeats it waits there.
    record.source = hop;
    const effects = step(record, StateEvent.Copy);
    if (effects & Effect.Inform) {
      const code = this.#isBehind ? QUEUED : EXECUTING;
      this.#history.store(record, encodeResponse({ code }, record.transactionId));
      record.code = code;
      this.outbox.traceResponse('out', code, record, hop, now);
      this.outbox.send(record.bytes as Buffer, hop);
    }
    if (effects & Effect.Transmit) this.#sendAgain(record, now);
  }

  #elapsed(record: ServerRecord, now: Millis): void {
    if (record.expireAt <= now) {
      const effects = step(record, StateEvent.Expire);
      if (effects & Effect.Finished) return this.#history.forget(record);
      this.outbox.count('mgcp.overdue', record.verb);
      this.outbox.tell({ kind: 'overdue', handle: record });
      this.respond(record, { code: TIMED_OUT }, now);
      return;
    }
    if (record.repeatAt <= now) this.#repeat(record, now);
    this.#timers.arm(record.timer, record.deadline);
  }

  /** A response that waits for its 000, under the rules for commands, but to one address and never to the end of a line. */
  #repeat(record: ServerRecord, now: Millis): void {
    const isLate = now - record.answeredAt > this.settings.tMaxMs || record.repetitions >= this.settings.max1;
    record.repeatAt = NEVER;
    if (!(step(record, isLate ? StateEvent.Late : StateEvent.Repeat) & Effect.Transmit)) return;
    record.repetitions += 1;
    record.schedule = nextSchedule(this.#scheduleOf(record), this.settings, this.outbox.environment.random);
    record.repeatAt = now + record.schedule.gapMs;
    this.outbox.count('mgcp.retransmission', 'response');
    this.#sendAgain(record, now);
  }

  #sendAgain(record: ServerRecord, now: Millis): void {
    this.outbox.traceResponse('out', record.code, record, record.source, now, 'retransmission');
    this.commands.sendWithCompanion(record, now);
  }

  #settle(record: ServerRecord, now: Millis): void {
    this.#history.settle(record);
    this.#lookAtLoad();
    record.answeredAt = now;
    record.expireAt = now + this.settings.tHistMs;
    if (record.state === State.Unconfirmed) {
      record.schedule = this.#scheduleOf(record);
      record.repeatAt = now + record.schedule.gapMs;
    }
    this.#timers.arm(record.timer, record.deadline);
  }

  #scheduleOf(record: ServerRecord): NonNullable<ServerRecord['schedule']> {
    return record.schedule ?? this.commands.estimators.first(formatHostPort(record.source));
  }

  #lookAtLoad(): void {
    const { executing } = this.#history;
    if (executing >= this.settings.highWater) this.#isBehind = true;
    else if (executing <= this.settings.lowWater) this.#isBehind = false;
  }
}

function duplicateOf(state: State): string {
  if (state < State.Answered) return 'executing';
  return state === State.Confirmed ? 'confirmed' : 'answered';
}
