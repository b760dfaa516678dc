// Media, streams, termination state, modem, multiplexer, statistics and packages. RFC 3525 §B.2.
import type {
  EventBufferControl,
  LocalControl,
  MediaDescriptor,
  ModemDescriptor,
  ModemType,
  MuxDescriptor,
  MuxType,
  PackagesDescriptor,
  PackageVersion,
  Property,
  ServiceState,
  SessionDescription,
  Statistic,
  StatisticsDescriptor,
  Stream,
  StreamMode,
  TerminationState,
} from '../../message/index.js';
import { EQUAL, LEFT_BRACE, LEFT_BRACKET, MINUS, RIGHT_BRACKET } from './characters.js';
import {
  isExtension,
  itemName,
  type Mutable,
  readBlock,
  readChoice,
  readItemName,
  readList,
  readParameterValue,
  readProperty,
  readSwitch,
  readTerminationIdList,
  readVersioned,
  twice,
} from './read-values.js';
import { type Scanner, UINT16 } from './scanner.js';
import * as t from './tokens.js';
import { WordTable } from './tokens.js';

// --- media -------------------------------------------------------------------------------------------------------

type StreamWord = 'local' | 'remote' | 'local-control' | 'statistics';

/** What may stand in a stream, and in a media descriptor that has only one. */
export const STREAM_WORDS = new WordTable<StreamWord>([
  [t.LOCAL_CONTROL, 'local-control'],
  [t.LOCAL, 'local'],
  [t.REMOTE, 'remote'],
  [t.STATISTICS, 'statistics'],
]);

export const MEDIA_WORDS = new WordTable<'stream' | 'termination-state'>([
  [t.STREAM, 'stream'],
  [t.TERMINATION_STATE, 'termination-state'],
]);

/** Behind `Media`. */
export function readMedia(s: Scanner): MediaDescriptor {
  const streams: Stream[] = [];
  let only: Mutable<Stream> | undefined;
  let terminationState: TerminationState | undefined;
  s.open();
  do {
    const start = s.pos;
    const word = s.word();
    const meaning = MEDIA_WORDS.read(word);
    if (meaning === 'stream') streams.push(readStream(s));
    else if (meaning === 'termination-state') {
      if (terminationState !== undefined) twice(s, 'TerminationState');
      terminationState = readTerminationState(s);
    } else {
      only ??= emptyStream(undefined);
      readStreamParameter(s, only, word, start);
    }
  } while (s.comma());
  s.close();
  if (only !== undefined) {
    // RFC 3525 §B.2, mediaParm: "either streamParm(s) or streamDescriptor(s) but not both".
    if (streams.length > 0) s.fail('media', 'parameters of one stream stand beside streams with ids');
    streams.push(only);
  }
  return { kind: 'media', terminationState, streams };
}

function emptyStream(id: number | undefined): Mutable<Stream> {
  return { id, localControl: undefined, local: undefined, remote: undefined, statistics: undefined };
}

function readStream(s: Scanner): Stream {
  s.equal();
  const stream = emptyStream(s.number(UINT16, 'stream id', 5));
  s.open();
  do {
    const start = s.pos;
    readStreamParameter(s, stream, s.word(), start);
  } while (s.comma());
  s.close();
  return stream;
}

function readStreamParameter(s: Scanner, stream: Mutable<Stream>, word: string, start: number): void {
  const meaning = STREAM_WORDS.read(word);
  switch (meaning) {
    case 'local-control':
      if (stream.localControl !== undefined) twice(s, 'LocalControl');
      stream.localControl = readLocalControl(s);
      return;
    case 'local':
      if (stream.local !== undefined) twice(s, 'Local');
      stream.local = readSession(s);
      return;
    case 'remote':
      if (stream.remote !== undefined) twice(s, 'Remote');
      stream.remote = readSession(s);
      return;
    case 'statistics':
      if (stream.statistics !== undefined) twice(s, 'Statistics');
      stream.statistics = readStatistics(s);
      return;
    case undefined:
      s.fail('unknown', `${JSON.stringify(word)} is no part of a media descriptor`, start);
      return;
    default:
      return meaning satisfies never;
  }
}

function readSession(s: Scanner): SessionDescription {
  s.expectRaw();
  return { sdp: s.raw() };
}

export const STREAM_MODES = new WordTable<StreamMode>([
  [t.SEND_ONLY, 'send-only'],
  [t.RECEIVE_ONLY, 'receive-only'],
  [t.SEND_RECEIVE, 'send-receive'],
  [t.INACTIVE, 'inactive'],
  [t.LOOPBACK, 'loopback'],
]);

export const CONTROL_WORDS = new WordTable<'mode' | 'value' | 'group'>([
  [t.MODE, 'mode'],
  [t.RESERVED_VALUE, 'value'],
  [t.RESERVED_GROUP, 'group'],
]);

function readLocalControl(s: Scanner): LocalControl {
  const properties: Property[] = [];
  const control: Mutable<LocalControl> = { mode: undefined, reserveValue: undefined, reserveGroup: undefined, properties };
  s.open();
  do {
    const start = s.pos;
    const word = s.word();
    const meaning = CONTROL_WORDS.read(word);
    switch (meaning) {
      case 'mode':
        if (control.mode !== undefined) twice(s, 'Mode');
        s.equal();
        control.mode = readChoice(s, STREAM_MODES, 'inactive', 'Mode');
        break;
      case 'value':
        if (control.reserveValue !== undefined) twice(s, 'ReservedValue');
        control.reserveValue = readSwitch(s, 'ReservedValue');
        break;
      case 'group':
        if (control.reserveGroup !== undefined) twice(s, 'ReservedGroup');
        control.reserveGroup = readSwitch(s, 'ReservedGroup');
        break;
      case undefined:
        properties.push({ name: itemName(s, word, start), value: readParameterValue(s) });
        break;
      default:
        meaning satisfies never;
    }
  } while (s.comma());
  s.close();
  return control;
}

export const SERVICE_STATES = new WordTable<ServiceState>([
  [t.TEST, 'test'],
  [t.OUT_OF_SERVICE, 'out-of-service'],
  [t.IN_SERVICE, 'in-service'],
]);

export const BUFFER_CONTROLS = new WordTable<EventBufferControl>([
  [t.OFF, 'off'],
  [t.LOCK_STEP, 'lock-step'],
]);

export const STATE_WORDS = new WordTable<'service' | 'buffer'>([
  [t.SERVICE_STATES, 'service'],
  [t.BUFFER, 'buffer'],
]);

function readTerminationState(s: Scanner): TerminationState {
  const properties: Property[] = [];
  const state: Mutable<TerminationState> = { properties, eventBufferControl: undefined, serviceState: undefined };
  s.open();
  do {
    const start = s.pos;
    const word = s.word();
    const meaning = STATE_WORDS.read(word);
    if (meaning === undefined) {
      properties.push({ name: itemName(s, word, start), value: readParameterValue(s) });
      continue;
    }
    s.equal();
    if (meaning === 'service') {
      if (state.serviceState !== undefined) twice(s, 'ServiceStates');
      state.serviceState = readChoice(s, SERVICE_STATES, 'in-service', 'ServiceStates');
    } else {
      if (state.eventBufferControl !== undefined) twice(s, 'Buffer');
      state.eventBufferControl = readChoice(s, BUFFER_CONTROLS, 'off', 'Buffer');
    }
  } while (s.comma());
  s.close();
  return state;
}

// --- modem and multiplexer ---------------------------------------------------------------------------------------

export const MODEM_TYPES = new WordTable<ModemType>([
  [t.V18, 'v18'],
  [t.V22, 'v22'],
  [t.V22BIS, 'v22bis'],
  [t.V32, 'v32'],
  [t.V32BIS, 'v32bis'],
  [t.V34, 'v34'],
  [t.V90, 'v90'],
  [t.V91, 'v91'],
  [t.SYNCH_ISDN, 'synchisdn'],
]);

/** Behind `Modem`: `= type` or `[type, type]`, then properties or none. */
export function readModem(s: Scanner): ModemDescriptor {
  const types: ModemType[] = [];
  if (s.eat(LEFT_BRACKET)) {
    types.push(...readList(s, readModemType));
    s.expect(RIGHT_BRACKET);
  } else {
    s.equal();
    types.push(readModemType(s));
  }
  const properties = s.at(LEFT_BRACE) ? readBlock(s, readProperty) : [];
  return { kind: 'modem', types, properties };
}

function readModemType(s: Scanner): ModemType {
  return readTypeOrExtension(s, MODEM_TYPES, 'a modem type');
}

export const MUX_TYPES = new WordTable<MuxType>([
  [t.H221, 'h221'],
  [t.H223, 'h223'],
  [t.H226, 'h226'],
  [t.V76, 'v76'],
  [t.NX64K, 'nx64k'],
]);

/** Behind `Mux`: `= type { termination, ... }`. */
export function readMux(s: Scanner): MuxDescriptor {
  s.equal();
  const type = readTypeOrExtension(s, MUX_TYPES, 'a multiplexing type');
  return { kind: 'mux', type, terminationIds: readTerminationIdList(s) };
}

function readTypeOrExtension(s: Scanner, table: WordTable<string>, rule: string): string {
  const start = s.pos;
  const word = s.word();
  const type = table.read(word) ?? (isExtension(word) ? word : undefined);
  if (type === undefined) s.fail('value', `${rule} expected, ${JSON.stringify(word)} found`, start);
  return type ?? '';
}

// --- statistics and packages -------------------------------------------------------------------------------------

/** Behind `Statistics`. */
export function readStatistics(s: Scanner): StatisticsDescriptor {
  return { kind: 'statistics', statistics: readBlock(s, readStatistic) };
}

function readStatistic(s: Scanner): Statistic {
  const name = readItemName(s);
  return { name, value: s.at(EQUAL) ? readParameterValue(s) : undefined };
}

/** Behind `Packages`. */
export function readPackages(s: Scanner): PackagesDescriptor {
  return { kind: 'packages', packages: readBlock(s, readPackage) };
}

export function readPackage(s: Scanner): PackageVersion {
  return readVersioned(s, MINUS, 'package');
}
