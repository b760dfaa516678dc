// The callee's side of a call until its dialog stands: it rings, is answered, refused or cancelled.
import { dialogOfRequest } from '../sip/dialog.js';
import type { SipAddress, SipRequest } from '../sip/npm-sip.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import { PhoneCall } from './call.js';
import type { Line } from './line.js';

export class IncomingCall extends PhoneCall {
  readonly request: SipRequest;
  #answering = false;

  constructor(
    line: Line,
    private readonly transaction: ServerTransaction,
  ) {
    super(line, transaction.request.headers['call-id'], line.token());
    this.request = transaction.request;
    this.dialog = dialogOfRequest(this.request, this.localTag, line.aware);
  }

  /** Who calls. */
  get from(): SipAddress {
    return this.request.headers.from;
  }

  /** Sends an 18x. */
  ring(status = 180, reason = 'Ringing'): void {
    if (this.state !== 'calling' && this.state !== 'ringing') return;
    if (this.state === 'calling') this.rings += 1;
    this.state = 'ringing';
    this.line.respond(this.transaction, status, reason, { toTag: this.localTag, headers: { contact: [this.line.contact] } });
    this.emit('ringing', status);
  }

  /** Sends the 200 with this phone's audio; settles when it was sent. */
  async answer(): Promise<void> {
    if (this.#answering || (this.state !== 'calling' && this.state !== 'ringing')) return;
    this.#answering = true;
    const audio = await this.line.openAudio();
    this.audio = audio;
    if (this.currentState === 'ended') return this.close();
    const content = this.answerTo(this.request.content);
    if (audio && content === undefined) return this.reject(488, 'Not Acceptable Here');
    const typed = content === undefined ? {} : { 'content-type': 'application/sdp' };
    this.expectAck(this.transaction);
    this.setUp();
    this.line.respond(this.transaction, 200, 'OK', {
      toTag: this.localTag,
      headers: { contact: [this.line.contact], ...typed },
      content,
    });
  }

  /** Refuses the call. */
  reject(status = 486, reason = 'Busy Here'): void {
    if (this.state !== 'calling' && this.state !== 'ringing') return;
    this.line.respond(this.transaction, status, reason, { toTag: this.localTag });
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
