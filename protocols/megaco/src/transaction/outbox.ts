// What leaves the layer: messages through `emit`, events through a queue, traces to the observer.
import { type Hop, hopKey, isReliable, type Millis, type Outcome } from '@altpath/core';
import { MAX_HEADER_BYTES } from '../codec/authentication/index.js';
import { TPKT_MAX_PAYLOAD, tpktFrame } from '../codec/tpkt.js';
import type { ActionRequest, MessageBody, Transaction } from '../message/index.js';
import type { Encoding } from './encoding.js';
import type { TransactionEnvironment } from './environment.js';
import type { TransactionEvent } from './events.js';

/** All that one datagram of IPv4 can hold. */
const MAX_DATAGRAM = 65_507;

/** Where a message goes and how it is written. */
export interface Place {
  readonly hop: Hop;
  readonly encoding: Encoding;
  readonly version: number;
}

export class Outbox<Token> {
  #events: TransactionEvent<Token>[] = [];
  #read = 0;

  constructor(readonly environment: TransactionEnvironment) {}

  tell(event: TransactionEvent<Token>): void {
    this.#events.push(event);
  }

  /** @returns the next event, oldest first. */
  poll(): TransactionEvent<Token> | undefined {
    const event = this.#events[this.#read];
    if (event === undefined) {
      if (this.#read > 0) this.#events = [];
      this.#read = 0;
      return undefined;
    }
    this.#read += 1;
    return event;
  }

  /** The octets of a message, for `send`. Faults (blame: local): what its encoding cannot say, `megaco.length`. */
  encode(body: MessageBody, { hop, encoding, version }: Place): Outcome<Buffer> {
    const outcome = encoding.encode({ version, mId: this.environment.mIdOf(hop), body });
    if (!outcome.ok) return outcome;
    const { length } = outcome.value;
    const header = this.environment.sign === undefined ? 0 : MAX_HEADER_BYTES;
    if (length + header > (isReliable(hop.transport) ? TPKT_MAX_PAYLOAD : MAX_DATAGRAM))
      return { ok: false, fault: { code: 'megaco.length', blame: 'local', hint: `a message of ${length} octets` } };
    return outcome;
  }

  encodeTransactions(transactions: readonly Transaction[], place: Place): Outcome<Buffer> {
    return this.encode({ kind: 'transactions', transactions }, place);
  }

  /** Signs a message where it has to be, frames it for a stream, and sends it: each copy has its own signature. */
  send(message: Buffer, hop: Hop): void {
    const signed = this.environment.sign?.(message, hop) ?? message;
    this.environment.emit({ kind: 'send', data: isReliable(hop.transport) ? tpktFrame(signed) : signed, hop });
  }

  /** For what every encoding can say: acknowledgements, TransactionPending, errors. */
  sendBody(body: MessageBody, place: Place): void {
    const outcome = this.encode(body, place);
    if (outcome.ok) this.send(outcome.value, place.hop);
    else this.count('megaco.unencodable', outcome.fault.code);
  }

  sendTransaction(transaction: Transaction, place: Place): void {
    this.sendBody({ kind: 'transactions', transactions: [transaction] }, place);
  }

  count(name: string, reason?: string): void {
    this.environment.observer.count(name, reason);
  }

  /** One line of a ladder. `what` is asked only where somebody looks. */
  trace(direction: 'in' | 'out', what: () => string, actions: readonly ActionRequest[], hop: Hop, at: Millis, note?: string): void {
    const { observer, callIdOf } = this.environment;
    if (!observer.tracing) return;
    observer.trace({ at, callId: callIdOf?.(actions) ?? '', direction, peer: hopKey(hop), summary: what(), note });
  }
}

/** The commands of a request in one line: `modify line/1, add rtp/$`. */
export function summaryOf(actions: readonly ActionRequest[]): string {
  const commands = actions.flatMap((action) => action.commands);
  return commands.length === 0 ? 'empty' : commands.map(({ kind, terminationId }) => `${kind} ${terminationId}`).join(', ');
}
