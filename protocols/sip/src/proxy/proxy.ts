// The proxy (RFC 3261 §16): a new request is checked, its Routes are read, routing is asked, and a response context
// carries it; or it is refused with the status that says why. What was written for another node of the cluster is
// stand-in.ts's matter.
import { type Decision, type Hop, type Millis, type ResolvedAddress, type RouteTarget } from '@altpath/core';
import { buildResponse } from '../codec/build.js';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import { ASKED_FOR_JOINING } from '../path/token.js';
import { Cancels } from './cancels.js';
import { Carrier } from './carrier.js';
import { answerHop, contextSeed } from './derive.js';
import { type ForkNotices, writeNotices } from './fork-notices.js';
import { breadthOf, Passage } from './forward.js';
import { copyOf } from './copy-of.js';
import { type Inbound, inboundKey } from './inbound.js';
import { BARRED, isBarred, type Refusal, refusalOf } from './refusal.js';
import { type ContextHost, type ContextTopic, ResponseContext } from './response-context.js';
import { destinationOf, questionOf, readRoutes, targetsNow, targetsOf } from './routing.js';
import { ALLOW, ALLOW_OF_LINES, phraseOf, statusOfReason } from './statuses.js';
import type { Transactions } from './transactions.js';
import { viaVerdict } from './via-verdict.js';
import { WayFinder } from './way-finder.js';

/** What the proxy serves itself: REGISTER for our domains. */
export interface RegistrarService {
  serve(request: SipMessage, hop: Hop, answer: Answer, now: Millis): void;
}

/** What is no proxy's business: calls of the controller. */
export interface CallService {
  /** A request within one of its dialogs. */
  takes(request: SipMessage): boolean;
  request(passage: Passage, copy: Inbound, now: Millis): void;
  /** Another node of ours has found whom this INVITE is for: it is not routed once more. */
  isPassedOn(request: SipMessage): boolean;
  /** An INVITE for call control: routing says so, or another node. */
  invite(passage: Passage, copy: Inbound, now: Millis): void;
  /** A CANCEL of which no transaction is known here. @returns whether it is of a call of the controller: then it has been dealt with. */
  cancelled(cancel: Passage, copy: Inbound, now: Millis): boolean;
  /** @returns whether an ACK, of a 2xx, belongs to one of its dialogs. */
  acknowledged(ack: SipMessage, from: Hop, now: Millis): boolean;
}

/** Sends the final answer to a request that is served here. */
export type Answer = (status: number, reason: string | undefined, headers: readonly string[], now: Millis) => void;

/** A request that is being dealt with: how it came, who is to be answered, and under which names it is carried. */
interface Arrival {
  readonly passage: Passage;
  readonly copy: Inbound;
  readonly seed: string;
  readonly key: string;
}

export class Proxy implements ContextHost {
  readonly contexts = new Map<string, ResponseContext>();
  readonly ways: WayFinder;
  readonly #carrier: Carrier;
  readonly #cancels: Cancels;
  #calls: CallService | undefined;

  constructor(
    readonly environment: Environment,
    readonly transactions: Transactions,
    private readonly registrar: RegistrarService,
    notices: ForkNotices,
  ) {
    this.ways = new WayFinder(environment);
    this.#carrier = new Carrier(environment, this.ways);
    this.#cancels = new Cancels(environment, transactions, this.ways, notices);
  }

  /** Calls are served by this from now on. */
  join(calls: CallService): void {
    this.#calls = calls;
  }

  // --- requests ----------------------------------------------------------------------------------------------------

  /** Takes a request that decoded well. */
  request(request: SipMessage, hop: Hop, now: Millis): void {
    const { method } = request;
    const known = this.transactions.inbound.get(inboundKey(request, method === 'ACK' ? 'INVITE' : method));
    if (method === 'ACK') {
      if (known?.acknowledged(now) || this.#calls?.acknowledged(request, hop, now)) return;
      this.#carrier.ack(request, hop, this.contexts.has(`${contextSeed(request)}|INVITE`), now);
    } else if (known) known.repeated(answerHop(request.topVia, hop), now);
    else if (method === 'CANCEL') this.#cancel(request, hop, now);
    else this.#newRequest(request, hop, now);
  }

  #newRequest(request: SipMessage, hop: Hop, now: Millis): void {
    const passage = new Passage(request, hop);
    if (this.#calls?.takes(request)) return this.#calls.request(passage, copyOf(this.transactions, passage), now);
    const refusal = refusalOf(this.environment, passage, now);
    const copy = copyOf(this.transactions, passage);
    if (refusal) return this.#refuse(copy, passage, refusal, now);
    const { seed, key, context } = this.#contextOf(request);
    if (context) {
      this.environment.observer.count('sip.request.joined', request.method);
      return context.join(copy, now);
    }
    readRoutes(this.environment, passage);
    return this.#route({ passage, copy, seed, key }, now);
  }

  /** A request that another node of ours serves goes there as it is, and what that answers goes back. */
  passOn(passage: Passage, copy: Inbound, hop: Hop, now: Millis): void {
    const { seed, key, context } = this.#contextOf(passage.request);
    if (context) return context.join(copy, now);
    readRoutes(this.environment, passage);
    return this.#forward([{ address: passage.requestUri, hop, registered: true }], { passage, copy, seed, key }, 0, now);
  }

  /** The context of an earlier copy. A spiral comes by a longer way, and is another request (RFC 3261 §16.6 step 8). */
  #contextOf(request: SipMessage): { readonly seed: string; readonly key: string; readonly context: ResponseContext | undefined } {
    const seed = contextSeed(request);
    const key = `${seed}|${request.method}`;
    const context = this.contexts.get(key);
    const depth = request.vias.length;
    if (!context || context.depth === depth) return { seed, key, context };
    const own = `${seed}\n${depth}`;
    return { seed: own, key: `${own}|${request.method}`, context: this.contexts.get(`${own}|${request.method}`) };
  }

  #route(arrival: Arrival, now: Millis): void {
    const { passage } = arrival;
    const { method } = passage.request;
    const destination = destinationOf(passage);
    if (!destination) return this.#answer(arrival, 400, { reason: 'Bad Request-URI' }, now);
    if (destination.scheme !== 'sip' && destination.scheme !== 'sips') return this.#answer(arrival, 416, {}, now);
    if (this.#calls?.isPassedOn(passage.request)) return this.#calls.invite(passage, arrival.copy, now);
    const ours = passage.routes.length === 0 && this.environment.identity.isOurs(destination);
    if (ours && method === 'REGISTER') {
      return this.registrar.serve(
        passage.request,
        passage.hop,
        (status, reason, headers, at) => this.#answer(arrival, status, { reason, headers }, at),
        now,
      );
    }
    // RFC 3261 §11: whoever is out of hops is answered by whom it has reached.
    if (passage.request.maxForwards === 0)
      return ours && method === 'OPTIONS' ? this.#options(arrival, now) : this.#answer(arrival, 483, {}, now);
    const decision = this.environment.resolver.resolve(questionOf(passage, destination), now);
    if (decision.kind === 'reject' && ours && method === 'OPTIONS' && statusOfReason(decision.reason) !== 403)
      return this.#options(arrival, now);
    return this.#decided(decision, arrival, now);
  }

  #decided(decision: Decision, arrival: Arrival, now: Millis): void {
    if (decision.kind !== 'serve' && isBarred(this.environment, arrival.passage.request)) {
      return this.#refuse(arrival.copy, arrival.passage, BARRED, now);
    }
    switch (decision.kind) {
      case 'forward':
        return this.#forward(targetsOf(decision.targets, arrival.passage), arrival, 0, now, decision.inOrder);
      case 'redirect':
        return this.#answer(arrival, 302, { headers: decision.targets.map(contactLine) }, now);
      case 'reject':
        return this.#rejected(decision.reason, arrival, now);
      case 'serve':
        if (this.#calls && decision.service === 'call') return this.#calls.invite(arrival.passage, arrival.copy, now);
        return this.#answer(arrival, 500, {}, now);
      case 'wait':
        return this.#answer(arrival, 500, {}, now);
      default:
        return decision satisfies never;
    }
  }

  /** While joining, a look-up that finds nothing goes, once and marked, to a peer that is up. */
  #rejected(reason: string, arrival: Arrival, now: Millis): void {
    const status = statusOfReason(reason);
    const { observer } = this.environment;
    const hop = status === 404 || status === 480 ? this.environment.peerToAsk(now) : undefined;
    if (hop && !this.#wasAsked(arrival.passage.request, now)) {
      observer.count('sip.request.asked-peer', 'joining');
      return this.#forward([{ address: arrival.passage.requestUri, hop, registered: true }], arrival, ASKED_FOR_JOINING, now);
    }
    if (status === 403) observer.count('sip.request.refused', 'relay');
    // RFC 3261 §21.4.6: a 405 says what is allowed.
    return this.#answer(arrival, status, status === 405 ? { headers: [`Allow: ${ALLOW_OF_LINES}`] } : {}, now);
  }

  #wasAsked(request: SipMessage, now: Millis): boolean {
    if (!this.environment.identity.isOurSentBy(request.topVia.sentBy)) return false;
    const verdict = viaVerdict(this.environment, request, 0, now);
    return verdict.ok && (verdict.claims.flags & ASKED_FOR_JOINING) !== 0;
  }

  #forward(targets: readonly RouteTarget[], arrival: Arrival, flags: number, now: Millis, inOrder = false): void {
    const { passage, copy, seed, key } = arrival;
    const { settings } = this.environment;
    const [first] = targets;
    if (!first) return this.#answer(arrival, 480, {}, now);
    if (settings.proxy.mode === 'stateless') {
      copy.forget();
      return this.#carrier.forward(passage, first, seed, now);
    }
    const breadth = breadthOf(passage.request, settings.proxy.maxBreadth);
    if (!inOrder && settings.proxy.fork === 'parallel' && breadth < targets.length) return this.#answer(arrival, 440, {}, now);
    const context = new ResponseContext(this, key, seed, passage, flags, now);
    this.contexts.set(key, context);
    context.join(copy, now);
    const isInvite = passage.request.method === 'INVITE';
    if (isInvite && this.#cancels.cameEarly(seed, now)) return context.refuseCancelled(now);
    if (isInvite && targets.length > 1) this.#tellFork(seed, targets);
    return context.start(targets, inOrder, now);
  }

  /** Each INVITE with several targets is told to the peers: a stand-in must know whom to cancel. */
  #tellFork(seed: string, targets: readonly RouteTarget[]): void {
    if (this.environment.peers.nodes.length < 2) return;
    for (const content of writeNotices(
      seed,
      targets.map((each) => each.address),
    ))
      this.environment.emit({ kind: 'tell-peers', topic: 'sip.fork', content });
  }

  #options(arrival: Arrival, now: Millis): void {
    if (this.environment.draining) return this.#answer(arrival, 503, {}, now);
    const headers = [`Allow: ${ALLOW}`, 'Accept: application/sdp', 'Accept-Encoding: identity', 'Accept-Language: en', 'Supported: path'];
    return this.#answer(arrival, 200, { headers }, now);
  }

  #refuse(copy: Inbound, passage: Passage, refusal: Refusal, now: Millis): void {
    return this.#answer({ copy, passage }, refusal.status, { headers: refusal.headers }, now);
  }

  #answer(
    to: Pick<Arrival, 'copy' | 'passage'>,
    status: number,
    words: { readonly reason?: string | undefined; readonly headers?: readonly string[] | undefined },
    now: Millis,
  ): void {
    const { copy, passage } = to;
    if (copy.answered) return;
    const { observer, signer } = this.environment;
    if (status >= 300) observer.count('sip.response.own', String(status));
    const toTag = signer.branch(copy.key).slice(0, 12);
    copy.respond(
      buildResponse(passage.request, status, words.reason ?? phraseOf(status), { topVia: copy.topVia, toTag, headers: words.headers }),
      status,
      now,
    );
  }

  // --- CANCEL ------------------------------------------------------------------------------------------------------

  #cancel(request: SipMessage, hop: Hop, now: Millis): void {
    const passage = new Passage(request, hop);
    const context =
      this.transactions.inbound.get(inboundKey(request, 'INVITE'))?.context ?? this.contexts.get(`${contextSeed(request)}|INVITE`);
    if (!context && this.environment.settings.proxy.mode === 'stateless') return this.#carryCancel(passage, now);
    const to = { passage, copy: copyOf(this.transactions, passage) };
    if (context) {
      // Passed on before it is answered: who dies in between leaves a caller that says it again.
      context.cancel(now, false, request.headerValues('Reason'));
      return this.#answer(to, 200, {}, now);
    }
    if (this.#calls?.cancelled(passage, to.copy, now)) return;
    if (request.maxForwards === 0) return this.#answer(to, 483, {}, now);
    readRoutes(this.environment, passage);
    const sent = this.#cancels.sendOn(passage, now);
    return this.#answer(to, sent ? 200 : 481, {}, now);
  }

  /** RFC 3261 §16.11: to a stateless proxy a CANCEL is a request like any other. */
  #carryCancel(passage: Passage, now: Millis): void {
    if (passage.request.maxForwards === 0) return;
    readRoutes(this.environment, passage);
    const [target] = targetsNow(this.environment, passage, now);
    if (target) this.#carrier.forward(passage, target, contextSeed(passage.request), now);
    else this.environment.observer.count('sip.request.dropped', 'cancel-unroutable');
  }

  // --- contexts ----------------------------------------------------------------------------------------------------

  resolved(id: number, addresses: readonly ResolvedAddress[], now: Millis): void {
    this.ways.resolved(id, addresses, now);
  }

  tell(topic: ContextTopic, context: ResponseContext, word = ''): void {
    if (this.environment.peers.nodes.length > 1) this.environment.emit({ kind: 'tell-peers', topic, content: `${word} ${context.key}` });
  }

  /** Another node says something of a request that we may carry, too. @returns `false` when the topic is none of these. */
  told(topic: string, content: string, now: Millis): boolean {
    const space = content.indexOf(' ');
    const context = this.contexts.get(content.slice(space + 1));
    switch (topic) {
      case 'sip.heard?':
        if (context?.heard) this.environment.emit({ kind: 'tell-peers', topic: 'sip.heard', content });
        return true;
      case 'sip.heard':
        context?.heardElsewhere();
        return true;
      case 'sip.cancel':
        context?.cancel(now, true);
        return true;
      case 'sip.refused':
        context?.refusedElsewhere(Number(content.slice(0, space)), now);
        return true;
      case 'sip.answered':
        context?.answeredElsewhere(content.slice(0, space), now);
        return true;
      default:
        return false;
    }
  }

  contextEnded(context: ResponseContext): void {
    if (this.contexts.get(context.key) === context) this.contexts.delete(context.key);
  }

  /** Forgets every request in progress without a word: the host was frozen. */
  thawed(): void {
    for (const context of [...this.contexts.values()]) context.end();
    this.transactions.clear();
    this.contexts.clear();
    this.ways.forget();
  }

  sweep(now: Millis): void {
    this.#cancels.sweep(now);
  }
}

function contactLine(target: RouteTarget): string {
  const q =
    target.preference === undefined || target.preference === 1000 ? '' : `;q=${(target.preference / 1000).toFixed(3).replace(/0+$/, '')}`;
  return `Contact: <${target.address}>${q}`;
}
