// The INVITE that we send to whom a party stands for (RFC 3261 §13.2): to every contact of a user, the first that answers has
// the call; early dialogs, reliable provisional responses (RFC 3262), the ACK of each 2xx, CANCEL, and the 2xx that comes
// too late.
import { type Cause, type HalfCallState } from '@altpath/call-control';
import { type Millis, NEVER, type RouteTarget, Timer } from '@altpath/core';
import type { SipMessage } from '../codec/sip-message.js';
import { bestResponse } from '../proxy/best-response.js';
import type { Timed } from '../proxy/timed.js';
import { type Called, calledOf, nameOf } from './called.js';
import { diversionLines } from './caller-identity.js';
import { causeOfStatus, reasonLine } from './causes.js';
import { declined } from './declined.js';
import { Dialog, dialogKeyOf } from './dialog.js';
import { homeLine } from './home.js';
import type { InviteHalf, Leg, Session } from './leg-view.js';
import type { OfferAnswer } from './offer-answer.js';
import { type OwnRequest, type OwnRequestOwner, SILENT_OWNER } from './own-request.js';
import { isReliable, nextRseq, rackLine } from './reliable.js';
import { SUPPORTED, bodyOf } from './words.js';

/** What another node must know to go on with it, as plain JSON. */
export interface SavedClientInvite {
  readonly kind: 'client';
  readonly callId: string;
  readonly tag: string;
  readonly cseq: number;
  /** It is not answered: the order that it carries out, so that it can be sent again. */
  readonly order?: HalfCallState | undefined;
  /** It is answered: copies of the 2xx are acknowledged with this; absent: its ACK waits for the answer that it owes. */
  readonly acknowledged?: { readonly body?: string | undefined } | undefined;
}

/** An early or answered dialog of one fork. */
interface Early extends Session {
  /** Of the INVITE that it answers. */
  readonly cseq: number;
  /** RSeq of the newest reliable response; 0: none yet. */
  rseq: number;
  /** What an unreliable response told of its media. */
  preview: string | undefined;
  /** The ACK of its 2xx has gone, with this body; undefined: it has not. */
  acknowledged: { readonly body?: string | undefined } | undefined;
}

/** RFC 3326 §3.1: to a telephone this is no missed call. */
const ANSWERED_ELSEWHERE = 'Reason: SIP;cause=200;text="Call completed elsewhere"';

export class ClientInvite implements InviteHalf, OwnRequestOwner, Timed {
  readonly timer = new Timer<Timed>(this);
  readonly mayHangUp = true;
  readonly isUnheard = false;
  readonly #callId: string;
  readonly #tag: string;
  /** Of the INVITE. */
  #cseq = 1;
  /** Where each has gone. */
  readonly #forks = new Map<OwnRequest, RouteTarget>();
  readonly #early = new Map<string, Early>();
  readonly #finals: SipMessage[] = [];
  /** Statuses of targets that did not answer. */
  readonly #own: number[] = [];
  #waiting: RouteTarget[] = [];
  #called: Called | undefined;
  #order: HalfCallState | undefined;
  /** Why it is not to ring where another node may have made it ring, as a header line; undefined: it is to ring. */
  #withdrawnFor: string | undefined;
  #sent: SipMessage | undefined;
  #state: 'calling' | 'answered' | 'given-up' | 'failed' = 'calling';
  #timerCAt: Millis = NEVER;
  #nextTargetAt: Millis = NEVER;
  #endAt: Millis = NEVER;
  #toldRinging = false;

  /** @param saved  Another node began it. */
  constructor(
    private readonly leg: Leg,
    saved?: SavedClientInvite,
  ) {
    const { signer } = leg.host.environment;
    // Call control gives no identity twice, and no attempt within one. Whoever calls for it anew, without knowing of this, so says the
    // same as it was said: the telephone has heard that already.
    const { callId = '', called, attempt } = leg.order ?? {};
    const seed = [callId, called ? nameOf(called) : '', attempt ?? leg.name].join('\n');
    this.#callId = saved?.callId ?? signer.branch(`call\n${seed}`);
    this.#tag = saved?.tag ?? signer.branch(`tag\n${seed}`).slice(0, 12);
    this.#cseq = saved?.cseq ?? 1;
  }

  get sipCallId(): string {
    return this.#callId;
  }

  perform(act: Parameters<InviteHalf['perform']>[0], order: HalfCallState, now: Millis): void {
    switch (act) {
      case 'invite':
        if (!this.#called) return this.#call(this.#order ?? order, now);
        return this.#toldRinging ? this.leg.reached(now) : undefined;
      case 'cancel':
        return this.#giveUp(order.cause, now);
      case 'ring':
      case 'progress':
      case 'answer':
      case 'refuse':
        return undefined;
      default:
        return act satisfies never;
    }
  }

  // --- calling -----------------------------------------------------------------------------------------------------

  #call(order: HalfCallState, now: Millis): void {
    const { environment } = this.leg.host;
    this.#order = order;
    this.leg.standing = 'pending';
    const called = order.called ? calledOf(environment, order.called, order.dialled, now) : 'unallocated-number';
    // RFC 3261 §8.1.1.6: calls that lead to each other end somewhere.
    if (this.leg.hops < 1) return this.#failed('network-out-of-order', now);
    if (typeof called === 'string') return this.#failed(called, now);
    this.#called = called;
    this.#waiting = [...called.targets];
    this.#timerCAt = now + environment.settings.timers.c;
    this.#startNext(now);
    // Whom of several another node had come to is not known.
    while ((!called.serial || this.#withdrawnFor !== undefined) && this.#waiting.length > 0) this.#startNext(now);
    this.#arm();
  }

  #startNext(now: Millis): void {
    const target = this.#waiting.shift();
    const isLast = this.#waiting.length === 0;
    this.#nextTargetAt = this.#called?.serial && !isLast ? now + this.leg.host.environment.settings.proxy.serialTimeoutMs : NEVER;
    if (target) this.#invite(target, now);
  }

  #invite(target: RouteTarget, now: Millis): void {
    const { leg } = this;
    if (!this.#called || !this.#order) return;
    const { host } = leg;
    const { remote } = this.#order.media ?? {};
    const offers = this.#newOffers();
    const offer = remote === undefined ? undefined : offers.describe(remote, this.#order.media?.mode ?? 'sendrecv');
    if (offer && !offer.ok) return this.#failed('bearer-not-available', now);
    const { called, callId: recordId } = this.#order;
    const home =
      called?.kind === 'line-at-node' ? [homeLine(host.environment.signer, this.#callId, this.#tag, { line: called.line, recordId })] : [];
    const plan = host.wordings.invite(leg, target, {
      callId: this.#callId,
      tag: this.#tag,
      cseq: this.#cseq,
      caller: this.#order.caller,
      to: this.#called.to,
      // Who is to offer in a reliable provisional response would want our answer before there is one.
      hops: leg.hops,
      lines: [
        ...home,
        ...diversionLines(this.#order.diversion, host.environment.settings.domains[0] ?? ''),
        ...leg.talk.timer.requestLines(),
        remote === undefined ? SUPPORTED.replace('100rel, ', '') : SUPPORTED,
      ],
      body: offer?.value,
    });
    // Whoever fails at once tells it before it is known here.
    const fork = host.sender.prepare(plan, this);
    this.#forks.set(fork, target);
    if (this.#withdrawnFor === undefined) fork.start(now);
    else fork.withdraw([this.#withdrawnFor], now);
  }

  /** Each dialog has its own, all begin with the same offer. */
  #newOffers(): OfferAnswer {
    return this.leg.host.newOffers(this.#callId, this.#tag);
  }

  // --- responses ---------------------------------------------------------------------------------------------------

  responded(fork: OwnRequest, response: SipMessage, now: Millis): void {
    this.#sent = fork.sent ?? this.#sent;
    const { status } = response;
    if (status < 200) this.#provisional(response, now);
    else if (status < 300) this.#success(response, now);
    else this.#failure(fork, response, now);
    this.#arm();
  }

  failed(_fork: OwnRequest, status: number, now: Millis): void {
    this.#own.push(status);
    this.#concludeIfOver(now);
    this.#arm();
  }

  #provisional(response: SipMessage, now: Millis): void {
    const { status } = response;
    if (status === 100 || this.#state === 'failed') return;
    if (this.#state !== 'given-up') this.#timerCAt = now + this.leg.host.environment.settings.timers.c;
    const early = response.toTag === '' ? undefined : this.#earlyOf(response);
    if (early) this.leg.talk.hear(response);
    const isForGood = early !== undefined && isReliable(response);
    if (isForGood && !this.#isNew(early, response, now)) return;
    if (this.#state !== 'calling') return;
    if (early) this.leg.session = early;
    const local = this.#descriptionOf(early, response, isForGood);
    if (local === undefined && status === 183) return;
    if (this.#toldRinging && local === undefined) return;
    this.#toldRinging = true;
    this.leg.reached(now, local);
  }

  /** Acknowledges a reliable response. @returns whether it was to be. */
  #isNew(early: Early, response: SipMessage, now: Millis): boolean {
    const rseq = nextRseq(response, early.rseq);
    if (rseq === undefined) return false;
    early.rseq = rseq;
    const { host } = this.leg;
    const words = { lines: [rackLine(rseq, response)] };
    host.sender.request(host.wordings.inDialog(this.leg, early.dialog, 'PRACK', words, now), SILENT_OWNER, now);
    return true;
  }

  #earlyOf(response: SipMessage): Early | undefined {
    const key = dialogKeyOf(response);
    const known = this.#early.get(key);
    if (known) return known;
    if (!this.#sent) return undefined;
    const early: Early = {
      dialog: Dialog.calling(this.#sent, response),
      offers: this.#newOffers(),
      cseq: response.cseq,
      rseq: 0,
      preview: undefined,
      acknowledged: undefined,
    };
    const { remote, mode = 'sendrecv' } = this.#order?.media ?? {};
    const offer = remote === undefined ? undefined : early.offers.describe(remote, mode);
    if (offer?.ok) early.offers.sent(offer.value);
    this.#early.set(key, early);
    this.leg.host.enter(this.leg, early);
    return early;
  }

  /** What the called telephone says of its media before it answers: for good, or as a preview that the 2xx repeats. */
  #descriptionOf(early: Early | undefined, response: SipMessage, isForGood: boolean): string | undefined {
    const body = bodyOf(response);
    if (body === undefined || !early) return undefined;
    const meaning = early.offers.heard(isForGood ? 'reliable' : 'provisional', body);
    if (meaning === 'preview') early.preview = body;
    return meaning === 'preview' ? body : early.offers.remote;
  }

  #success(response: SipMessage, now: Millis): void {
    const early = this.#earlyOf(response);
    if (!early) return;
    if (early.acknowledged) return this.#acknowledge(early, true, now);
    // Its ACK waits for the answer that it owes.
    if (this.#state === 'answered' && this.leg.session === early) return;
    if (this.#state === 'calling') return this.#answered(early, response, now);
    return this.#unwanted(early, response, now);
  }

  #answered(early: Early, response: SipMessage, now: Millis): void {
    this.#state = 'answered';
    this.#timerCAt = NEVER;
    this.#nextTargetAt = NEVER;
    this.#waiting = [];
    this.#endAt = now + 64 * this.leg.host.environment.settings.timers.t1;
    early.dialog.confirm(response);
    this.leg.talk.established(response, now);
    this.leg.session = early;
    this.leg.standing = 'answered';
    this.leg.isTold = this.#called?.targets.some((each) => each.registered) === true;
    this.#cancelForks(ANSWERED_ELSEWHERE, now);
    this.leg.host.enter(this.leg, early);
    const body = bodyOf(response) ?? early.preview;
    const meaning = body === undefined ? undefined : early.offers.heard('success', body);
    // The answer to an offer goes with the ACK: it is known when call control has ordered what this leg hears.
    if (meaning !== 'offer') this.#acknowledge(early, false, now);
    if (early.offers.remote === undefined) return this.#withoutDescription(now);
    if (!this.#toldRinging) this.leg.reached(now);
    this.leg.tell({ kind: 'off-hook', local: early.offers.remote }, now);
    this.leg.host.changed(this.leg, now);
  }

  /** RFC 3261 §13.2.1: a 2xx has to say where its media is. */
  #withoutDescription(now: Millis): void {
    this.leg.standing = 'over';
    this.leg.tell({ kind: 'failed', phase: 'ringing', callId: this.leg.callId, cause: 'protocol-error' }, now);
    this.leg.hangUp('protocol-error', now);
  }

  /** The order that the 2xx was waiting for. @returns whether an ACK has gone. */
  answerOffer(now: Millis): boolean {
    const early = this.#answeredBy();
    if (!early || early.acknowledged || early.offers.state !== 'theirs') return false;
    const { media } = this.leg.order ?? {};
    if (media?.remote === undefined) return false;
    const described = early.offers.describe(media.remote, media.mode);
    if (!described.ok) {
      this.leg.host.environment.observer.count('sip.call.refused', described.fault.code);
      return false;
    }
    early.offers.sent(described.value);
    this.#acknowledge(early, false, now, described.value);
    return true;
  }

  /** RFC 3261 §13.2.2.4: one for each copy of the 2xx, and when it comes again all ways are worth one. */
  #acknowledge(early: Early, again: boolean, now: Millis, body?: string): void {
    early.acknowledged ??= { body };
    const { host } = this.leg;
    host.sender.acknowledge(host.wordings.ack(this.leg, early.dialog, early.cseq, early.acknowledged.body, now), again, now);
  }

  /** Somebody else has the call, or nobody wants it any more: the dialog is there all the same, and ends at once. */
  #unwanted(early: Early, response: SipMessage, now: Millis): void {
    early.dialog.confirm(response);
    const { host } = this.leg;
    host.environment.observer.count('sip.call.late-answer');
    const body = bodyOf(response);
    const refusal = body !== undefined && early.offers.heard('success', body) === 'offer' ? declined(body) : undefined;
    this.#acknowledge(early, false, now, refusal);
    host.sender.request(
      host.wordings.inDialog(this.leg, early.dialog, 'BYE', { lines: [reasonLine('normal-clearing')] }, now),
      SILENT_OWNER,
      now,
    );
  }

  #failure(fork: OwnRequest, response: SipMessage, now: Millis): void {
    const target = this.#forks.get(fork);
    if (response.status === 422 && target && this.#state === 'calling' && this.leg.talk.timer.tooSmall(response)) {
      // RFC 4028 §7.3: the same call once more, for longer.
      this.#forks.delete(fork);
      this.#cseq += 1;
      return this.#invite(target, now);
    }
    this.#finals.push(response);
    if (response.status >= 600) {
      this.#waiting = [];
      this.#cancelForks(reasonLine('call-rejected'), now);
    }
    this.#concludeIfOver(now);
  }

  /** @param reason  A header line. */
  #cancelForks(reason: string, now: Millis): void {
    for (const fork of this.#forks.keys()) if (!fork.over) fork.cancel([reason], now);
  }

  // --- the end -----------------------------------------------------------------------------------------------------

  #concludeIfOver(now: Millis): void {
    if ([...this.#forks.keys()].some((each) => !each.over)) return;
    if (this.#state === 'calling') {
      if (this.#waiting.length > 0) return this.#startNext(now);
      const best = bestResponse(this.#finals);
      return this.#failed(best ? causeOfStatus(best.status, best.headerValues('Reason')) : causeOfStatus(this.#own[0] ?? 408), now);
    }
    // Nobody is left who could answer late.
    if (this.#state === 'given-up' && this.#finals.length + this.#own.length >= this.#forks.size) this.#end(now);
  }

  #failed(cause: Cause, now: Millis): void {
    this.#state = 'failed';
    this.leg.standing = 'over';
    this.leg.tell({ kind: 'failed', phase: 'ringing', callId: this.leg.callId, cause }, now);
    this.#end(now);
  }

  #giveUp(cause: Cause | undefined, now: Millis): void {
    if (this.#state !== 'calling') return;
    const reason = reasonLine(cause ?? 'normal-clearing');
    if (!this.#called && this.#order) {
      this.#withdrawnFor = reason;
      this.#call(this.#order, now);
      this.leg.standing = 'over';
    }
    this.#state = 'given-up';
    this.#waiting = [];
    this.#nextTargetAt = NEVER;
    this.#timerCAt = NEVER;
    // RFC 3261 §9.1: whoever never answers is given 64 T1; so is the 2xx that crosses the CANCEL.
    this.#endAt = now + 64 * this.leg.host.environment.settings.timers.t1;
    if (this.#withdrawnFor === undefined) this.#cancelForks(reason, now);
    this.#concludeIfOver(now);
    this.#arm();
  }

  #end(now: Millis): void {
    this.#endAt = NEVER;
    this.leg.host.sender.transactions.timers.disarm(this.timer);
    if (this.leg.standing === 'over') this.leg.host.finished(this.leg, now);
  }

  forget(): void {
    for (const fork of this.#forks.keys()) fork.forget();
    this.leg.host.sender.transactions.timers.disarm(this.timer);
  }

  // --- other nodes -------------------------------------------------------------------------------------------------

  /** @returns undefined once nothing is left that another node could do about it. */
  save(): SavedClientInvite | undefined {
    const names = { kind: 'client', callId: this.#callId, tag: this.#tag, cseq: this.#cseq } as const;
    if (this.#state === 'calling') return this.#order && { ...names, order: this.#order };
    const answered = this.#state === 'answered' ? this.#answeredBy() : undefined;
    return answered && { ...names, cseq: answered.cseq, acknowledged: answered.acknowledged };
  }

  /**
   * Goes on where another node was. What is not answered is sent again, when an order says that it is to ring: branch, tags and Call-ID
   * are the same on every node, so that to the telephone it is a copy. What is answered has its dialog in the leg.
   */
  resume(saved: SavedClientInvite, now: Millis): void {
    this.#order = saved.order;
    if (saved.order) return;
    const { session } = this.leg;
    if (!session) return;
    this.#state = 'answered';
    this.#toldRinging = true;
    this.#endAt = now + 64 * this.leg.host.environment.settings.timers.t1;
    const early = { ...session, cseq: saved.cseq, rseq: 0, preview: undefined, acknowledged: saved.acknowledged };
    this.#early.set(session.dialog.key, early);
    this.leg.session = early;
    this.leg.host.enter(this.leg, early);
    this.#arm();
  }

  /** The response answers this INVITE, and not one that came later in the dialog. */
  isOf(response: SipMessage): boolean {
    return response.cseq === (this.#early.get(dialogKeyOf(response))?.cseq ?? this.#cseq);
  }

  /** A 2xx of an INVITE that another node sent. */
  answeredElsewhere(response: SipMessage, now: Millis): void {
    this.#success(response, now);
    this.#arm();
  }

  #answeredBy(): Early | undefined {
    return [...this.#early.values()].find((each) => each === this.leg.session);
  }

  // --- time --------------------------------------------------------------------------------------------------------

  fire(now: Millis): void {
    if (this.#endAt <= now) return this.#timedOut(now);
    if (this.#nextTargetAt <= now) this.#nextTargetDue(now);
    if (this.#timerCAt <= now) this.#timerC(now);
    this.#arm();
  }

  /** Serial forking: this target had its time. */
  #nextTargetDue(now: Millis): void {
    this.#nextTargetAt = NEVER;
    this.#cancelForks(reasonLine('no-answer'), now);
    this.#startNext(now);
  }

  /** RFC 3261 §16.8: it rings, and nobody says anything any more. */
  #timerC(now: Millis): void {
    this.#timerCAt = NEVER;
    if (this.#state !== 'calling') return;
    this.#giveUp('no-answer', now);
    this.leg.standing = 'over';
    this.leg.tell({ kind: 'failed', phase: 'ringing', callId: this.leg.callId, cause: 'no-answer' }, now);
  }

  /** Nothing more is to be expected of the INVITE. */
  #timedOut(now: Millis): void {
    this.forget();
    if (this.#state !== 'answered') return this.#end(now);
    this.leg.invite = undefined;
    this.leg.host.changed(this.leg, now);
  }

  #arm(): void {
    this.leg.host.sender.transactions.timers.arm(this.timer, Math.min(this.#timerCAt, this.#nextTargetAt, this.#endAt));
  }
}
