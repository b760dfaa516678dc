// Whose gateway it is, and when this node takes one: at the start, from a node that is gone, from one that hands it over.
// What was told between the nodes decides (custody); taking itself is the takeover's (ARCHITECTURE "Who controls a gateway").
import { GATEWAY_HELD, GatewayHolding } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import type { Farewells } from './farewell.js';
import type { Gateway } from './gateway.js';
import type { Line } from './line.js';
import type { AgentParts } from './parts.js';
import type { Probes } from './probes.js';

/** How often the other nodes are told what this one holds: a datagram may be lost. */
const TELL_MS: Millis = 1_000;

export class Holding extends GatewayHolding<AgentParts> {
  /** Nodes that were there once: of these it is known whether they are gone. */
  readonly #seen = new Set<number>();
  /** Until then a gateway that nobody holds is left to its home, which may be starting too. */
  readonly #homeFirstUntil: Millis;
  #tellAt: Millis;

  constructor(
    parts: AgentParts,
    private readonly probes: Probes,
    private readonly farewells: Farewells,
    now: Millis,
  ) {
    super(parts);
    this.#homeFirstUntil = now + parts.environment.settings.joiningMs;
    this.#tellAt = now + TELL_MS;
  }

  /** A node that is plainly there and holds the gateway, or shall have it. */
  otherHolder(gateway: Gateway, now: Millis): number | undefined {
    const { peers } = this.parts.environment;
    const holder = this.parts.takeover.concededTo(gateway) ?? this.#standIn(gateway, now) ?? this.parts.custody.holder(gateway.name);
    if (holder === undefined || holder === peers.self.index || !peers.isFresh(holder, now)) return undefined;
    return peers.state(holder, now) === 'draining' ? undefined : holder;
  }

  /** Where a gateway that comes here had better go. */
  betterHolder(gateway: Gateway, now: Millis): number | undefined {
    const holder = gateway.stage === 'foreign' ? this.otherHolder(gateway, now) : undefined;
    return holder ?? (this.mayHold(gateway) ? undefined : this.#next(gateway, now));
  }

  /** Its holder is not there any more, as a message of the gateway shows: all that the holder had is taken. */
  takeFrom(gateway: Gateway, now: Millis, line?: Line): void {
    const { custody, takeover, gateways } = this.parts;
    const holderOf = (each: Gateway): number | undefined => custody.holder(each.name) ?? each.settings.nodes[0];
    const gone = holderOf(gateway);
    takeover.take(gateway, 'holder-gone', now, { line, from: custody.holder(gateway.name) });
    for (const each of gateways) {
      if (each.stage !== 'foreign' || holderOf(each) !== gone || !this.mayHold(each)) continue;
      takeover.take(each, 'holder-gone', now, { from: custody.holder(each.name) });
    }
  }

  /** A node was heard. */
  sees(index: number): void {
    this.#seen.add(index);
  }

  /** Another node says what it holds. */
  told(content: string, fromNode: number, now: Millis): void {
    const { custody, gateways, takeover, environment } = this.parts;
    for (const { gateway, holder } of custody.told(content, fromNode, Math.floor(now))) {
      const known = gateways.named(gateway);
      if (!known || known.stage === 'foreign' || holder === environment.peers.self.index) continue;
      environment.observer.log('info', `gateway ${gateway} is another node's now`);
      if (environment.draining && holder === fromNode) this.farewells.begin(known, holder, now);
      else takeover.lose(known, now);
    }
  }

  /** A node leaves a gateway to one of us. */
  handedOver(content: string, fromNode: number, now: Millis): void {
    const gateway = this.#meant(content);
    if (gateway && this.mayHold(gateway)) this.parts.takeover.take(gateway, 'handed-over', now, { from: fromNode });
  }

  /** That node has nothing under way there any more. */
  left(content: string): void {
    const gateway = this.#meant(content);
    if (gateway) this.parts.takeover.left(gateway);
  }

  /** `INDEX GATEWAY`. @returns undefined when another node is meant. */
  #meant(content: string): Gateway | undefined {
    const { gateways, environment } = this.parts;
    const [node, ...name] = content.split(' ');
    return Number(node) === environment.peers.self.index ? gateways.named(name.join(' ')) : undefined;
  }

  /** Gateways go to whoever follows, with their calls. */
  drain(now: Millis): void {
    for (const gateway of this.parts.gateways) {
      const next = gateway.stage === 'foreign' || gateway.leaving ? undefined : this.#next(gateway, now);
      if (next !== undefined) this.parts.takeover.handOver(gateway, next);
    }
  }

  /** The gateway is being handed over: whoever takes it is there, and is told until it has. */
  isLeaving(gateway: Gateway, now: Millis): boolean {
    const { draining, peers } = this.parts.environment;
    const next = draining && gateway.stage !== 'foreign' ? this.#next(gateway, now) : undefined;
    return next !== undefined && peers.isFresh(next, now);
  }

  sweep(now: Millis): void {
    const { custody, gateways, takeover, environment } = this.parts;
    custody.tick(Math.floor(now));
    takeover.sweep(now);
    if (!custody.hearsay) for (const gateway of gateways) this.#takeIfOurs(gateway, now);
    if (now < this.#tellAt || environment.peers.nodes.length < 2) return;
    this.#tellAt = now + TELL_MS;
    if (environment.draining) this.drain(now);
    takeover.remind(now);
    if (!custody.hearsay) for (const text of custody.holdings()) environment.tellPeers(GATEWAY_HELD, text);
  }

  #takeIfOurs(gateway: Gateway, now: Millis): void {
    const { custody, takeover, environment } = this.parts;
    if (gateway.stage !== 'foreign' || !this.mayHold(gateway) || takeover.concededTo(gateway) !== undefined) return;
    const self = environment.peers.self.index;
    const holder = custody.holder(gateway.name);
    const [home] = gateway.settings.nodes;
    const isComing = home !== self && home !== undefined && !this.#seen.has(home) && now < this.#homeFirstUntil;
    if (holder === undefined ? isComing : this.probes.doubts(holder)) return;
    if (custody.successor(gateway.name, now) !== self) return;
    if (this.isOpen(gateway)) return;
    const standIn = this.#standIn(gateway, now);
    if (standIn !== undefined) return takeover.concede(gateway, standIn, now);
    takeover.take(gateway, holder === undefined ? 'start' : holder === self ? 'returned' : 'holder-gone', now, { from: holder });
  }

  /**
   * The node that stands in for this one, which was away and has nothing any more, and gateways of other protocols have gone there: a
   * call may have a leg on one of those and one on this gateway, which has not noticed.
   */
  #standIn(gateway: Gateway, now: Millis): number | undefined {
    const { peers } = this.parts.environment;
    const { index: own } = peers.self;
    if (gateway.stage !== 'foreign' || this.parts.custody.holder(gateway.name) !== own) return undefined;
    const others = this.othersAlong(gateway) ?? [];
    if (others.includes(own)) return undefined;
    return others.find((index) => peers.state(index, now) === 'up' && peers.isFresh(index, now));
  }

  /** The first of its other nodes that is up. */
  #next(gateway: Gateway, now: Millis): number | undefined {
    const { peers } = this.parts.environment;
    return gateway.settings.nodes.find((index) => index !== peers.self.index && peers.state(index, now) === 'up');
  }
}
