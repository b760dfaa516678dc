// The place of a call's connection on an endpoint: what is there, and what the endpoint is called while it is. A wildcard
// gives way to the name that the gateway chose, until the connection is gone (RFC 3435 §2.3.5).
import { type EndpointName, isAllOf, isAnyOf } from '../message/endpoint-name.js';
import type { MgcpResponse } from '../message/message.js';
import type { Change } from './commands.js';
import type { Connection } from './connections.js';

export class ConnectionSlot {
  #connection: Connection | undefined;
  #endpoint: EndpointName;

  constructor(private readonly asked: EndpointName) {
    this.#endpoint = asked;
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** What the endpoint is called at present. */
  get endpoint(): EndpointName {
    return this.#endpoint;
  }

  /** An audit's finding. */
  found(connection: Connection | undefined): void {
    this.#connection = connection;
  }

  /** @returns false when the response lacks what it must have: a new connection's id. */
  changed(change: Exclude<Change, { readonly kind: 'sweep' }>, response: Pick<MgcpResponse, 'parameters' | 'descriptions'>): boolean {
    const local = response.descriptions[0];
    switch (change.kind) {
      case 'create': {
        const { connectionId, specificEndpointId } = response.parameters;
        if (specificEndpointId !== undefined && (isAnyOf(this.#endpoint) || isAllOf(this.#endpoint))) this.#endpoint = specificEndpointId;
        if (connectionId === undefined) return false;
        this.#connection = { callId: change.callId, connectionId, mode: change.mode, remote: change.remote, local };
        return true;
      }
      case 'modify':
        this.#connection = { ...change.connection, mode: change.mode, remote: change.remote, local: local ?? change.connection.local };
        return true;
      case 'delete':
        this.gone();
        return true;
      default:
        return change satisfies never;
    }
  }

  /** What the gateway has of it is not known: who still wants it writes it again, and so learns whether it is there. */
  doubt(connection: Connection): void {
    if (this.#connection === connection) this.#connection = { ...connection, mode: undefined };
  }

  gone(): void {
    this.#connection = undefined;
    this.#endpoint = this.asked;
  }
}
