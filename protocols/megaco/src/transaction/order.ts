// Which requests have to wait for others (RFC 3525 §9.1): the ServiceChange that registers comes first, and over UDP a
// termination has one Notify outstanding. Everything else goes when its user sends it.
import { isReliable } from '@altpath/core';
import { type ActionRequest, ROOT } from '../message/index.js';
import type { Association } from './events.js';

/** What a request has to do with the order. */
export interface Claims {
  readonly isRegistration: boolean;
  /** Terminations that it notifies of. */
  readonly notifies: readonly string[];
}

export interface Ordered {
  readonly association: Association;
  readonly claims: Claims;
}

/** @returns what a request claims; the farewell of a controller, which names another one, is no registration. */
export function claimsOf(actions: readonly ActionRequest[]): Claims {
  let isRegistration = false;
  const notifies: string[] = [];
  for (const { commands } of actions) {
    for (const command of commands) {
      const { terminationId } = command;
      if (command.kind === 'notify') notifies.push(terminationId.toLowerCase());
      if (command.kind !== 'service-change' || terminationId !== ROOT) continue;
      const { method, mgcId } = command.parameters;
      if (REGISTERING.has(method) && mgcId === undefined) isRegistration = true;
    }
  }
  return { isRegistration, notifies };
}

const REGISTERING: ReadonlySet<string> = new Set(['restart', 'disconnected', 'failover', 'handoff']);

/** What waits at one side. `gate` is the registration that is outstanding there, `closed` one that failed. */
interface Side<Request> {
  gate: Request | 'closed' | undefined;
  readonly notifies: Map<string, Request>;
  readonly held: Set<Request>;
}

export class Order<Request extends Ordered> {
  readonly #sides = new Map<string, Side<Request>>();

  /** @returns `true` when it may go now; else `leave` of another gives it back. */
  enter(request: Request): boolean {
    const { key } = request.association;
    let side = this.#sides.get(key);
    if (side === undefined) this.#sides.set(key, (side = { gate: undefined, notifies: new Map(), held: new Set() }));
    if (request.claims.isRegistration && (side.gate === undefined || side.gate === 'closed')) side.gate = request;
    const isFree = this.#isFree(side, request, claimedBy(side.held));
    if (isFree) this.#claim(side, request);
    else side.held.add(request);
    return isFree;
  }

  /**
   * A request is outstanding no longer.
   *
   * @param isRegistered  For a registration: whether what waits behind it may go now. Else it stays until another
   *                      registration, or until its user sends it elsewhere.
   * @returns             What may go now, in order.
   */
  leave(request: Request, isRegistered: boolean): readonly Request[] {
    const { key } = request.association;
    const side = this.#sides.get(key);
    if (side === undefined) return [];
    side.held.delete(request);
    for (const termination of request.claims.notifies) if (side.notifies.get(termination) === request) side.notifies.delete(termination);
    if (side.gate === request) side.gate = isRegistered ? undefined : 'closed';
    const released: Request[] = [];
    const before = new Set<string>();
    for (const held of side.held) {
      if (held.claims.isRegistration && (side.gate === undefined || side.gate === 'closed')) side.gate = held;
      if (this.#isFree(side, held, before)) {
        side.held.delete(held);
        this.#claim(side, held);
        released.push(held);
      } else for (const termination of held.claims.notifies) before.add(termination);
    }
    if (side.held.size === 0 && side.notifies.size === 0 && side.gate === undefined) this.#sides.delete(key);
    return released;
  }

  #isFree(side: Side<Request>, request: Request, before: ReadonlySet<string>): boolean {
    if (side.gate !== undefined && side.gate !== request) return false;
    if (isReliable(request.association.hop.transport)) return true;
    return request.claims.notifies.every((termination) => !side.notifies.has(termination) && !before.has(termination));
  }

  #claim(side: Side<Request>, request: Request): void {
    for (const termination of request.claims.notifies) side.notifies.set(termination, request);
  }
}

/** Terminations that those who wait notify of: who comes later waits behind them. */
function claimedBy(requests: ReadonlySet<Ordered>): ReadonlySet<string> {
  if (requests.size === 0) return NONE;
  return new Set([...requests].flatMap(({ claims }) => claims.notifies));
}

const NONE: ReadonlySet<string> = new Set();
