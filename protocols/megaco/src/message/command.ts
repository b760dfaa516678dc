// Commands and their replies: the verbs of the protocol. RFC 3525 §7.2.
// Where version 3 allows a list of terminations, `terminationId` is the first and `more` holds the rest.
import type { AuditDescriptor } from './audit.js';
import type { ErrorDescriptor } from './error.js';
import type { DigitMapDescriptor, EventBufferDescriptor, EventsDescriptor, SignalsDescriptor } from './events.js';
import type { TerminationId } from './identity.js';
import type { MediaDescriptor, ModemDescriptor, MuxDescriptor } from './media.js';
import type { ObservedEventsDescriptor, PackagesDescriptor, StatisticsDescriptor } from './report.js';
import type { ServiceChangeParameters, ServiceChangeResult } from './service-change.js';

/** What Add, Move and Modify may carry, at most one of each kind. */
export type AmmDescriptor =
  | MediaDescriptor
  | ModemDescriptor
  | MuxDescriptor
  | EventsDescriptor
  | EventBufferDescriptor
  | SignalsDescriptor
  | DigitMapDescriptor
  | AuditDescriptor
  /** Version 3. */
  | StatisticsDescriptor;

/** What a reply may report of a termination. */
export type AuditReturn = AmmDescriptor | ObservedEventsDescriptor | PackagesDescriptor | ErrorDescriptor;

interface Addressed {
  readonly terminationId: TerminationId;
  readonly more?: readonly TerminationId[] | undefined;
}

interface Request extends Addressed {
  /** `O-`: when it fails the rest of the transaction goes on. */
  readonly optional?: boolean | undefined;
  /** `W-`: one reply for all terminations that a wildcard meets. */
  readonly wildcardReturn?: boolean | undefined;
}

export type AmmKind = 'add' | 'move' | 'modify';
export type AuditKind = 'audit-value' | 'audit-capability';

export interface AmmRequest extends Request {
  readonly kind: AmmKind;
  readonly descriptors: readonly AmmDescriptor[];
}

export interface SubtractRequest extends Request {
  readonly kind: 'subtract';
  readonly audit?: AuditDescriptor | undefined;
}

export interface AuditRequest extends Request {
  readonly kind: AuditKind;
  readonly audit: AuditDescriptor;
}

export interface NotifyRequest extends Request {
  readonly kind: 'notify';
  readonly observed: ObservedEventsDescriptor;
  readonly error?: ErrorDescriptor | undefined;
}

export interface ServiceChangeRequest extends Request {
  readonly kind: 'service-change';
  readonly parameters: ServiceChangeParameters;
}

export type CommandRequest = AmmRequest | SubtractRequest | AuditRequest | NotifyRequest | ServiceChangeRequest;

/** The reply to Add, Move, Modify and Subtract; absent `audit`: nothing was asked. */
export interface AmmsReply extends Addressed {
  readonly kind: AmmKind | 'subtract';
  readonly audit?: readonly AuditReturn[] | undefined;
}

/** The reply to an audit of one termination (version 3: of several). */
export interface AuditReply extends Addressed {
  readonly kind: AuditKind;
  readonly audit?: readonly AuditReturn[] | undefined;
}

/** The reply to an audit of a context: its terminations, or why there is none (`AV=C{...}`). */
export interface ContextAuditReply {
  readonly kind: 'context-audit';
  readonly command: AuditKind;
  readonly result: { readonly kind: 'terminations'; readonly terminationIds: readonly TerminationId[] } | ErrorDescriptor;
}

export interface NotifyReply extends Addressed {
  readonly kind: 'notify';
  readonly error?: ErrorDescriptor | undefined;
}

/** Either of `error` and `result`, or neither (text: no braces). */
export interface ServiceChangeReply extends Addressed {
  readonly kind: 'service-change';
  readonly error?: ErrorDescriptor | undefined;
  readonly result?: ServiceChangeResult | undefined;
}

export type CommandReply = AmmsReply | AuditReply | ContextAuditReply | NotifyReply | ServiceChangeReply;
