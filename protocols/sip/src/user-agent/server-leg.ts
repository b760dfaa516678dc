// The INVITE that a telephone sent us (RFC 3261 §13.3): provisional responses, reliable ones where the telephone wants or may
// have them (RFC 3262), the 200 that is repeated until its ACK comes, refusals and CANCEL. What it shall be is call
// control's word; the proxy's server transaction carries what is sent here.
import { type Cause, type HalfCallState, type MediaState } from '@altpath/call-control';
import { type Hop, type Millis, NEVER, Timer } from '@altpath/core';
import type { SipMessage } from '../codec/sip-message.js';
import type { Answering, Inbound } from '../proxy/inbound.js';
import { RETRY_AFTER } from '../proxy/refusal.js';
import type { Timed } from '../proxy/timed.js';
import { causeOfReason, reasonLine, statusOf } from './causes.js';
import type { InviteHalf, Leg } from './leg-view.js';
import { wantedMode } from './media-events.js';
import type { ServerRequest } from './server-request.js';
import { bodyOf, hasOption } from './words.js';

/** RFC 3261 §13.3.1.1: proxies give up whom they hear nothing of for three minutes. */
const REMIND_MS = 60_000;
/** In T1: before callers with alternates take a 100 without more for a sign that this node has died meanwhile. */
const SIGN_OF_LIFE = 4;

/** What waits for its acknowledgement and is repeated until then. */
interface Repeated {
  readonly data: Buffer;
  readonly status: number;
  gap: Millis;
  at: Millis;
  readonly until: Millis;
}

interface Reliable extends Repeated {
  readonly rseq: number;
  /** It holds a session description. */
  readonly withBody: boolean;
}

/** What another node must know to go on with it, as plain JSON. */
export interface SavedServerInvite {
  readonly kind: 'server';
  /** The INVITE, as latin1 text, and where it came from. */
  readonly request: string;
  readonly hop: Pick<Hop, 'transport' | 'host' | 'port'>;
  readonly said?: Said | undefined;
  readonly rseq: number;
  /** What was said last was reliable and is not acknowledged. */
  readonly isOpen: boolean;
  /** The 200 has gone out, and its ACK has not come. */
  readonly answer?: { readonly body?: string | undefined } | undefined;
}

/** A provisional response above 100. */
interface Said {
  readonly status: number;
  readonly body?: string | undefined;
}

export class ServerInvite implements InviteHalf, Answering, Timed {
  readonly timer = new Timer<Timed>(this);
  /** Another node had it before: the caller may come by another way. */
  isAdopted = false;
  isUnheard = false;
  readonly #mustBeReliable: boolean;
  readonly #mayBeReliable: boolean;
  #rseq = 0;
  #reliable: Reliable | undefined;
  /** RSeq of the reliable response that the 200 has overtaken: not repeated any more, and its PRACK may still come (RFC 3262 §3). */
  #overtaken: number | undefined;
  /** A provisional response that waits until the reliable one before it is acknowledged. */
  #next: ((now: Millis) => void) | undefined;
  #answer: (Repeated & { readonly body: string | undefined }) | undefined;
  #isOver = false;
  /** The newest provisional response above 100. */
  #provisional: Said | undefined;
  #remindAt: Millis;

  constructor(
    private readonly leg: Leg,
    private server: ServerRequest,
    now: Millis,
  ) {
    const { request } = server;
    this.#mustBeReliable = hasOption(request, 'Require', '100rel');
    this.#mayBeReliable = this.#mustBeReliable || hasOption(request, 'Supported', '100rel');
    this.#remindAt = now + SIGN_OF_LIFE * this.#timers.t1;
    server.copy.context = this;
    this.#arm();
  }

  get #timers(): { readonly t1: Millis; readonly t2: Millis } {
    return this.leg.host.environment.settings.timers;
  }

  get sipCallId(): string {
    return this.server.request.callId;
  }

  get mayHangUp(): boolean {
    return this.#answer === undefined;
  }

  perform(act: Parameters<InviteHalf['perform']>[0], order: HalfCallState, now: Millis): void {
    switch (act) {
      case 'ring':
        this.#ring(180, undefined, now);
        return this.leg.reached(now);
      case 'progress':
        this.#progress(order.media, now);
        return this.leg.reached(now);
      case 'answer':
        return this.#accept(order.media, now);
      case 'refuse':
        return this.refuse(order.cause ?? 'normal-clearing', now);
      case 'invite':
      case 'cancel':
        return undefined;
      default:
        return act satisfies never;
    }
  }

  // --- provisional -------------------------------------------------------------------------------------------------

  #progress(media: MediaState | undefined, now: Millis): void {
    const description = this.#describe(media);
    this.#ring(description === undefined ? 180 : 183, description, now);
  }

  /**
   * What the telephone is told of the other side; undefined where nothing can be told. A fault of its offer is for the 200 to say.
   * Both ways whatever the order says: the telephone would send nothing after its 200 either.
   */
  #describe(media: MediaState | undefined): string | undefined {
    if (media?.remote === undefined) return undefined;
    const described = this.leg.offers?.describe(media.remote, 'sendrecv');
    return described?.ok ? described.value : undefined;
  }

  #ring(status: number, body: string | undefined, now: Millis): void {
    if (this.#isOver || this.#answer) return;
    const before = this.#provisional;
    if (before && before.status === status && before.body === body) return;
    if (this.#reliable) {
      this.#next = (at) => this.#ring(status, body, at);
      return;
    }
    const offers = this.leg.offers;
    const isReliable = this.#mustBeReliable || (this.#mayBeReliable && body !== undefined);
    // RFC 3261 §13.2.1: an INVITE without an offer gets one in the first response that is reliable.
    if (isReliable && body === undefined && offers?.isOurTurnToOffer) return;
    this.#provisional = { status, body };
    this.#remindAt = now + REMIND_MS;
    // RFC 3262 §5: once given reliably, an answer is given.
    const said = body !== undefined && offers?.wasSettledByUs === true ? undefined : body;
    if (isReliable) this.#sendReliably(status, said, now);
    else this.server.copy.respond(this.server.write(status, { lines: this.#lines(now), body: said }), status, now);
    this.#arm();
  }

  #sendReliably(status: number, body: string | undefined, now: Millis): void {
    this.#rseq = this.#rseq === 0 ? 1 : this.#rseq + 1;
    const lines = [...this.#lines(now), 'Require: 100rel', `RSeq: ${this.#rseq}`];
    const data = this.server.write(status, { lines, body });
    if (body !== undefined && this.leg.offers?.wasSettledByUs === false) this.leg.offers.sent(body);
    const { t1 } = this.#timers;
    this.#reliable = { data, status, rseq: this.#rseq, withBody: body !== undefined, gap: t1, at: now + t1, until: now + 64 * t1 };
    this.server.copy.respond(data, status, now);
    this.leg.host.changed(this.leg, now);
  }

  /** RFC 3262 §3. @returns the status for the PRACK, and what its answer says. */
  prack(request: SipMessage, now: Millis): { readonly status: number; readonly body?: string | undefined } {
    const [, rseq, cseq, method] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s*$/.exec(request.header('RAck') ?? '') ?? [];
    const due = this.#reliable?.rseq ?? this.#overtaken;
    const invite = this.server.request;
    if (Number(rseq) !== due || Number(cseq) !== invite.cseq || method !== 'INVITE') return { status: 481 };
    this.#reliable = undefined;
    this.#overtaken = undefined;
    const answer = this.#describedBy(request, now);
    this.leg.host.changed(this.leg, now);
    const next = this.#next;
    this.#next = undefined;
    next?.(now);
    this.#arm();
    return answer;
  }

  /** RFC 3262 §5: a PRACK answers what was offered reliably, or offers anew, which its own 2xx answers. */
  #describedBy(prack: SipMessage, now: Millis): { readonly status: number; readonly body?: string | undefined } {
    const { offers, order } = this.leg;
    const text = bodyOf(prack);
    if (text === undefined || !offers) return { status: 200 };
    const meaning = offers.heard('prack', text);
    if (meaning === 'unexpected' || meaning === 'collision') return { status: 400 };
    if (offers.remote !== undefined) this.leg.tell({ kind: 'media', local: offers.remote }, now);
    if (meaning !== 'offer') return { status: 200 };
    const { remote } = order?.media ?? {};
    const described = remote === undefined ? undefined : offers.describe(remote, 'sendrecv');
    if (!described?.ok) {
      offers.undo();
      return { status: 488 };
    }
    offers.sent(described.value);
    return { status: 200, body: described.value };
  }

  #lines(now: Millis): readonly string[] {
    return this.leg.host.wordings.responseLines(this.leg, this.server, now);
  }

  // --- the answer --------------------------------------------------------------------------------------------------

  #accept(media: MediaState | undefined, now: Millis): void {
    if (this.#isOver || this.#answer) return;
    // RFC 3262 §3: no 2xx while a description is under way in a reliable response.
    if (this.#reliable?.withBody) {
      this.#next = (at) => this.#accept(this.leg.order?.media ?? media, at);
      return;
    }
    const { offers } = this.leg;
    if (!offers) return;
    let body: string | undefined;
    if (!offers.wasSettledByUs) {
      // Nothing can be said of media that is not known: the order comes again with it.
      if (media?.remote === undefined) return;
      const described = offers.describe(media.remote, wantedMode(this.leg.order ?? { phase: 'talking', media }));
      if (!described.ok) return this.#incompatible(now);
      body = described.value;
      offers.sent(body);
    }
    this.leg.dialog?.confirm();
    this.leg.standing = 'answered';
    this.#sayAnswer(body, now);
    this.leg.host.changed(this.leg, now);
  }

  #sayAnswer(body: string | undefined, now: Millis): void {
    this.#next = undefined;
    this.#overtaken = this.#reliable?.rseq;
    this.#reliable = undefined;
    this.#remindAt = NEVER;
    const { t1 } = this.#timers;
    const lines = [...this.#lines(now), ...this.leg.talk.accept(this.server.request, now)];
    const data = this.server.write(200, { lines, body });
    this.#answer = { data, status: 200, body, gap: t1, at: now + t1, until: now + 64 * t1 };
    this.server.copy.respond(data, 200, now);
    this.#arm();
  }

  /** RFC 3261 §21.4.26: no codec in common. */
  #incompatible(now: Millis): void {
    const { order } = this.leg;
    this.#final(488, ['Warning: 304 altpath "Media type not available"'], now);
    this.leg.standing = 'over';
    if (order) this.leg.tell({ kind: 'failed', phase: order.phase, callId: order.callId, cause: 'bearer-not-available' }, now);
  }

  /** The ACK of our 2xx; one that comes again is nothing. */
  acknowledged(ack: SipMessage, now: Millis): void {
    if (!this.#answer || ack.cseq !== this.server.request.cseq) return;
    this.#end();
    // What is left of the INVITE is its transaction.
    if (this.leg.invite === this) this.leg.invite = undefined;
    const { offers } = this.leg;
    if (offers?.isOurOfferOpen) {
      offers.theyAnswered(bodyOf(ack));
      if (offers.remote === undefined) return this.#withoutAnswer(now);
      this.leg.tell({ kind: 'media', local: offers.remote }, now);
    }
    this.leg.host.changed(this.leg, now);
    // Orders that came meanwhile may want something else.
    if (this.leg.standing === 'answered') this.leg.host.renegotiate(this.leg, now);
    this.leg.mayHangUp(now);
  }

  /** RFC 3261 §13.2.2.4: an ACK owes the answer to what our 2xx offered. */
  #withoutAnswer(now: Millis): void {
    this.leg.lost('protocol-error', now);
    this.leg.hangUp('protocol-error', now);
  }

  // --- the end -----------------------------------------------------------------------------------------------------

  refuse(cause: Cause, now: Millis): void {
    const status = cause === 'normal-clearing' ? 480 : statusOf(cause);
    const { draining } = this.leg.host.environment;
    this.#final(status, draining && status === 503 ? [reasonLine(cause), RETRY_AFTER] : [reasonLine(cause)], now);
  }

  #final(status: number, lines: readonly string[], now: Millis): void {
    if (this.#isOver || this.#answer) return;
    this.#end();
    this.isUnheard = true;
    this.server.reply(status, { lines }, now);
    this.leg.host.finished(this.leg, now);
  }

  failureHeard(now: Millis): void {
    if (!this.isUnheard) return;
    this.isUnheard = false;
    this.leg.host.failureHeard(this.leg, now);
  }

  #end(): void {
    this.#isOver = true;
    this.#reliable = undefined;
    this.#next = undefined;
    this.#answer = undefined;
    this.leg.host.sender.transactions.timers.disarm(this.timer);
  }

  /** RFC 3261 §9.2. The proxy has answered the CANCEL. */
  cancel(now: Millis, _told?: boolean, reasons: readonly string[] = []): void {
    if (this.#isOver || this.#answer) return;
    this.leg.left(causeOfReason(reasons), now);
    this.#final(487, [], now);
  }

  /** BYE in an early dialog (RFC 3261 §15): the INVITE is over, too. */
  hungUp(now: Millis): void {
    if (this.#answer) this.#end();
    else this.#final(487, [], now);
  }

  upstreamGone(_copy: Inbound): void {
    // The transaction has ended: what is to be repeated has been, as long as anybody may wait for it.
  }

  forget(): void {
    this.#end();
    this.server.copy.forget();
  }

  // --- other nodes -------------------------------------------------------------------------------------------------

  /** @returns undefined once nothing is left that another node could do about it. */
  save(): SavedServerInvite | undefined {
    if (this.#isOver) return undefined;
    const { request, hop } = this.server;
    return {
      kind: 'server',
      request: request.bytes.toString('latin1'),
      hop: { transport: hop.transport, host: hop.host, port: hop.port },
      said: this.#provisional,
      rseq: this.#rseq,
      isOpen: this.#reliable !== undefined,
      answer: this.#answer && { body: this.#answer.body },
    };
  }

  /** The leg has no part in the INVITE any more: another one answers it. @returns the transaction, untouched. */
  yield(): ServerRequest {
    this.#end();
    return this.server;
  }

  /**
   * The caller asks in another way now: what was said last is said there, and all else from now on.
   *
   * @returns `false` where nothing is left to be said.
   */
  moveTo(server: ServerRequest, now: Millis): boolean {
    const saved = this.save();
    if (!saved) return false;
    this.server.copy.forget();
    this.server = server;
    server.copy.context = this;
    this.#reliable = undefined;
    this.#answer = undefined;
    this.resume(saved, now);
    return true;
  }

  /** Goes on where another node was: the caller hears what it heard last, now from here. The leg has its dialog and its standing. */
  resume({ said, rseq, isOpen, answer }: SavedServerInvite, now: Millis): void {
    this.isAdopted = true;
    if (answer) {
      // An offer in it is still open.
      if (answer.body !== undefined && this.leg.offers?.wasSettledByUs === false) this.leg.offers.sent(answer.body);
      return this.#sayAnswer(answer.body, now);
    }
    if (!said) return this.server.reply(100, {}, now);
    this.#rseq = isOpen ? rseq - 1 : rseq;
    this.#provisional = said;
    this.#remindAt = now + REMIND_MS;
    if (isOpen) this.#sendReliably(said.status, said.body, now);
    else if (this.#mustBeReliable) this.server.reply(100, {}, now);
    else this.server.copy.respond(this.server.write(said.status, { lines: this.#lines(now), body: said.body }), said.status, now);
    this.#arm();
  }

  // --- time --------------------------------------------------------------------------------------------------------

  fire(now: Millis): void {
    if (this.#reliable && this.#reliable.until <= now) return this.#notAcknowledged(now);
    if (this.#answer && this.#answer.until <= now) return this.#notAcknowledged(now);
    for (const each of [this.#reliable, this.#answer]) if (each && each.at <= now) this.#repeat(each, now);
    if (this.#remindAt <= now) this.#remind(now);
    this.#arm();
  }

  #repeat(each: Repeated, now: Millis): void {
    each.gap = each === this.#answer ? Math.min(2 * each.gap, this.#timers.t2) : 2 * each.gap;
    each.at = now + each.gap;
    this.server.copy.respond(each.data, each.status, now, 'retransmission');
  }

  /** Still here: the newest provisional response once more, or a first one that says nothing of the called side. */
  #remind(now: Millis): void {
    this.#remindAt = now + REMIND_MS;
    const { status, body } = this.#provisional ?? { status: 183, body: undefined };
    // Before call control has named the call there is no Contact to be told.
    if (this.#reliable || this.leg.callId === undefined) return;
    this.#provisional = undefined;
    this.#ring(status, body, now);
  }

  /** RFC 3261 §13.3.1.4: nobody acknowledges our 200: the dialog is there, and ends by BYE. RFC 3262 §3: no PRACK. */
  #notAcknowledged(now: Millis): void {
    const wasAnswered = this.#answer !== undefined;
    this.leg.host.environment.observer.count('sip.call.unacknowledged', wasAnswered ? 'ack' : 'prack');
    this.leg.lost('recovery-on-timer-expiry', now);
    if (!wasAnswered) return this.#final(504, [reasonLine('recovery-on-timer-expiry')], now);
    this.#end();
    this.leg.hangUp('recovery-on-timer-expiry', now);
  }

  #arm(): void {
    if (this.#isOver) return;
    const at = Math.min(
      this.#reliable?.at ?? NEVER,
      this.#reliable?.until ?? NEVER,
      this.#answer?.at ?? NEVER,
      this.#answer?.until ?? NEVER,
    );
    this.leg.host.sender.transactions.timers.arm(this.timer, Math.min(at, this.#remindAt));
  }
}
