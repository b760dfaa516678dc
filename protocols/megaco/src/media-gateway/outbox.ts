// What the gateway has to tell its controller: kept in order until it is answered, by whichever controller is in charge
// by then (RFC 3525 §11.5: unanswered requests go on at the new one, once it is in charge).
import type { Millis, Observer } from '@altpath/core';
import type { ActionRequest } from '../message/index.js';
import type { Association, Outstanding, ReplyResult } from '../transaction/index.js';

/** One transaction of the gateway's own accord. */
export interface Telling {
  /** Asked when it is sent, and again where it has to be said anew; undefined: it is of no interest any more. */
  actions(): readonly ActionRequest[] | undefined;
  /** The last that is heard of it: the reply, or undefined where it was dropped. */
  over?(result: ReplyResult | undefined, now: Millis): void;
}

/** What the outbox needs of the transaction layer. */
export interface TellingSender {
  send(actions: readonly ActionRequest[], to: Association, token: Telling, now: Millis): unknown;
  redirect(matches: (outstanding: Outstanding<Telling>) => boolean, to: Association, now: Millis): unknown;
  abandon(matches: (outstanding: Outstanding<Telling>) => boolean, now: Millis): unknown;
}

interface Entry {
  readonly telling: Telling;
  isSent: boolean;
}

/** More than the telephones of a gateway do while no controller is there; beyond it the oldest go. */
const CAPACITY = 10_000;

export class GatewayOutbox {
  #entries: Entry[] = [];
  #to: Association | undefined;

  constructor(
    private readonly sender: TellingSender,
    private readonly observer: Observer,
  ) {}

  get size(): number {
    return this.#entries.length;
  }

  /** Says it now, or when a controller is in charge. */
  tell(telling: Telling, now: Millis): void {
    const entry: Entry = { telling, isSent: false };
    this.#entries.push(entry);
    if (this.#entries.length > CAPACITY) {
      const [oldest] = this.#entries;
      this.observer.count('megaco.gateway.untold', 'capacity');
      if (oldest) this.#drop(oldest, now);
    }
    this.#send(entry, now);
  }

  /** A controller is in charge: what another one has not answered goes on there, then follows what waited. */
  up(to: Association, now: Millis): void {
    this.#to = to;
    this.sender.redirect(() => true, to, now);
    for (const entry of [...this.#entries]) this.#send(entry, now);
  }

  /** Nobody is in charge. What is on its way may still be answered. */
  down(): void {
    this.#to = undefined;
  }

  /** Nobody answers: all of it is said anew, in order, to whoever comes. */
  unanswered(now: Millis): void {
    this.sender.abandon(() => true, now);
    for (const entry of this.#entries) entry.isSent = false;
  }

  /** It was answered, or cannot be said at all. */
  settled(telling: Telling, result: ReplyResult | undefined, now: Millis): void {
    const entry = this.#entries.find((each) => each.telling === telling);
    if (entry) this.#drop(entry, now, result);
  }

  /** What was to be said is of no interest any more: the gateway has lost its state. */
  clear(now: Millis): void {
    this.sender.abandon(() => true, now);
    const entries = this.#entries;
    this.#entries = [];
    for (const { telling } of entries) telling.over?.(undefined, now);
  }

  #send(entry: Entry, now: Millis): void {
    if (this.#to === undefined || entry.isSent) return;
    const actions = entry.telling.actions();
    if (actions === undefined) return this.#drop(entry, now);
    entry.isSent = true;
    this.sender.send(actions, this.#to, entry.telling, now);
  }

  #drop(entry: Entry, now: Millis, result?: ReplyResult): void {
    const at = this.#entries.indexOf(entry);
    if (at >= 0) this.#entries.splice(at, 1);
    entry.telling.over?.(result, now);
  }
}
