// CANCEL (RFC 3261 §9.2, §16.10). With a response context here, that is cancelled. Without one the INVITE is carried by
// another node, or has not come yet: the branch is the same on every node, so a CANCEL of our own finds it; and it is
// remembered for an INVITE that it overtook.
import { type Millis, type RouteTarget } from '@altpath/core';
import { buildRequest } from '../codec/build.js';
import type { Environment } from '../environment.js';
import { contextSeed, deriveBranch } from './derive.js';
import type { ForkNotices } from './fork-notices.js';
import { type Passage, wayOf } from './forward.js';
import { Outbound } from './outbound.js';
import { targetsNow } from './routing.js';
import type { Transactions } from './transactions.js';
import type { WayFinder } from './way-finder.js';

const REMEMBERED_LIMIT = 10_000;

export class Cancels {
  /** Seeds of CANCELs that came before their INVITE, and until when they are remembered. */
  readonly #early = new Map<string, Millis>();

  constructor(
    private readonly environment: Environment,
    private readonly transactions: Transactions,
    private readonly ways: WayFinder,
    private readonly notices: ForkNotices,
  ) {}

  /** @returns whether anybody could be cancelled; the routes of the passage have been read. */
  sendOn(passage: Passage, now: Millis): boolean {
    const seed = contextSeed(passage.request);
    const targets = this.#targets(passage, seed, now);
    if (targets.length === 0) return this.environment.handToPeer(passage.request.bytes, passage.hop, now);
    this.environment.observer.count('sip.takeover', 'cancel');
    this.#remember(seed, now);
    for (const target of targets) this.#cancel(passage, seed, target, now);
    return true;
  }

  /** Those that routing finds now, and those that the node which forked has told: it has let the caller in. */
  #targets(passage: Passage, seed: string, now: Millis): readonly RouteTarget[] {
    const found = targetsNow(this.environment, passage, now);
    const told = (this.notices.targets(seed) ?? []).filter((address) => !found.some((each) => each.address === address));
    return [...found, ...told.map((address) => ({ address, registered: true }))];
  }

  #cancel(passage: Passage, seed: string, target: RouteTarget, now: Millis): void {
    const branch = deriveBranch(this.environment.signer, seed, target.address);
    this.ways.locate(
      target,
      passage,
      (hops, _status, when) => {
        const first = hops?.[0];
        if (!first || this.transactions.findOutbound(branch, 'CANCEL')) return;
        const same = hops.filter((each) => each.transport === first.transport);
        const sent = this.#write(
          passage,
          target,
          `SIP/2.0/${first.transport.toUpperCase()} ${this.environment.identity.sentBy(first.transport, first.host)};rport;branch=${branch}`,
        );
        new Outbound(this.transactions, { branch, method: 'CANCEL', sent, hops: same }, when).start(
          when,
          'takeover: CANCEL by derived branch',
        );
      },
      now,
    );
  }

  /** RFC 3261 §9.1: hop by hop, so only our Via stands in it, and its answer ends here. */
  #write(passage: Passage, target: RouteTarget, via: string): Buffer {
    const { request } = passage;
    const { uri, routes } = wayOf(passage, target);
    return buildRequest('CANCEL', uri, [
      `Via: ${via}`,
      `Max-Forwards: ${(request.maxForwards ?? this.environment.settings.proxy.maxForwards + 1) - 1}`,
      ...routes.map((route) => `Route: ${route}`),
      `From: ${request.header('From') ?? ''}`,
      `To: ${request.header('To') ?? ''}`,
      `Call-ID: ${request.callId}`,
      `CSeq: ${request.cseq} CANCEL`,
    ]);
  }

  #remember(seed: string, now: Millis): void {
    this.#early.delete(seed);
    this.#early.set(seed, now + 64 * this.environment.settings.timers.t1);
    if (this.#early.size > REMEMBERED_LIMIT) this.#early.delete(this.#early.keys().next().value as string);
  }

  /** A CANCEL with this seed has come before. */
  cameEarly(seed: string, now: Millis): boolean {
    if (this.#early.size === 0) return false;
    const until = this.#early.get(seed);
    return until !== undefined && until > now;
  }

  sweep(now: Millis): void {
    for (const [seed, until] of this.#early) {
      if (until > now) break;
      this.#early.delete(seed);
    }
  }
}
