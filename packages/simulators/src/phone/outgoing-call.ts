// The caller's side of a call until its dialog stands: INVITE, ringing, CANCEL, the first 2xx, and the 2xx of other
// forks, which are acknowledged and ended (RFC 3261 §13.2.2.4).
import { type Place, placeKey } from '../sip/alternates.js';
import { type Dialog, dialogOfResponse, placesOfDialog, requestInDialog } from '../sip/dialog.js';
import { lists, numberOf } from '../sip/header-words.js';
import type { SipAddress, SipRequest, SipResponse } from '../sip/npm-sip.js';
import { PhoneCall } from './call.js';
import type { Line, Sending } from './line.js';

export interface OutgoingOptions {
  /** Further headers of the INVITE, by name in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes no offer: the other side does, and the ACK answers it. Default false. */
  readonly lateOffer?: boolean;
}

/** What an 18x made. */
interface Early {
  readonly dialog: Dialog;
  /** Of the last reliable one that was acknowledged. */
  rseq: number | undefined;
}

export class OutgoingCall extends PhoneCall {
  #sending: Sending | undefined;
  #seq = 0;
  /** A 180 came: the other side rings. */
  isAlerting = false;
  #heard = false;
  #cancelWanted = false;
  #cancelled = false;
  readonly #early = new Map<string, Early>();
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
    this.#invite();
  }

  protected abandon(): void {
    if (this.#cancelWanted) return;
    this.#cancelWanted = true;
    // §9.1: no CANCEL before a provisional response; it goes out with the first.
    if (this.#heard) this.#cancel();
  }

  #invite(): void {
    const content = this.options.lateOffer ? undefined : this.session?.offer();
    this.#sending = this.line.send({
      write: () => this.#inviteWith(content),
      places: this.line.placesFor(this.uri),
      handle: (output) => {
        if (output.kind === 'provisional') this.#onProvisional(output.response);
        else if (output.kind === 'final') this.#onFinal(output.response, output.from);
        else if (output.kind === 'success-again') this.#onSuccessAgain(output.response, output.from);
        else this.finish({ reason: 'failed', clean: false, detail: output.cause });
      },
    });
  }

  /** Before the 2xx each fork has a dialog of its own. */
  protected override dialogOf(request: SipRequest): Dialog | undefined {
    const early = this.state === 'ringing' && this.#early.get(request.headers.from.params['tag'] ?? '');
    return early ? early.dialog : super.dialogOf(request);
  }

  #inviteWith(content: string | undefined): SipRequest {
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
        ...this.line.abilities,
        ...(this.line.reliable === 'required' && { require: '100rel' }),
        ...this.sessionTimer?.headersOfRequest(),
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
    const dialog = this.#earlyDialog(response);
    if (isReliable(response) && !(dialog && this.#acknowledgeEarly(response, dialog))) return;
    if (this.session?.isOffering) this.session.accept(response.content, isReliable(response));
    this.#noteAbilities(response);
    if (this.state === 'calling') {
      this.state = 'ringing';
      this.rings += 1;
      this.emit('ringing', response.status);
    }
    if (response.status === 180) this.isAlerting = true;
    this.emit('progress', response.status);
  }

  /** §12.1: an 18x with a tag and a Contact makes a dialog; each fork has its own. */
  #earlyDialog(response: SipResponse): Early | undefined {
    const tag = response.headers.to.params['tag'];
    if (!tag || !this.#sending) return undefined;
    const known = this.#early.get(tag);
    if (known) return known;
    const dialog = dialogOfResponse(this.#sending.request, response, this.line.aware);
    if (!dialog) return undefined;
    const early: Early = { dialog, rseq: undefined };
    this.#early.set(tag, early);
    this.dialog = dialog;
    return early;
  }

  /** RFC 3262 §4. @returns false for one that came before, or before its turn: it is as if it had not come. */
  #acknowledgeEarly(response: SipResponse, early: Early): boolean {
    const rseq = numberOf(response.headers['rseq']);
    if (rseq === undefined || (early.rseq !== undefined && rseq !== early.rseq + 1)) return false;
    early.rseq = rseq;
    const { session } = this;
    // §5: an offer in it is answered in its PRACK.
    const answer = session && !session.isOffering && response.content ? session.answer(response.content) : undefined;
    const headers = { rack: `${rseq} ${response.headers.cseq.seq} INVITE` };
    this.ask(early.dialog, 'PRACK', { headers, content: answer }, () => undefined);
    return true;
  }

  #onFinal(response: SipResponse, from: Place): void {
    const sending = this.#sending;
    if (!sending) return;
    if (response.status >= 300) return this.#onRefusal(response);
    const early = this.#early.get(response.headers.to.params['tag'] ?? '');
    const dialog = dialogOfResponse(sending.request, response, this.line.aware);
    if (!dialog) return this.finish({ reason: 'failed', clean: false, status: response.status, detail: '2xx without Contact' });
    // §13.2.2.4: routes and target are those of the 2xx; the numbers go on.
    this.dialog = early ? { ...dialog, localSeq: early.dialog.localSeq, remoteSeq: early.dialog.remoteSeq } : dialog;
    const answer = this.session && !this.session.isOffering && !this.media ? this.session.answer(response.content) : undefined;
    const isAgreed = this.#isAgreed(response, answer);
    this.acknowledge(sending, response, from, answer);
    this.#noteAbilities(response);
    this.sessionTimer?.takeResponse(response.headers);
    this.setUp();
    this.setConfirmed();
    // What came back is no answer; the call stands, and is ended.
    if (!isAgreed) return this.fail(undefined, 'no answer in the 2xx');
    // The 2xx crossed the CANCEL: the user wanted no call, so it ends at once.
    if (this.#cancelWanted) void this.hangUp();
  }

  #isAgreed({ content }: SipResponse, answer: string | undefined): boolean {
    const { session } = this;
    if (!session || answer !== undefined) return true;
    if (!session.isOffering) return this.media !== undefined;
    if (session.accept(content)) return true;
    session.withdraw();
    // A lenient reading of §13.2.1: an answer that came early need not come again.
    return this.media !== undefined;
  }

  #onRefusal(response: SipResponse): void {
    const { status, reason } = response;
    if (this.sessionTimer?.learn(response) && !this.#cancelWanted) return this.#invite();
    const cancelled = this.#cancelWanted && status === 487;
    this.finish({ reason: cancelled ? 'cancelled' : 'refused', clean: cancelled, status, detail: reason });
  }

  #noteAbilities({ headers }: SipResponse): void {
    if (headers['allow'] !== undefined) this.allowsUpdate = lists(headers, 'allow', 'UPDATE');
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

/** RFC 3262 §4: whatever demands it and has a number. */
function isReliable({ headers }: SipResponse): boolean {
  return lists(headers, 'require', '100rel') && headers['rseq'] !== undefined;
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
