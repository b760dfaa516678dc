// What the transaction layer is told to do and what it tells: where requests go, handles, events.
import type { Fault, Hop, Millis } from '@altpath/core';
import type { ActionRequest, ErrorDescriptor, MId, TransactionId, TransactionReply, TransactionRequest } from '../message/index.js';
import type { Encoding } from './encoding.js';

/** The other side of a control association as requests see it; give a new one when something of it changes. */
export interface Association {
  /** Names the other side in ordering rules and limits: `formatMId` of its mId, or any name while that is not known. */
  readonly key: string;
  /** Where requests go: the ServiceChangeAddress, or where the registration came from (RFC 3525 §9). */
  readonly hop: Hop;
  readonly encoding: Encoding;
  /** As negotiated (RFC 3525 §11.3). */
  readonly version: number;
}

/** A request with what its sender wants to find again in events. */
export interface Outgoing<Token> {
  readonly actions: readonly ActionRequest[];
  readonly token: Token;
}

/** One received request until it is answered and after; only `TransactionLayer` looks into it. */
export interface RequestHandle {
  readonly transactionId: TransactionId;
  /** `formatMId` of its sender. */
  readonly peer: string;
  /** Where the newest copy came from, and where the reply goes. */
  readonly source: Hop;
  readonly encoding: Encoding;
  readonly version: number;
  readonly receivedAt: Millis;
  /** A reply was given. */
  readonly answered: boolean;
}

/** A request of ours without a reply. */
export interface Outstanding<Token> {
  readonly token: Token;
  readonly transactionId: TransactionId;
  readonly actions: readonly ActionRequest[];
  readonly association: Association;
  /** Not sent yet: the rules of RFC 3525 §9.1 let another one go first. */
  readonly held: boolean;
  readonly startedAt: Millis;
}

/** What a reply says: actions or one error. */
export type ReplyResult = TransactionReply['result'];

export type FailureReason =
  /** T-MAX without a reply: the other side has failed (D.1.5). */
  | 'timeout'
  /** The same, and the last that was heard is that nothing gets there. */
  | 'unreachable'
  /** More TransactionPendings than its limit: the transaction is in error (H.248.1 version 2, annex E.2). */
  | 'pendings'
  /** It cannot be written in the encoding of its association; nothing was sent. */
  | 'encoding';

export type TransactionEvent<Token> =
  /** A new request. Each is answered with `respond` sooner or later; copies of it never get here. */
  | { readonly kind: 'request'; readonly request: TransactionRequest; readonly mId: MId; readonly handle: RequestHandle }
  /** A reply to one of ours, of any result. The last event of its token. */
  | {
      readonly kind: 'completed';
      readonly token: Token;
      readonly reply: TransactionReply;
      readonly mId: MId | undefined;
      readonly hop: Hop;
    }
  /** TransactionPending. */
  | { readonly kind: 'pending'; readonly token: Token; readonly hop: Hop }
  /** Max1 repetitions went unanswered, or nothing gets there; it goes on. */
  | { readonly kind: 'suspicious'; readonly token: Token; readonly hop: Hop }
  /** No reply: what it did is not known. The last event of its token. */
  | { readonly kind: 'failed'; readonly token: Token; readonly reason: FailureReason; readonly fault?: Fault | undefined }
  /** A request was answered 506 in its user's stead. */
  | { readonly kind: 'overdue'; readonly handle: RequestHandle }
  /** An error that names no transaction: a whole message of ours could not be read, or no id in it. */
  | { readonly kind: 'message-error'; readonly error: ErrorDescriptor; readonly mId: MId; readonly hop: Hop };
