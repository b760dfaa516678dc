// Changes of a call's session by re-INVITE and UPDATE (RFC 3261 §14, RFC 3311 §5): what a phone wants changed, one after the other,
// where a refusal for glare is followed by another try; and what the other side wants changed.
import type { Direction } from '@altpath/sdp';
import type { Place } from '../sip/alternates.js';
import type { Dialog } from '../sip/dialog.js';
import { refreshTarget } from '../sip/dialog.js';
import type { SipHeaders, SipResponse } from '../sip/npm-sip.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import type { CallSession } from './call-session.js';
import type { CallState } from './call-state.js';
import type { Asking, Sending } from './line.js';
import type { SessionTimer } from './session-timer.js';

export type ChangeMethod = 'INVITE' | 'UPDATE';

/** What is offered: a direction for the audio; nothing (UPDATE: the session stays); or the other side is asked for an offer. */
export type ChangeOffer = Direction | 'nothing' | 'theirs';

interface Change {
  readonly method: ChangeMethod;
  readonly offer: ChangeOffer;
  readonly done: (status: number) => void;
}

/** What a change needs of its call. */
export interface ChangedCall extends Asking {
  readonly session: CallSession | undefined;
  readonly sessionTimer: SessionTimer | undefined;
  readonly currentState: CallState;
  /** Undefined while none stands in which the method may be used. */
  changeableDialog(method: ChangeMethod): Dialog | undefined;
  /** This side chose the Call-ID: of two that ask at once it waits longer. */
  readonly isCaller: boolean;
  /** An INVITE of the other side is not acknowledged yet (§14.1: no other may begin). */
  readonly isSettling: boolean;
  acknowledge(sending: Sending, response: SipResponse, from: Place, content?: string): void;
  /** The 2xx of this INVITE waits for its ACK. */
  expectAck(transaction: ServerTransaction): void;
  /** Headers that go with it: the session timer's. */
  headersOfChange(): Partial<SipHeaders>;
  /** It was accepted. */
  changed(response: SipResponse): void;
  /** The other side knows no such call, or says nothing (§12.2.1.2). */
  fail(status: number | undefined, detail: string): void;
}

const SDP = 'application/sdp';
const GLARE = 491;
const NO_RESPONSE = 408;
const GONE = 481;

export class SessionChanges {
  readonly #queue: Change[] = [];
  #isUnderWay = false;
  #callOff: (() => void) | undefined;

  constructor(private readonly call: ChangedCall) {}

  /** @returns the final status; 408 when none came, 481 where there is no dialog. */
  ask(method: ChangeMethod, offer: ChangeOffer): Promise<number> {
    return new Promise((resolve) => {
      this.#queue.push({ method, offer, done: resolve });
      this.proceed();
    });
  }

  /** The other side asks, within the call's dialog: by a re-INVITE, or an UPDATE (RFC 3311 §5.2). */
  serve(transaction: ServerTransaction, dialog: Dialog): void {
    const { line, session, sessionTimer, currentState } = this.call;
    const { request } = transaction;
    const isInvite = request.method === 'INVITE';
    const offers = isInvite || Boolean(request.content);
    const minSe = sessionTimer?.refusal(request.headers);
    if (minSe) return line.respond(transaction, 422, 'Session Interval Too Small', { headers: { 'min-se': minSe } });
    // RFC 3311 §5.2: the INVITE's own offer is not answered yet.
    if (currentState !== 'up' && offers && !session?.media && !session?.isOffering)
      return line.respond(transaction, 500, 'Not Answered Yet', { headers: { 'retry-after': '1' } });
    // A request of ours waits for its answer.
    if (offers && (this.#isUnderWay || session?.isOffering)) return line.respond(transaction, GLARE, 'Request Pending');
    refreshTarget(dialog, request.headers);
    const content = offers ? session?.answerTo(request.content) : undefined;
    if (offers && session && content === undefined) return line.respond(transaction, 488, 'Not Acceptable Here');
    if (isInvite) this.call.expectAck(transaction);
    const typed = content === undefined ? {} : { 'content-type': SDP };
    const timed = currentState === 'up' ? sessionTimer?.headersOfResponse(request.headers) : undefined;
    line.respond(transaction, 200, 'OK', { headers: { contact: [line.contact], ...line.abilities, ...timed, ...typed }, content });
  }

  /** The call is over. */
  stop(): void {
    this.#callOff?.();
    for (const change of this.#queue.splice(0)) change.done(GONE);
  }

  /** Begins what can be begun now. */
  proceed(): void {
    const [change] = this.#queue;
    if (!change || this.#isUnderWay || this.#callOff) return;
    const dialog = this.call.changeableDialog(change.method);
    if (!dialog) return this.#done(change, GONE);
    if (this.call.isSettling || this.call.session?.isOffering) return;
    this.#send(change, dialog);
  }

  #send(change: Change, dialog: Dialog): void {
    const { session } = this.call;
    const { method, offer } = change;
    const content = offer === 'nothing' || offer === 'theirs' ? undefined : session?.offer(offer);
    this.#isUnderWay = true;
    const parts = { content, headers: this.call.headersOfChange() };
    const sending = this.call.ask(dialog, method, parts, (response, from) => {
      this.#isUnderWay = false;
      if (response && response.status < 300) this.#accepted(change, sending, response, from, dialog);
      else this.#refused(change, response);
    });
  }

  #accepted({ method, offer, done }: Change, sending: Sending, response: SipResponse, from: Place, dialog: Dialog): void {
    const { call } = this;
    refreshTarget(dialog, response.headers);
    const answer = offer === 'theirs' ? call.session?.answer(response.content) : undefined;
    if (method === 'INVITE') call.acknowledge(sending, response, from, answer);
    if (offer !== 'theirs' && offer !== 'nothing' && call.session && !call.session.accept(response.content)) call.session.withdraw();
    this.#queue.shift();
    call.changed(response);
    done(response.status);
    this.proceed();
  }

  #refused(change: Change, response: SipResponse | undefined): void {
    const { call } = this;
    call.session?.withdraw();
    if (response?.status === GLARE) {
      this.#callOff = call.line.later(this.#pauseMs(), () => {
        this.#callOff = undefined;
        this.proceed();
      });
      return;
    }
    const status = response?.status ?? NO_RESPONSE;
    this.#done(change, status);
    if (status === NO_RESPONSE || status === GONE) call.fail(response?.status, `no such call: ${change.method}`);
  }

  #done(change: Change, status: number): void {
    this.#queue.shift();
    change.done(status);
    this.proceed();
  }

  /** §14.1: 2.1 to 4 s for whoever chose the Call-ID, 0 to 2 s for the other, in steps of 10 ms; as shares of T1. */
  #pauseMs(): number {
    const { line, isCaller } = this.call;
    const steps = isCaller ? 210 + Math.floor(line.random() * 191) : Math.floor(line.random() * 201);
    return (steps * 10 * line.timers.t1) / 500;
  }
}
