// Writes events, signals, digit maps and observed events; the counterpart of read-events, read-signals, read-digit-map.
// An empty set of events or signals is the bare token, as later editions have it (RFC 3525 prints `Signals {}`): that is
// what everybody reads.
import type {
  DigitMapDescriptor,
  DigitMapValue,
  EmbeddedEvents,
  EventBufferDescriptor,
  EventDigitMap,
  EventSpec,
  NotificationReason,
  NotifyBehaviour,
  ObservedEvent,
  ObservedEventsDescriptor,
  Parameter,
  RequestedEvent,
  Signal,
  SignalRequest,
} from '../../message/index.js';
import { SIGNAL_TABLES } from './read-signals.js';
import * as t from './tokens.js';
import { writeEach, writeMeaning, writeNamed, writeNumber, writeRequestId } from './write-values.js';
import { Parts, type Writer } from './writer.js';

export function writeEvents(w: Writer, { requestId, events }: EmbeddedEvents): void {
  w.token(t.EVENTS);
  if (events.length === 0) return;
  w.equal();
  writeRequestId(w, requestId ?? 0);
  w.block(events, writeRequestedEvent);
}

function writeRequestedEvent(w: Writer, event: RequestedEvent): void {
  w.add(event.name);
  const parts = new Parts(w);
  if (event.streamId !== undefined) writeNumber(parts.begin(), t.STREAM, event.streamId);
  if (event.keepActive === true) parts.begin().token(t.KEEP_ACTIVE);
  if (event.digitMap !== undefined) writeEventDigitMap(parts.begin(), event.digitMap);
  if (event.embeddedSignals !== undefined || event.embeddedEvents !== undefined)
    writeEmbedded(parts.begin(), event.embeddedSignals, event.embeddedEvents);
  if (event.notifyBehaviour !== undefined) writeBehaviour(parts.begin(), event.notifyBehaviour);
  if (event.resetEvents === true) parts.begin().token(t.RESET_EVENTS);
  writeEach(parts, event.parameters, writeNamed);
  parts.end();
}

function writeEmbedded(w: Writer, signals: readonly SignalRequest[] | undefined, events: EmbeddedEvents | undefined): void {
  w.token(t.EMBED);
  const parts = new Parts(w);
  if (signals !== undefined) writeSignals(parts.begin(), signals);
  if (events !== undefined) writeEvents(parts.begin(), events);
  parts.end();
}

function writeBehaviour(w: Writer, behaviour: NotifyBehaviour): void {
  if (behaviour.kind === 'immediate') w.token(t.NOTIFY_IMMEDIATE);
  else if (behaviour.kind === 'never') w.token(t.NEVER_NOTIFY);
  else {
    w.token(t.NOTIFY_REGULATED);
    if (behaviour.embeddedEvents === undefined && behaviour.embeddedSignals === undefined) return;
    w.open();
    writeEmbedded(w, behaviour.embeddedSignals, behaviour.embeddedEvents);
    w.close();
  }
}

function writeEventDigitMap(w: Writer, map: EventDigitMap): void {
  if (map.kind === 'name') {
    w.assign(t.DIGIT_MAP);
    w.add(map.name);
  } else {
    // Deviation: RFC 3525 §B.2 has `DigitMap = { map }` here; Erlang/OTP writes it without the sign, and reads both.
    w.token(t.DIGIT_MAP);
    writeMapValue(w, map.value);
  }
}

export function writeDigitMap(w: Writer, { name, value }: DigitMapDescriptor): void {
  w.token(t.DIGIT_MAP);
  if (name !== undefined || value !== undefined) w.equal();
  if (name !== undefined) w.add(name);
  if (value !== undefined) writeMapValue(w, value);
}

function writeMapValue(w: Writer, value: DigitMapValue): void {
  w.open();
  if (value.start !== undefined) w.add(`T:${value.start},`);
  if (value.short !== undefined) w.add(`S:${value.short},`);
  if (value.long !== undefined) w.add(`L:${value.long},`);
  if (value.duration !== undefined) w.add(`Z:${value.duration},`);
  w.raw(value.body);
  w.close();
}

export function writeEventBuffer(w: Writer, { events }: EventBufferDescriptor): void {
  w.token(t.EVENT_BUFFER);
  if (events.length > 0) w.block(events, writeEventSpec);
}

function writeEventSpec(w: Writer, { name, streamId, parameters }: EventSpec): void {
  w.add(name);
  writeStreamAndParameters(w, streamId, parameters);
}

function writeStreamAndParameters(w: Writer, streamId: number | undefined, parameters: readonly Parameter[]): void {
  const parts = new Parts(w);
  if (streamId !== undefined) writeNumber(parts.begin(), t.STREAM, streamId);
  writeEach(parts, parameters, writeNamed);
  parts.end();
}

export function writeObservedEvents(w: Writer, { requestId, events }: ObservedEventsDescriptor): void {
  w.assign(t.OBSERVED_EVENTS);
  writeRequestId(w, requestId);
  w.block(events, writeObservedEvent);
}

function writeObservedEvent(w: Writer, { name, streamId, time, parameters }: ObservedEvent): void {
  if (time !== undefined) w.add(`${time}:`);
  w.add(name);
  writeStreamAndParameters(w, streamId, parameters);
}

// --- signals -----------------------------------------------------------------------------------------------------

export function writeSignals(w: Writer, signals: readonly SignalRequest[]): void {
  // Deviation: no signals are `Signals { }` in RFC 3525 §B.2; Erlang/OTP refuses that, and writes the token alone.
  w.token(t.SIGNALS);
  if (signals.length > 0) w.block(signals, writeSignalRequest);
}

function writeSignalRequest(w: Writer, request: SignalRequest): void {
  if (request.kind === 'signal') {
    writeSignal(w, request);
    return;
  }
  writeNumber(w, t.SIGNAL_LIST, request.id);
  w.block(request.signals, writeSignal);
}

function writeSignal(w: Writer, signal: Signal): void {
  w.add(signal.name);
  const parts = new Parts(w);
  if (signal.streamId !== undefined) writeNumber(parts.begin(), t.STREAM, signal.streamId);
  if (signal.type !== undefined) {
    parts.begin().assign(t.SIGNAL_TYPE);
    writeMeaning(w, SIGNAL_TABLES.types, signal.type);
  }
  if (signal.duration !== undefined) writeNumber(parts.begin(), t.DURATION, signal.duration);
  if (signal.notifyCompletion !== undefined && signal.notifyCompletion.length > 0) {
    parts.begin().assign(t.NOTIFY_COMPLETION);
    w.block(signal.notifyCompletion, writeReason);
  }
  if (signal.keepActive === true) parts.begin().token(t.KEEP_ACTIVE);
  if (signal.direction !== undefined) {
    parts.begin().assign(t.DIRECTION);
    writeMeaning(w, SIGNAL_TABLES.directions, signal.direction);
  }
  if (signal.requestId !== undefined) {
    parts.begin().assign(t.REQUEST_ID);
    writeRequestId(w, signal.requestId);
  }
  if (signal.interSignalDelay !== undefined) writeNumber(parts.begin(), t.INTER_SIGNAL_DELAY, signal.interSignalDelay);
  writeEach(parts, signal.parameters, writeNamed);
  parts.end();
}

function writeReason(w: Writer, reason: NotificationReason): void {
  writeMeaning(w, SIGNAL_TABLES.reasons, reason);
}
