// The callee's side of a call until its dialog stands: it rings, is answered, refused or cancelled.
import { dialogOfRequest } from '../sip/dialog.js';
import { lists, rackOf } from '../sip/header-words.js';
import type { SipAddress, SipHeaders, SipRequest } from '../sip/npm-sip.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import { PhoneCall } from './call.js';
import { placeOfAudio } from './call-session.js';
import type { Line } from './line.js';
import { ReliableResponses } from './reliable-responses.js';

const SDP = 'application/sdp';

export class IncomingCall extends PhoneCall {
  readonly request: SipRequest;
  /** The call of this phone whose place it takes (RFC 3891); that one is ended. */
  replaces: PhoneCall | undefined;
  /** A CANCEL is answered and changes nothing: as when the user had answered before it came. */
  ignoresCancel = false;
  readonly #reliable: ReliableResponses;
  /** The answer that went in a response which may have been lost, and goes again in the 2xx (§13.3.1.1). */
  #answerBefore: string | undefined;
  /** Answered by the user while a reliable response waited for its PRACK. */
  #answerDue = false;

  constructor(
    line: Line,
    private readonly transaction: ServerTransaction,
  ) {
    super(line, transaction.request.headers['call-id'], line.token(), false);
    this.request = transaction.request;
    this.dialog = dialogOfRequest(this.request, this.localTag, line.aware);
    this.allowsUpdate = lists(this.request.headers, 'allow', 'UPDATE');
    this.#reliable = new ReliableResponses({
      timers: line.timers,
      later: (delayMs, action) => line.later(delayMs, action),
      random: () => line.random(),
      unacknowledged: () => this.#refuse(504, 'No PRACK', false),
    });
  }

  /** Who calls. */
  get from(): SipAddress {
    return this.request.headers.from;
  }

  /** Where the caller hears; undefined where its INVITE does not say. */
  get offered(): { readonly host: string; readonly port: number } | undefined {
    return placeOfAudio(this.request.content);
  }

  /** Sends an 18x. */
  ring(status = 180, reason = 'Ringing'): void {
    if (!this.#isOpen) return;
    this.openSession();
    this.#provisional(status, reason, undefined);
  }

  /**
   * Sends an 18x with a session description, and audio: the caller hears this phone before it answers. An INVITE without an
   * offer gets one, where the response is reliable.
   */
  progress(status = 183, reason = 'Session Progress'): void {
    if (!this.#isOpen || !this.openSession()) return;
    if (!this.request.content && !this.#isReliable) return this.#provisional(status, reason, undefined);
    const content = this.media || this.session?.isOffering ? this.#answerBefore : this.session?.answerTo(this.request.content);
    this.#answerBefore = this.#isReliable ? undefined : content;
    this.#provisional(status, reason, content);
  }

  /** Sends the 200 with this phone's audio, after the PRACKs that it waits for; settles when it was sent. */
  answer(): Promise<void> {
    if (!this.#isOpen) return this.answered;
    if (this.#reliable.isPending) this.#answerDue = true;
    else this.#answerNow();
    return this.answered;
  }

  /** Refuses the call. */
  reject(status = 486, reason = 'Busy Here', headers: Partial<SipHeaders> = {}): void {
    if (this.#isOpen) this.#refuse(status, reason, true, headers);
  }

  /** @internal Refuses a session interval that is too short (RFC 4028 §9). @returns `true` when it did. */
  refuseInterval(): boolean {
    const minSe = this.sessionTimer?.refusal(this.request.headers);
    if (minSe) this.reject(422, 'Session Interval Too Small', { 'min-se': minSe });
    return minSe !== undefined;
  }

  /** @internal The caller's CANCEL came in time. */
  handleCancel(): void {
    if (!this.#isOpen || this.ignoresCancel) return;
    this.#end();
    this.line.respond(this.transaction, 487, 'Request Terminated', { toTag: this.localTag });
    this.finish({ reason: 'cancelled', clean: true, status: 487 });
  }

  /** @internal §15: a caller may end an early dialog by BYE too. */
  override serveBye(transaction: ServerTransaction): void {
    if (!this.#isOpen) return super.serveBye(transaction);
    this.line.respond(transaction, 200, 'OK');
    this.handleCancel();
  }

  /** @internal */
  override servePrack(transaction: ServerTransaction): void {
    const { headers, content } = transaction.request;
    const rack = rackOf(headers);
    const isDue = rack?.seq === this.request.headers.cseq.seq && this.#reliable.isPending;
    if (!rack || !isDue) return super.servePrack(transaction);
    // RFC 3262 §5: the answer to an offer in the response, or an offer of its own.
    const answer = content && !this.session?.isOffering ? this.session?.answer(content) : undefined;
    if (content && this.session?.isOffering) this.session.accept(content);
    if (!this.#reliable.acknowledge(rack.rseq)) return super.servePrack(transaction);
    const parts = answer === undefined ? {} : { headers: { 'content-type': SDP }, content: answer };
    this.line.respond(transaction, 200, 'OK', parts);
    if (this.#answerDue && !this.#reliable.isPending) this.#answerNow();
  }

  protected abandon(): void {
    this.reject(603, 'Decline');
  }

  get #isOpen(): boolean {
    return this.state === 'calling' || this.state === 'ringing';
  }

  /** RFC 3262 §3: where the caller demands it; where it can, and this phone likes it. */
  get #isReliable(): boolean {
    const { headers } = this.request;
    return lists(headers, 'require', '100rel') || (this.line.reliable === 'required' && lists(headers, 'supported', '100rel'));
  }

  #provisional(status: number, reason: string, content: string | undefined): void {
    const isFirst = this.state === 'calling';
    if (isFirst) this.rings += 1;
    this.state = 'ringing';
    const typed = content === undefined ? {} : { 'content-type': SDP };
    const send = (reliably: Partial<SipHeaders>): void => {
      const headers = { contact: [this.line.contact], ...this.line.abilities, ...reliably, ...typed };
      this.line.respond(this.transaction, status, reason, { toTag: this.localTag, headers, content });
    };
    if (this.#isReliable) this.#reliable.send((rseq) => send({ require: '100rel', rseq: String(rseq) }));
    else send({});
    if (isFirst) this.emit('ringing', status);
    this.changedNow();
  }

  #answerNow(): void {
    const isDescribed = this.media !== undefined;
    const content = isDescribed ? this.#answerBefore : this.openSession() ? this.session?.answerTo(this.request.content) : undefined;
    if (this.line.hasAudio && !isDescribed && content === undefined) return this.#refuse(488, 'Not Acceptable Here', true);
    this.#end();
    const typed = content === undefined ? {} : { 'content-type': SDP };
    const timed = this.sessionTimer?.headersOfResponse(this.request.headers);
    this.expectAck(this.transaction);
    const headers = { contact: [this.line.contact], ...this.line.abilities, ...timed, ...typed };
    this.line.respond(this.transaction, 200, 'OK', { toTag: this.localTag, headers, content });
    this.setUp();
  }

  #refuse(status: number, reason: string, clean: boolean, headers: Partial<SipHeaders> = {}): void {
    this.#end();
    this.line.respond(this.transaction, status, reason, { toTag: this.localTag, headers });
    this.finish({ reason: 'refused', clean, status, detail: reason });
  }

  /** The INVITE gets its final response. */
  #end(): void {
    this.#reliable.stop();
  }
}
