// A request of the user agent's own, from the target to the answer: where it goes (RFC 3263), what its Via says, and
// which address is tried next. Below it stands the proxy's client transaction with its stand-ins; above it a leg.
import { type Hop, hopKey, type Millis, type RouteTarget } from '@altpath/core';
import { buildCancel, buildRequest } from '../codec/build.js';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import { pathParameters } from '../path-mapping.js';
import { ALTERNATE_PATH_HEADER } from '../path/spelling.js';
import { writeViaToken } from '../path/token.js';
import { type BranchOwner, Outbound } from '../proxy/outbound.js';
import type { Transactions } from '../proxy/transactions.js';
import { giverOf, type WayFinder } from '../proxy/way-finder.js';

/** RFC 3261 §18.1.1: 200 bytes below an MTU of 1500. Above it the list of our stand-ins is left out. */
const UDP_LIMIT = 1300;

/** What a request says beside what its plan does. */
export interface Wording {
  /** Whole lines, without line end. */
  readonly lines: readonly string[];
  readonly body?: string | undefined;
}

/** What a request is made from. */
export interface OwnRequestPlan {
  readonly method: string;
  readonly callId: string;
  readonly cseq: number;
  /** Our tag: with Call-ID, CSeq and Request-URI it makes the branch. */
  readonly tag: string;
  /** The Request-URI. */
  readonly uri: string;
  /** Where it goes: the first Route, else the Request-URI, or the way that is known there. */
  readonly target: RouteTarget;
  /** Host of whoever gave us the address: its alternates count inside its trust group. Empty: nobody. */
  readonly giver: string;
  /** Whoever is there may be told our stand-ins, wherever it is: one of our users, or who was told before. */
  readonly told?: boolean | undefined;
  /** A parameter of our Via that tells a stand-in of which leg the answer is; starts with `;`. */
  readonly viaParameter?: string | undefined;
  /** Whole lines, without line end: all but Via and what depends on the hop. */
  readonly lines: readonly string[];
  /** What depends on the hop, and the body. Asked for each hop that a transaction is made for. */
  write(hop: Hop, told: boolean): Wording;
}

/** Who hears how it went. Nothing is told after `failed`, and nothing but further answers to an INVITE after a final one. */
export interface OwnRequestOwner {
  responded(request: OwnRequest, response: SipMessage, now: Millis): void;
  /** No answer. `status`: 408 for silence, 503 where nobody could be reached, 416 for an address that is no SIP URI. */
  failed(request: OwnRequest, status: number, now: Millis): void;
}

/** Who does not want to hear. */
export const SILENT_OWNER: OwnRequestOwner = { responded: () => undefined, failed: () => undefined };

/** Where requests of our own are sent from. */
export class Sender {
  constructor(
    readonly environment: Environment,
    readonly transactions: Transactions,
    readonly ways: WayFinder,
  ) {}

  request(plan: OwnRequestPlan, owner: OwnRequestOwner, now: Millis): OwnRequest {
    const request = this.prepare(plan, owner);
    request.start(now);
    return request;
  }

  /** The request unsent: the owner enters it where it is looked for, and starts it. */
  prepare(plan: OwnRequestPlan, owner: OwnRequestOwner): OwnRequest {
    return new OwnRequest(this, plan, owner);
  }

  /**
   * An ACK of a 2xx: no transaction, nobody answers it.
   *
   * @param everywhere  The 2xx came again, so the ACK was not heard: all ways are worth a copy.
   */
  acknowledge(plan: OwnRequestPlan, everywhere: boolean, now: Millis): void {
    this.locate(
      plan,
      (hops, _status, when) => {
        const { health, observer } = this.environment;
        const first = hops?.find((each) => !health.isDown(hopKey(each), when)) ?? hops?.[0];
        if (!hops || !first) return observer.count('sip.request.dropped', 'ack-unroutable');
        const data = this.write(plan, first, this.branchOf(plan, undefined), when);
        const same = hops.filter((each) => each.transport === first.transport);
        for (const hop of everywhere ? same : [first]) this.environment.send(data, hop, when);
        return undefined;
      },
      now,
    );
  }

  locate(plan: OwnRequestPlan, found: (hops: readonly Hop[] | undefined, status: number, now: Millis) => void, now: Millis): void {
    this.ways.find(plan.target, [], giverOf(plan.target, plan.giver), found, now);
  }

  branchOf({ method, callId, cseq, tag, uri }: OwnRequestPlan, again: Hop | undefined): string {
    const seed = `${method}\n${callId}\n${tag}\n${cseq}\n${uri}${again ? `\n${hopKey(again)}` : ''}`;
    return `z9hG4bK${this.environment.signer.branch(seed)}`;
  }

  /** The request for one hop. Whoever would get too much by datagram is not told our stand-ins. */
  write(plan: OwnRequestPlan, hop: Hop, branch: string, now: Millis): Buffer {
    const { environment } = this;
    const mayBeTold = plan.told === true || plan.target.registered === true || environment.trust.isNeighbour(hop.host);
    const list = mayBeTold ? environment.identity.alternates(hop.transport, hop.host) : '';
    const data = this.#assemble(plan, hop, branch, list, now);
    if (list === '' || hop.transport !== 'udp' || data.length <= UDP_LIMIT) return data;
    return this.#assemble(plan, hop, branch, '', now);
  }

  #assemble(plan: OwnRequestPlan, hop: Hop, branch: string, alternates: string, now: Millis): Buffer {
    const inHeader = this.environment.settings.path.carrier === 'header';
    const { lines, body } = plan.write(hop, alternates !== '');
    return buildRequest(
      plan.method,
      plan.uri,
      [
        this.#via(plan, hop, branch, inHeader ? '' : alternates, now),
        ...plan.lines,
        ...lines,
        ...(inHeader && alternates !== '' ? [`${ALTERNATE_PATH_HEADER}: ${alternates}`] : []),
      ],
      body,
    );
  }

  /** As the proxy writes it: any node knows the Via for the cluster's, and a stand-in whose it is. */
  #via(plan: OwnRequestPlan, hop: Hop, branch: string, alternates: string, now: Millis): string {
    const { identity, signer, peers, settings } = this.environment;
    const sentBy = identity.sentBy(hop.transport, hop.host);
    const head = `Via: SIP/2.0/${hop.transport.toUpperCase()} ${sentBy};rport;branch=${branch}`;
    if (plan.method === 'ACK') return head;
    const token = writeViaToken(
      signer,
      { node: peers.self.index, flags: 0, forkIndex: 0, forkCount: 1, expiresAt: now + settings.path.expiresMs, loopHash: '0' },
      {
        branch,
        nextBranch: '',
        nextSentBy: '',
        nextReceived: '',
        nextRport: undefined,
        nextTransport: '',
        alternates,
        callId: plan.callId,
        cseq: plan.cseq,
      },
    );
    return `${head}${plan.viaParameter ?? ''}${pathParameters(alternates, token)}`;
  }
}

export class OwnRequest implements BranchOwner {
  /** The highest status heard; 0 while nothing was. */
  status = 0;
  /** An answer from 200 on was told, or that there is none. */
  over = false;
  #branch: Outbound | undefined;
  #rest: readonly Hop[] = [];
  /** Why it is given up, as header lines; undefined: it is not. */
  #cancelled: readonly string[] | undefined;
  /** Another node has sent it, or nobody has: from here goes its CANCEL alone. */
  #isWithdrawn = false;
  #located = false;

  constructor(
    private readonly sender: Sender,
    readonly plan: OwnRequestPlan,
    private readonly owner: OwnRequestOwner,
  ) {}

  /** The request as it went out; undefined before, and once it has been answered for good. */
  get sent(): SipMessage | undefined {
    return this.#branch?.message;
  }

  start(now: Millis): void {
    this.sender.locate(
      this.plan,
      (hops, status, when) => {
        this.#located = true;
        if (this.over) return;
        if (!hops || hops.length === 0) return this.#fail(status || 503, when);
        this.#send(hops, undefined, when);
      },
      now,
    );
  }

  #send(hops: readonly Hop[], after: Outbound | undefined, now: Millis): void {
    const { environment, transactions } = this.sender;
    const hop = hops.find((each) => !environment.health.isDown(hopKey(each), now)) ?? hops[0];
    if (!hop) return;
    const branch = this.sender.branchOf(this.plan, after && hop);
    const sent = this.sender.write(this.plan, hop, branch, now);
    this.#rest = hops.filter((each) => each.transport !== hop.transport);
    this.#branch = new Outbound(
      transactions,
      {
        branch,
        method: this.plan.method,
        sent,
        hops: hops.filter((each) => each.transport === hop.transport),
        patient: this.plan.target.hop !== undefined,
        owner: this,
      },
      now,
    );
    if (!this.#isWithdrawn) return this.#branch.start(now, after && 'next address (RFC 3263 §4.3)');
    this.#branch.listen(now);
    this.#sendCancel(this.#cancelled ?? [], now);
  }

  responded(branch: Outbound, response: SipMessage, now: Millis): void {
    const { status } = response;
    // An address that was given up may still bring an answer that somebody has to acknowledge.
    if (branch !== this.#branch && (status < 200 || status >= 300)) return;
    if (status > this.status) this.status = status;
    if (this.#cancelled && status < 200) this.#sendCancel(this.#cancelled, now);
    if (status === 503 && this.#tryNext(branch, now)) return;
    if (status >= 200) this.over = true;
    this.owner.responded(this, response, now);
  }

  failed(branch: Outbound, reason: 'timeout' | 'unreachable', now: Millis): void {
    if (branch !== this.#branch || (reason === 'unreachable' && this.#tryNext(branch, now))) return;
    this.#fail(reason === 'timeout' ? 408 : 503, now);
  }

  /** A 503, or nobody there: the addresses that are left get a transaction of their own. (RFC 3263 §4.3) */
  #tryNext(branch: Outbound, now: Millis): boolean {
    const hops = [...branch.unused, ...this.#rest];
    if (hops.length === 0 || this.#cancelled !== undefined || this.over) return false;
    this.sender.environment.observer.count('sip.alternate.used', 'unavailable');
    this.#send(hops, branch, now);
    return true;
  }

  #fail(status: number, now: Millis): void {
    if (this.over) return;
    this.over = true;
    this.owner.failed(this, status, now);
  }

  /**
   * RFC 3261 §9.1: an INVITE is given up; the CANCEL waits for a provisional response.
   *
   * @param lines  Of the CANCEL: why.
   */
  cancel(lines: readonly string[], now: Millis): void {
    if (this.over) return;
    this.#cancelled = lines;
    if (!this.#located) this.#fail(487, now);
    else if (this.status > 0) this.#sendCancel(lines, now);
  }

  /**
   * Instead of `start`, where another node may have sent the INVITE: whoever has it ends it, and whoever has not hears of none. That
   * node was to wait for a provisional response (RFC 3261 §9.1), which may have come after its end.
   *
   * @param lines  As those of `cancel`.
   */
  withdraw(lines: readonly string[], now: Millis): void {
    this.#cancelled = lines;
    this.#isWithdrawn = true;
    this.start(now);
  }

  #sendCancel(lines: readonly string[], now: Millis): void {
    const branch = this.#branch;
    const { message } = branch ?? {};
    if (!branch || !message || branch.cancelSent || branch.status >= 200) return;
    branch.cancelSent = true;
    new Outbound(
      this.sender.transactions,
      { branch: branch.branch, method: 'CANCEL', sent: buildCancel(message, lines), hops: branch.hops, everywhere: true },
      now,
    ).start(now);
  }

  /** Ends without a word to anyone. */
  forget(): void {
    this.over = true;
    this.#branch?.forget();
  }
}
