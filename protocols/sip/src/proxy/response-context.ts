// One request being proxied (RFC 3261 §16.2 "response context"): its upstream copies, its branches, and what goes back.
// Who may act is decided by `inCharge`: a guard or a hedge may fire although nobody died, and then both nodes of the
// cluster carry the request; a node starts something of its own only if it has itself heard downstream here, or holds
// the others for down. Otherwise it repeats its branches and ends silently.
import { type Hop, isAlone, isReliable, type Millis, NEVER, type RouteTarget, Timer } from '@altpath/core';
import { buildCancel, buildResponse } from '../codec/build.js';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import { bestResponse, joinedChallenges } from './best-response.js';
import { deriveBranch } from './derive.js';
import { assembleCopy, type Passage } from './forward.js';
import { relayedResponse } from './relay.js';
import { phraseOf } from './statuses.js';
import { type BranchOwner, type Inbound, Outbound, type Timed, type Transactions } from './transactions.js';

/** What a context needs from the proxy around it. */
export interface ContextHost {
  readonly environment: Environment;
  readonly transactions: Transactions;
  /** Finds the hops of a target now or later; `undefined` hops: there is no way (`status` says why). */
  locate(target: RouteTarget, passage: Passage, found: (hops: readonly Hop[] | undefined, status: number, now: Millis) => void, now: Millis): void;
  /** Asks the other nodes whether one of them has heard downstream for this seed. */
  askPeers(context: ResponseContext): void;
  contextEnded(context: ResponseContext): void;
}

/** RFC 3261 Timer B at the default T1: shorter timers make nobody's telephone answer sooner. */
const UNHEARD_LIMIT_MS = 32_000;
/** How long the other nodes are given to say that they have heard something. */
const ASK_MS = 400;

export class ResponseContext implements BranchOwner, Timed {
  readonly timer = new Timer<Timed>(this);
  readonly isInvite: boolean;
  readonly createdAt: Millis;
  readonly copies: Inbound[] = [];
  readonly #branches: Outbound[] = [];
  readonly #finals: SipMessage[] = [];
  /** Failures of our own making: nobody answered, nobody reachable. */
  readonly #own: number[] = [];
  #waiting: RouteTarget[] = [];
  #passage: Passage | undefined;
  #locating = 0;
  #started = 0;
  #count = 0;
  #heard = false;
  #peersAsked = false;
  #cancelled = false;
  #finalSent = false;
  /** The failure that went upstream: a copy that comes after it gets the same. */
  #failedWith = 0;
  #tryingAt: Millis = NEVER;
  #timerCAt: Millis = NEVER;
  #nextTargetAt: Millis = NEVER;
  #unheardAt: Millis = NEVER;

  constructor(
    private readonly host: ContextHost,
    /** `seed|method`: under which a second copy finds this context. */
    readonly key: string,
    readonly seed: string,
    passage: Passage,
    private readonly flags: number,
    now: Millis,
  ) {
    this.isInvite = passage.request.method === 'INVITE';
    this.#passage = passage;
    this.createdAt = now;
  }

  get state(): 'calling' | 'ringing' | 'answered' | 'failed' | 'cancelled' {
    if (this.#finalSent) return this.copies.some((each) => each.status < 300 && each.status >= 200) ? 'answered' : 'failed';
    if (this.#cancelled) return 'cancelled';
    return this.#branches.some((each) => each.status > 100) ? 'ringing' : 'calling';
  }

  /** The request being carried; undefined once it is answered, for an answered call is nobody's to route. */
  get passage(): Passage | undefined {
    return this.#passage;
  }

  get heard(): boolean {
    return this.#heard;
  }

  get finished(): boolean {
    return this.#finalSent;
  }

  // --- upstream ----------------------------------------------------------------------------------------------------

  /** A second copy with another upstream branch: each copy gets the responses. */
  join(copy: Inbound, now: Millis): void {
    copy.context = this;
    this.copies.push(copy);
    if (this.#failedWith > 0) {
      this.reply(copy, this.#failedWith, now);
      return;
    }
    const latest = this.#branches.reduce<number>((status, each) => Math.max(status, each.status), 0);
    if (latest >= 100) this.#answerTrying(copy, now);
  }

  upstreamGone(copy: Inbound): void {
    const at = this.copies.indexOf(copy);
    if (at >= 0) this.copies.splice(at, 1);
    if (this.copies.length === 0) this.end();
  }

  /** The caller gives up: every branch that rings is cancelled, nothing new is started. */
  cancel(now: Millis): void {
    if (this.#cancelled || this.#finalSent) return;
    this.#cancelled = true;
    this.#waiting = [];
    this.#nextTargetAt = NEVER;
    for (const branch of this.#branches) this.#cancelBranch(branch, now);
    // RFC 3261 §9.1: whoever never answers is given 64 T1.
    this.#timerCAt = now + 64 * this.host.environment.settings.timers.t1;
    this.#concludeIfOver(now);
    this.#arm();
  }

  // --- downstream --------------------------------------------------------------------------------------------------

  start(targets: readonly RouteTarget[], now: Millis): void {
    const { settings } = this.host.environment;
    const serial = settings.proxy.fork === 'serial' && targets.length > 1;
    this.#count = serial ? 1 : targets.length;
    this.#waiting = [...targets];
    const copy = this.copies[0];
    if (this.isInvite) {
      this.#timerCAt = now + settings.timers.c;
      if (settings.proxy.trying === 'immediate') for (const each of this.copies) this.#answerTrying(each, now);
      else if (copy && !isReliable(copy.hop.transport)) this.#tryingAt = now + 7 * settings.timers.t1;
    }
    if (serial) this.#startNext(now);
    else while (this.#waiting.length > 0) this.#startNext(now);
    this.#concludeIfOver(now);
    this.#arm();
  }

  #startNext(now: Millis): void {
    const { environment } = this.host;
    const target = this.#waiting.shift();
    const passage = this.#passage;
    if (!target || !passage) return;
    const index = this.#started;
    this.#started += 1;
    this.#locating += 1;
    if (this.isInvite && this.#waiting.length > 0 && this.#count === 1) this.#nextTargetAt = now + environment.settings.proxy.serialTimeoutMs;
    else this.#nextTargetAt = NEVER;
    this.host.locate(
      target,
      passage,
      (hops, status, when) => {
        this.#locating -= 1;
        if (!hops || hops.length === 0) this.#own.push(status);
        else if (!this.#cancelled && !this.#finalSent) this.#startBranch(passage, target, hops, index, when);
        this.#concludeIfOver(when);
        this.#arm();
      },
      now,
    );
  }

  #startBranch(passage: Passage, target: RouteTarget, hops: readonly Hop[], index: number, now: Millis): void {
    const { environment, transactions } = this.host;
    const { request } = passage;
    const branch = deriveBranch(environment.signer, this.seed, target.address);
    const hop = hops[0] as Hop;
    const parallel = this.#count > 1;
    const received = request.header('Max-Breadth');
    const breadth = received === undefined ? (parallel ? environment.settings.proxy.maxBreadth : undefined) : Number(received);
    const data = assembleCopy(
      environment,
      passage,
      {
        target,
        hop,
        branch,
        flags: this.flags,
        forkIndex: index,
        forkCount: this.#count,
        maxBreadth: breadth === undefined ? undefined : shareOf(breadth, this.#count, index),
        callerTold: this.#callerTold(passage, now),
      },
      now,
    );
    const outbound = new Outbound(transactions, branch, request.method, data, hops, this, now);
    this.#branches.push(outbound);
    outbound.start(now);
    if (this.isInvite) for (const copy of this.copies) if (isReliable(copy.hop.transport) && copy.status === 0) this.#answerTrying(copy, now);
  }

  #callerTold(passage: Passage, now: Millis): boolean {
    const { environment } = this.host;
    const { hop } = passage;
    return environment.trust.isNeighbour(hop.host) || environment.store.bySource(`${hop.transport}:${hop.host.includes(':') ? `[${hop.host}]` : hop.host}:${hop.port}`, now) !== undefined;
  }

  responded(branch: Outbound, response: SipMessage, now: Millis): void {
    this.#heard = true;
    this.#unheardAt = NEVER;
    const { status } = response;
    if (status === 100) {
      for (const copy of this.copies) if (copy.status === 0 && this.isInvite) this.#answerTrying(copy, now);
    } else if (status < 200) {
      // RFC 3261 §16.7 step 2: 101 to 199 reset Timer C.
      if (this.isInvite && !this.#cancelled) this.#timerCAt = now + this.host.environment.settings.timers.c;
      if (!this.#finalSent) this.#relay(response, now);
    } else if (status < 300) {
      const wanted = this.isInvite || !this.#finalSent;
      this.#finalSent = true;
      if (wanted) this.#relay(response, now);
      this.#waiting = [];
      this.#shed();
      for (const other of this.#branches) if (other !== branch) this.#cancelBranch(other, now);
    } else {
      this.#finals.push(response);
      if (status >= 600) {
        this.#waiting = [];
        for (const other of this.#branches) if (other !== branch) this.#cancelBranch(other, now);
      }
    }
    if (status < 200 && this.#cancelled) this.#cancelBranch(branch, now);
    this.#concludeIfOver(now);
    this.#arm();
  }

  failed(_branch: Outbound, reason: 'timeout' | 'unreachable', now: Millis): void {
    if (reason === 'unreachable') this.#heard = true;
    this.#own.push(reason === 'unreachable' ? 503 : 408);
    this.#concludeIfOver(now);
    this.#arm();
  }

  #cancelBranch(branch: Outbound, now: Millis): void {
    if (!this.isInvite || branch.status >= 200) return;
    // RFC 3261 §9.1: no CANCEL before a provisional response, lest it overtakes. A branch that has ended unheard here
    // may ring through the other node.
    if (branch.status === 0 && !branch.ended) return;
    const { transactions } = this.host;
    if (transactions.findOutbound(branch.branch, 'CANCEL')) return;
    new Outbound(transactions, branch.branch, 'CANCEL', buildCancel(branch.message), branch.hops, undefined, now).start(now);
  }

  /** Somebody in this cluster other than us may be carrying the request: act only when that is not so. */
  #inCharge(now: Millis): boolean {
    return this.#heard || isAlone(this.host.environment.peers, now);
  }

  /** Another node has heard downstream for this request: it is in charge. */
  heardElsewhere(): void {
    this.#peersAsked = false;
    this.#unheardAt = NEVER;
    this.#arm();
  }

  // --- the end -----------------------------------------------------------------------------------------------------

  #concludeIfOver(now: Millis): void {
    if (this.#finalSent) {
      if (!this.isInvite) this.#release();
      return;
    }
    if (this.#locating > 0) return;
    if (this.#branches.some((each) => each.status < 200 && !each.ended)) return;
    const decisive = this.#finals.some((each) => each.status >= 600);
    if (this.#waiting.length > 0 && !decisive && !this.#cancelled) {
      if (this.#inCharge(now)) this.#startNext(now);
      else this.#ask(now);
      return;
    }
    const best = bestResponse(this.#finals);
    if (best && !(best.status === 503 && this.#own.length > 0)) this.#sendFinal(best, now);
    else if (this.#cancelled) this.#sendOwn(487, now);
    else this.#concludeAlone(now);
  }

  /** Nobody downstream has said anything final. */
  #concludeAlone(now: Millis): void {
    if (!this.isInvite && !this.#own.includes(503) && this.#own.every((each) => each === 408)) {
      // RFC 4320 §4.1: a 408 to a non-INVITE is too late to be of use.
      this.end();
      return;
    }
    if (this.#inCharge(now)) this.#sendOwn(this.#own.find((each) => each !== 408) ?? 408, now);
    else this.#ask(now);
  }

  /** Not in charge: wait as long as a telephone may be silent, ask the others, and go on if none has heard anything. */
  #ask(now: Millis): void {
    if (this.#unheardAt !== NEVER) return;
    const earliest = Math.max(this.createdAt + UNHEARD_LIMIT_MS, now);
    const waits = this.#waiting.length > 0 ? now : earliest;
    this.#unheardAt = this.#peersAsked ? NEVER : waits;
  }

  #unheard(now: Millis): void {
    if (!this.#peersAsked) {
      this.#peersAsked = true;
      this.#unheardAt = now + ASK_MS;
      this.host.askPeers(this);
      return;
    }
    // Nobody has heard anything: there is nobody else to act.
    this.#unheardAt = NEVER;
    this.#heard = true;
    if (this.#waiting.length > 0 && !this.#cancelled) this.#startNext(now);
    this.#concludeIfOver(now);
  }

  #sendFinal(best: SipMessage, now: Millis): void {
    // RFC 3261 §16.7 step 6: a 503 says that this proxy is overloaded, which it is not.
    if (best.status === 503) return this.#sendOwn(500, now);
    this.#finalSent = true;
    this.#failedWith = best.status;
    this.#relay(best, now, joinedChallenges(best, this.#finals));
    return undefined;
  }

  #sendOwn(status: number, now: Millis): void {
    this.#finalSent = true;
    const sent = status === 503 ? 500 : status;
    this.#failedWith = sent;
    this.host.environment.observer.count('sip.response.own', String(sent));
    for (const copy of [...this.copies]) this.reply(copy, sent, now);
  }

  /** Answers one copy ourselves. */
  reply(copy: Inbound, status: number, now: Millis, headers: readonly string[] = []): void {
    if (!copy.request || copy.answered) return;
    const toTag = status > 100 ? this.host.environment.signer.branch(this.seed).slice(0, 12) : undefined;
    copy.respond(buildResponse(copy.request, status, phraseOf(status), { topVia: copy.topVia, headers, ...(toTag === undefined ? {} : { toTag }) }), status, now);
  }

  #answerTrying(copy: Inbound, now: Millis): void {
    if (copy.status === 0) this.reply(copy, 100, now);
  }

  #relay(response: SipMessage, now: Millis, challenges: readonly string[] = []): void {
    for (const copy of [...this.copies]) {
      if (copy.answered && response.status < 200) continue;
      const relayed = relayedResponse(this.host.environment, response, 1, copy, challenges, now);
      copy.respond(relayed.data, response.status, now, relayed.note);
    }
  }

  /** An answered INVITE waits half a minute for copies of its 2xx: what is not needed for them goes now. */
  #shed(): void {
    this.#passage = undefined;
    const [only] = this.copies;
    if (only && this.copies.length === 1) only.request = undefined;
  }

  /** A non-INVITE is over with its answer: its copies repeat it by themselves. */
  #release(): void {
    for (const copy of this.copies.splice(0)) copy.release();
    this.host.transactions.timers.disarm(this.timer);
    this.host.contextEnded(this);
  }

  // --- time --------------------------------------------------------------------------------------------------------

  fire(now: Millis): void {
    if (this.#tryingAt <= now) {
      this.#tryingAt = NEVER;
      for (const copy of this.copies) this.#answerTrying(copy, now);
    }
    if (this.#nextTargetAt <= now) this.#nextTargetDue(now);
    if (this.#timerCAt <= now) this.#timerC(now);
    if (this.#unheardAt <= now) this.#unheard(now);
    this.#arm();
  }

  /** Serial forking: this target had its time. */
  #nextTargetDue(now: Millis): void {
    this.#nextTargetAt = NEVER;
    if (!this.#inCharge(now)) return this.#ask(now);
    for (const branch of this.#branches) {
      this.#cancelBranch(branch, now);
      if (branch.status === 0 && !branch.ended) branch.forget();
    }
    this.#startNext(now);
    return undefined;
  }

  #timerC(now: Millis): void {
    this.#timerCAt = NEVER;
    if (this.#finalSent) return;
    if (this.#cancelled) {
      for (const branch of this.#branches) if (branch.status < 200) branch.forget();
      this.#sendOwn(487, now);
      return;
    }
    if (!this.#inCharge(now)) {
      this.end();
      return;
    }
    // RFC 3261 §16.8: what rings is cancelled and its 487 awaited; what never answered counts as 408.
    this.#cancelled = true;
    this.#own.push(408);
    for (const branch of this.#branches) this.#cancelBranch(branch, now);
    this.#timerCAt = now + 64 * this.host.environment.settings.timers.t1;
    this.#concludeIfOver(now);
  }

  #arm(): void {
    if (this.copies.length === 0) return;
    const live = this.#finalSent ? NEVER : Math.min(this.#timerCAt, this.#tryingAt, this.#nextTargetAt, this.#unheardAt);
    this.host.transactions.timers.arm(this.timer, live);
  }

  /** Forgets the context, its copies and its branches, without a word. */
  end(): void {
    this.host.transactions.timers.disarm(this.timer);
    for (const copy of this.copies.splice(0)) copy.forget();
    if (!this.#finalSent) for (const branch of this.#branches) branch.forget();
    this.host.contextEnded(this);
  }
}

/** RFC 5393 §5.3.3: the breadth is shared out among the parallel branches, none gets less than one. */
function shareOf(breadth: number, count: number, index: number): number {
  const whole = Math.floor(breadth / count);
  return Math.max(1, whole + (index < breadth % count ? 1 : 0));
}
