// Whose gateway it is, and what follows from it: who is welcome here, who is sent elsewhere, and who is forgotten. The
// gateway decides to whom it goes, and what the nodes tell each other follows (ARCHITECTURE "Who controls a gateway").
import { GATEWAY_HELD, GatewayHolding, standInsOf } from '@altpath/call-control';
import type { Hop, Millis, PathAttribute } from '@altpath/core';
import { controllerAddress, mIdOfAddress, pathOf } from '../path-mapping.js';
import type { MId } from '../message/index.js';
import type { WireEncoding } from '../settings.js';
import type { Encoding } from '../transaction/index.js';
import type { Gateway } from './gateway.js';
import type { ControllerParts } from './parts.js';

/** How often the other nodes are told what this one holds: a datagram may be lost. */
const TELL_MS: Millis = 1_000;
/** A gateway that was sent to a node and comes again within this was not taken there. */
export const SENT_MS: Millis = 60_000;

/** How a gateway speaks: whoever shall have it must listen so. */
export interface Way {
  readonly hop: Hop;
  readonly encoding: Encoding;
}

export class Holding extends GatewayHolding<ControllerParts> {
  #tellAt: Millis;

  constructor(parts: ControllerParts, now: Millis) {
    super(parts);
    this.#tellAt = now + TELL_MS;
  }

  /** Another node holds the gateway, and is there for all that is known. */
  isOthers(gateway: Gateway, now: Millis): boolean {
    const { peers } = this.parts.environment;
    const holder = this.parts.custody.holder(gateway.name);
    return holder !== undefined && holder !== peers.self.index && peers.state(holder, now) !== 'down';
  }

  /**
   * Where a gateway that registers had better go; undefined: it is welcome, or there is no better place.
   *
   * A node that drains or must not have it sends it to the next. Who has nothing (`Restart`) is sent home when that is up;
   * never a second time, for it comes back from there: two controllers that name each other make a storm. Who has left a
   * controller or was sent here by one is not sent back to it.
   */
  betterPlace(gateway: Gateway, isRestart: boolean, way: Way, now: Millis): number | undefined {
    const { peers } = this.parts.environment;
    const { sentTo } = gateway;
    const comesFrom = sentTo !== undefined && now - sentTo.at < SENT_MS ? sentTo.node : undefined;
    const left = isRestart ? undefined : this.parts.custody.holder(gateway.name);
    const isBetter = (index: number): boolean =>
      index !== peers.self.index &&
      index !== comesFrom &&
      index !== left &&
      this.#isWelcoming(index, now) &&
      this.mIdOfNode(index, way) !== undefined;
    if (!this.mayHold(gateway)) return gateway.settings.nodes.find(isBetter);
    const [home] = gateway.settings.nodes;
    return isRestart && home !== undefined && isBetter(home) ? home : undefined;
  }

  /** The node to which a gateway goes when this one leaves it: the first alternate of its path that is up. */
  successor(gateway: Gateway, now: Millis): number | undefined {
    const { nodes } = this.parts.environment.peers;
    const alternates = this.#pathOf(gateway)?.alternates ?? [];
    const candidates = alternates.flatMap(({ identity }) => nodes.find(({ name }) => name === identity)?.index ?? []);
    return candidates.find((index) => this.#isWelcoming(index, now));
  }

  #pathOf({ association, settings }: Gateway): PathAttribute | undefined {
    if (association === undefined) return undefined;
    const { self, nodes } = this.parts.environment.peers;
    const others = standInsOf(self.index, settings.nodes).flatMap(
      (index) => nodes.find((node) => node.index === index && !node.self) ?? [],
    );
    return pathOf(self, others, wireOf(association.encoding), association.hop.transport === 'tcp' ? 'tcp' : 'udp');
  }

  /**
   * The node that stands in for this one, which has died and begun anew: it has nothing, while gateways of the same path are
   * there, of whatever protocol. A call may have legs on both, and here nobody knows of it.
   */
  standIn(gateway: Gateway, way: Way, now: Millis): number | undefined {
    const { gateways, custody } = this.parts;
    if ([...gateways].some(({ stage }) => stage !== 'foreign')) return undefined;
    const others = this.othersAlong(gateway) ?? [];
    if (this.#isOurs(others)) return undefined;
    const holders = [...gateways].filter((each) => each.isSibling(gateway)).map(({ name }) => custody.holder(name));
    return this.#placeAmong([...holders, ...others], way, now);
  }

  /** The node to which the gateways of other protocols on this path have gone, where this one has none of them. */
  placeOfOthers(gateway: Gateway, way: Way, now: Millis): number | undefined {
    const others = this.othersAlong(gateway) ?? [];
    return this.#isOurs(others) ? undefined : this.#placeAmong(others, way, now);
  }

  #isOurs(holders: readonly number[]): boolean {
    return holders.includes(this.parts.environment.peers.self.index);
  }

  #placeAmong(holders: readonly (number | undefined)[], way: Way, now: Millis): number | undefined {
    const { index: own } = this.parts.environment.peers.self;
    return holders.find(
      (index) => index !== undefined && index !== own && this.#isWelcoming(index, now) && this.mIdOfNode(index, way) !== undefined,
    );
  }

  /** The name under which a node listens for gateways that speak like this. */
  mIdOfNode(index: number, { hop, encoding }: Way): MId | undefined {
    const node = this.parts.environment.peers.nodes.find((each) => each.index === index);
    const address = node && controllerAddress(node, wireOf(encoding), hop.transport === 'tcp' ? 'tcp' : 'udp');
    return address && mIdOfAddress(address);
  }

  /**
   * Another node says what it holds.
   *
   * @param follow  Asked of a gateway that went elsewhere: whether others go after it, with the legs that its calls lack here.
   */
  told(content: string, fromNode: number, follow: (gone: Gateway, to: number) => boolean, now: Millis): void {
    const { custody, gateways, takeover, environment } = this.parts;
    for (const { gateway, holder } of custody.told(content, fromNode, Math.floor(now))) {
      const known = gateways.named(gateway);
      if (!known || holder === environment.peers.self.index) continue;
      if (known.stage === 'foreign') {
        // It stood still, and the gateway has left it meanwhile.
        known.association = undefined;
        if (!follow(known, holder)) takeover.isElsewhere(known, now);
        continue;
      }
      environment.observer.log('info', `gateway ${gateway} is another node's now`);
      // First, for calls do not miss what is about to go there, too.
      follow(known, holder);
      takeover.lose(known, now);
    }
  }

  sweep(now: Millis): void {
    const { custody, gateways, environment } = this.parts;
    custody.tick(Math.floor(now));
    if (custody.hearsay) return;
    for (const gateway of gateways) this.#takeBack(gateway, now);
    if (now < this.#tellAt || environment.peers.nodes.length < 2) return;
    this.#tellAt = now + TELL_MS;
    for (const text of custody.holdings()) environment.tellPeers(GATEWAY_HELD, text);
  }

  /** The node stood still, and nobody has taken the gateway meanwhile. */
  #takeBack(gateway: Gateway, now: Millis): void {
    const { custody, takeover, environment } = this.parts;
    if (gateway.stage !== 'foreign' || gateway.association === undefined) return;
    if (custody.holder(gateway.name) === environment.peers.self.index) takeover.take(gateway, 'returned', now);
  }

  #isWelcoming(index: number, now: Millis): boolean {
    const { peers } = this.parts.environment;
    return peers.state(index, now) === 'up' && peers.isFresh(index, now);
  }
}

export function wireOf({ name }: Encoding): WireEncoding {
  return name === 'binary' ? 'binary' : 'text';
}
