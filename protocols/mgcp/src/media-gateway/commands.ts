// The agent's commands on one line, each in two steps: all of it is checked, then all of it is done (RFC 3435 §4.4.3:
// a command that fails has changed nothing, and one for many endpoints succeeds for all or for none).
import type { Millis } from '@altpath/core';
import type { ConnectionParameters } from '../message/connection-options.js';
import type { MgcpCommand, ResponseDraft } from '../message/message.js';
import type { Parameters, QuarantineHandling } from '../message/parameters.js';
import { ReturnCode } from '../message/return-codes.js';
import { Connection, type ConnectionState, planChange } from './connection.js';
import type { GatewayLine, LineSurroundings } from './line.js';
import { type Checked, type Refusal, refused } from './refusal.js';
import { checkRequest } from './request-check.js';

/** What a checked command will do; the response it gives back. Called once, at once. */
export type Deed = (now: Millis) => ResponseDraft;

/** Checks one command on one line. */
export type Check = (line: GatewayLine, command: MgcpCommand, around: LineSurroundings) => Checked<Deed>;

/** By verb; audits and what goes to many lines at once are elsewhere. */
export const CHECKS: Readonly<Record<string, Check>> = {
  CRCX: createConnection,
  MDCX: modifyConnection,
  DLCX: deleteConnection,
  RQNT: notificationRequest,
};

const OK: ResponseDraft = { code: ReturnCode.ok };
const STEP: QuarantineHandling = { loop: false, discard: false };

function createConnection(line: GatewayLine, command: MgcpCommand, around: LineSurroundings): Checked<Deed> {
  const { parameters, descriptions } = command;
  if (parameters.secondEndpointId) return refused(ReturnCode.unsupportedFunctionality);
  if (line.connections.size >= line.maxConnections) return refused(ReturnCode.connectionLimit);
  const plan = planChange(undefined, { mode: parameters.mode, options: parameters.localConnectionOptions, remote: descriptions[0] });
  if (!plan.ok) return plan;
  const refusal = checkEncapsulated(line, parameters, plan.value);
  if (refusal) return { ok: false, refusal };
  const port = around.media.take(line.name);
  if (port === undefined) return refused(ReturnCode.noResourcesNow);
  return done((now) => {
    const { mediaAddress } = around.settings;
    const connection = new Connection(around.nextConnectionId(), parameters.callId ?? '', port, mediaAddress, plan.value);
    line.connections.set(connection.id.toLowerCase(), connection);
    line.tellMedia(connection);
    applyRequest(line, parameters, now, connection.id);
    return { ...OK, parameters: { connectionId: connection.id }, descriptions: [connection.local] };
  });
}

function modifyConnection(line: GatewayLine, command: MgcpCommand): Checked<Deed> {
  const { parameters, descriptions } = command;
  const found = findConnection(line, parameters);
  if (!found.ok) return found;
  const connection = found.value;
  const change = { mode: parameters.mode, options: parameters.localConnectionOptions, remote: descriptions[0] };
  const plan = planChange(connection.state, change);
  if (!plan.ok) return plan;
  const refusal = checkEncapsulated(line, parameters, plan.value);
  if (refusal) return { ok: false, refusal };
  return done((now) => {
    const isRedescribed = connection.change(plan.value);
    line.tellMedia(connection);
    applyRequest(line, parameters, now, connection.id);
    return isRedescribed ? { ...OK, descriptions: [connection.local] } : OK;
  });
}

function deleteConnection(line: GatewayLine, command: MgcpCommand): Checked<Deed> {
  const { parameters } = command;
  if (parameters.connectionIds === undefined) return deleteAll(line, parameters);
  const found = findConnection(line, parameters);
  if (!found.ok) return found;
  const refusal = checkEncapsulated(line, parameters);
  if (refusal) return { ok: false, refusal };
  return done((now) => {
    const counted = line.drop(found.value);
    applyRequest(line, parameters, now);
    return { code: ReturnCode.connectionDeleted, parameters: { connectionParameters: { ...NOTHING_COUNTED, ...counted } } };
  });
}

/** §2.3.9: those of a call, or all; it succeeds where there are none, and takes no other command along. */
function deleteAll(line: GatewayLine, parameters: Parameters): Checked<Deed> {
  if (hasRequest(parameters)) return refused(ReturnCode.protocolError, 'Nothing May Be Encapsulated Here');
  return done(() => {
    const callId = parameters.callId?.toLowerCase();
    for (const connection of [...line.connections.values()]) {
      if (callId === undefined || connection.callId.toLowerCase() === callId) line.drop(connection);
    }
    return { code: ReturnCode.connectionDeleted };
  });
}

function notificationRequest(line: GatewayLine, command: MgcpCommand): Checked<Deed> {
  const refusal = checkEncapsulated(line, command.parameters);
  if (refusal) return { ok: false, refusal };
  return done((now) => {
    applyRequest(line, command.parameters, now);
    return OK;
  });
}

function done(deed: Deed): Checked<Deed> {
  return { ok: true, value: deed };
}

/** Counters of a connection that nobody counted. */
export const NOTHING_COUNTED: ConnectionParameters = {
  packetsSent: 0,
  octetsSent: 0,
  packetsReceived: 0,
  octetsReceived: 0,
  packetsLost: 0,
  jitterMs: 0,
  latencyMs: 0,
};

/** §4.4.4: of a connection that is no more, 515; of another call, 516. */
export function findConnection(line: GatewayLine, parameters: Parameters): Checked<Connection> {
  const connection = line.connections.get(parameters.connectionIds?.[0]?.toLowerCase() ?? '');
  if (!connection) return refused(ReturnCode.wrongConnectionId);
  const isOfCall = parameters.callId === undefined || parameters.callId.toLowerCase() === connection.callId.toLowerCase();
  return isOfCall ? { ok: true, value: connection } : refused(ReturnCode.wrongCallId);
}

function hasRequest(parameters: Parameters): boolean {
  return parameters.requestIdentifier !== undefined;
}

/** @param connection  The connection as the same command will leave it: `$` in names of events and signals. */
function checkEncapsulated(line: GatewayLine, parameters: Parameters, connection?: ConnectionState): Refusal | undefined {
  if (!hasRequest(parameters)) return undefined;
  const current = connection && { hasRemote: connection.remote !== undefined };
  return checkRequest(parameters, parameters.persistentEvents ?? [], line.condition(current));
}

function applyRequest(line: GatewayLine, parameters: Parameters, now: Millis, connection?: string): void {
  if (!hasRequest(parameters)) return;
  line.requestEntity = parameters.notifiedEntity ?? undefined;
  line.watch.apply(
    {
      requestIdentifier: parameters.requestIdentifier ?? '0',
      requested: (parameters.requestedEvents ?? []).map((event) => named(event, connection)),
      quarantine: parameters.quarantineHandling ?? STEP,
      digitMap: parameters.digitMap,
      detect: parameters.detectEvents,
      persistent: parameters.persistentEvents,
    },
    now,
  );
  line.signals.replace(
    (parameters.signalRequests ?? []).map((signal) => named(signal, connection)),
    now,
  );
}

/** `@$` is the connection of this command (§3.2.2.4). */
function named<Item extends { readonly name: { readonly connection?: string | undefined } }>(
  item: Item,
  connection: string | undefined,
): Item {
  return item.name.connection === '$' && connection !== undefined ? { ...item, name: { ...item.name, connection } } : item;
}
