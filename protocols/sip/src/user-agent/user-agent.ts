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
import { type Hop, isReliable, type Millis, NEVER } from '@altpath/core';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import type { Passage } from '../proxy/forward.js';
import { copyOf } from '../proxy/copy-of.js';
import type { Inbound } from '../proxy/inbound.js';
import type { CallService } from '../proxy/proxy.js';
import type { StrayService } from '../proxy/stand-in.js';
import type { Transactions } from '../proxy/transactions.js';
import type { WayFinder } from '../proxy/way-finder.js';
import { CALL_TOPIC, type CallNotice, CallNotices, NOBODY } from './call-notices.js';
import { callerOf, dialledOf } from './caller-identity.js';
import { ClientInvite } from './client-leg.js';
import { Dialog } from './dialog.js';
import { Dialogs } from './dialogs.js';
import { homeCallOf, isForLine } from './home.js';
import { refuse, serveInDialog } from './in-dialog.js';
import { refusalOfInvite, refusalOfRequest } from './refusals.js';
import { TelephoneLeg } from './leg.js';
import type { Leg, Session } from './leg-view.js';
import { isLegToken } from './leg-token.js';
import { OfferAnswer, sessionIdOf } from './offer-answer.js';
import { OpenInvites } from './open-invites.js';
import { type OrphanHost, takeOverCancel, takeOverInvite } from './orphaned-invites.js';
import { Sender } from './own-request.js';
import { PassedOnRequests } from './passed-on.js';
import { ServerInvite } from './server-leg.js';
import { mergeKey } from './saved-invite.js';
import { ServerRequest } from './server-request.js';
import { SoughtRequests } from './sought-requests.js';
import { type StrayHost, takeStray } from './stray-responses.js';
import { readSavedLeg, resumeLeg, saveLeg, seek } from './takeover.js';
import { Wordings } from './wordings.js';
import { bodyOf } from './words.js';

/** Who carries a request to another node, and its answers back. */
export interface Relay {
  passOn(passage: Passage, copy: Inbound, hop: Hop, now: Millis): void;
}

interface News {
  readonly leg: Leg;
  /** An event; what is to be stored of the leg has changed; its telephone has been told that it is over. */
  readonly what: HalfCallEvent | 'changed' | 'parted';
}

export class UserAgent implements HalfCallPort, StrayHost, OrphanHost, CallService, StrayService {
  readonly protocol = 'sip';
  readonly sender: Sender;
  readonly wordings: Wordings;
  readonly #legs = new Map<LineName, Leg>();
  readonly #dialogs = new Dialogs();
  readonly #invites = new OpenInvites();
  readonly #notices: CallNotices;
  readonly #passedOn: PassedOnRequests;
  readonly #sought: SoughtRequests;
  #count = 0;
  #news: News[] = [];
  #newsAt: Millis = NEVER;

  constructor(
    readonly environment: Environment,
    transactions: Transactions,
    ways: WayFinder,
    readonly calls: CallControlPort,
    private readonly relay: Relay,
  ) {
    this.sender = new Sender(environment, transactions, ways);
    this.wordings = new Wordings(environment);
    this.#notices = new CallNotices(environment.signer);
    this.#passedOn = new PassedOnRequests(64 * environment.settings.timers.t1);
    this.#sought = new SoughtRequests(transactions, (...request) => this.request(...request));
  }

  // --- call control's side -----------------------------------------------------------------------------------------

  order(party: LineName, state: HalfCallState, now: Millis): void {
    let leg = this.#legs.get(party);
    if (!leg && state.phase === 'ringing' && state.called) {
      leg = new TelephoneLeg(this, party, 'terminating', 'new');
      leg.order = state;
      const caller = this.#invites.callerOf(state.callId ?? '');
      if (caller) leg.hops = caller.hops - 1;
      leg.invite = new ClientInvite(leg);
      this.#legs.set(party, leg);
    }
    if (!leg) return this.environment.observer.count('sip.order.ignored', 'unknown');
    this.#name(leg, state, now);
    this.#file(leg, state);
    return leg.take(state, now);
  }

  /** A ladder of the call shows what this telephone says and hears. */
  #file({ invite, dialog }: Leg, { callId }: HalfCallState): void {
    const { observer } = this.environment;
    const sipCallId = dialog?.callId ?? invite?.sipCallId;
    if (observer.tracing && callId !== undefined && sipCallId !== undefined) observer.belongs?.(sipCallId, callId);
  }

  /** The first order says what the call is called. */
  #name(leg: Leg, { callId, farLine }: HalfCallState, now: Millis): void {
    const invite = this.#invites.of(leg);
    if (leg.order || callId === undefined || invite === undefined) return;
    this.#invites.began(invite, callId, now);
    if (this.environment.peers.nodes.length < 2) return;
    const hasLine = farLine !== undefined;
    const content = this.#notices.write(callId, invite.key, hasLine);
    const subject = this.#notices.subjectOf(content);
    if (subject !== undefined) this.#invites.told(invite, subject, hasLine);
    this.environment.emit({ kind: 'tell-peers', topic: CALL_TOPIC, content });
  }

  /** A node joins: callers that were its own may ask it, and this node carries their calls. */
  sendTable(): void {
    const carried = new Set([...this.#legs.values()].map(({ callId }) => callId));
    for (const content of this.#notices.inherited((callId) => carried.has(callId)))
      this.environment.emit({ kind: 'tell-peers', topic: CALL_TOPIC, content });
  }

  /** Another node says something. @returns `false` for what is none of our topics, or cannot be read. */
  told(topic: string, content: string, fromNode: number, now: Millis): boolean {
    if (topic !== CALL_TOPIC || !this.#notices.take(content, fromNode, now)) return false;
    const invite = this.#invites.toldOf(this.#notices.subjectOf(content) ?? '');
    if (!invite) return true;
    const theyHave = this.#notices.hasLine(content);
    const weHave = invite.notice?.hasLine === true;
    if (theyHave === weHave ? fromNode < this.environment.peers.self.index : theyHave) this.#leave(invite.leg, now);
    return true;
  }

  /**
   * The caller was in a hurry, and asked two nodes: the one that has the line goes on, else the first of them in the file; the other
   * lets go without a word. Copies of the INVITE are left to that node while it lives.
   */
  #leave(leg: Leg, now: Millis): void {
    if (leg.standing !== 'pending' || !(leg.invite instanceof ServerInvite) || leg.invite.isAdopted) return;
    this.#giveUp(leg, now)?.copy.forget();
  }

  notice(party: LineName, notice: Notice, now: Millis): void {
    this.#legs.get(party)?.talk.notice(notice, now);
  }

  save(party: LineName): string | undefined {
    const leg = this.#legs.get(party);
    return leg && saveLeg(leg);
  }

  adopt(text: string, now: Millis): LineName | undefined {
    const read = readSavedLeg(text);
    if (!read) {
      this.environment.observer.count('sip.takeover.refused', 'saved');
      return undefined;
    }
    // Its telephone has asked here, and that is over: nothing is left to be said to it.
    if (read.session && this.#dialogs.isOver(read.session.dialog.key)) return undefined;
    const known = read.session && this.#dialogs.legOf(read.session.dialog.key);
    if (known?.callId === read.saved.callId && !known.isReleased) return known.name;
    // Its INVITE came here while nobody knew of the call, and was answered: then that is the call.
    if (known && known.standing !== 'pending') return undefined;
    const here = known && this.#giveUp(known, now);
    if (read.session) this.#dialogs.adopt(read.session.dialog);
    const leg = new TelephoneLeg(this, this.#nextName(), read.saved.role, 'pending');
    this.#legs.set(leg.name, leg);
    const merged = resumeLeg(leg, read, here, now);
    if (merged !== undefined) this.#invites.open(leg, merged);
    return leg.name;
  }

  /** The call that this INVITE began here was there before: it goes on as that, and this one ends without a word to the caller. */
  #giveUp(leg: Leg, now: Millis): ServerRequest | undefined {
    this.environment.observer.count('sip.takeover', 'merged');
    const server = leg.invite instanceof ServerInvite ? leg.invite.yield() : undefined;
    leg.invite = undefined;
    leg.left('normal-clearing', now);
    this.finished(leg, now);
    return server;
  }

  forget(party: LineName): void {
    const leg = this.#legs.get(party);
    if (!leg) return;
    const { key, call } = this.#invites.of(leg) ?? {};
    if (key !== undefined && call) this.#notices.gaveAway(key, call.callId, call.at);
    leg.forget();
    this.#legs.delete(party);
    this.#dialogs.forget(leg);
    this.#invites.close(leg);
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
      for (const { leg, what } of news) {
        if (what === 'parted') this.calls.parted(leg.name, now);
        else if (leg.isReleased) continue;
        else if (what === 'changed') this.calls.changed(leg.name, now);
        else this.calls.event(leg.name, what, now);
      }
    }
    this.#newsAt = NEVER;
  }

  // --- the legs' side ----------------------------------------------------------------------------------------------

  tell(leg: Leg, event: HalfCallEvent, now: Millis): void {
    this.#report(leg, event, now);
  }

  changed(leg: Leg, now: Millis): void {
    this.#report(leg, 'changed', now);
  }

  #report(leg: Leg, what: News['what'], now: Millis): void {
    this.#news.push({ leg, what });
    this.#newsAt = Math.min(this.#newsAt, now);
  }

  enter(leg: Leg, session: Session): void {
    this.#dialogs.enter(leg, session);
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

  released(leg: Leg, now: Millis): void {
    this.#legs.delete(leg.name);
    this.#parted(leg, now);
  }

  legOf(dialog: string): Leg | undefined {
    return this.#dialogs.legOf(dialog);
  }

  finished(leg: Leg, now: Millis): void {
    if (leg.isFinished) return;
    leg.isFinished = true;
    this.#parted(leg, now);
    leg.talk.stop();
    this.#dialogs.end(leg);
    this.#invites.close(leg);
  }

  failureHeard(leg: Leg, now: Millis): void {
    this.#parted(leg, now);
  }

  /** Until its telephone knows that it is over, another node would have to tell it if this one ended now. */
  #parted(leg: Leg, now: Millis): void {
    if (leg.isReleased && leg.isFinished && leg.invite?.isUnheard !== true) this.#report(leg, 'parted', now);
  }

  // --- what the proxy gives ----------------------------------------------------------------------------------------

  /** A request within one of our dialogs, or with a Contact of ours for its Request-URI. */
  takes(request: SipMessage): boolean {
    if (request.toTag === '') return false;
    if (this.#dialogs.of(request)) return true;
    return isLegToken(request.uri.user) && this.environment.identity.isOurs(request.uri);
  }

  isPassedOn(request: SipMessage): boolean {
    return request.method === 'INVITE' && request.toTag === '' && isForLine(request);
  }

  /** The INVITE of a new call, or of one that another node carries or carried. */
  invite(passage: Passage, copy: Inbound, now: Millis): void {
    const { environment } = this;
    const { request } = passage;
    const key = mergeKey(request);
    const before = this.#invites.legOf(key);
    const notice = before ? undefined : this.#notices.find(key, now);
    if (notice) {
      copy.forget();
      // Whoever carries it hears the caller, too. When it turns out to be gone, the caller asks again.
      if (this.#carrierOf(notice, now) !== undefined) return environment.observer.count('sip.request.left', 'call');
      this.#notices.forget(key);
      return takeOverInvite(this, passage, notice.callId, now);
    }
    const server = new ServerRequest(environment, passage, copy, before?.dialog?.state.localTag);
    if (before?.invite instanceof ServerInvite && before.invite.isAdopted && before.invite.moveTo(server, now)) return;
    const home = isForLine(request) ? homeCallOf(environment.signer, request) : undefined;
    const isForged = isForLine(request) && home === undefined;
    const refusal = before ? { status: 482 } : refusalOfInvite(request, isForged);
    if (refusal) return refuse(this, server, refusal, now);
    server.reply(100, {}, now);
    const leg = new TelephoneLeg(this, this.#nextName(), 'originating', 'pending');
    this.#legs.set(leg.name, leg);
    this.serve(leg, server, now);
    const caller = callerOf(environment, request, passage.hop, now);
    const { line, recordId } = home ?? {};
    const passedOn = recordId !== undefined && { recordId };
    leg.tell({ kind: 'set-up', dialled: dialledOf(request.uri.user), caller, local: bodyOf(request), line, ...passedOn }, now);
  }

  serve(leg: Leg, server: ServerRequest, now: Millis): void {
    const { request } = server;
    const session = { dialog: Dialog.answering(request, server.tag), offers: this.newOffers(request.callId, server.tag) };
    const offer = bodyOf(request);
    if (offer !== undefined) session.offers.theyOffered(offer);
    leg.session = session;
    leg.source = server.hop;
    leg.isTold = server.isTold(now);
    leg.hops = request.maxForwards ?? leg.hops;
    leg.invite = new ServerInvite(leg, server, now);
    this.enter(leg, session);
    this.#invites.open(leg, mergeKey(request));
    leg.talk.hear(request);
  }

  /**
   * A CANCEL for which there is no transaction here: its INVITE is another node's to end, and came here by another way, or that node
   * is gone.
   */
  cancelled(passage: Passage, copy: Inbound, now: Millis): boolean {
    const { environment } = this;
    const { request, hop } = passage;
    const key = mergeKey(request);
    const known = this.#invites.legOf(key)?.invite;
    const notice = this.#notices.find(key, now);
    const carrier = notice && this.#carrierOf(notice, now);
    if (known instanceof ServerInvite) known.cancel(now, false, request.headerValues('Reason'));
    else if (!notice) return false;
    else if (carrier !== undefined) {
      const node = environment.hopTo(carrier);
      // What a node has passed on goes no further.
      if (!node || environment.identity.nodeAt(hop.host, hop.port) >= 0) return false;
      this.#passedOn.add(passage, copy, carrier, now);
      this.relay.passOn(passage, copy, node, now);
      return true;
    } else {
      this.#notices.forget(key);
      takeOverCancel(this, passage, notice.callId, now);
    }
    new ServerRequest(environment, passage, copy).reply(200, {}, now);
    return true;
  }

  /** A living other node that carries the call: the one that said so, or whoever has it since. */
  #carrierOf({ node, callId }: CallNotice, now: Millis): number | undefined {
    if (node !== NOBODY) return this.environment.isPresent(node, now) ? node : undefined;
    return this.calls.carrierOf?.(callId, undefined, now);
  }

  /** A response to an INVITE of ours that no transaction waits for. */
  responded(response: SipMessage, from: Hop, now: Millis): boolean {
    return takeStray(this, response, from, now);
  }

  hasEnded(message: SipMessage): boolean {
    return this.#dialogs.hasEnded(message);
  }

  recall(callId: string, role: HalfCallRole, now: Millis): Leg | undefined {
    const name = this.calls.recall(callId, role, now);
    return name === undefined ? undefined : this.#legs.get(name);
  }

  haunt(role: HalfCallRole): Leg {
    this.environment.observer.count('sip.call.ghost', role);
    const leg = new TelephoneLeg(this, this.#nextName(), role, 'answered');
    this.#legs.set(leg.name, leg);
    return leg;
  }

  #nextName(): LineName {
    this.#count += 1;
    return `${this.protocol}/${this.#count}`;
  }

  /** A request within a dialog. */
  request(passage: Passage, copy: Inbound, now: Millis): void {
    const { request } = passage;
    const isUnheardOf = this.#isUnheardOf(request);
    // It is not known yet what the other nodes have taken; over UDP a request comes again.
    if (isUnheardOf && this.environment.peers.joining && !isReliable(passage.hop.transport)) {
      copy.forget();
      return this.environment.observer.count('sip.request.left', 'joining');
    }
    const elsewhere = isUnheardOf ? seek(this, request, passage.hop, !this.#sought.isDue(copy, now), now) : undefined;
    if (elsewhere === 'later') return this.#sought.add(passage, copy, now);
    if (elsewhere) {
      this.#passedOn.add(passage, copy, this.environment.identity.nodeAt(elsewhere.host, elsewhere.port), now);
      return this.relay.passOn(passage, copy, elsewhere, now);
    }
    const server = new ServerRequest(this.environment, passage, copy);
    const found = this.#dialogs.of(request);
    if (!found) return refuse(this, server, { status: 481 }, now);
    const refusal = refusalOfRequest(request) ?? (found.session.dialog.take(request) ? undefined : { status: 500 });
    if (refusal) return refuse(this, server, refusal, now);
    return serveInDialog(this, found, server, now);
  }

  /** Another node is gone: what went there is served here. */
  nodeGone(node: number, now: Millis): void {
    this.#notices.gone(node);
    for (const passage of this.#passedOn.takeBack(node, now)) this.#serveHere(passage, copyOf(this.sender.transactions, passage), now);
  }

  #serveHere(passage: Passage, copy: Inbound, now: Millis): void {
    if (passage.request.method !== 'CANCEL') return this.request(passage, copy, now);
    if (!this.cancelled(passage, copy, now)) refuse(this, new ServerRequest(this.environment, passage, copy), { status: 481 }, now);
  }

  #isUnheardOf(request: SipMessage): boolean {
    return !this.#dialogs.of(request) && !this.#dialogs.hasEnded(request);
  }

  /** An ACK of a 2xx. @returns whether it was ours. */
  acknowledged(ack: SipMessage, from: Hop, now: Millis): boolean {
    const elsewhere = isLegToken(ack.uri.user) && this.#isUnheardOf(ack) ? seek(this, ack, from, false, now) : undefined;
    if (elsewhere && elsewhere !== 'later') {
      this.environment.send(ack.bytes, elsewhere, now, 'its call is there');
      return true;
    }
    const found = this.#dialogs.of(ack);
    if (!found) return isLegToken(ack.uri.user);
    if (found.leg.invite instanceof ServerInvite) found.leg.invite.acknowledged(ack, now);
    found.leg.talk.acknowledged(ack, now);
    return true;
  }

  /** The host was frozen: others have carried on. What is kept of a call, and nobody has taken, is gone on with anew. */
  thawed(now: Millis): void {
    for (const name of this.#legs.keys()) this.calls.release(name, now);
    for (const leg of new Set([...this.#legs.values(), ...this.#dialogs.legs()])) leg.forget();
    this.#legs.clear();
    this.#dialogs.clear();
    this.#invites.clear();
    this.#passedOn.forget();
    this.#sought.forget();
    this.#news = [];
    this.#newsAt = NEVER;
  }
}
