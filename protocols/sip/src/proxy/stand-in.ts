// Standing in for another node of the cluster (DESIGN "Backup and a response"): a response that matches no
// transaction here. RFC 6026 §7.3 forbids relaying it; the verified token in its Via *is* the knowledge that there was
// a transaction. Without it the response is dropped and counted.
import { decideTakeover, type Hop, hopKey, type Millis, type Takeover, Timer } from '@altpath/core';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import type { Via } from '../message/via.js';
import type { ViaClaims } from '../path/token.js';
import type { OrphanedForks } from './orphaned-forks.js';
import { viaVerdict } from './proxy.js';
import { relayedResponse, responseHops } from './relay.js';
import type { Timed, Transactions } from './transactions.js';

/** A response that was left to its writer, in case the writer turns out to be gone. */
interface Left {
  readonly response: SipMessage;
  readonly index: number;
  readonly claims: ViaClaims;
  readonly hop: Hop;
  readonly to: number;
  readonly at: Millis;
}

/** How long a response that was left to a node may still be taken back, and how many are kept. */
const LEFT_MS = 2_000;
const LEFT_LIMIT = 4_096;
/** When it is looked whether the node to which a response was left still speaks: its next heartbeat is due by then. */
const LOOK_AGAIN_MS = 120;
/** Finals seen lately: a repeated one has not been acknowledged. */
const SEEN_LIMIT = 8_192;

export class StandIn implements Timed {
  readonly #timer = new Timer<Timed>(this);
  readonly #left: Left[] = [];
  readonly #seen = new Map<string, Millis>();

  constructor(
    private readonly environment: Environment,
    private readonly transactions: Transactions,
    private readonly orphans: OrphanedForks,
  ) {}

  /**
   * Takes a response: walks the leading run of the cluster's Vias. What matches a transaction here belongs to it; a
   * live writer gets its message; a dead writer's Via is verified and taken off.
   */
  response(response: SipMessage, hop: Hop, now: Millis): void {
    const { identity, observer } = this.environment;
    for (let index = 0; index < response.vias.length; index += 1) {
      const via = response.vias[index] as Via;
      if (!identity.isOurSentBy(via.sentBy)) {
        // RFC 3261 §18.1.2: a response to somebody else.
        if (index === 0) return observer.count('sip.response.dropped', 'not-ours');
        return this.#relay(response, index, hop, now);
      }
      const branch = this.transactions.findOutbound(via.branch, response.cseqMethod);
      if (branch) {
        if (index === 0) return branch.receive(response, hop, now);
        return this.#relay(response, index, hop, now);
      }
      const verdict = viaVerdict(this.environment, response, index, now);
      if (!verdict.ok) return observer.count('sip.response.dropped', `token-${verdict.reason}`);
      if (!this.#mayStandIn(response, index, verdict.claims, hop, now)) return undefined;
    }
    // Only Vias of ours: the answer to something that a node of the cluster asked for itself.
    return observer.count('sip.response.absorbed', 'ours');
  }

  /** @returns whether this node goes on with the response itself. */
  #mayStandIn(response: SipMessage, index: number, claims: ViaClaims, hop: Hop, now: Millis): boolean {
    const { environment } = this;
    const repeated = this.#isRepeated(response, now);
    const decision: Takeover = decideTakeover({ writer: claims.node, token: 'valid', repeated }, environment.peers, now);
    switch (decision.kind) {
      case 'own':
        environment.observer.count('sip.takeover', 'own-after-restart');
        return !this.orphans.takes(response, index, claims, now);
      case 'leave': {
        const address = decision.to.addresses.find((each) => each.transport === hop.transport && each.host.includes(':') === hop.host.includes(':'));
        if (!address) return true;
        environment.observer.count('sip.response.left', decision.to.name);
        this.#remember({ response, index, claims, hop, to: decision.to.index, at: now });
        environment.send(response.bytes, { transport: address.transport, host: address.host, port: address.port }, response, now, `left to ${decision.to.name}`);
        return false;
      }
      case 'stand-in':
        environment.observer.count('sip.takeover', decision.reason);
        return !this.orphans.takes(response, index, claims, now);
      case 'refuse':
        return false;
      default:
        return decision satisfies never;
    }
  }

  #relay(response: SipMessage, pop: number, from: Hop, now: Millis): void {
    const { environment } = this;
    // RFC 3261 §16.7 step 1: 100 is for this hop only.
    if (response.status === 100) return environment.observer.count('sip.response.absorbed', 'trying');
    const [first, ...others] = responseHops(environment, response.vias[pop] as Via);
    if (!first) return environment.observer.count('sip.response.dropped', 'no-way-back');
    const { data, note } = relayedResponse(environment, response, pop, undefined, [], now);
    const { health } = environment;
    const dead = health.isDown(hopKey(first), now);
    const target = dead ? (others.find((each) => !health.isDown(hopKey(each), now)) ?? first) : first;
    environment.send(data, target, response, now, note ?? `takeover: ${from.host} sent it here`);
    if (response.status >= 200 && this.#isRepeated(response, now)) {
      for (const each of [first, ...others]) if (each !== target) environment.send(data, each, response, now, 'alternate: not acknowledged');
    }
    return undefined;
  }

  /** A final that came before within 64 T1: nobody acknowledged it. Remembers it. */
  #isRepeated(response: SipMessage, now: Millis): boolean {
    if (response.status < 200) return false;
    const via = response.topVia;
    const key = `${via.branch}|${response.cseqMethod}|${response.status}|${response.toTag}`;
    const before = this.#seen.get(key);
    // The same arrival may ask twice on its way through.
    if (before === undefined) {
      this.#seen.set(key, now);
      if (this.#seen.size > SEEN_LIMIT) this.#seen.delete(this.#seen.keys().next().value as string);
      return false;
    }
    return before < now && now - before < 64 * this.environment.settings.timers.t1;
  }

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
    const kept = this.#left.filter((each) => each.to !== node && now - each.at < LEFT_MS);
    this.#left.length = 0;
    this.#left.push(...kept);
    for (const each of taken) this.response(each.response, each.hop, now);
  }

  forget(): void {
    this.#left.length = 0;
    this.#seen.clear();
  }
}
