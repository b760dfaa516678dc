// Forks whose node is gone. The token says how many branches there were; a stand-in that gets the first response of
// such a fork opens a context for it: a 2xx goes up at once and the other branches are cancelled; a failure is held
// until all are in or a timer ends, for a stateless relay would pass the first 486 and end a call that rings elsewhere.
import { type Hop, type Millis, Timer } from '@altpath/core';
import { buildRequest } from '../codec/build.js';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import { locate } from '../locate.js';
import type { Via } from '../message/via.js';
import { addressOfRecord, parseUri } from '../message/uri.js';
import type { ViaClaims } from '../path/token.js';
import { bestResponse } from './best-response.js';
import { deriveBranch, seedOf } from './derive.js';
import { relayedResponse, responseHops } from './relay.js';
import { Inbound, Outbound, type Timed, type Transactions } from './transactions.js';

const ORPHAN_LIMIT = 4_096;
const TOLD_LIMIT = 10_000;

interface Branch {
  readonly branch: string;
  readonly target: string;
}

class Orphan implements Timed {
  readonly timer = new Timer<Timed>(this);
  readonly finals = new Map<number, SipMessage>();
  ended = false;

  constructor(
    private readonly owner: OrphanedForks,
    readonly key: string,
    readonly count: number,
    readonly seed: string,
    readonly index: number,
  ) {}

  fire(now: Millis): void {
    if (this.ended) this.owner.forgetOne(this);
    else this.owner.conclude(this, now);
  }
}

export class OrphanedForks {
  readonly #orphans = new Map<string, Orphan>();
  /** Targets of the other nodes' forks, by seed, as they told them. */
  readonly #told = new Map<string, readonly string[]>();

  constructor(
    private readonly environment: Environment,
    private readonly transactions: Transactions,
  ) {}

  /** Another node forks: these are its targets. */
  told(content: string): void {
    const parsed = parseTold(content);
    if (!parsed) return this.environment.observer.count('sip.told.dropped', 'fork');
    this.#told.delete(parsed.seed);
    this.#told.set(parsed.seed, parsed.targets);
    if (this.#told.size > TOLD_LIMIT) this.#told.delete(this.#told.keys().next().value as string);
    return undefined;
  }

  /** @returns whether the response is held here; `false`: it goes on upstream at once. */
  takes(response: SipMessage, index: number, claims: ViaClaims, now: Millis): boolean {
    if (claims.forkCount < 2 || response.cseqMethod !== 'INVITE') return false;
    const next = response.vias[index + 1];
    if (!next) return false;
    const orphan = this.#orphanOf(response, next, index, claims, now);
    if (response.status < 200) return orphan.ended;
    if (response.status < 300) {
      if (!orphan.ended) this.#end(orphan, now);
      this.#cancelOthers(orphan, response, index, now);
      return false;
    }
    this.#acknowledge(response, index, orphan, now);
    if (orphan.ended) return true;
    orphan.finals.set(claims.forkIndex, response);
    if (response.status >= 600) this.#cancelOthers(orphan, response, index, now);
    if (orphan.finals.size >= orphan.count || response.status >= 600) this.conclude(orphan, now);
    return true;
  }

  #orphanOf(response: SipMessage, next: Via, index: number, claims: ViaClaims, now: Millis): Orphan {
    const key = `${next.branch}|${next.sentBy}|${response.callId}|${response.cseq}`;
    let orphan = this.#orphans.get(key);
    if (!orphan) {
      // What the request asked for is not in the response; To names it in nearly every call.
      orphan = new Orphan(this, key, claims.forkCount, this.#seedFor(response, next), index);
      this.#orphans.set(key, orphan);
      this.environment.observer.count('sip.takeover', 'fork');
      const { timers } = this.environment.settings;
      this.transactions.timers.arm(orphan.timer, now + Math.max(timers.c, 64 * timers.t1));
      if (this.#orphans.size > ORPHAN_LIMIT) this.forgetOne(this.#orphans.values().next().value as Orphan);
    }
    return orphan;
  }

  #seedFor(response: SipMessage, next: Via): string {
    const guess = (uri: string): string => seedOf(response.callId, response.fromTag, response.cseq, uri, next.sentBy);
    return guess(response.to.uri);
  }

  /** All in, a 6xx, or the timer: the best of what was held goes up, repeated until it is acknowledged. */
  conclude(orphan: Orphan, now: Millis): void {
    if (orphan.ended) return;
    this.#end(orphan, now);
    const best = bestResponse([...orphan.finals.values()]);
    if (!best) return;
    const next = best.vias[orphan.index + 1] as Via;
    const [first, ...others] = responseHops(this.environment, next);
    if (!first) return this.environment.observer.count('sip.response.dropped', 'no-way-back');
    const key = `${next.branch}|${next.sentBy}|INVITE`;
    const { data, note } = relayedResponse(this.environment, best, orphan.index + 1, undefined, [], now);
    const answer = this.transactions.inbound.get(key) ?? new Inbound(this.transactions, key, undefined, next.text, first, 'INVITE', others, now);
    answer.respond(data, best.status, now, note ?? 'takeover: all branches are in');
    return undefined;
  }

  /** Kept for a while, so that late responses find that it is over. */
  #end(orphan: Orphan, now: Millis): void {
    orphan.ended = true;
    this.transactions.timers.arm(orphan.timer, now + 64 * this.environment.settings.timers.t1);
  }

  forgetOne(orphan: Orphan): void {
    this.transactions.timers.disarm(orphan.timer);
    this.#orphans.delete(orphan.key);
  }

  /** Every branch of the fork that this node can name: as it was told, else the current contacts of the address of record. */
  #branches(orphan: Orphan, response: SipMessage, now: Millis): readonly Branch[] {
    const { environment } = this;
    const told = this.#told.get(orphan.seed);
    let targets = told;
    if (!targets) {
      const to = parseUri(response.to.uri);
      targets = to.ok ? environment.store.lookup(addressOfRecord(to.value), now).map((each) => each.contact) : [];
    }
    return targets.map((target) => ({ target, branch: deriveBranch(environment.signer, orphan.seed, target) }));
  }

  #cancelOthers(orphan: Orphan, response: SipMessage, index: number, now: Millis): void {
    const answered = (response.vias[index] as Via).branch;
    for (const each of this.#branches(orphan, response, now)) {
      if (each.branch === answered || this.transactions.findOutbound(each.branch, 'CANCEL')) continue;
      const hop = this.#hopTo(each.target);
      if (!hop) continue;
      const data = this.#request('CANCEL', each, hop, response, stripTag(response.header('To') ?? ''));
      new Outbound(this.transactions, each.branch, 'CANCEL', data, [hop], undefined, now).start(now, 'takeover: answered elsewhere');
    }
  }

  /** A failure that is held is acknowledged here: nobody upstream will. */
  #acknowledge(response: SipMessage, index: number, orphan: Orphan, now: Millis): void {
    const via = response.vias[index] as Via;
    const branch = this.#branches(orphan, response, now).find((each) => each.branch === via.branch) ?? { branch: via.branch, target: response.to.uri };
    const hop = this.#hopTo(branch.target);
    if (!hop) return;
    this.environment.send(this.#request('ACK', branch, hop, response, response.header('To') ?? ''), hop, response, now, 'takeover: held');
  }

  #hopTo(target: string): Hop | undefined {
    const located = locate(this.environment, target, '');
    return located.kind === 'hops' ? located.hops[0] : undefined;
  }

  #request(method: string, branch: Branch, hop: Hop, response: SipMessage, to: string): Buffer {
    const sentBy = this.environment.identity.sentBy(hop.transport, hop.host);
    return buildRequest(method, branch.target, [
      `Via: SIP/2.0/${hop.transport.toUpperCase()} ${sentBy};rport;branch=${branch.branch}`,
      'Max-Forwards: 70',
      `From: ${response.header('From') ?? ''}`,
      `To: ${to}`,
      `Call-ID: ${response.callId}`,
      `CSeq: ${response.cseq} ${method}`,
    ]);
  }

  forget(): void {
    for (const orphan of [...this.#orphans.values()]) this.forgetOne(orphan);
  }
}

function stripTag(to: string): string {
  return to.replace(/;\s*tag\s*=\s*[^;,\s]+/i, '');
}

function parseTold(content: string): { readonly seed: string; readonly targets: readonly string[] } | undefined {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value !== 'object' || value === null || !('seed' in value) || !('targets' in value)) return undefined;
    const { seed, targets } = value;
    if (typeof seed !== 'string' || !Array.isArray(targets) || !targets.every((each): each is string => typeof each === 'string')) return undefined;
    return { seed, targets };
  } catch {
    // Not JSON: somebody else's datagram under our topic.
    return undefined;
  }
}
