// What goes into a media gateway and what comes out of it, beside packets: what people do at its telephones, and what
// they hear. The gateway is a pure machine; sockets, RTP and the script that drives the telephones are its owner's.
import type { AdapterInput, AdapterOutput } from '@altpath/core';
import type { ContextId, ItemName, Parameter, Statistic, StreamId, StreamMode, TerminationId } from '../message/index.js';

/** What happens at a termination. `line` is its id as configured (`line/1`), or that of an ephemeral one (`rtp/3`). */
export type LineInput =
  | { readonly kind: 'off-hook'; readonly line: TerminationId }
  | { readonly kind: 'on-hook'; readonly line: TerminationId }
  | { readonly kind: 'flash'; readonly line: TerminationId }
  /** One key: `0`..`9`, `*`, `#`, `A`..`D`. */
  | { readonly kind: 'digit'; readonly line: TerminationId; readonly digit: string }
  /** Any other event of a package: `nt/netfail` of an ephemeral termination, `g/cause`. */
  | {
      readonly kind: 'event';
      readonly line: TerminationId;
      readonly item: ItemName;
      readonly streamId?: StreamId | undefined;
      readonly parameters: readonly Parameter[];
    };

/** What the operator of the gateway does. Without `line` it is meant for the whole gateway (ROOT). */
export type ServiceInput =
  /** Power on: registration begins (RFC 3525 §11.2). Nothing is sent before. */
  | { readonly kind: 'start' }
  /** Out of service, now (`forced`) or after a delay (`graceful`, 0: when it is idle), and back again. */
  | {
      readonly kind: 'service';
      readonly line?: TerminationId | undefined;
      readonly method: 'forced' | 'graceful' | 'restart';
      readonly delayS?: number | undefined;
      /** As ServiceChangeReason has it: `905 Termination taken out of service`. Default: what fits the method. */
      readonly reason?: string | undefined;
    };

export type MediaGatewayInput = AdapterInput | LineInput | ServiceInput;

/** `in`: in service and known to the controller; `out`: of service; `unregistered`: no controller knows the gateway. */
export type LineService = 'in' | 'unregistered' | 'out';

/** One stream of an ephemeral termination as the media plane shall have it. */
export interface MediaOrder {
  /** The physical termination whose media it carries: the first of its context; undefined while there is none. */
  readonly line: TerminationId | undefined;
  readonly contextId: ContextId;
  readonly termination: TerminationId;
  readonly streamId: StreamId;
  /** What flows between the line and the network: modes of both and the topology between them are in it. */
  readonly mode: StreamMode;
  readonly localPort: number;
  /** Where its media goes; undefined until the controller tells. */
  readonly remote?: { readonly host: string; readonly port: number } | undefined;
}

/** A tone, a ring, a display. Brief signals are only ever switched on. `name` is in lower case: `cg/dt`. */
export interface SignalOrder {
  readonly line: TerminationId;
  readonly name: ItemName;
  readonly on: boolean;
  readonly parameters: readonly Parameter[];
}

export type MediaGatewayOutput =
  | AdapterOutput
  | ({ readonly kind: 'media' } & MediaOrder)
  | { readonly kind: 'media-closed'; readonly termination: TerminationId; readonly streamId: StreamId; readonly localPort: number }
  | ({ readonly kind: 'signal' } & SignalOrder)
  | { readonly kind: 'line-service'; readonly line: TerminationId; readonly service: LineService }
  /** `mgc` is the controller that is in charge, asked, or lost; as `formatMId` writes it, or its address while that is unknown. */
  | { readonly kind: 'association'; readonly state: 'up' | 'registering' | 'down'; readonly mgc?: string | undefined };

/** Where streams get their ports from, and who counts their packets. Asked within the gateway's own turn. */
export interface MediaPlane {
  /**
   * @param line  The physical termination that it will serve, where that is known already.
   * @returns     a local UDP port for one stream, or undefined when there is none: error 510.
   */
  take(line: TerminationId | undefined): number | undefined;
  release(port: number): void;
  /**
   * Counters of the stream that has this port, as `rtp/ps` ... `nt/or`; those that are left out are reported as zero.
   * `nt/dur` is the gateway's own.
   */
  statistics(port: number): readonly Statistic[] | undefined;
}

/** Ports without sockets: for gateways whose media nobody listens to. */
export function countingMediaPlane(first = 16_384): MediaPlane {
  let next = first;
  return {
    take: () => {
      const port = next;
      next = next >= 65_534 ? first : next + 2;
      return port;
    },
    release: () => undefined,
    statistics: () => undefined,
  };
}
