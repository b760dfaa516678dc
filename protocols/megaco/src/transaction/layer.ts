// The door of the transaction room, one for controllers and gateways (RFC 3525 §8, §9, Annex D): requests go out and are
// repeated until they are answered, requests come in and are executed at most once. Pure: it is fed, its events are
// polled, and it is ticked at its deadline.
import { hopKey, type Hop, type Millis, Estimators } from '@altpath/core';
import { type MegacoFault, VERSIONS } from '../codec/fault.js';
import {
  type ActionRequest,
  CHOOSE_CONTEXT,
  type ErrorDescriptor,
  type MegacoMessage,
  type MId,
  type Transaction,
  type TransactionId,
  type TransactionRequest,
} from '../message/index.js';
import { Acknowledgements } from './acknowledgements.js';
import type { Incoming } from './encoding.js';
import type { TransactionEnvironment } from './environment.js';
import type { Association, Outgoing, Outstanding, ReplyResult, RequestHandle, TransactionEvent } from './events.js';
import { Outbox, type Place } from './outbox.js';
import { Replies } from './replies.js';
import { Requests } from './requests.js';
import type { TransactionSettings } from './settings.js';

/** H.248.8 */
const SYNTAX_IN_TRANSACTION = 403;
/** One address is told once in this time that it cannot be read: two sides that do not understand each other must not go on for ever. */
const ERROR_PAUSE_MS: Millis = 1_000;
const MAX_TOLD = 1_024;

/**
 * @example
 * layer.receive(readMessage(data), hop, now);
 * for (let event = layer.poll(); event; event = layer.poll()) act(event);   // request, completed, failed, ...
 * wakeAt(layer.deadline());
 */
export class TransactionLayer<Token> {
  readonly #outbox: Outbox<Token>;
  readonly #requests: Requests<Token>;
  readonly #replies: Replies<Token>;
  readonly #estimators: Estimators;
  readonly #told = new Map<string, Millis>();

  constructor(settings: TransactionSettings, environment: TransactionEnvironment, now: Millis) {
    this.#outbox = new Outbox(environment);
    this.#estimators = new Estimators(settings);
    const acknowledgements = new Acknowledgements(settings.ackDelayMs);
    this.#requests = new Requests(settings, this.#outbox, this.#estimators, acknowledgements, now);
    this.#replies = new Replies(settings, this.#outbox, this.#estimators, acknowledgements, now);
  }

  /** Sends a request, or holds it while the rules of §9.1 let another go first. @returns its transaction id. */
  send(actions: readonly ActionRequest[], to: Association, token: Token, now: Millis): TransactionId {
    return this.#requests.send([{ actions, token }], to, now)[0] as TransactionId;
  }

  /** Several transactions in one message, where they fit and none has to wait; each is repeated alone. @returns their ids. */
  sendTogether(requests: readonly Outgoing<Token>[], to: Association, now: Millis): readonly TransactionId[] {
    return this.#requests.send(requests, to, now);
  }

  /**
   * Outstanding requests that match go on at a new place at once, with the same ids, and T-MAX begins again (D.1.5). Where
   * a registration is outstanding there, they wait for it. @returns how many.
   */
  redirect(matches: (outstanding: Outstanding<Token>) => boolean, to: Association, now: Millis): number {
    return this.#requests.redirect(matches, to, now);
  }

  /** Forgets outstanding requests that match, without an event. @returns how many. */
  abandon(matches: (outstanding: Outstanding<Token>) => boolean, now: Millis): number {
    return this.#requests.abandon(matches, now);
  }

  /** Requests of ours without a reply, oldest first. */
  outstanding(): Iterable<Outstanding<Token>> {
    return this.#requests.outstanding();
  }

  /**
   * One message. Who sends it was checked before: whoever is believed here may end transactions of the mId that it names.
   * What cannot be read is answered here with what the codec says of it.
   */
  receive({ encoding, decoded }: Incoming, hop: Hop, now: Millis): void {
    if (!decoded.ok) return this.#receiveBroken(decoded.fault, { hop, encoding, version: versionOf(decoded.fault) }, now);
    const { version, mId, body } = decoded.value;
    if (body.kind === 'error') return this.#outbox.tell({ kind: 'message-error', error: body, mId, hop });
    for (const transaction of body.transactions) this.#receiveOne(transaction, mId, { hop, encoding, version }, now);
  }

  #receiveOne(transaction: Transaction, mId: MId, place: Place, now: Millis): void {
    switch (transaction.kind) {
      case 'request':
        return this.#receiveRequest(transaction, mId, place, now);
      case 'reply': {
        const { transactionId, result } = transaction;
        // §8.1.1: it answers what had no readable id.
        if (transactionId === 0 && result.kind === 'error')
          return this.#outbox.tell({ kind: 'message-error', error: result, mId, hop: place.hop });
        return this.#requests.receiveReply(transaction, mId, place, now);
      }
      case 'pending':
        return this.#requests.receivePending(transaction.transactionId, mId, place.hop, now);
      case 'ack':
        return this.#replies.acknowledged(transaction.ranges, mId);
      case 'segment-reply':
        return this.#outbox.count('megaco.unexpected', 'segment');
      default:
        return transaction satisfies never;
    }
  }

  /** §8.1.1: the id 0 says that there is none. */
  #receiveRequest(request: TransactionRequest, mId: MId, place: Place, now: Millis): void {
    if (request.transactionId !== 0) return this.#replies.receive(request, mId, place, now);
    this.#replies.refuse(0, { kind: 'error', code: SYNTAX_IN_TRANSACTION, text: 'a transaction id other than 0 expected' }, place);
  }

  /** §8.3: the transactions in front of the broken one stand for themselves. */
  #receiveBroken(fault: MegacoFault, place: Place, now: Millis): void {
    this.#outbox.count('megaco.broken', fault.code);
    const { mId, transaction, contextId, whole } = fault.salvage;
    if (mId !== undefined) for (const each of whole) this.#receiveOne(each, mId, place, now);
    const error: ErrorDescriptor = { kind: 'error', code: fault.errorCode, text: quotable(fault.hint) };
    if (transaction === undefined) return this.#answerUnknown(error, mId !== undefined, place, now);
    const { kind, transactionId } = transaction;
    if (kind === 'request') return this.#replies.refuse(transactionId, error, place, contextOf(error, contextId));
    // A reply that cannot be read ends its transaction; what it did is not known, as with any failure.
    if (kind === 'reply') this.#requests.receiveReply({ kind: 'reply', transactionId, result: error }, mId, place, now);
  }

  #answerUnknown(error: ErrorDescriptor, isPastHeader: boolean, place: Place, now: Millis): void {
    const key = hopKey(place.hop);
    const toldAt = this.#told.get(key);
    if (toldAt !== undefined && now - toldAt < ERROR_PAUSE_MS) return this.#outbox.count('megaco.refused', 'unsaid');
    this.#told.delete(key);
    this.#told.set(key, now);
    if (this.#told.size > MAX_TOLD) this.#told.delete(this.#told.keys().next().value as string);
    // §8.1.1, §8.2.2: a transaction without a readable id.
    if (isPastHeader && error.code === SYNTAX_IN_TRANSACTION) return this.#replies.refuse(0, error, place);
    this.#outbox.count('megaco.refused', String(error.code));
    this.#outbox.sendBody(error, place);
  }

  /**
   * Answers a request.
   *
   * @param version  Where the reply shall be in another version than the request.
   * @returns        `false` when a reply was given before, be it 506 for being late; then nothing is sent.
   */
  respond(handle: RequestHandle, result: ReplyResult, now: Millis, version?: number): boolean {
    return this.#replies.respond(handle, result, now, version);
  }

  /** Forgets a request without an answer: it was another's to answer. A copy of it is new. @returns `false` after the reply. */
  drop(handle: RequestHandle): boolean {
    return this.#replies.drop(handle);
  }

  /** Sends TransactionPending at once; without it the layer does so in time (D.1.4). @returns `false` after the reply. */
  pend(handle: RequestHandle, now: Millis): boolean {
    return this.#replies.pend(handle, now);
  }

  /** Answers every request of a message of somebody who is not obeyed, without remembering; nothing else of it counts. */
  refuse({ encoding, decoded }: Incoming, error: ErrorDescriptor, hop: Hop): void {
    if (!decoded.ok || decoded.value.body.kind === 'error') return;
    const { version } = decoded.value;
    for (const { transactionId } of requestsOf(decoded.value)) this.#replies.refuse(transactionId, error, { hop, encoding, version });
  }

  /** Nothing gets there (ICMP), or its connection is closed: what waits there is suspicious at once. */
  unreachable(hop: Hop): void {
    this.#requests.unreachable(hop);
  }

  /** @returns the next event, oldest first. */
  poll(): TransactionEvent<Token> | undefined {
    return this.#outbox.poll();
  }

  tick(now: Millis): void {
    this.#requests.tick(now);
    this.#replies.tick(now);
  }

  deadline(): Millis {
    return Math.min(this.#requests.deadline, this.#replies.deadline);
  }

  /** Requests of ours without a reply; requests of others that are executing; what is remembered of others in all. */
  get load(): { readonly sent: number; readonly executing: number; readonly records: number; readonly bytes: number } {
    return { sent: this.#requests.count, executing: this.#replies.executing, ...this.#replies.memory };
  }

  /** The smoothed time that an address takes to answer, in milliseconds; undefined before the first measurement. */
  responseTimeMs(hop: Hop): Millis | undefined {
    return this.#estimators.averageMs(hopKey(hop));
  }
}

/**
 * §8.2.2: what is wrong in an action or in a command of it is said in the reply to that action. Nothing of the transaction
 * is executed, not even what stands in front of it: Deviation, listed in docs/deviations.md.
 */
function contextOf({ code }: ErrorDescriptor, contextId: number | undefined): number | undefined {
  return code === SYNTAX_IN_TRANSACTION || contextId === CHOOSE_CONTEXT ? undefined : contextId;
}

/** An error is written in a version that the other side may speak: its own where we know that one. */
function versionOf({ salvage: { version } }: MegacoFault): number {
  return version !== undefined && VERSIONS.includes(version) ? version : 1;
}

function requestsOf({ body }: MegacoMessage): readonly Extract<Transaction, { kind: 'request' }>[] {
  return body.kind === 'error' ? [] : body.transactions.filter((each) => each.kind === 'request');
}

/** An error text stands in quotes. */
function quotable(text: string): string {
  return text.replace(/[^\x20-\x7e]|"/g, "'");
}
