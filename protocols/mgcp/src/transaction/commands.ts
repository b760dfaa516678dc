// The commands of ours that are out: sent, repeated, moved to other addresses, completed (RFC 3435 §3.5, §4.3).
import { formatHostPort, NEVER, TimerQueue, type Hop, type Millis, type ResolvedAddress, defaultSchedule, Estimators } from '@altpath/core';
import { encodeCommand, encodeResponse } from '../codec/index.js';
import type { CommandDraft, MgcpResponse } from '../message/message.js';
import { ClientTransaction } from './client.js';
import { Confirmations } from './confirmations.js';
import type { Destination, Outgoing, Outstanding } from './events.js';
import type { ServerRecord } from './history.js';
import { Effect, State, StateEvent, step } from './machines.js';
import type { Outbox } from './outbox.js';
import { addressOf, NameTable, Trail, type Address } from './places.js';
import type { TransactionSettings } from './settings.js';

const NO_BYTES = Buffer.alloc(0);

export class Commands<Token> {
  readonly estimators: Estimators;
  readonly #sent = new Map<number, ClientTransaction<Token>>();
  /** Those in Resolving. */
  readonly #waiting = new Set<ClientTransaction<Token>>();
  readonly #timers: TimerQueue<ClientTransaction<Token>>;
  readonly #names: NameTable;
  readonly #confirmations = new Confirmations();
  #outstanding = 0;
  #question = 0;

  constructor(
    private readonly settings: TransactionSettings,
    private readonly outbox: Outbox<Token>,
    now: Millis,
  ) {
    this.#timers = new TimerQueue(now);
    this.estimators = new Estimators(settings);
    this.#names = new NameTable(({ host, port }) => {
      const { environment } = outbox;
      const id = environment.resolveId?.() ?? (this.#question += 1);
      environment.emit({ kind: 'resolve', id, question: { host, port, transport: 'udp', secure: false, service: 'mgcp' } });
      return id;
    });
  }

  /** Commands without a final response. */
  get count(): number {
    return this.#outstanding;
  }

  get deadline(): Millis {
    return this.#timers.deadline();
  }

  *outstanding(): Iterable<Outstanding<Token>> {
    for (const client of this.#sent.values()) if (client.isOutstanding) yield client;
  }

  send(outgoing: Outgoing<Token>, now: Millis): number {
    const client = this.#create(outgoing, new Trail(outgoing.to.names), now);
    this.#onward(client, now);
    return client.transactionId;
  }

  /** Sends a command in one datagram with the response that `record` holds, behind it, first to where that goes. */
  sendBehind(record: ServerRecord, outgoing: Outgoing<Token>, now: Millis): void {
    const client = this.#create(outgoing, new Trail(outgoing.to.names, addressOf(record.source)), now);
    this.#join(client, record, 'response-first');
    this.#take(client, StateEvent.Addressed, now);
  }

  /**
   * Sends a command in one datagram with the response of `record`, before it, and on its own way too, which alone is
   * repeated (§4.4.7).
   *
   * @returns false when there is no such command; then the response is not sent.
   */
  sendBefore(record: ServerRecord, lead: Outgoing<Token> | { readonly outstanding: Token }, now: Millis): boolean {
    const isNew = 'command' in lead;
    const client = isNew ? this.#create(lead, new Trail(lead.to.names), now) : this.#findByToken(lead.outstanding);
    if (client === undefined) return false;
    this.#join(client, record, 'command-first');
    if (isNew) this.#onward(client, now);
    const isSent = isNew && client.hop !== undefined && isSamePlace(client.hop, record.source);
    if (isSent || !client.isOutstanding) return isSent;
    this.sendWithCompanion(record, now);
    return true;
  }

  /** Sends the response of `record` again; in one datagram with the command that it belongs with, while that is outstanding. */
  sendWithCompanion(record: ServerRecord, now: Millis): void {
    const companion = record.companion as ClientTransaction<Token> | undefined;
    if (companion?.bundle === undefined || record.bytes === undefined) {
      if (record.bytes !== undefined) this.outbox.send(record.bytes, record.source);
      return;
    }
    // Which copy an answer is for can no longer be told.
    companion.repeated = true;
    this.outbox.sendTogether(inOrder(companion, record.bytes), record.source);
    this.outbox.traceCommand('out', companion.command, record.source, now, 'with its response');
  }

  redirect(matches: (outstanding: Outstanding<Token>) => boolean, to: Destination, now: Millis): number {
    let moved = 0;
    for (const client of this.#sent.values()) {
      if (!client.isOutstanding || !matches(client)) continue;
      moved += 1;
      client.trail = new Trail(to.names);
      if (client.isLate(now) || client.state === State.Silent) continue;
      const before = client.hop;
      const onward = client.onward(this.#names, now);
      if (onward === undefined) continue;
      // It goes there already: its repetitions run on.
      const isThere = onward === StateEvent.Addressed && before !== undefined && isAt(before, client.trail.current);
      if (isThere && client.state !== State.Resolving) continue;
      this.#take(client, onward, now, 'redirected');
    }
    return moved;
  }

  abandon(matches: (outstanding: Outstanding<Token>) => boolean): number {
    let abandoned = 0;
    for (const client of this.#sent.values()) {
      if (!client.isOutstanding || !matches(client)) continue;
      abandoned += 1;
      client.state = State.Ended;
      this.#leave(client);
      this.#forget(client);
    }
    return abandoned;
  }

  /** A response with a code from 100 on. */
  receive(response: MgcpResponse, hop: Hop, now: Millis): void {
    const client = this.#sent.get(response.transactionId);
    if (client === undefined) {
      this.outbox.count('mgcp.response.unmatched', 'response');
      this.outbox.traceResponse('in', response.code, { verb: '', callId: '' }, hop, now, 'unmatched');
      if (response.code >= 200) this.outbox.environment.stray?.(response, now);
      return;
    }
    this.outbox.traceResponse('in', response.code, client.command, hop, now);
    this.#measure(client, now);
    if (response.code < 200) {
      client.repetitions = 0;
      client.isUnreachable = false;
      this.#take(client, StateEvent.Provisional, now, undefined, { response, hop });
      return;
    }
    const asksForAck = response.parameters.responseAck !== undefined;
    const side = client.trail.side;
    if (this.settings.confirms && !asksForAck && side !== undefined) this.#confirmations.answered(side, client.transactionId, now);
    this.#take(client, asksForAck ? StateEvent.FinalToConfirm : StateEvent.Final, now, undefined, { response, hop });
  }

  resolved(question: number, addresses: readonly ResolvedAddress[], now: Millis): boolean {
    if (!this.#names.answered(question, addresses, now)) return false;
    for (const client of [...this.#waiting]) this.#onward(client, now);
    return true;
  }

  unreachable(hop: Hop, now: Millis): void {
    this.#names.suspect(hop.host, now);
    for (const client of this.#sent.values()) {
      if (client.state !== State.Awaiting && client.state !== State.Proceeding) continue;
      if (client.hop === undefined || !isSamePlace(client.hop, hop) || client.isLate(now)) continue;
      client.isUnreachable = true;
      const left = client.hop;
      const onward = client.onward(this.#names, now);
      // §4.3: try others. Without any the repetitions go on: such a report can be forged, or be over in a second.
      if (onward === undefined) continue;
      this.outbox.tell({ kind: 'suspicious', token: client.token, hop: left });
      this.#take(client, onward, now, 'unreachable');
    }
  }

  /** Something came from there. */
  heard(host: string, isCommand: boolean): void {
    this.#names.heard(host, isCommand);
  }

  tick(now: Millis): void {
    this.#timers.expire(now, (client) => this.#elapsed(client, now));
  }

  #elapsed(client: ClientTransaction<Token>, now: Millis): void {
    switch (client.state) {
      case State.Resolving:
        if (client.isLate(now)) return this.#take(client, StateEvent.Late, now);
        client.trail.skipName();
        return this.#onward(client, now);
      case State.Awaiting:
      case State.Proceeding: {
        const left = client.hop;
        const isSuspicious = client.repetitions === this.settings.max1;
        const event = client.elapsed(this.#names, now);
        if (isSuspicious && event !== StateEvent.Late && left !== undefined) {
          this.#names.suspect(left.host, now);
          this.outbox.tell({ kind: 'suspicious', token: client.token, hop: left });
        }
        return this.#take(client, event, now, 'suspicious');
      }
      default:
        return this.#take(client, StateEvent.Expire, now);
    }
  }

  /** Takes what the trail gives; where that is nothing, the command has failed. */
  #onward(client: ClientTransaction<Token>, now: Millis): void {
    const isLate = client.isLate(now);
    this.#take(client, isLate ? StateEvent.Late : (client.onward(this.#names, now) ?? StateEvent.Exhausted), now, 'resolved');
  }

  /**
   * Feeds one event to the machine and does what the table says.
   *
   * @param why  For counters and traces: why another address is used.
   */
  #take(
    client: ClientTransaction<Token>,
    event: StateEvent,
    now: Millis,
    why?: string,
    received?: { readonly response: MgcpResponse; readonly hop: Hop },
  ): void {
    const { token, command } = client;
    const effects = step(client, event);
    if (effects & Effect.Unexpected) return this.outbox.count('mgcp.unexpected', 'client');
    if (client.state === State.Resolving) this.#waiting.add(client);
    else this.#waiting.delete(client);
    if (event === StateEvent.Wait) client.waitsSince = now;
    if (effects & Effect.Transmit) this.#transmit(client, event, now, why);
    if (effects & Effect.Confirm && received) this.#confirm(client, received.hop, now);
    if (effects & Effect.Silence) this.outbox.tell({ kind: 'silent', token });
    if (effects & Effect.Deliver && received) {
      this.outbox.tell({ kind: received.response.code < 200 ? 'provisional' : 'completed', token, command, ...received });
    }
    if (effects & Effect.Fail) {
      const reason = client.hop === undefined || client.isUnreachable ? 'unreachable' : 'timeout';
      this.outbox.count('mgcp.timeout', reason);
      this.outbox.tell({ kind: 'failed', token, command, reason });
    }
    if (!client.isOutstanding) this.#leave(client);
    if (effects & Effect.Finished) this.#forget(client);
    else this.#timers.arm(client.timer, client.deadline(now));
  }

  #transmit(client: ClientTransaction<Token>, event: StateEvent, now: Millis, why: string | undefined): void {
    const note = event === StateEvent.Addressed ? this.#beginAddress(client, why) : 'retransmission';
    if (event === StateEvent.Repeat) {
      client.repeat(this.outbox.environment.random);
      this.outbox.count('mgcp.retransmission', client.command.verb);
    }
    if (client.firstSentAt !== NEVER) client.repeated = true;
    else client.firstSentAt = now;
    const hop = client.hop as Hop;
    const response = client.bundle?.record.bytes;
    const isTogether = client.bundle !== undefined && response !== undefined && isSamePlace(hop, client.bundle.record.source);
    if (isTogether) this.outbox.sendTogether(inOrder(client, response), hop);
    else this.outbox.send(client.bytes, hop);
    this.outbox.traceCommand('out', client.command, hop, now, note);
  }

  /** The trail's present address is taken. @returns what a trace says of it. */
  #beginAddress(client: ClientTransaction<Token>, why: string | undefined): string | undefined {
    const address = client.trail.current as Address;
    const isFirst = client.firstSentAt === NEVER;
    // RFC 3991 §2.1: what was measured on the way to one place means nothing at another.
    client.beginAddress(isFirst ? this.estimators.first(address.key) : defaultSchedule(this.settings));
    const source = client.bundle?.record.source;
    const { listener } = this.outbox.environment;
    const isBack = source !== undefined && isAt(source, address);
    client.hop = isBack ? source : { transport: 'udp', host: address.host, port: address.port, listener };
    if (isFirst) return undefined;
    this.outbox.count('mgcp.alternate', why);
    return 'alternate';
  }

  /** RTT of a command that was sent once, else the gap that worked (§3.5.3). Only the first response says something. */
  #measure(client: ClientTransaction<Token>, now: Millis): void {
    if (client.state !== State.Awaiting || client.hop === undefined) return;
    const address = formatHostPort(client.hop);
    if (!client.repeated) this.estimators.answered(address, now - client.firstSentAt);
    else if (client.repetitions > 0) this.estimators.answeredLate(address, client.schedule.gapMs);
  }

  #confirm(client: ClientTransaction<Token>, hop: Hop, now: Millis): void {
    this.outbox.send(encodeResponse({ code: 0 }, client.transactionId), hop);
    this.outbox.traceResponse('out', 0, client.command, hop, now);
  }

  #create(outgoing: Outgoing<Token>, trail: Trail, now: Millis): ClientTransaction<Token> {
    const { command, to, token } = outgoing;
    const transactionId = this.outbox.environment.ids.next(now);
    const bytes = encodeCommand(this.#withConfirmations(command, to, now), transactionId);
    const client = new ClientTransaction(transactionId, command, token, bytes, trail, now, this.settings);
    this.#sent.set(transactionId, client);
    this.#outstanding += 1;
    return client;
  }

  #withConfirmations(command: CommandDraft, to: Destination, now: Millis): CommandDraft {
    const side = to.names[0];
    if (!this.settings.confirms || side === undefined) return command;
    const responseAck = this.#confirmations.take(side, this.settings.tHistMs, now);
    return responseAck.length === 0 ? command : { ...command, parameters: { ...command.parameters, responseAck } };
  }

  #join(client: ClientTransaction<Token>, record: ServerRecord, order: 'response-first' | 'command-first'): void {
    if (client.bundle !== undefined) client.bundle.record.companion = undefined;
    client.bundle = { record, order };
    record.companion = client;
  }

  #findByToken(token: Token): ClientTransaction<Token> | undefined {
    for (const client of this.#sent.values()) if (client.isOutstanding && client.token === token) return client;
    return undefined;
  }

  /** It is outstanding no longer; may be called again. */
  #leave(client: ClientTransaction<Token>): void {
    if (client.bytes === NO_BYTES) return;
    this.#outstanding -= 1;
    client.bytes = NO_BYTES;
    if (client.bundle?.record.companion === client) client.bundle.record.companion = undefined;
    client.bundle = undefined;
  }

  #forget(client: ClientTransaction<Token>): void {
    this.#sent.delete(client.transactionId);
    this.#waiting.delete(client);
    this.#timers.disarm(client.timer);
  }
}

function inOrder(
  client: { readonly bytes: Buffer; readonly bundle: ClientTransaction<unknown>['bundle'] },
  response: Buffer,
): readonly Buffer[] {
  return client.bundle?.order === 'command-first' ? [client.bytes, response] : [response, client.bytes];
}

function isSamePlace(a: Hop, b: Hop): boolean {
  return a.port === b.port && a.host === b.host;
}

function isAt(hop: Hop, address: Address | undefined): boolean {
  return address !== undefined && hop.port === address.port && hop.host === address.host;
}
