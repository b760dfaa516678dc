// The door of the transaction room, one for both sides of the wire (RFC 3435 §3.5, §4.3; RFC 3991 §2.1): commands go
// out and are repeated until they are answered, commands come in and are executed at most once.
import type { AdapterOutput, Hop, Millis, Observer, ResolvedAddress } from '@altpath/core';
import type { CommandDraft, MgcpCommand, MgcpMessage, ResponseDraft } from '../message/message.js';
import type { CommandHandle, Destination, Outgoing, Outstanding, TransactionEvent } from './events.js';
import type { TransactionIds } from './ids.js';
import type { TransactionSettings } from './settings.js';

/** What the layer needs of whoever owns it. */
export interface TransactionEnvironment {
  /** Gets `send` and `resolve` outputs in the order in which they are to be performed. */
  emit(output: AdapterOutput): void;
  /** In [0, 1). */
  random(): number;
  readonly ids: TransactionIds;
  readonly observer: Observer;
  /** Where the owner asks for names too: its numbers for `resolve`. Default: the layer's own, from 1. */
  resolveId?(): number;
  /** The call that a command belongs to, for traces. Default: its C, else ''. */
  callIdOf?(command: MgcpCommand | CommandDraft): string;
  /** The local listener that sends commands; answers leave by the one that received. */
  readonly listener?: number | undefined;
}

export declare class TransactionLayer<Token> {
  constructor(settings: TransactionSettings, environment: TransactionEnvironment, now: Millis);
  /** Sends a command and repeats it until it is answered. @returns its transaction id. */
  send(command: CommandDraft, to: Destination, token: Token, now: Millis): number;
  /** Outstanding commands that match go on at a new place, at once and with the same id (§4.3). @returns how many. */
  redirect(matches: (outstanding: Outstanding<Token>) => boolean, to: Destination, now: Millis): number;
  /** Forgets outstanding commands that match, without an event. @returns how many. */
  abandon(matches: (outstanding: Outstanding<Token>) => boolean): number;
  outstanding(): Iterable<Outstanding<Token>>;
  /** One message of a datagram; several are given in their order. */
  receive(message: MgcpMessage, hop: Hop, now: Millis): void;
  /** Answers a command; 1xx may be followed by others. `followUp` leaves in the same datagram, behind the response. @returns false when it is too late. */
  respond(handle: CommandHandle, response: ResponseDraft, now: Millis, followUp?: Outgoing<Token>): boolean;
  /** §4.4.7: the lead (RSIP), then the response, in one datagram to the command's source; the lead is also sent to its own destination, reliably. `lead` may be the token of an outstanding command. */
  sendBundle(handle: CommandHandle, response: ResponseDraft, lead: Outgoing<Token> | { readonly outstanding: Token }, now: Millis): boolean;
  /** An answer to what is not worth a memory: a command that could not be read, or of a source that is not obeyed. */
  refuse(transactionId: number, response: ResponseDraft, hop: Hop, now: Millis): void;
  /** @returns false when the id is not of this layer. */
  resolved(id: number, addresses: readonly ResolvedAddress[], now: Millis): boolean;
  /** Nothing gets there (ICMP): commands waiting there go on to their next address at once. */
  unreachable(hop: Hop, now: Millis): void;
  /** @returns the next event, oldest first. */
  poll(): TransactionEvent<Token> | undefined;
  tick(now: Millis): void;
  deadline(): Millis;
  /** Commands of ours without a final response; and of others that are executing. */
  readonly pending: { readonly sent: number; readonly executing: number };
}
