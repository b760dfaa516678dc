// What goes into a media gateway and what comes out of it, beside packets: what people do at its telephones, and what
// they hear. The gateway is a pure machine; sockets, RTP and the script that drives the telephones are its owner's.
import type { AdapterInput, AdapterOutput } from '@altpath/core';
import type { ConnectionMode, ConnectionParameters } from '../message/connection-options.js';
import type { EventItem, EventParameter } from '../message/events.js';

/** What happens at a line, or to it. `line` is the local name as configured: `aaln/1`. */
export type LineInput =
  | { readonly kind: 'off-hook'; readonly line: string }
  | { readonly kind: 'on-hook'; readonly line: string }
  | { readonly kind: 'flash'; readonly line: string }
  /** One key: `0`..`9`, `*`, `#`, `A`..`D`. */
  | { readonly kind: 'digit'; readonly line: string; readonly digit: string }
  /** Any other event of a package: fax tones, a quality alert on a connection. */
  | { readonly kind: 'event'; readonly line: string; readonly event: EventItem }
  /** The connection's means are gone: the gateway deletes it and says so (RFC 3435 §2.3.8). Without an id, all of them. */
  | { readonly kind: 'connection-lost'; readonly line: string; readonly connection?: string | undefined; readonly reason: number };

/** What the operator of the gateway does. Without `line` it is meant for all lines. */
export type ServiceInput =
  /** Power on: the restart procedure begins (RFC 3435 §4.4.6). Nothing is sent before. */
  | { readonly kind: 'start' }
  /** Out of service, now (`forced`) or after a delay (`graceful`, 0: when the agent thinks fit), not after all, and back again. */
  | {
      readonly kind: 'service';
      readonly line?: string | undefined;
      readonly method: 'forced' | 'graceful' | 'cancel-graceful' | 'restart';
      readonly delayS?: number | undefined;
      readonly reason?: number | undefined;
    };

export type MediaGatewayInput = AdapterInput | LineInput | ServiceInput;

/** `in`: in service and known to the agent; `restarting`, `disconnected`: the agent has still to be told; `out`: of service. */
export type LineService = 'in' | 'restarting' | 'disconnected' | 'out';

/** A connection as the media plane shall have it. */
export interface MediaOrder {
  readonly line: string;
  readonly connection: string;
  readonly callId: string;
  readonly mode: ConnectionMode;
  readonly localPort: number;
  /** Where its media goes; undefined until the agent tells. */
  readonly remote?: { readonly host: string; readonly port: number } | undefined;
}

export type MediaGatewayOutput =
  | AdapterOutput
  | ({ readonly kind: 'media' } & MediaOrder)
  | { readonly kind: 'media-closed'; readonly line: string; readonly connection: string; readonly localPort: number }
  /** A tone, a ring, a display. Brief signals are only ever switched on. `name` is in lower case: `l/rg`. */
  | {
      readonly kind: 'signal';
      readonly line: string;
      readonly name: string;
      readonly on: boolean;
      readonly parameters: readonly EventParameter[];
      readonly connection?: string | undefined;
    }
  | { readonly kind: 'line-service'; readonly line: string; readonly service: LineService };

/** Where connections get their ports from, and who counts their packets. Asked within the gateway's own turn. */
export interface MediaPlane {
  /** @returns a local UDP port for one connection of this line, or undefined when there is none: code 403. */
  take(line: string): number | undefined;
  release(line: string, port: number): void;
  /** Counters of the connection that has this port; undefined: nothing is known, zeros are reported. */
  statistics(port: number): ConnectionParameters | undefined;
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
