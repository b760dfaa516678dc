// Parameter lines: one row for each code, with how its value is read and how it is written (RFC 3435 §3.2.2; RFC 3991 §2).
// The order of the rows is the order in which parameters leave.
import type { EndpointName } from '../message/endpoint-name.js';
import { formatEndpoint, isLocalName, parseEndpoint } from '../message/endpoint-name.js';
import { type EntityName, formatEntity, parseEntity } from '../message/entity-name.js';
import type { Parameters, QuarantineHandling, ReasonCode, RedirectEndpoints, RestartMethod } from '../message/parameters.js';
import { type Cursor, NAME } from './cursor.js';
import { isDigitMap } from './digit-map.js';
import { readEventItems, readRequestedEvents, writeEventItems, writeRequestedEvents } from './event-lists.js';
import {
  readBearer,
  readCapability,
  readConnectionParameters,
  readMode,
  readOptions,
  writeBearer,
  writeConnectionParameters,
  writeOptions,
} from './option-lists.js';

/** Parameters while they are read. */
export type ParameterDraft = { -readonly [Key in keyof Parameters]: Parameters[Key] };

/**
 * One code. `read` touches the draft only when the whole value fits, else it leaves the cursor with its problem. `write` gives the value of
 * each line to be written, none where the parameter is not there.
 */
export interface ParameterRow {
  readonly code: string;
  /** Where a second line of this code is no fault (§3.2.2, §3.3.6; RFC 3991 §2.2.1). */
  readonly repeats: 'never' | 'in-responses' | 'always';
  read(cursor: Cursor, draft: ParameterDraft): void;
  write(parameters: Parameters): readonly string[];
}

const RESTART_METHOD_CODE = 536;
const QUARANTINE_CODE = 508;

/** A parameter with a field and one line. */
function row<Field extends keyof Parameters>(
  code: string,
  field: Field,
  read: (cursor: Cursor) => Parameters[Field],
  write: (value: NonNullable<Parameters[Field]>) => string,
): ParameterRow {
  return {
    code,
    repeats: 'never',
    read: (cursor, draft) => {
      const value = read(cursor);
      if (cursor.finish()) draft[field] = value;
    },
    write: (parameters) => {
      const value = parameters[field];
      return value === undefined ? [] : [value === null ? '' : write(value)];
    },
  };
}

export const PARAMETER_ROWS: readonly ParameterRow[] = [
  row('K', 'responseAck', readRanges, (ranges) =>
    ranges.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)).join(', '),
  ),
  {
    code: 'Z',
    repeats: 'in-responses',
    read: (cursor, draft) => {
      const name = cursor.done ? undefined : readEndpoint(cursor, 'specificEndpointId');
      if (!cursor.finish()) return;
      const names = [...(draft.specificEndpointIds ?? []), ...(name === undefined ? [] : [name])];
      draft.specificEndpointIds = names;
      setOrClear(draft, 'specificEndpointId', names.length === 1 ? names[0] : undefined);
    },
    write: ({ specificEndpointIds, specificEndpointId }) => {
      if (specificEndpointIds === undefined) return specificEndpointId === undefined ? [] : [formatEndpoint(specificEndpointId)];
      return specificEndpointIds.length === 0 ? [''] : specificEndpointIds.map(formatEndpoint);
    },
  },
  row('C', 'callId', (cursor) => cursor.identifier('callId'), String),
  {
    code: 'I',
    repeats: 'in-responses',
    read: (cursor, draft) => {
      const read = cursor.optionalList(() => cursor.identifier('connectionId'));
      if (!cursor.finish()) return;
      const ids = [...(draft.connectionIds ?? []), ...read];
      draft.connectionIds = ids;
      setOrClear(draft, 'connectionId', ids.length === 1 ? ids[0] : undefined);
    },
    write: ({ connectionIds, connectionId }) => {
      if (connectionIds !== undefined) return [connectionIds.join(', ')];
      return connectionId === undefined ? [] : [connectionId];
    },
  },
  row('Z2', 'secondEndpointId', (cursor) => readEndpoint(cursor, 'secondEndpointId'), formatEndpoint),
  row('I2', 'secondConnectionId', (cursor) => cursor.identifier('secondConnectionId'), String),
  row('N', 'notifiedEntity', readEntityOrNone, formatEntity),
  row('RED/N', 'redirectEntity', readEntityOrNone, formatEntity),
  row(
    'RED/NL',
    'redirectList',
    (cursor) => cursor.optionalList(() => readEntity(cursor)),
    (list) => list.map(formatEntity).join(', '),
  ),
  redirectEndpointsRow(),
  redirectMapRow(),
  row('RED/R', 'reset', readReset, () => 'reset'),
  row('X', 'requestIdentifier', (cursor) => (cursor.done ? '' : cursor.identifier('requestIdentifier')), String),
  row('B', 'bearerInformation', readBearer, writeBearer),
  {
    code: 'L',
    repeats: 'in-responses',
    read: (cursor, draft) => {
      const first = draft.localConnectionOptions;
      const options = readOptions(cursor);
      if (!cursor.finish()) return;
      // Gateways of the time before `A:` audit their capabilities as several lines of L.
      if (first === undefined) draft.localConnectionOptions = options;
      else draft.capabilities = [...(draft.capabilities ?? [first]), options];
    },
    write: ({ localConnectionOptions }) => (localConnectionOptions === undefined ? [] : [writeOptions(localConnectionOptions)]),
  },
  row('M', 'mode', (cursor) => readMode(cursor), String),
  row('R', 'requestedEvents', readRequestedEvents, writeRequestedEvents),
  row('D', 'digitMap', readDigitMap, String),
  row('S', 'signalRequests', readEventItems, writeEventItems),
  row('Q', 'quarantineHandling', readQuarantine, writeQuarantine),
  row('T', 'detectEvents', readEventItems, writeEventItems),
  row('O', 'observedEvents', readEventItems, writeEventItems),
  row('ES', 'eventStates', readEventItems, writeEventItems),
  row('F', 'requestedInfo', readRequestedInfo, (codes) => codes.join(', ')),
  row('P', 'connectionParameters', readConnectionParameters, writeConnectionParameters),
  row('E', 'reasonCode', readReason, writeReason),
  row('RM', 'restartMethod', readRestartMethod, String),
  row('RD', 'restartDelayS', (cursor) => cursor.number(6, 'restartDelay'), String),
  {
    code: 'A',
    repeats: 'in-responses',
    read: (cursor, draft) => {
      const capability = readCapability(cursor);
      if (cursor.finish()) draft.capabilities = [...(draft.capabilities ?? []), capability];
    },
    write: ({ capabilities }) => capabilities?.map(writeOptions) ?? [],
  },
  row('PL', 'packageList', readPackageList, (list) => list.map(({ name, version }) => `${name}:${version}`).join(', ')),
  row('MD', 'maxDatagram', (cursor) => cursor.number(9, 'maxMgcpDatagram'), String),
  row('B/PR', 'persistentEvents', readRequestedEvents, writeRequestedEvents),
  row('B/NS', 'notificationState', readNotificationState, String),
];

const BY_CODE: ReadonlyMap<string, ParameterRow> = new Map(PARAMETER_ROWS.map((each) => [each.code, each]));

/** @param code  In any case. */
export function parameterRow(code: string): ParameterRow | undefined {
  return BY_CODE.get(code) ?? BY_CODE.get(code.toUpperCase());
}

function setOrClear<Field extends keyof ParameterDraft>(draft: ParameterDraft, field: Field, value: ParameterDraft[Field]): void {
  if (value === undefined) delete draft[field];
  else draft[field] = value;
}

// --- single values -------------------------------------------------------------------------------------------------

function readRanges(cursor: Cursor): { first: number; last: number }[] {
  return cursor.optionalList(() => {
    const start = cursor.at;
    const first = cursor.number(9, 'confirmedTransactionIdRange');
    const last = cursor.take('-') ? cursor.number(9, 'confirmedTransactionIdRange') : first;
    if (last < first || first === 0) cursor.failAt(start, 'confirmedTransactionIdRange');
    return { first, last };
  });
}

const NOBODY: EndpointName = { local: '', domain: '' };

function readEndpoint(cursor: Cursor, rule: string): EndpointName {
  const start = cursor.at;
  const name = parseEndpoint(cursor.rest());
  if (name === undefined) cursor.failAt(start, rule);
  return name ?? NOBODY;
}

function readEntityOrNone(cursor: Cursor): EntityName | null {
  return cursor.done ? null : readEntity(cursor);
}

/** One name, up to a comma or the end. */
function readEntity(cursor: Cursor): EntityName {
  const start = cursor.at;
  const name = parseEntity(upToComma(cursor));
  if (name === undefined) cursor.failAt(start, 'notifiedEntity');
  return name ?? NOBODY;
}

function upToComma(cursor: Cursor): string {
  const comma = cursor.text.indexOf(',', cursor.at);
  const end = comma < 0 || comma > cursor.end ? cursor.end : comma;
  const text = cursor.text.slice(cursor.at, end).trimEnd();
  cursor.at = end;
  return text;
}

function readDigitMap(cursor: Cursor): string {
  const start = cursor.at;
  const map = cursor.rest();
  if (map !== '' && !isDigitMap(map)) cursor.failAt(start, 'digitMap');
  return map;
}

function readQuarantine(cursor: Cursor): QuarantineHandling {
  const handling = { loop: false, discard: false };
  cursor.list(() => {
    const start = cursor.at;
    const word = cursor.word(NAME, 'quarantineHandling').toLowerCase();
    if (word === 'loop') handling.loop = true;
    else if (word === 'discard') handling.discard = true;
    else if (word !== 'step' && word !== 'process') cursor.failAt(start, 'quarantineHandling', QUARANTINE_CODE);
  });
  return handling;
}

function writeQuarantine({ loop, discard }: QuarantineHandling): string {
  return `${loop ? 'loop' : 'step'}, ${discard ? 'discard' : 'process'}`;
}

function readRequestedInfo(cursor: Cursor): string[] {
  return cursor.optionalList(() => {
    const code = cursor.word(NAME, 'infoCode');
    // Vendor codes have `-` and `+`, packages a slash.
    const rest = cursor.take('/') ? `/${cursor.word(NAME, 'infoCode')}` : cursor.take('+') ? `+${cursor.word(NAME, 'infoCode')}` : '';
    return `${code}${rest}`.toUpperCase();
  });
}

function readReason(cursor: Cursor): ReasonCode {
  const match = /^(\d{3})(?:[ \t]+\/([A-Za-z0-9-]+))?(?:[ \t]+(.+))?$/.exec(cursor.text.slice(cursor.at, cursor.end));
  if (match === null) {
    cursor.fail('reasonCode');
    return { code: 0 };
  }
  cursor.at = cursor.end;
  const [, code, packageName, text] = match;
  return { code: Number(code), ...(packageName !== undefined && { packageName }), ...(text !== undefined && { text }) };
}

function writeReason({ code, packageName, text }: ReasonCode): string {
  const origin = packageName === undefined ? '' : ` /${packageName}`;
  return `${String(code).padStart(3, '0')}${origin}${text === undefined ? '' : ` ${text}`}`;
}

const RESTART_METHODS: readonly string[] = ['graceful', 'forced', 'restart', 'disconnected', 'cancel-graceful'];

function readRestartMethod(cursor: Cursor): RestartMethod {
  const start = cursor.at;
  const word = cursor.word(NAME, 'restartMethod').toLowerCase();
  if (cursor.take('/')) return `${word}/${cursor.word(NAME, 'restartMethod').toLowerCase()}`;
  if (!RESTART_METHODS.includes(word)) cursor.failAt(start, 'restartMethod', RESTART_METHOD_CODE);
  return word as RestartMethod;
}

function readPackageList(cursor: Cursor): { name: string; version: number }[] {
  return cursor.optionalList(() => {
    const name = cursor.word(NAME, 'packageName');
    cursor.expect(':', 'packageVersion');
    return { name, version: cursor.number(9, 'packageVersion') };
  });
}

function readNotificationState(cursor: Cursor): 'ns' | 'ls' | 'o' {
  const start = cursor.at;
  const word = cursor.word(NAME, 'notificationState').toLowerCase();
  if (word === 'ns' || word === 'ls' || word === 'o') return word;
  cursor.failAt(start, 'notificationState');
  return 'o';
}

// --- the redirect package ------------------------------------------------------------------------------------------

function redirectEndpointsRow(): ParameterRow {
  return {
    code: 'RED/EL',
    repeats: 'always',
    read: (cursor, draft) => {
      const names = splitNames(cursor.rest());
      if (!names.every(isLocalName)) cursor.fail('endpointList');
      else draft.redirectEndpoints = [...(draft.redirectEndpoints ?? []), { names }];
    },
    // Both lines of a pair at once: the map must be the next line.
    write: ({ redirectEndpoints }) =>
      (redirectEndpoints ?? []).map(({ names, map }) => `${names.join(', ')}${map === undefined ? '' : `\r\nRED/MP: ${map}`}`),
  };
}

function redirectMapRow(): ParameterRow {
  return {
    code: 'RED/MP',
    repeats: 'always',
    read: (cursor, draft) => {
      const start = cursor.at;
      const map = cursor.rest().toUpperCase();
      const lines: readonly RedirectEndpoints[] = draft.redirectEndpoints ?? [];
      const last = lines.at(-1);
      // RFC 3991 §2.5: a map without its list is 800 there; the code needs the package's name, which roles add.
      if (last === undefined || last.map !== undefined || !/^[TF]+$/.test(map)) cursor.failAt(start, 'endpointMap');
      else draft.redirectEndpoints = [...lines.slice(0, -1), { ...last, map }];
    },
    write: () => [],
  };
}

/** Names between commas that stand in no bracket: `ds/[1,3-5], ds/7` are two. */
function splitNames(text: string): string[] {
  const names: string[] = [];
  let inBracket = false;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '[') inBracket = true;
    else if (character === ']') inBracket = false;
    else if (character === ',' && !inBracket) {
      names.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  return [...names, text.slice(from).trim()];
}

function readReset(cursor: Cursor): boolean {
  const start = cursor.at;
  if (cursor.rest().toLowerCase() !== 'reset') cursor.failAt(start, 'reset');
  return true;
}
