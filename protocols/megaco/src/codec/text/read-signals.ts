// Signals and signal lists. RFC 3525 §B.2, from signalsDescriptor to notificationReason; version 3 adds direction,
// request id and the delay between repetitions.
import type {
  NotificationReason,
  Parameter,
  Signal,
  SignalDirection,
  SignalList,
  SignalRequest,
  SignalsDescriptor,
  SignalType,
} from '../../message/index.js';
import { EQUAL, LEFT_BRACE, RIGHT_BRACE } from './characters.js';
import { itemName, type Mutable, readBlock, readChoice, readList, readParameter, readRequestId, twice } from './read-values.js';
import { type Scanner, UINT16 } from './scanner.js';
import * as t from './tokens.js';
import { isToken, WordTable } from './tokens.js';

/** Behind `Signals`: nothing, `{}`, or `{ signal, ... }`. */
export function readSignals(s: Scanner): SignalsDescriptor {
  if (!s.eat(LEFT_BRACE)) return { kind: 'signals', signals: [] };
  const signals = s.at(RIGHT_BRACE) ? [] : readList(s, readSignalRequest);
  s.close();
  return { kind: 'signals', signals };
}

function readSignalRequest(s: Scanner): SignalRequest {
  const start = s.pos;
  const word = s.word();
  if (s.at(EQUAL) && isToken(word, t.SIGNAL_LIST)) return readSignalList(s);
  return readSignal(s, word, start);
}

function readSignalList(s: Scanner): SignalList {
  s.equal();
  const id = s.number(UINT16, 'signal list id', 5);
  return { kind: 'signal-list', id, signals: readBlock(s, readListedSignal) };
}

function readListedSignal(s: Scanner): Signal {
  const start = s.pos;
  return readSignal(s, s.word(), start);
}

const SIGNAL_TYPES = new WordTable<SignalType>([
  [t.BRIEF, 'brief'],
  [t.ON_OFF, 'on-off'],
  [t.TIME_OUT, 'time-out'],
]);

const DIRECTIONS = new WordTable<SignalDirection>([
  [t.INTERNAL, 'internal'],
  [t.EXTERNAL, 'external'],
  [t.BOTH, 'both'],
]);

const REASONS = new WordTable<NotificationReason>([
  [t.TIME_OUT, 'time-out'],
  [t.INTERRUPTED_BY_EVENT, 'interrupted-by-event'],
  [t.INTERRUPTED_BY_SIGNALS, 'interrupted-by-signals'],
  [t.OTHER_REASON, 'other'],
  [t.ITERATION, 'iteration', 'IterationToken'],
]);

/** How each of these is written, for the encoder too. */
export const SIGNAL_TABLES = { types: SIGNAL_TYPES, directions: DIRECTIONS, reasons: REASONS } as const;

type SignalWord = 'stream' | 'type' | 'duration' | 'completion' | 'keep-active' | 'direction' | 'request' | 'delay';

/**
 * `di` and `rq`, which Erlang/OTP takes for tokens as well, are not here: they are parameter names of packages
 * (`an/apf{di=ext}`), for whose sake version 3 demands tokens that begin with SPA (RFC 3525 §B.2, the note before the tokens).
 */
const SIGNAL_WORDS = new WordTable<SignalWord>([
  [t.STREAM, 'stream'],
  [t.SIGNAL_TYPE, 'type'],
  [t.DURATION, 'duration'],
  [t.NOTIFY_COMPLETION, 'completion'],
  [t.KEEP_ACTIVE, 'keep-active'],
  [t.DIRECTION, 'direction'],
  [t.REQUEST_ID, 'request'],
  [t.INTER_SIGNAL_DELAY, 'delay'],
]);

function readSignal(s: Scanner, word: string, start: number): Signal {
  const parameters: Parameter[] = [];
  const signal: Mutable<Signal> = {
    kind: 'signal',
    name: itemName(s, word, start),
    streamId: undefined,
    type: undefined,
    duration: undefined,
    notifyCompletion: undefined,
    keepActive: undefined,
    direction: undefined,
    requestId: undefined,
    interSignalDelay: undefined,
    parameters,
  };
  if (!s.eat(LEFT_BRACE)) return signal;
  do readSignalParameter(s, signal, parameters);
  while (s.comma());
  s.close();
  return signal;
}

function readSignalParameter(s: Scanner, signal: Mutable<Signal>, parameters: Parameter[]): void {
  const start = s.pos;
  const word = s.word();
  const meaning = SIGNAL_WORDS.read(word, s.version);
  if (meaning === 'keep-active' && !s.at(EQUAL)) {
    signal.keepActive = true;
    return;
  }
  if (meaning === undefined || meaning === 'keep-active' || !s.at(EQUAL)) {
    parameters.push(readParameter(s, word, start));
    return;
  }
  s.equal();
  readSignalSetting(s, signal, meaning);
}

function readSignalSetting(s: Scanner, signal: Mutable<Signal>, meaning: Exclude<SignalWord, 'keep-active'>): void {
  switch (meaning) {
    case 'stream':
      if (signal.streamId !== undefined) twice(s, 'Stream');
      signal.streamId = s.number(UINT16, 'stream id', 5);
      return;
    case 'type':
      if (signal.type !== undefined) twice(s, 'SignalType');
      signal.type = readChoice(s, SIGNAL_TYPES, 'brief', 'SignalType');
      return;
    case 'duration':
      if (signal.duration !== undefined) twice(s, 'Duration');
      signal.duration = s.number(UINT16, 'duration', 5);
      return;
    case 'completion':
      if (signal.notifyCompletion !== undefined) twice(s, 'NotifyCompletion');
      signal.notifyCompletion = readBlock(s, readReason);
      return;
    case 'direction':
      signal.direction = readChoice(s, DIRECTIONS, 'both', 'direction');
      return;
    case 'request':
      signal.requestId = readRequestId(s);
      return;
    case 'delay':
      signal.interSignalDelay = s.number(UINT16, 'intersignal delay', 5);
      return;
    default:
      return meaning satisfies never;
  }
}

function readReason(s: Scanner): NotificationReason {
  return readChoice(s, REASONS, 'other', 'NotifyCompletion');
}
