// What lies between a phone's network and its calls: transactions, the trace, known-dead addresses, the phone's own DNS,
// and the one timer that drives all machines. What a message means to a user is decided in phone-rig.ts.
import { isIPv4 } from 'node:net';
import { FadingHealth, type Millis, NEVER, parseHostPort } from '@altpath/core';
import { alternatesOfVia, distinct, type Place, placeKey } from '../sip/alternates.js';
import { type ClientOutput, ClientTransaction } from '../sip/client-transaction.js';
import { answerChallenge, type DigestAnswer } from '../sip/digest.js';
import {
  isResponse,
  parseMessage,
  portOf,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  type SipVia,
  summaryOf,
  writeMessage,
} from '../sip/npm-sip.js';
import { type ServerOutput, ServerTransaction } from '../sip/server-transaction.js';
import { type PhoneTimers, phoneTimers } from '../sip/timers.js';
import type { RequestPlan, ResponseParts, Sending } from './line.js';
import type { PhoneOptions } from './phone-options.js';
import type { PhoneSurroundings } from './surroundings.js';
import { Trace } from './trace.js';

/** What the layer hands up. */
export interface LayerEvents {
  /** A request that belongs to no transaction yet, ACK excepted. */
  readonly request: (transaction: ServerTransaction) => void;
  /** An ACK that acknowledges no failure of ours: that of a 2xx. */
  readonly ack: (request: SipRequest) => void;
  /** The final response to an INVITE was acknowledged, or 64 T1 passed without. */
  readonly settled: (transaction: ServerTransaction, acknowledged: boolean) => void;
  readonly unreachable: (to: Place) => void;
}

export class TransactionLayer {
  readonly timers: PhoneTimers;
  readonly trace = new Trace();
  /** Datagrams that were no SIP message to npm `sip`. */
  unreadable = 0;
  readonly #health: FadingHealth;
  readonly #clients = new Set<ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  #callOff: (() => void) | undefined;
  #timerAt: Millis = NEVER;
  #stopped = false;

  constructor(
    private readonly options: PhoneOptions,
    /** Its own, as its Via names it. */
    private readonly place: Place,
    private readonly around: PhoneSurroundings,
    private readonly events: LayerEvents,
  ) {
    this.timers = phoneTimers(options.timers);
    this.#health = new FadingHealth(this.timers.downFor);
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  get #aware(): boolean {
    return this.options.aware ?? false;
  }

  /** Stops every machine; nothing is sent or heard any more. */
  stop(): void {
    this.#stopped = true;
    this.#callOff?.();
    this.#clients.clear();
    this.#servers.clear();
  }

  /** Random text for tags and Call-IDs: 48 bits. */
  token(): string {
    return Array.from({ length: 2 }, () =>
      Math.floor(this.around.random() * 2 ** 24)
        .toString(16)
        .padStart(6, '0'),
    ).join('');
  }

  /** Sends in a transaction; a challenge is answered once, by a second transaction under a new CSeq number. */
  send(plan: RequestPlan): Sending {
    const request = plan.write();
    const handle = (output: ClientOutput): void => {
      if (output.kind === 'send') return this.transmit(output.data, output.to, output.note);
      const login = output.kind === 'final' ? this.#login(output.response, sending.request) : undefined;
      if (!login) return plan.handle(output);
      const { headers } = plan.write();
      headers[login.header] = [login.credentials];
      sending.request = { ...sending.request, headers };
      sending.transaction = this.#make(sending.request, plan, (again) => {
        if (again.kind === 'send') this.transmit(again.data, again.to, again.note);
        else plan.handle(again);
      });
      this.#start(sending.transaction);
    };
    const sending: Sending = { request, transaction: this.#make(request, plan, handle) };
    this.#start(sending.transaction);
    return sending;
  }

  /** Writes a request that gets no answer, with a branch of its own. */
  writeAck(request: SipRequest): Buffer {
    return writeMessage({ ...request, headers: { ...request.headers, via: [this.#via(this.#newBranch())] } });
  }

  /** Answers in a server transaction; a To tag is added where there is none (never to a 100). */
  respond(transaction: ServerTransaction, status: number, reason: string, parts: ResponseParts = {}): void {
    const { headers } = transaction.request;
    const toTag = headers.to.params['tag'] ?? (status === 100 ? undefined : (parts.toTag ?? this.token()));
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
    transaction.respond(status, writeMessage(response), this.around.now());
    this.#schedule();
  }

  /** Literals as they are, names by the phone's own table; each place once. */
  resolve(places: readonly Place[]): Place[] {
    const { names = {} } = this.options;
    return distinct(
      places.flatMap((place) => {
        if (isIPv4(place.host)) return [place];
        return (names[place.host.toLowerCase()] ?? []).flatMap((text) => placesOfText(text, place.port));
      }),
    );
  }

  /** The same, what is known dead last. */
  order(places: readonly Place[]): Place[] {
    const resolved = this.resolve(places);
    const isDown = (place: Place): boolean => this.#health.isDown(placeKey(place), this.around.now());
    return [...resolved.filter((place) => !isDown(place)), ...resolved.filter(isDown)];
  }

  /** Sends one datagram, and notes it down. */
  transmit(data: Buffer, to: Place, note: string | undefined): void {
    if (this.#stopped) return;
    const message = parseMessage(data) as SipMessage;
    this.#record('out', data, to, summaryOf(message), note);
    this.around.send(data, to);
  }

  /** The INVITE's transaction that a CANCEL means. */
  inviteOf(cancel: SipRequest): ServerTransaction | undefined {
    return this.#servers.get(serverKey(cancel, 'INVITE'));
  }

  /** RFC 3261 §8.2.2.2: the same request by another way is under work already. */
  isMerged(transaction: ServerTransaction): boolean {
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

  /** `emit` hears nothing before it is started. */
  #make(request: SipRequest, plan: RequestPlan, emit: (output: ClientOutput) => void): ClientTransaction {
    const bytes = (message: SipRequest, branch: string): Buffer =>
      writeMessage({ ...message, headers: { ...message.headers, via: [this.#via(branch)] } });
    return new ClientTransaction({
      method: request.method,
      write: (branch) => bytes(request, branch),
      writeAck: (branch, response) => bytes(ackOfFailure(request, response), branch),
      newBranch: () => plan.branch ?? this.#newBranch(),
      targets: this.resolve(plan.places),
      aware: this.#aware,
      timers: this.timers,
      health: this.#health,
      emit,
    });
  }

  #start(transaction: ClientTransaction): void {
    this.#clients.add(transaction);
    transaction.start(this.around.now());
    this.#schedule();
  }

  /** The answer to a challenge, where there is a password and it was not tried yet. */
  #login(response: SipResponse, request: SipRequest): DigestAnswer | undefined {
    const { password } = this.options;
    if (password === undefined || (response.status !== 401 && response.status !== 407)) return undefined;
    const { method, uri } = request;
    const answer = answerChallenge(response, { user: this.options.user, password, method, uri, cnonce: this.token() });
    return answer && request.headers[answer.header] ? undefined : answer;
  }

  #via(branch: string): SipVia {
    return { version: '2.0', protocol: 'UDP', ...this.place, params: { branch, rport: null } };
  }

  #newBranch(): string {
    return `z9hG4bK${this.token()}${this.token()}`;
  }

  /** A datagram came. */
  receive(data: Buffer, from: Place): void {
    if (this.#stopped) return;
    const message = parseMessage(data);
    if (!message) {
      this.unreadable += 1;
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
      if (transaction.branch === branch && transaction.method === method) return transaction.receive(response, from, this.around.now());
    }
  }

  #onRequest(request: SipRequest, from: Place): void {
    const key = serverKey(request, request.method);
    const known = this.#servers.get(key);
    if (request.method === 'ACK') {
      if (known && known.status >= 300) known.acknowledge(this.around.now());
      else this.events.ack(request);
    } else if (known) {
      known.again(from, this.around.now());
    } else {
      this.events.request(this.#openServer(request, from, key));
    }
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
        otherPlaces: this.resolve([{ host: via.host, port: portOf(via) }, ...(this.#aware ? alternatesOfVia(via) : [])]),
        aware: this.#aware,
        sendsTrying: this.options.sendsTrying ?? true,
        timers: this.timers,
        health: this.#health,
        emit: (output) => this.#onServerOutput(transaction, output),
      },
      this.around.now(),
    );
    this.#servers.set(key, transaction);
    return transaction;
  }

  #onServerOutput(transaction: ServerTransaction, output: ServerOutput): void {
    if (output.kind === 'send') this.transmit(output.data, output.to, output.note);
    else if (output.kind === 'trying') this.respond(transaction, 100, 'Trying');
    else this.events.settled(transaction, output.kind === 'acknowledged');
  }

  /** Nothing listens there, or nothing can be sent there. */
  unreachable(to: Place, code: string): void {
    if (this.#stopped) return;
    const at = this.around.now();
    this.trace.notice({ at, peer: placeKey(to), code });
    this.#health.markDown(placeKey(to), at);
    for (const transaction of [...this.#clients]) transaction.unreachable(to, at);
    for (const transaction of [...this.#servers.values()]) transaction.unreachable(to, at);
    this.events.unreachable(to);
    this.#schedule();
  }

  #record(direction: 'in' | 'out', data: Buffer, other: Place, summary: string, note: string | undefined): void {
    this.trace.pass({ at: this.around.now(), direction, peer: placeKey(other), summary, text: data.toString('latin1'), note });
  }

  #schedule(): void {
    if (this.#stopped) return;
    let next: Millis = NEVER;
    for (const transaction of this.#clients) next = Math.min(next, transaction.deadline());
    for (const transaction of this.#servers.values()) next = Math.min(next, transaction.deadline());
    if (next === this.#timerAt) return;
    this.#timerAt = next;
    this.#callOff?.();
    this.#callOff = next === NEVER ? undefined : this.around.later(Math.max(0, next - this.around.now()), () => this.#tick());
  }

  #tick(): void {
    const at = this.around.now();
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

/** A place from `host` or `host:port`; nothing for what is neither. */
export function placesOfText(text: string, defaultPort = 5060): Place[] {
  const place = parseHostPort(text);
  return place ? [{ host: place.host, port: place.port ?? defaultPort }] : [];
}
