// A client transaction of the proxy: one branch of a request to one next hop and its stand-ins (ARCHITECTURE "Sender with
// alternates"), or one request of our own. The same bytes go to the next stand-in on a transport error or on silence,
// and all of them are listened to.
import { AttemptPlan, type Hop, hopKey, isReliable, type Millis, NEVER, Timer } from '@altpath/core';
import { buildAck } from '../codec/build.js';
import { decode } from '../codec/decode.js';
import type { SipMessage } from '../codec/sip-message.js';
import { MAX_EXTRA } from '../path/trust.js';
import { Effect, eventOfStatus, Transaction, TransactionEvent } from '../transaction/index.js';
import type { Surroundings, Timed } from './timed.js';

const NOTHING = Buffer.alloc(0);

/** The table that keeps it. */
export interface OutboundTable extends Surroundings {
  readonly outbound: Map<string, Outbound>;
}

/** Who is told what a branch brought. */
export interface BranchOwner {
  /** It hears for somebody else, who is told of a failure before that is acknowledged; default false. */
  readonly isRelay?: boolean;
  responded(branch: Outbound, response: SipMessage, now: Millis): void;
  /** No answer until Timer B or F, or nobody could be reached. */
  failed(branch: Outbound, reason: 'timeout' | 'unreachable', now: Millis): void;
}

/** What a transaction is made from. */
export interface OutboundOptions {
  readonly branch: string;
  readonly method: string;
  /** The request as it goes out. */
  readonly sent: Buffer;
  /** In the order of trying, at least one, all of one transport: the Via names it. */
  readonly hops: readonly Hop[];
  /** The further hops are no stand-ins but other ways to one telephone: for when the first is refused, not for silence. */
  readonly patient?: boolean | undefined;
  /** It goes to all of them at once: the CANCEL of an INVITE that went to all of them. */
  readonly everywhere?: boolean | undefined;
  readonly owner?: BranchOwner | undefined;
}

/** What came over the ways of a branch that went more than one. */
class Ways {
  /** To tags of the 18x heard from each. */
  readonly rang = new Map<string, Set<string>>();
  readonly finished = new Set<string>();
  readonly refused = new Set<string>();
  /** A failure that another way may overrule. */
  held: { readonly response: SipMessage; readonly from: Hop } | undefined;

  rangAnywhere(tag: string): boolean {
    for (const tags of this.rang.values()) if (tags.has(tag)) return true;
    return false;
  }
}

/** A failure that a node may have made itself, for want of knowledge: another way may know better. */
function isInconclusive(status: number): boolean {
  return [404, 408, 430, 480, 481, 482, 483].includes(status) || (status >= 500 && status < 600);
}

export class Outbound implements Timed {
  readonly timer = new Timer<Timed>(this);
  readonly key: string;
  readonly branch: string;
  readonly isInvite: boolean;
  /** The highest status heard so far. */
  status = 0;
  ended = false;
  /** Timer B is over and nothing was heard; it listens on (see `listen`). */
  lapsed = false;
  /** Why it failed without an answer: 408 or 503; 0 while it has not. */
  failure = 0;
  /** Its owner goes on without it: it is cancelled as soon as that is allowed. */
  wanted = true;
  cancelSent = false;
  readonly #owner: BranchOwner | undefined;
  readonly startedAt: Millis;
  #tx: Transaction;
  #plan: AttemptPlan | undefined;
  #ways: Ways | undefined;
  readonly #hops: readonly Hop[];
  #sent: Buffer;
  #parsed: SipMessage | undefined;

  constructor(
    private readonly table: OutboundTable,
    options: OutboundOptions,
    now: Millis,
  ) {
    const { settings, health } = table.environment;
    const { branch, method, sent, hops, patient } = options;
    this.key = `${branch}|${method}`;
    this.branch = branch;
    this.isInvite = method === 'INVITE';
    this.#owner = options.owner;
    this.startedAt = now;
    this.#hops = hops;
    this.#sent = sent;
    this.#tx = this.#newTransaction();
    if (hops.length > 1 && !options.everywhere) {
      const { t1 } = settings.timers;
      const attempt = {
        hedgeMs: patient ? NEVER : settings.path.hedge * t1,
        guardMs: patient ? NEVER : settings.path.guard * t1,
        maxExtra: MAX_EXTRA,
      };
      this.#plan = new AttemptPlan(hops, attempt, health, now);
      this.#ways = new Ways();
    }
    table.outbound.set(this.key, this);
  }

  #newTransaction(): Transaction {
    const reliable = isReliable((this.#hops[0] as Hop).transport);
    return new Transaction('client', this.isInvite ? 'invite' : 'non-invite', reliable, this.table.environment.settings.timers);
  }

  /** The addresses in use. */
  get hops(): readonly Hop[] {
    return this.#plan ? this.#plan.active : this.#hops;
  }

  /** The addresses that nothing was sent to yet. */
  get unused(): readonly Hop[] {
    return this.#plan ? this.#plan.waiting : [];
  }

  /** Something may still come of it that was not there yet: no final response, not given up. */
  get pending(): boolean {
    return this.status < 200 && !this.ended && !this.lapsed;
  }

  /** The request as sent, read again; rarely needed, so not kept parsed. Gone once a 2xx came. */
  get message(): SipMessage | undefined {
    this.#parsed ??= decode(this.#sent).message;
    return this.#parsed;
  }

  start(now: Millis, note?: string): void {
    this.#apply(this.#tx.handle(TransactionEvent.Start, now), undefined, now, note);
  }

  receive(response: SipMessage, from: Hop, now: Millis): void {
    const { status } = response;
    this.table.environment.health.markUp(hopKey(from));
    this.lapsed = false;
    this.failure = 0;
    if (status === 100) this.#plan?.heardProvisional(now);
    else this.#plan?.heardProgress();
    if (this.#ways && this.status < 200) {
      this.#note(this.#ways, response, from);
      if (this.#mayBeOverruled(this.#ways, response, now)) return this.#hold(this.#ways, response, from, now);
    }
    this.#take(response, from, now);
  }

  #take(response: SipMessage, from: Hop, now: Millis): void {
    const { status } = response;
    if (status > this.status) this.status = status;
    if (this.#ways) this.#ways.held = undefined;
    this.#apply(this.#tx.handle(eventOfStatus(status), now), response, now, undefined, from);
    if (status >= 200 && (!this.isInvite || (status < 300 && this.hops.length === 1))) this.#shed();
  }

  fire(now: Millis): void {
    const held = this.#ways?.held;
    if (held && !this.#mayBeOverruled(this.#ways as Ways, held.response, now)) return this.#take(held.response, held.from, now);
    this.#apply(this.#tx.tick(now), undefined, now);
    if (this.ended || this.lapsed || this.status >= 200) return;
    const next = this.#plan?.due(now);
    if (next) this.#useAlternate(next.hop, next.trigger, now);
    this.#arm();
  }

  /** One of its addresses cannot be reached. Over UDP that is never the end: the others and time go on. */
  unreachable(hop: Hop, now: Millis): void {
    if (this.ended || this.lapsed || this.status >= 200) return;
    const key = hopKey(hop);
    if (!this.hops.some((each) => hopKey(each) === key)) return;
    this.#ways?.refused.add(key);
    const next = this.#plan?.failed(hop, 'transport-error', now);
    if (next) {
      this.#useAlternate(next.hop, next.trigger, now);
      this.#arm();
    } else if (isReliable(hop.transport) && this.hops.every((each) => hopKey(each) === key || this.#ways?.refused.has(hopKey(each))))
      this.giveUp(now);
  }

  /** Ends the transaction; its owner hears that nobody was reached. */
  giveUp(now: Millis): void {
    if (this.ended) return;
    this.forget();
    this.failure = 503;
    this.#owner?.failed(this, 'unreachable', now);
  }

  /** Ends without a word to anyone. */
  forget(): void {
    this.ended = true;
    this.table.timers.disarm(this.timer);
    if (this.table.outbound.get(this.key) === this) this.table.outbound.delete(this.key);
  }

  /**
   * Timer B is over, but the callee may have got the request and be slow, or answer through another node: a response
   * still finds its way here. Nothing is sent any more and no timer runs; whoever calls this forgets it in the end.
   */
  listen(now: Millis): void {
    this.#tx = this.#newTransaction();
    this.#tx.handle(TransactionEvent.Start, now);
    this.ended = false;
    this.lapsed = true;
    this.table.outbound.set(this.key, this);
  }

  // --- failures that another way may overrule ----------------------------------------------------------------------

  #note(ways: Ways, response: SipMessage, from: Hop): void {
    const key = hopKey(from);
    if (response.status >= 300) ways.finished.add(key);
    if (response.status <= 100 || response.status >= 200) return;
    const tags = ways.rang.get(key) ?? new Set();
    ways.rang.set(key, tags.add(response.toTag));
  }

  /**
   * May another way still bring something better than this failure? It may while somebody else rings there and, where a
   * node may have made the failure itself, until Timer B. A failure with the tag of whoever rang is that phone's word.
   */
  #mayBeOverruled(ways: Ways, failure: SipMessage, now: Millis): boolean {
    const { status, toTag } = failure;
    if (status < 300 || status >= 600) return false;
    const withinTimerB = now < this.startedAt + 64 * this.table.environment.settings.timers.t1;
    const mayBeOwn = withinTimerB && isInconclusive(status) && !ways.rangAnywhere(toTag);
    return this.hops.some((hop) => {
      const key = hopKey(hop);
      if (ways.finished.has(key)) return false;
      const tags = ways.rang.get(key);
      if (tags) return !tags.has(toTag) && status !== 487;
      return mayBeOwn && !ways.refused.has(key);
    });
  }

  #hold(ways: Ways, response: SipMessage, from: Hop, now: Millis): void {
    ways.held ??= { response, from };
    this.table.environment.observer.count('sip.response.held', String(response.status));
    if (this.isInvite) this.#acknowledge(response, from, now);
    this.#arm();
  }

  // --- what is sent ------------------------------------------------------------------------------------------------

  /** Nothing is sent again after this answer: the bytes can go long before the timer that swallows its copies. */
  #shed(): void {
    this.#sent = NOTHING;
    this.#parsed = undefined;
    this.#plan = undefined;
    this.#ways = undefined;
  }

  #useAlternate(hop: Hop, trigger: string, now: Millis): void {
    const { environment } = this.table;
    environment.observer.count('sip.alternate.used', trigger);
    environment.send(this.#sent, hop, now, `alternate: ${trigger}`);
  }

  /**
   * RFC 3261 §17.1.1.3: the ACK goes where the INVITE went: of several ways to the one that answered, to all where the
   * response came from somewhere else (a node of ours passed it on).
   */
  #acknowledge(response: SipMessage, from: Hop | undefined, now: Millis): void {
    const { message, hops } = this;
    if (!message) return;
    const ack = buildAck(message, response.header('To') ?? '');
    const key = from && hopKey(from);
    const answered = hops.filter((each) => hopKey(each) === key);
    for (const hop of answered.length > 0 ? answered : hops) this.table.environment.send(ack, hop, now);
  }

  #apply(effects: number, response: SipMessage | undefined, now: Millis, note?: string, from?: Hop): void {
    const { environment } = this.table;
    if (effects & Effect.Transmit)
      for (const hop of this.hops) environment.send(this.#sent, hop, now, note ?? (now > this.startedAt ? 'retransmission' : undefined));
    const acknowledges = effects & Effect.Acknowledge ? response : undefined;
    const isRelay = this.#owner?.isRelay === true;
    if (acknowledges && !isRelay) this.#acknowledge(acknowledges, from, now);
    if (effects & Effect.Finished) this.forget();
    else this.#arm();
    if (effects & Effect.Deliver && response) this.#owner?.responded(this, response, now);
    // Who dies between the two leaves a callee that says it again, and not a caller who waits in vain.
    if (acknowledges && isRelay) this.#acknowledge(acknowledges, from, now);
    if (effects & Effect.TimedOut) {
      environment.observer.count('sip.transaction.timeout', this.isInvite ? 'invite' : 'non-invite');
      this.failure = 408;
      this.#owner?.failed(this, 'timeout', now);
    }
  }

  #arm(): void {
    if (this.ended || this.lapsed) return;
    const plan = this.#plan && this.status < 200 ? this.#plan.deadline() : NEVER;
    const held = this.#ways?.held ? this.startedAt + 64 * this.table.environment.settings.timers.t1 : NEVER;
    this.table.timers.arm(this.timer, Math.min(this.#tx.deadline, plan, held));
  }
}
