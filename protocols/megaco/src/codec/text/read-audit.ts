// The audit descriptor: whole descriptors by their tokens, single properties (version 2), selections (version 3).
// RFC 3525 §B.2 auditDescriptor; H.248.1 version 2 §B.2, the indAud productions.
import type {
  AuditDescriptor,
  AuditItem,
  IndividualAudit,
  IndividualLocalControl,
  IndividualProperty,
  IndividualSignal,
  IndividualStream,
  IndividualTerminationState,
} from '../../message/index.js';
import { EQUAL, LEFT_BRACE, RIGHT_BRACE } from './characters.js';
import {
  BUFFER_CONTROLS,
  CONTROL_WORDS,
  MEDIA_WORDS,
  readPackage,
  SERVICE_STATES,
  STATE_WORDS,
  STREAM_MODES,
  STREAM_WORDS,
} from './read-media.js';
import {
  atParameterValue,
  itemName,
  type Mutable,
  parameterName,
  readChoice,
  readItemName,
  readParameterValue,
  readRequestId,
  readStreamId,
  twice,
} from './read-values.js';
import { type Scanner, UINT16 } from './scanner.js';
import * as t from './tokens.js';
import { isToken, WordTable } from './tokens.js';

export const AUDIT_ITEMS = new WordTable<AuditItem>([
  [t.MUX, 'mux'],
  [t.MODEM, 'modem'],
  [t.MEDIA, 'media'],
  [t.EVENTS, 'events'],
  [t.SIGNALS, 'signals'],
  [t.DIGIT_MAP, 'digit-map'],
  [t.STATISTICS, 'statistics'],
  [t.OBSERVED_EVENTS, 'observed-events'],
  [t.PACKAGES, 'packages'],
  [t.EVENT_BUFFER, 'event-buffer'],
]);

/** Behind `Audit`: `{}` or `{ item, ... }`. */
export function readAudit(s: Scanner): AuditDescriptor {
  const items: AuditItem[] = [];
  const individual: IndividualAudit[] = [];
  s.open();
  if (!s.at(RIGHT_BRACE)) {
    do {
      const start = s.pos;
      readAuditItem(s, s.word(), start, items, individual);
    } while (s.comma());
  }
  s.close();
  return { kind: 'audit', items, individual: individual.length > 0 ? individual : undefined };
}

/** One item, whose word is taken: bare, or with the part of it that is asked for. */
export function readAuditItem(s: Scanner, word: string, start: number, items: AuditItem[], individual: IndividualAudit[]): void {
  const item = AUDIT_ITEMS.read(word);
  if (item === undefined) s.fail('unknown', `${JSON.stringify(word)} cannot be audited`, start);
  else if (!s.at(LEFT_BRACE) && !s.at(EQUAL)) items.push(item);
  else {
    const part = readIndividual(s, item);
    if (part === undefined) items.push(item);
    else individual.push(part);
  }
}

function readIndividual(s: Scanner, item: AuditItem): IndividualAudit | undefined {
  switch (item) {
    case 'media':
      return readMediaAudit(s);
    case 'events':
      return readEventsAudit(s);
    case 'event-buffer':
      return readEventBufferAudit(s);
    case 'signals':
      return readSignalsAudit(s);
    case 'digit-map': {
      s.equal();
      return { kind: 'digit-map', name: readMapName(s) };
    }
    case 'statistics':
      return { kind: 'statistics', name: readBracedItem(s) };
    case 'packages': {
      s.open();
      const { name, version } = readPackage(s);
      s.close();
      return { kind: 'packages', name, version };
    }
    case 'mux':
    case 'modem':
    case 'observed-events':
      s.fail('audit', `${item} is audited as a whole only`);
      return undefined;
    default:
      return item satisfies never;
  }
}

function readMapName(s: Scanner): string {
  const start = s.pos;
  return parameterName(s, s.word(), start);
}

/** `{ pkg/item }` */
function readBracedItem(s: Scanner): string {
  s.open();
  const name = readItemName(s);
  s.close();
  return name;
}

// --- media -------------------------------------------------------------------------------------------------------

function readMediaAudit(s: Scanner): IndividualAudit {
  const streams: IndividualStream[] = [];
  let only: Mutable<IndividualStream> | undefined;
  let terminationState: IndividualTerminationState | undefined;
  s.open();
  do {
    const start = s.pos;
    const word = s.word();
    const meaning = MEDIA_WORDS.read(word);
    if (meaning === 'stream') streams.push(readStreamAudit(s));
    else if (meaning === 'termination-state') {
      if (terminationState !== undefined) twice(s, 'TerminationState');
      terminationState = readStateAudit(s);
    } else {
      only ??= emptyStream(undefined);
      readStreamPart(s, only, word, start);
    }
  } while (s.comma());
  s.close();
  if (only !== undefined) {
    if (streams.length > 0) s.fail('media', 'parts of one stream stand beside streams with ids');
    streams.push(only);
  }
  return { kind: 'media', terminationState, streams };
}

function emptyStream(id: number | undefined): Mutable<IndividualStream> {
  return { id, localControl: undefined, local: undefined, remote: undefined, statistics: undefined };
}

function readStreamAudit(s: Scanner): IndividualStream {
  const stream = emptyStream(readStreamId(s));
  s.open();
  do {
    const start = s.pos;
    readStreamPart(s, stream, s.word(), start);
  } while (s.comma());
  s.close();
  return stream;
}

function readStreamPart(s: Scanner, stream: Mutable<IndividualStream>, word: string, start: number): void {
  const meaning = STREAM_WORDS.read(word);
  switch (meaning) {
    case 'local-control':
      if (stream.localControl !== undefined) twice(s, 'LocalControl');
      stream.localControl = readControlAudit(s);
      return;
    case 'local':
      stream.local = { properties: [] };
      return;
    case 'remote':
      stream.remote = { properties: [] };
      return;
    case 'statistics':
      if (stream.statistics !== undefined) twice(s, 'Statistics');
      stream.statistics = readBracedItem(s);
      return;
    case undefined:
      s.fail('unknown', `${JSON.stringify(word)} is no part of a stream`, start);
      return;
    default:
      return meaning satisfies never;
  }
}

function readIndividualProperty(s: Scanner, word: string, start: number): IndividualProperty {
  const name = itemName(s, word, start);
  return { name, value: atParameterValue(s) ? readParameterValue(s) : undefined };
}

function readControlAudit(s: Scanner): IndividualLocalControl {
  const properties: IndividualProperty[] = [];
  const control: Mutable<IndividualLocalControl> = {
    mode: undefined,
    reserveValue: undefined,
    reserveGroup: undefined,
    modeIs: undefined,
    properties,
  };
  s.open();
  do {
    const start = s.pos;
    const word = s.word();
    const meaning = CONTROL_WORDS.read(word);
    if (meaning === 'mode') {
      if (s.eat(EQUAL)) control.modeIs = readChoice(s, STREAM_MODES, 'inactive', 'Mode');
      else control.mode = true;
    } else if (meaning === 'value') control.reserveValue = true;
    else if (meaning === 'group') control.reserveGroup = true;
    else properties.push(readIndividualProperty(s, word, start));
  } while (s.comma());
  s.close();
  return control;
}

function readStateAudit(s: Scanner): IndividualTerminationState {
  const properties: IndividualProperty[] = [];
  const state: Mutable<IndividualTerminationState> = {
    properties,
    eventBufferControl: undefined,
    eventBufferControlIs: undefined,
    serviceState: undefined,
    serviceStateIs: undefined,
  };
  s.open();
  do {
    const start = s.pos;
    const word = s.word();
    const meaning = STATE_WORDS.read(word);
    if (meaning === 'service') {
      if (s.eat(EQUAL)) state.serviceStateIs = readChoice(s, SERVICE_STATES, 'in-service', 'ServiceStates');
      else state.serviceState = true;
    } else if (meaning === 'buffer') {
      if (s.eat(EQUAL)) state.eventBufferControlIs = readChoice(s, BUFFER_CONTROLS, 'off', 'Buffer');
      else state.eventBufferControl = true;
    } else properties.push(readIndividualProperty(s, word, start));
  } while (s.comma());
  s.close();
  return state;
}

// --- events and signals ------------------------------------------------------------------------------------------

/** `= id { pkg/event }`; the stream id in braces behind it is version 3. */
function readEventsAudit(s: Scanner): IndividualAudit {
  s.equal();
  const requestId = readRequestId(s);
  s.open();
  const name = readItemName(s);
  let streamId: number | undefined;
  if (s.eat(LEFT_BRACE)) {
    const start = s.pos;
    if (!isToken(s.word(), t.STREAM)) s.fail('audit', 'Stream expected', start);
    streamId = readStreamId(s);
    s.close();
  }
  s.close();
  return { kind: 'events', requestId, name, streamId };
}

/** `{ pkg/event }`, `{ pkg/event { Stream = n } }` or `{ pkg/event { parameter } }` */
function readEventBufferAudit(s: Scanner): IndividualAudit {
  s.open();
  const name = readItemName(s);
  let streamId: number | undefined;
  let parameter: string | undefined;
  if (s.eat(LEFT_BRACE)) {
    const start = s.pos;
    const word = s.word();
    if (s.at(EQUAL) && isToken(word, t.STREAM)) streamId = readStreamId(s);
    else parameter = parameterName(s, word, start);
    s.close();
  }
  s.close();
  return { kind: 'event-buffer', name, streamId, parameterName: parameter };
}

/** `{}`, `{ pkg/signal }` or `{ SignalList = id { pkg/signal } }` */
function readSignalsAudit(s: Scanner): IndividualAudit | undefined {
  s.open();
  if (s.eat(RIGHT_BRACE)) return undefined;
  const start = s.pos;
  const word = s.word();
  let audit: IndividualAudit;
  if (s.at(EQUAL) && isToken(word, t.SIGNAL_LIST)) {
    s.equal();
    const id = s.number(UINT16, 'signal list id', 5);
    s.open();
    const inner = s.pos;
    audit = { kind: 'signal-list', id, signal: s.at(RIGHT_BRACE) ? undefined : readSignalAudit(s, s.word(), inner) };
    s.close();
  } else audit = readSignalAudit(s, word, start);
  s.close();
  return audit;
}

function readSignalAudit(s: Scanner, word: string, start: number): IndividualSignal {
  const signal: Mutable<IndividualSignal> = {
    kind: 'signal',
    name: itemName(s, word, start),
    streamId: undefined,
    requestId: undefined,
  };
  if (!s.eat(LEFT_BRACE)) return signal;
  do {
    const at = s.pos;
    const part = s.word();
    if (isToken(part, t.STREAM)) signal.streamId = readStreamId(s);
    else if (isToken(part, t.REQUEST_ID)) {
      s.equal();
      signal.requestId = readRequestId(s);
    } else s.fail('unknown', `${JSON.stringify(part)} is no part of a signal that can be audited`, at);
  } while (s.comma());
  s.close();
  return signal;
}
