// The proxy (RFC 3261 §16): a new request is checked, its Routes are read, routing is asked, and a response context
// carries it; or it is refused with the status that says why. What was written for another node of the cluster is
// stand-in.ts's matter.
import { type Decision, type Hop, hopKey, isReliable, type Millis, type ResolvedAddress, type RouteTarget, type RoutingQuestion } from '@altpath/core';
import { buildResponse } from '../codec/build.js';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import { hopsOf, locate } from '../locate.js';
import { parseNameAddress } from '../message/name-address.js';
import { parseUri, type SipUri } from '../message/uri.js';
import { ALTERNATE_PATH, PATH_TOKEN } from '../path/spelling.js';
import { ASKED_FOR_JOINING, readViaToken, verifyDialogToken, type TokenVerdict } from '../path/token.js';
import type { Via } from '../message/via.js';
import { answerHop, contextSeed, deriveAckBranch, deriveBranch } from './derive.js';
import { assembleCopy, Passage } from './forward.js';
import { responseHops } from './relay.js';
import { type ContextHost, ResponseContext } from './response-context.js';
import { ALLOW, phraseOf, statusOfReason } from './statuses.js';
import { Inbound, inboundKey, Outbound, type Transactions } from './transactions.js';

/** What the proxy serves itself: REGISTER for our domains. */
export interface RegistrarService {
  serve(request: SipMessage, hop: Hop, answer: Answer, now: Millis): void;
}

/** Sends the final answer to a request that is served here. */
export type Answer = (status: number, reason: string | undefined, headers: readonly string[], now: Millis) => void;

/** Extension tags that this proxy understands when Proxy-Require names them. */
const PROXY_EXTENSIONS = new Set<string>();
/** A CANCEL that overtakes its INVITE is remembered; no more than these. */
const REMEMBERED_LIMIT = 10_000;
const NO_HOPS: readonly Hop[] = [];

/** Reads and checks the token of one Via of ours; the Via below it is what it binds to. */
export function viaVerdict(environment: Environment, message: SipMessage, index: number, now: Millis): TokenVerdict {
  const via = message.vias[index] as Via;
  const next = message.vias[index + 1];
  return readViaToken(
    environment.signer,
    via.parameters.get(PATH_TOKEN),
    {
      branch: via.branch,
      nextBranch: next?.branch ?? '',
      nextSentBy: next?.sentBy ?? '',
      nextReceived: next?.received ?? '',
      nextRport: typeof next?.rport === 'number' ? next.rport : undefined,
      nextTransport: next?.transport ?? '',
      alternates: via.parameters.get(ALTERNATE_PATH) ?? '',
      callId: message.callId,
      cseq: message.cseq,
    },
    now,
  );
}

export class Proxy implements ContextHost {
  readonly contexts = new Map<string, ResponseContext>();
  /** Seeds of CANCELs that came before their INVITE, and until when they are remembered. */
  readonly #cancelledEarly = new Map<string, Millis>();
  readonly #questions = new Map<number, (addresses: readonly ResolvedAddress[], now: Millis) => void>();

  constructor(
    readonly environment: Environment,
    readonly transactions: Transactions,
    private readonly registrar: RegistrarService,
  ) {}

  // --- requests ----------------------------------------------------------------------------------------------------

  /** Takes a request that decoded well. */
  request(request: SipMessage, hop: Hop, now: Millis): void {
    const { method } = request;
    const invite = method === 'ACK' ? 'INVITE' : method;
    const known = this.transactions.inbound.get(inboundKey(request, invite));
    if (method === 'ACK') {
      if (known?.acknowledged(now)) return;
      this.#forwardAck(request, hop, now);
    } else if (known) known.repeated(answerHop(request.topVia, hop), now);
    else if (method === 'CANCEL') this.#cancel(request, hop, now);
    else this.#newRequest(request, hop, now);
  }

  #newRequest(request: SipMessage, hop: Hop, now: Millis): void {
    const passage = new Passage(request, hop);
    const refusal = this.#refusal(request, now);
    const copy = this.#copyOf(passage, hop, now);
    if (refusal) return this.#answer(copy, passage, refusal.status, undefined, refusal.headers ?? [], now);
    const seed = contextSeed(request);
    const key = `${seed}|${request.method}`;
    const context = this.contexts.get(key);
    if (context) {
      this.environment.observer.count('sip.request.joined', request.method);
      context.join(copy, now);
      return undefined;
    }
    this.#readRoutes(passage);
    this.#route(passage, copy, seed, key, now);
    return undefined;
  }

  /** RFC 3261 §16.3: what no routing would mend. */
  #refusal(request: SipMessage, now: Millis): { readonly status: number; readonly headers?: readonly string[] } | undefined {
    const { environment } = this;
    if (request.maxForwards === 0 && !(request.method === 'OPTIONS' && this.#isOurs(request.requestUri))) return { status: 483 };
    const required = request.has('Proxy-Require') ? request.tokens('Proxy-Require') : [];
    const unknown = required.filter((tag) => !PROXY_EXTENSIONS.has(tag.toLowerCase()));
    if (unknown.length > 0) return { status: 420, headers: [`Unsupported: ${unknown.join(', ')}`] };
    if (request.header('Max-Breadth') === '0') return { status: 440 };
    if (this.#isLoop(request, now)) return { status: 482 };
    if (environment.draining && request.method === 'INVITE' && request.toTag === '') return { status: 503, headers: ['Retry-After: 10'] };
    return undefined;
  }

  /** 482 only on a valid token of ours with an equal hash: a spiral is legal. (RFC 5393 §4.2) */
  #isLoop(request: SipMessage, now: Millis): boolean {
    const { identity } = this.environment;
    let hash: string | undefined;
    for (let i = 0; i < request.vias.length; i += 1) {
      const via = request.vias[i] as Via;
      if (!identity.isOurSentBy(via.sentBy)) continue;
      const verdict = viaVerdict(this.environment, request, i, now);
      if (!verdict.ok || verdict.claims.flags & ASKED_FOR_JOINING) continue;
      hash ??= new Passage(request, { transport: 'udp', host: '', port: 0 }).loopHash;
      if (verdict.claims.loopHash === hash) return true;
    }
    return false;
  }

  #isOurs(text: string): boolean {
    const uri = parseUri(text);
    return uri.ok && this.environment.identity.isOurs(uri.value);
  }

  #copyOf(passage: Passage, hop: Hop, now: Millis): Inbound {
    const { request, via } = passage;
    const top = request.topVia;
    const elsewhere = top.parameters.has(ALTERNATE_PATH) || top.host !== hop.host;
    const alternates = elsewhere ? responseHops(this.environment, top).filter((each) => each.host !== hop.host || each.port !== hop.port) : NO_HOPS;
    const back = answerHop(top, hop);
    return new Inbound(this.transactions, inboundKey(request, request.method), request, via.text, back, request.method, alternates, now);
  }

  /**
   * Route information (RFC 3261 §16.4): a strict router's repair, then the leading run of Routes that name any node
   * of the cluster goes, double Record-Route included. A valid token there admits the request.
   */
  #readRoutes(passage: Passage): void {
    const { request } = passage;
    const { identity, signer } = this.environment;
    let routes = request.routes;
    if (routes.length === 0) return;
    const target = parseUri(request.requestUri);
    if (target.ok && target.value.user === '' && identity.isNode(target.value) && target.value.parameters.has('lr')) {
      passage.requestUri = (routes[routes.length - 1] as { uri: string }).uri;
      routes = routes.slice(0, -1);
      passage.routesRewritten = true;
    }
    let popped = 0;
    for (; popped < routes.length; popped += 1) {
      const uri = parseUri(routes[popped]?.uri ?? '');
      if (!uri.ok || !identity.isOurs(uri.value)) break;
      const token = uri.value.parameters.get(PATH_TOKEN);
      if (!passage.admitted && verifyDialogToken(signer, token, request.callId, request.fromTag, request.toTag)) passage.admitted = true;
    }
    passage.popped = popped;
    passage.routes = routes.slice(popped).map((each) => request.bytes.toString('latin1', each.start, each.end));
  }

  #route(passage: Passage, copy: Inbound, seed: string, key: string, now: Millis): void {
    const { request } = passage;
    const destination = this.#destination(passage);
    if (!destination) return this.#answer(copy, passage, 400, 'Bad Request-URI', [], now);
    if (destination.scheme !== 'sip' && destination.scheme !== 'sips') return this.#answer(copy, passage, 416, undefined, [], now);
    const ours = passage.routes.length === 0 && this.environment.identity.isOurs(destination);
    if (ours && request.method === 'REGISTER') {
      return this.registrar.serve(request, passage.hop, (status, reason, headers, at) => this.#answer(copy, passage, status, reason, headers, at), now);
    }
    const decision = this.environment.resolver.resolve(this.#question(passage, destination, now), now);
    if (decision.kind === 'reject' && ours && request.method === 'OPTIONS' && statusOfReason(decision.reason) !== 403) return this.#options(copy, passage, now);
    return this.#decided(decision, passage, copy, seed, key, now);
  }

  /** Where it wants to go: the first Route left, else the Request-URI. */
  #destination(passage: Passage): SipUri | undefined {
    const first = passage.routes[0];
    const named = first === undefined ? undefined : parseNameAddress(first);
    if (named && !named.ok) return undefined;
    const uri = parseUri(named?.ok ? named.value.uri : passage.requestUri);
    return uri.ok ? uri.value : undefined;
  }

  #question(passage: Passage, destination: SipUri, _now: Millis): RoutingQuestion {
    const { request } = passage;
    return {
      protocol: 'sip',
      operation: request.method,
      destination: { text: passage.routes.length > 0 ? destination.text : passage.requestUri, scheme: destination.scheme, user: destination.user, host: destination.host, port: destination.port },
      from: passage.hop,
      admitted: passage.admitted,
      unanswerable: request.method === 'ACK',
    };
  }

  #decided(decision: Decision, passage: Passage, copy: Inbound, seed: string, key: string, now: Millis): void {
    switch (decision.kind) {
      case 'forward':
        return this.#forward(targetsOf(decision.targets, passage), passage, copy, seed, key, 0, now);
      case 'redirect':
        return this.#answer(copy, passage, 302, undefined, decision.targets.map(contactLine), now);
      case 'reject':
        return this.#rejected(decision.reason, passage, copy, seed, key, now);
      case 'serve':
      case 'wait':
        return this.#answer(copy, passage, 500, undefined, [], now);
      default:
        return decision satisfies never;
    }
  }

  /** While joining, a look-up that finds nothing goes, once and marked, to a peer that is up. */
  #rejected(reason: string, passage: Passage, copy: Inbound, seed: string, key: string, now: Millis): void {
    const status = statusOfReason(reason);
    const { peers } = this.environment;
    if ((status === 404 || status === 480) && peers.joining && !this.#wasAsked(passage.request, now)) {
      const peer = peers.nodes.find((node) => !node.self && peers.state(node.index, now) === 'up');
      const address = peer?.addresses.find((each) => each.transport === 'udp') ?? peer?.addresses[0];
      if (address) {
        this.environment.observer.count('sip.request.asked-peer', 'joining');
        const hop = { transport: address.transport, host: address.host, port: address.port };
        return this.#forward([{ address: passage.requestUri, hop, registered: true }], passage, copy, seed, key, ASKED_FOR_JOINING, now);
      }
    }
    if (status === 403) this.environment.observer.count('sip.request.refused', 'relay');
    return this.#answer(copy, passage, status, undefined, [], now);
  }

  #wasAsked(request: SipMessage, now: Millis): boolean {
    if (!this.environment.identity.isOurSentBy(request.topVia.sentBy)) return false;
    const verdict = viaVerdict(this.environment, request, 0, now);
    return verdict.ok && (verdict.claims.flags & ASKED_FOR_JOINING) !== 0;
  }

  #forward(targets: readonly RouteTarget[], passage: Passage, copy: Inbound, seed: string, key: string, flags: number, now: Millis): void {
    const { environment } = this;
    const { settings } = environment;
    if (targets.length === 0) return this.#answer(copy, passage, 480, undefined, [], now);
    if (settings.proxy.mode === 'stateless') {
      copy.forget();
      return this.#forwardOnce(targets.slice(0, 1), passage, seed, now);
    }
    const breadth = passage.request.header('Max-Breadth');
    if (breadth !== undefined && settings.proxy.fork === 'parallel' && Number(breadth) < targets.length) return this.#answer(copy, passage, 440, undefined, [], now);
    const context = new ResponseContext(this, key, seed, passage, flags, now);
    this.contexts.set(key, context);
    context.join(copy, now);
    if (passage.request.method === 'INVITE' && this.#takeEarlyCancel(seed, now)) {
      context.reply(copy, 487, now);
      return undefined;
    }
    if (passage.request.method === 'INVITE' && targets.length > 1) this.#tellFork(seed, targets);
    context.start(targets, now);
    return undefined;
  }

  /** Each INVITE with several targets is told to the peers: a stand-in must know whom to cancel. */
  #tellFork(seed: string, targets: readonly RouteTarget[]): void {
    if (this.environment.peers.nodes.length < 2) return;
    this.environment.emit({ kind: 'tell-peers', topic: 'sip.fork', content: JSON.stringify({ seed, targets: targets.map((each) => each.address) }) });
  }

  #options(copy: Inbound, passage: Passage, now: Millis): void {
    if (this.environment.draining) return this.#answer(copy, passage, 503, undefined, [], now);
    const headers = [`Allow: ${ALLOW}`, 'Accept: application/sdp', 'Accept-Encoding: identity', 'Accept-Language: en', 'Supported: path'];
    return this.#answer(copy, passage, 200, undefined, headers, now);
  }

  #answer(copy: Inbound, passage: Passage, status: number, reason: string | undefined, headers: readonly string[], now: Millis): void {
    if (copy.answered) return;
    const { environment } = this;
    if (status >= 300) environment.observer.count('sip.response.own', String(status));
    const toTag = environment.signer.branch(copy.key).slice(0, 12);
    copy.respond(buildResponse(passage.request, status, reason ?? phraseOf(status), { topVia: copy.topVia, toTag, headers }), status, now);
  }

  // --- CANCEL and ACK ----------------------------------------------------------------------------------------------

  #cancel(request: SipMessage, hop: Hop, now: Millis): void {
    const passage = new Passage(request, hop);
    const copy = this.#copyOf(passage, hop, now);
    const seed = contextSeed(request);
    const context = this.transactions.inbound.get(inboundKey(request, 'INVITE'))?.context ?? this.contexts.get(`${seed}|INVITE`);
    if (context) {
      this.#answer(copy, passage, 200, undefined, [], now);
      context.cancel(now);
      return;
    }
    // RFC 3261 §16.10: no context here, so it goes the way that its INVITE would have gone; the branch is the same on every node.
    this.#readRoutes(passage);
    const targets = this.#targetsNow(passage, now);
    if (targets.length === 0) return this.#answer(copy, passage, 481, undefined, [], now);
    this.environment.observer.count('sip.takeover', 'cancel');
    this.#answer(copy, passage, 200, undefined, [], now);
    this.#rememberCancel(seed, now);
    for (const target of targets) this.#cancelTarget(passage, seed, target, now);
    return undefined;
  }

  #cancelTarget(passage: Passage, seed: string, target: RouteTarget, now: Millis): void {
    const branch = deriveBranch(this.environment.signer, seed, target.address);
    this.locate(
      target,
      passage,
      (hops, _status, when) => {
        if (!hops?.[0] || this.transactions.findOutbound(branch, 'CANCEL')) return;
        const copy = { target, hop: hops[0], branch, flags: 0, forkIndex: 0, forkCount: 1, maxBreadth: undefined, callerTold: false };
        // CANCEL is hop by hop: only our Via stays, so that its answer ends here.
        const data = cancelCopy(this.environment, passage, copy, when);
        new Outbound(this.transactions, branch, 'CANCEL', data, hops, undefined, when).start(when, 'takeover: CANCEL by derived branch');
      },
      now,
    );
  }

  #rememberCancel(seed: string, now: Millis): void {
    this.#cancelledEarly.set(seed, now + 64 * this.environment.settings.timers.t1);
    if (this.#cancelledEarly.size > REMEMBERED_LIMIT) this.#cancelledEarly.delete(this.#cancelledEarly.keys().next().value as string);
  }

  #takeEarlyCancel(seed: string, now: Millis): boolean {
    if (this.#cancelledEarly.size === 0) return false;
    const until = this.#cancelledEarly.get(seed);
    return until !== undefined && until > now;
  }

  /** The targets of a request that has no context here: routing is asked, nothing is answered. */
  #targetsNow(passage: Passage, now: Millis): readonly RouteTarget[] {
    const destination = this.#destination(passage);
    if (!destination || (destination.scheme !== 'sip' && destination.scheme !== 'sips')) return [];
    const decision = this.environment.resolver.resolve(this.#question(passage, destination, now), now);
    return decision.kind === 'forward' ? targetsOf(decision.targets, passage) : [];
  }

  /**
   * The ACK of a 2xx, or that of a failure which another node carried: it keeps no state and gets no answer. Where
   * this node carried the INVITE, the ACK of its 2xx takes a branch of its own.
   */
  #forwardAck(request: SipMessage, hop: Hop, now: Millis): void {
    if (request.maxForwards === 0) return this.environment.observer.count('sip.request.dropped', 'max-forwards');
    const passage = new Passage(request, hop);
    this.#readRoutes(passage);
    const targets = this.#targetsNow(passage, now);
    if (targets.length === 0) return this.environment.observer.count('sip.request.dropped', 'ack-unroutable');
    return this.#forwardOnce(targets, passage, contextSeed(request), now);
  }

  /** Forwards without keeping anything: ACKs, and every request in stateless mode. */
  #forwardOnce(targets: readonly RouteTarget[], passage: Passage, seed: string, now: Millis): void {
    const { request } = passage;
    const ownAck = request.method === 'ACK' && this.contexts.get(`${seed}|INVITE`) !== undefined;
    for (const target of targets) {
      this.locate(
        target,
        passage,
        (hops, _status, when) => {
          const first = hops?.[0];
          if (!first) return this.environment.observer.count('sip.request.dropped', 'unroutable');
          const branch = (ownAck ? deriveAckBranch : deriveBranch)(this.environment.signer, seed, target.address);
          const copy = { target, hop: first, branch, flags: 0, forkIndex: 0, forkCount: 1, maxBreadth: undefined, callerTold: true };
          const data = assembleCopy(this.environment, passage, copy, when);
          // Nobody repeats an ACK: while an address is held for dead, the next one gets it as well.
          const { health } = this.environment;
          const alive = hops.filter((each) => !health.isDown(hopKey(each), when));
          this.environment.send(data, alive[0] ?? first, request, when);
          return undefined;
        },
        now,
      );
    }
  }

  // --- finding the way ---------------------------------------------------------------------------------------------

  locate(target: RouteTarget, passage: Passage, found: (hops: readonly Hop[] | undefined, status: number, now: Millis) => void, now: Millis): void {
    if (target.hop) return found(this.#registeredHops(target, target.hop), 0, now);
    const text = target.via?.[0] ?? passage.routes[0] ?? target.address;
    const located = locate(this.environment, text, passage.hop.host);
    switch (located.kind) {
      case 'hops':
        return found(located.hops, 0, now);
      case 'none':
        return found(undefined, located.reason === 'scheme' ? 416 : 503, now);
      case 'name': {
        const id = this.environment.nextId();
        this.#questions.set(id, (addresses, when) => {
          const hops = addresses.map((each) => ({ transport: each.transport, host: each.host, port: each.port }));
          const alternates = hopsOf(located.alternates, hops[0]?.transport ?? 'udp');
          found(hops.length === 0 ? undefined : [...hops, ...alternates], 503, when);
        });
        this.environment.emit({ kind: 'resolve', id, question: located.question });
        return undefined;
      }
      default:
        return located satisfies never;
    }
  }

  /** The connection that a telephone registered over; where it is gone, the contact itself may listen. */
  #registeredHops(target: RouteTarget, hop: Hop): readonly Hop[] {
    if (!isReliable(hop.transport) || target.registered !== true) return [hop];
    const contact = locate(this.environment, target.address, '');
    return contact.kind === 'hops' && contact.hops[0]?.transport === hop.transport && hopKey(contact.hops[0]) !== hopKey(hop) ? [hop, contact.hops[0]] : [hop];
  }

  resolved(id: number, addresses: readonly ResolvedAddress[], now: Millis): void {
    const found = this.#questions.get(id);
    this.#questions.delete(id);
    found?.(addresses, now);
  }

  // --- contexts ----------------------------------------------------------------------------------------------------

  askPeers(context: ResponseContext): void {
    this.environment.emit({ kind: 'tell-peers', topic: 'sip.heard?', content: context.key });
  }

  /** Another node asks whether we have heard downstream for a request. */
  askedForHeard(key: string): void {
    const context = this.contexts.get(key);
    if (context?.heard) this.environment.emit({ kind: 'tell-peers', topic: 'sip.heard', content: key });
  }

  contextEnded(context: ResponseContext): void {
    if (this.contexts.get(context.key) === context) this.contexts.delete(context.key);
  }

  /** Forgets every request in progress without a word: the host was frozen. */
  thawed(): void {
    for (const context of [...this.contexts.values()]) context.end();
    this.transactions.clear();
    this.contexts.clear();
    this.#questions.clear();
  }

  sweep(now: Millis): void {
    for (const [seed, until] of this.#cancelledEarly) {
      if (until > now) break;
      this.#cancelledEarly.delete(seed);
    }
  }
}

/** Where Routes are left, routing has judged the first of them; the Request-URI goes on as it is. */
function targetsOf(targets: readonly RouteTarget[], passage: Passage): readonly RouteTarget[] {
  return passage.routes.length === 0 ? targets : targets.slice(0, 1).map((each) => ({ ...each, address: passage.requestUri }));
}

function contactLine(target: RouteTarget): string {
  const q = target.preference === undefined || target.preference === 1000 ? '' : `;q=${(target.preference / 1000).toFixed(3).replace(/0+$/, '')}`;
  return `Contact: <${target.address}>${q}`;
}

/** RFC 3261 §9.1: a CANCEL with the single Via of this hop. */
function cancelCopy(environment: Environment, passage: Passage, copy: Parameters<typeof assembleCopy>[2], _now: Millis): Buffer {
  const { request } = passage;
  const sentBy = environment.identity.sentBy(copy.hop.transport, copy.hop.host);
  const lines = [
    `CANCEL ${copy.target.address} SIP/2.0`,
    `Via: SIP/2.0/${copy.hop.transport.toUpperCase()} ${sentBy};rport;branch=${copy.branch}`,
    'Max-Forwards: 70',
    ...[...(copy.target.via ?? []), ...passage.routes].map((route) => `Route: ${route}`),
    `From: ${request.header('From') ?? ''}`,
    `To: ${request.header('To') ?? ''}`,
    `Call-ID: ${request.callId}`,
    `CSeq: ${request.cseq} CANCEL`,
    'Content-Length: 0',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
