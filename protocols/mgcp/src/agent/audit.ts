// Audits (RFC 3435 §2.3.10, §2.3.11): what a line's endpoint has been asked, who its call agent is, and which connections
// it has. Two steps: the endpoint, then each of its connections.
import type { Millis } from '@altpath/core';
import type { MgcpResponse } from '../message/message.js';
import type { EntityName } from '../message/entity-name.js';
import { isSuccess } from '../message/return-codes.js';
import type { Courier } from './courier.js';
import type { Gateway } from './gateway.js';
import type { Line } from './line.js';
import type { AuditedConnection, AuditedEndpoint } from './line-facts.js';

export type AuditOutcome =
  | { readonly kind: 'found'; readonly audited: AuditedEndpoint; readonly notifiedEntity: EntityName | null | undefined }
  /** The gateway says that there is no such endpoint, or that it is out of service. */
  | { readonly kind: 'refused'; readonly code: number }
  | { readonly kind: 'silent' };

const ENDPOINT_INFO = ['X', 'R', 'S', 'I', 'N', 'ES'];
const CONNECTION_INFO = ['C', 'M', 'LC', 'RC'];

/** Asks for everything that a stand-in has to know of a line; `done` is told once. */
export function auditLine(courier: Courier, gateway: Gateway, line: Line, done: (outcome: AuditOutcome, now: Millis) => void): void {
  const { endpoint } = line;
  const to = gateway.destination;
  courier.run({
    gateway,
    to,
    command: { verb: 'AUEP', endpoint, parameters: { requestedInfo: ENDPOINT_INFO } },
    then: (response, now) => {
      if (!response) return done({ kind: 'silent' }, now);
      if (!isSuccess(response.code)) return done({ kind: 'refused', code: response.code }, now);
      const ids = response.parameters.connectionIds ?? [];
      const found = (connections: readonly AuditedConnection[], at: Millis): void =>
        done(
          { kind: 'found', audited: { parameters: response.parameters, connections }, notifiedEntity: response.parameters.notifiedEntity },
          at,
        );
      if (ids.length === 0) return found([], now);
      const connections: AuditedConnection[] = [];
      let open = ids.length;
      let isSilent = false;
      for (const connectionId of ids) {
        courier.run({
          gateway,
          to,
          command: { verb: 'AUCX', endpoint, parameters: { connectionIds: [connectionId], connectionId, requestedInfo: CONNECTION_INFO } },
          then: (answer, at) => {
            open -= 1;
            // 515: it has gone meanwhile.
            if (answer && isSuccess(answer.code)) connections.push(connectionOf(connectionId, answer));
            isSilent ||= answer === undefined;
            if (open > 0) return;
            // A connection of which nothing is known must not be taken for one that is gone: nobody would delete it.
            if (isSilent) done({ kind: 'silent' }, at);
            else found(connections, at);
          },
        });
      }
    },
  });
}

/** §3.3.7: the local description comes first; one that is missing is `v=0` alone. */
function connectionOf(connectionId: string, { parameters, descriptions }: MgcpResponse): AuditedConnection {
  const { callId, mode } = parameters;
  return { connectionId, callId, mode, local: descriptions[0], remote: descriptions[1] };
}
