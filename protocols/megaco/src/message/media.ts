// Media, termination state, streams, modem and multiplexing. RFC 3525 §7.1.3 to §7.1.8.
import type { StreamId, TerminationId } from './identity.js';
import type { StatisticsDescriptor } from './report.js';
import type { NonStandardData, Property } from './value.js';

export type StreamMode = 'send-only' | 'receive-only' | 'send-receive' | 'inactive' | 'loopback';

export interface LocalControl {
  readonly mode?: StreamMode | undefined;
  readonly reserveValue?: boolean | undefined;
  readonly reserveGroup?: boolean | undefined;
  readonly properties: readonly Property[];
}

/**
 * Local or Remote. `sdp` is one or several session descriptions, octets as latin1 characters, without the blank before
 * and behind; line ends as they came (CRLF, LF or CR). A `}` in it is a plain character here: escaping is the text codec's.
 */
export interface SessionDescription {
  readonly sdp: string;
  /** Annex C properties that no SDP line can say, one list a group; binary encoding only. */
  readonly properties?: readonly (readonly Property[])[] | undefined;
}

/**
 * One stream. Without `id` it is the only stream of its media descriptor and its number is not written (oneStream);
 * a descriptor has either that one, or streams that all have an id.
 */
export interface Stream {
  readonly id?: StreamId | undefined;
  readonly localControl?: LocalControl | undefined;
  readonly local?: SessionDescription | undefined;
  readonly remote?: SessionDescription | undefined;
  /** Version 3. */
  readonly statistics?: StatisticsDescriptor | undefined;
}

export type ServiceState = 'test' | 'out-of-service' | 'in-service';
export type EventBufferControl = 'off' | 'lock-step';

export interface TerminationState {
  readonly properties: readonly Property[];
  readonly eventBufferControl?: EventBufferControl | undefined;
  readonly serviceState?: ServiceState | undefined;
}

export interface MediaDescriptor {
  readonly kind: 'media';
  readonly terminationState?: TerminationState | undefined;
  readonly streams: readonly Stream[];
}

/** Lower-case names of the document (`v18` ... `v91`, `synchisdn`), or an extension `X-...` as written. */
export type ModemType = string;

export interface ModemDescriptor {
  readonly kind: 'modem';
  readonly types: readonly ModemType[];
  readonly properties: readonly Property[];
  readonly nonStandard?: NonStandardData | undefined;
}

/** `h221`, `h223`, `h226`, `v76`, `nx64k` (version 2), or an extension `X-...` as written. */
export type MuxType = string;

export interface MuxDescriptor {
  readonly kind: 'mux';
  readonly type: MuxType;
  readonly terminationIds: readonly TerminationId[];
  readonly nonStandard?: NonStandardData | undefined;
}
