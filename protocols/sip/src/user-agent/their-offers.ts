// Re-INVITE and UPDATE of a telephone (RFC 3261 §14.2, RFC 3311 §5.2): answered at once from what is known of the other end. The 200
// of a re-INVITE is repeated until its ACK comes.
import { type Millis, NEVER } from '@altpath/core';
import { isHeld, parseSessionDescription } from '@altpath/sdp';
import type { SipMessage } from '../codec/sip-message.js';
import { statusOf } from '../errors.js';
import type { Answering } from '../proxy/inbound.js';
import type { Leg, LegTalk, Session } from './leg-view.js';
import { isNews, wantedMode } from './media-events.js';
import { collisionOf } from './offer-answer.js';
import type { ServerRequest } from './server-request.js';
import { bodyOf } from './words.js';

/** How long a re-INVITE waits for what a node that has just taken over does not know yet; an UPDATE does not (RFC 3311 §5.2). */
const PATIENCE_MS = 8_000;

/** Whose the INVITE is that makes the dialog. */
const FIRST_INVITE = { originating: 'theirs', terminating: 'ours' } as const;

/** A re-INVITE that is not done. */
interface Open {
  readonly session: Session;
  readonly server: ServerRequest;
  /** What it offered, where it did. */
  readonly offer: string | undefined;
  /** What the telephone said of itself before. */
  readonly before: string | undefined;
  /** The 200, once it has gone out. */
  data: Buffer | undefined;
  gap: Millis;
  at: Millis;
  readonly until: Millis;
}

export class TheirOffers implements Answering {
  #open: Open | undefined;

  constructor(
    private readonly leg: Leg,
    private readonly talk: LegTalk,
  ) {}

  /** A re-INVITE is not acknowledged. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  deadline(): Millis {
    return this.#open ? Math.min(this.#open.at, this.#open.until) : NEVER;
  }

  take(session: Session, server: ServerRequest, now: Millis): void {
    const { request } = server;
    const tooShort = this.talk.timer.refusal(request);
    if (tooShort !== undefined) return server.reply(422, { lines: [tooShort] }, now);
    const offer = bodyOf(request);
    const collision = this.#collision(session, request, offer !== undefined);
    if (collision === 491) return server.reply(491, {}, now);
    if (collision === 500) return this.#later(server, now);
    return request.method === 'INVITE' ? this.#invite(session, server, offer, now) : this.#update(session, server, offer, now);
  }

  #collision(session: Session, request: SipMessage, hasOffer: boolean): 491 | 500 | undefined {
    const isUpdate = request.method === 'UPDATE';
    // An UPDATE has no offer before the INVITE's own exchange is done (RFC 6337 §2.1).
    if (isUpdate && hasOffer && session.offers.state === 'none') return 500;
    const first = session.dialog.isConfirmed ? undefined : FIRST_INVITE[this.leg.role];
    const theirs = this.#open && !this.#open.data ? 'theirs' : undefined;
    const invite = this.talk.ours.isInviteOpen ? 'ours' : (first ?? theirs);
    return collisionOf(isUpdate ? 'UPDATE' : 'INVITE', hasOffer, { invite, offers: session.offers.state });
  }

  /** RFC 3261 §14.2: some seconds, and not the same for everybody. */
  #later(server: ServerRequest, now: Millis): void {
    server.reply(500, { lines: [`Retry-After: ${Math.floor(this.talk.dice() * 11)}`] }, now);
  }

  // --- UPDATE ------------------------------------------------------------------------------------------------------

  #update(session: Session, server: ServerRequest, offer: string | undefined, now: Millis): void {
    const before = session.offers.remote;
    if (offer !== undefined) {
      if (this.#remote(session) === undefined) return this.#later(server, now);
      session.offers.heard('update', offer);
    }
    const answer = offer === undefined ? undefined : this.#describe(session, server, now);
    if (offer !== undefined && answer === undefined) return;
    server.reply(200, { lines: this.#lines(session, server, now), body: answer }, now);
    if (offer !== undefined) this.#tell(session, before, offer, isHeld(offer), now);
    this.leg.host.changed(this.leg, now);
  }

  // --- re-INVITE ---------------------------------------------------------------------------------------------------

  #invite(session: Session, server: ServerRequest, offer: string | undefined, now: Millis): void {
    const before = session.offers.remote;
    if (offer === undefined) session.offers.theyAsked();
    else session.offers.heard('invite', offer);
    this.#open = { session, server, offer, before, data: undefined, gap: 0, at: NEVER, until: now + PATIENCE_MS };
    server.copy.context = this;
    server.reply(100, {}, now);
    this.proceed(now);
  }

  /** RFC 3261 §9.2: given up before it was answered. */
  cancel(now: Millis): void {
    const open = this.#open;
    if (!open || open.data) return;
    this.#open = undefined;
    open.session.offers.undo();
    open.server.reply(487, {}, now);
    this.talk.arm();
    this.talk.ours.proceed(now);
  }

  upstreamGone(): void {
    // The 200 is repeated as long as its own time lasts.
  }

  /** Call control has ordered something: what is known of the other end may now do for an answer. */
  proceed(now: Millis): void {
    const open = this.#open;
    if (!open || open.data || this.#remote(open.session) === undefined) return this.talk.arm();
    const { server, session, offer, before } = open;
    const body = this.#describe(session, server, now);
    this.#open = undefined;
    if (body !== undefined) {
      const data = server.write(200, { lines: this.#lines(session, server, now), body });
      const { t1 } = this.leg.host.environment.settings.timers;
      this.#open = { ...open, data, gap: t1, at: now + t1, until: now + 64 * t1 };
      server.copy.respond(data, 200, now);
      if (offer !== undefined) this.#tell(session, before, offer, isHeld(offer), now);
      this.leg.host.changed(this.leg, now);
    }
    this.talk.arm();
    if (body === undefined) this.talk.ours.proceed(now);
  }

  acknowledged(ack: SipMessage, now: Millis): void {
    const open = this.#open;
    if (!open?.data || open.server.request.cseq !== ack.cseq) return;
    this.#open = undefined;
    const { session, before } = open;
    if (session.offers.isOurOfferOpen) {
      const answer = bodyOf(ack);
      session.offers.theyAnswered(answer);
      const { remote } = session.offers;
      const isReadable = answer !== undefined && parseSessionDescription(answer).ok;
      // Only what is said to an offer of both directions is the telephone's own wish.
      const isOwnWish = !this.leg.order || wantedMode(this.leg.order) === 'sendrecv';
      if (isReadable && remote !== undefined) this.#tell(session, before, remote, isOwnWish ? isHeld(answer) : this.talk.isHolding, now);
      this.leg.host.changed(this.leg, now);
    }
    this.talk.arm();
    this.talk.ours.proceed(now);
  }

  // --- both --------------------------------------------------------------------------------------------------------

  /** The other end, as call control knows it; else as the telephone was told it. */
  #remote(session: Session): string | undefined {
    return this.leg.order?.media?.remote ?? session.offers.told;
  }

  /** The answer or offer of the 2xx. Where there can be none, the request has been refused, and all is as before. */
  #describe(session: Session, server: ServerRequest, now: Millis): string | undefined {
    const { order } = this.leg;
    const made = session.offers.describe(this.#remote(session) ?? '', order ? wantedMode(order) : 'sendrecv');
    if (made.ok) {
      session.offers.sent(made.value);
      return made.value;
    }
    session.offers.undo();
    this.leg.host.environment.observer.count('sip.offer.refused', made.fault.code);
    // RFC 3261 §14.2, §20.43.
    server.reply(statusOf(made.fault), { lines: ['Warning: 304 altpath "media type not available"'] }, now);
    return undefined;
  }

  /** A 2xx is a target refresh, and a session refresh (RFC 3261 §12.2.2, RFC 4028 §9). */
  #lines(session: Session, server: ServerRequest, now: Millis): readonly string[] {
    session.dialog.refreshTarget(server.request);
    return [...this.leg.host.wordings.responseLines(this.leg, server, now), ...this.talk.accept(server.request, now)];
  }

  #tell(session: Session, before: string | undefined, after: string, isHolding: boolean, now: Millis): void {
    // Of several early dialogs only one is the leg's.
    if (this.leg.session !== session) return;
    if (isNews(before, after)) this.leg.tell({ kind: 'media', local: after }, now);
    this.talk.holds(isHolding, now);
  }

  // --- time --------------------------------------------------------------------------------------------------------

  fire(now: Millis): void {
    const open = this.#open;
    if (!open) return;
    if (open.until <= now) {
      this.#open = undefined;
      if (open.data) return this.#notAcknowledged(now);
      open.session.offers.undo();
      return this.#later(open.server, now);
    }
    if (open.at > now || !open.data) return;
    open.gap = Math.min(2 * open.gap, this.leg.host.environment.settings.timers.t2);
    open.at = now + open.gap;
    open.server.copy.respond(open.data, 200, now, 'retransmission');
  }

  /** RFC 3261 §14.2: no ACK for the 200 of a re-INVITE. */
  #notAcknowledged(now: Millis): void {
    this.leg.host.environment.observer.count('sip.call.unacknowledged', 're-invite');
    this.talk.dead(now);
  }

  /** RFC 3261 §15.1.2: the call is over, and whoever waits for an answer gets one. */
  end(now: Millis): void {
    const open = this.#open;
    this.#open = undefined;
    if (open && !open.data) open.server.reply(487, {}, now);
  }

  stop(): void {
    this.#open = undefined;
  }
}
