// A network phone: one user at one UDP port. What belongs to which call, and what a phone answers by itself, is decided
// here; bytes, transactions and time are the transaction layer's.
import { AudioStream } from '../audio/audio-stream.js';
import { toneOfName } from '../audio/tone.js';
import type { Place } from '../sip/alternates.js';
import type { SipAddress, SipHeaders, SipRequest, SipResponse } from '../sip/npm-sip.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import type { PhoneTimers } from '../sip/timers.js';
import type { PhoneCall } from './call.js';
import { IncomingCall } from './incoming-call.js';
import type { Line } from './line.js';
import { OutgoingCall, type OutgoingOptions } from './outgoing-call.js';
import type { PhoneOptions } from './phone-options.js';
import type { PhoneMessage, PhoneNotice } from './trace.js';
import { now, placesOfText, token, TransactionLayer } from './transaction-layer.js';

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

const ALLOW = 'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, MESSAGE, NOTIFY';

export class NetworkPhone {
  readonly user: string;
  readonly domain: string;
  readonly aware: boolean;
  readonly timers: PhoneTimers;
  readonly #calls = new Map<string, PhoneCall>();
  readonly #everyCall = new Set<PhoneCall>();
  readonly #line: Line;
  readonly #registerCallId: string;
  #registerSeq = 0;
  #incoming: (call: IncomingCall) => void = (call) => call.reject(480, 'Temporarily Unavailable');

  private constructor(
    private readonly options: PhoneOptions,
    private readonly layer: TransactionLayer,
  ) {
    this.user = options.user;
    this.domain = options.domain;
    this.aware = options.aware ?? false;
    this.timers = layer.timers;
    this.#registerCallId = `${token()}@${layer.address}`;
    this.#line = this.#makeLine();
  }

  /**
   * Binds the phone's address.
   *
   * @throws the system's error when the address cannot be had.
   */
  static async open(options: PhoneOptions): Promise<NetworkPhone> {
    const opened: { phone?: NetworkPhone } = {};
    const layer = await TransactionLayer.open(options, {
      request: (transaction) => opened.phone?.onRequest(transaction),
      ack: (request) => opened.phone?.onAck(request),
      settled: (transaction, acknowledged) => opened.phone?.onSettled(transaction, acknowledged),
      unreachable: (to) => opened.phone?.onUnreachable(to),
    });
    opened.phone = new NetworkPhone(options, layer);
    return opened.phone;
  }

  get address(): string {
    return this.layer.address;
  }

  get port(): number {
    return this.layer.port;
  }

  get contact(): SipAddress {
    return { uri: `sip:${this.user}@${this.address}:${this.port}`, params: {} };
  }

  /** `sip:user@domain`. */
  get identity(): string {
    return `sip:${this.user}@${this.domain}`;
  }

  /** Every message sent and received, in order. */
  get messages(): readonly PhoneMessage[] {
    return this.layer.messages;
  }

  /** Every address that the network said cannot be reached, in order. */
  get notices(): readonly PhoneNotice[] {
    return this.layer.notices;
  }

  /** Datagrams that were no SIP message to npm `sip`. */
  get unreadable(): number {
    return this.layer.unreadable;
  }

  /** Told of every message as it passes. @returns what ends it. */
  watch(watcher: (message: PhoneMessage) => void): () => void {
    this.layer.watchers.add(watcher);
    return () => this.layer.watchers.delete(watcher);
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

  /** Calls a SIP URI. Listeners may be added until the current job ends; then the INVITE goes out. */
  call(uri: string, options?: OutgoingOptions): OutgoingCall {
    const call = new OutgoingCall(this.#line, uri, options);
    this.#remember(call);
    setImmediate(() => {
      if (!this.layer.closed) void call.start();
    });
    return call;
  }

  /** Who takes calls; without it they are refused with 480. */
  onIncoming(taker: (call: IncomingCall) => void): void {
    this.#incoming = taker;
  }

  /**
   * Sends a request outside any call and waits for its final response, whatever that is.
   *
   * @throws PhoneRequestError without status when nothing answers.
   */
  request(free: FreeRequest): Promise<SipResponse> {
    const tag = token();
    const callId = `${token()}@${this.address}`;
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
    return this.#transact(write, free.method);
  }

  /** Stops at once, in the middle of whatever goes on; settles when every port is free. */
  async close(): Promise<void> {
    await Promise.all([this.layer.close(), ...[...this.#everyCall].map((call) => call.close())]);
  }

  async #registerFor(expiresS: number): Promise<Registration> {
    const tag = token();
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
    const response = await this.#transact(write, 'REGISTER');
    const minimum = Number(response.headers['min-expires']);
    if (response.status === 423 && minimum > expiresS) throw new TooBrief(minimum);
    if (response.status >= 300) throw new PhoneRequestError('REGISTER', response.status, response.reason);
    const { contact } = response.headers;
    return { status: response.status, contacts: Array.isArray(contact) ? contact : [], response };
  }

  #transact(write: () => SipRequest, method: string): Promise<SipResponse> {
    return new Promise((resolve, reject) => {
      this.layer.send({
        write,
        places: this.#outbound,
        handle: (output) => {
          if (output.kind === 'final') resolve(output.response);
          else if (output.kind === 'failed') reject(new PhoneRequestError(method, undefined, output.cause));
        },
      });
    });
  }

  get #outbound(): Place[] {
    return this.options.outbound.flatMap((text) => placesOfText(text));
  }

  #makeLine(): Line {
    return {
      user: this.user,
      aware: this.aware,
      timers: this.timers,
      contact: this.contact,
      identity: this.identity,
      outbound: this.#outbound,
      now,
      token,
      order: (places) => this.layer.order(places),
      send: (plan) => this.layer.send(plan),
      writeAck: (request) => this.layer.writeAck(request),
      sendAck: (data, to, note) => this.layer.transmit(data, to, note),
      respond: (transaction, status, reason, parts) => this.layer.respond(transaction, status, reason, parts),
      openAudio: () => this.#openAudio(),
      forget: (callId, localTag) => this.#calls.delete(callKey(callId, localTag)),
    };
  }

  async #openAudio(): Promise<AudioStream | undefined> {
    if (this.options.audio === false) return undefined;
    return AudioStream.open(this.address, this.options.toneHz ?? toneOfName(this.user));
  }

  private onRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    const toTag = request.headers.to.params['tag'];
    if (request.method === 'CANCEL') this.#onCancel(transaction);
    else if (toTag) this.#onRequestInDialog(transaction, toTag);
    else if (request.method === 'INVITE') this.#onInvite(transaction);
    else this.#serve(transaction);
  }

  private onAck(request: SipRequest): void {
    const toTag = request.headers.to.params['tag'] ?? '';
    this.#calls.get(callKey(request.headers['call-id'], toTag))?.handleAck(request.headers.cseq.seq);
  }

  private onSettled(transaction: ServerTransaction, acknowledged: boolean): void {
    for (const call of [...this.#calls.values()]) call.settleAck(transaction, acknowledged);
  }

  private onUnreachable(to: Place): void {
    for (const call of [...this.#calls.values()]) call.handleUnreachable(to);
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
    if (this.layer.isMerged(transaction)) return this.layer.respond(transaction, 482, 'Loop Detected');
    const call = new IncomingCall(this.#line, transaction);
    this.#remember(call);
    this.#incoming(call);
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
    this.#everyCall.add(call);
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
