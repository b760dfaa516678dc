// A claim: telling a gateway who its call agent is from now on, with the least that says it, so that nothing rings, sounds
// or collects differently because of it (RFC 3435 §4.1, RFC 3991 §2).
import type { Millis, Observer, PathAttribute } from '@altpath/core';
import type { CommandDraft, MgcpResponse } from '../message/message.js';
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

/** How a line is told whose it is, and the command that says so, but for the call agent's name. */
interface Word {
  readonly how: 'connection' | 'modify' | 'request';
  readonly command: CommandDraft;
}

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
  const claims = new Claims(courier, gateway, path, slot, observer);
  if (gateway.hasRed === false) claims.eachOf(found);
  else claims.together(found);
}

class Claims {
  constructor(
    private readonly courier: Courier,
    private readonly gateway: Gateway,
    private readonly path: PathAttribute,
    private readonly slot: number,
    private readonly observer: Observer,
  ) {}

  together(found: ReadonlyMap<Line, AuditedEndpoint>): void {
    const { gateway } = this;
    const { notifiedEntity, redirectList } = pathParameters(this.path, true);
    const command: CommandDraft = {
      verb: 'EPCF',
      endpoint: gateway.endpoint(VIRTUAL_ENDPOINT),
      parameters: { redirectEndpoints: [{ names: ['*'] }], redirectEntity: notifiedEntity, ...(redirectList && { redirectList }) },
    };
    this.#run(command, (response) => {
      if (response && isSuccess(response.code)) {
        gateway.hasRed = true;
        gateway.unclaimed.clear();
        return this.observer.count('mgcp.claimed', 'redirect');
      }
      // It does not know the package (518, 511, 539), or not its virtual endpoint (500).
      if (response && response.code >= 500 && gateway.settings.red === 'auto') gateway.hasRed = false;
      this.eachOf(found);
    });
  }

  eachOf(found: ReadonlyMap<Line, AuditedEndpoint>): void {
    for (const [line, audited] of found) {
      // One that is busy has something to be told anyway: that says who tells it.
      const word = this.gateway.unclaimed.has(line) && !line.busy ? this.#wordFor(line, audited) : undefined;
      if (word) this.#say(word, line);
    }
  }

  /** @returns undefined where nothing can be said that would disturb nobody. */
  #wordFor(line: Line, { connections, parameters }: AuditedEndpoint): Word | undefined {
    const { endpoint } = line;
    const { armed, connectionId, requestIdentifier: armedBy } = line.describe();
    if (armed === 'dialling') {
      // A new request would forget the digits that are in. Who can follow a list or a name will report to us.
      if (this.gateway.settings.alternates !== 'none') return undefined;
      const callId = CLAIM + this.slot.toString(16).toUpperCase();
      return { how: 'connection', command: { verb: 'CRCX', endpoint, parameters: { callId, mode: 'inactive' } } };
    }
    const connection = connections.find((each) => each.connectionId === connectionId);
    if (connection?.callId !== undefined) {
      const { callId } = connection;
      return { how: 'modify', command: { verb: 'MDCX', endpoint, parameters: { callId, connectionId: connection.connectionId } } };
    }
    const { requestIdentifier, requestedEvents, signalRequests } = parameters;
    if (requestIdentifier === undefined || requestIdentifier === '') return undefined;
    // It has been told something else since it was audited: its tones are others.
    if (requestIdentifier.toUpperCase() !== armedBy?.toUpperCase()) return undefined;
    return { how: 'request', command: { verb: 'RQNT', endpoint, parameters: { requestIdentifier, requestedEvents, signalRequests } } };
  }

  #say({ how, command }: Word, line: Line): void {
    const { gateway, observer } = this;
    const parameters = { ...command.parameters, ...pathParameters(this.path, gateway.hasRed === true) };
    line.hold();
    this.#run({ ...command, parameters }, (response, now) => {
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
      const { connectionId } = response.parameters;
      if (how === 'connection' && connectionId !== undefined) this.#unmake(command, connectionId, line);
    });
  }

  /** A connection that was made for nothing else goes at once. */
  #unmake({ endpoint, parameters: { callId } }: CommandDraft, connectionId: string, line: Line): void {
    line.hold();
    this.#run({ verb: 'DLCX', endpoint, parameters: { callId, connectionId } }, () => line.resume());
  }

  #run(command: CommandDraft, then: (response: MgcpResponse | undefined, now: Millis) => void): void {
    this.courier.run({ gateway: this.gateway, to: this.gateway.destination, command, then });
  }
}
