// What goes on in a leg's dialog beside its INVITE and its BYE: session timer, re-INVITE and UPDATE of both ends, keys, transfers. Here
// requests are told apart, and the timers of all of it are one.
import type { Notice } from '@altpath/call-control';
import { type Millis, Timer } from '@altpath/core';
import type { SipMessage } from '../codec/sip-message.js';
import type { Timed } from '../proxy/timed.js';
import { Digits } from './digits.js';
import type { Leg, LegTalk, Session } from './leg-view.js';
import { OurOffers } from './our-offers.js';
import type { ServerRequest } from './server-request.js';
import { DEFAULT_SESSION_TIMER, SessionTimer } from './session-timer.js';
import { TheirOffers } from './their-offers.js';
import { Transfer } from './transfer.js';
import { ALLOW } from './words.js';

/** What is done with a method in a dialog; BYE, PRACK, OPTIONS, ACK and CANCEL do not come here. */
type Service = 'offer' | 'digits' | 'transfer' | 'notification' | 'not-allowed';

const SERVICES: Readonly<Record<string, Service>> = {
  INVITE: 'offer',
  UPDATE: 'offer',
  INFO: 'digits',
  REFER: 'transfer',
  NOTIFY: 'notification',
  // Known, and not for a call (RFC 3261 §21.4.6).
  MESSAGE: 'not-allowed',
  SUBSCRIBE: 'not-allowed',
  PUBLISH: 'not-allowed',
  REGISTER: 'not-allowed',
};

/** A telephone has the answer to a request of its own by then, as a rule, and may be asked something. */
const ANSWER_MS = 200;

/** A telephone that knows of stand-ins leaves a node that has said 100 and nothing else after 6 * T1. */
const HOLDER_T1 = 8;

export class Talk implements LegTalk, Timed {
  readonly ours: OurOffers;
  readonly theirs: TheirOffers;
  timer = new SessionTimer(DEFAULT_SESSION_TIMER);
  /** The telephone has the other on hold; undefined: another node was told. */
  #isHolding: boolean | undefined = false;
  readonly #digits: Digits;
  readonly #transfer: Transfer;
  readonly #clock = new Timer<Timed>(this);
  /** Methods that the telephone takes, as it last said; undefined: it has not. */
  #allowed: ReadonlySet<string> | undefined;
  #throws = 0;

  constructor(private readonly leg: Leg) {
    this.ours = new OurOffers(leg, this);
    this.theirs = new TheirOffers(leg, this);
    this.#digits = new Digits(leg);
    this.#transfer = new Transfer(leg);
  }

  // --- what the telephone says -------------------------------------------------------------------------------------

  /** Any message of the telephone in the dialog: it may say what it can do. */
  hear(message: SipMessage): void {
    if (message.has('Allow')) this.#allowed = new Set(message.tokens('Allow').map((each) => each.toUpperCase()));
  }

  /** The telephone has said that it takes this method. */
  allows(method: string): boolean {
    return this.#allowed?.has(method) === true;
  }

  /** A request in the dialog. */
  serve(session: Session, server: ServerRequest, now: Millis): void {
    const { request } = server;
    this.hear(request);
    if (this.leg.standing === 'over') return server.reply(481, {}, now);
    const service = SERVICES[request.method];
    switch (service) {
      case 'offer':
        return this.theirs.take(session, server, now);
      case 'digits':
        return this.#digits.take(server, now);
      case 'transfer':
        return this.#transfer.take(server, now);
      case 'notification':
        // RFC 6665 §4.1.3: we have subscribed to nothing.
        return server.reply(489, { lines: ['Allow-Events: refer'], reason: 'Bad Event' }, now);
      case 'not-allowed':
        return server.reply(405, { lines: [ALLOW] }, now);
      case undefined:
        return server.reply(501, { lines: [ALLOW] }, now);
      default:
        return service satisfies never;
    }
  }

  /** An ACK that is not the first INVITE's. */
  acknowledged(ack: SipMessage, now: Millis): void {
    this.theirs.acknowledged(ack, now);
  }

  get isHolding(): boolean {
    return this.#isHolding === true;
  }

  holds(isHolding: boolean, now: Millis): void {
    if (isHolding !== this.#isHolding) this.leg.tell({ kind: isHolding ? 'hold' : 'retrieve' }, now);
    this.#isHolding = isHolding;
  }

  // --- what call control says --------------------------------------------------------------------------------------

  /** The newest order may want other media than the telephone was told. It says itself when that is reached. */
  renegotiate(now: Millis): void {
    this.theirs.proceed(now);
    this.ours.want(now);
  }

  notice(notice: Notice, now: Millis): void {
    switch (notice.kind) {
      case 'digit':
        if (this.allows('INFO')) return this.#digits.send(notice, now);
        return this.leg.host.environment.observer.count('sip.digit.dropped', 'no-info');
      case 'transfer':
        return this.#transfer.progress(notice, now);
      default:
        return notice satisfies never;
    }
  }

  // --- the session timer -------------------------------------------------------------------------------------------

  /** A 2xx of ours to an INVITE or UPDATE goes out. @returns its lines (RFC 4028 §9). */
  accept(request: SipMessage, now: Millis): readonly string[] {
    const lines = this.timer.accept(request, now);
    this.arm();
    return lines;
  }

  /** The 2xx of our first INVITE has come. */
  established(response: SipMessage, now: Millis): void {
    this.hear(response);
    this.timer.accepted(response, now);
    this.arm();
  }

  /** The telephone gives no sign: the call is over, and the other end hears of it. */
  dead(now: Millis): void {
    this.theirs.end(now);
    this.stop();
    this.leg.lost('recovery-on-timer-expiry', now);
    this.leg.hangUp('recovery-on-timer-expiry', now);
  }

  /** The telephone is there and knows nothing of the dialog (any more): it has hung up, be it that another node was told so. */
  gone(now: Millis): void {
    this.theirs.end(now);
    this.stop();
    this.leg.left('normal-clearing', now);
    this.leg.hangUp('normal-clearing', now);
  }

  /** A dialog that only its own request tells of. */
  expectSigns(now: Millis): void {
    this.timer.expectSigns(now);
    this.arm();
  }

  /**
   * Another node was told what the telephone wants, and told it of the other end: it is asked anew, when it has its own answer.
   *
   * @param isOnHold  Somebody is on hold, and it is not known who by whom: whoever began that has had no answer, and asks again.
   */
  ask(isOnHold: boolean, now: Millis): void {
    this.#isHolding = undefined;
    this.ours.waitFor(isOnHold ? HOLDER_T1 * this.leg.host.environment.settings.timers.t1 : ANSWER_MS, now);
  }

  // --- other nodes -------------------------------------------------------------------------------------------------

  /** What another node must know of the talk: plain data. */
  save(): unknown {
    return { timer: this.timer.save(), allowed: this.#allowed && [...this.#allowed], isHolding: this.isHolding };
  }

  /** @param saved  What came back of `save`; of another form it tells nothing. @param isAnswered  The session timer runs. */
  resume(saved: unknown, isAnswered: boolean, now: Millis): void {
    const { timer, allowed, isHolding } = (typeof saved === 'object' && saved !== null ? saved : {}) as Readonly<Record<string, unknown>>;
    this.timer = SessionTimer.adopted(timer, DEFAULT_SESSION_TIMER, now);
    if (Array.isArray(allowed)) this.#allowed = new Set(allowed.filter((each) => typeof each === 'string'));
    this.#isHolding = isHolding === true;
    if (isAnswered) this.arm();
  }

  // --- time --------------------------------------------------------------------------------------------------------

  fire(now: Millis): void {
    if (this.leg.standing === 'over') return this.stop();
    this.theirs.fire(now);
    this.ours.fire(now);
    const due = this.timer.due(now);
    // What an UPDATE has agreed before the answer, the answer agrees anew.
    if (this.leg.session?.dialog.isConfirmed !== true) return this.arm();
    if (due === 'expired') {
      this.leg.host.environment.observer.count('sip.session.expired');
      return this.dead(now);
    }
    if (due === 'refresh') this.ours.refresh(now);
    this.arm();
  }

  arm(): void {
    const { timers } = this.leg.host.sender.transactions;
    timers.arm(this.#clock, Math.min(this.timer.deadline(), this.theirs.deadline(), this.ours.deadline()));
  }

  /** Nothing more goes on in the dialog. */
  stop(): void {
    this.timer.stop();
    this.theirs.stop();
    this.ours.stop();
    this.#digits.stop();
    this.leg.host.sender.transactions.timers.disarm(this.#clock);
  }

  /** In [0, 1): a keyed hash, since these rooms have no dice. Two ends that collide never throw the same. */
  dice(): number {
    this.#throws += 1;
    const { signer } = this.leg.host.environment;
    const hash = Buffer.from(signer.branch(`dice\n${this.leg.dialog?.key ?? ''}\n${this.#throws}`), 'base64url');
    return hash.readUInt32BE() / 2 ** 32;
  }
}
