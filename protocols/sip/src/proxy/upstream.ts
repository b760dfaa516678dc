// The upstream side of a response context: the copies of the request that wait for its answer. Each copy gets each
// response, with its own Via stack, and whoever comes late gets the failure that the others got.
import { isReliable, type Millis } from '@altpath/core';
import { buildResponse } from '../codec/build.js';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import type { Answering, Inbound } from './inbound.js';
import { relayedResponse } from './relay.js';
import { phraseOf } from './statuses.js';

export class Upstream {
  #copies: Inbound[] = [];
  /** The failure that went up: a status of our own, or a response with the challenges that joined it. */
  #failure: number | { readonly response: SipMessage; readonly challenges: readonly string[] } = 0;

  constructor(
    private readonly environment: Environment,
    private readonly seed: string,
    private readonly isInvite: boolean,
  ) {}

  get copies(): readonly Inbound[] {
    return this.#copies;
  }

  get isEmpty(): boolean {
    return this.#copies.length === 0;
  }

  /** Nobody has heard more than a 100. */
  get isSilent(): boolean {
    return this.#copies.every((copy) => copy.status <= 100);
  }

  get isAnswered(): boolean {
    return this.#copies.some((copy) => copy.status >= 200 && copy.status < 300);
  }

  /**
   * @param heard  Something came from downstream.
   * @param isOut  A copy of the request has gone downstream.
   */
  join(copy: Inbound, owner: Answering, heard: boolean, isOut: boolean, now: Millis): void {
    copy.context = owner;
    this.#copies.push(copy);
    const failure = this.#failure;
    if (typeof failure !== 'number') return this.#relayTo(copy, failure.response, failure.challenges, now);
    if (failure > 0) return this.#reply(copy, failure, now);
    return this.isInvite && (heard || (isOut && isReliable(copy.hop.transport))) ? this.#reply(copy, 100, now) : undefined;
  }

  leave(copy: Inbound): void {
    const at = this.#copies.indexOf(copy);
    if (at >= 0) this.#copies.splice(at, 1);
  }

  /** 100 to whoever has heard nothing yet. */
  trying(now: Millis, isWanted: (copy: Inbound) => boolean = () => true): void {
    for (const copy of this.#copies) if (copy.status === 0 && isWanted(copy)) this.#reply(copy, 100, now);
  }

  /** A provisional response or a 2xx. */
  relay(response: SipMessage, now: Millis): void {
    for (const copy of [...this.#copies]) this.#relayTo(copy, response, [], now);
  }

  /** A failure that came from downstream. */
  fail(response: SipMessage, challenges: readonly string[], now: Millis): void {
    this.#failure = { response, challenges };
    for (const copy of [...this.#copies]) this.#relayTo(copy, response, challenges, now);
  }

  /** A failure of our own. */
  refuse(status: number, now: Millis): void {
    this.#failure = status;
    this.environment.observer.count('sip.response.own', String(status));
    for (const copy of [...this.#copies]) this.#reply(copy, status, now);
  }

  #relayTo(copy: Inbound, response: SipMessage, challenges: readonly string[], now: Millis): void {
    if (copy.answered && response.status < 200) return;
    const relayed = relayedResponse(this.environment, response, 1, copy, challenges, now);
    copy.respond(relayed.data, response.status, now, relayed.note);
  }

  #reply(copy: Inbound, status: number, now: Millis): void {
    if (!copy.request || copy.answered) return;
    const tag = status > 100 ? { toTag: this.environment.signer.branch(this.seed).slice(0, 12) } : {};
    copy.respond(buildResponse(copy.request, status, phraseOf(status), { topVia: copy.topVia, ...tag }), status, now);
  }

  /** Answered: a copy that is alone takes its Via stack from the response, and needs its request no more. */
  shed(): void {
    const [only] = this.#copies;
    if (only && this.#copies.length === 1) only.request = undefined;
  }

  /** The copies answer for themselves from now on. */
  release(): void {
    const copies = this.#copies;
    this.#copies = [];
    for (const copy of copies) copy.release();
  }

  /** The copies end without a word. */
  forget(): void {
    const copies = this.#copies;
    this.#copies = [];
    for (const copy of copies) copy.forget();
  }
}
