// A call of a network phone from its dialog on: ACK, BYE, and what else either side asks within it. How a dialog comes to be is in
// outgoing-call.ts and incoming-call.ts; changes of the session, transfers and keys have files of their own.
import { EventEmitter } from 'node:events';
import type { Direction } from '@altpath/sdp';
import type { AudioReport } from '../audio/audio-stream.js';
import type { Place } from '../sip/alternates.js';
import { type Dialog, placesOfDialog, requestInDialog } from '../sip/dialog.js';
import type { SipHeaders, SipRequest, SipResponse } from '../sip/npm-sip.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import { AckOfSuccess } from './ack-of-success.js';
import type { CallSession, SessionMedia } from './call-session.js';
import { CALL_STATES, type CallEnd, type CallState, type KeyPath } from './call-state.js';
import { CallTimeout, Waiting } from './call-wait.js';
import { deferred } from './deferred.js';
import { type KeyedCall, Keys } from './keys.js';
import type { Line, Sending } from './line.js';
import { type ChangedCall, type ChangeMethod, SessionChanges } from './session-changes.js';
import { SessionTimer } from './session-timer.js';
import { replacing, type TransferredCall, Transfers } from './transfers.js';

export interface CallEvents {
  /** A 100 came. */
  trying: [];
  /** The first 18x came (caller) or was sent (callee). */
  ringing: [status: number];
  /** Caller: an 18x came, the first one or another. */
  progress: [status: number];
  /** A 2xx came (caller) or was sent (callee). */
  answered: [];
  /** Callee: the ACK came. */
  confirmed: [];
  /** The other side changed the session by a re-INVITE and acknowledged the answer. */
  reinvited: [];
  /** The other side pressed a key. */
  digit: [digit: string, by: KeyPath];
  /** The transfer that this side asked for: how the other one's new call goes. */
  transfer: [status: number];
  /** The other side asked for this call, which is being made. */
  referred: [call: PhoneCall];
  /** Anything about it may have changed. */
  changed: [];
  ended: [CallEnd];
}

/** A state, which holds also when the call has gone further, or anything else that becomes true of it. */
export type CallCondition = CallState | ((call: PhoneCall) => boolean);

const DEFAULT_WAIT_MS = 10_000;
const SDP = 'application/sdp';

export abstract class PhoneCall extends EventEmitter<CallEvents> implements ChangedCall, TransferredCall, KeyedCall {
  /** Settles when a 2xx came or was sent; rejects when the call ends before. */
  readonly answered: Promise<void>;
  /** Settles when the ACK was sent (caller) or came (callee); rejects when the call ends before. */
  readonly confirmed: Promise<void>;
  /** Settles with the end, whatever it was. */
  readonly ended: Promise<CallEnd>;
  /** How often this call started to ring: more than one is a fault of the network. */
  rings = 0;
  /** How it ended; undefined before. */
  end: CallEnd | undefined;
  /** What both ends agreed on about audio; undefined before there is any, and for a phone without. */
  session: CallSession | undefined;
  /** The other end takes UPDATE. */
  protected allowsUpdate = false;
  /** Undefined for a phone that does not know of session timers. */
  readonly sessionTimer: SessionTimer | undefined;

  protected state: CallState = 'calling';
  protected dialog: Dialog | undefined;
  readonly #answered = deferred<void>();
  readonly #confirmed = deferred<void>();
  readonly #ended = deferred<CallEnd>();
  readonly #ack: AckOfSuccess;
  readonly #changes: SessionChanges;
  readonly #transfers: Transfers;
  readonly #keys: Keys;
  readonly #waiting: Waiting;
  #unconfirmed: { readonly seq: number; readonly transaction: ServerTransaction } | undefined;
  /** Hung up before the 2xx was acknowledged. */
  #byeDue: CallEnd | undefined;

  constructor(
    readonly line: Line,
    readonly callId: string,
    readonly localTag: string,
    readonly isCaller: boolean,
  ) {
    super();
    this.answered = this.#answered.promise;
    this.confirmed = this.#confirmed.promise;
    this.ended = this.#ended.promise;
    this.#ack = new AckOfSuccess(line);
    this.#changes = new SessionChanges(this);
    this.#transfers = new Transfers(this);
    this.#keys = new Keys(this);
    this.sessionTimer = this.#makeTimer();
    this.#waiting = new Waiting((delayMs, action) => line.later(delayMs, action));
  }

  get currentState(): CallState {
    return this.state;
  }

  /** Next hop and its stand-ins as the route set names them, in order; empty before the dialog. */
  get routePlaces(): readonly Place[] {
    return this.dialog ? placesOfDialog(this.dialog, this.line.aware) : [];
  }

  /** The other end's, in its dialog; undefined before that. */
  get remoteTag(): string | undefined {
    return this.dialog?.remote.params['tag'] ?? undefined;
  }

  /** Its media as it is now; undefined before anything was agreed on. */
  get media(): SessionMedia | undefined {
    return this.session?.media;
  }

  /** This side has put the other on hold. */
  get isHolding(): boolean {
    return this.session?.isHolding ?? false;
  }

  /** The other side has put this one on hold. */
  get isHeld(): boolean {
    return this.session?.isHeld ?? false;
  }

  /** Keys that the other side pressed, in order. */
  get digits(): string {
    return this.#keys.heard;
  }

  /** What its RTP sent and heard; stays readable after the call. */
  audioReport(): AudioReport | undefined {
    return this.session?.end.report();
  }

  // --- what its user does --------------------------------------------------------------------------------------------

  /** Ends the call in the way its state asks for; settles when it has ended. */
  async hangUp(): Promise<CallEnd> {
    if (this.state === 'up') this.#sendBye({ reason: 'hung up', clean: true });
    else if (this.state === 'calling' || this.state === 'ringing') this.abandon();
    return this.ended;
  }

  /** Puts the other side on hold. @returns the final status; 408 when none came. */
  hold(direction: 'sendonly' | 'inactive' = 'sendonly'): Promise<number> {
    return this.reinvite(direction);
  }

  /** Takes the other side back from hold. @returns the final status; 408 when none came. */
  retrieve(): Promise<number> {
    return this.reinvite('sendrecv');
  }

  /**
   * Changes the session by a re-INVITE.
   *
   * @param offer  `theirs`: without an offer; the other side makes one, and the ACK answers it.
   * @returns      the final status; 408 when none came, 481 where the call does not stand.
   */
  reinvite(offer: Direction | 'theirs' = 'sendrecv'): Promise<number> {
    return this.#changes.ask('INVITE', offer);
  }

  /** The same by UPDATE. `nothing`: no offer, the session is only refreshed. */
  update(offer: Direction | 'nothing' = 'sendrecv'): Promise<number> {
    return this.#changes.ask('UPDATE', offer);
  }

  /**
   * Presses keys, one after the other: in RTP where both ends take them there, else by INFO.
   *
   * @param by  That way and no other.
   * @returns   the final status of the last INFO; 200 for RTP, 488 where it was asked for and cannot be.
   */
  send(keys: string, by?: KeyPath): Promise<number> {
    return this.#keys.press(keys, by);
  }

  /**
   * Asks the other side to call somebody else. This call goes on until one of both ends it.
   *
   * @param to  A number or a URI; or another call of this phone, whose other side they are to be connected with (attended).
   * @returns   the final status of their call, or that of a refusal (`Transfers.ask`).
   */
  transfer(to: string | PhoneCall): Promise<number> {
    const { dialog } = this;
    const target = typeof to === 'string' ? undefined : to.dialog;
    if (this.state !== 'up' || !dialog || (typeof to !== 'string' && !target)) return Promise.resolve(481);
    return this.#transfers.ask(dialog, typeof to === 'string' ? this.line.uriOf(to) : replacing(target as Dialog));
  }

  // --- waiting -------------------------------------------------------------------------------------------------------

  /**
   * Settles when the call is in this state or has gone beyond it, or as soon as the condition holds.
   *
   * @throws CallTimeout when it does not in time, and at once when the call ends before it does.
   */
  until(condition: CallCondition, timeoutMs = DEFAULT_WAIT_MS): Promise<void> {
    const wanted = typeof condition === 'function' ? 'as wanted' : condition;
    const holds = (): boolean => {
      if (typeof condition === 'function') return condition(this);
      if (this.state === 'ended' && condition !== 'ended') return false;
      return CALL_STATES.indexOf(this.state) >= CALL_STATES.indexOf(condition);
    };
    const verdict = (): boolean | undefined => (holds() ? true : this.state === 'ended' ? false : undefined);
    return this.#waiting.until(verdict, timeoutMs, () => this.#timeout(wanted));
  }

  /**
   * Settles when a tone has been heard in so many more packets from now on.
   *
   * @throws CallTimeout when it has not in time, and at once when the call ends before.
   */
  untilHears(hz: number, packets = 5, timeoutMs = DEFAULT_WAIT_MS): Promise<void> {
    const heard = (): number => this.session?.end.heardOf(hz) ?? 0;
    const before = heard();
    const verdict = (): boolean | undefined => (heard() - before >= packets ? true : this.state === 'ended' ? false : undefined);
    return this.#waiting.until(verdict, timeoutMs, () => this.#timeout(`hearing ${hz} Hz`));
  }

  // --- what its phone hands it ---------------------------------------------------------------------------------------

  /** A request in this call's dialog, other than ACK. */
  handleRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    const dialog = this.dialogOf(request);
    if (!dialog || this.state === 'ended') return this.line.respond(transaction, 481, 'Call Does Not Exist');
    const { seq } = request.headers.cseq;
    // §12.2.2: lower than what was seen is out of order.
    if (seq < dialog.remoteSeq) return this.line.respond(transaction, 500, 'Out of Order');
    dialog.remoteSeq = seq;
    const serve = SERVED[request.method];
    if (serve) serve(this, transaction, dialog);
    else this.line.respond(transaction, 200, 'OK');
    this.changedNow();
  }

  /** The ACK of a 2xx that this phone sent. */
  handleAck({ headers, content }: SipRequest): void {
    if (this.#unconfirmed?.seq !== headers.cseq.seq) return;
    const { transaction } = this.#unconfirmed;
    const isAgreed = !this.session?.isOffering || this.session.accept(content);
    transaction.acknowledge(this.line.now());
    // §13.2.2.4: an offer in the 2xx is answered in the ACK, or there is no session.
    if (!isAgreed && this.state === 'up') this.#sendBye({ reason: 'failed', clean: false, detail: 'no answer in the ACK' });
  }

  /** An address cannot be reached. */
  handleUnreachable(to: Place): void {
    this.#ack.unreachable(to);
  }

  /** The server transaction of an INVITE of this call was acknowledged, or never was. */
  settleAck(transaction: ServerTransaction, acknowledged: boolean): void {
    if (this.#unconfirmed?.transaction !== transaction) return;
    this.#unconfirmed = undefined;
    if (!acknowledged) {
      // §13.3.1.4: without an ACK the session is ended, by a BYE.
      if (this.state === 'up') this.#sendBye({ reason: 'failed', clean: false, detail: 'no ACK' });
      return;
    }
    if (transaction.request.headers.to.params['tag']) this.emit('reinvited');
    else this.setConfirmed();
    if (this.#byeDue) this.#sendBye(this.#byeDue);
    this.#changes.proceed();
    this.changedNow();
  }

  // --- what its parts ask it -----------------------------------------------------------------------------------------

  changeableDialog(method: ChangeMethod): Dialog | undefined {
    // RFC 3311 §5.1: an UPDATE may come early, when the first offer has been answered.
    const isEarly = method === 'UPDATE' && this.state === 'ringing' && this.media !== undefined;
    return this.state === 'up' || isEarly ? this.dialog : undefined;
  }

  get isSettling(): boolean {
    return this.#unconfirmed !== undefined;
  }

  expectAck(transaction: ServerTransaction): void {
    this.#unconfirmed = { seq: transaction.request.headers.cseq.seq, transaction };
  }

  headersOfChange(): Partial<SipHeaders> {
    return { ...this.line.abilities, ...(this.state === 'up' && this.sessionTimer?.headersOfRequest()) };
  }

  changed({ headers }: SipResponse): void {
    if (this.state === 'up') this.sessionTimer?.takeResponse(headers);
    this.changedNow();
  }

  keyHeard(digit: string, by: KeyPath): void {
    this.emit('digit', digit, by);
    this.changedNow();
  }

  transferGoes(status: number): void {
    this.emit('transfer', status);
    this.changedNow();
  }

  fail(status: number | undefined, detail: string): void {
    if (this.state !== 'up') return;
    const end: CallEnd = { reason: 'failed', clean: false, status, detail };
    if (status === 481) this.finish(end);
    else this.#sendBye(end);
  }

  /** Sends a request of the dialog in a transaction; `done` without a response: none came. */
  ask(
    dialog: Dialog,
    method: string,
    { content, headers = {} }: { readonly content?: string | undefined; readonly headers?: Partial<SipHeaders> },
    done: (response: SipResponse | undefined, from: Place) => void,
  ): Sending {
    const typed = content === undefined ? {} : { 'content-type': SDP };
    const sending = this.line.send({
      write: (): SipRequest =>
        requestInDialog(dialog, method, (dialog.localSeq += 1), { contact: this.line.contact, headers: { ...typed, ...headers }, content }),
      places: placesOfDialog(dialog, this.line.aware),
      handle: (output) => {
        if (output.kind === 'final') done(output.response, output.from);
        else if (output.kind === 'failed') done(undefined, { host: '', port: 0 });
        else if (output.kind === 'success-again') this.acknowledge(sending, output.response, output.from);
      },
    });
    return sending;
  }

  /** Sends or repeats the ACK of a 2xx. @param content  The answer to an offer in the 2xx. */
  acknowledge(sending: Sending, response: SipResponse, from: Place, content?: string): void {
    if (this.dialog) this.#ack.send(this.dialog, sending, response, from, content);
  }

  /** Ends a call that was not answered yet. */
  protected abstract abandon(): void;

  /** The dialog that a request of the other side belongs to. */
  protected dialogOf({ headers }: SipRequest): Dialog | undefined {
    return headers.from.params['tag'] === this.remoteTag ? this.dialog : undefined;
  }

  protected setUp(): void {
    this.state = 'up';
    this.#answered.resolve();
    this.emit('answered');
    this.changedNow();
  }

  protected setConfirmed(): void {
    this.#confirmed.resolve();
    this.emit('confirmed');
  }

  protected finish(end: CallEnd): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.end = end;
    const error = new Error(`call ended: ${end.reason}${end.status === undefined ? '' : ` (${end.status})`}`);
    this.#answered.reject(error);
    this.#confirmed.reject(error);
    this.line.forget(this.callId, this.localTag);
    this.#changes.stop();
    this.#transfers.stop();
    this.sessionTimer?.stop();
    this.session?.end.close();
    this.#ended.resolve(end);
    this.emit('ended', end);
    this.changedNow();
  }

  /** Takes a session for this call, where the phone has audio. @returns false: it has, but no port is left. */
  protected openSession(): boolean {
    if (!this.line.hasAudio || this.session) return true;
    this.session = this.line.openSession();
    if (this.session) this.session.end.onDigit = (digit) => this.#keys.hear(digit, 'rtp');
    return this.session !== undefined;
  }

  protected changedNow(): void {
    this.emit('changed');
    this.#waiting.look();
  }

  #makeTimer(): SessionTimer | undefined {
    const { line } = this;
    if (!line.sessionTimer) return undefined;
    const { method } = line.sessionTimer;
    return new SessionTimer(line.sessionTimer, {
      later: (delayMs, action) => line.later(delayMs, action),
      refresh: () => {
        if ((method ?? (this.allowsUpdate ? 'UPDATE' : 'INVITE')) === 'UPDATE') void this.update('nothing');
        else void this.reinvite(this.session?.wanted);
      },
      expire: () => this.fail(undefined, 'session expired'),
    });
  }

  #timeout(wanted: string): CallTimeout {
    const { state, end } = this;
    return new CallTimeout(`the call of ${this.line.user}`, wanted, end ? `${state} (${end.reason} ${end.status ?? ''})` : state);
  }

  #sendBye(end: CallEnd): void {
    const dialog = this.dialog;
    if (!dialog) return this.finish(end);
    // §15: a callee says no BYE before its 2xx is acknowledged.
    if (this.#unconfirmed && !this.#unconfirmed.transaction.request.headers.to.params['tag']) {
      this.#byeDue ??= end;
      return;
    }
    this.state = 'ending';
    this.sessionTimer?.stop();
    this.session?.stop();
    this.ask(dialog, 'BYE', {}, (response) => {
      const agreed = response !== undefined && response.status < 300;
      this.finish({
        ...end,
        clean: end.clean && agreed,
        status: end.status ?? response?.status,
        detail: end.detail ?? (response ? undefined : 'no answer to BYE'),
      });
    });
    this.changedNow();
  }

  /** @internal RFC 3262 §3; only a callee has something to acknowledge. */
  servePrack(transaction: ServerTransaction): void {
    this.line.respond(transaction, 481, 'Nothing To Acknowledge');
  }

  /** @internal */
  serveBye(transaction: ServerTransaction): void {
    this.line.respond(transaction, 200, 'OK');
    // A BYE that crosses ours: both users hung up, and our own transaction tells the end.
    if (this.state !== 'ending') this.finish({ reason: 'remote hung up', clean: true });
  }

  /** @internal */
  serveChange(transaction: ServerTransaction, dialog: Dialog): void {
    this.#changes.serve(transaction, dialog);
  }

  /** @internal */
  serveRefer(transaction: ServerTransaction, dialog: Dialog): void {
    this.#transfers.serve(transaction, dialog);
  }

  /** @internal */
  serveNotify(transaction: ServerTransaction): void {
    const status = this.#transfers.notified(transaction.request);
    this.line.respond(transaction, status, status === 200 ? 'OK' : 'Not Expected');
  }

  /** @internal */
  serveInfo(transaction: ServerTransaction): void {
    this.#keys.serve(transaction);
  }
}

type Serve = (call: PhoneCall, transaction: ServerTransaction, dialog: Dialog) => void;

/** What the other side may ask within a call; anything else that the phone allows gets a 200. */
const SERVED: Readonly<Record<string, Serve>> = {
  BYE: (call, transaction) => call.serveBye(transaction),
  INVITE: (call, transaction, dialog) => call.serveChange(transaction, dialog),
  UPDATE: (call, transaction, dialog) => call.serveChange(transaction, dialog),
  INFO: (call, transaction) => call.serveInfo(transaction),
  PRACK: (call, transaction) => call.servePrack(transaction),
  REFER: (call, transaction, dialog) => call.serveRefer(transaction, dialog),
  NOTIFY: (call, transaction) => call.serveNotify(transaction),
};
