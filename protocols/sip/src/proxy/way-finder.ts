// Where a target is (RFC 3261 §16.6 step 7): its hops now, or later when DNS has been asked.
import { type Hop, hopKey, isReliable, type Millis, type ResolvedAddress, type RouteTarget } from '@altpath/core';
import type { Environment } from '../environment.js';
import { hopsOf, locate } from '../locate.js';
import { parseUri } from '../message/uri.js';
import type { Passage } from './forward.js';

/** Told once: the hops in the order of trying, or `undefined` with the status that says why there is no way. */
export type Found = (hops: readonly Hop[] | undefined, status: number, now: Millis) => void;

export class WayFinder {
  readonly #questions = new Map<number, (addresses: readonly ResolvedAddress[], now: Millis) => void>();

  constructor(private readonly environment: Environment) {}

  locate(target: RouteTarget, passage: Passage, found: Found, now: Millis): void {
    return this.find(target, passage.routes, giverOf(target, passage.hop.host), found, now);
  }

  /**
   * @param routes  What stands before the target's address: the first of them is gone to.
   * @param giver   Who vouches for alternates that are written there.
   */
  find(target: RouteTarget, routes: readonly string[], giver: string, found: Found, now: Millis): void {
    if (target.hop) return found(this.#registeredHops(target, target.hop), 0, now);
    const text = target.via?.[0] ?? routes[0] ?? target.address;
    const located = locate(this.environment, text, giver);
    switch (located.kind) {
      case 'hops':
        return found(located.hops, 0, now);
      case 'none':
        return found(undefined, located.reason === 'scheme' ? 416 : 503, now);
      case 'name': {
        const id = this.environment.nextId();
        this.#questions.set(id, (addresses, when) => {
          const hops = addresses.map((each) => ({ transport: each.transport, host: each.host, port: each.port }));
          const alternates = hopsOf(located.alternates, hops[0]?.transport ?? 'udp');
          found(hops.length === 0 ? undefined : [...hops, ...alternates], 503, when);
        });
        this.environment.emit({ kind: 'resolve', id, question: located.question });
        return undefined;
      }
      default:
        return located satisfies never;
    }
  }

  /** The connection that a telephone registered over; where it is gone, the contact itself may listen. */
  #registeredHops(target: RouteTarget, hop: Hop): readonly Hop[] {
    if (!isReliable(hop.transport) || target.registered !== true) return [hop];
    const contact = locate(this.environment, target.address, '');
    return contact.kind === 'hops' && contact.hops[0]?.transport === hop.transport && hopKey(contact.hops[0]) !== hopKey(hop)
      ? [hop, contact.hops[0]]
      : [hop];
  }

  resolved(id: number, addresses: readonly ResolvedAddress[], now: Millis): void {
    const found = this.#questions.get(id);
    this.#questions.delete(id);
    found?.(addresses, now);
  }

  /** Whoever asked is gone. */
  forget(): void {
    this.#questions.clear();
  }
}

/** Who vouches for the alternates in a target: who sent the request, or, for a registered contact, the contact itself. */
export function giverOf(target: RouteTarget, sender: string): string {
  if (target.registered !== true || (target.via?.length ?? 0) > 0) return sender;
  const uri = parseUri(target.address);
  return uri.ok ? uri.value.host : '';
}
