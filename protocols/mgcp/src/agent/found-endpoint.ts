// What an audit of an endpoint tells about the half-call that is there: the request in force by its identifier, the
// connection that belongs to its call, connections that belong to none, and how the phone lies (RFC 3435 §2.3.10, §2.3.11).
import type { FoundLeg, HalfCallState, LineName } from '@altpath/call-control';
import { eventKey } from '../message/events.js';
import { neutralMode, type Connection } from './connections.js';
import { callCounterOf, parseRequestIdentifier, type RequestIdentity } from './identifiers.js';
import type { AuditedConnection, AuditedEndpoint, LineKind } from './line-facts.js';
import type { RequestParameters } from './requests.js';

export interface FoundEndpoint {
  /** Undefined: the gateway has no request, or does not tell. */
  readonly requestIdentifier: string | undefined;
  /** Undefined: the identifier is none of ours. */
  readonly identity: RequestIdentity | undefined;
  /** Undefined: the gateway does not tell what it was asked for. */
  readonly asked: RequestParameters | undefined;
  readonly hook: 'on' | 'off' | 'unknown';
  readonly connection: Connection | undefined;
  /** Connections beside it: of no call, or of another. */
  readonly orphans: readonly Connection[];
  readonly leg: FoundLeg;
}

/** @param callId  The call that the line is held to be in, where it is held to be in one. */
export function readAudit(line: LineName, audited: AuditedEndpoint, callId: string | undefined, kind: LineKind = 'line'): FoundEndpoint {
  const text = audited.parameters.requestIdentifier;
  const requestIdentifier = text === undefined || text === '' || text === '0' ? undefined : text;
  const identity = requestIdentifier === undefined ? undefined : parseRequestIdentifier(requestIdentifier);
  const connections = audited.connections.map(asConnection);
  const connection = connections.find((candidate) => belongs(candidate, identity, callId));
  const hook = kind === 'trunk' ? (connection ? 'off' : 'on') : hookIn(audited);
  // A trunk has no request that could tell anything: whoever has its connection was called, and talks.
  const state = identity ? stateOf(identity, connection) : kind === 'trunk' && connection ? trunkStateOf(connection) : undefined;
  return {
    requestIdentifier,
    identity,
    asked: askedIn(audited),
    hook,
    connection,
    orphans: connections.filter((other) => other !== connection),
    leg: { line, hook, ...(state && { state }), ...(connection?.local !== undefined && { local: connection.local }) },
  };
}

/**
 * The identifier of the request carries the counter of its call, and the connection the call's identity. The slots in
 * them may differ: another node than the one that began the call may have taken it over.
 */
function belongs(connection: Connection, identity: RequestIdentity | undefined, callId: string | undefined): boolean {
  if (connection.callId === undefined) return false;
  if (callId !== undefined && connection.callId.toLowerCase() === callId.toLowerCase()) return true;
  if (identity === undefined) return callId === undefined;
  return identity.phase !== 'idle' && callCounterOf(connection.callId) === identity.callCounter;
}

function stateOf(identity: RequestIdentity, connection: Connection | undefined): HalfCallState {
  return {
    phase: identity.phase,
    role: identity.role,
    ...(connection && {
      callId: connection.callId,
      media: { mode: neutralMode(connection.mode), ...(connection.remote !== undefined && { remote: connection.remote }) },
    }),
    ...(identity.dialled !== '' && { dialled: identity.dialled }),
  };
}

function trunkStateOf(connection: Connection): HalfCallState {
  const { callId, mode, remote } = connection;
  return { phase: 'talking', role: 'terminating', callId, media: { mode: neutralMode(mode), ...(remote !== undefined && { remote }) } };
}

function askedIn(audited: AuditedEndpoint): RequestParameters | undefined {
  const { requestedEvents, signalRequests } = audited.parameters;
  return requestedEvents === undefined ? undefined : { requestedEvents, signalRequests: signalRequests ?? [] };
}

function asConnection(audited: AuditedConnection): Connection {
  const { connectionId, callId, mode, remote, local } = audited;
  return { connectionId, callId, mode, remote: withMedia(remote), local: withMedia(local) };
}

/** §3.3.7: where a description is missing, `v=0` alone stands for it. */
function withMedia(description: string | undefined): string | undefined {
  return description?.includes('m=') ? description : undefined;
}

function hookIn(audited: AuditedEndpoint): FoundEndpoint['hook'] {
  const states = new Set((audited.parameters.eventStates ?? []).map((state) => eventKey(state.name, 'l')));
  if (states.has('l/hd')) return 'off';
  return states.has('l/hu') ? 'on' : 'unknown';
}
