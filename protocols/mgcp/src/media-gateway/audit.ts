// Audits: what an endpoint or a connection is, without changing anything (RFC 3435 §2.3.10, §2.3.11). What is asked for
// and not known is left out; what is known and empty is given empty.
import type { Millis } from '@altpath/core';
import type { MgcpCommand, ResponseDraft } from '../message/message.js';
import type { Parameters, RestartMethod } from '../message/parameters.js';
import { ReturnCode } from '../message/return-codes.js';
import { findConnection, NOTHING_COUNTED } from './commands.js';
import { CODECS, MODES, PACKET_MS } from './connection.js';
import type { GatewayLine, LineSurroundings } from './line.js';
import type { MediaGatewaySettings } from './settings.js';

/** Bytes that it can receive in one datagram (§3.5.4 wants at least 4000). */
const MAX_DATAGRAM = 8_192;

/** What a line would say of its service if it said it now. */
export interface ServiceReport {
  readonly restartMethod: RestartMethod;
  readonly restartDelayS: number;
}

export function auditEndpoint(line: GatewayLine, command: MgcpCommand, around: LineSurroundings, service: ServiceReport): ResponseDraft {
  const asked = new Set(command.parameters.requestedInfo ?? []);
  if (asked.size === 0) return { code: ReturnCode.ok };
  const parameters: Partial<Parameters>[] = [];
  for (const code of asked) {
    const found = ENDPOINT_INFO[code]?.(line, around, service);
    if (found) parameters.push(found);
  }
  return { code: ReturnCode.ok, parameters: Object.assign({}, ...parameters) as Parameters };
}

/** The virtual endpoint of the gateway (RFC 3991 §2.2.1) has no telephone, so there is little to ask. */
export function auditGateway(command: MgcpCommand, settings: MediaGatewaySettings, around: LineSurroundings): ResponseDraft {
  const asked = command.parameters.requestedInfo ?? [];
  const parameters: Parameters = {
    ...(asked.includes('A') && { capabilities: [{ packages: around.registry.versions().map(({ name }) => name) }] }),
    ...(asked.includes('PL') && { packageList: around.registry.versions() }),
    ...(asked.includes('MD') && { maxDatagram: MAX_DATAGRAM }),
    ...(asked.includes('RM') && { restartMethod: 'restart' as const }),
    ...(asked.includes('N') && { notifiedEntity: settings.notifiedEntity }),
  };
  return { code: ReturnCode.ok, parameters };
}

type Info = (line: GatewayLine, around: LineSurroundings, service: ServiceReport) => Parameters | undefined;

/** By the code of `F`. */
const ENDPOINT_INFO: Readonly<Record<string, Info>> = {
  R: ({ watch }) => ({ requestedEvents: watch.requested }),
  D: ({ watch }) => ({ digitMap: watch.digitMap }),
  S: ({ signals }) => ({ signalRequests: signals.active }),
  X: ({ watch }) => ({ requestIdentifier: watch.requestIdentifier }),
  Q: ({ watch }) => ({ quarantineHandling: watch.quarantineHandling }),
  T: ({ watch }) => ({ detectEvents: watch.detect }),
  O: ({ watch }) => ({ observedEvents: watch.observed }),
  N: ({ notified }) => ({ notifiedEntity: notified.entity }),
  I: ({ connections }) => ({ connectionIds: [...connections.values()].map(({ id }) => id) }),
  ES: ({ hook }) => ({ eventStates: [{ name: { packageName: 'L', event: hook === 'off' ? 'hd' : 'hu' }, parameters: [] }] }),
  B: ({ bearer }) => ({ bearerInformation: bearer }),
  E: ({ reason }) => ({ reasonCode: reason }),
  RM: (_line, _around, { restartMethod }) => ({ restartMethod }),
  RD: (_line, _around, { restartDelayS }) => ({ restartDelayS }),
  PL: (_line, { registry }) => ({ packageList: registry.versions() }),
  MD: () => ({ maxDatagram: MAX_DATAGRAM }),
  A: (_line, { registry }) => ({
    capabilities: [
      {
        codecs: CODECS.map(({ name }) => name),
        packetizationMs: PACKET_MS,
        echoCancellation: true,
        silenceSuppression: false,
        networkTypes: ['IN'],
        packages: registry.versions().map(({ name }) => name),
        modes: MODES,
      },
    ],
  }),
  'RED/NL': ({ notified }, { settings }) => (settings.red ? { redirectList: notified.list } : undefined),
  'B/PR': ({ watch }) => ({ persistentEvents: watch.persistent }),
  'B/NS': ({ watch }) => ({ notificationState: watch.state }),
};

export function auditConnection(line: GatewayLine, command: MgcpCommand, around: LineSurroundings): ResponseDraft {
  const found = findConnection(line, command.parameters);
  if (!found.ok) return found.refusal;
  const connection = found.value;
  const asked = new Set(command.parameters.requestedInfo ?? []);
  const parameters: Parameters = {
    ...(asked.has('C') && { callId: connection.callId }),
    ...(asked.has('N') && { notifiedEntity: line.notified.entity }),
    ...(asked.has('L') && { localConnectionOptions: connection.state.options }),
    ...(asked.has('M') && { mode: connection.state.mode }),
    ...(asked.has('P') && { connectionParameters: { ...NOTHING_COUNTED, ...around.media.statistics(connection.localPort) } }),
  };
  // §3.3.7: the local description first; one that there is not yet is the shortest there is.
  const descriptions = [...(asked.has('LC') ? [connection.local] : []), ...(asked.has('RC') ? [connection.state.remote ?? 'v=0\r\n'] : [])];
  return { code: ReturnCode.ok, parameters, descriptions };
}

/** §2.3.10: the names that a wildcard stands for, one line each; 533 where they are more than a datagram takes. */
export function auditNames(lines: readonly GatewayLine[]): ResponseDraft {
  const bytes = lines.reduce((sum, { endpoint }) => sum + endpoint.local.length + endpoint.domain.length + 8, 0);
  if (bytes > MAX_RESPONSE) return { code: ReturnCode.responseTooLarge };
  return { code: ReturnCode.ok, parameters: { specificEndpointIds: lines.map(({ endpoint }) => endpoint) } };
}

/** What a loopback or a network with fragments carries; agents must take 4000 bytes, and most take all of UDP. */
const MAX_RESPONSE = 60_000;

/** RD of a line that is waiting or disconnected, in whole seconds. */
export function delayS(from: Millis, to: Millis): number {
  return Math.max(0, Math.min(999_999, Math.floor((to - from) / 1_000)));
}
