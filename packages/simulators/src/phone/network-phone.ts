// A network phone: one user at one UDP port. It joins wire, transactions and calls, keeps the trace, and owns the one
// timer that drives all machines. Nothing here decides what a message means beyond which call it belongs to.
import { randomBytes } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { FadingHealth, type Millis, NEVER, parseHostPort } from '@altpath/core';
import { AudioStream } from '../audio/audio-stream.js';
import { toneOfName } from '../audio/tone.js';
import { alternatesOfVia, distinct, type Place, placeKey } from '../sip/alternates.js';
import { type ClientOutput, ClientTransaction } from '../sip/client-transaction.js';
import { answerChallenge } from '../sip/digest.js';
import {
  isResponse,
  parseMessage,
  portOf,
  type SipAddress,
  type SipHeaders,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  type SipVia,
  summaryOf,
  writeMessage,
} from '../sip/npm-sip.js';
import { type ServerOutput, ServerTransaction } from '../sip/server-transaction.js';
import { type PhoneTimers, phoneTimers, type TimerSettings } from '../sip/timers.js';
import type { PhoneCall } from './call.js';
import { IncomingCall } from './incoming-call.js';
import type { Line, RequestPlan, ResponseParts, Sending } from './line.js';
import { OutgoingCall, type OutgoingOptions } from './outgoing-call.js';
import type { PhoneMessage, PhoneNotice } from './trace.js';
import { PhoneWire } from './wire.js';

export interface PhoneOptions {
  readonly user: string;
  readonly domain: string;
  /** Next hops in order, `host` or `host:port`: where requests outside a dialog go. */
  readonly outbound: readonly string[];
  /** An IPv4 literal of this machine. */
  readonly address: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Understands path attributes. Default false: a stock phone. */
  readonly aware?: boolean;
  readonly timers?: TimerSettings;
  /** For digest challenges; without it a challenge is a refusal. */
  readonly password?: string;
  /** The phone's DNS: name to `host` or `host:port`, in order. Nothing else is ever asked. */
  readonly names?: Readonly<Record<string, readonly string[]>>;
  /** Real RTP with a tone; default true. Without it calls carry no session description. */
  readonly audio?: boolean;
  /** Multiple of 50; default one made from the user's name. */
  readonly toneHz?: number;
  /** Send a 100 by itself when an INVITE is not answered within 200 ms; default true. */
  readonly sendsTrying?: boolean;
}

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
  readonly #wire: PhoneWire;
  readonly #health: FadingHealth;
  readonly #messages: PhoneMessage[] = [];
  readonly #notices: PhoneNotice[] = [];
  readonly #watchers = new Set<(message: PhoneMessage) => void>();
  readonly #clients = new Set<ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  readonly #calls = new Map<string, PhoneCall>();
  readonly #everyCall = new Set<PhoneCall>();
  readonly #line: Line;
  #incoming: (call: IncomingCall) => void = (call) => call.reject(480, 'Temporarily Unavailable');
  #timer: NodeJS.Timeout | undefined;
  #timerAt: Millis = NEVER;
  #closed = false;
  #unreadable = 0;
  readonly #registerCallId: string;
  #registerSeq = 0;

  private constructor(
    private readonly options: PhoneOptions,
    wire: PhoneWire,
  ) {
    this.user = options.user;
    this.domain = options.domain;
    this.aware = options.aware ?? false;
    this.timers = phoneTimers(options.timers);
    this.#health = new FadingHealth(this.timers.downFor);
    this.#wire = wire;
    this.#registerCallId = `${token()}@${this.#wire.address}`;
    this.#line = this.#makeLine();
  }

  /**
   * Binds the phone's address.
   *
   * @throws the system's error when the address cannot be had.
   */
  static async open(options: PhoneOptions): Promise<NetworkPhone> {
    let phone: NetworkPhone | undefined;
    const wire = await PhoneWire.open(options.address, options.port ?? 0, {
      received: (data, from) => {
        if (phone) phone.#onDatagram(data, from);
      },
      unreachable: (to, code) => {
        if (phone) phone.#onUnreachable(to, code);
      },
    });
    phone = new NetworkPhone(options, wire);
    return phone;
  }

  get address(): string {
    return this.#wire.address;
  }

  get port(): number {
    return this.#wire.port;
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
    return this.#messages;
  }

  /** Every address that the network said cannot be reached, in order. */
  get notices(): readonly PhoneNotice[] {
    return this.#notices;
  }

  /** Datagrams that were no SIP message to npm `sip`. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /** Told of every message as it passes. @returns what ends it. */
  watch(watcher: (message: PhoneMessage) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
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
      if (!this.#closed) void call.start();
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
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#clients.clear();
    this.#servers.clear();
    await Promise.all([this.#wire.close(), ...[...this.#everyCall].map((call) => call.close())]);
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
      this.#send({
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
    return this.options.outbound.flatMap((text) => placeOf(text, 5060));
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
      order: (places) => this.#order(places),
      send: (plan) => this.#send(plan),
      writeAck: (request) => writeMessage({ ...request, headers: { ...request.headers, via: [this.#via(newBranch())] } }),
      sendAck: (data, to, note) => this.#transmit(data, to, note),
      respond: (transaction, status, reason, parts) => this.#respond(transaction, status, reason, parts),
      openAudio: () => this.#openAudio(),
      forget: (callId, localTag) => this.#calls.delete(callKey(callId, localTag)),
    };
  }

  async #openAudio(): Promise<AudioStream | undefined> {
    if (this.options.audio === false) return undefined;
    return AudioStream.open(this.address, this.options.toneHz ?? toneOfName(this.user));
  }

  // --- requests ------------------------------------------------------------------------------------------------

  /** Sends in a transaction; a challenge is answered once, by a second transaction under a new CSeq number. */
  #send(plan: RequestPlan): Sending {
    const request = plan.write();
    const sending: Sending = { request, transaction: undefined as unknown as ClientTransaction };
    const handle = (output: ClientOutput): void => {
      if (output.kind === 'send') return this.#transmit(output.data, output.to, output.note);
      const login = output.kind === 'final' ? this.#login(output.response, sending.request) : undefined;
      if (!login) return plan.handle(output);
      sending.request = { ...login, headers: { ...plan.write().headers, ...login.headers } };
      this.#start(sending, plan, (again) => {
        if (again.kind === 'send') this.#transmit(again.data, again.to, again.note);
        else plan.handle(again);
      });
    };
    this.#start(sending, plan, handle);
    return sending;
  }

  #start(sending: Sending, plan: RequestPlan, emit: (output: ClientOutput) => void): void {
    const { request } = sending;
    const bytes = (message: SipRequest, branch: string): Buffer =>
      writeMessage({ ...message, headers: { ...message.headers, via: [this.#via(branch)] } });
    sending.transaction = new ClientTransaction({
      method: request.method,
      write: (branch) => bytes(request, branch),
      writeAck: (branch, response) => bytes(ackOfFailure(request, response), branch),
      newBranch: () => plan.branch ?? newBranch(),
      targets: this.#resolve(plan.places),
      aware: this.aware,
      timers: this.timers,
      health: this.#health,
      emit,
    });
    this.#clients.add(sending.transaction);
    sending.transaction.start(now());
    this.#schedule();
  }

  /** The credentials headers for a challenge, where there is a password and they were not tried yet. */
  #login(response: SipResponse, request: SipRequest): SipRequest | undefined {
    const { password } = this.options;
    if (password === undefined || (response.status !== 401 && response.status !== 407)) return undefined;
    const { method, uri } = request;
    const answer = answerChallenge(response, { user: this.user, password, method, uri, cnonce: token() });
    if (!answer || request.headers[answer.header]) return undefined;
    return { ...request, headers: { [answer.header]: [answer.credentials] } as unknown as SipHeaders };
  }

  #via(branch: string): SipVia {
    return { version: '2.0', protocol: 'UDP', host: this.address, port: this.port, params: { branch, rport: null } };
  }

  // --- responses -----------------------------------------------------------------------------------------------

  #respond(transaction: ServerTransaction, status: number, reason: string, parts: ResponseParts = {}): void {
    const { headers } = transaction.request;
    const toTag = headers.to.params['tag'] ?? (status === 100 ? undefined : (parts.toTag ?? token()));
    const response: SipResponse = {
      status,
      reason,
      headers: {
        via: headers.via,
        'record-route': status === 100 ? undefined : headers['record-route'],
        from: headers.from,
        to: toTag === undefined ? headers.to : { ...headers.to, params: { ...headers.to.params, tag: toTag } },
        'call-id': headers['call-id'],
        cseq: headers.cseq,
        ...parts.headers,
      },
      content: parts.content,
    };
    transaction.respond(status, writeMessage(response), now());
    this.#schedule();
  }

  // --- what comes in ---------------------------------------------------------------------------------------------

  #onDatagram(data: Buffer, from: Place): void {
    if (this.#closed) return;
    const message = parseMessage(data);
    if (!message) {
      this.#unreadable += 1;
      return;
    }
    this.#record('in', data, from, summaryOf(message), undefined);
    this.#health.markUp(placeKey(from));
    if (isResponse(message)) this.#onResponse(message, from);
    else this.#onRequest(message, from);
    this.#schedule();
  }

  #onResponse(response: SipResponse, from: Place): void {
    const branch = response.headers.via[0]?.params['branch'];
    const { method } = response.headers.cseq;
    for (const transaction of this.#clients) {
      if (transaction.branch === branch && transaction.method === method) return transaction.receive(response, from, now());
    }
  }

  #onRequest(request: SipRequest, from: Place): void {
    const key = serverKey(request, request.method);
    if (request.method === 'ACK') return this.#onAck(request, key);
    const known = this.#servers.get(key);
    if (known) return known.again(from, now());
    const transaction = this.#openServer(request, from, key);
    if (request.method === 'CANCEL') return this.#onCancel(transaction);
    const toTag = request.headers.to.params['tag'];
    if (toTag) {
      const call = this.#calls.get(callKey(request.headers['call-id'], toTag));
      if (call) call.handleRequest(transaction);
      else this.#respond(transaction, 481, 'Call Does Not Exist');
    } else if (request.method === 'INVITE') {
      this.#onInvite(transaction);
    } else {
      this.#serve(transaction);
    }
  }

  #onAck(request: SipRequest, key: string): void {
    const transaction = this.#servers.get(key);
    if (transaction && transaction.status >= 300) return transaction.acknowledge(now());
    const toTag = request.headers.to.params['tag'] ?? '';
    this.#calls.get(callKey(request.headers['call-id'], toTag))?.handleAck(request.headers.cseq.seq);
  }

  #onCancel(transaction: ServerTransaction): void {
    const invite = this.#servers.get(serverKey(transaction.request, 'INVITE'));
    if (!invite) return this.#respond(transaction, 481, 'No Such INVITE');
    this.#respond(transaction, 200, 'OK');
    for (const call of this.#calls.values()) {
      if (call instanceof IncomingCall && call.request === invite.request) return call.handleCancel();
    }
  }

  #onInvite(transaction: ServerTransaction): void {
    if (this.#isMerged(transaction)) return this.#respond(transaction, 482, 'Loop Detected');
    const call = new IncomingCall(this.#line, transaction);
    this.#remember(call);
    this.#incoming(call);
  }

  /** RFC 3261 §8.2.2.2: the same request by another way is under work already. */
  #isMerged(transaction: ServerTransaction): boolean {
    const { headers } = transaction.request;
    return [...this.#servers.values()].some((other) => {
      const seen = other.request.headers;
      return (
        other !== transaction &&
        other.request.method === transaction.request.method &&
        seen.to.params['tag'] === undefined &&
        seen['call-id'] === headers['call-id'] &&
        seen.cseq.seq === headers.cseq.seq &&
        seen.from.params['tag'] === headers.from.params['tag']
      );
    });
  }

  #serve(transaction: ServerTransaction): void {
    const { method } = transaction.request;
    const headers = { allow: ALLOW };
    if (method === 'BYE') this.#respond(transaction, 481, 'Call Does Not Exist');
    else if (ALLOW.split(', ').includes(method)) this.#respond(transaction, 200, 'OK', { headers });
    else this.#respond(transaction, 405, 'Method Not Allowed', { headers });
  }

  #openServer(request: SipRequest, from: Place, key: string): ServerTransaction {
    const via = request.headers.via[0] as SipVia;
    const asks = Object.hasOwn(via.params, 'rport');
    const source = { host: from.host, port: asks ? from.port : portOf(via) };
    // RFC 3261 §18.2.1 and RFC 3581 §4: what the topmost Via did not know is written into it.
    if (asks) via.params['rport'] = String(from.port);
    if (asks || via.host !== from.host) via.params['received'] = from.host;
    const transaction: ServerTransaction = new ServerTransaction(
      {
        request,
        source,
        otherPlaces: this.#resolve([{ host: via.host, port: portOf(via) }, ...(this.aware ? alternatesOfVia(via) : [])]),
        aware: this.aware,
        sendsTrying: this.options.sendsTrying ?? true,
        timers: this.timers,
        health: this.#health,
        emit: (output) => this.#onServerOutput(transaction, output),
      },
      now(),
    );
    this.#servers.set(key, transaction);
    return transaction;
  }

  #onServerOutput(transaction: ServerTransaction, output: ServerOutput): void {
    if (output.kind === 'send') this.#transmit(output.data, output.to, output.note);
    else if (output.kind === 'trying') this.#respond(transaction, 100, 'Trying');
    else for (const call of this.#calls.values()) call.settleAck(transaction, output.kind === 'acknowledged');
  }

  #onUnreachable(to: Place, code: string): void {
    if (this.#closed) return;
    const at = now();
    this.#notices.push({ at, peer: placeKey(to), code });
    this.#health.markDown(placeKey(to), at);
    for (const transaction of [...this.#clients]) transaction.unreachable(to, at);
    for (const transaction of [...this.#servers.values()]) transaction.unreachable(to, at);
    for (const call of [...this.#everyCall]) call.handleUnreachable(to);
    this.#schedule();
  }

  // --- addresses, trace, time ------------------------------------------------------------------------------------

  #resolve(places: readonly Place[]): Place[] {
    const { names = {} } = this.options;
    return distinct(
      places.flatMap((place) => {
        if (isIPv4(place.host)) return [place];
        return (names[place.host.toLowerCase()] ?? []).flatMap((text) => placeOf(text, place.port));
      }),
    );
  }

  #order(places: readonly Place[]): Place[] {
    const resolved = this.#resolve(places);
    const isDown = (place: Place): boolean => this.#health.isDown(placeKey(place), now());
    return [...resolved.filter((place) => !isDown(place)), ...resolved.filter(isDown)];
  }

  #transmit(data: Buffer, to: Place, note: string | undefined): void {
    if (this.#closed) return;
    const message = parseMessage(data) as SipMessage;
    this.#record('out', data, to, summaryOf(message), note);
    this.#wire.send(data, to);
  }

  #record(direction: 'in' | 'out', data: Buffer, other: Place, summary: string, note: string | undefined): void {
    const message: PhoneMessage = { at: now(), direction, peer: placeKey(other), summary, text: data.toString('latin1'), note };
    this.#messages.push(message);
    for (const watcher of this.#watchers) watcher(message);
  }

  #remember(call: PhoneCall): void {
    this.#calls.set(callKey(call.callId, call.localTag), call);
    this.#everyCall.add(call);
  }

  #schedule(): void {
    if (this.#closed) return;
    let next: Millis = NEVER;
    for (const transaction of this.#clients) next = Math.min(next, transaction.deadline());
    for (const transaction of this.#servers.values()) next = Math.min(next, transaction.deadline());
    if (next === this.#timerAt) return;
    this.#timerAt = next;
    clearTimeout(this.#timer);
    this.#timer = next === NEVER ? undefined : setTimeout(() => this.#tick(), Math.max(0, next - now()) + 0.5);
  }

  #tick(): void {
    const at = now();
    this.#timerAt = NEVER;
    for (const transaction of [...this.#clients]) {
      transaction.tick(at);
      if (transaction.terminated) this.#clients.delete(transaction);
    }
    for (const [key, transaction] of [...this.#servers]) {
      transaction.tick(at);
      if (transaction.terminated) this.#servers.delete(key);
    }
    this.#schedule();
  }
}

/** A 423: the registrar wants a longer registration. */
class TooBrief extends PhoneRequestError {
  constructor(readonly minimumS: number) {
    super('REGISTER', 423, 'Interval Too Brief');
  }
}

/** RFC 3261 §17.1.1.3: the ACK of a failure is the INVITE's, but for method and To. */
function ackOfFailure(invite: SipRequest, response: SipResponse): SipRequest {
  const { headers } = invite;
  return {
    method: 'ACK',
    uri: invite.uri,
    headers: {
      via: [],
      'max-forwards': 70,
      route: headers.route,
      from: headers.from,
      to: response.headers.to,
      'call-id': headers['call-id'],
      cseq: { seq: headers.cseq.seq, method: 'ACK' },
    },
  };
}

/** RFC 3261 §17.2.3: branch, sent-by and method; an ACK finds its INVITE. */
function serverKey(request: SipRequest, method: string): string {
  const via = request.headers.via[0] as SipVia;
  const sentBy = `${via.host.toLowerCase()}:${portOf(via)}`;
  return `${via.params['branch'] ?? ''}|${sentBy}|${method === 'ACK' ? 'INVITE' : method}`;
}

function callKey(callId: string, localTag: string): string {
  return `${callId}|${localTag}`;
}

function placeOf(text: string, defaultPort: number): Place[] {
  const place = parseHostPort(text);
  return place ? [{ host: place.host, port: place.port ?? defaultPort }] : [];
}

function token(): string {
  return randomBytes(6).toString('hex');
}

function newBranch(): string {
  return `z9hG4bK${randomBytes(8).toString('hex')}`;
}

/** Wall clock that never goes back. */
function now(): Millis {
  return performance.timeOrigin + performance.now();
}

