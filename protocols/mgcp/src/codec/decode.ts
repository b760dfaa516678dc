// From a datagram to messages: cut at the lines of one dot, then each message read line by line, once (RFC 3435 §3.1,
// §3.5.5, appendix A). What cannot be executed as it stands comes out as `broken`, with the return code to answer.
import { isAscii, isUtf8 } from 'node:buffer';
import type { Fault } from '@altpath/core';
import { type EndpointName, parseEndpoint } from '../message/endpoint-name.js';
import type { MgcpCommand, MgcpMessage, MgcpResponse } from '../message/message.js';
import type { ExtensionParameter } from '../message/parameters.js';
import { Cursor } from './cursor.js';
import { type Refusal, refusal } from './faults.js';
import { type ParameterDraft, parameterRow } from './parameter-lines.js';

/** A message, or what there was instead of one. */
export type Decoded = MgcpMessage | BrokenMessage;

export interface BrokenMessage {
  readonly kind: 'broken';
  /** Absent where none could be read: then nothing can be answered. May be 0, which no transaction has. */
  readonly transactionId?: number | undefined;
  /** The return code for the sender of a command. */
  readonly code: number;
  readonly fault: Fault;
  /** A broken response is never answered; its transaction is over all the same. */
  readonly isResponse: boolean;
  /** The code that a broken response came with, where its first line could be read. */
  readonly responseCode?: number | undefined;
  /** The verb and endpoint of a broken command, as far as they were read. */
  readonly verb?: string | undefined;
  readonly endpoint?: EndpointName | undefined;
  readonly bytes: Buffer;
}

/** Bounds on what is read at all. */
export interface DecodeLimits {
  /** Messages of one datagram; default 256. What is beyond comes out as one broken message without an id. */
  readonly maxMessages: number;
  /** Parameter lines of one message; default 4096, since an audit by wildcard has a line for each endpoint. */
  readonly maxLines: number;
}

export const DEFAULT_LIMITS: DecodeLimits = { maxMessages: 256, maxLines: 4_096 };

/** Profiles whose messages read like plain MGCP 1.0; another one is told 528 (RFC 3435 §3.2.1.4). */
export const KNOWN_PROFILES: readonly string[] = ['NCS', 'TGCP'];

/**
 * Reads a datagram.
 *
 * Never throws, and takes time linear in the bytes. Lines end in CRLF or in LF alone; parts without anything in them
 * are passed over.
 *
 * @param data  Kept by the messages, and not copied: the caller gives it away.
 */
export function decodeDatagram(data: Buffer, limits: DecodeLimits = DEFAULT_LIMITS): readonly Decoded[] {
  const decoded: Decoded[] = [];
  let start = 0;
  while (start < data.length) {
    const [end, next] = partEnd(data, start);
    const part = data.subarray(start, end);
    start = next;
    if (isBlank(part)) continue;
    if (decoded.length === limits.maxMessages) {
      const fault = refusal(PROTOCOL_ERROR, 'mgcp.size.messages', 'Too Many Messages', next);
      return [...decoded, { kind: 'broken', ...fault, isResponse: false, bytes: part }];
    }
    decoded.push(decodeMessage(part, limits));
  }
  return decoded;
}

const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;
const PROTOCOL_ERROR = 510;
const WRONG_VERSION = 528;

/** Where the message that starts here ends, and where the next one starts: behind a line of one dot. */
function partEnd(data: Buffer, start: number): readonly [end: number, next: number] {
  for (let line = start; line < data.length;) {
    if (data[line] === DOT) {
      const behind = data[line + 1] === CR ? line + 2 : line + 1;
      if (behind >= data.length) return [line, data.length];
      if (data[behind] === LF) return [line, behind + 1];
    }
    const end = data.indexOf(LF, line);
    if (end < 0) break;
    line = end + 1;
  }
  return [data.length, data.length];
}

function isBlank(part: Buffer): boolean {
  return part.every((code) => code === LF || code === CR);
}

/** Quoted strings, comments and session descriptions are UTF-8; what is not valid UTF-8 is taken byte by byte. */
function textOf(bytes: Buffer): string {
  return isAscii(bytes) || !isUtf8(bytes) ? bytes.toString('latin1') : bytes.toString('utf8');
}

/** One message while it is read. */
class Reading {
  at = 0;

  constructor(
    readonly bytes: Buffer,
    readonly text: string,
    readonly limits: DecodeLimits,
  ) {}

  /** The next line without its end and white space behind; undefined when there is none. `at` is behind it then. */
  line(): { readonly start: number; readonly end: number } | undefined {
    const start = this.at;
    if (start >= this.text.length) return undefined;
    const lf = this.text.indexOf('\n', start);
    let end = lf < 0 ? this.text.length : lf;
    this.at = lf < 0 ? end : lf + 1;
    if (lf >= 0 && end > start && this.text.charCodeAt(end - 1) === CR) end -= 1;
    while (end > start && isWhite(this.text.charCodeAt(end - 1))) end -= 1;
    return { start, end };
  }
}

function isWhite(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function decodeMessage(bytes: Buffer, limits: DecodeLimits): Decoded {
  const reading = new Reading(bytes, textOf(bytes), limits);
  let first = reading.line();
  while (first && first.start === first.end) first = reading.line();
  const line = first === undefined ? '' : reading.text.slice(first.start, first.end);
  const initial = line.charCodeAt(0);
  return initial >= 0x30 && initial <= 0x39 ? decodeResponse(reading, line) : decodeCommand(reading, line);
}

// --- commands ------------------------------------------------------------------------------------------------------

const COMMAND_ID = /^[ \t]*([A-Za-z][A-Za-z0-9]{3})[ \t]+(\d{1,9})(?![^ \t])/;

function decodeCommand(reading: Reading, line: string): Decoded {
  // Read apart from the rest: whatever is wrong behind them, a command with a verb and an id can be answered.
  const head = COMMAND_ID.exec(line);
  const verb = head?.[1]?.toUpperCase();
  const transactionId = head === null ? undefined : Number(head[2]);
  const [, , name, protocol, version, ...profileWords] = line.split(/[ \t]+/);
  const endpoint = parseEndpoint(name ?? '');
  const broken = (why: Refusal): BrokenMessage => ({
    kind: 'broken',
    ...(transactionId !== undefined && { transactionId }),
    ...why,
    isResponse: false,
    ...(verb !== undefined && { verb }),
    ...(endpoint !== undefined && { endpoint }),
    bytes: reading.bytes,
  });
  if (verb === undefined || transactionId === undefined) return broken(malformed('command-line', 'Bad Command Line'));
  if (transactionId === 0) return broken(malformed('transaction-id', 'Bad Transaction Id'));
  if (isWhite(line.charCodeAt(0))) return broken(malformed('command-line', 'White Space Before Verb'));
  if (endpoint === undefined) return broken(malformed('endpoint', 'Bad Endpoint Name'));
  if (protocol?.toUpperCase() !== 'MGCP' || !/^\d+\.\d+$/.test(version ?? '')) return broken(malformed('version', 'Bad Version'));
  const profile = profileWords.join(' ');
  if (/[^\x20-\x7e]/.test(profile)) return broken(malformed('version', 'Bad Profile'));
  if (!isKnownVersion(version ?? '', profile)) {
    return broken(refusal(WRONG_VERSION, 'mgcp.version', 'Incompatible Protocol Version'));
  }
  const body = readBody(reading, false);
  if ('fault' in body) return broken(body);
  const { parameters, descriptions } = body;
  const command: MgcpCommand = { kind: 'command', verb, transactionId, endpoint, profile, parameters, descriptions, bytes: reading.bytes };
  return command;
}

function isKnownVersion(version: string, profile: string): boolean {
  const [major, minor] = version.split('.');
  const profileName = profile.split(' ', 1)[0] ?? '';
  return Number(major) === 1 && Number(minor) === 0 && (profile === '' || KNOWN_PROFILES.includes(profileName.toUpperCase()));
}

function malformed(rule: string, hint: string, offset?: number): Refusal {
  return refusal(PROTOCOL_ERROR, `mgcp.parse.${rule}`, hint, offset);
}

// --- responses -----------------------------------------------------------------------------------------------------

const RESPONSE_LINE = /^(\d{3})[ \t]+(\d{1,9})(?![^ \t])[ \t]*([^]*)$/;

function decodeResponse(reading: Reading, line: string): Decoded {
  const match = RESPONSE_LINE.exec(line);
  if (match === null) {
    const why = malformed('response-line', 'Bad Response Line');
    return { kind: 'broken', ...why, isResponse: true, bytes: reading.bytes };
  }
  const [, digits, id, behind = ''] = match;
  const code = Number(digits);
  const transactionId = Number(id);
  // Only 8xx belongs to a package: elsewhere a slash is a comment's (§2.4).
  const origin = code >= 800 && code <= 899 ? /^\/([A-Za-z0-9-]+)(?![^ \t])/.exec(behind) : null;
  const packageName = origin?.[1];
  const comment = origin === null ? behind : behind.slice(origin[0].length).trimStart();
  const body = readBody(reading, true);
  if ('fault' in body) {
    return { kind: 'broken', transactionId, ...body, isResponse: true, responseCode: code, bytes: reading.bytes };
  }
  const response: MgcpResponse = {
    kind: 'response',
    code,
    transactionId,
    ...(packageName !== undefined && { packageName }),
    comment,
    parameters: body.parameters,
    descriptions: body.descriptions,
    bytes: reading.bytes,
  };
  return response;
}

// --- parameters and descriptions -----------------------------------------------------------------------------------

interface Body {
  readonly parameters: ParameterDraft;
  readonly descriptions: readonly string[];
}

function readBody(reading: Reading, isResponse: boolean): Body | Refusal {
  const draft: ParameterDraft = {};
  const extensions: ExtensionParameter[] = [];
  const seen = new Set<string>();
  let previous = '';
  for (let count = 0; ; count += 1) {
    const line = reading.line();
    if (line === undefined || line.start === line.end) break;
    if (count === reading.limits.maxLines) return refusal(PROTOCOL_ERROR, 'mgcp.size.parameters', 'Too Many Parameters', line.start);
    const code = readCode(reading.text, line);
    if (code === undefined) {
      if (isResponse) continue;
      return malformed('parameter', 'Bad Parameter Line', line.start);
    }
    const cursor = new Cursor(reading.text, line.start + code.length, line.end);
    cursor.skipWhite();
    cursor.expect(':', 'parameter');
    cursor.skipWhite();
    const row = parameterRow(code);
    if (row === undefined) {
      if (cursor.problem === undefined) extensions.push({ name: code, value: cursor.rest() });
    } else {
      const mayRepeat = row.repeats === 'always' || (isResponse && row.repeats === 'in-responses');
      if (!mayRepeat && seen.has(row.code)) cursor.fail('parameter.twice');
      // RFC 3991 §2.2.1: a map stands on the line behind its list.
      if (row.code === 'RED/MP' && previous !== 'RED/EL') cursor.fail('endpointMap');
      seen.add(row.code);
      if (cursor.problem === undefined) row.read(cursor, draft);
    }
    previous = row?.code ?? code;
    const { problem } = cursor;
    if (problem === undefined) continue;
    if (!isResponse) return refusal(problem.code, `mgcp.parse.${problem.rule}`, `Bad Parameter ${row?.code ?? code}`, problem.offset);
    // §3.3: what a response brings and is not understood is ignored; here it is kept as it stands.
    extensions.push({ name: code, value: valueOf(reading.text, line) });
  }
  if (extensions.length > 0) draft.extensions = extensions;
  return { parameters: draft, descriptions: readDescriptions(reading) };
}

/** Letters, digits, hyphen, slash and plus up to the colon; white space before it is tolerated. */
function readCode(text: string, line: { readonly start: number; readonly end: number }): string | undefined {
  let at = line.start;
  while (at < line.end && isCodeCharacter(text.charCodeAt(at))) at += 1;
  return at === line.start || at - line.start > MAX_CODE_LENGTH ? undefined : text.slice(line.start, at);
}

/** What stands behind the colon, or behind the code where there is none. */
function valueOf(text: string, line: { readonly start: number; readonly end: number }): string {
  const colon = text.indexOf(':', line.start);
  return colon < 0 || colon >= line.end ? '' : text.slice(colon + 1, line.end).trim();
}

const MAX_CODE_LENGTH = 80;

function isCodeCharacter(code: number): boolean {
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  return isLetter || (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x2f || code === 0x2b;
}

/** What stands behind the first empty line, cut where further ones stand; each ends in a line end. */
function readDescriptions(reading: Reading): readonly string[] {
  const descriptions: string[] = [];
  let from = reading.at;
  for (;;) {
    const start = reading.at;
    const line = reading.line();
    const isEmpty = line === undefined || line.start === line.end;
    if (isEmpty && start > from) descriptions.push(ended(reading.text.slice(from, start)));
    if (line === undefined) return descriptions;
    if (isEmpty) from = reading.at;
  }
}

function ended(description: string): string {
  return description.endsWith('\n') ? description : `${description}\r\n`;
}
