// Forks whose node is gone. The token says how many branches there were; a stand-in that gets the first response of
// such a fork opens a context for it: a 2xx goes up at once and the other branches are cancelled; a failure is held
// until all are in or a timer ends, for a stateless relay would pass the first 486 and end a call that rings elsewhere.
import { type Hop, type Millis, Timer } from '@altpath/core';
import { buildRequest } from '../codec/build.js';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import { locate } from '../locate.js';
import type { Via } from '../message/via.js';
import { addressOfRecord, parseUri, uriKey } from '../message/uri.js';
import type { ViaClaims } from '../path/token.js';
import { routeTargetOf } from '../registrar/targets.js';
import { bestResponse } from './best-response.js';
import { deriveBranch, seedOf } from './derive.js';
import type { ForkNotices } from './fork-notices.js';
import { Inbound } from './inbound.js';
import { Outbound } from './outbound.js';
import { relayedResponse, waysBack } from './relay.js';
import type { Timed } from './timed.js';
import type { Transactions } from './transactions.js';

const ORPHAN_LIMIT = 4_096;

interface Branch {
  readonly branch: string;
  readonly target: string;
}

/** A response of an orphaned fork, and where it came in. */
interface Arrival {
  readonly response: SipMessage;
  /** Position of the Via of the node that is gone. */
  readonly index: number;
  readonly hop: Hop;
}

class Orphan implements Timed {
  readonly timer = new Timer<Timed>(this);
  readonly finals = new Map<number, SipMessage>();
  ended = false;

  constructor(
    private readonly owner: OrphanedForks,
    readonly key: string,
    readonly count: number,
    readonly index: number,
    /** As far as they can be named: as the forking node told them, else the current contacts of the address of record. */
    readonly branches: readonly Branch[],
  ) {}

  fire(now: Millis): void {
    if (this.ended) this.owner.forgetOne(this);
    else this.owner.conclude(this, now);
  }
}

export class OrphanedForks {
  readonly #orphans = new Map<string, Orphan>();

  constructor(
    private readonly environment: Environment,
    private readonly transactions: Transactions,
    private readonly notices: ForkNotices,
  ) {}

  /** @returns whether the response is held here; `false`: it goes on upstream at once. */
  takes(response: SipMessage, index: number, claims: ViaClaims, hop: Hop, now: Millis): boolean {
    if (claims.forkCount < 2 || response.cseqMethod !== 'INVITE' || response.status === 100) return false;
    const next = response.vias[index + 1];
    if (!next) return false;
    const arrival = { response, index, hop };
    const orphan = this.#orphanOf(arrival, next, claims, now);
    if (response.status < 200) {
      // Too late to ring: somebody else has answered, or all have failed.
      if (orphan.ended) this.#cancel(orphan, (response.vias[index] as Via).branch, response, now);
      return orphan.ended;
    }
    if (response.status < 300) {
      this.#end(orphan, now);
      this.#cancelOthers(orphan, arrival, now);
      return false;
    }
    this.#acknowledge(orphan, arrival, now);
    if (orphan.ended) return true;
    orphan.finals.set(claims.forkIndex, response);
    if (response.status >= 600) this.#cancelOthers(orphan, arrival, now);
    if (orphan.finals.size >= orphan.count || response.status >= 600) this.conclude(orphan, now);
    return true;
  }

  #orphanOf(arrival: Arrival, next: Via, claims: ViaClaims, now: Millis): Orphan {
    const { response, index } = arrival;
    const key = `${next.branch}|${next.sentBy}|${response.callId}|${response.cseq}`;
    let orphan = this.#orphans.get(key);
    if (!orphan) {
      orphan = new Orphan(this, key, claims.forkCount, index, this.#branchesOf(arrival, next, now));
      this.#orphans.set(key, orphan);
      this.environment.observer.count('sip.takeover', 'fork');
      const { timers } = this.environment.settings;
      this.transactions.timers.arm(orphan.timer, now + Math.max(timers.c, 64 * timers.t1));
      if (this.#orphans.size > ORPHAN_LIMIT) this.forgetOne(this.#orphans.values().next().value as Orphan);
    }
    return orphan;
  }

  #branchesOf({ response, index }: Arrival, next: Via, now: Millis): readonly Branch[] {
    const { signer, store } = this.environment;
    const { callId, fromTag, cseq } = response;
    const notice = this.notices.noticeFor(signer, callId, fromTag, cseq, (response.vias[index] as Via).branch);
    if (notice) return notice.targets.map((target) => ({ target, branch: deriveBranch(signer, notice.seed, target) }));
    // What the request asked for is not in the response; To names it in nearly every call.
    const to = parseUri(response.to.uri);
    if (!to.ok) return [];
    const seed = seedOf(callId, fromTag, cseq, response.to.uri, next.sentBy);
    return store
      .lookup(addressOfRecord(to.value), now)
      .map(({ contact }) => ({ target: contact, branch: deriveBranch(signer, seed, contact) }));
  }

  /** All in, a 6xx, or the timer: the best of what was held goes up, repeated until it is acknowledged. */
  conclude(orphan: Orphan, now: Millis): void {
    if (orphan.ended) return;
    this.#end(orphan, now);
    const best = bestResponse([...orphan.finals.values()]);
    if (!best) return;
    const next = best.vias[orphan.index + 1] as Via;
    const { hops, trusted } = waysBack(this.environment, next);
    const [first, ...others] = hops;
    if (!first) return this.environment.observer.count('sip.response.dropped', 'no-way-back');
    const key = `${next.branch}|${next.sentBy}|INVITE`;
    const { data, note } = relayedResponse(this.environment, best, orphan.index + 1, undefined, [], now);
    const made = { key, method: 'INVITE', request: undefined, topVia: next.text, hop: first, others, trusted: Math.max(0, trusted - 1) };
    const answer = this.transactions.inbound.get(key) ?? new Inbound(this.transactions, made);
    answer.respond(data, best.status, now, note ?? 'takeover: all branches are in');
    return undefined;
  }

  /** Kept for a while, so that late responses find that it is over. */
  #end(orphan: Orphan, now: Millis): void {
    if (orphan.ended) return;
    orphan.ended = true;
    this.transactions.timers.arm(orphan.timer, now + 64 * this.environment.settings.timers.t1);
  }

  forgetOne(orphan: Orphan): void {
    this.transactions.timers.disarm(orphan.timer);
    this.#orphans.delete(orphan.key);
  }

  #cancelOthers(orphan: Orphan, { response, index }: Arrival, now: Millis): void {
    const answered = (response.vias[index] as Via).branch;
    for (const each of orphan.branches) if (each.branch !== answered) this.#cancel(orphan, each.branch, response, now);
  }

  #cancel(orphan: Orphan, branch: string, response: SipMessage, now: Millis): void {
    const named = orphan.branches.find((each) => each.branch === branch);
    if (!named || this.transactions.findOutbound(branch, 'CANCEL')) return;
    const hop = this.#hopTo(named.target, now);
    if (!hop) return;
    const sent = this.#request('CANCEL', named, hop, response, stripTag(response.header('To') ?? ''));
    new Outbound(this.transactions, { branch, method: 'CANCEL', sent, hops: [hop] }, now).start(now, 'takeover: answered elsewhere');
  }

  /** A failure that is held is acknowledged here: nobody upstream will. */
  #acknowledge(orphan: Orphan, { response, index, hop }: Arrival, now: Millis): void {
    const via = response.vias[index] as Via;
    const named = orphan.branches.find((each) => each.branch === via.branch);
    // A target that nobody can name is answered where it spoke from.
    const to = (named && this.#hopTo(named.target, now)) ?? hop;
    const branch = named ?? { branch: via.branch, target: response.to.uri };
    this.environment.send(this.#request('ACK', branch, to, response, response.header('To') ?? ''), to, now, 'takeover: held');
  }

  #hopTo(target: string, now: Millis): Hop | undefined {
    const uri = parseUri(target);
    const known = uri.ok ? this.environment.store.byContact(uriKey(uri.value), now) : undefined;
    const registered = known && routeTargetOf(known.binding);
    if (registered?.hop) return registered.hop;
    const located = locate(this.environment, registered?.via?.[0] ?? target, '');
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
