// One request being proxied (RFC 3261 §16.2 "response context"): its upstream copies, its branches, and what goes back.
// Who may act of its own is asked of charge.ts: a guard or a hedge may fire although nobody died, and then both nodes of
// the cluster carry the request. Whoever may not repeats its branches and ends silently.
import { type Hop, isReliable, type Millis, NEVER, type RouteTarget, Timer } from '@altpath/core';
import type { SipMessage } from '../codec/sip-message.js';
import { type GivenUp, joinedChallenges, judge } from './best-response.js';
import { type BranchHost, cancelBranch, makeBranch } from './branch.js';
import { Charge } from './charge.js';
import type { Passage } from './forward.js';
import type { Answering, Inbound } from './inbound.js';
import type { BranchOwner, Outbound } from './outbound.js';
import type { Timed } from './timed.js';
import { Upstream } from './upstream.js';
import type { WayFinder } from './way-finder.js';

/**
 * What nodes tell each other of a request that both may carry: has one of you heard downstream; the caller gave up, whoever
 * has heard may cancel; it is refused, whoever has heard nothing may let it go; it is answered by the branch named.
 */
export type ContextTopic = 'sip.heard?' | 'sip.cancel' | 'sip.refused' | 'sip.answered';

/** What a context needs from the proxy around it. */
export interface ContextHost extends BranchHost {
  readonly ways: WayFinder;
  /**
   * Tells the other nodes something of this request, in one datagram, fire and forget.
   *
   * @param word  What the topic says besides: a status, a branch.
   */
  tell(topic: ContextTopic, context: ResponseContext, word?: string): void;
  contextEnded(context: ResponseContext): void;
}

/** What a branch was made for, kept while there is another address to try (RFC 3263 §4.3). */
interface Attempt {
  readonly target: RouteTarget;
  readonly index: number;
  /** Hops of other transports, which need a Via of their own. */
  readonly rest: readonly Hop[];
}

export class ResponseContext implements Answering, BranchOwner, Timed {
  readonly isRelay = true;
  readonly timer = new Timer<Timed>(this);
  readonly isInvite: boolean;
  readonly createdAt: Millis;
  /** Vias of the request: a copy has as many, a spiral has more. */
  readonly depth: number;
  readonly #upstream: Upstream;
  readonly #charge: Charge;
  readonly #branches: Outbound[] = [];
  #attempts: Map<Outbound, Attempt> | undefined;
  readonly #finals: SipMessage[] = [];
  /** Statuses of targets that there was no way to. */
  readonly #unlocated: number[] = [];
  #waiting: RouteTarget[] = [];
  #passage: Passage | undefined;
  #locating = 0;
  #started = 0;
  #count = 0;
  /** Nothing new is started. */
  #givenUp: GivenUp = 'no';
  #finalSent = false;
  #tryingAt: Millis = NEVER;
  #timerCAt: Millis = NEVER;
  #nextTargetAt: Millis = NEVER;
  #cancelAgainAt: Millis = NEVER;
  #endAt: Millis = NEVER;
  /** The caller may have had its answer late enough to try another node, too. */
  #slow = false;

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
    this.depth = passage.request.vias.length;
    this.#passage = passage;
    this.createdAt = now;
    this.#upstream = new Upstream(host.environment, seed, this.isInvite);
    this.#charge = new Charge(host.environment.peers, now, () => host.tell('sip.heard?', this));
  }

  get state(): 'calling' | 'ringing' | 'answered' | 'failed' | 'cancelled' {
    if (this.#finalSent) return this.#upstream.isAnswered ? 'answered' : 'failed';
    if (this.#givenUp === 'cancelled') return 'cancelled';
    return this.#branches.some((each) => each.status > 100) ? 'ringing' : 'calling';
  }

  /** The request being carried; undefined once it is answered, for an answered call is nobody's to route. */
  get passage(): Passage | undefined {
    return this.#passage;
  }

  get heard(): boolean {
    return this.#charge.heard;
  }

  get finished(): boolean {
    return this.#finalSent;
  }

  // --- upstream ----------------------------------------------------------------------------------------------------

  /** A second copy with another upstream branch: each copy gets the responses. */
  join(copy: Inbound, now: Millis): void {
    const heard = this.#branches.some((each) => each.status >= 100);
    this.#upstream.join(copy, this, heard, this.#branches.length > 0, now);
  }

  upstreamGone(copy: Inbound): void {
    this.#upstream.leave(copy);
    if (this.#upstream.isEmpty) this.end();
  }

  /**
   * The caller gives up: every branch that rings is cancelled, nothing new is started.
   *
   * @param told  Another node says so.
   */
  cancel(now: Millis, told = false): void {
    if (this.#givenUp !== 'no' || this.#finalSent) return;
    this.#giveUp('cancelled', now);
    // Whoever told this carries it, too, and waits to hear how it ended.
    if (told) this.#slow = true;
    else if (!this.heard) this.host.tell('sip.cancel', this);
    this.#concludeIfOver(now);
    this.#arm();
  }

  #giveUp(why: 'cancelled' | 'timeout', now: Millis): void {
    this.#givenUp = why;
    this.#waiting = [];
    this.#nextTargetAt = NEVER;
    for (const branch of this.#branches) cancelBranch(this.host, branch, now);
    const { t1 } = this.host.environment.settings.timers;
    // RFC 3261 §9.1: whoever never answers is given 64 T1.
    this.#timerCAt = now + 64 * t1;
    this.#cancelAgainAt = now + t1;
  }

  // --- downstream --------------------------------------------------------------------------------------------------

  /** @param inOrder  One target after the other, whatever `sip.proxy.fork` says. */
  start(targets: readonly RouteTarget[], inOrder: boolean, now: Millis): void {
    const { settings } = this.host.environment;
    const serial = (inOrder || settings.proxy.fork === 'serial') && targets.length > 1;
    this.#count = serial ? 1 : targets.length;
    this.#waiting = [...targets];
    // For a non-INVITE this is RFC 4320 §4.1: a 100 once Timer E has grown to T2, and not before.
    this.#tryingAt = now + 7 * settings.timers.t1;
    if (this.isInvite) {
      this.#timerCAt = now + settings.timers.c;
      if (settings.proxy.trying === 'immediate') this.#upstream.trying(now);
    }
    if (serial) this.#startNext(now);
    else while (this.#waiting.length > 0) this.#startNext(now);
    this.#concludeIfOver(now);
    this.#arm();
  }

  #startNext(now: Millis): void {
    const target = this.#waiting.shift();
    const passage = this.#passage;
    if (!target || !passage) return;
    const index = this.#started;
    this.#started += 1;
    this.#locating += 1;
    const serial = this.isInvite && this.#waiting.length > 0 && this.#count === 1;
    this.#nextTargetAt = serial ? now + this.host.environment.settings.proxy.serialTimeoutMs : NEVER;
    const found = (hops: readonly Hop[] | undefined, status: number, when: Millis): void => {
      this.#locating -= 1;
      if (!hops || hops.length === 0) this.#unlocated.push(status);
      else if (this.#givenUp === 'no' && !this.#finalSent) this.#startBranch(passage, target, hops, index, when);
      this.#concludeIfOver(when);
      this.#arm();
    };
    this.host.ways.locate(target, passage, found, now);
  }

  /** @param after  The branch whose addresses failed: these are what is left of them. */
  #startBranch(passage: Passage, target: RouteTarget, hops: readonly Hop[], index: number, now: Millis, after?: Outbound): void {
    const { seed, flags } = this;
    const plan = { passage, target, hops, seed, flags, index, count: this.#count, isNext: after !== undefined, owner: this };
    const made = makeBranch(this.host, plan, now);
    if (!made) return;
    const { branch, rest } = made;
    if (hops.length > 1) {
      this.#attempts ??= new Map();
      this.#attempts.set(branch, { target, index, rest });
    }
    this.#branches.push(branch);
    branch.start(now, after && 'next address (RFC 3263 §4.3)');
    if (this.isInvite) this.#upstream.trying(now, (copy) => isReliable(copy.hop.transport));
  }

  responded(branch: Outbound, response: SipMessage, now: Millis): void {
    this.#charge.hear();
    const { status } = response;
    if (status < 200) this.#provisional(branch, response, now);
    else if (status < 300) this.#success(branch, response, now);
    else if (status !== 503 || !this.#tryNextAddress(branch, now)) {
      this.#finals.push(response);
      if (status >= 600) this.#cancelOthers(branch, now);
    }
    this.#concludeIfOver(now);
    this.#arm();
  }

  #provisional(branch: Outbound, response: SipMessage, now: Millis): void {
    // RFC 4320 §4.1: a non-INVITE gets no provisional response but a late 100 of our own.
    if (!this.isInvite) return;
    if (!branch.wanted) cancelBranch(this.host, branch, now);
    if (this.#finalSent) return;
    if (response.status === 100) return this.#upstream.trying(now);
    // RFC 3261 §16.7 step 2: 101 to 199 reset Timer C.
    if (this.#givenUp === 'no') this.#timerCAt = now + this.host.environment.settings.timers.c;
    this.#relay(response, now);
  }

  #success(branch: Outbound, response: SipMessage, now: Millis): void {
    // RFC 3261 §16.7 step 5: every 2xx to an INVITE goes up at once, whatever went before.
    if (this.isInvite || !this.#finalSent) this.#relay(response, now);
    this.#tellOnce('sip.answered', branch.branch);
    if (!this.#finalSent) this.#shed();
    this.#finalSent = true;
    this.#cancelOthers(branch, now);
  }

  failed(branch: Outbound, reason: 'timeout' | 'unreachable', now: Millis): void {
    if (reason === 'unreachable') {
      // That nobody is there is an answer, too.
      this.#charge.hear();
      this.#tryNextAddress(branch, now);
    } else if (this.isInvite && !this.#finalSent && !this.#charge.isOurs(now)) {
      branch.listen(now);
      if (!branch.wanted) cancelBranch(this.host, branch, now);
    }
    this.#concludeIfOver(now);
    this.#arm();
  }

  /** A 503, or nobody there: the addresses that are left get a transaction of their own. (RFC 3263 §4.3) */
  #tryNextAddress(branch: Outbound, now: Millis): boolean {
    const attempt = this.#attempts?.get(branch);
    const passage = this.#passage;
    if (!attempt || !passage || !branch.wanted || this.#givenUp !== 'no' || this.#finalSent) return false;
    const hops = [...branch.unused, ...attempt.rest];
    if (hops.length === 0) return false;
    this.#attempts?.delete(branch);
    branch.failure = 0;
    this.host.environment.observer.count('sip.alternate.used', 'unavailable');
    this.#startBranch(passage, attempt.target, hops, attempt.index, now, branch);
    return true;
  }

  /** Answered elsewhere, or refused for good. */
  #cancelOthers(branch: Outbound | undefined, now: Millis): void {
    this.#waiting = [];
    this.#nextTargetAt = NEVER;
    for (const other of this.#branches) if (other !== branch) cancelBranch(this.host, other, now);
  }

  /**
   * Another node has passed a failure on. What was not heard here is let go, lest it be repeated to a telephone that has
   * forgotten it; and a caller that has asked both is told by both, for it holds the failure of one while the other may
   * know better. What only the response itself can say (where else to ask, how to prove oneself) is not made up.
   */
  refusedElsewhere(status: number, now: Millis): void {
    if (this.heard || this.#finalSent) return;
    if (!(status >= 400 && status < 700) || status === 401 || status === 407) return this.end();
    for (const branch of this.#branches) branch.forget();
    this.#slow = false;
    this.#sendOwn(status, now);
  }

  /** A 2xx of this branch has gone up through another node: the others are cancelled, and nothing is said any more. */
  answeredElsewhere(branch: string, now: Millis): void {
    if (this.#finalSent) return;
    this.#finalSent = true;
    this.#cancelOthers(
      this.#branches.find((each) => each.branch === branch),
      now,
    );
    this.#endAt = now + 64 * this.host.environment.settings.timers.t1;
    this.#arm();
  }

  /** Another node has heard downstream for this request: it is in charge. */
  heardElsewhere(): void {
    this.#charge.leave();
    this.#arm();
  }

  // --- the end -----------------------------------------------------------------------------------------------------

  #concludeIfOver(now: Millis): void {
    if (this.#finalSent) {
      if (!this.isInvite) this.#release();
      return;
    }
    if (this.#locating > 0 || this.#branches.some((each) => each.pending)) return;
    // Silent here, perhaps not elsewhere: a target keeps the whole of its time.
    if (this.#nextTargetAt !== NEVER && this.#branches.some((each) => each.lapsed)) return;
    const decisive = this.#finals.some((each) => each.status >= 600);
    if (this.#waiting.length > 0 && !decisive) return this.#charge.isOurs(now) ? this.#startNext(now) : this.#charge.claimSoon(now);
    return this.#conclude(now);
  }

  /** Everything is in. A final response of our own is only for who is in charge. */
  #conclude(now: Millis): void {
    const own = [...this.#unlocated, ...this.#branches.map((each) => each.failure)];
    const verdict = judge(this.#finals, own, this.isInvite, this.#givenUp);
    if (verdict === undefined) return this.end();
    if (typeof verdict !== 'number') return this.#sendFinal(verdict, now);
    // Where there was no way to anybody, nothing was sent that another node could carry.
    const isOurs = this.#branches.length === 0 || this.#charge.isOurs(now);
    return isOurs ? this.#sendOwn(verdict, now) : this.#charge.claimLater(now);
  }

  #sendFinal(best: SipMessage, now: Millis): void {
    this.#finalSent = true;
    const challenges = joinedChallenges(best, this.#finals);
    this.#noteSlow(now);
    this.#tellOnce('sip.refused', String(best.status));
    this.#upstream.fail(best, challenges, now);
    return this.isInvite ? undefined : this.#release();
  }

  #sendOwn(status: number, now: Millis): void {
    this.#finalSent = true;
    this.#tellOnce('sip.refused', String(status));
    this.#upstream.refuse(status, now);
    if (!this.isInvite) this.#release();
  }

  /** The INVITE was cancelled before it came. */
  refuseCancelled(now: Millis): void {
    this.#givenUp = 'cancelled';
    this.#sendOwn(487, now);
  }

  #relay(response: SipMessage, now: Millis): void {
    this.#noteSlow(now);
    this.#upstream.relay(response, now);
  }

  /** Silence of one hedge is when a caller tries another node, too. */
  #noteSlow(now: Millis): void {
    const { settings } = this.host.environment;
    if (this.#upstream.isSilent && now - this.createdAt >= 0.9 * settings.path.hedge * settings.timers.t1) this.#slow = true;
  }

  /** Where the caller may have tried another node, too, that is told how it ended. */
  #tellOnce(topic: 'sip.refused' | 'sip.answered', word: string): void {
    if (this.#slow && this.isInvite) this.host.tell(topic, this, word);
    this.#slow = false;
  }

  /** An answered INVITE waits half a minute for copies of its 2xx: what is not needed for them goes now. */
  #shed(): void {
    this.#passage = undefined;
    this.#attempts = undefined;
    this.#upstream.shed();
  }

  /** A non-INVITE is over with its answer: its copies repeat it by themselves. */
  #release(): void {
    this.#upstream.release();
    this.host.transactions.timers.disarm(this.timer);
    this.host.contextEnded(this);
  }

  // --- time --------------------------------------------------------------------------------------------------------

  fire(now: Millis): void {
    if (this.#tryingAt <= now) {
      this.#tryingAt = NEVER;
      this.#upstream.trying(now);
    }
    if (this.#nextTargetAt <= now) this.#nextTargetDue(now);
    if (this.#cancelAgainAt <= now) {
      this.#cancelAgainAt = NEVER;
      for (const branch of this.#branches) if (!branch.wanted) cancelBranch(this.host, branch, now);
    }
    if (this.#timerCAt <= now) this.#timerC(now);
    if (this.#charge.due(now)) this.#claimed(now);
    if (this.#endAt <= now) return this.end();
    return this.#arm();
  }

  /** Nobody else has heard anything: whatever waits for somebody to act is ours. */
  #claimed(now: Millis): void {
    if (this.#finalSent) return;
    if (this.#waiting.length > 0 && this.#branches.some((each) => each.pending)) this.#nextTargetDue(now);
    else this.#concludeIfOver(now);
  }

  /** Serial forking: this target had its time. Where it was silent, it is listened to and cancelled when it rings. */
  #nextTargetDue(now: Millis): void {
    this.#nextTargetAt = NEVER;
    if (this.#waiting.length === 0) return undefined;
    if (!this.#charge.isOurs(now)) return this.#charge.claimSoon(now);
    for (const branch of this.#branches) {
      cancelBranch(this.host, branch, now);
      if (branch.status > 0 || !branch.pending) continue;
      branch.failure = 408;
      branch.listen(now);
    }
    return this.#startNext(now);
  }

  #timerC(now: Millis): void {
    this.#timerCAt = NEVER;
    if (this.#finalSent) return undefined;
    if (this.#givenUp === 'no' && this.#charge.isOurs(now)) {
      // RFC 3261 §16.8: what rings is cancelled and its 487 awaited; what never answered counts as 408.
      this.#giveUp('timeout', now);
      return this.#concludeIfOver(now);
    }
    // Another node may be in charge of it; or 64 T1 have passed since the CANCEL (§9.1), and that answers for itself.
    if (!this.#charge.isOurs(now)) return this.end();
    for (const branch of this.#branches) if (branch.status < 200) branch.forget();
    return this.#concludeIfOver(now);
  }

  #arm(): void {
    if (this.#upstream.isEmpty) return;
    const live = this.#finalSent
      ? this.#endAt
      : Math.min(this.#timerCAt, this.#tryingAt, this.#nextTargetAt, this.#cancelAgainAt, this.#charge.at);
    this.host.transactions.timers.arm(this.timer, live);
  }

  abandon(): void {
    this.end();
  }

  /** Forgets the context, its copies and its branches, without a word. What failed goes on swallowing its copies. */
  end(): void {
    this.host.transactions.timers.disarm(this.timer);
    this.#upstream.forget();
    for (const branch of this.#branches) if (branch.status < 300) branch.forget();
    this.host.contextEnded(this);
  }
}
