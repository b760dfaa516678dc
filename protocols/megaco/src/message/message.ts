// The message and its transactions: the outermost layers. RFC 3525 §8; segmentation and context lists are version 3.
// One model serves text and binary and all versions. An absent member is left out or undefined: both mean the same.
import type { IndividualProperty } from './audit.js';
import type { CommandReply, CommandRequest } from './command.js';
import type { ErrorDescriptor } from './error.js';
import type { ContextId, MId, StreamId, TerminationId } from './identity.js';
import type { Property } from './value.js';

/** RFC 3525 §10.2. Hex digits in lower case, without `0x`: 8, 8 and 24 to 64 of them. */
export interface AuthenticationHeader {
  readonly parameterIndex: string;
  readonly sequenceNumber: string;
  readonly data: string;
}

export interface MegacoMessage {
  readonly authentication?: AuthenticationHeader | undefined;
  /** 1, 2 or 3. */
  readonly version: number;
  readonly mId: MId;
  readonly body: MessageBody;
}

export type MessageBody = ErrorDescriptor | { readonly kind: 'transactions'; readonly transactions: readonly Transaction[] };

/** 32 bits; 0 only where an error answers what had no readable id (RFC 3525 §8.1.1). */
export type TransactionId = number;

export interface TransactionRequest {
  readonly kind: 'request';
  readonly transactionId: TransactionId;
  readonly actions: readonly ActionRequest[];
}

/** Version 3: which part of a reply this is; `complete` marks the last. */
export interface Segment {
  readonly number: number;
  readonly complete: boolean;
}

export interface TransactionReply {
  readonly kind: 'reply';
  readonly transactionId: TransactionId;
  readonly immAckRequired?: boolean | undefined;
  readonly segment?: Segment | undefined;
  readonly result: ErrorDescriptor | { readonly kind: 'actions'; readonly actions: readonly ActionReply[] };
}

export interface TransactionPending {
  readonly kind: 'pending';
  readonly transactionId: TransactionId;
}

/** Both ends belong to the range; `last` absent: one id. Never walk a range from the network. */
export interface AckRange {
  readonly first: TransactionId;
  readonly last?: TransactionId | undefined;
}

export interface TransactionAck {
  readonly kind: 'ack';
  readonly ranges: readonly AckRange[];
}

/** Version 3: acknowledges one segment of a reply. */
export interface SegmentReply {
  readonly kind: 'segment-reply';
  readonly transactionId: TransactionId;
  readonly segment: Segment;
}

export type Transaction = TransactionRequest | TransactionReply | TransactionPending | TransactionAck | SegmentReply;

export type TopologyDirection = 'bothway' | 'isolate' | 'oneway' | 'oneway-external' | 'oneway-both';

export interface Topology {
  readonly from: TerminationId;
  readonly to: TerminationId;
  readonly direction: TopologyDirection;
  /** Version 2. */
  readonly streamId?: StreamId | undefined;
}

/** Properties of a context, set or reported. */
export interface ContextProperties {
  /** 0..15. */
  readonly priority?: number | undefined;
  readonly emergency?: boolean | undefined;
  readonly topology?: readonly Topology[] | undefined;
  /** Version 3, like the two below. */
  readonly iepsCall?: boolean | undefined;
  readonly properties?: readonly Property[] | undefined;
  readonly contextList?: readonly ContextId[] | undefined;
}

/** Properties of a context that are asked for, and (version 3) the values by which contexts are selected. */
export interface ContextAudit {
  readonly topology?: boolean | undefined;
  readonly emergency?: boolean | undefined;
  readonly priority?: boolean | undefined;
  readonly iepsCall?: boolean | undefined;
  readonly properties?: readonly IndividualProperty[] | undefined;
  readonly priorityIs?: number | undefined;
  readonly emergencyIs?: boolean | undefined;
  readonly iepsCallIs?: boolean | undefined;
  readonly logic?: 'and' | 'or' | undefined;
}

export interface ActionRequest {
  readonly contextId: ContextId;
  readonly properties?: ContextProperties | undefined;
  readonly audit?: ContextAudit | undefined;
  readonly commands: readonly CommandRequest[];
}

/** Replies of the commands done so far, then the error that ended them, if any. */
export interface ActionReply {
  readonly contextId: ContextId;
  readonly properties?: ContextProperties | undefined;
  readonly commands: readonly CommandReply[];
  readonly error?: ErrorDescriptor | undefined;
}
