// Lists of events, signals and actions, read and written: parameters R, S, O, T and ES (RFC 3435 §3.2.2.4, §3.2.2.16).
import {
  type EmbeddedRequest,
  type EventItem,
  type EventName,
  type EventParameter,
  formatEventName,
  type RequestedAction,
  type RequestedEvent,
} from '../message/events.js';
import { type Cursor, EVENT, EVENT_PARAMETER, HEX, NAME } from './cursor.js';
import { isDigitMap } from './digit-map.js';

/** How deep parentheses may stand: what is deeper is an attack, not a telephone. */
const MAX_DEPTH = 8;
const QUOTE = 0x22;
const UNKNOWN_ACTION = 523;

export function readEventItems(cursor: Cursor): EventItem[] {
  return cursor.optionalList(() => readEventItem(cursor));
}

export function readRequestedEvents(cursor: Cursor): RequestedEvent[] {
  return cursor.optionalList(() => readRequestedEvent(cursor, 0));
}

export function writeEventItems(items: readonly EventItem[]): string {
  return items.map((item) => `${formatEventName(item.name)}${inParentheses(item.parameters)}`).join(', ');
}

export function writeRequestedEvents(events: readonly RequestedEvent[]): string {
  return events.map(writeRequestedEvent).join(', ');
}

// --- reading -------------------------------------------------------------------------------------------------------

function readEventName(cursor: Cursor): EventName {
  const first = readEventWord(cursor);
  const isPackage = cursor.take('/');
  const event = isPackage ? readEventWord(cursor) : first;
  if (isPackage && !isPackageName(first)) cursor.fail('packageName');
  const connection = cursor.take('@') ? readConnection(cursor) : undefined;
  // Written out: most of what a message holds are names, and a spread for each costs more than reading it.
  if (connection === undefined) return isPackage ? { packageName: first, event } : { event };
  return isPackage ? { packageName: first, event, connection } : { event, connection };
}

/** Hyphens inside only, nothing of DTMF; `*` alone is all packages. */
function isPackageName(word: string): boolean {
  if (word === '*') return true;
  return !word.includes('#') && !word.includes('*') && !word.includes('[') && !word.startsWith('-') && !word.endsWith('-');
}

/** An identifier or a range in its brackets. */
function readEventWord(cursor: Cursor): string {
  if (cursor.peek() !== 0x5b) return cursor.word(EVENT, 'eventName');
  const start = cursor.at;
  const close = cursor.text.indexOf(']', start);
  const range = close < 0 || close >= cursor.end ? '' : cursor.text.slice(start, close + 1);
  if (!/^\[(?:[0-9]-[0-9]|[A-D]-[A-D]|[0-9A-Z#*])+\]$/i.test(range)) {
    cursor.fail('eventRange');
    return '';
  }
  cursor.at = close + 1;
  return range;
}

function readConnection(cursor: Cursor): string {
  if (cursor.take('$')) return '$';
  return cursor.take('*') ? '*' : cursor.word(HEX, 'connectionId');
}

function readEventItem(cursor: Cursor): EventItem {
  const name = readEventName(cursor);
  cursor.skipWhite();
  return { name, parameters: cursor.take('(') ? readParameters(cursor, 0) : [] };
}

function readRequestedEvent(cursor: Cursor, depth: number): RequestedEvent {
  const name = readEventName(cursor);
  cursor.skipWhite();
  if (!cursor.take('(')) return { name, actions: [], parameters: [] };
  const actions = cursor.list(() => readAction(cursor, depth + 1));
  cursor.expect(')', 'requestedActions');
  cursor.skipWhite();
  return { name, actions, parameters: cursor.take('(') ? readParameters(cursor, depth) : [] };
}

/** Behind an opening parenthesis, up to and with the closing one. */
function readParameters(cursor: Cursor, depth: number): EventParameter[] {
  cursor.skipWhite();
  // Not in the grammar, yet written for "no parameters".
  if (cursor.take(')')) return [];
  const parameters = cursor.list(() => readParameter(cursor, depth + 1));
  cursor.expect(')', 'eventParameters');
  return parameters;
}

function readParameter(cursor: Cursor, depth: number): EventParameter {
  if (depth > MAX_DEPTH) cursor.fail('eventParameters.depth');
  const next = cursor.peek();
  if (next === QUOTE) return { kind: 'value', value: cursor.quoted('quotedString'), quoted: true };
  // RFC 3660 §2.4: fields of a caller id are left out while their commas stay.
  if (next === 0x2c || next === 0x29) return { kind: 'value', value: '', quoted: false };
  const word = cursor.word(EVENT_PARAMETER, 'eventParameter');
  cursor.skipWhite();
  if (cursor.take('=')) {
    cursor.skipWhite();
    return { kind: 'assignment', name: word, value: readParameter(cursor, depth + 1) };
  }
  if (cursor.take('(')) return { kind: 'group', name: word, parameters: readParameters(cursor, depth) };
  return { kind: 'value', value: word, quoted: false };
}

const ACTIONS: Readonly<Record<string, RequestedAction>> = {
  N: { kind: 'notify' },
  A: { kind: 'accumulate' },
  D: { kind: 'digit-map' },
  S: { kind: 'swap' },
  I: { kind: 'ignore' },
  K: { kind: 'keep-signals' },
};

function readAction(cursor: Cursor, depth: number): RequestedAction {
  const start = cursor.at;
  const word = cursor.word(NAME, 'requestedAction');
  if (cursor.take('/')) {
    const action = cursor.word(NAME, 'extensionAction');
    return { kind: 'extension', packageName: word, action, parameters: cursor.take('(') ? readParameters(cursor, depth) : [] };
  }
  const plain = ACTIONS[word.toUpperCase()];
  if (plain !== undefined) return plain;
  if (word.toUpperCase() !== 'E') {
    cursor.failAt(start, 'requestedAction', UNKNOWN_ACTION);
    return { kind: 'notify' };
  }
  cursor.skipWhite();
  cursor.expect('(', 'embeddedRequest');
  const embedded = readEmbedded(cursor, depth);
  cursor.expect(')', 'embeddedRequest');
  return { kind: 'embedded', ...embedded };
}

/** `R(..), S(..), D(..)`, each at most once and in any order (appendix A: NCS has another). */
function readEmbedded(cursor: Cursor, depth: number): EmbeddedRequest {
  const request: { -readonly [Key in keyof EmbeddedRequest]: EmbeddedRequest[Key] } = {};
  if (depth > MAX_DEPTH) cursor.fail('embeddedRequest.depth');
  cursor.list(() => {
    const part = cursor.word(NAME, 'embeddedRequest').toUpperCase();
    cursor.skipWhite();
    cursor.expect('(', 'embeddedRequest');
    cursor.skipWhite();
    const isEmpty = cursor.peek() === 0x29;
    if (part === 'R' && request.requestedEvents === undefined) {
      request.requestedEvents = isEmpty ? [] : cursor.list(() => readRequestedEvent(cursor, depth + 1));
    } else if (part === 'S' && request.signalRequests === undefined) {
      request.signalRequests = isEmpty ? [] : cursor.list(() => readEventItem(cursor));
    } else if (part === 'D' && request.digitMap === undefined) {
      request.digitMap = readEmbeddedDigitMap(cursor);
    } else {
      cursor.fail('embeddedRequest');
    }
    cursor.skipWhite();
    cursor.expect(')', 'embeddedRequest');
  });
  return request;
}

/** A digit map up to the parenthesis that closes around it; its own are one pair at most. */
function readEmbeddedDigitMap(cursor: Cursor): string {
  const start = cursor.at;
  const hasOwn = cursor.peek() === 0x28;
  let close = cursor.text.indexOf(')', start);
  if (hasOwn && close >= 0) close += 1;
  const map = close < 0 || close > cursor.end ? '' : cursor.text.slice(start, close).trim();
  if (!isDigitMap(map)) {
    cursor.fail('digitMap');
    return '';
  }
  cursor.at = close;
  return map;
}

// --- writing -------------------------------------------------------------------------------------------------------

function inParentheses(parameters: readonly EventParameter[]): string {
  return parameters.length === 0 ? '' : `(${parameters.map(writeParameter).join(',')})`;
}

function writeParameter(parameter: EventParameter): string {
  switch (parameter.kind) {
    case 'value':
      return parameter.quoted ? quote(parameter.value) : parameter.value;
    case 'assignment':
      return `${parameter.name}=${writeParameter(parameter.value)}`;
    case 'group':
      return `${parameter.name}(${parameter.parameters.map(writeParameter).join(',')})`;
    default:
      return parameter satisfies never;
  }
}

/** Line ends cannot stand in a line: a caller's name must not become a parameter of its own. */
function quote(value: string): string {
  return `"${value.replace(/[\r\n]/g, ' ').replaceAll('"', '""')}"`;
}

function writeRequestedEvent(event: RequestedEvent): string {
  const name = formatEventName(event.name);
  if (event.actions.length > 0) return `${name}(${event.actions.map(writeAction).join(',')})${inParentheses(event.parameters)}`;
  // The grammar has parameters only behind actions; without actions the event is notified.
  return event.parameters.length > 0 ? `${name}(N)${inParentheses(event.parameters)}` : name;
}

function writeAction(action: RequestedAction): string {
  switch (action.kind) {
    case 'notify':
      return 'N';
    case 'accumulate':
      return 'A';
    case 'digit-map':
      return 'D';
    case 'swap':
      return 'S';
    case 'ignore':
      return 'I';
    case 'keep-signals':
      return 'K';
    case 'embedded':
      return `E(${writeEmbedded(action)})`;
    case 'extension':
      return `${action.packageName}/${action.action}${inParentheses(action.parameters)}`;
    default:
      return action satisfies never;
  }
}

function writeEmbedded(request: EmbeddedRequest): string {
  const parts: string[] = [];
  if (request.requestedEvents) parts.push(`R(${writeRequestedEvents(request.requestedEvents)})`);
  if (request.signalRequests) parts.push(`S(${writeEventItems(request.signalRequests)})`);
  if (request.digitMap !== undefined) parts.push(`D(${request.digitMap})`);
  return parts.join(', ');
}
