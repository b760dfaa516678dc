// What an audit asks for: whole descriptors, single properties (version 2), and selection by value (version 3).
// RFC 3525 §7.1.16; H.248.1 version 2 annex B (indAud... productions).
import type { EventBufferControl, ServiceState, StreamMode } from './media.js';
import type { RequestId, StreamId } from './identity.js';
import type { ItemName, ParameterValue } from './value.js';

export type AuditItem =
  'mux' | 'modem' | 'media' | 'events' | 'signals' | 'digit-map' | 'statistics' | 'observed-events' | 'packages' | 'event-buffer';

/**
 * In a request: what to report; empty asks for nothing but the answer. In a reply: descriptors that exist and are empty
 * (`emptyDescriptors`). Both codecs read a bare `Signals`, `Events` or `EventBuffer` of a text reply as that descriptor, empty.
 */
export interface AuditDescriptor {
  readonly kind: 'audit';
  readonly items: readonly AuditItem[];
  /** Version 2 and later. */
  readonly individual?: readonly IndividualAudit[] | undefined;
}

/** A property asked for, or (version 3) the value it must have to be selected. */
export interface IndividualProperty {
  readonly name: ItemName;
  readonly value?: ParameterValue | undefined;
}

export interface IndividualLocalControl {
  readonly mode?: boolean | undefined;
  readonly reserveValue?: boolean | undefined;
  readonly reserveGroup?: boolean | undefined;
  /** Version 3: streams in this mode only. */
  readonly modeIs?: StreamMode | undefined;
  readonly properties: readonly IndividualProperty[];
}

/** Binary only: text cannot ask for parts of an SDP. */
export interface IndividualSession {
  readonly groupId?: number | undefined;
  readonly properties: readonly IndividualProperty[];
}

export interface IndividualStream {
  /** Absent: the only stream. */
  readonly id?: StreamId | undefined;
  readonly localControl?: IndividualLocalControl | undefined;
  readonly local?: IndividualSession | undefined;
  readonly remote?: IndividualSession | undefined;
  /** Version 3: the one statistic asked for. */
  readonly statistics?: ItemName | undefined;
}

export interface IndividualTerminationState {
  readonly properties: readonly IndividualProperty[];
  readonly eventBufferControl?: boolean | undefined;
  /** Text of version 3 may select by it: `Buffer=OFF`. */
  readonly eventBufferControlIs?: EventBufferControl | undefined;
  readonly serviceState?: boolean | undefined;
  readonly serviceStateIs?: ServiceState | undefined;
}

export type IndividualAudit =
  | {
      readonly kind: 'media';
      readonly terminationState?: IndividualTerminationState | undefined;
      readonly streams: readonly IndividualStream[];
    }
  | {
      readonly kind: 'events';
      readonly requestId?: RequestId | undefined;
      readonly name: ItemName;
      readonly streamId?: StreamId | undefined;
    }
  | {
      readonly kind: 'event-buffer';
      readonly name: ItemName;
      readonly streamId?: StreamId | undefined;
      /** Text only. */
      readonly parameterName?: string | undefined;
    }
  | IndividualSignal
  | { readonly kind: 'signal-list'; readonly id: number; readonly signal?: IndividualSignal | undefined }
  | { readonly kind: 'digit-map'; readonly name?: string | undefined }
  | { readonly kind: 'statistics'; readonly name: ItemName }
  | { readonly kind: 'packages'; readonly name: string; readonly version: number };

export interface IndividualSignal {
  readonly kind: 'signal';
  readonly name: ItemName;
  readonly streamId?: StreamId | undefined;
  readonly requestId?: RequestId | undefined;
}
