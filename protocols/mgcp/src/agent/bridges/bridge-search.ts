// Looking for bridges on a gateway (RFC 3435 §2.3.10, §2.3.11): which endpoints it has, which connections are on them, and of
// which calls those are. A gateway that tells no names (osmo-mgw) is left alone: it would not tell its connections either.
import { parseCallId } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import type { EndpointName } from '../../message/endpoint-name.js';
import type { CommandDraft, MgcpResponse } from '../../message/message.js';
import { isSuccess } from '../../message/return-codes.js';
import { neutralMode } from '../connections.js';
import type { Courier } from '../courier.js';
import type { BridgeGateway } from './bridge-gateway.js';
import type { KnownBridge, KnownConnection } from './bridge-text.js';

/** Questions of one search that are out at the same time. */
const WINDOW = 8;

/** What a search came to: what was found, and whether all was answered; or why nothing can be seen. */
export type SearchOutcome = { readonly found: readonly KnownBridge[]; readonly isWhole: boolean } | 'blind' | 'silent';

/** @param done  Told once. Of connections that were found it is not known whose side each is: they stand in the gateway's order. */
export function searchBridges(courier: Courier, ground: BridgeGateway, done: (outcome: SearchOutcome, now: Millis) => void): void {
  const ask = (command: CommandDraft, then: (response: MgcpResponse | undefined, now: Millis) => void): void =>
    courier.run({ gateway: undefined, to: ground.gateway.destination, command, then });
  ask({ verb: 'AUEP', endpoint: ground.allEndpoints, parameters: {} }, (response, now) => {
    if (!response) return done('silent', now);
    const named = isSuccess(response.code) ? (response.parameters.specificEndpointIds ?? []) : [];
    const endpoints = ground.hasChoice ? [...named] : [ground.allEndpoints];
    if (endpoints.length === 0) return done('blind', now);
    const found: KnownBridge[] = [];
    let isWhole = true;
    let open = 0;
    const goOn = (at: Millis): void => {
      while (open < WINDOW) {
        const endpoint = endpoints.shift();
        if (!endpoint) break;
        open += 1;
        askEndpoint(ask, endpoint, ground.name, (bridges, then) => {
          open -= 1;
          isWhole &&= bridges !== undefined;
          found.push(...(bridges ?? []));
          goOn(then);
        });
      }
      if (open === 0) done({ found, isWhole }, at);
    };
    goOn(now);
  });
}

type Ask = (command: CommandDraft, then: (response: MgcpResponse | undefined, now: Millis) => void) => void;

/** @param done  Told once; undefined: something was not answered. */
function askEndpoint(
  ask: Ask,
  endpoint: EndpointName,
  gateway: string,
  done: (found: readonly KnownBridge[] | undefined, now: Millis) => void,
): void {
  ask({ verb: 'AUEP', endpoint, parameters: { requestedInfo: ['I'] } }, (response, now) => {
    const ids = response && isSuccess(response.code) ? (response.parameters.connectionIds ?? []) : [];
    if (ids.length === 0) return done(response && [], now);
    const connections = new Map<string, KnownConnection & { readonly callId: string }>();
    let isWhole = true;
    let open = ids.length;
    for (const connectionId of ids) {
      const parameters = { connectionIds: [connectionId], connectionId, requestedInfo: ['C', 'M', 'LC', 'RC'] };
      ask({ verb: 'AUCX', endpoint, parameters }, (answer, at) => {
        open -= 1;
        const callId = answer && isSuccess(answer.code) ? answer.parameters.callId : undefined;
        if (answer && callId !== undefined) {
          const [local, remote] = answer.descriptions.map(withMedia);
          connections.set(connectionId, { connectionId, callId, local, remote, mode: neutralMode(answer.parameters.mode) });
        }
        isWhole &&= answer !== undefined;
        if (open === 0) done(isWhole ? byCall(ids, connections, endpoint, gateway) : undefined, at);
      });
    }
  });
}

/** Asks what has come to a bridge from its telephones, in packets. @param done  Told once; undefined: the gateway does not tell. */
export function countRelayed(
  courier: Courier,
  ground: BridgeGateway,
  { endpoint, connections }: Pick<KnownBridge, 'endpoint' | 'connections'>,
  done: (packets: number | undefined, now: Millis) => void,
): void {
  const ids = connections.flatMap((connection) => (connection ? [connection.connectionId] : []));
  let open = ids.length;
  let packets = 0;
  let isTold = true;
  for (const connectionId of ids) {
    courier.run({
      gateway: undefined,
      to: ground.gateway.destination,
      command: {
        verb: 'AUCX',
        endpoint: ground.gateway.endpoint(endpoint),
        parameters: { connectionIds: [connectionId], connectionId, requestedInfo: ['P'] },
      },
      then: (response, now) => {
        open -= 1;
        // 515: it has gone.
        const isGone = response !== undefined && !isSuccess(response.code);
        packets += response?.parameters.connectionParameters?.packetsReceived ?? 0;
        isTold &&= isGone || response?.parameters.connectionParameters !== undefined;
        if (open === 0) done(isTold ? packets : undefined, now);
      },
    });
  }
}

/** Connections of calls that are none of ours are nobody's business here. */
function byCall(
  ids: readonly string[],
  connections: ReadonlyMap<string, KnownConnection & { readonly callId: string }>,
  endpoint: EndpointName,
  gateway: string,
): readonly KnownBridge[] {
  const calls = new Map<string, KnownConnection[]>();
  for (const id of ids) {
    const connection = connections.get(id);
    if (!connection || !parseCallId(connection.callId)) continue;
    const { callId, ...known } = connection;
    const key = callId.toUpperCase();
    calls.set(key, [...(calls.get(key) ?? []), known]);
  }
  return [...calls].map(([callId, [first, second]]) => ({
    callId,
    gateway,
    endpoint: endpoint.local,
    connections: [first, second],
    node: parseCallId(callId)?.slot ?? 0,
    since: 0,
  }));
}

/** §3.3.7: where a description is missing, `v=0` alone stands for it. */
function withMedia(description: string): string | undefined {
  return description.includes('m=') ? description : undefined;
}
