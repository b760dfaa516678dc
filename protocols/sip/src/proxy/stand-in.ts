// Standing in for another node of the cluster (ARCHITECTURE "Backup and a response"): a response that matches no
// transaction here. RFC 6026 §7.3 forbids relaying it; the verified token in its Via *is* the knowledge that there was
// a transaction. Without it the response is dropped and counted.
import { decideTakeover, type Hop, hopKey, type Millis, Timer } from '@altpath/core';
import { decode } from '../codec/decode.js';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import type { Via } from '../message/via.js';
import type { ViaClaims } from '../path/token.js';
import type { OrphanedForks } from './orphaned-forks.js';
import type { Outbound } from './outbound.js';
import { relayedResponse, waysBack } from './relay.js';
import type { Timed } from './timed.js';
import type { Transactions } from './transactions.js';
import { viaVerdict } from './via-verdict.js';

/** A response that was left to its writer, in case the writer turns out to be gone. */
interface Left {
  readonly response: SipMessage;
  readonly hop: Hop;
  readonly to: number;
  readonly at: Millis;
}

/** A response that was relayed without a transaction, in case its hop cannot be reached. */
interface Relayed {
  readonly data: Buffer;
  readonly response: SipMessage;
  readonly ways: Hop[];
  to: Hop;
  readonly at: Millis;
}

/** Whose requests of their own some of them were. */
export interface StrayService {
  /** A response with Vias of ours alone, to a request of a node that is gone. @returns whether somebody here knows of what. */
  responded(response: SipMessage, from: Hop, now: Millis): boolean;
}

/** How long a response that was left to a node may still be taken back, and how many are kept. */
const LEFT_MS = 2_000;
const LEFT_LIMIT = 4_096;
/** When it is looked whether the node to which a response was left still speaks: its next heartbeat is due by then. */
const LOOK_AGAIN_MS = 120;
/** A connection takes so long to fail. */
const RELAYED_MS = 5_000;
const RELAYED_LIMIT = 1_024;
/** Finals seen lately: a repeated one has not been acknowledged. */
const SEEN_LIMIT = 8_192;

export class StandIn implements Timed {
  readonly #timer = new Timer<Timed>(this);
  #left: Left[] = [];
  #relayed: Relayed[] = [];
  readonly #seen = new Map<string, Millis>();
  #strays: StrayService | undefined;

  constructor(
    private readonly environment: Environment,
    private readonly transactions: Transactions,
    private readonly orphans: OrphanedForks,
  ) {}

  /** Responses to requests of other nodes' own go there from now on. */
  join(strays: StrayService): void {
    this.#strays = strays;
  }

  /**
   * Takes a response: walks the leading run of the cluster's Vias. What matches a transaction here belongs to it; a
   * live writer gets its message; a dead writer's Via is verified and taken off.
   */
  response(response: SipMessage, hop: Hop, now: Millis): void {
    const { topVia } = response;
    const branch = this.environment.identity.isOurSentBy(topVia.sentBy)
      ? this.transactions.findOutbound(topVia.branch, response.cseqMethod)
      : undefined;
    if (branch) return branch.receive(response, hop, now);
    const repeated = this.#isRepeated(response, now);
    return this.#walk(response, hop, repeated, repeated, now);
  }

  /** @param alone  It is not left to anybody: that has been tried. */
  #walk(response: SipMessage, hop: Hop, repeated: boolean, alone: boolean, now: Millis): void {
    const { identity, observer } = this.environment;
    for (let index = 0; index < response.vias.length; index += 1) {
      const via = response.vias[index] as Via;
      if (!identity.isOurSentBy(via.sentBy)) {
        // RFC 3261 §18.1.2: a response to somebody else.
        if (index === 0) return observer.count('sip.response.dropped', 'not-ours');
        return this.#relay(response, index, hop, repeated, now);
      }
      const branch = this.transactions.findOutbound(via.branch, response.cseqMethod);
      if (branch) return this.#deliver(branch, response, index, hop, now);
      const verdict = viaVerdict(this.environment, response, index, now);
      if (!verdict.ok) return observer.count('sip.response.dropped', `token-${verdict.reason}`);
      if (!this.#mayStandIn(response, index, verdict.claims, hop, alone, now)) return undefined;
    }
    // Only Vias of ours: the answer to something that a node of the cluster asked for itself.
    if (this.#strays?.responded(response, hop, now)) return undefined;
    return observer.count('sip.response.absorbed', 'ours');
  }

  /** The transaction is here; above its Via there may be those of nodes that are gone. */
  #deliver(branch: Outbound, response: SipMessage, index: number, hop: Hop, now: Millis): void {
    const { message } = decode(relayedResponse(this.environment, response, index, undefined, [], now).data);
    return message && branch.receive(message, hop, now);
  }

  /** @returns whether this node goes on with the response itself. */
  #mayStandIn(response: SipMessage, index: number, claims: ViaClaims, hop: Hop, repeated: boolean, now: Millis): boolean {
    const { environment } = this;
    const decision = decideTakeover({ writer: claims.node, token: 'valid', repeated }, environment.peers, now);
    switch (decision.kind) {
      case 'own':
        // It keeps no transactions, or not this one any more: it was restarted, or the response is late.
        if (environment.settings.proxy.mode === 'stateless') return true;
        environment.observer.count('sip.takeover', 'own-without-transaction');
        return !this.orphans.takes(response, index, claims, hop, now);
      case 'leave': {
        const address = decision.to.addresses.find(
          (each) => each.transport === hop.transport && each.host.includes(':') === hop.host.includes(':'),
        );
        if (!address) return true;
        environment.observer.count('sip.response.left', decision.to.name);
        this.#remember({ response, hop, to: decision.to.index, at: now });
        environment.send(
          response.bytes,
          { transport: address.transport, host: address.host, port: address.port },
          now,
          `left to ${decision.to.name}`,
        );
        return false;
      }
      case 'stand-in':
        environment.observer.count('sip.takeover', decision.reason);
        return !this.orphans.takes(response, index, claims, hop, now);
      case 'refuse':
        return false;
      default:
        return decision satisfies never;
    }
  }

  #relay(response: SipMessage, pop: number, from: Hop, repeated: boolean, now: Millis): void {
    const { environment } = this;
    const { health, observer, settings } = environment;
    // RFC 3261 §16.7 step 1: 100 is for this hop only.
    if (response.status === 100) return observer.count('sip.response.absorbed', 'trying');
    const { hops, trusted } = waysBack(environment, response.vias[pop] as Via);
    const target = hops.find((each) => !health.isDown(hopKey(each), now)) ?? hops[0];
    if (!target) return observer.count('sip.response.dropped', 'no-way-back');
    const { data, note } = relayedResponse(environment, response, pop, undefined, [], now);
    const usual = settings.proxy.mode === 'stateless' ? undefined : `takeover: ${from.host} sent it here`;
    environment.send(data, target, now, note ?? usual);
    const others = hops.filter((each) => each !== target);
    if (others.length > 0) this.#rememberRelayed({ data, response, ways: others, to: target, at: now });
    if (!repeated) return undefined;
    for (const each of hops.slice(0, trusted)) if (each !== target) environment.send(data, each, now, 'alternate: not acknowledged');
    return undefined;
  }

  /** A final that came before within 64 T1: nobody acknowledged it. Remembers it. */
  #isRepeated(response: SipMessage, now: Millis): boolean {
    if (response.status < 200) return false;
    const via = response.topVia;
    const key = `${via.branch}|${response.cseqMethod}|${response.status}|${response.toTag}`;
    const before = this.#seen.get(key);
    if (before === undefined) {
      this.#seen.set(key, now);
      if (this.#seen.size > SEEN_LIMIT) this.#seen.delete(this.#seen.keys().next().value as string);
      return false;
    }
    return now - before < 64 * this.environment.settings.timers.t1;
  }

  // --- what may have to be done again ------------------------------------------------------------------------------

  #remember(left: Left): void {
    this.#left.push(left);
    if (this.#left.length > LEFT_LIMIT) this.#left.shift();
    if (!this.#timer.armed) this.transactions.timers.arm(this.#timer, left.at + LOOK_AGAIN_MS);
  }

  /** A node that was heard a moment ago and has fallen silent since: what was left to it is taken back. */
  fire(now: Millis): void {
    const silent = new Set(this.#left.map((each) => each.to).filter((node) => !this.environment.peers.isFresh(node, now)));
    for (const node of silent) this.writerGone(node, now);
    const waiting = this.#left.some((each) => now - each.at < LOOK_AGAIN_MS);
    if (waiting) this.transactions.timers.arm(this.#timer, now + LOOK_AGAIN_MS / 2);
  }

  /** A node that messages were left to is gone: this node goes on with them. */
  writerGone(node: number, now: Millis): void {
    if (this.#left.length === 0) return;
    const taken = this.#left.filter((each) => each.to === node && now - each.at < LEFT_MS);
    this.#left = this.#left.filter((each) => each.to !== node && now - each.at < LEFT_MS);
    for (const each of taken) this.#walk(each.response, each.hop, false, true, now);
  }

  #rememberRelayed(relayed: Relayed): void {
    this.#relayed.push(relayed);
    if (this.#relayed.length > RELAYED_LIMIT) this.#relayed.shift();
  }

  /** A hop cannot be reached: what was relayed there a moment ago goes to the next. */
  unreachable(hop: Hop, now: Millis): void {
    if (this.#relayed.length === 0) return;
    const key = hopKey(hop);
    this.#relayed = this.#relayed.filter((each) => now - each.at < RELAYED_MS && each.ways.length > 0);
    for (const each of this.#relayed) {
      const next = hopKey(each.to) === key ? each.ways.shift() : undefined;
      if (!next) continue;
      each.to = next;
      this.environment.observer.count('sip.alternate.used', 'transport-error');
      this.environment.send(each.data, next, now, 'alternate: transport error');
    }
  }

  forget(): void {
    this.#left = [];
    this.#relayed = [];
    this.#seen.clear();
  }
}
