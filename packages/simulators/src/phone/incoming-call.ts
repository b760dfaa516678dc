// The callee's side of a call until its dialog stands: it rings, is answered, refused or cancelled.
import { dialogOfRequest } from '../sip/dialog.js';
import type { SipAddress, SipHeaders, SipRequest } from '../sip/npm-sip.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import { PhoneCall } from './call.js';
import { placeOfAudio } from './call-session.js';
import type { Line } from './line.js';

export class IncomingCall extends PhoneCall {
  readonly request: SipRequest;

  constructor(
    line: Line,
    private readonly transaction: ServerTransaction,
  ) {
    super(line, transaction.request.headers['call-id'], line.token(), false);
    this.request = transaction.request;
    this.dialog = dialogOfRequest(this.request, this.localTag, line.aware);
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
    if (this.state !== 'calling' && this.state !== 'ringing') return;
    const isFirst = this.state === 'calling';
    if (isFirst) this.rings += 1;
    this.state = 'ringing';
    this.openSession();
    this.line.respond(this.transaction, status, reason, { toTag: this.localTag, headers: { contact: [this.line.contact] } });
    if (isFirst) this.emit('ringing', status);
    this.changedNow();
  }

  /** Sends the 200 with this phone's audio; settles when it was sent. */
  answer(): Promise<void> {
    if (this.state !== 'calling' && this.state !== 'ringing') return this.answered;
    const content = this.openSession() ? this.answerTo(this.request.content) : undefined;
    if (this.line.hasAudio && content === undefined) {
      this.reject(488, 'Not Acceptable Here');
      return this.answered;
    }
    const typed = content === undefined ? {} : { 'content-type': 'application/sdp' };
    this.expectAck(this.transaction);
    const headers = { contact: [this.line.contact], ...typed };
    this.line.respond(this.transaction, 200, 'OK', { toTag: this.localTag, headers, content });
    this.setUp();
    return this.answered;
  }

  /** Refuses the call. */
  reject(status = 486, reason = 'Busy Here', headers: Partial<SipHeaders> = {}): void {
    if (this.state !== 'calling' && this.state !== 'ringing') return;
    this.line.respond(this.transaction, status, reason, { toTag: this.localTag, headers });
    this.finish({ reason: 'refused', clean: true, status, detail: reason });
  }

  /** @internal The caller's CANCEL came in time. */
  handleCancel(): void {
    if (this.state !== 'calling' && this.state !== 'ringing') return;
    this.line.respond(this.transaction, 487, 'Request Terminated', { toTag: this.localTag });
    this.finish({ reason: 'cancelled', clean: true, status: 487 });
  }

  protected abandon(): void {
    this.reject(603, 'Decline');
  }
}
