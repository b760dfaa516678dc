// Edits on a received message: each says which bytes go and what comes instead. Core's applyEdits writes the result.
// Lines come without line end.
import type { Edit } from '@altpath/core';
import { skipLws } from '../message/characters.js';
import type { NameAddress } from '../message/name-address.js';
import * as names from './header-names.js';
import type { SipMessage } from './sip-message.js';

/** Puts a header line directly after the start line: where the newest Via goes. */
export function insertTopHeader(message: SipMessage, line: string): Edit {
  return { at: message.scan.headersStart, remove: 0, insert: `${line}\r\n` };
}

/** Puts a header line before the first of that name, or, where there is none, after the last Via. */
export function insertHeader(message: SipMessage, name: string, line: string): Edit {
  const before = message.findNamed(name);
  return { at: before >= 0 ? message.scan.lineStart(before) : afterVias(message), remove: 0, insert: `${line}\r\n` };
}

/** Puts a header line after all others. */
export function appendHeader(message: SipMessage, line: string): Edit {
  return { at: message.scan.headersEnd, remove: 0, insert: `${line}\r\n` };
}

export function replaceRequestUri(message: SipMessage, uri: string): Edit {
  return { at: message.requestUriStart, remove: message.requestUriEnd - message.requestUriStart, insert: uri };
}

/** Takes away the topmost `count` Via values: whole lines, or the first values of a comma list. */
export function removeVias(message: SipMessage, count: number): Edit[] {
  return removeValues(message, names.VIA, message.vias, count);
}

/** Replaces the Via value at a place of `message.vias`. @throws RangeError when there is none there. */
export function replaceVia(message: SipMessage, index: number, text: string): Edit {
  const via = index === 0 && message.topVia.end > 0 ? message.topVia : message.vias[index];
  if (!via) throw new RangeError(`no Via at ${index}`);
  return replaceValue(via, text);
}

/** Takes away the topmost `count` Route values: whole lines, or the first values of a comma list. */
export function removeRoutes(message: SipMessage, count: number): Edit[] {
  return removeValues(message, names.ROUTE, message.routes, count);
}

/** Replaces a value that was read from the message to be edited: an address, a Via. */
export function replaceValue(value: { readonly start: number; readonly end: number }, text: string): Edit {
  return { at: value.start, remove: value.end - value.start, insert: text };
}

/** Replaces the first value of that name, or puts the header field after all others. */
export function setHeader(message: SipMessage, name: string, value: string): Edit {
  const line = message.findNamed(name);
  if (line < 0) return appendHeader(message, `${name}: ${value}`);
  const start = message.scan.valueStart(line);
  return { at: start, remove: message.scan.valueEnd(line) - start, insert: value };
}

/** Takes away every line of that name. */
export function removeHeader(message: SipMessage, name: string): Edit[] {
  const edits: Edit[] = [];
  for (let line = message.findNamed(name); line >= 0; line = message.findNamed(name, line + 1)) edits.push(removeLine(message, line));
  return edits;
}

function removeLine(message: SipMessage, line: number): Edit {
  const start = message.scan.lineStart(line);
  return { at: start, remove: message.scan.lineEnd(line) - start, insert: '' };
}

function afterVias(message: SipMessage): number {
  let last = -1;
  for (let line = message.scan.find(names.VIA); line >= 0; line = message.scan.find(names.VIA, line + 1)) last = line;
  return last < 0 ? message.scan.headersStart : message.scan.lineEnd(last);
}

type Ranged = Pick<NameAddress, 'start' | 'end'>;

function removeValues(message: SipMessage, id: number, values: readonly Ranged[], count: number): Edit[] {
  const { bytes } = message;
  const edits: Edit[] = [];
  let taken = 0;
  for (let line = message.scan.find(id); line >= 0 && taken < count; line = message.scan.find(id, line + 1)) {
    const end = message.scan.valueEnd(line);
    const first = values[taken];
    if (!first) break;
    let next = taken + 1;
    while (next < count && next < values.length && (values[next] as Ranged).start < end) next += 1;
    const comma = skipLws(bytes, (values[next - 1] as Ranged).end, end);
    if (comma >= end) edits.push(removeLine(message, line));
    else edits.push({ at: first.start, remove: skipLws(bytes, comma + 1, end) - first.start, insert: '' });
    taken = next;
  }
  return edits;
}
