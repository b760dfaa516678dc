// Connections of an endpoint that must go although no state says so: found by an audit and of no call, or perhaps made
// by a command that nobody answered. None is forgotten before the gateway has said that it is gone.
import { BackOff } from '@altpath/call-control';
import { NEVER, type Millis } from '@altpath/core';
import type { Parameters } from '../message/parameters.js';
import { sameCallId } from './connections.js';

/** Without a connection all those of the call, without a call all those of the endpoint (RFC 3435 §2.3.9). */
export interface Orphan {
  readonly callId: string | undefined;
  readonly connectionId: string | undefined;
  readonly backOff: BackOff;
}

export class Orphans {
  readonly #list: Orphan[] = [];

  get size(): number {
    return this.#list.length;
  }

  add(ids: { readonly callId: string | undefined; readonly connectionId: string | undefined }): void {
    this.#list.push({ callId: ids.callId, connectionId: ids.connectionId, backOff: new BackOff() });
  }

  due(now: Millis): Orphan | undefined {
    return this.#list.find((orphan) => orphan.backOff.isOver(now));
  }

  /** One whose deletion would take with it what is made now: it has to go first. */
  unnamed(): Orphan | undefined {
    return this.#list.find((orphan) => orphan.connectionId === undefined);
  }

  gone(orphan: Orphan): void {
    const at = this.#list.indexOf(orphan);
    if (at >= 0) this.#list.splice(at, 1);
  }

  /** The gateway has deleted connections by itself. @returns true when one of these was among them. */
  deleted(ids: Pick<Parameters, 'callId' | 'connectionId'>): boolean {
    const orphan = this.#list.find((candidate) => isMeant(ids, candidate));
    if (orphan !== undefined) this.gone(orphan);
    return orphan !== undefined;
  }

  postpone(until: Millis): void {
    for (const orphan of this.#list) orphan.backOff.pause(until);
  }

  /** The gateway answers again: what waits for nothing else need not wait. */
  hurry(): void {
    for (const orphan of this.#list) if (orphan.backOff.attempts === 0) orphan.backOff.reset();
  }

  clear(): void {
    this.#list.length = 0;
  }

  deadline(): Millis {
    return Math.min(NEVER, ...this.#list.map((orphan) => orphan.backOff.notBefore));
  }
}

/** What commands write of a connection: it is named together with its call only. */
export function idsOf(connection: Pick<Orphan, 'callId' | 'connectionId'>): Pick<Parameters, 'callId' | 'connectionId'> {
  const { callId, connectionId } = connection;
  if (callId === undefined) return {};
  return connectionId === undefined ? { callId } : { callId, connectionId };
}

/** Whether a deletion that names these identifiers, or leaves them out, is of this connection. */
export function isMeant(
  ids: Pick<Parameters, 'callId' | 'connectionId'>,
  connection: { readonly callId: string | undefined; readonly connectionId: string | undefined },
): boolean {
  const isCall = ids.callId === undefined || sameCallId(ids.callId, connection.callId);
  return isCall && (ids.connectionId === undefined || sameCallId(ids.connectionId, connection.connectionId));
}
