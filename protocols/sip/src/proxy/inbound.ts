// A server transaction of the proxy: it answers one upstream copy of a request, first where the newest copy came from,
// then by the other ways back that its Via names.
import { type Hop, hopKey, isReliable, type Millis, Timer } from '@altpath/core';
import type { SipMessage } from '../codec/sip-message.js';
import { Effect, eventOfStatus, Transaction, TransactionEvent } from '../transaction/index.js';
import type { Surroundings, Timed } from './timed.js';

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

/** The table that keeps it. */
export interface InboundTable extends Surroundings {
  readonly inbound: Map<string, Inbound>;
}

/** Whoever answers the request: a response context, or a leg of a call. */
export interface Answering {
  /** The transaction is over: nobody upstream waits for more. */
  upstreamGone(copy: Inbound): void;
  /** Whoever asked has the failure, and says so. */
  failureHeard?(now: Millis): void;
  /**
   * A CANCEL came for it, and has been answered.
   *
   * @param told     Another node says so.
   * @param reasons  Values of its Reason header.
   */
  cancel(now: Millis, told?: boolean, reasons?: readonly string[]): void;
  /** It will be answered in another way: this one ends without a word, and its transactions with it. */
  abandon?(): void;
}

/** What a transaction is made from. */
export interface InboundOptions {
  readonly key: string;
  readonly method: string;
  /** Absent where a stand-in answers for a request that it never saw. */
  readonly request: SipMessage | undefined;
  /** The request's top Via as it goes back: received and rport filled in. */
  readonly topVia: string;
  /** Where the answer goes first. */
  readonly hop: Hop;
  /** The other ways back. */
  readonly others: readonly Hop[];
  /** So many of them, from the first, are stand-ins that are trusted: they may get a copy that nobody asked for. */
  readonly trusted: number;
}

export class Inbound implements Timed {
  readonly timer = new Timer<Timed>(this);
  readonly key: string;
  readonly isInvite: boolean;
  readonly topVia: string;
  /** Gone once nobody asks for it any more. */
  request: SipMessage | undefined;
  context: Answering | undefined;
  status = 0;
  #hop: Hop;
  readonly #others: readonly Hop[];
  readonly #trusted: number;
  #reach = 0;
  /** The answer goes on all paths: it was repeated without being acknowledged. */
  #spread = false;
  #last: Buffer | undefined;
  readonly #tx: Transaction;

  constructor(
    private readonly table: InboundTable,
    options: InboundOptions,
  ) {
    const { key, method, request, topVia, hop, others, trusted } = options;
    this.key = key;
    this.isInvite = method === 'INVITE';
    this.request = request;
    this.topVia = topVia;
    this.#hop = hop;
    this.#others = others;
    this.#trusted = trusted;
    this.#tx = new Transaction(
      'server',
      this.isInvite ? 'invite' : 'non-invite',
      isReliable(hop.transport),
      table.environment.settings.timers,
    );
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
    const isSuccess = status >= 200 && status < 300;
    if (this.answered && !isSuccess) return;
    // RFC 3261 §16.7 step 5: a 2xx to an INVITE is forwarded whatever has been answered; the transaction is over with it.
    if (this.status >= 300) return this.#send(data, this.#current(), now, note ?? 'late');
    // A 2xx that comes again has not been acknowledged: every path is worth a copy.
    if (this.answered && this.#last?.equals(data)) this.#spread = true;
    this.#last = data;
    this.status = status;
    this.#apply(this.#tx.handle(eventOfStatus(status), now), now, note);
    // RFC 6026: copies of an answered INVITE are swallowed. Only another way upstream could still want the bytes.
    if (this.isInvite && isSuccess && this.#others.length === 0) this.#last = undefined;
  }

  /** @returns whether the ACK belonged here; an ACK of a 2xx does not. */
  acknowledged(now: Millis): boolean {
    if (this.status < 300) return false;
    this.#apply(this.#tx.handle(TransactionEvent.Ack, now), now);
    this.context?.failureHeard?.(now);
    return true;
  }

  fire(now: Millis): void {
    if (this.status >= 300 && this.isInvite) this.#spread = true;
    this.#apply(this.#tx.tick(now), now);
  }

  /** The hop cannot be reached: the last answer goes to the next. */
  unreachable(hop: Hop, now: Millis): void {
    if (hopKey(this.#current()) !== hopKey(hop) || this.#reach >= this.#others.length) return;
    this.#reach += 1;
    if (this.#last) this.#send(this.#last, this.#current(), now, 'alternate: transport error');
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
    return this.#reach === 0 ? this.#hop : (this.#others[this.#reach - 1] ?? this.#hop);
  }

  #send(data: Buffer, hop: Hop, now: Millis, note?: string): void {
    this.table.environment.send(data, hop, now, note);
  }

  #push(now: Millis, note?: string): void {
    if (!this.#last) return;
    const current = this.#current();
    this.#send(this.#last, current, now, note);
    if (!this.#spread) return;
    for (const hop of [this.#hop, ...this.#others.slice(0, this.#trusted)]) {
      if (hop === current) continue;
      this.table.environment.observer.count('sip.alternate.used', 'response-silence');
      this.#send(this.#last, hop, now, 'alternate: not acknowledged');
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
