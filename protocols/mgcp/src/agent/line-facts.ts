// What the call agent knows of a gateway that its lines must respect, and what a line tells and is told. Types only.
import type { HalfCallState, LineName, Phase } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import type { MgcpCommand } from '../message/message.js';
import type { Parameters } from '../message/parameters.js';

/**
 * One object a gateway, shared by its lines: what one line learns spares the others the same refusal.
 */
export interface GatewayFacts {
  /** `a:` in order of preference. */
  readonly codecs: readonly string[];
  /** `p:` */
  readonly packetMs: number;
  /** Number patterns and the digit map made of them, kept together: see `digit-map.ts`. */
  dialPlan: DialPlan;
  /** false: the gateway detects and signals nothing (osmo-mgw), so X, R, S and D are never sent. */
  readonly requests: boolean;
  /** Connection modes that it refuses (517): another that sends no more than they do is written instead. */
  readonly refusedModes: Set<string>;
  /** Events and signals that it refused (512, 513, 518, 522, 538) and that calls can do without: `l/ci`, `l/oc`, `g/rt`. */
  readonly refusedEvents: Set<string>;
  /** Caller id's `MM/DD/HH/MM` in the time of the place. */
  localTime(now: Millis): string;
}

/** What may be dialled, and the text that makes a gateway collect it. */
export interface DialPlan {
  readonly patterns: readonly string[];
  /** `(100x|9x.T)` */
  readonly digitMap: string;
}

/** `line`: hook, tones and digits; `trunk`: connections only, no X, R, S and D. */
export type LineKind = 'line' | 'trunk';

/** A connection that an audit of connections gave (AUCX: C, M, LC, RC). */
export interface AuditedConnection {
  readonly connectionId: string;
  /** Absent: the gateway cannot tell. */
  readonly callId?: string | undefined;
  readonly mode?: Parameters['mode'];
  readonly local?: string | undefined;
  readonly remote?: string | undefined;
}

/** What audits of an endpoint gave (AUEP: X, R, S, N, ES; one AUCX for each I). */
export interface AuditedEndpoint {
  readonly parameters: Pick<Parameters, 'requestIdentifier' | 'requestedEvents' | 'signalRequests' | 'eventStates'>;
  readonly connections: readonly AuditedConnection[];
}

/**
 * What a report (NTFY) was. `current`: it answers the request in force and was acted on; `late`: sent before our last request
 * got there: hook events were acted on; `repeated`: nothing was done; `foreign`: not of a request that this line knows.
 * Each is answered 200.
 */
export type ReportVerdict = 'current' | 'late' | 'repeated' | 'foreign';

/** A line as listings and logs show it. */
export interface LineDescription {
  readonly name: LineName;
  readonly hook: 'on' | 'off' | 'unknown';
  readonly wanted: HalfCallState | undefined;
  /** Phase of the request in force at the gateway; undefined where none is known. */
  readonly armed: Phase | undefined;
  readonly requestIdentifier: string | undefined;
  readonly connectionId: string | undefined;
  /** Verb of the command that is out. */
  readonly outstanding: string | undefined;
  /** Connections that are still to be deleted. */
  readonly orphans: number;
}

export type NotifyCommand = Pick<MgcpCommand, 'parameters'>;
