// The door of the transaction room, one for both sides of the wire (RFC 3435 §3.5, §4.3; RFC 3991 §2.1): commands go
// out and are repeated until they are answered, commands come in and are executed at most once. Pure: it is fed, its
// events are polled, and it is ticked at its deadline.
import type { Hop, Millis, ResolvedAddress } from '@altpath/core';
import type { BrokenMessage, Decoded } from '../codec/index.js';
import type { CommandDraft, MgcpResponse, ResponseDraft } from '../message/message.js';
import { Answers } from './answers.js';
import { Commands } from './commands.js';
import type { TransactionEnvironment } from './environment.js';
import type { CommandHandle, Destination, Outgoing, Outstanding, TransactionEvent } from './events.js';
import { Outbox } from './outbox.js';
import type { TransactionSettings } from './settings.js';

/**
 * @example
 * layer.receive(message, hop, now);
 * for (let event = layer.poll(); event; event = layer.poll()) act(event);   // command, completed, failed, ...
 * wakeAt(layer.deadline());
 */
export class TransactionLayer<Token> {
  readonly #outbox: Outbox<Token>;
  readonly #commands: Commands<Token>;
  readonly #answers: Answers<Token>;

  constructor(settings: TransactionSettings, environment: TransactionEnvironment, now: Millis) {
    this.#outbox = new Outbox(environment);
    this.#commands = new Commands(settings, this.#outbox, now);
    this.#answers = new Answers(settings, this.#outbox, this.#commands, now);
  }

  /** Sends a command and repeats it until it is answered. @returns its transaction id. */
  send(command: CommandDraft, to: Destination, token: Token, now: Millis): number {
    return this.#commands.send({ command, to, token }, now);
  }

  /**
   * Outstanding commands that match go on at a new place at once, with the same id; T-MAX runs on (§4.3, "new Call
   * Agent"). Those that go there already are left alone.
   *
   * @returns how many matched.
   */
  redirect(matches: (outstanding: Outstanding<Token>) => boolean, to: Destination, now: Millis): number {
    return this.#commands.redirect(matches, to, now);
  }

  /** Forgets outstanding commands that match, without an event: a thawed node has lost the right to them. @returns how many. */
  abandon(matches: (outstanding: Outstanding<Token>) => boolean): number {
    return this.#commands.abandon(matches);
  }

  /** Commands of ours without a final response, oldest first. */
  outstanding(): Iterable<Outstanding<Token>> {
    return this.#commands.outstanding();
  }

  /**
   * One message; those of one datagram are given in their order, each whatever became of the others (§3.5.5). Who
   * sends it was checked before. A command that cannot be read is refused here, with what the codec says of it.
   */
  receive(message: Decoded, hop: Hop, now: Millis): void {
    this.#commands.heard(hop.host, message.kind === 'command');
    if (message.kind === 'command') this.#answers.receive(message, hop, now);
    else if (message.kind === 'broken') this.#receiveBroken(message, hop, now);
    else if (message.code < 100) this.#answers.acknowledged(message.transactionId, hop);
    else this.#commands.receive(message, hop, now);
  }

  #receiveBroken(message: BrokenMessage, hop: Hop, now: Millis): void {
    this.#outbox.count('mgcp.broken', message.fault.code);
    const { transactionId } = message;
    if (transactionId === undefined) return;
    if (!message.isResponse)
      this.#answers.refuse(transactionId, { code: message.code, comment: message.fault.hint }, hop, now, message.verb);
    // What a provisional response failed to say is repeated by the final one.
    else if (message.responseCode === undefined || message.responseCode >= 200)
      this.#commands.receive(unreadable(message, transactionId), hop, now);
  }

  /**
   * Answers a command. A code below 200 may be followed by others. `followUp` leaves in the same datagram, behind the
   * response, to the command's source, and so do copies of either while it is outstanding (§3.5.5, lockstep); when
   * that address stays silent the follow-up goes on alone to its own destination.
   *
   * @returns false when a final response was given before, be it 406 for being late; then nothing is sent.
   */
  respond(handle: CommandHandle, response: ResponseDraft, now: Millis, followUp?: Outgoing<Token>): boolean {
    if (followUp === undefined) return this.#answers.respond(handle, response, now);
    const record = this.#answers.give(handle, response, now);
    if (record !== undefined) this.#commands.sendBehind(record, followUp, now);
    return record !== undefined;
  }

  /**
   * §4.4.7, of a disconnected endpoint: the lead (RSIP) and then the response in one datagram to the command's source.
   * The lead is repeated on its own way to its own destination, and copies of the response go with it, while it is
   * outstanding. `outstanding` names a command that is on its way already.
   *
   * @returns false when a final response was given before; then nothing is sent.
   */
  sendBundle(
    handle: CommandHandle,
    response: ResponseDraft,
    lead: Outgoing<Token> | { readonly outstanding: Token },
    now: Millis,
  ): boolean {
    const record = this.#answers.give(handle, response, now);
    if (record === undefined) return false;
    if (!this.#commands.sendBefore(record, lead, now)) this.#outbox.send(record.bytes as Buffer, record.source);
    return true;
  }

  /** An answer to what is worth no memory: a command that could not be read, or of somebody who is not obeyed. */
  refuse(transactionId: number, response: ResponseDraft, hop: Hop, now: Millis): void {
    this.#answers.refuse(transactionId, response, hop, now);
  }

  /** @returns false when the question is not of this layer, or its answer is no longer awaited. */
  resolved(id: number, addresses: readonly ResolvedAddress[], now: Millis): boolean {
    return this.#commands.resolved(id, addresses, now);
  }

  /** Nothing gets there (ICMP): commands that wait there go on to their next address at once, where they have one. */
  unreachable(hop: Hop, now: Millis): void {
    this.#commands.unreachable(hop, now);
  }

  /** @returns the next event, oldest first. */
  poll(): TransactionEvent<Token> | undefined {
    return this.#outbox.poll();
  }

  tick(now: Millis): void {
    this.#commands.tick(now);
    this.#answers.tick(now);
  }

  deadline(): Millis {
    return Math.min(this.#commands.deadline, this.#answers.deadline);
  }

  /** Commands of ours without a final response; commands of others that are executing; what is remembered of those answered. */
  get load(): { readonly sent: number; readonly executing: number; readonly records: number; readonly bytes: number } {
    return { sent: this.#commands.count, executing: this.#answers.executing, ...this.#answers.memory };
  }

  /** The smoothed time that an address takes to answer, in milliseconds; undefined before the first measurement (§4.4.8). */
  responseTimeMs(address: string): Millis | undefined {
    return this.#commands.estimators.averageMs(address);
  }
}

/** A final response that cannot be read ends its transaction; what it did is not known, as with any failure. */
function unreadable(message: BrokenMessage, transactionId: number): MgcpResponse {
  const comment = message.fault.hint;
  return { kind: 'response', code: PROTOCOL_ERROR, transactionId, comment, parameters: {}, descriptions: [], bytes: message.bytes };
}

const PROTOCOL_ERROR = 510;
