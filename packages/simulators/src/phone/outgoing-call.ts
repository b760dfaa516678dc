// The caller's side of a call until its dialog stands: INVITE, ringing, CANCEL, the first 2xx, and the 2xx of other
// forks, which are acknowledged and ended (RFC 3261 §13.2.2.4).
import { type Place, placeKey } from '../sip/alternates.js';
import { dialogOfResponse, placesOfDialog, requestInDialog } from '../sip/dialog.js';
import type { SipAddress, SipRequest, SipResponse } from '../sip/npm-sip.js';
import { PhoneCall } from './call.js';
import type { Line, Sending } from './line.js';

export interface OutgoingOptions {
  /** Further headers of the INVITE, by name in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes no offer: the other side does, and the ACK answers it. Default false. */
  readonly lateOffer?: boolean;
}

export class OutgoingCall extends PhoneCall {
  #sending: Sending | undefined;
  #seq = 0;
  /** A 180 came: the other side rings. */
  isAlerting = false;
  #heard = false;
  #cancelWanted = false;
  #cancelled = false;
  readonly #from: SipAddress;

  constructor(
    line: Line,
    readonly uri: string,
    private readonly options: OutgoingOptions = {},
  ) {
    super(line, `${line.token()}@${line.user}`, line.token(), true);
    this.#from = { uri: line.identity, params: { tag: this.localTag } };
  }

  /** @internal Sends the INVITE; the phone calls it once. */
  start(): void {
    if (this.state !== 'calling' || this.#cancelWanted) {
      return this.finish({ reason: 'cancelled', clean: true, detail: 'before the INVITE' });
    }
    if (!this.openSession()) return this.finish({ reason: 'failed', clean: false, detail: 'no port for audio' });
    const content = this.options.lateOffer ? undefined : this.session?.offer();
    this.#sending = this.line.send({
      write: () => this.#invite(content),
      places: this.line.placesFor(this.uri),
      handle: (output) => {
        if (output.kind === 'provisional') this.#onProvisional(output.response);
        else if (output.kind === 'final') this.#onFinal(output.response, output.from);
        else if (output.kind === 'success-again') this.#onSuccessAgain(output.response, output.from);
        else this.finish({ reason: 'failed', clean: false, detail: output.cause });
      },
    });
  }

  protected abandon(): void {
    if (this.#cancelWanted) return;
    this.#cancelWanted = true;
    // §9.1: no CANCEL before a provisional response; it goes out with the first.
    if (this.#heard) this.#cancel();
  }

  #invite(content: string | undefined): SipRequest {
    this.#seq += 1;
    return {
      method: 'INVITE',
      uri: this.uri,
      headers: {
        via: [],
        'max-forwards': 70,
        from: this.#from,
        to: { uri: this.uri, params: {} },
        'call-id': this.callId,
        cseq: { seq: this.#seq, method: 'INVITE' },
        contact: [this.line.contact],
        ...this.options.headers,
        ...(content === undefined ? {} : { 'content-type': 'application/sdp' }),
      },
      content,
    };
  }

  #onProvisional(response: SipResponse): void {
    this.#heard = true;
    if (response.status === 100) this.emit('trying');
    else this.#onProgress(response);
    if (this.#cancelWanted) this.#cancel();
    this.changedNow();
  }

  #onProgress(response: SipResponse): void {
    if (this.session?.isOffering) this.session.accept(response.content, false);
    if (this.state === 'calling') {
      this.state = 'ringing';
      this.rings += 1;
      this.emit('ringing', response.status);
    }
    if (response.status === 180) this.isAlerting = true;
    this.emit('progress', response.status);
  }

  #onFinal(response: SipResponse, from: Place): void {
    const sending = this.#sending;
    if (!sending) return;
    if (response.status >= 300) {
      const cancelled = this.#cancelWanted && response.status === 487;
      return this.finish({
        reason: cancelled ? 'cancelled' : 'refused',
        clean: cancelled,
        status: response.status,
        detail: response.reason,
      });
    }
    this.dialog = dialogOfResponse(sending.request, response, this.line.aware);
    if (!this.dialog) return this.finish({ reason: 'failed', clean: false, status: response.status, detail: '2xx without Contact' });
    const { content } = response;
    const answer = this.session?.isOffering ? undefined : this.session?.answer(content);
    const isAgreed = !this.session || answer !== undefined || this.session.accept(content);
    this.acknowledge(sending, response, from, answer);
    this.setUp();
    this.setConfirmed();
    // §13.2.2.4: what came back is no answer; the call stands, and is ended.
    if (!isAgreed) return this.fail(undefined, 'no answer in the 2xx');
    // The 2xx crossed the CANCEL: the user wanted no call, so it ends at once.
    if (this.#cancelWanted) void this.hangUp();
  }

  #onSuccessAgain(response: SipResponse, from: Place): void {
    const sending = this.#sending;
    if (!sending || !this.dialog) return;
    if (response.headers.to.params['tag'] === this.dialog.remote.params['tag']) this.acknowledge(sending, response, from);
    else this.#dismissFork(sending, response);
  }

  #dismissFork(sending: Sending, response: SipResponse): void {
    const dialog = dialogOfResponse(sending.request, response, this.line.aware);
    if (!dialog) return;
    const { contact } = this.line;
    const [to] = this.line.order(placesOfDialog(dialog, this.line.aware));
    const ack = requestInDialog(dialog, 'ACK', response.headers.cseq.seq, { contact });
    if (to) this.line.sendAck(this.line.writeAck(ack), to, 'another fork answered');
    this.line.send({
      write: () => requestInDialog(dialog, 'BYE', (dialog.localSeq += 1), { contact }),
      places: placesOfDialog(dialog, this.line.aware),
      handle: () => undefined,
    });
  }

  #cancel(): void {
    const sending = this.#sending;
    if (!sending || this.#cancelled || !sending.transaction.pending) return;
    this.#cancelled = true;
    sending.transaction.cancelled(this.line.now());
    const { request, transaction } = sending;
    const sentTo = transaction.sentTo;
    const known = new Set(sentTo.map(placeKey));
    // §9.1 knows one address, the INVITE's; an aware phone has the others as stand-ins.
    const others = this.line.order(this.line.placesFor(this.uri)).filter((place) => !known.has(placeKey(place)));
    this.line.send({
      write: () => cancelOf(request),
      places: this.line.aware ? [...sentTo, ...others] : sentTo.slice(0, 1),
      branch: transaction.branch,
      // Whatever the CANCEL is answered, the INVITE's own final response tells how the call ended.
      handle: () => undefined,
    });
  }
}

/** §9.1: Request-URI, Call-ID, To, From, Route and the number of CSeq are the INVITE's. */
function cancelOf(invite: SipRequest): SipRequest {
  const { headers } = invite;
  return {
    method: 'CANCEL',
    uri: invite.uri,
    headers: {
      via: [],
      'max-forwards': 70,
      route: headers.route,
      from: headers.from,
      to: headers.to,
      'call-id': headers['call-id'],
      cseq: { seq: headers.cseq.seq, method: 'CANCEL' },
    },
  };
}
