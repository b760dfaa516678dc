// A network phone without sockets and clock: one user at one UDP address. What belongs to which call, and what a phone
// answers by itself, is decided here; bytes, transactions and time are the transaction layer's.
import type { Millis } from '@altpath/core';
import { toneOfName } from '../audio/tone.js';
import { Mischief } from '../media-gateway/mischief.js';
import { type Place, placesOfContact } from '../sip/alternates.js';
import { readReferTo, replacesOf, tokensOf } from '../sip/header-words.js';
import type { SipAddress, SipHeaders, SipRequest, SipResponse } from '../sip/npm-sip.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import type { PhoneTimers } from '../sip/timers.js';
import type { PhoneCall } from './call.js';
import { CallSession } from './call-session.js';
import { CallTimeout, Waiting } from './call-wait.js';
import { IncomingCall } from './incoming-call.js';
import type { CallProgress, Line } from './line.js';
import { OutgoingCall, type OutgoingOptions } from './outgoing-call.js';
import type { PhoneMedia } from './phone-media.js';
import type { PhoneOptions } from './phone-options.js';
import type { PhoneSurroundings } from './surroundings.js';
import type { PhoneMessage, PhoneNotice } from './trace.js';
import { placesOfText, TransactionLayer } from './transaction-layer.js';

/** The answer to a REGISTER. */
export interface Registration {
  readonly status: number;
  /** Contacts that the registrar holds, as it wrote them. */
  readonly contacts: readonly SipAddress[];
  readonly response: SipResponse;
}

/** A request outside a call ended without a 2xx. `status` is absent when nothing answered. */
export class PhoneRequestError extends Error {
  constructor(
    readonly method: string,
    readonly status: number | undefined,
    readonly reason: string,
  ) {
    super(`${method} failed: ${status === undefined ? '' : `${status} `}${reason}`);
    this.name = 'PhoneRequestError';
  }
}

/** A request outside a call, as tests write them. */
export interface FreeRequest {
  readonly method: string;
  readonly uri: string;
  readonly headers?: Partial<SipHeaders>;
  readonly content?: string;
}

/** What a phone without sockets must know beside its options. */
export type PhoneRigOptions = PhoneOptions & { readonly port: number };

const ALLOW = 'INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY, MESSAGE';
const DEFAULT_WAIT_MS = 10_000;

/**
 * @example
 * const phone = new PhoneRig({ user: 'alice', domain: 'a.test', outbound: ['10.0.0.11'], address: '10.2.0.1', port: 5060 }, around, new PortNumbers());
 * const call = phone.call('1002');
 * clock.run(100);   // datagrams go through `around.send`, and come by `phone.receive`
 * call.currentState; // ringing
 */
export class PhoneRig {
  readonly user: string;
  readonly domain: string;
  readonly aware: boolean;
  readonly timers: PhoneTimers;
  /** What can go wrong with its network. */
  readonly mischief: Mischief;
  readonly layer: TransactionLayer;
  readonly #calls = new Map<string, PhoneCall>();
  readonly #line: Line;
  readonly #registerCallId: string;
  readonly #waiting: Waiting;
  /** Calls that came and that nobody has waited for yet. */
  readonly #unseen: IncomingCall[] = [];
  #registerSeq = 0;
  #incoming: ((call: IncomingCall) => void) | undefined;

  /** @param media  Undefined where `options.audio` is false. */
  constructor(
    private readonly options: PhoneRigOptions,
    private readonly around: PhoneSurroundings,
    private readonly media: PhoneMedia | undefined,
  ) {
    const { address, port } = options;
    this.user = options.user;
    this.domain = options.domain;
    this.aware = options.aware ?? false;
    const later: PhoneSurroundings['later'] = (delayMs, action) => this.later(delayMs, action);
    this.mischief = new Mischief(() => around.random(), later);
    this.layer = new TransactionLayer(
      options,
      { host: address, port },
      { ...around, later, send: (data, to) => this.mischief.pass(() => around.send(data, to)) },
      {
        request: (transaction) => this.#onRequest(transaction),
        ack: (request) => this.#onAck(request),
        settled: (transaction, acknowledged) => this.#onSettled(transaction, acknowledged),
        unreachable: (to) => this.#onUnreachable(to),
      },
    );
    this.timers = this.layer.timers;
    this.#registerCallId = `${this.layer.token()}@${address}`;
    this.#waiting = new Waiting(later);
    this.#line = this.#makeLine();
  }

  get address(): string {
    return this.options.address;
  }

  get port(): number {
    return this.options.port;
  }

  get contact(): SipAddress {
    return { uri: `sip:${this.user}@${this.address}:${this.port}`, params: {} };
  }

  /** `sip:user@domain`. */
  get identity(): string {
    return `sip:${this.user}@${this.domain}`;
  }

  /** The tone that it sends, in Hz. */
  get toneHz(): number {
    return this.options.toneHz ?? toneOfName(this.user);
  }

  /** Every message sent and received, in order; of very many the newest. */
  get messages(): readonly PhoneMessage[] {
    return this.layer.trace.messages;
  }

  /** Every address that the network said cannot be reached, in order. */
  get notices(): readonly PhoneNotice[] {
    return this.layer.trace.notices;
  }

  /** Datagrams that were no SIP message to npm `sip`. */
  get unreadable(): number {
    return this.layer.unreadable;
  }

  /** Calls that have not ended. */
  get calls(): readonly PhoneCall[] {
    return [...this.#calls.values()];
  }

  /** Told of every message as it passes. @returns what ends it. */
  watch(watcher: (message: PhoneMessage) => void): () => void {
    const { watchers } = this.layer.trace;
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }

  /** A datagram came to its address; the buffer is the phone's to keep. */
  receive(data: Buffer, from: Place): void {
    this.mischief.pass(() => this.layer.receive(data, from));
  }

  /** The network says that nothing gets there; `code` is the system's word. */
  unreachable(to: Place, code = 'ECONNREFUSED'): void {
    if (!this.mischief.silent) this.layer.unreachable(to, code);
  }

  /**
   * Registers this phone's contact.
   *
   * @param expiresS  Seconds; 0 removes the contact. A 423 is followed once.
   * @throws          PhoneRequestError when it is refused or nothing answers.
   */
  async register(expiresS = 3_600): Promise<Registration> {
    try {
      return await this.#registerFor(expiresS);
    } catch (error) {
      const minimum = error instanceof TooBrief ? error.minimumS : undefined;
      if (minimum === undefined) throw error;
      return this.#registerFor(minimum);
    }
  }

  /**
   * Calls a number (a user of the phone's own domain) or a SIP URI. Listeners may be added until the current job ends;
   * then the INVITE goes out.
   */
  call(number: string, options?: OutgoingOptions): OutgoingCall {
    const call = new OutgoingCall(this.#line, this.#uriOf(number), options);
    this.#remember(call);
    this.#line.later(0, () => call.start());
    return call;
  }

  /** Who takes calls; without it they are refused with 480, unless somebody waits for one (`nextCall`). */
  onIncoming(taker: (call: IncomingCall) => void): void {
    this.#incoming = taker;
  }

  /**
   * The next call that comes, or one that came and was not taken by `onIncoming` nor by this. It is not answered in any
   * way yet; from the first time on that this is asked, calls wait to be asked for.
   *
   * @throws CallTimeout when none comes in time.
   */
  async nextCall(timeoutMs = DEFAULT_WAIT_MS): Promise<IncomingCall> {
    this.#incoming ??= (call) => void this.#unseen.push(call);
    const timeout = (): Error => new CallTimeout(this.user, 'called', 'idle');
    await this.#waiting.until(() => (this.#unseen.length > 0 ? true : undefined), timeoutMs, timeout);
    const [call] = this.#unseen.splice(0, 1);
    if (!call) throw timeout();
    return call;
  }

  /**
   * Sends a request outside any call and waits for its final response, whatever that is.
   *
   * @throws PhoneRequestError without status when nothing answers.
   */
  request(free: FreeRequest): Promise<SipResponse> {
    const tag = this.layer.token();
    const callId = `${this.layer.token()}@${this.address}`;
    let seq = 0;
    const write = (): SipRequest => ({
      method: free.method,
      uri: free.uri,
      headers: {
        via: [],
        'max-forwards': 70,
        from: { uri: this.identity, params: { tag } },
        to: { uri: free.uri, params: {} },
        'call-id': callId,
        cseq: { seq: (seq += 1), method: free.method },
        contact: [this.contact],
        ...free.headers,
      },
      content: free.content,
    });
    return this.#transact(write, free.method, free.uri);
  }

  /** Runs something later, unless the phone is stopped by then. @returns how to call it off. */
  later(delayMs: Millis, action: () => void): () => void {
    return this.around.later(delayMs, () => {
      if (!this.layer.stopped) action();
    });
  }

  /** Stops at once, in the middle of whatever goes on, without a word to anybody. */
  stop(): void {
    this.layer.stop();
    for (const call of this.calls) call.session?.end.close();
  }

  async #registerFor(expiresS: number): Promise<Registration> {
    const tag = this.layer.token();
    const write = (): SipRequest => ({
      method: 'REGISTER',
      uri: `sip:${this.domain}`,
      headers: {
        via: [],
        'max-forwards': 70,
        from: { uri: this.identity, params: { tag } },
        to: { uri: this.identity, params: {} },
        'call-id': this.#registerCallId,
        cseq: { seq: (this.#registerSeq += 1), method: 'REGISTER' },
        contact: [this.contact],
        expires: expiresS,
      },
    });
    const response = await this.#transact(write, 'REGISTER', `sip:${this.domain}`);
    const minimum = Number(response.headers['min-expires']);
    if (response.status === 423 && minimum > expiresS) throw new TooBrief(minimum);
    if (response.status >= 300) throw new PhoneRequestError('REGISTER', response.status, response.reason);
    const { contact } = response.headers;
    return { status: response.status, contacts: Array.isArray(contact) ? contact : [], response };
  }

  #transact(write: () => SipRequest, method: string, uri: string): Promise<SipResponse> {
    return new Promise((resolve, reject) => {
      this.layer.send({
        write,
        places: this.#placesFor(uri),
        handle: (output) => {
          if (output.kind === 'final') resolve(output.response);
          else if (output.kind === 'failed') reject(new PhoneRequestError(method, undefined, output.cause));
        },
      });
    });
  }

  #callReferred(by: { readonly callId: string; readonly localTag: string }, referTo: string, progress: CallProgress): void {
    const { uri, replaces } = readReferTo(referTo);
    const next = this.call(uri, replaces === undefined ? {} : { headers: { replaces } });
    for (const event of ['progress', 'answered', 'ended'] as const) next.on(event, progress[event]);
    this.#calls.get(callKey(by.callId, by.localTag))?.emit('referred', next);
  }

  #uriOf(number: string): string {
    return number.includes(':') ? number : `sip:${number}@${this.domain}`;
  }

  /** Its option tags. */
  get #supported(): readonly string[] {
    const { reliable, sessionTimer } = this.options;
    return ['replaces', ...(reliable === 'never' ? [] : ['100rel']), ...(sessionTimer ? ['timer'] : [])];
  }

  #placesFor(uri: string): readonly Place[] {
    const outbound = this.options.outbound.flatMap((text) => placesOfText(text));
    if (outbound.length > 0) return outbound;
    const places = placesOfContact({ uri, params: {} });
    return this.aware ? places : places.slice(0, 1);
  }

  #makeLine(): Line {
    const { layer } = this;
    const { reliable = 'supported', sessionTimer, takesTransfers = true } = this.options;
    return {
      user: this.user,
      aware: this.aware,
      timers: this.timers,
      contact: this.contact,
      identity: this.identity,
      hasAudio: this.options.audio !== false,
      abilities: { allow: ALLOW, supported: this.#supported.join(', ') },
      reliable,
      sessionTimer,
      takesTransfers,
      uriOf: (number) => this.#uriOf(number),
      callReferred: (by, referTo, progress) => this.#callReferred(by, referTo, progress),
      now: () => this.around.now(),
      later: (delayMs, action) => this.later(delayMs, action),
      random: () => this.around.random(),
      token: () => layer.token(),
      placesFor: (uri) => this.#placesFor(uri),
      order: (places) => layer.order(places),
      send: (plan) => layer.send(plan),
      writeAck: (request) => layer.writeAck(request),
      sendAck: (data, to, note) => layer.transmit(data, to, note),
      respond: (transaction, status, reason, parts) => layer.respond(transaction, status, reason, parts),
      openSession: () => this.#openSession(),
      forget: (callId, localTag) => this.#calls.delete(callKey(callId, localTag)),
    };
  }

  #openSession(): CallSession | undefined {
    const end = this.media?.take();
    if (!end) return undefined;
    const sessionId = String(Math.floor(this.around.random() * 2 ** 48));
    return new CallSession(end, { address: this.address, username: this.user, sessionId });
  }

  #onRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    const toTag = request.headers.to.params['tag'];
    if (request.method === 'CANCEL') this.#onCancel(transaction);
    else if (toTag) this.#onRequestInDialog(transaction, toTag);
    else if (request.method === 'INVITE') this.#onInvite(transaction);
    else this.#serve(transaction);
  }

  #onAck(request: SipRequest): void {
    const toTag = request.headers.to.params['tag'] ?? '';
    this.#calls.get(callKey(request.headers['call-id'], toTag))?.handleAck(request);
  }

  #onSettled(transaction: ServerTransaction, acknowledged: boolean): void {
    for (const call of this.calls) call.settleAck(transaction, acknowledged);
  }

  #onUnreachable(to: Place): void {
    for (const call of this.calls) call.handleUnreachable(to);
  }

  #onRequestInDialog(transaction: ServerTransaction, toTag: string): void {
    const call = this.#calls.get(callKey(transaction.request.headers['call-id'], toTag));
    if (call) call.handleRequest(transaction);
    else this.layer.respond(transaction, 481, 'Call Does Not Exist');
  }

  #onCancel(transaction: ServerTransaction): void {
    const invite = this.layer.inviteOf(transaction.request);
    if (!invite) return this.layer.respond(transaction, 481, 'No Such INVITE');
    this.layer.respond(transaction, 200, 'OK');
    for (const call of this.#calls.values()) {
      if (call instanceof IncomingCall && call.request === invite.request) return call.handleCancel();
    }
  }

  #onInvite(transaction: ServerTransaction): void {
    const { layer } = this;
    const { headers } = transaction.request;
    if (layer.isMerged(transaction)) return layer.respond(transaction, 482, 'Loop Detected');
    // §8.1.1.8: without a Contact there is nobody to talk to.
    if (!Array.isArray(headers.contact)) return layer.respond(transaction, 400, 'Missing Contact');
    const unsupported = tokensOf(headers['require']).filter((token) => !this.#supported.includes(token));
    if (unsupported.length > 0) {
      return layer.respond(transaction, 420, 'Bad Extension', { headers: { unsupported: unsupported.join(', ') } });
    }
    const replaced = headers['replaces'] === undefined ? undefined : this.#replacedBy(headers);
    if (headers['replaces'] !== undefined && !replaced) return layer.respond(transaction, 481, 'No Such Call To Replace');
    const call = new IncomingCall(this.#line, transaction);
    this.#remember(call);
    if (call.refuseInterval()) return;
    if (replaced) this.#replace(replaced, call);
    if (this.#incoming) this.#incoming(call);
    else call.reject(480, 'Temporarily Unavailable');
    this.#waiting.look();
  }

  /** The call that an INVITE is to take the place of (RFC 3891 §3). */
  #replacedBy(headers: SipHeaders): PhoneCall | undefined {
    const dialog = replacesOf(headers);
    const call = dialog && this.#calls.get(callKey(dialog.callId, dialog.toTag));
    return call?.currentState === 'up' && call.remoteTag === dialog?.fromTag ? call : undefined;
  }

  #replace(replaced: PhoneCall, call: IncomingCall): void {
    call.replaces = replaced;
    void call.answer();
    void replaced.hangUp();
  }

  #serve(transaction: ServerTransaction): void {
    const { method } = transaction.request;
    const headers = { allow: ALLOW };
    if (method === 'BYE') this.layer.respond(transaction, 481, 'Call Does Not Exist');
    else if (ALLOW.split(', ').includes(method)) this.layer.respond(transaction, 200, 'OK', { headers });
    else this.layer.respond(transaction, 405, 'Method Not Allowed', { headers });
  }

  #remember(call: PhoneCall): void {
    this.#calls.set(callKey(call.callId, call.localTag), call);
  }
}

/** A 423: the registrar wants a longer registration. */
class TooBrief extends PhoneRequestError {
  constructor(readonly minimumS: number) {
    super('REGISTER', 423, 'Interval Too Brief');
  }
}

function callKey(callId: string, localTag: string): string {
  return `${callId}|${localTag}`;
}
