// Farewells: a gateway is asked to register elsewhere, with its calls (ServiceChange HandOff, RFC 3525 §11.5), when this node
// drains; or here, when it takes this node for its controller without having registered; or where this node's other gateways
// have gone, when it had died meanwhile. Before one of ours goes nothing new is ordered of it, and what is under way is waited
// for: its next controller shall find what it was told of.
import type { Millis } from '@altpath/core';
import { type ActionRequest, type MId, NULL_CONTEXT, ROOT } from '../message/index.js';
import { type Association, DEFAULT_TRANSACTION_SETTINGS } from '../transaction/index.js';
import type { Errand } from './courier.js';
import { errorOf } from './findings.js';
import type { Gateway } from './gateway.js';
import { type Holding, SENT_MS } from './holding.js';
import type { ControllerParts } from './parts.js';
import { timeStamp } from './time-stamp.js';

/** How long transactions that are under way are waited for. */
const QUIET_MS: Millis = 500;
/** One that did not go is asked again so much later. */
const AGAIN_MS: Millis = 5_000;
const REASON = '903 MGC Directed Change';

export class HandOff {
  /** Gateways that did not go, and when they are asked again. */
  readonly #againAt = new Map<Gateway, Millis>();

  constructor(
    private readonly parts: ControllerParts,
    private readonly holding: Holding,
  ) {}

  /** All gateways that have a place to go to. */
  drain(now: Millis): void {
    for (const gateway of this.parts.gateways) {
      const to = this.holding.successor(gateway, now);
      if (to !== undefined) this.#begin(gateway, to, now);
    }
  }

  sweep(now: Millis): void {
    const { environment, gateways, courier } = this.parts;
    if (environment.draining) this.drain(now);
    else this.#followOthers(now);
    for (const gateway of gateways) {
      const { leaving } = gateway;
      if (leaving === undefined) continue;
      if (!leaving.isAsked) {
        if (courier.inFlight(gateway) === 0 || now - leaving.since >= QUIET_MS) this.#ask(gateway, now);
        // It said that it goes, and is not heard of where it should be.
      } else if (now - leaving.since >= this.#tMaxMs) this.#stays(gateway, 'not-gone', now);
    }
  }

  /** Asks a gateway that has not registered to do so, here (§11.5: the name may be the one it has). */
  call(gateway: Gateway, association: Association, now: Millis): void {
    const { environment, courier } = this.parts;
    gateway.isCalled = true;
    const errand: Errand = {
      gateway,
      actions: handOffTo(environment.mIdOf(association.hop), now),
      then: (result) => {
        if (result && errorOf(result) === undefined) return;
        // It does not know how; who is ours obeys all the same.
        gateway.isCalled = false;
        environment.observer.count('megaco.hand-off.refused', 'call-back');
      },
    };
    // Who is ours is asked first what it does.
    if (gateway.association === undefined) courier.tell(errand, association, now);
    else courier.run(errand);
  }

  /**
   * Sends a gateway that has not registered here on to another node, once.
   *
   * @returns false when it does not go.
   */
  sendOn(gateway: Gateway, from: Association, to: number, now: Millis): boolean {
    const { sentTo } = gateway;
    const mId = this.holding.mIdOfNode(to, from);
    if (mId === undefined) return false;
    const isSent = sentTo?.node === to && now - sentTo.at < SENT_MS;
    if (isSent) return now - sentTo.at < this.#tMaxMs;
    gateway.sentTo = { node: to, at: now };
    this.parts.environment.observer.count('megaco.hand-off', 'stand-in');
    this.parts.courier.tell({ gateway, actions: handOffTo(mId, now), then: () => undefined }, from, now);
    return true;
  }

  /**
   * This node has died and begun anew, some of its gateways did not notice, and one that did has gone to another node: the
   * others follow, for calls have legs on both.
   *
   * @returns false when there is none to follow.
   */
  follow(gone: Gateway, to: number, now: Millis): boolean {
    const siblings = this.#metAnew(gone, now, gone);
    for (const gateway of siblings) this.#begin(gateway, to, now);
    return siblings.length > 0;
  }

  /** The same where gateways of another protocol have gone. */
  #followOthers(now: Millis): void {
    if (this.parts.custody.hearsay) return;
    for (const gateway of this.parts.gateways) {
      const { association, leaving, adoptedAt } = gateway;
      if (adoptedAt === undefined || association === undefined || leaving || this.#metAnew(gateway, now).length === 0) continue;
      const to = this.holding.placeOfOthers(gateway, association, now);
      if (to !== undefined) this.#begin(gateway, to, now);
    }
  }

  /** The gateways of this path that are here, but for one that goes, where this node has begun anew and met them all since. */
  #metAnew(gateway: Gateway, now: Millis, butFor?: Gateway): readonly Gateway[] {
    const siblings = [...this.parts.gateways].filter((each) => each.stage !== 'foreign' && each.isSibling(gateway) && each !== butFor);
    return siblings.every(({ adoptedAt }) => adoptedAt !== undefined && now - adoptedAt < SENT_MS) ? siblings : [];
  }

  #begin(gateway: Gateway, to: number, now: Millis): void {
    if (gateway.stage === 'foreign' || gateway.association === undefined || gateway.leaving) return;
    if (now < (this.#againAt.get(gateway) ?? 0)) return;
    gateway.leaving = { to, since: now, isAsked: false };
    this.parts.wakeBy(now);
  }

  #ask(gateway: Gateway, now: Millis): void {
    const { association, leaving } = gateway;
    const mId = association && leaving && this.holding.mIdOfNode(leaving.to, association);
    if (mId === undefined || leaving === undefined) return this.#stays(gateway, 'no-place', now);
    leaving.isAsked = true;
    this.parts.environment.observer.count('megaco.hand-off');
    this.parts.courier.run({
      gateway,
      actions: handOffTo(mId, now),
      then: (result, at) => {
        if (gateway.leaving !== leaving) return;
        const code = result && errorOf(result);
        if (result === undefined || code !== undefined) this.#stays(gateway, String(code ?? 'silent'), at);
      },
    });
  }

  #stays(gateway: Gateway, reason: string, now: Millis): void {
    const { environment, lines } = this.parts;
    environment.observer.count('megaco.hand-off.refused', reason);
    gateway.leaving = undefined;
    this.#againAt.set(gateway, now + AGAIN_MS);
    for (const line of gateway.lines.values()) lines.touch(line.name);
  }

  get #tMaxMs(): Millis {
    return this.parts.environment.settings.timers.tMaxMs ?? DEFAULT_TRANSACTION_SETTINGS.tMaxMs;
  }
}

function handOffTo(mgcId: MId, now: Millis): readonly ActionRequest[] {
  const parameters = { method: 'handoff', reason: REASON, mgcId, timeStamp: timeStamp(now) } as const;
  return [{ contextId: NULL_CONTEXT, commands: [{ kind: 'service-change', terminationId: ROOT, parameters }] }];
}
