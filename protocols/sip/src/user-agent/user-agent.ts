// The user agent: SIP's half of call control. INVITEs for the controller become parties, orders for parties become requests and
// responses, and what telephones do is told. Legs stand here under their names, and their dialogs under Call-ID and tags.
import {
  type CallControlPort,
  type HalfCallEvent,
  type HalfCallPort,
  type HalfCallRole,
  type HalfCallState,
  type LineName,
  type Notice,
} from '@altpath/call-control';
import { type Hop, type Millis, NEVER } from '@altpath/core';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import type { Passage } from '../proxy/forward.js';
import type { Inbound } from '../proxy/inbound.js';
import type { CallService } from '../proxy/proxy.js';
import type { StrayService } from '../proxy/stand-in.js';
import type { Transactions } from '../proxy/transactions.js';
import type { WayFinder } from '../proxy/way-finder.js';
import { callerOf, dialledOf } from './caller-identity.js';
import { causeOfReason } from './causes.js';
import { ClientInvite } from './client-leg.js';
import { Dialog, dialogKeyOf } from './dialog.js';
import { isForLine, lineOf } from './home.js';
import { refusalOfInvite, refusalOfRequest, type RequestRefusal } from './refusals.js';
import { Leg, type Session } from './leg.js';
import { isLegToken } from './leg-token.js';
import { OfferAnswer, sessionIdOf } from './offer-answer.js';
import { Sender } from './own-request.js';
import { bodyOf, ServerInvite } from './server-leg.js';
import { mergeKey } from './saved-invite.js';
import { ServerRequest } from './server-request.js';
import { type StrayHost, takeStray } from './stray-responses.js';
import { ACCEPT, ALLOW, SUPPORTED, Wordings } from './wordings.js';

interface News {
  readonly leg: Leg;
  /** undefined: what is to be stored of it has changed. */
  readonly event: HalfCallEvent | undefined;
}

export class UserAgent implements HalfCallPort, StrayHost, CallService, StrayService {
  readonly protocol = 'sip';
  readonly sender: Sender;
  readonly wordings: Wordings;
  readonly #legs = new Map<LineName, Leg>();
  readonly #dialogs = new Map<string, { readonly leg: Leg; readonly session: Session }>();
  /** INVITEs that are not answered for good: one that comes again by another way is merged (RFC 3261 §8.2.2.2). */
  readonly #invites = new Map<string, Leg>();
  #count = 0;
  #news: News[] = [];
  #newsAt: Millis = NEVER;

  constructor(
    readonly environment: Environment,
    transactions: Transactions,
    ways: WayFinder,
    readonly calls: CallControlPort,
  ) {
    this.sender = new Sender(environment, transactions, ways);
    this.wordings = new Wordings(environment);
  }

  // --- call control's side -----------------------------------------------------------------------------------------

  order(party: LineName, state: HalfCallState, now: Millis): void {
    let leg = this.#legs.get(party);
    if (!leg && state.phase === 'ringing' && state.called) {
      leg = new Leg(this, party, 'terminating', 'new');
      leg.order = state;
      leg.invite = new ClientInvite(leg);
      this.#legs.set(party, leg);
    }
    if (!leg) return this.environment.observer.count('sip.order.ignored', 'unknown');
    return leg.take(state, now);
  }

  notice(party: LineName, notice: Notice, now: Millis): void {
    this.#legs.get(party)?.talk.notice(notice, now);
  }

  /** When there is something to be told to call control: an order may come within another adapter's turn. */
  deadline(): Millis {
    return this.#newsAt;
  }

  /** Tells call control what has happened; what it orders upon that may bring more. At the end of each turn. */
  settle(now: Millis): void {
    while (this.#news.length > 0) {
      const news = this.#news;
      this.#news = [];
      for (const { leg, event } of news) {
        if (leg.isReleased) continue;
        if (event) this.calls.event(leg.name, event, now);
        else this.calls.changed(leg.name, now);
      }
    }
    this.#newsAt = NEVER;
  }

  // --- the legs' side ----------------------------------------------------------------------------------------------

  tell(leg: Leg, event: HalfCallEvent, now: Millis): void {
    this.#news.push({ leg, event });
    this.#newsAt = Math.min(this.#newsAt, now);
  }

  changed(leg: Leg, now: Millis): void {
    this.#news.push({ leg, event: undefined });
    this.#newsAt = Math.min(this.#newsAt, now);
  }

  enter(leg: Leg, session: Session): void {
    this.#dialogs.set(session.dialog.key, { leg, session });
  }

  newOffers(sipCallId: string, localTag: string, firstVersion = 1): OfferAnswer {
    const { settings, signer } = this.environment;
    const host = settings.listeners[0]?.advertised.host ?? 'localhost';
    return new OfferAnswer({ sessionId: sessionIdOf(signer, sipCallId, localTag), host, firstVersion });
  }

  renegotiate(leg: Leg, now: Millis): void {
    if (leg.invite instanceof ClientInvite) leg.invite.answerOffer(now);
    leg.talk.renegotiate(now);
  }

  released(leg: Leg): void {
    this.#legs.delete(leg.name);
  }

  legOf(dialog: string): Leg | undefined {
    return this.#dialogs.get(dialog)?.leg;
  }

  finished(leg: Leg): void {
    leg.talk.stop();
    for (const [key, each] of this.#dialogs) if (each.leg === leg) this.#dialogs.delete(key);
    for (const [key, each] of this.#invites) if (each === leg) this.#invites.delete(key);
  }

  // --- what the proxy gives ----------------------------------------------------------------------------------------

  /** A request within one of our dialogs, or with a Contact of ours for its Request-URI. */
  takes(request: SipMessage): boolean {
    if (request.toTag === '') return false;
    if (this.#dialogs.size > 0 && this.#dialogs.has(dialogKeyOf(request))) return true;
    return isLegToken(request.uri.user) && this.environment.identity.isOurs(request.uri);
  }

  isPassedOn(request: SipMessage): boolean {
    return request.method === 'INVITE' && request.toTag === '' && isForLine(request);
  }

  /** The INVITE of a new call. */
  invite(passage: Passage, copy: Inbound, now: Millis): void {
    const { environment } = this;
    const server = ServerRequest.of(environment, passage, copy);
    const { request } = passage;
    const line = isForLine(request) ? lineOf(environment.signer, request) : undefined;
    const key = mergeKey(request);
    const isForged = isForLine(request) && line === undefined;
    const refusal = this.#invites.has(key) ? { status: 482 } : refusalOfInvite(request, isForged);
    if (refusal) return this.#refuse(server, refusal, now);
    server.reply(100, {}, now);
    const leg = new Leg(this, this.#nextName(), 'originating', 'pending');
    const session = { dialog: Dialog.answering(request, server.tag), offers: this.newOffers(request.callId, server.tag) };
    leg.session = session;
    leg.source = passage.hop;
    leg.isTold = server.isTold(now);
    leg.invite = new ServerInvite(leg, server, now);
    this.#legs.set(leg.name, leg);
    this.#invites.set(key, leg);
    this.enter(leg, session);
    leg.talk.hear(request);
    const local = bodyOf(request);
    if (local !== undefined) session.offers.theyOffered(local);
    leg.tell(
      { kind: 'set-up', dialled: dialledOf(request.uri.user), caller: callerOf(environment, request, passage.hop, now), local, line },
      now,
    );
  }

  /** A response to an INVITE of ours that no transaction waits for. */
  responded(response: SipMessage, from: Hop, now: Millis): boolean {
    return takeStray(this, response, from, now);
  }

  recall(callId: string, role: HalfCallRole, now: Millis): Leg | undefined {
    const name = this.calls.recall(callId, role, now);
    return name === undefined ? undefined : this.#legs.get(name);
  }

  haunt(role: HalfCallRole): Leg {
    this.environment.observer.count('sip.call.ghost', role);
    const leg = new Leg(this, this.#nextName(), role, 'answered');
    this.#legs.set(leg.name, leg);
    return leg;
  }

  #nextName(): LineName {
    this.#count += 1;
    return `${this.protocol}/${this.#count}`;
  }

  /** A request within a dialog. */
  request(passage: Passage, copy: Inbound, now: Millis): void {
    const server = ServerRequest.of(this.environment, passage, copy);
    const { request } = passage;
    const found = this.#dialogs.get(dialogKeyOf(request));
    if (!found) return this.#refuse(server, { status: 481 }, now);
    const refusal = refusalOfRequest(request) ?? (found.session.dialog.take(request) ? undefined : { status: 500 });
    if (refusal) return this.#refuse(server, refusal, now);
    return this.#serve(found.leg, found.session, server, now);
  }

  #serve(leg: Leg, session: Session, server: ServerRequest, now: Millis): void {
    const { request } = server;
    switch (request.method) {
      case 'BYE':
        return this.#bye(leg, session, server, now);
      case 'PRACK':
        return this.#prack(leg, server, now);
      case 'OPTIONS':
        return server.reply(200, { lines: [ALLOW, SUPPORTED, ACCEPT] }, now);
      default:
        return leg.talk.serve(session, server, now);
    }
  }

  /** RFC 3261 §15.1.2. In an early dialog the INVITE ends with it. */
  #bye(leg: Leg, session: Session, server: ServerRequest, now: Millis): void {
    // RFC 3261 §15: whom we call may not hang up before it has answered.
    if (leg.session !== session || (leg.role === 'terminating' && leg.standing === 'pending'))
      return this.#refuse(server, { status: 481 }, now);
    server.reply(200, {}, now);
    leg.left(causeOfReason(server.request.headerValues('Reason')), now);
    if (leg.invite instanceof ServerInvite) leg.invite.hungUp(now);
    this.finished(leg);
  }

  #prack(leg: Leg, server: ServerRequest, now: Millis): void {
    const answer = leg.invite instanceof ServerInvite ? leg.invite.prack(server.request, now) : { status: 481 };
    server.reply(answer.status, { body: answer.body }, now);
  }

  /** An ACK of a 2xx. @returns whether it was ours. */
  acknowledged(ack: SipMessage, now: Millis): boolean {
    const found = this.#dialogs.size > 0 ? this.#dialogs.get(dialogKeyOf(ack)) : undefined;
    if (!found) return isLegToken(ack.uri.user);
    if (found.leg.invite instanceof ServerInvite) found.leg.invite.acknowledged(ack, now);
    found.leg.talk.acknowledged(ack, now);
    return true;
  }

  #refuse(server: ServerRequest, { status, lines, reason }: RequestRefusal, now: Millis): void {
    this.environment.observer.count('sip.call.refused', String(status));
    server.reply(status, { lines, reason }, now);
  }

  /** The host was frozen: others have carried on, and a stored call is recalled when somebody speaks of it. */
  thawed(): void {
    for (const leg of new Set([...this.#legs.values(), ...[...this.#dialogs.values()].map((each) => each.leg)])) leg.forget();
    this.#legs.clear();
    this.#dialogs.clear();
    this.#invites.clear();
    this.#news = [];
    this.#newsAt = NEVER;
  }
}
