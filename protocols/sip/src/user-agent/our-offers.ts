// Re-INVITE and UPDATE of ours (RFC 3261 §14.1, RFC 3311 §5.1): the telephone is told of other media than it was, or that we are
// still there (RFC 4028 §10). One at a time, and never across one of its own.
import { type Millis, NEVER } from '@altpath/core';
import { isHeld, sameMedia } from '@altpath/sdp';
import type { SipMessage } from '../codec/sip-message.js';
import type { Leg, LegTalk, Session } from './leg-view.js';
import { wantedMode } from './media-events.js';
import { glareWaitMs } from './offer-answer.js';
import { type OwnRequest, type OwnRequestOwner, SILENT_OWNER } from './own-request.js';
import { isReliable, nextRseq, rackLine } from './reliable.js';
import { bodyOf } from './words.js';

/**
 * `media`: what was ordered differs from what was told. `refresh`: nothing does, and a sign is due. `announce`: this node goes on with
 * another's leg, and the telephone is told where it is now.
 */
type Purpose = 'media' | 'refresh' | 'announce';

interface Attempt {
  readonly purpose: Purpose;
  readonly method: 'INVITE' | 'UPDATE';
  readonly session: Session;
  readonly hasOffer: boolean;
  /** It offers both directions: what is answered is the telephone's own wish. */
  readonly isOpen: boolean;
  request: OwnRequest | undefined;
  /** The newest reliable provisional response that was acknowledged. */
  rseq: number;
  isOver: boolean;
}

/** So often in a row the telephone may be asked again after 491, 422 or 500. */
const MOST_TRIES = 6;
/** A Retry-After beyond this is not waited for. */
const LONGEST_WAIT_S = 10;

export class OurOffers {
  #open: Attempt | undefined;
  /** Another try is due then, and for what. `quiet`: nothing is offered before. */
  #again: { readonly at: Millis; readonly purpose: Purpose | 'quiet' } | undefined;
  #isWanted = false;
  #tries = 0;

  constructor(
    private readonly leg: Leg,
    private readonly talk: LegTalk,
  ) {}

  /** A re-INVITE of ours has no final response. */
  get isInviteOpen(): boolean {
    return this.#open?.method === 'INVITE';
  }

  deadline(): Millis {
    return this.#again?.at ?? NEVER;
  }

  /** Brings the telephone to what was ordered last, now or when what is going on is over; then that is reached. */
  want(now: Millis): void {
    const { order, session } = this.leg;
    if (!order || !session || this.leg.standing === 'over') return;
    const remote = order.media?.remote;
    this.#isWanted = remote !== undefined && session.offers.differs(remote, wantedMode(order));
    if (!this.#isWanted) return this.leg.standing === 'answered' ? this.leg.reached(now) : undefined;
    return this.proceed(now);
  }

  /** Something that was in the way is over. */
  proceed(now: Millis): void {
    const { session } = this.leg;
    if (!this.#isWanted || !session || this.#isToWait || this.#isBusy(session)) return;
    // A change tells as well that we are there, and where.
    this.#again = undefined;
    this.#send('media', session, now);
  }

  get #isToWait(): boolean {
    return this.#again?.purpose === 'media' || this.#again?.purpose === 'quiet';
  }

  /** The telephone is to hear of us: with the least that it takes (RFC 4028 §7.4). What is under way does as well. */
  refresh(now: Millis, purpose: Exclude<Purpose, 'media'> = 'refresh'): void {
    const { session } = this.leg;
    if (!session?.dialog.isConfirmed || this.#again || this.#isBusy(session)) return;
    this.#send(purpose, session, now);
  }

  /** Nothing is offered for so long. */
  waitFor(waitMs: Millis, now: Millis): void {
    this.#again = { at: now + waitMs, purpose: 'quiet' };
    this.talk.arm();
  }

  /** In so long the telephone is told where the leg is now (RFC 3261 §12.2: a target refresh), whether that reaches it or not. */
  announceIn(waitMs: Millis, now: Millis): void {
    this.#again ??= { at: now + waitMs, purpose: 'announce' };
    this.talk.arm();
  }

  #isBusy(session: Session): boolean {
    const { state } = session.offers;
    if (this.#open || this.talk.theirs.isOpen || state === 'ours' || state === 'theirs') return true;
    // RFC 3261 §14.1: no INVITE while another one's transaction is under way: the first one's ACK is awaited. In an early dialog UPDATE
    // does, where the telephone knows it and something is agreed (RFC 3311 §5.1).
    if (!session.dialog.isConfirmed) return state !== 'agreed' || !this.talk.allows('UPDATE');
    return this.leg.invite?.mayHangUp === false;
  }

  // --- sending -----------------------------------------------------------------------------------------------------

  #send(purpose: Purpose, session: Session, now: Millis): void {
    const { leg } = this;
    const { observer } = leg.host.environment;
    if (purpose === 'media') this.#isWanted = false;
    if (!session.dialog.isReachable) {
      observer.count('sip.request.dropped', 'no-contact');
      return this.#givenUp(purpose, now);
    }
    const isUpdate = !session.dialog.isConfirmed || (purpose !== 'media' && this.talk.allows('UPDATE'));
    const method = isUpdate ? 'UPDATE' : 'INVITE';
    const hasOffer = purpose === 'media' || !isUpdate;
    const body = hasOffer ? this.#offer(session) : undefined;
    if (hasOffer && body === undefined) return this.#givenUp(purpose, now);
    const isOpen = hasOffer && this.leg.order !== undefined && wantedMode(this.leg.order) === 'sendrecv';
    const attempt: Attempt = { purpose, method, session, hasOffer, isOpen, request: undefined, rseq: 0, isOver: false };
    this.#open = attempt;
    const owner: OwnRequestOwner = {
      responded: (request, response, when) => this.#responded(attempt, request, response, when),
      failed: (_request, status, when) => this.#failed(attempt, status, undefined, when),
    };
    attempt.request = leg.send(method, { lines: this.talk.timer.requestLines(), body, contact: true }, owner, now);
  }

  #offer(session: Session): string | undefined {
    const { order } = this.leg;
    const remote = order?.media?.remote ?? session.offers.told;
    if (remote === undefined) return undefined;
    const made = session.offers.describe(remote, order ? wantedMode(order) : 'sendrecv');
    if (!made.ok) {
      this.leg.host.environment.observer.count('sip.offer.refused', made.fault.code);
      return undefined;
    }
    session.offers.sent(made.value);
    return made.value;
  }

  // --- answers -----------------------------------------------------------------------------------------------------

  #responded(attempt: Attempt, request: OwnRequest, response: SipMessage, now: Millis): void {
    const { status } = response;
    const isAnswer = attempt.method === 'INVITE' && status >= 200 && status < 300;
    if (isAnswer) this.#acknowledge(attempt, request, attempt.isOver, now);
    if (attempt.isOver) return;
    this.talk.hear(response);
    if (status < 200) return this.#provisional(attempt, response, now);
    if (status >= 300) return this.#failed(attempt, status, response, now);
    return this.#accepted(attempt, response, now);
  }

  /** RFC 3261 §13.2.2.4. When the 2xx comes again, its ACK was not heard: all ways are worth one. */
  #acknowledge(attempt: Attempt, request: OwnRequest, again: boolean, now: Millis): void {
    const { host } = this.leg;
    host.sender.acknowledge(host.wordings.ack(this.leg, attempt.session.dialog, request.plan.cseq, undefined, now), again, now);
  }

  /** A reliable one is acknowledged, and may bring the answer. */
  #provisional(attempt: Attempt, response: SipMessage, now: Millis): void {
    if (attempt.method !== 'INVITE' || !isReliable(response)) return;
    const rseq = nextRseq(response, attempt.rseq);
    if (rseq === undefined) return;
    attempt.rseq = rseq;
    const body = bodyOf(response);
    if (body !== undefined) attempt.session.offers.heard('reliable', body);
    this.leg.send('PRACK', { lines: [rackLine(rseq, response)] }, SILENT_OWNER, now);
  }

  #accepted(attempt: Attempt, response: SipMessage, now: Millis): void {
    const { session } = attempt;
    this.#close(attempt);
    this.#tries = 0;
    session.dialog.refreshTarget(response);
    this.talk.timer.accepted(response, now);
    this.leg.host.changed(this.leg, now);
    if (attempt.hasOffer) this.#answered(attempt, bodyOf(response), now);
    this.talk.arm();
    this.proceed(now);
  }

  #answered(attempt: Attempt, body: string | undefined, now: Millis): void {
    const { offers } = attempt.session;
    const before = offers.remote;
    const meaning = body === undefined ? undefined : offers.heard(attempt.method === 'INVITE' ? 'success' : 'update-success', body);
    // An answer that is owed and does not come, or that nobody can read (RFC 3264 §4): nothing has changed.
    if (offers.isOurOfferOpen || meaning === 'unexpected') {
      offers.undo();
      return this.#refused(attempt.purpose, 'no-answer', now);
    }
    if (meaning === 'answer' && body !== undefined && attempt.isOpen) this.talk.holds(isHeld(body), now);
    // A newer order is still to be told.
    if (this.#isWanted || this.leg.standing !== 'answered') return;
    const isNew = offers.remote !== undefined && !sameMedia(before, offers.remote);
    if (attempt.purpose === 'media' || isNew) this.leg.reached(now, isNew ? offers.remote : undefined);
  }

  #failed(attempt: Attempt, status: number, response: SipMessage | undefined, now: Millis): void {
    if (attempt.isOver) return;
    this.#close(attempt);
    if (attempt.hasOffer) attempt.session.offers.undo();
    // RFC 3261 §12.2.1.2, RFC 5057 §5.1: the dialog is gone; RFC 4028 §10. But who is behind a NAT that knows the other node alone may
    // be there, and come by itself.
    if (status === 481) return this.talk.gone(now);
    if (status === 408 && attempt.purpose !== 'announce') return this.talk.dead(now);
    const waitMs = this.#waitAfter(status, response);
    this.#tries += 1;
    if (waitMs === undefined || this.#tries > MOST_TRIES) return this.#refused(attempt.purpose, String(status), now);
    this.#again = { at: now + waitMs, purpose: attempt.purpose };
    return this.talk.arm();
  }

  /** @returns how long to wait before the same may be asked again, in ms; undefined: it may not. */
  #waitAfter(status: number, response: SipMessage | undefined): Millis | undefined {
    // RFC 3261 §14.1: who called made the Call-ID.
    if (status === 491) return glareWaitMs(this.leg.role === 'terminating', this.talk.dice());
    if (status === 422 && response && this.talk.timer.tooSmall(response)) return 0;
    const seconds = /^\s*(\d{1,3})/.exec(response?.header('Retry-After') ?? '')?.[1];
    if ((status === 500 || status === 503) && seconds !== undefined && Number(seconds) <= LONGEST_WAIT_S) return Number(seconds) * 1_000;
    return undefined;
  }

  /** RFC 3261 §14.1: a refused re-INVITE changes nothing of what was agreed. */
  #refused(purpose: Purpose, why: string, now: Millis): void {
    this.#tries = 0;
    this.leg.host.environment.observer.count('sip.reinvite.refused', why);
    this.#givenUp(purpose, now);
    this.talk.arm();
    this.proceed(now);
  }

  #givenUp(purpose: Purpose, now: Millis): void {
    // A newer order will be told in its turn.
    if (purpose !== 'media' || this.#isWanted) return;
    const { order } = this.leg;
    if (order) this.leg.tell({ kind: 'failed', phase: order.phase, callId: order.callId, cause: 'temporary-failure' }, now);
  }

  #close(attempt: Attempt): void {
    attempt.isOver = true;
    if (this.#open === attempt) this.#open = undefined;
  }

  // --- time --------------------------------------------------------------------------------------------------------

  fire(now: Millis): void {
    const again = this.#again;
    if (!again || again.at > now) return;
    this.#again = undefined;
    if (again.purpose === 'media') this.want(now);
    else if (again.purpose !== 'quiet') this.refresh(now, again.purpose);
    this.proceed(now);
  }

  stop(): void {
    this.#again = undefined;
    this.#isWanted = false;
  }
}
