// What an audit of a line tells about the half-call that is there: the request in force by its RequestID, and where the
// termination is, if the gateway says so (RFC 3525 §7.2.5, §8.1.2). How the phone lies no audit tells.
import { type FoundLeg, type LineName, partialCallId, type Phase } from '@altpath/call-control';
import {
  ALL_CONTEXTS,
  type ActionRequest,
  type AuditItem,
  type AuditReturn,
  type ContextId,
  type ItemName,
  named,
  NULL_CONTEXT,
  type RequestId,
  singleText,
  type TerminationId,
} from '../message/index.js';
import type { ReplyResult } from '../transaction/index.js';
import { NULL_PLACE, type Place } from './place.js';
import { parseRequestId, type RequestIdentity } from './identifiers.js';
import type { LineKind } from './line-facts.js';
import { isOfCall } from './phases.js';

export interface FoundTermination {
  readonly kind: 'found';
  /** Undefined: there is none, or the gateway does not tell. */
  readonly requestId: RequestId | undefined;
  /** Undefined: the request is none of ours. */
  readonly identity: RequestIdentity | undefined;
  readonly callId: string | undefined;
  readonly place: Place;
  /** What sounds, in lower case; undefined: the gateway does not tell. */
  readonly signals: ReadonlySet<ItemName> | undefined;
  /** Digits are in that have not been reported yet. */
  readonly isCollecting: boolean;
}

export type AuditReading =
  | FoundTermination
  | { readonly kind: 'out-of-service' }
  /** The gateway answers, and has nothing to say of it. */
  | { readonly kind: 'refused'; readonly code: number };

const ITEMS: Readonly<Record<LineKind, readonly AuditItem[]>> = {
  line: ['media', 'events', 'signals', 'observed-events'],
  trunk: ['media', 'events'],
};
const UNKNOWN_TERMINATION = 430;

/**
 * The termination in the null context and in any other: `*` does not mean the null context (§8.1.2). In one of the two it
 * is not, so neither may end the transaction.
 */
export function auditOf(terminationId: TerminationId, kind: LineKind): readonly ActionRequest[] {
  const audit = { kind: 'audit' as const, items: ITEMS[kind] };
  return [NULL_CONTEXT, ALL_CONTEXTS].map((contextId) => ({
    contextId,
    commands: [{ kind: 'audit-value', terminationId, optional: true, audit }],
  }));
}

export function readAudit(terminationId: TerminationId, result: ReplyResult): AuditReading {
  if (result.kind === 'error') return { kind: 'refused', code: result.code };
  const sightings = new Map<ContextId, readonly AuditReturn[]>();
  let code = UNKNOWN_TERMINATION;
  for (const { contextId, commands, error } of result.actions) {
    if (error !== undefined) code = error.code;
    for (const command of commands) {
      if (command.kind !== 'audit-value' || command.terminationId.toLowerCase() !== terminationId.toLowerCase()) continue;
      if (command.audit?.some(({ kind }) => kind === 'error') !== true) sightings.set(contextId, command.audit ?? []);
    }
  }
  const audit = [...sightings.values()].at(-1);
  if (audit === undefined) return { kind: 'refused', code };
  const state = audit.find((each) => each.kind === 'media')?.terminationState?.serviceState;
  if (state === 'out-of-service') return { kind: 'out-of-service' };
  const requestId = audit.find((each) => each.kind === 'events')?.requestId;
  const identity = requestId === undefined ? undefined : parseRequestId(requestId);
  const callId = identity && isOfCall(identity.phase) ? partialCallId(identity.slot, identity.callCounter) : undefined;
  const place = placeIn([...sightings.keys()], callId, identity?.phase);
  return { kind: 'found', requestId, identity, callId, place, signals: signalsIn(audit), isCollecting: isCollecting(audit) };
}

/** What call control is told. Of a call whose context is gone there is nothing to go on with. A trunk in a call is as if it had answered. */
export function legOf(line: LineName, kind: LineKind, { identity, callId, place }: FoundTermination): FoundLeg {
  const isLost = callId !== undefined && place.kind === 'null';
  const state = identity && !isLost ? { phase: identity.phase, role: identity.role, ...(callId !== undefined && { callId }) } : undefined;
  return { line, hook: kind === 'line' ? 'unknown' : state ? 'off' : 'on', ...(state && { state }) };
}

/** Gateways that answer for every termination under either context do not tell where it is. */
function placeIn(contexts: readonly ContextId[], callId: string | undefined, phase: Phase | undefined): Place {
  const contextId = contexts.find((each) => each !== NULL_CONTEXT && each !== ALL_CONTEXTS);
  if (contextId !== undefined) return { kind: 'joined', contextId, callId, ephemeral: undefined, foundIn: phase };
  // Then the request does: those of calls are made in a context, all others in none.
  if (!contexts.includes(ALL_CONTEXTS) || (callId === undefined && contexts.includes(NULL_CONTEXT))) return NULL_PLACE;
  return { kind: 'unknown', callId, foundIn: phase, inVain: 0 };
}

function signalsIn(audit: readonly AuditReturn[]): ReadonlySet<ItemName> | undefined {
  const told = audit.find((each) => each.kind === 'signals');
  const isToldEmpty = audit.some((each) => each.kind === 'audit' && each.items.includes('signals'));
  if (told === undefined) return isToldEmpty ? new Set() : undefined;
  const names = told.signals.flatMap((each) => (each.kind === 'signal' ? [each.name] : each.signals.map(({ name }) => name)));
  return new Set(names.map((name) => name.toLowerCase()));
}

/** §7.2.5: while a digit map is active, the dial string so far is reported as a completion without a method. */
function isCollecting(audit: readonly AuditReturn[]): boolean {
  const observed = audit.find((each) => each.kind === 'observed-events')?.events ?? [];
  return observed.some(
    ({ name, parameters }) => name.toLowerCase() === 'dd/ce' && (singleText(named(parameters, 'ds')?.value) ?? '') !== '',
  );
}
