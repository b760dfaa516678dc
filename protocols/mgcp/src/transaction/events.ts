// What the transaction layer is told to do and what it tells: places to send to, handles, events.
import type { Hop, Millis } from '@altpath/core';
import type { CommandDraft, MgcpCommand, MgcpResponse } from '../message/message.js';

/** One name of the other side: a host name or IP literal (without brackets), and its port. */
export interface EntityPlace {
  readonly host: string;
  readonly port: number;
}

/**
 * Where a command goes: names in order, each with all of its addresses (RFC 3991 §2.1: N, then NL). Hosts are asked
 * for by `resolve` outputs, literals are taken as they are.
 */
export interface Destination {
  readonly names: readonly EntityPlace[];
}

/** A command with its destination and what its sender wants to find again in events. */
export interface Outgoing<Token> {
  readonly command: CommandDraft;
  readonly to: Destination;
  readonly token: Token;
}

/** One received command until it is answered and after; only `TransactionLayer` looks into it. */
export interface CommandHandle {
  readonly transactionId: number;
  /** Where the newest copy came from, and where the answer goes (§3.5), whatever the notified entity is. */
  readonly source: Hop;
  readonly receivedAt: Millis;
  /** A final response was given. */
  readonly answered: boolean;
}

/** A command of ours without a final response. */
export interface Outstanding<Token> {
  readonly token: Token;
  readonly transactionId: number;
  readonly command: CommandDraft;
  /** Where the newest copy went; undefined while its name is being resolved. */
  readonly hop: Hop | undefined;
  readonly startedAt: Millis;
}

export type TransactionEvent<Token> =
  /** A new command. Each is answered with `respond` sooner or later; copies of it never get here. */
  | { readonly kind: 'command'; readonly command: MgcpCommand; readonly handle: CommandHandle }
  /** A final response to one of ours, of any code. The last event of its token. */
  | {
      readonly kind: 'completed';
      readonly token: Token;
      readonly command: CommandDraft;
      readonly response: MgcpResponse;
      readonly hop: Hop;
    }
  /** 1xx. 101 says that the other side is behind (§4.4.8). */
  | {
      readonly kind: 'provisional';
      readonly token: Token;
      readonly command: CommandDraft;
      readonly response: MgcpResponse;
      readonly hop: Hop;
    }
  /** An address was left after Max1 repetitions, or because it is unreachable; or the only one got Max1 repetitions. */
  | { readonly kind: 'suspicious'; readonly token: Token; readonly hop: Hop }
  /** T-MAX is over: nothing is sent any more, a late response is still taken. `failed` or `completed` follows. */
  | { readonly kind: 'silent'; readonly token: Token }
  /**
   * No final response: Max2 repetitions at the last address, or 2 * T-HIST over; `unreachable` when the last that was
   * heard of it is that nothing gets there, or that no name has an address. The outcome is not known. The last event of its token.
   */
  | { readonly kind: 'failed'; readonly token: Token; readonly command: CommandDraft; readonly reason: 'timeout' | 'unreachable' }
  /** A command executed for T-HIST and was answered 406 in its user's stead (§3.5.6). */
  | { readonly kind: 'overdue'; readonly handle: CommandHandle };
