// A call of a network phone from its dialog on: ACK, BYE, re-INVITE, audio. How a dialog comes to be is in
// outgoing-call.ts and incoming-call.ts.
import { EventEmitter } from 'node:events';
import { answerAudio, audioOf, type Direction, offerAudio, parseSessionDescription, sends, writeSessionDescription } from '@altpath/sdp';
import type { AudioReport, AudioStream } from '../audio/audio-stream.js';
import { type Place, placeKey } from '../sip/alternates.js';
import { type Dialog, placesOfDialog, refreshTarget, requestInDialog } from '../sip/dialog.js';
import type { SipRequest, SipResponse } from '../sip/npm-sip.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import type { Line, Sending } from './line.js';

/** How a call ended. `clean`: the way its users wanted, with both sides agreeing. */
export interface CallEnd {
  readonly reason: 'hung up' | 'remote hung up' | 'cancelled' | 'refused' | 'failed';
  readonly clean: boolean;
  /** Final status where a response decided. */
  readonly status?: number | undefined;
  readonly detail?: string | undefined;
}

export type CallState = 'calling' | 'ringing' | 'up' | 'ending' | 'ended';

export interface CallEvents {
  /** A 100 came. */
  trying: [];
  /** An 18x came (caller) or was sent (callee). */
  ringing: [status: number];
  /** A 2xx came (caller) or was sent (callee). */
  answered: [];
  /** Callee: the ACK came. */
  confirmed: [];
  /** The other side changed the session by a re-INVITE and acknowledged the answer. */
  reinvited: [];
  ended: [CallEnd];
}

/** The last ACK of a 2xx: sent again, and on every path, when the 2xx comes again. */
interface LastAck {
  readonly data: Buffer;
  readonly seq: number;
  readonly places: readonly Place[];
  sentTo: number;
  sentAt: number;
}

export abstract class PhoneCall extends EventEmitter<CallEvents> {
  /** Settles when a 2xx came or was sent; rejects when the call ends before. */
  readonly answered: Promise<void>;
  /** Settles when the ACK was sent (caller) or came (callee); rejects when the call ends before. */
  readonly confirmed: Promise<void>;
  /** Settles with the end, whatever it was. */
  readonly ended: Promise<CallEnd>;
  /** The audio end, once there is one; its report stays readable after the call. */
  audio: AudioStream | undefined;
  /** How often this call started to ring: more than one is a fault of the network. */
  rings = 0;

  protected state: CallState = 'calling';
  protected dialog: Dialog | undefined;
  readonly #answered = deferred<void>();
  readonly #confirmed = deferred<void>();
  readonly #ended = deferred<CallEnd>();
  #lastAck: LastAck | undefined;
  #reinviteUnderWay = false;
  #unconfirmed: { readonly seq: number; readonly transaction: ServerTransaction } | undefined;

  constructor(
    protected readonly line: Line,
    readonly callId: string,
    readonly localTag: string,
  ) {
    super();
    this.answered = this.#answered.promise;
    this.confirmed = this.#confirmed.promise;
    this.ended = this.#ended.promise;
    // A caller that waits for one of them only must not be killed by the others.
    this.answered.catch(() => undefined);
    this.confirmed.catch(() => undefined);
  }

  get currentState(): CallState {
    return this.state;
  }

  /** Next hop and its stand-ins as the route set names them, in order; empty before the dialog. */
  get routePlaces(): readonly Place[] {
    return this.dialog ? placesOfDialog(this.dialog, this.line.aware) : [];
  }

  audioReport(): AudioReport | undefined {
    return this.audio?.report();
  }

  /** Ends the call in the way its state asks for; settles when it has ended. */
  async hangUp(): Promise<CallEnd> {
    if (this.state === 'up') this.#sendBye({ reason: 'hung up', clean: true });
    else if (this.state === 'calling' || this.state === 'ringing') this.abandon();
    return this.ended;
  }

  /**
   * Changes the session by a re-INVITE with a fresh offer.
   *
   * @returns the final status; 408 when none came.
   */
  reinvite(direction: Direction = 'sendrecv'): Promise<number> {
    const dialog = this.dialog;
    if (this.state !== 'up' || !dialog) return Promise.resolve(481);
    const { promise, resolve } = deferred<number>();
    this.#reinviteUnderWay = true;
    const done = (status: number): void => {
      this.#reinviteUnderWay = false;
      resolve(status);
    };
    const sending = this.#request(dialog, 'INVITE', this.offer(direction), (response, from) => {
      if (!response) return done(408);
      if (response.status < 300) {
        refreshTarget(dialog, response.headers);
        this.acknowledge(sending, response, from);
        this.startAudio(response.content, direction);
      }
      done(response.status);
    });
    return promise;
  }

  /** A request in this call's dialog, other than ACK. */
  handleRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    const dialog = this.dialog;
    if (!dialog || this.state === 'ended') return this.line.respond(transaction, 481, 'Call Does Not Exist');
    const { seq } = request.headers.cseq;
    // §12.2.2: lower than what was seen is out of order.
    if (seq < dialog.remoteSeq) return this.line.respond(transaction, 500, 'Out of Order');
    dialog.remoteSeq = seq;
    if (request.method === 'BYE') return this.#handleBye(transaction);
    if (request.method === 'INVITE') return this.#handleReinvite(transaction, dialog);
    this.line.respond(transaction, 200, 'OK');
  }

  /** The ACK of a 2xx that this phone sent. */
  handleAck(seq: number): void {
    if (this.#unconfirmed?.seq === seq) this.#unconfirmed.transaction.acknowledge(this.line.now());
  }

  /** An address cannot be reached: an ACK that was just sent there goes to the next one. */
  handleUnreachable(to: Place): void {
    const ack = this.#lastAck;
    const current = ack?.places[ack.sentTo];
    if (!ack || !current || !this.line.aware || placeKey(current) !== placeKey(to)) return;
    if (this.line.now() - ack.sentAt > this.line.timers.t1) return;
    const next = ack.places[ack.sentTo + 1];
    if (!next) return;
    ack.sentTo += 1;
    this.line.sendAck(ack.data, next, 'alternate: no such port (ICMP)');
  }

  /** Closes what is open, without a word to the other side. */
  async close(): Promise<void> {
    await this.audio?.close();
  }

  /** Ends a call that was not answered yet. */
  protected abstract abandon(): void;

  protected setUp(): void {
    this.state = 'up';
    this.#answered.resolve();
    this.emit('answered');
  }

  protected setConfirmed(): void {
    this.#confirmed.resolve();
    this.emit('confirmed');
  }

  protected finish(end: CallEnd): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    const error = new Error(`call ended: ${end.reason}${end.status === undefined ? '' : ` (${end.status})`}`);
    this.#answered.reject(error);
    this.#confirmed.reject(error);
    this.line.forget(this.callId, this.localTag);
    void this.audio?.close();
    this.#ended.resolve(end);
    this.emit('ended', end);
  }

  /**
   * Sends or repeats the ACK of a 2xx. An aware phone uses every path when the 2xx did not come the way its INVITE went
   * first, or came again: either says that a path is broken, and an ACK has no answer to notice that by.
   */
  protected acknowledge(sending: Sending, response: SipResponse, from: Place): void {
    const dialog = this.dialog;
    if (!dialog) return;
    const { seq } = response.headers.cseq;
    const again = this.#lastAck?.seq === seq;
    if (!again) {
      const request = requestInDialog(dialog, 'ACK', seq, { contact: this.line.contact });
      const places = this.line.order(placesOfDialog(dialog, this.line.aware));
      this.#lastAck = { data: this.line.writeAck(request), seq, places, sentTo: 0, sentAt: 0 };
    }
    const ack = this.#lastAck;
    if (!ack) return;
    const first = sending.transaction.firstChoice;
    const detour = first !== undefined && placeKey(first) !== placeKey(from);
    const everywhere = this.line.aware && ack.places.length > 1 && (again || detour);
    const note = everywhere ? `all paths: the 2xx ${again ? 'came twice' : 'came from an alternate'}` : again ? 'repeated' : undefined;
    ack.sentAt = this.line.now();
    ack.sentTo = everywhere ? ack.places.length - 1 : 0;
    for (const to of everywhere ? ack.places : ack.places.slice(0, 1)) this.line.sendAck(ack.data, to, note);
  }

  /** The INVITE's server transaction whose 2xx waits for an ACK. */
  protected expectAck(transaction: ServerTransaction): void {
    this.#unconfirmed = { seq: transaction.request.headers.cseq.seq, transaction };
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
  }

  /** The session description that offers this phone's audio; none where it has none. */
  protected offer(direction: Direction = 'sendrecv'): string | undefined {
    const { audio } = this;
    if (!audio) return undefined;
    return writeSessionDescription(offerAudio({ address: audio.address, port: audio.port, direction, username: this.line.user }));
  }

  /** The answer to an offer, and audio to where it points; an offer when there was none (§13.2.1). */
  protected answerTo(content: string | undefined): string | undefined {
    const { audio } = this;
    if (!audio) return undefined;
    const offer = parseSessionDescription(content ?? '');
    if (!offer.ok) return this.offer();
    const answer = answerAudio(offer.value, { address: audio.address, port: audio.port, username: this.line.user });
    if (!answer.ok) return undefined;
    this.startAudio(content, audioOf(answer.value)?.direction ?? 'inactive');
    return writeSessionDescription(answer.value);
  }

  /** Sends audio to where the other side's description points, as far as our own direction lets us. */
  protected startAudio(content: string | undefined, ours: Direction): void {
    const session = parseSessionDescription(content ?? '');
    const view = session.ok ? audioOf(session.value) : undefined;
    if (view) this.audio?.start({ host: view.address, port: view.port }, sends(ours) && view.direction !== 'sendonly');
  }

  #sendBye(end: CallEnd): void {
    const dialog = this.dialog;
    if (!dialog) return this.finish(end);
    this.state = 'ending';
    this.audio?.stop();
    this.#request(dialog, 'BYE', undefined, (response) => {
      const agreed = response !== undefined && response.status < 300;
      this.finish({
        ...end,
        clean: end.clean && agreed,
        status: response?.status,
        detail: end.detail ?? (response ? undefined : 'no answer to BYE'),
      });
    });
  }

  #request(
    dialog: Dialog,
    method: string,
    content: string | undefined,
    done: (response: SipResponse | undefined, from: Place) => void,
  ): Sending {
    const headers = content === undefined ? {} : { 'content-type': 'application/sdp' };
    const sending = this.line.send({
      write: (): SipRequest => requestInDialog(dialog, method, (dialog.localSeq += 1), { contact: this.line.contact, headers, content }),
      places: placesOfDialog(dialog, this.line.aware),
      handle: (output) => {
        if (output.kind === 'final') done(output.response, output.from);
        else if (output.kind === 'failed') done(undefined, { host: '', port: 0 });
        else if (output.kind === 'success-again') this.acknowledge(sending, output.response, output.from);
      },
    });
    return sending;
  }

  #handleBye(transaction: ServerTransaction): void {
    this.line.respond(transaction, 200, 'OK');
    // A BYE that crosses ours: both users hung up, and our own transaction tells the end.
    if (this.state !== 'ending') this.finish({ reason: 'remote hung up', clean: true });
  }

  #handleReinvite(transaction: ServerTransaction, dialog: Dialog): void {
    if (this.#reinviteUnderWay) return this.line.respond(transaction, 491, 'Request Pending');
    const { request } = transaction;
    refreshTarget(dialog, request.headers);
    const content = this.answerTo(request.content);
    if (this.audio && content === undefined) return this.line.respond(transaction, 488, 'Not Acceptable Here');
    this.expectAck(transaction);
    const headers = { contact: [this.line.contact], ...(content === undefined ? {} : { 'content-type': 'application/sdp' }) };
    this.line.respond(transaction, 200, 'OK', { headers, content });
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
