// What other nodes had, or this one in a former life: what was told of it, what a gateway shows of it, and what becomes of it when
// its call comes here, or does not.
import { parseCallId } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import type { Environment } from '../../environment.js';
import type { Courier } from '../courier.js';
import type { Bridge } from './bridge.js';
import type { BridgeGateway } from './bridge-gateway.js';
import { countRelayed, searchBridges, type SearchOutcome } from './bridge-search.js';
import type { BridgeWord, KnownBridge } from './bridge-text.js';
import { Strangers } from './strangers.js';

/** How long a call waits for what a gateway shows: then it gets a new bridge, and what is found later is deleted. */
const PATIENCE_MS: Millis = 3_000;
/** A gateway that has been looked through is not soon looked through again. */
const REST_MS: Millis = 2_000;
/** What has relayed nothing for so long is used by nobody; and what could not be seen is looked at again so much later. */
export const AGAIN_MS: Millis = 30_000;
/** A gateway that cannot tell what it relays keeps what may be in use for so long: it has a timer of its own for silence, or not. */
export const BLIND_MS: Millis = 3_600_000;
const BLIND = -1;
/** How often it is looked who is gone. */
const LOOK_MS: Millis = 1_000;

/** What the finder needs of the desk. */
export interface FinderPorts {
  bridge(callId: string): Bridge | undefined;
  ground(gateway: string): BridgeGateway | undefined;
  /** Nobody will want it any more. */
  clear(stranded: KnownBridge, now: Millis): void;
}

export class BridgeFinder {
  readonly #strangers = new Strangers();
  /** Gateways that are being looked through, with the bridges that wait for it. */
  readonly #searches = new Map<BridgeGateway, Set<Bridge>>();
  readonly #searchedAt = new Map<BridgeGateway, Millis>();
  /** Gateways that have not been seen whole, and when they are looked through again. */
  readonly #again = new Map<BridgeGateway, Millis>();
  /** Bridges that wait, and until when. */
  readonly #patience = new Map<Bridge, Millis>();
  #lookAt: Millis;

  constructor(
    private readonly environment: Environment,
    private readonly courier: Courier,
    private readonly ports: FinderPorts,
    private readonly startedAt: Millis,
  ) {
    this.#lookAt = startedAt;
  }

  /** A node says what there is. */
  told(word: BridgeWord): void {
    this.#strangers.told(word);
  }

  /** What a store has of another node's call. */
  keep(bridge: KnownBridge): void {
    this.#strangers.told(bridge);
  }

  /** Those of a node, for who joins. */
  of(node: number): readonly KnownBridge[] {
    return this.#strangers.of(node);
  }

  /** There is one of this call, and nobody has it. */
  isLeft(callId: string, now: Millis): boolean {
    const bridge = this.#strangers.find(callId);
    return bridge !== undefined && (this.#strangers.isOrphan(callId) || this.#isGone(bridge, now));
  }

  /** The other node that has the bridge of this call, for all that is known. */
  nodeOf(callId: string): number | undefined {
    const isNobodys = this.#strangers.isOver(callId) || this.#strangers.isOrphan(callId);
    const node = isNobodys ? undefined : this.#strangers.find(callId)?.node;
    return node === this.environment.peers.self.index ? undefined : node;
  }

  nodeGone(node: number): void {
    this.#strangers.orphaned(node);
  }

  /** A bridge for a call that has none here: it gets what there is of the call, or waits until that is seen. */
  provide(bridge: Bridge, now: Millis): void {
    const known = this.#strangers.take(bridge.callId);
    if (known) return this.#give(bridge, known);
    if (!this.#isOfBefore(bridge.callId)) return;
    const last = this.#searchedAt.get(bridge.ground);
    if (last !== undefined && now - last < REST_MS && !this.#searches.has(bridge.ground)) return;
    bridge.hold();
    this.#patience.set(bridge, now + PATIENCE_MS);
    this.search(bridge.ground, now);
    this.#searches.get(bridge.ground)?.add(bridge);
  }

  /** The call of somebody else's bridge is over: it is deleted when nobody is there to do that. */
  ended(callId: string): void {
    if (this.#strangers.ended(callId)) this.#lookAt = 0;
  }

  /** It waits no more. */
  release(bridge: Bridge): void {
    this.#patience.delete(bridge);
    for (const waiting of this.#searches.values()) waiting.delete(bridge);
  }

  isWaiting(bridge: Bridge): boolean {
    return this.#patience.has(bridge);
  }

  /** Looks through a gateway. */
  search(ground: BridgeGateway, now: Millis): void {
    if (this.#searches.has(ground)) return;
    this.#again.delete(ground);
    this.#searches.set(ground, new Set());
    this.#searchedAt.set(ground, now);
    searchBridges(this.courier, ground, (outcome, at) => this.#searched(ground, outcome, at));
  }

  /** The questions that were out are not answered any more. */
  abandon(): void {
    this.#searches.clear();
    for (const bridge of this.#patience.keys()) bridge.resume();
    this.#patience.clear();
  }

  /** The first of the gateway's nodes that is there cleans up behind those that are not. */
  isDuty(ground: BridgeGateway, now: Millis): boolean {
    const { peers, draining } = this.environment;
    const first = ground.gateway.settings.nodes.find((index) =>
      index === peers.self.index ? !draining : peers.state(index, now) === 'up',
    );
    return first === peers.self.index;
  }

  sweep(now: Millis): void {
    for (const [bridge, until] of this.#patience) {
      if (now < until) continue;
      this.release(bridge);
      bridge.resume();
    }
    if (now < this.#lookAt) return;
    this.#lookAt = now + LOOK_MS;
    for (const [ground, at] of this.#again) if (now >= at) this.search(ground, now);
    for (const stranded of this.#strangers.stranded((bridge) => this.#isGone(bridge, now), now)) {
      const { callId } = stranded;
      const ground = this.ports.ground(stranded.gateway);
      if (!ground || (stranded.node !== this.environment.peers.self.index && !this.isDuty(ground, now))) this.#strangers.take(callId);
      else if (this.#strangers.isOver(callId)) this.#clear(stranded, now);
      else this.#look(stranded, ground, now);
    }
  }

  /** Telephones that know nothing of session timers may talk on, and say nothing: what is relayed shows them. */
  #look(stranded: KnownBridge, ground: BridgeGateway, now: Millis): void {
    const { callId } = stranded;
    this.#strangers.postpone(callId, now + BLIND_MS);
    countRelayed(this.courier, ground, stranded, (relayed, at) => {
      if (!this.#strangers.find(callId)) return;
      if (relayed === undefined) return this.#strangers.isUsed(callId, BLIND) ? undefined : this.#clear(stranded, at);
      if (this.#strangers.isUsed(callId, relayed)) this.#strangers.postpone(callId, at + AGAIN_MS);
      else this.#clear(stranded, at);
    });
  }

  #clear(stranded: KnownBridge, now: Millis): void {
    this.#strangers.take(stranded.callId);
    this.environment.observer.count('mgcp.bridge.orphan', 'stranded');
    this.ports.clear(stranded, now);
  }

  /** Nobody has it: its node is not there, or it was this one, which began anew. */
  #isGone({ node }: KnownBridge, now: Millis): boolean {
    const { peers } = this.environment;
    return node === peers.self.index || peers.state(node, now) === 'down';
  }

  /** Set up by another node, or before this one began. */
  #isOfBefore(callId: string): boolean {
    const identity = parseCallId(callId);
    if (!identity) return false;
    const { slot, setUpAt = 0 } = identity;
    return slot !== this.environment.peers.self.index || setUpAt + 1_000 <= this.startedAt;
  }

  #searched(ground: BridgeGateway, outcome: SearchOutcome, now: Millis): void {
    const waiting = this.#searches.get(ground) ?? new Set();
    this.#searches.delete(ground);
    this.environment.observer.count('mgcp.bridge.search', typeof outcome === 'string' ? outcome : 'seen');
    const isSettled = typeof outcome === 'string' || outcome.found.map((found) => this.#found(found, ground, waiting, now)).every(Boolean);
    for (const bridge of waiting) {
      this.#patience.delete(bridge);
      bridge.resume();
    }
    this.#searchedAt.set(ground, now);
    const isSeen = outcome === 'blind' || (outcome !== 'silent' && outcome.isWhole && isSettled);
    if (isSeen) this.#again.delete(ground);
    else this.#again.set(ground, now + AGAIN_MS);
  }

  /** @returns false where it cannot be said yet what is to become of it. */
  #found(found: KnownBridge, ground: BridgeGateway, waiting: ReadonlySet<Bridge>, now: Millis): boolean {
    const { peers, observer } = this.environment;
    const bridge = this.ports.bridge(found.callId);
    if (bridge) {
      if (waiting.has(bridge)) {
        this.#give(bridge, found);
        return true;
      }
      bridge.see(found);
      const isKnown = found.connections.every((connection) => !connection || bridge.has(connection.connectionId));
      // While a command of its is out, what is found may be what that makes.
      if (isKnown || bridge.busy) return isKnown;
      for (const connection of found.connections) {
        if (!connection || bridge.has(connection.connectionId)) continue;
        observer.count('mgcp.bridge.orphan', 'unknown');
        bridge.leave(ground.gateway.endpoint(found.endpoint), connection.connectionId);
      }
      return true;
    }
    // A node that is there looks after its own, and so do controllers that are none of ours.
    const stranger = this.#strangers.find(found.callId);
    const node = stranger?.node ?? found.node;
    const isOurs = peers.nodes.some(({ index }) => index === node);
    const isLiving = node !== peers.self.index && peers.state(node, now) !== 'down';
    if (!isOurs || isLiving) return true;
    if (stranger) this.#strangers.correct(found);
    else this.#strangers.add(found);
    return true;
  }

  #give(bridge: Bridge, known: KnownBridge): void {
    this.environment.observer.count('mgcp.bridge.taken', known.since === 0 ? 'found' : 'told');
    bridge.adopt(known);
  }
}
