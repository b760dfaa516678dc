// The desk of bridges: the anchors of calls on gateways that have bridge endpoints. It makes the bridges of this node's calls, sends
// what they have to say, and tells the other nodes what there is.
//
// Bridge endpoints report nothing, so it does not matter whom they name as their call agent, and every node of a gateway
// commands those of its own calls, whoever holds its lines (RFC 3435 §4.1 speaks of endpoints).
import { type AnchorPort, type AnchorSides, type Cause, TurnQueue } from '@altpath/call-control';
import type { Millis, NodeState } from '@altpath/core';
import type { Environment } from '../../environment.js';
import { type EndpointName, isAllOf, isAnyOf, matches } from '../../message/endpoint-name.js';
import type { CommandDraft, MgcpCommand, MgcpResponse } from '../../message/message.js';
import { isSuccess } from '../../message/return-codes.js';
import type { Courier } from '../courier.js';
import type { Gateway } from '../gateway.js';
import type { Gateways } from '../gateways.js';
import { Bridge, type BridgePorts } from './bridge.js';
import { BridgeFinder } from './bridge-finder.js';
import { BridgeGateway } from './bridge-gateway.js';
import { type KnownBridge, readWord, writeBridge, writeWord } from './bridge-text.js';

/** Topics of `tell-peers`: what bridge a call has; what a gateway has lost, `GATEWAY ENDPOINTS` or `GATEWAY CALL CONNECTION`. */
export const BRIDGE = 'bridge';
export const BRIDGE_GONE = 'bridge-gone';

/** How long a copy of a creation may still be answered: 2 * T-HIST (RFC 3435 §4.3). */
const LATE_MS: Millis = 60_000;
/** One lost connection is reason to look at all others of its gateway, but not again for each of those. */
const DOUBT_MS: Millis = 2_000;

/** A creation by wildcard: each copy of it may be carried out by a gateway that does not remember it. */
interface Creation {
  readonly callId: string;
  readonly ground: BridgeGateway;
  readonly sentAt: Millis;
}

export class Bridges implements AnchorPort {
  readonly #grounds = new Map<string, BridgeGateway>();
  /** By call. */
  readonly #bridges = new Map<string, Bridge>();
  /** Those that may have something to send. */
  readonly #queue = new TurnQueue<Bridge>();
  readonly #finder: BridgeFinder;
  readonly #ports: BridgePorts;
  /** By transaction id, the oldest first. */
  readonly #creations = new Map<number, Creation>();
  readonly #doubtedAt = new Map<BridgeGateway, Millis>();
  /** Bridges of which the other nodes are to be told. */
  readonly #news = new Set<Bridge>();
  /** What cannot be anchored at all. */
  readonly #refusals: { readonly callId: string; readonly cause: Cause }[] = [];
  /** Gateways to be looked through as soon as it is known who is there. */
  readonly #unsearched: Set<BridgeGateway>;
  #now: Millis;

  constructor(
    private readonly environment: Environment,
    gateways: Gateways,
    private readonly courier: Courier,
    now: Millis,
  ) {
    this.#now = now;
    const { calls, observer, peers } = environment;
    for (const gateway of gateways) {
      const { bridge, nodes } = gateway.settings;
      if (bridge !== undefined && nodes.includes(peers.self.index))
        this.#grounds.set(gateway.name, new BridgeGateway(gateway, bridge, now));
    }
    this.#unsearched = new Set(this.#grounds.values());
    this.#ports = {
      anchored: (callId, locals, at) => calls.anchored?.(callId, locals, at),
      failed: (callId, cause, at) => {
        observer.count('mgcp.bridge.failed', cause);
        calls.anchorFailed?.(callId, cause, at);
      },
      touched: (bridge) => this.#queue.add(bridge),
      changed: (bridge) => void this.#news.add(bridge),
      lost: (bridge) => this.#lost(bridge),
      observer,
    };
    this.#finder = new BridgeFinder(
      environment,
      courier,
      {
        bridge: (callId) => this.#bridges.get(callId),
        ground: (name) => this.#grounds.get(name),
        clear: (stranded, at) => this.#clear(stranded, at),
      },
      now,
    );
  }

  // --- call control ------------------------------------------------------------------------------------------------

  anchor(callId: string, gateway: string, sides: AnchorSides, now: Millis): void {
    const key = callId.toUpperCase();
    const bridge = this.#bridges.get(key);
    if (bridge) {
      if (bridge.isWanted && !sides.some(Boolean)) this.#tellOver(bridge);
      bridge.order(sides);
      if (!this.#finder.isWaiting(bridge)) bridge.resume();
      return;
    }
    if (!sides.some(Boolean)) return this.#finder.ended(key);
    const ground = this.#grounds.get(gateway);
    const cause = ground ? this.#obstacle(ground) : 'destination-out-of-order';
    if (!ground || cause) return void this.#refusals.push({ callId, cause: cause ?? 'destination-out-of-order' });
    const made = this.#make(key, ground, now);
    made.order(sides);
    this.#finder.provide(made, now);
  }

  hasAnchor(callId: string): boolean {
    const key = callId.toUpperCase();
    return this.#bridges.has(key) || this.#finder.isLeft(key, this.#now);
  }

  anchorHolder(callId: string): number | undefined {
    const key = callId.toUpperCase();
    return this.#bridges.has(key) ? undefined : this.#finder.nodeOf(key);
  }

  saveAnchor(callId: string): string | undefined {
    const bridge = this.#bridges.get(callId.toUpperCase());
    const known = bridge && this.#knownOf(bridge);
    return known && writeBridge(known);
  }

  adoptAnchor(callId: string, saved: string, _now: Millis): void {
    // The call was this node's before, and comes back with other names.
    const bridge = this.#bridges.get(callId.toUpperCase());
    if (bridge) {
      bridge.forgetNames();
      return void this.#news.add(bridge);
    }
    const word = readWord(saved);
    if (word && 'endpoint' in word) this.#finder.keep(word);
  }

  forgetAnchor(callId: string): void {
    const bridge = this.#bridges.get(callId.toUpperCase());
    if (bridge) this.#forget(bridge);
  }

  // --- sending -----------------------------------------------------------------------------------------------------

  /** Gives the courier what bridges have to say, and tells what is to be told. */
  pump(now: Millis): void {
    this.#now = now;
    const { calls, observer } = this.environment;
    for (const { callId, cause } of this.#refusals.splice(0)) {
      observer.count('mgcp.bridge.failed', cause);
      calls.anchorFailed?.(callId, cause, now);
    }
    for (const bridge of this.#queue) {
      const { ground } = bridge;
      if (!ground.silent && !ground.hasRoom) continue;
      this.#queue.remove(bridge);
      // Who is known not to answer is not waited for by anybody; it is asked by itself, and then all is tried.
      if (ground.silent) bridge.refuse('network-out-of-order', now);
      else this.#serve(bridge, now);
      if (bridge.isOver) this.#end(bridge);
    }
    this.#tellNews();
  }

  #serve(bridge: Bridge, now: Millis): void {
    const command = bridge.next(now);
    if (!command) return this.#queue.wait(bridge);
    const { ground } = bridge;
    ground.inFlight += 1;
    const isByWildcard = command.verb === 'CRCX' && (isAnyOf(command.endpoint) || isAllOf(command.endpoint));
    this.courier.run({
      gateway: undefined,
      to: ground.gateway.destination,
      command,
      sent: (transactionId, at) => {
        if (isByWildcard) this.#creations.set(transactionId, { callId: bridge.callId, ground, sentAt: at });
      },
      then: (response, at) => this.#answered(bridge, command, response, at),
    });
  }

  #answered(bridge: Bridge, command: CommandDraft, response: MgcpResponse | undefined, now: Millis): void {
    const { ground } = bridge;
    ground.inFlight -= 1;
    if (response) this.#heard(ground, now);
    else if (!ground.silent) this.#fellSilent(ground, now);
    const isOurs = this.#bridges.get(bridge.callId) === bridge;
    if (!isOurs) {
      // Its call has gone to another node meanwhile, which knows nothing of what this command made.
      if (response && command.verb === 'CRCX') this.#stray(command.endpoint, bridge.callId, ground, response, now);
      return;
    }
    if (response) bridge.completed(response, now);
    else bridge.unanswered(now);
  }

  /** A response to a command that is over: to a copy of it, or later than anybody waited. */
  stray(response: MgcpResponse, now: Millis): void {
    const creation = this.#creations.get(response.transactionId);
    if (!creation) return;
    this.#heard(creation.ground, now);
    this.#stray(creation.ground.anyEndpoint, creation.callId, creation.ground, response, now);
  }

  #stray(asked: EndpointName, callId: string, ground: BridgeGateway, { code, parameters }: MgcpResponse, now: Millis): void {
    const { connectionId, specificEndpointId: endpoint = asked } = parameters;
    if (!isSuccess(code) || connectionId === undefined || isAnyOf(endpoint) || isAllOf(endpoint)) return;
    const bridge = this.#bridges.get(callId) ?? this.#make(callId, ground, now);
    if (bridge.has(connectionId)) return;
    this.environment.observer.count('mgcp.bridge.orphan', 'repeated');
    bridge.leave(endpoint, connectionId);
  }

  // --- what gateways do --------------------------------------------------------------------------------------------

  /** Whether a local name, which may be a pattern, names endpoints of a bridge. */
  covers(gateway: Gateway, local: string): boolean {
    return this.#grounds.get(gateway.name)?.covers(local) ?? false;
  }

  /** The gateway says that endpoints of this name have nothing any more. @returns whether it speaks of bridges. */
  restarted(gateway: Gateway, local: string): boolean {
    const ground = this.#grounds.get(gateway.name);
    if (!ground?.covers(local)) return false;
    this.environment.tellPeers(BRIDGE_GONE, `${gateway.name} ${local}`);
    this.#vanished(ground, local);
    return true;
  }

  /** A gateway has deleted a connection (DLCX). @returns the code to answer; undefined where the endpoint is no bridge. */
  deleted({ endpoint, parameters }: MgcpCommand, gateway: Gateway): number | undefined {
    if (!this.#grounds.get(gateway.name)?.covers(endpoint.local)) return undefined;
    const { callId = '', connectionId } = parameters;
    const bridge = this.#bridges.get(callId.toUpperCase());
    if (bridge) return bridge.deletedByGateway(connectionId) ? 250 : 515;
    this.environment.tellPeers(BRIDGE_GONE, `${gateway.name} ${callId} ${connectionId ?? ''}`);
    return 250;
  }

  #vanished(ground: BridgeGateway, local: string): void {
    for (const bridge of this.#of(ground)) if (bridge.isAmong((endpoint) => matches(local, endpoint))) bridge.vanished();
  }

  #heard(ground: BridgeGateway, now: Millis): void {
    ground.gateway.heardAt = now;
    if (!ground.silent) return;
    ground.silent = false;
    this.environment.observer.log('info', `the bridge of gateway ${ground.name} answers again`);
    for (const bridge of this.#of(ground)) bridge.doubt();
  }

  #fellSilent(ground: BridgeGateway, now: Millis): void {
    ground.fallSilent(now);
    this.environment.observer.count('mgcp.bridge.silent');
    this.environment.observer.log('warn', `the bridge of gateway ${ground.name} does not answer`);
    for (const bridge of this.#of(ground)) this.#queue.add(bridge);
  }

  #lost(bridge: Bridge): void {
    const { ground } = bridge;
    this.environment.observer.count('mgcp.bridge.lost');
    const last = this.#doubtedAt.get(ground);
    if (last !== undefined && this.#now - last < DOUBT_MS) return;
    this.#doubtedAt.set(ground, this.#now);
    for (const other of this.#of(ground)) if (other !== bridge) other.doubt();
  }

  // --- what nodes say ----------------------------------------------------------------------------------------------

  told(topic: string, content: string): void {
    if (topic === BRIDGE) return this.#toldBridge(content);
    const [name = '', ...words] = content.split(' ');
    const ground = this.#grounds.get(name);
    const [first = '', connectionId] = words;
    if (!ground) return;
    if (words.length === 1) return this.#vanished(ground, first);
    this.#bridges.get(first.toUpperCase())?.deletedByGateway(connectionId === '' ? undefined : connectionId);
  }

  #toldBridge(content: string): void {
    const word = readWord(content);
    if (!word) return this.environment.observer.count('mgcp.bridge.word', 'unreadable');
    const own = this.#bridges.get(word.callId);
    if (own && (!('endpoint' in word) || word.since <= own.since)) return;
    // Its call is another node's now.
    if (own) this.#forget(own);
    this.#finder.told(word);
  }

  /** For a node that joins: what this node has, and what it knows of that one. */
  tables(node: number): readonly string[] {
    const own = [...this.#bridges.values()].flatMap((bridge) => this.#knownOf(bridge) ?? []);
    return [...own, ...this.#finder.of(node)].map(writeWord);
  }

  /** A peer's state has changed: what one that is gone had may be unknown here. */
  peerChanged(index: number, state: NodeState, now: Millis): void {
    if (state !== 'down') return;
    this.#finder.nodeGone(index);
    for (const ground of this.#grounds.values()) if (this.#finder.isDuty(ground, now)) this.#unsearched.add(ground);
  }

  #tellNews(): void {
    for (const bridge of this.#news) {
      const known = this.#bridges.get(bridge.callId) === bridge ? this.#knownOf(bridge) : undefined;
      if (known) this.#tell(writeWord(bridge.isWanted ? known : { ...known, isOver: true }));
    }
    this.#news.clear();
  }

  /** Before anything of it is deleted: this node may not come to that. */
  #tellOver(bridge: Bridge): void {
    const known = this.#knownOf(bridge);
    if (known) this.#tell(writeWord({ ...known, isOver: true }));
  }

  #tell(text: string): void {
    if (this.environment.peers.nodes.length > 1) this.environment.tellPeers(BRIDGE, text);
  }

  // --- housekeeping ------------------------------------------------------------------------------------------------

  tick(now: Millis): void {
    this.#queue.tick(now);
  }

  deadline(): Millis {
    return this.#queue.deadline();
  }

  /** @param isHearsay  This node does not know yet what the others hold: until then nothing is looked for. */
  sweep(isHearsay: boolean, now: Millis): void {
    this.#now = now;
    for (const [id, { sentAt }] of this.#creations) {
      if (now - sentAt < LATE_MS) break;
      this.#creations.delete(id);
    }
    this.#finder.sweep(now);
    for (const ground of this.#grounds.values()) {
      if (ground.missesBeat() && !ground.silent) this.#fellSilent(ground, now);
      if (ground.isToBeAsked(now)) this.#ask(ground);
      if (!ground.silent && now >= ground.checkAt) this.#check(ground, now);
    }
    if (isHearsay) return;
    for (const ground of this.#unsearched) this.#finder.search(ground, now);
    this.#unsearched.clear();
  }

  /** The clock jumped: what was under way is let go, and each bridge waits for call control to say that it is still ours. */
  thawed(): void {
    for (const ground of this.#grounds.values()) {
      ground.inFlight = 0;
      this.#unsearched.add(ground);
    }
    this.#finder.abandon();
    for (const bridge of this.#bridges.values()) {
      bridge.abandon();
      bridge.doubt();
      bridge.hold();
    }
  }

  /** Commands that wait, for listings. */
  get waiting(): number {
    return this.#queue.size;
  }

  #ask(ground: BridgeGateway): void {
    this.courier.run({
      gateway: undefined,
      to: ground.gateway.destination,
      command: { verb: 'AUEP', endpoint: ground.allEndpoints, parameters: {} },
      then: (response, at) => {
        if (response) this.#heard(ground, at);
      },
    });
  }

  /** One of its connections is written again as it is: a gateway that says nothing of its restart refuses that. */
  #check(ground: BridgeGateway, now: Millis): void {
    ground.checkAt = now + ground.checkMs;
    const [bridge] = this.#of(ground).filter((each) => each.isWanted && !each.busy);
    if (!bridge) return;
    // The next time it is another's turn.
    this.#bridges.delete(bridge.callId);
    this.#bridges.set(bridge.callId, bridge);
    bridge.doubt([0]);
  }

  // --- bridges -----------------------------------------------------------------------------------------------------

  #of(ground: BridgeGateway): readonly Bridge[] {
    return [...this.#bridges.values()].filter((bridge) => bridge.ground === ground);
  }

  /** Why a further call cannot be had there. */
  #obstacle(ground: BridgeGateway): Cause | undefined {
    // One endpoint is for one call: connections of two would all hear each other.
    return !ground.hasChoice && this.#of(ground).length > 0 ? 'no-circuit' : undefined;
  }

  #make(callId: string, ground: BridgeGateway, now: Millis): Bridge {
    const bridge = new Bridge(callId, ground, Math.floor(now), this.#ports);
    this.#bridges.set(callId, bridge);
    return bridge;
  }

  #knownOf(bridge: Bridge): KnownBridge | undefined {
    const { known } = bridge;
    return known && { ...known, node: this.environment.peers.self.index };
  }

  /** What nobody wants is deleted, with all that is there of its call. */
  #clear({ callId, gateway, endpoint }: KnownBridge, now: Millis): void {
    const ground = this.#grounds.get(gateway);
    if (!ground || this.#bridges.has(callId)) return;
    this.#make(callId, ground, now).leave(ground.gateway.endpoint(endpoint), undefined);
  }

  #end(bridge: Bridge): void {
    if (this.#bridges.get(bridge.callId) !== bridge) return;
    this.#forget(bridge);
    this.#tell(writeWord({ callId: bridge.callId, since: bridge.since }));
  }

  #forget(bridge: Bridge): void {
    this.#bridges.delete(bridge.callId);
    this.#queue.remove(bridge);
    this.#news.delete(bridge);
    this.#finder.release(bridge);
  }
}
