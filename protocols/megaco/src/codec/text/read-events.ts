// Events, event buffers and observed events. RFC 3525 §B.2, from eventsDescriptor to observedEventParameter; version 3
// adds notify behaviour and reset.
import type {
  EmbeddedEvents,
  EventBufferDescriptor,
  EventsDescriptor,
  EventSpec,
  NotifyBehaviour,
  ObservedEvent,
  ObservedEventsDescriptor,
  Parameter,
  RequestedEvent,
  SignalRequest,
} from '../../message/index.js';
import { COLON, EQUAL, LEFT_BRACE, RIGHT_BRACE } from './characters.js';
import { readEventDigitMap } from './read-digit-map.js';
import { readSignals } from './read-signals.js';
import {
  isTimeStamp,
  itemName,
  type Mutable,
  readBlock,
  readItemName,
  readList,
  readParameter,
  readRequestId,
  readStreamId,
  twice,
} from './read-values.js';
import type { Scanner } from './scanner.js';
import * as t from './tokens.js';
import { isToken, WordTable } from './tokens.js';

/** Behind `Events`: nothing or `{}` for no events, else `= id { event, ... }`. */
export function readEvents(s: Scanner): EventsDescriptor {
  const { requestId, events } = readEventList(s, 0);
  return { kind: 'events', requestId, events };
}

/** How deep events stand in events; RFC 3525 §B.2 embedFirst: what is embedded embeds signals only. */
type Depth = 0 | 1;

function readEventList(s: Scanner, depth: Depth): EmbeddedEvents {
  if (s.eat(EQUAL)) {
    const requestId = readRequestId(s);
    s.open();
    const events: RequestedEvent[] = [];
    do events.push(readRequestedEvent(s, depth));
    while (s.comma());
    s.close();
    return { requestId, events };
  }
  // Deviation: the grammar of RFC 3525 has no `Events {}`; its twin `Signals {}` is legal, and both are met.
  readEmptyBlock(s);
  return { requestId: undefined, events: [] };
}

function readEmptyBlock(s: Scanner): void {
  if (s.eat(LEFT_BRACE)) s.close();
}

const EVENT_WORDS = new WordTable<'embed' | 'keep-active' | 'digit-map' | 'stream' | 'immediate' | 'never' | 'regulated' | 'reset'>([
  [t.EMBED, 'embed'],
  [t.KEEP_ACTIVE, 'keep-active'],
  [t.DIGIT_MAP, 'digit-map'],
  [t.STREAM, 'stream'],
  [t.NOTIFY_IMMEDIATE, 'immediate'],
  [t.NEVER_NOTIFY, 'never'],
  [t.NOTIFY_REGULATED, 'regulated'],
  [t.RESET_EVENTS, 'reset'],
]);

function readRequestedEvent(s: Scanner, depth: Depth): RequestedEvent {
  const parameters: Parameter[] = [];
  const event: Mutable<RequestedEvent> = {
    name: readItemName(s),
    streamId: undefined,
    keepActive: undefined,
    digitMap: undefined,
    embeddedEvents: undefined,
    embeddedSignals: undefined,
    notifyBehaviour: undefined,
    resetEvents: undefined,
    parameters,
  };
  if (!s.eat(LEFT_BRACE)) return event;
  do readEventParameter(s, event, parameters, depth);
  while (s.comma());
  s.close();
  return event;
}

function readEventParameter(s: Scanner, event: Mutable<RequestedEvent>, parameters: Parameter[], depth: Depth): void {
  const start = s.pos;
  const word = s.word();
  const meaning = EVENT_WORDS.read(word, s.version);
  const isFlag = !s.at(EQUAL) && !s.at(LEFT_BRACE);
  switch (meaning) {
    case 'keep-active':
      if (!isFlag) break;
      if (event.keepActive !== undefined) twice(s, 'KeepActive');
      event.keepActive = true;
      return;
    case 'reset':
      if (!isFlag) break;
      event.resetEvents = true;
      return;
    case 'immediate':
    case 'never':
      if (!isFlag) break;
      if (event.notifyBehaviour !== undefined) twice(s, 'the notify behaviour');
      event.notifyBehaviour = { kind: meaning };
      return;
    case 'regulated':
      if (event.notifyBehaviour !== undefined) twice(s, 'the notify behaviour');
      event.notifyBehaviour = readRegulated(s, depth);
      return;
    case 'stream':
      if (event.streamId !== undefined) twice(s, 'Stream');
      event.streamId = readStreamId(s);
      return;
    case 'digit-map':
      if (event.digitMap !== undefined) twice(s, 'DigitMap');
      event.digitMap = readEventDigitMap(s);
      return;
    case 'embed': {
      if (!s.at(LEFT_BRACE)) break;
      if (event.embeddedEvents !== undefined || event.embeddedSignals !== undefined) twice(s, 'Embed');
      const embedded = readEmbedded(s, depth);
      event.embeddedEvents = embedded.events;
      event.embeddedSignals = embedded.signals;
      return;
    }
    case undefined:
      break;
    default:
      return meaning satisfies never;
  }
  parameters.push(readParameter(s, word, start));
}

interface Embedded {
  readonly events: EmbeddedEvents | undefined;
  readonly signals: readonly SignalRequest[] | undefined;
}

/** `{ Signals..., Events... }`, either of them absent. */
function readEmbedded(s: Scanner, depth: Depth): Embedded {
  let events: EmbeddedEvents | undefined;
  let signals: readonly SignalRequest[] | undefined;
  s.open();
  do {
    const start = s.pos;
    const word = s.word();
    if (signals === undefined && isToken(word, t.SIGNALS)) signals = readSignals(s).signals;
    else if (events === undefined && depth < 1 && isToken(word, t.EVENTS)) events = readEventList(s, 1);
    else s.fail('embed', `signals${depth < 1 ? ' or events' : ''} expected, ${JSON.stringify(word)} found`, start);
  } while (s.comma());
  s.close();
  return { events, signals };
}

/** Behind `RegulatedNotify`: nothing, or what is embedded. */
function readRegulated(s: Scanner, depth: Depth): NotifyBehaviour {
  if (!s.eat(LEFT_BRACE)) return { kind: 'regulated', embeddedEvents: undefined, embeddedSignals: undefined };
  const start = s.pos;
  if (!isToken(s.word(), t.EMBED)) s.fail('embed', 'Embed expected', start);
  const embedded = readEmbedded(s, depth);
  s.close();
  return { kind: 'regulated', embeddedEvents: embedded.events, embeddedSignals: embedded.signals };
}

// --- event buffer and observed events ----------------------------------------------------------------------------

export function readEventBuffer(s: Scanner): EventBufferDescriptor {
  if (!s.eat(LEFT_BRACE)) return { kind: 'event-buffer', events: [] };
  const events = s.at(RIGHT_BRACE) ? [] : readList(s, readEventSpec);
  s.close();
  return { kind: 'event-buffer', events };
}

function readEventSpec(s: Scanner): EventSpec {
  const name = readItemName(s);
  const parameters: Parameter[] = [];
  const streamId = readStreamAndParameters(s, parameters);
  return { name, streamId, parameters };
}

/** `{ Stream = n, name = value, ... }`, or nothing. @returns the stream id. */
function readStreamAndParameters(s: Scanner, parameters: Parameter[]): number | undefined {
  if (!s.eat(LEFT_BRACE)) return undefined;
  let streamId: number | undefined;
  do {
    const start = s.pos;
    const word = s.word();
    if (isToken(word, t.STREAM) && s.at(EQUAL)) {
      if (streamId !== undefined) twice(s, 'Stream');
      streamId = readStreamId(s);
    } else parameters.push(readParameter(s, word, start));
  } while (s.comma());
  s.close();
  return streamId;
}

export function readObservedEvents(s: Scanner): ObservedEventsDescriptor {
  s.equal();
  const requestId = readRequestId(s);
  return { kind: 'observed-events', requestId, events: readBlock(s, readObservedEvent) };
}

function readObservedEvent(s: Scanner): ObservedEvent {
  let start = s.pos;
  let word = s.word();
  let time: string | undefined;
  if (s.at(COLON)) {
    if (!isTimeStamp(word)) s.fail('time', `${JSON.stringify(word)} is no time stamp`, start);
    time = word.toUpperCase();
    s.expect(COLON);
    start = s.pos;
    word = s.word();
  }
  const name = itemName(s, word, start);
  const parameters: Parameter[] = [];
  const streamId = readStreamAndParameters(s, parameters);
  return { name, streamId, time, parameters };
}
