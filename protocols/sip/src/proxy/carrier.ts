// Requests that are forwarded and forgotten: every ACK that is not this hop's own, and all requests in stateless mode
// (RFC 3261 §16.11). The branch is derived, so a copy that comes again leaves with the same one.
import { type Hop, hopKey, type Millis, type RouteTarget } from '@altpath/core';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import { contextSeed, deriveAckBranch, deriveBranch } from './derive.js';
import { assembleCopy, isTold, Passage } from './forward.js';
import { readRoutes, targetsNow } from './routing.js';
import type { WayFinder } from './way-finder.js';

/** ACKs with several ways that were sent lately: one that comes again was not heard. */
const SENT_LIMIT = 4_096;

export class Carrier {
  readonly #sent = new Map<string, Millis>();

  constructor(
    private readonly environment: Environment,
    private readonly ways: WayFinder,
  ) {}

  /**
   * The ACK of a 2xx, or that of a failure which another node carried: it keeps no state and gets no answer.
   *
   * @param carriedHere  This node carried the INVITE, and its transaction is not what the ACK belongs to: it takes a
   *                     branch of its own (RFC 3261 §13.2.2.4).
   */
  ack(request: SipMessage, hop: Hop, carriedHere: boolean, now: Millis): void {
    const { observer } = this.environment;
    if (request.maxForwards === 0) return observer.count('sip.request.dropped', 'max-forwards');
    const passage = new Passage(request, hop);
    readRoutes(this.environment, passage);
    const targets = targetsNow(this.environment, passage, now);
    if (targets.length === 0) {
      if (!this.environment.handToPeer(request.bytes, hop, now)) observer.count('sip.request.dropped', 'ack-unroutable');
      return undefined;
    }
    for (const target of targets)
      this.#carry(
        passage,
        target,
        (carriedHere ? deriveAckBranch : deriveBranch)(this.environment.signer, contextSeed(request), target.address),
        now,
      );
    return undefined;
  }

  /** Any other request, to one target. */
  forward(passage: Passage, target: RouteTarget, seed: string, now: Millis): void {
    return this.#carry(passage, target, deriveBranch(this.environment.signer, seed, target.address), now);
  }

  #carry(passage: Passage, target: RouteTarget, branch: string, now: Millis): void {
    this.ways.locate(
      target,
      passage,
      (hops, _status, when) => {
        const { environment } = this;
        const first = hops?.[0];
        if (!first) return environment.observer.count('sip.request.dropped', 'unroutable');
        const same = hops.filter((each) => each.transport === first.transport);
        const told = isTold(environment, passage.hop, when);
        const data = assembleCopy(
          environment,
          passage,
          { target, hop: first, branch, flags: 0, forkIndex: 0, forkCount: 1, callerTold: told },
          when,
        );
        for (const hop of this.#chosen(passage.request, branch, same, when)) environment.send(data, hop, when);
        return undefined;
      },
      now,
    );
  }

  /**
   * The first address that is not held for dead. Nobody repeats an ACK by a timer and nobody answers it: when it comes
   * again, the 2xx came again, and all ways are worth a copy. (ARCHITECTURE "Sender with alternates")
   */
  #chosen(request: SipMessage, branch: string, hops: readonly Hop[], now: Millis): readonly Hop[] {
    const { health, settings, observer } = this.environment;
    if (hops.length === 1) return hops;
    const before = this.#sent.get(branch);
    if (request.method === 'ACK') {
      this.#sent.delete(branch);
      this.#sent.set(branch, now);
      if (this.#sent.size > SENT_LIMIT) this.#sent.delete(this.#sent.keys().next().value as string);
      if (before !== undefined && now - before < 64 * settings.timers.t1) {
        observer.count('sip.alternate.used', 'ack-again');
        return hops;
      }
    }
    const alive = hops.find((each) => !health.isDown(hopKey(each), now));
    return [alive ?? (hops[0] as Hop)];
  }
}
