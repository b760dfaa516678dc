// What one termination looks for, and what becomes of what it sees: events in force, what they embed, the digit map in
// use, lock step and its buffer (RFC 3525 §7.1.9, §7.1.10, §7.1.14.7).
import { type Millis, NEVER } from '@altpath/core';
import {
  type DigitMapValue,
  type ErrorDescriptor,
  type EventBufferControl,
  type EventBufferDescriptor,
  type EventsDescriptor,
  type EventSpec,
  type ItemName,
  type ObservedEvent,
  type ObservedEventsDescriptor,
  quoted,
  type RequestedEvent,
  type SignalRequest,
  timeStampAt,
  word,
} from '../message/index.js';
import { type Collected, DigitCollector, type DigitTimers } from './digit-collector.js';
import { parseDigitMap } from './digit-map.js';
import { checkBuffered, checkEvents, COMPLETION, type EventGround, hookOf, mayComplete, strictnessOf } from './event-check.js';
import { ErrorCode, errorOf, refuse, type Refusal } from './refusal.js';
import type { CommandGround, EventWatch, Happening } from './termination.js';

/** What the watch has done for it, and what it has to know. */
export interface WatchOwner extends EventGround {
  readonly timers: DigitTimers;
  notify(observed: ObservedEventsDescriptor, error: ErrorDescriptor | undefined): void;
  /** An event stops what is being played. */
  interruptSignals(now: Millis): void;
  /** An event replaces what is being played. */
  playSignals(signals: readonly SignalRequest[], now: Millis): void;
  /** The deadline may be another. */
  touched(): void;
}

/** A digit map in use, and the event that asked for it. */
interface Collection {
  readonly collector: DigitCollector;
  readonly event: RequestedEvent;
}

const NONE: EventsDescriptor = { kind: 'events', events: [] };
/** More than a caller can do while a controller thinks; what comes beyond is lost, and said to be lost (error 518). */
const BUFFER_CAPACITY = 64;

export class TerminationWatch implements EventWatch {
  #events: EventsDescriptor = NONE;
  #buffer: readonly EventSpec[] = [];
  #control: EventBufferControl = 'off';
  /** In lock step: an event was recognized, and new events are waited for. */
  #isWaiting = false;
  #buffered: ObservedEvent[] = [];
  #isOverflown = false;
  #collection: Collection | undefined;

  constructor(private readonly owner: WatchOwner) {}

  get bufferControl(): EventBufferControl {
    return this.#control;
  }

  /** Events in force of this name, without wildcards. */
  requested(name: ItemName): RequestedEvent | undefined {
    return this.#events.events.find((event) => event.name.toLowerCase() === name.toLowerCase());
  }

  check(events: EventsDescriptor, ground: CommandGround): Refusal | undefined {
    const { owner } = this;
    const { digitMap } = ground;
    // §7.1.14.1: also a digit map that the same command defines, wherever it stands in it.
    const findDigitMap = (name: string): DigitMapValue | undefined =>
      digitMap?.name?.toLowerCase() === name.toLowerCase() && digitMap.value ? digitMap.value : owner.findDigitMap(name);
    return checkEvents(events, {
      realm: owner.realm,
      hook: owner.hook,
      findDigitMap,
      checkSignals: (signals) => owner.checkSignals(signals),
    });
  }

  arm(events: EventsDescriptor, now: Millis): void {
    this.#events = events;
    if (events.events.length === 0) this.#discard();
    this.#restart(now);
    // E.9.2: what is there already is recognized at once, behind what was buffered before.
    for (const event of events.events) {
      if (hookOf(event.name) !== this.owner.hook || strictnessOf(event) !== 'state') continue;
      if (this.#events !== events) return;
      this.happened({ name: event.name, parameters: [{ name: 'init', value: word('on') }] }, now);
    }
  }

  checkBuffer({ events }: EventBufferDescriptor): Refusal | undefined {
    return checkBuffered(events, this.owner.realm);
  }

  buffer({ events }: EventBufferDescriptor): void {
    this.#buffer = events;
    if (events.length === 0) this.#discard();
  }

  control(control: EventBufferControl): void {
    this.#control = control;
    if (control === 'lock-step') return;
    this.#discard();
    this.#isWaiting = false;
  }

  audit(): EventsDescriptor {
    return this.#events;
  }

  auditBuffer(): EventBufferDescriptor {
    return { kind: 'event-buffer', events: this.#buffer };
  }

  observed(): ObservedEventsDescriptor | undefined {
    const { requestId } = this.#events;
    const dialled = this.#collection?.collector.dialled;
    // §7.2.5: the dial string so far, without a termination method.
    const completion: readonly ObservedEvent[] =
      dialled === undefined ? [] : [{ name: COMPLETION, parameters: [{ name: 'ds', value: quoted(dialled) }] }];
    const events = [...this.#buffered, ...completion];
    return requestId === undefined || events.length === 0 ? undefined : { kind: 'observed-events', requestId, events };
  }

  happened({ name, streamId, parameters }: Happening, now: Millis): void {
    const event: ObservedEvent = { name, time: timeStampAt(now), parameters, ...(streamId !== undefined && { streamId }) };
    this.#take(event, now);
  }

  clear(): void {
    this.#events = NONE;
    this.#buffer = [];
    this.#use(undefined);
    this.control('off');
  }

  tick(now: Millis): void {
    const collected = this.#collection?.collector.expire(now);
    if (collected) this.#complete(collected, now);
  }

  deadline(): Millis {
    return this.#collection?.collector.deadline() ?? NEVER;
  }

  /** §7.1.9: in lock step what comes while new events are waited for is kept, if it is to be kept, and looked at later. */
  #take(event: ObservedEvent, now: Millis): void {
    if (!this.#isWaiting) return this.#process(event, now);
    if (!this.#buffer.some((wanted) => covers(wanted, event))) return;
    if (this.#buffered.length < BUFFER_CAPACITY) this.#buffered.push(event);
    else this.#isOverflown = true;
  }

  #process(event: ObservedEvent, now: Millis): void {
    const symbol = symbolOf(event.name);
    if (this.#collection !== undefined && symbol !== undefined) return this.#dial(this.#collection, symbol, event, now);
    const requested = this.#find(event);
    if (requested) this.#recognize(requested, event, now);
  }

  /** The event by its own name goes before all of its package, and that before everything. */
  #find(event: ObservedEvent): RequestedEvent | undefined {
    const found = this.#events.events.filter((wanted) => covers(wanted, event));
    return found.find(({ name }) => !name.includes('*')) ?? found.find(({ name }) => name !== '*/*') ?? found[0];
  }

  #recognize(requested: RequestedEvent, event: ObservedEvent, now: Millis): void {
    const { embeddedEvents, embeddedSignals, keepActive } = requested;
    const armed = this.#events;
    if (requested.notifyBehaviour?.kind !== 'never') this.#notify(event);
    this.#isWaiting = this.#control === 'lock-step';
    if (embeddedSignals !== undefined) this.owner.playSignals(embeddedSignals, now);
    else if (keepActive !== true) this.owner.interruptSignals(now);
    // The end of a signal is an event as well: what that one brought about goes before.
    if (this.#events !== armed) return;
    if (embeddedEvents !== undefined) this.arm({ kind: 'events', ...embeddedEvents }, now);
    else if (requested.resetEvents === true) this.#restart(now);
  }

  #notify(event: ObservedEvent): void {
    const { requestId } = this.#events;
    if (requestId === undefined) return;
    const error = this.#isOverflown ? errorOf(refuse(ErrorCode.bufferFull)) : undefined;
    this.#isOverflown = false;
    this.owner.notify({ kind: 'observed-events', requestId, events: [event] }, error);
  }

  /** The events in force begin anew: their digit map, and in lock step what was buffered. */
  #restart(now: Millis): void {
    this.#isWaiting = false;
    this.#use(this.#collect(now));
    for (let event = this.#buffered.shift(); event; event = this.#buffered.shift()) {
      this.#process(event, now);
      if (this.#isWaiting) return;
    }
  }

  #collect(now: Millis): Collection | undefined {
    const event = this.#events.events.find(({ name }) => mayComplete(name));
    const { digitMap } = event ?? {};
    const value = digitMap?.kind === 'name' ? this.owner.findDigitMap(digitMap.name) : digitMap?.value;
    const map = value && parseDigitMap(value.body);
    return event && value && map && { event, collector: new DigitCollector(map, value, this.owner.timers, now) };
  }

  #dial(collection: Collection, symbol: string, event: ObservedEvent, now: Millis): void {
    const collected = collection.collector.digit(symbol, 0, now);
    this.owner.touched();
    if (collected?.isRejecting) {
      // §7.1.14.7: the digit that did not fit has no effect until the completion has been told; then it is one like any other.
      this.#complete(collected, now);
      return this.#take(event, now);
    }
    const requested = this.#find(event);
    if (requested) this.#recognize(requested, event, now);
    else if (collection.event.keepActive !== true) this.owner.interruptSignals(now);
    if (collected && this.#collection === collection) this.#complete(collected, now);
  }

  #complete({ digits, method }: Collected, now: Millis): void {
    this.#use(undefined);
    const parameters = [
      { name: 'ds', value: quoted(digits) },
      { name: 'Meth', value: word(method) },
    ];
    this.#take({ name: COMPLETION, time: timeStampAt(now), parameters }, now);
  }

  #use(collection: Collection | undefined): void {
    this.#collection = collection;
    this.owner.touched();
  }

  #discard(): void {
    this.#buffered = [];
    this.#isOverflown = false;
  }
}

/** Names without case; `*` for all of a package; a stream where one is named. */
function covers(wanted: EventSpec, event: ObservedEvent): boolean {
  if ((wanted.streamId ?? 0) !== 0 && wanted.streamId !== event.streamId) return false;
  const [package1, item1] = wanted.name.toLowerCase().split('/');
  const [package2, item2] = event.name.toLowerCase().split('/');
  return (package1 === '*' || package1 === package2) && (item1 === '*' || item1 === item2);
}

/** The digit map symbol of a DTMF event (E.6.2); undefined for others. */
function symbolOf(name: ItemName): string | undefined {
  const item = /^dd\/d([0-9a-dso])$/i.exec(name)?.[1]?.toUpperCase();
  if (item === 'S') return 'E';
  return item === 'O' ? 'F' : item;
}

/** The event of a key: `0`..`9`, `A`..`D`, `*`, `#`; undefined where there is no such key. */
export function digitEvent(key: string): ItemName | undefined {
  if (key === '*') return 'dd/ds';
  if (key === '#') return 'dd/do';
  return /^[0-9A-D]$/i.test(key) ? `dd/d${key.toLowerCase()}` : undefined;
}
