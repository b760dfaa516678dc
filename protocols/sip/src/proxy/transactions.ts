// The transactions of this node: the four machines of transaction/ joined to bytes, addresses and timers. A server
// transaction (`Inbound`) answers one upstream copy of a request; a client transaction (`Outbound`) carries one
// branch to one next hop and its stand-ins.
import { AttemptPlan, type Hop, hopKey, isReliable, type Millis, NEVER, Timer, TimerQueue } from '@altpath/core';
import { buildAck } from '../codec/build.js';
import { decode } from '../codec/decode.js';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import { MAX_EXTRA } from '../path/trust.js';
import { Effect, eventOfStatus, Transaction, TransactionEvent } from '../transaction/index.js';
import type { ResponseContext } from './response-context.js';

/** Whoever owns a timer of the table. */
export interface Timed {
  fire(now: Millis): void;
}

/** RFC 3261 §8.1.1.7: what a branch of this protocol begins with. */
const MAGIC_COOKIE = 'z9hG4bK';

/**
 * The key under which a request's server transaction is kept: an ACK finds its INVITE. (RFC 3261 §17.2.3)
 * Without a branch of this protocol the rule of RFC 2543 holds: Request-URI, From tag, Call-ID, CSeq number and top Via.
 */
export function inboundKey(request: SipMessage, method: string): string {
  const via = request.topVia;
  if (via.branch.length > MAGIC_COOKIE.length && via.branch.startsWith(MAGIC_COOKIE)) return `${via.branch}|${via.sentBy}|${method}`;
  return `${request.requestUri}|${request.fromTag}|${request.callId}|${request.cseq}|${via.text}|${method}`;
}

export class Transactions {
  readonly inbound = new Map<string, Inbound>();
  readonly outbound = new Map<string, Outbound>();
  readonly timers: TimerQueue<Timed>;

  constructor(
    readonly environment: Environment,
    now: Millis,
  ) {
    this.timers = new TimerQueue(now);
  }

  findOutbound(branch: string, method: string): Outbound | undefined {
    return this.outbound.get(`${branch}|${method}`);
  }

  /** Forgets everything without a word: the host was frozen, and others have carried on. */
  clear(): void {
    for (const each of this.inbound.values()) this.timers.disarm(each.timer);
    for (const each of this.outbound.values()) this.timers.disarm(each.timer);
    this.inbound.clear();
    this.outbound.clear();
  }
}

/** One upstream copy of a request, and what it was answered. */
export class Inbound implements Timed {
  readonly timer = new Timer<Timed>(this);
  readonly isInvite: boolean;
  context: ResponseContext | undefined;
  status = 0;
  #hop: Hop;
  #reach = 0;
  /** The answer goes on all paths: it was repeated without being acknowledged. */
  #spread = false;
  #last: Buffer | undefined;
  readonly #tx: Transaction;

  constructor(
    private readonly table: Transactions,
    readonly key: string,
    /** Absent where a stand-in answers for a request that it never saw, and once nobody asks for it any more. */
    public request: SipMessage | undefined,
    /** The request's top Via as it goes back: received and rport filled in. */
    readonly topVia: string,
    hop: Hop,
    method: string,
    private readonly alternates: readonly Hop[],
    now: Millis,
  ) {
    this.#hop = hop;
    this.isInvite = method === 'INVITE';
    const kind = this.isInvite ? 'invite' : 'non-invite';
    this.#tx = new Transaction('server', kind, isReliable(hop.transport), table.environment.settings.timers);
    table.inbound.set(key, this);
    table.timers.arm(this.timer, this.#tx.deadline);
  }

  /** Where the newest copy came from. */
  get hop(): Hop {
    return this.#hop;
  }

  get answered(): boolean {
    return this.status >= 200;
  }

  /** The request came again. */
  repeated(hop: Hop, now: Millis): void {
    if (hop.host !== this.#hop.host || hop.port !== this.#hop.port || hop.flow !== this.#hop.flow) {
      this.#hop = hop;
      this.#reach = 0;
    }
    this.#apply(this.#tx.handle(TransactionEvent.Request, now), now);
  }

  respond(data: Buffer, status: number, now: Millis, note?: string): void {
    // A 2xx that comes again has not been acknowledged: every path is worth a copy.
    if (this.status >= 200 && status >= 200 && status < 300) this.#spread = true;
    this.#last = data;
    this.status = status;
    this.#apply(this.#tx.handle(eventOfStatus(status), now), now, note);
    // RFC 6026: copies of an answered INVITE are swallowed. Only another way upstream could still want the bytes.
    if (this.isInvite && status >= 200 && status < 300 && this.alternates.length === 0) this.#last = undefined;
  }

  /** @returns whether the ACK belonged here; an ACK of a 2xx does not. */
  acknowledged(now: Millis): boolean {
    if (this.status < 300) return false;
    this.#apply(this.#tx.handle(TransactionEvent.Ack, now), now);
    return true;
  }

  fire(now: Millis): void {
    if (this.status >= 300 && this.isInvite) this.#spread = true;
    this.#apply(this.#tx.tick(now), now);
  }

  /** The hop cannot be reached: the last answer goes to the next. */
  unreachable(hop: Hop, now: Millis): void {
    if (hopKey(this.#current()) !== hopKey(hop) || this.#reach >= this.alternates.length) return;
    this.#reach += 1;
    if (this.#last) this.table.environment.send(this.#last, this.#current(), this.request, now, 'alternate: transport error');
  }

  /** Answered, and nobody needs more than the answer: what is left fits in a kilobyte. */
  release(): void {
    this.context = undefined;
    this.request = undefined;
  }

  /** Ends without a word. */
  forget(): void {
    this.table.timers.disarm(this.timer);
    if (this.table.inbound.get(this.key) === this) this.table.inbound.delete(this.key);
  }

  #current(): Hop {
    return this.#reach === 0 ? this.#hop : (this.alternates[this.#reach - 1] ?? this.#hop);
  }

  #push(now: Millis, note?: string): void {
    if (!this.#last) return;
    const { environment } = this.table;
    environment.send(this.#last, this.#current(), this.request, now, note);
    if (!this.#spread) return;
    for (const hop of [this.#hop, ...this.alternates]) {
      if (hop === this.#current()) continue;
      environment.observer.count('sip.alternate.used', 'response-silence');
      environment.send(this.#last, hop, this.request, now, 'alternate: not acknowledged');
    }
  }

  #apply(effects: number, now: Millis, note?: string): void {
    if (effects & Effect.Transmit) this.#push(now, note);
    if (effects & Effect.TimedOut) this.table.environment.observer.count('sip.transaction.timeout', 'no-ack');
    if (effects & Effect.Finished) {
      this.forget();
      this.context?.upstreamGone(this);
      return;
    }
    this.table.timers.arm(this.timer, this.#tx.deadline);
  }
}

const NOTHING = Buffer.alloc(0);

/** Who is told what a branch brought. */
export interface BranchOwner {
  responded(branch: Outbound, response: SipMessage, now: Millis): void;
  /** No answer until Timer B or F, or nobody could be reached. */
  failed(branch: Outbound, reason: 'timeout' | 'unreachable', now: Millis): void;
}

/** One branch of a request to one next hop, or one request of our own. */
export class Outbound implements Timed {
  readonly timer = new Timer<Timed>(this);
  readonly key: string;
  readonly isInvite: boolean;
  /** The highest status heard so far. */
  status = 0;
  ended = false;
  readonly #tx: Transaction;
  #plan: AttemptPlan | undefined;
  readonly #hops: readonly Hop[];
  #sent: Buffer;
  #parsed: SipMessage | undefined;

  constructor(
    private readonly table: Transactions,
    readonly branch: string,
    method: string,
    sent: Buffer,
    hops: readonly Hop[],
    private readonly owner: BranchOwner | undefined,
    now: Millis,
  ) {
    const { settings, health } = table.environment;
    this.key = `${branch}|${method}`;
    this.isInvite = method === 'INVITE';
    const first = hops[0] as Hop;
    const reliable = isReliable(first.transport);
    this.#tx = new Transaction('client', this.isInvite ? 'invite' : 'non-invite', reliable, settings.timers);
    if (hops.length > 1) {
      const { t1 } = settings.timers;
      // Two ways to one telephone are no stand-ins: the second is for when the first is refused.
      const patient = reliable && owner !== undefined && hops.length === 2;
      const attempt = { hedgeMs: patient ? NEVER : settings.path.hedge * t1, guardMs: settings.path.guard * t1, maxExtra: MAX_EXTRA };
      this.#plan = new AttemptPlan(hops, attempt, health, now);
    }
    this.#hops = hops;
    this.#sent = sent;
    table.outbound.set(this.key, this);
  }

  /** The addresses in use. */
  get hops(): readonly Hop[] {
    return this.#plan ? this.#plan.active : this.#hops;
  }

  /** The request as sent, read again; rarely needed, so not kept parsed. */
  get message(): SipMessage {
    if (!this.#parsed) {
      const decoded = decode(this.#sent);
      if (!decoded.message) throw new Error('a request of ours does not parse');
      this.#parsed = decoded.message;
    }
    return this.#parsed;
  }

  start(now: Millis, note?: string): void {
    this.#apply(this.#tx.handle(TransactionEvent.Start, now), undefined, now, note);
  }

  receive(response: SipMessage, from: Hop, now: Millis): void {
    if (response.status > this.status) this.status = response.status;
    this.table.environment.health.markUp(hopKey(from));
    if (response.status === 100) this.#plan?.heardProvisional(now);
    else this.#plan?.heardProgress();
    if (response.status >= 200 && (response.status < 300 || !this.isInvite)) this.#shed();
    this.#apply(this.#tx.handle(eventOfStatus(response.status), now), response, now, undefined, from);
  }

  fire(now: Millis): void {
    const next = this.#plan?.due(now);
    if (next) this.#useAlternate(next.hop, next.trigger, now);
    this.#apply(this.#tx.tick(now), undefined, now);
  }

  /** One of its addresses cannot be reached. Over UDP that is never the end: the others and time go on. */
  unreachable(hop: Hop, now: Millis): void {
    if (this.ended || this.#heardFinal()) return;
    const key = hopKey(hop);
    if (!this.hops.some((each) => hopKey(each) === key)) return;
    const next = this.#plan?.failed(hop, 'transport-error', now);
    if (next) this.#useAlternate(next.hop, next.trigger, now);
    else if (isReliable(hop.transport) && !this.#plan) this.giveUp(now);
  }

  /** Ends the transaction; its owner hears that nobody was reached. */
  giveUp(now: Millis): void {
    if (this.ended) return;
    this.#finish();
    this.owner?.failed(this, 'unreachable', now);
  }

  /** Ends without a word to anyone. */
  forget(): void {
    this.#finish();
  }

  /** Nothing is sent again after this answer: the bytes can go long before the timer that swallows its copies. */
  #shed(): void {
    this.#sent = NOTHING;
    this.#parsed = undefined;
    this.#plan = undefined;
  }

  #heardFinal(): boolean {
    return this.status >= 200;
  }

  #useAlternate(hop: Hop, trigger: string, now: Millis): void {
    const { environment } = this.table;
    environment.observer.count('sip.alternate.used', trigger);
    environment.send(this.#sent, hop, this.message, now, `alternate: ${trigger}`);
  }

  #apply(effects: number, response: SipMessage | undefined, now: Millis, note?: string, from?: Hop): void {
    const { environment } = this.table;
    if (effects & Effect.Transmit) for (const hop of this.hops) environment.send(this.#sent, hop, undefined, now, note ?? (this.status > 0 ? 'retransmission' : undefined));
    if (effects & Effect.Acknowledge && response) {
      const ack = buildAck(this.message, response.header('To') ?? '');
      environment.send(ack, from ?? (this.hops[0] as Hop), response, now);
    }
    const finished = (effects & Effect.Finished) !== 0;
    if (finished) this.#finish();
    else this.#arm();
    if (effects & Effect.Deliver && response) this.owner?.responded(this, response, now);
    if (effects & Effect.TimedOut) {
      environment.observer.count('sip.transaction.timeout', this.isInvite ? 'invite' : 'non-invite');
      this.owner?.failed(this, 'timeout', now);
    }
  }

  #arm(): void {
    const plan = this.#plan && !this.#heardFinal() ? this.#plan.deadline() : NEVER;
    this.table.timers.arm(this.timer, Math.min(this.#tx.deadline, plan));
  }

  #finish(): void {
    this.ended = true;
    this.table.timers.disarm(this.timer);
    if (this.table.outbound.get(this.key) === this) this.table.outbound.delete(this.key);
  }
}
