// What one line looks for, and what becomes of what it sees: requested events and their actions, the digit map and its
// timer, the list of observed events, notification state, lockstep and quarantine (RFC 3435 §2.3.3, §4.4.1).
import { type Millis, NEVER } from '@altpath/core';
import { DigitMapMatcher, parseDigitMap } from '../codec/digit-map.js';
import {
  covers,
  type DetectedEvent,
  type EmbeddedRequest,
  eventKey,
  type ObservedEvent,
  type RequestedAction,
  type RequestedEvent,
} from '../message/events.js';
import type { QuarantineHandling } from '../message/parameters.js';

/** A notification request as the watch keeps it. */
export interface WatchRequest {
  readonly requestIdentifier: string;
  readonly requested: readonly RequestedEvent[];
  readonly quarantine: QuarantineHandling;
  /** Undefined leaves the digit map, the detect list and the persistent list as they are. */
  readonly digitMap?: string | undefined;
  readonly detect?: readonly DetectedEvent[] | undefined;
  readonly persistent?: readonly RequestedEvent[] | undefined;
}

/** `ns`: a Notify waits for its answer; `ls`: lockstep, a new request is waited for; `o`: neither (appendix B.2.2). */
export type NotificationState = 'ns' | 'ls' | 'o';

/** What the watch has done for it. */
export interface WatchOwner {
  readonly defaultPackage: string;
  readonly timers: { readonly tPartialMs: Millis; readonly tCriticalMs: Millis };
  /** Send a Notify with these events; the watch is in notification state until `answered`. */
  notify(events: readonly ObservedEvent[], now: Millis): void;
  stopTimedSignals(): void;
  swapAudio(now: Millis): void;
  /** Puts the signals of an embedded request in force. @returns the code why the request fails, or undefined. */
  embed(request: EmbeddedRequest, now: Millis): number | undefined;
}

const DIGIT_PACKAGE = 'D';
const TIMER: ObservedEvent = { name: { packageName: DIGIT_PACKAGE, event: 'T' }, parameters: [] };
const NOTIFY: readonly RequestedAction[] = [{ kind: 'notify' }];
const NONE: WatchRequest = { requestIdentifier: '0', requested: [], quarantine: { loop: false, discard: false } };
/** More than a caller can dial; what comes beyond is lost, and said to be lost (appendix B.1). */
const CAPACITY = 64;

export class EventWatch {
  #request = NONE;
  #digitMap = '';
  #dialling: DigitMapMatcher | undefined;
  #detect: readonly DetectedEvent[] = [];
  #persistent: readonly RequestedEvent[];
  #state: NotificationState = 'o';
  #observed: ObservedEvent[] = [];
  #quarantine: ObservedEvent[] = [];
  #timerAt: Millis = NEVER;

  /** Before the first request one of our own is in force, with identifier 0 and nothing but persistent events (§4.4.1). */
  constructor(
    private readonly owner: WatchOwner,
    persistent: readonly RequestedEvent[],
  ) {
    this.#persistent = persistent;
  }

  get requestIdentifier(): string {
    return this.#request.requestIdentifier;
  }

  /** With its embedded one in force, that one's events (§2.3.10). */
  get requested(): readonly RequestedEvent[] {
    return this.#request.requested;
  }

  get quarantineHandling(): QuarantineHandling {
    return this.#request.quarantine;
  }

  get digitMap(): string {
    return this.#digitMap;
  }

  get detect(): readonly DetectedEvent[] {
    return this.#detect;
  }

  get persistent(): readonly RequestedEvent[] {
    return this.#persistent;
  }

  get observed(): readonly ObservedEvent[] {
    return this.#observed;
  }

  get state(): NotificationState {
    return this.#state;
  }

  /** A request is in force. What it finds in quarantine is only looked at by `resume`, once the answer has gone. */
  apply(request: WatchRequest, now: Millis): void {
    if (request.quarantine.discard) {
      this.#quarantine = [];
    } else if (this.#state === 'o') {
      // §4.4.1: what was observed and not yet notified is processed again under the new request.
      this.#quarantine = [...this.#observed, ...this.#quarantine].filter((event) => !isTimer(event));
    }
    this.#request = request;
    if (request.digitMap !== undefined) this.#load(request.digitMap);
    if (request.detect !== undefined) this.#detect = request.detect;
    if (request.persistent !== undefined) this.#persistent = request.persistent;
    this.#observed = [];
    this.#state = 'o';
    this.#startDialling(now);
  }

  /** As before the first request; persistent events stay (RFC 3991 §2.4). */
  reset(): void {
    this.#request = NONE;
    this.#load('');
    this.#detect = [];
    this.#observed = [];
    this.#quarantine = [];
    this.#state = 'o';
    this.#timerAt = NEVER;
  }

  /** Processes what is in quarantine, until something is notified. */
  resume(now: Millis): void {
    while (this.#state === 'o') {
      const event = this.#quarantine.shift();
      if (!event) return;
      this.#process(event, now);
    }
  }

  /** Something happened on the line. */
  occur(event: ObservedEvent, now: Millis): void {
    if (this.#state === 'o' && this.#quarantine.length === 0) this.#process(event, now);
    else if (this.#isDetected(event)) this.#keep(event);
  }

  /** The Notify is answered, or given up and the disconnected procedure over: what the quarantine handling says goes on. */
  answered(now: Millis): void {
    if (this.#state !== 'ns') return;
    this.#observed = [];
    this.#dialling?.reset();
    this.#state = this.#request.quarantine.loop ? 'o' : 'ls';
    if (this.#state === 'o') this.#startDialling(now);
    this.resume(now);
  }

  tick(now: Millis): void {
    if (now < this.#timerAt) return;
    this.#timerAt = NEVER;
    this.#process(TIMER, now);
  }

  deadline(): Millis {
    return this.#timerAt;
  }

  #process(event: ObservedEvent, now: Millis): void {
    const request = this.#find(this.#request.requested, event) ?? this.#find(this.#persistent, event);
    if (!request) return;
    const actions = request.actions.length === 0 ? NOTIFY : request.actions;
    const kinds = new Set(actions.map((action) => action.kind));
    if (!kinds.has('keep-signals')) this.owner.stopTimedSignals();
    if (kinds.has('swap')) this.owner.swapAudio(now);
    this.#timeDigit(event, kinds.has('digit-map'), now);
    if (kinds.has('accumulate') || kinds.has('notify')) this.#observe(event, now);
    if (kinds.has('digit-map')) this.#dial(event, now);
    if (kinds.has('notify')) this.#notify(now);
    for (const action of actions) if (action.kind === 'embedded') this.#embed(action, now);
  }

  #find(list: readonly RequestedEvent[], event: ObservedEvent): RequestedEvent | undefined {
    const found = list.filter((each) => covers(each.name, event.name, this.owner.defaultPackage));
    // The event by its own name goes before a range, and a range before `all`.
    return found.find((each) => each.name.event.toLowerCase() === event.name.event.toLowerCase()) ?? found[0];
  }

  /** §4.4.1: in quarantine all is kept that any list names, whatever its action. */
  #isDetected(event: ObservedEvent): boolean {
    const isNamed = (list: readonly { readonly name: RequestedEvent['name'] }[]): boolean =>
      list.some((each) => covers(each.name, event.name, this.owner.defaultPackage));
    return isNamed(this.#request.requested) || isNamed(this.#detect) || isNamed(this.#persistent);
  }

  #keep(event: ObservedEvent): void {
    if (this.#quarantine.length < CAPACITY) this.#quarantine.push(event);
    else if (!this.#quarantine.some((each) => eventKey(each.name) === 'b/qbo'))
      this.#overflow('qbo', (full) => this.#quarantine.push(full));
  }

  #observe(event: ObservedEvent, now: Millis): void {
    if (this.#observed.length < CAPACITY) this.#observed.push(event);
    else if (this.#observed.length === CAPACITY) this.#overflow('oef', (full) => this.#report(full, now));
  }

  #overflow(event: 'qbo' | 'oef', take: (full: ObservedEvent) => void): void {
    const full: ObservedEvent = { name: { packageName: 'B', event }, parameters: [] };
    if (this.#isDetected(full)) take(full);
  }

  #report(event: ObservedEvent, now: Millis): void {
    this.#observed.push(event);
    this.#notify(now);
  }

  /** The digit is the last of the map's text: a match, or none possible any more, is reported with all that went before. */
  #dial(event: ObservedEvent, now: Millis): void {
    this.#observe(event, now);
    const match = this.#dialling?.feed(event.name.event) ?? 'no-match';
    if (match === 'match' || match === 'no-match') {
      this.#notify(now);
    } else if (this.#timerAsked() === 'digit-map') {
      this.#timerAt = now + (match === 'partial-could-match' ? this.owner.timers.tCriticalMs : this.owner.timers.tPartialMs);
    }
  }

  #notify(now: Millis): void {
    if (this.#state === 'ns') return;
    this.#state = 'ns';
    this.#timerAt = NEVER;
    this.owner.notify([...this.#observed], now);
  }

  /** The mini-script of an event: as a new request with the old one's identifier; what was observed stays (§2.3.3). */
  #embed(embedded: EmbeddedRequest, now: Millis): void {
    const failure = this.owner.embed(embedded, now);
    if (failure !== undefined) {
      this.occur({ name: { packageName: 'B', event: 'enf' }, parameters: [{ kind: 'value', value: String(failure), quoted: false }] }, now);
      return;
    }
    this.#request = { ...this.#request, requested: embedded.requestedEvents ?? [] };
    if (embedded.digitMap !== undefined) this.#load(embedded.digitMap);
    if (this.#state === 'o') this.#startDialling(now);
  }

  /** @param text  Checked by the codec; empty takes the map away. */
  #load(text: string): void {
    this.#digitMap = text;
    const map = parseDigitMap(text);
    this.#dialling = map && new DigitMapMatcher(map);
  }

  /** The dial string is empty again. Timer T with another action than the digit map's runs from now on (RFC 3660 §2.2). */
  #startDialling(now: Millis): void {
    this.#dialling?.reset();
    const runsAlone = this.#timerAsked() === 'alone';
    this.#timerAt = runsAlone ? now + this.owner.timers.tCriticalMs : NEVER;
  }

  #timeDigit(event: ObservedEvent, isDialled: boolean, now: Millis): void {
    const isDigit = event.name.packageName?.toUpperCase() === DIGIT_PACKAGE && /^[0-9A-D*#]$/i.test(event.name.event);
    // A digit calls the timer off; with the digit map it is set anew, and `now` is when.
    if ((isDigit || isDialled) && now < this.#timerAt) this.#timerAt = NEVER;
  }

  #timerAsked(): 'digit-map' | 'alone' | 'no' {
    const asked = this.#request.requested.find(
      (each) => each.name.event.toLowerCase() !== 'all' && covers(each.name, TIMER.name, this.owner.defaultPackage),
    );
    if (!asked) return 'no';
    return asked.actions.some((action) => action.kind === 'digit-map') ? 'digit-map' : 'alone';
  }
}

/** Timers that ran out under an old request say nothing under a new one. */
function isTimer(event: ObservedEvent): boolean {
  return eventKey(event.name) === 'd/t';
}
