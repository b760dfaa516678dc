// What the controller knows of a gateway that its lines must respect, and what a line tells and is told. Types only.
import type { FoundLeg, HalfCallState, LineName, NumberPlan, Phase } from '@altpath/call-control';
import type { ContextId, DigitMapValue, ObservedEventsDescriptor, RequestId, TerminationId } from '../message/index.js';
import type { FailureReason, ReplyResult } from '../transaction/index.js';

/**
 * One object a gateway, shared by its lines: what one line learns spares the others the same refusal.
 */
export interface GatewayFacts {
  /** Encoding names of RTP in order of preference: `PCMU`, `PCMA`. At least one. */
  readonly codecs: readonly string[];
  /** `a=ptime`; undefined: not written. */
  readonly packetMs?: number | undefined;
  /** Of the address that its ephemeral terminations shall have. */
  readonly family: 'IP4' | 'IP6';
  /** How the gateway is asked for an ephemeral termination: `$`, or where it has several kinds `rtp/$`. */
  readonly ephemeral: TerminationId;
  /** Number patterns and the digit map made of them, kept together: see `digit-map.ts`. */
  dialPlan: DialPlan;
  /** Modes that it refuses (517): another that sends no more than they do is written instead. */
  readonly refusedModes: Set<string>;
  /** Events, signals and extras that it refused (440, 450 to 456, 501, 512, 513 ...) and that calls can do without: see `phases.ts`. */
  readonly refusedItems: Set<string>;
}

/** What may be dialled, and the map that makes a gateway collect it. */
export interface DialPlan {
  /** What is a number, whatever the digit map lets through. */
  readonly numbers: NumberPlan;
  readonly digitMap: DigitMapValue;
}

/** `line`: hook, tones and digits; `trunk`: media, no signals, and no event but the end of its circuit. */
export type LineKind = 'line' | 'trunk';

/** How the transaction of a line ended. */
export type StepOutcome =
  | { readonly kind: 'replied'; readonly result: ReplyResult }
  /** No reply: what it did is not known. */
  | { readonly kind: 'failed'; readonly reason: FailureReason };

/** A report (Notify) as the line gets it: one command of one action. */
export interface LineReport {
  /** Of the action: where the termination is. */
  readonly contextId: ContextId;
  readonly observed: ObservedEventsDescriptor;
}

/**
 * What a report was. `current`: it belongs to the request in force and was acted on; `late`: sent before our last request
 * got there: hook events were acted on; `repeated`: nothing was done; `foreign`: not of a request that this line knows, hook
 * events were acted on. Each is answered without an error.
 */
export type ReportVerdict = 'current' | 'late' | 'repeated' | 'foreign';

/** What the audit of a line gave. */
export type AuditVerdict =
  | { readonly kind: 'found'; readonly leg: FoundLeg }
  /** The gateway says that it is out of service. */
  | { readonly kind: 'out-of-service' }
  /** There is no such termination, or it must not be asked; the error code. */
  | { readonly kind: 'refused'; readonly code: number };

/** A line as listings and logs show it. */
export interface LineDescription {
  readonly name: LineName;
  readonly hook: 'on' | 'off' | 'unknown';
  readonly wanted: HalfCallState | undefined;
  /** Phase of the request in force at the gateway; undefined where none is known. */
  readonly armed: Phase | undefined;
  readonly requestId: RequestId | undefined;
  /** 0: in none; undefined: not known. */
  readonly contextId: ContextId | undefined;
  readonly ephemeral: TerminationId | undefined;
  /** What the transaction that is out does, in words. */
  readonly outstanding: string | undefined;
}
