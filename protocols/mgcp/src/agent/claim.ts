// A claim: telling a gateway who its call agent is from now on, with the least that says it, so that nothing rings, sounds
// or collects differently because of it (RFC 3435 §4.1, RFC 3991 §2).
import type { Millis, Observer } from '@altpath/core';
import type { CommandDraft } from '../message/message.js';
import { isSuccess } from '../message/return-codes.js';
import { pathParameters } from '../path-mapping.js';
import type { Courier } from './courier.js';
import type { Gateway } from './gateway.js';
import type { Line } from './line.js';
import type { AuditedEndpoint } from './line-facts.js';
import { refusalOf } from './refusals.js';

/** RFC 3991 §2.2: the endpoint that stands for the gateway itself. */
const VIRTUAL_ENDPOINT = 'MG';
/** Call identifier of a connection that is made only to claim a line: of no call, which an audit sees by its form. */
const CLAIM = 'C1A1';
/** A line whose claim failed is audited again, unless it has been told something else until then. */
const RECLAIM_MS = 2_000;

/**
 * Claims the lines of `found`: the whole gateway at once where it has the redirect package, else line by line.
 *
 * @param found  What the audit gave of each line: an RQNT replaces what it does not repeat. Those that have been told in
 *               another way since (`unclaimed`) are left alone.
 */
export function claim(
  courier: Courier,
  gateway: Gateway,
  found: ReadonlyMap<Line, AuditedEndpoint>,
  slot: number,
  observer: Observer,
): void {
  const { path } = gateway;
  if (!path) return;
  const each = (): void => {
    for (const [line, audited] of found) if (gateway.unclaimed.has(line)) claimLine(courier, gateway, line, audited, slot, observer);
  };
  if (gateway.hasRed === false) return each();
  const { notifiedEntity, redirectList } = pathParameters(path, true);
  courier.run({
    gateway,
    to: gateway.destination,
    command: {
      verb: 'EPCF',
      endpoint: gateway.endpoint(VIRTUAL_ENDPOINT),
      parameters: { redirectEndpoints: [{ names: ['*'] }], redirectEntity: notifiedEntity, ...(redirectList && { redirectList }) },
    },
    then: (response) => {
      if (response && isSuccess(response.code)) {
        gateway.hasRed = true;
        gateway.unclaimed.clear();
        return observer.count('mgcp.claimed', 'redirect');
      }
      // It does not know the package (518, 511, 539), or not its virtual endpoint (500).
      if (response && response.code >= 500 && gateway.settings.red === 'auto') gateway.hasRed = false;
      each();
    },
  });
}

function claimLine(courier: Courier, gateway: Gateway, line: Line, audited: AuditedEndpoint, slot: number, observer: Observer): void {
  const { path } = gateway;
  if (!path) return;
  // It has something to be told anyway: that says who tells it.
  if (line.busy) return;
  const entity = pathParameters(path, gateway.hasRed === true);
  const { armed, connectionId } = line.describe();
  const send = (
    how: string,
    command: CommandDraft,
    after?: (response: { readonly connectionId?: string | undefined }, now: Millis) => void,
  ): void => {
    line.hold();
    courier.run({
      gateway,
      to: gateway.destination,
      command,
      then: (response, now) => {
        line.resume();
        if (!response || !isSuccess(response.code)) {
          observer.count('mgcp.claim.failed', how);
          // Glare: the phone has been lifted or put down since the audit, and the report of it goes to nobody.
          const isGlare = response !== undefined && refusalOf(response.code).kind === 'glare';
          gateway.reclaimAt.set(line, isGlare ? now : now + RECLAIM_MS);
          return;
        }
        gateway.unclaimed.delete(line);
        observer.count('mgcp.claimed', how);
        after?.(response.parameters, now);
      },
    });
  };
  const { endpoint } = line;
  if (armed === 'dialling') {
    // A new request would forget the digits that are in. Who can follow a list or a name will report to us.
    if (gateway.settings.alternates !== 'none') return;
    const callId = CLAIM + slot.toString(16).toUpperCase();
    return send('connection', { verb: 'CRCX', endpoint, parameters: { callId, mode: 'inactive', ...entity } }, ({ connectionId: made }) => {
      if (made === undefined) return;
      line.hold();
      courier.run({
        gateway,
        to: gateway.destination,
        command: { verb: 'DLCX', endpoint, parameters: { callId, connectionId: made } },
        then: () => line.resume(),
      });
    });
  }
  const connection = audited.connections.find((each) => each.connectionId === connectionId);
  if (connection?.callId !== undefined)
    return send('modify', {
      verb: 'MDCX',
      endpoint,
      parameters: { callId: connection.callId, connectionId: connection.connectionId, ...entity },
    });
  const { requestIdentifier, requestedEvents, signalRequests } = audited.parameters;
  if (requestIdentifier === undefined || requestIdentifier === '') return;
  // It has been told something else since it was audited: its tones are others.
  if (requestIdentifier.toUpperCase() !== line.describe().requestIdentifier?.toUpperCase()) return;
  send('request', { verb: 'RQNT', endpoint, parameters: { requestIdentifier, requestedEvents, signalRequests, ...entity } });
}
