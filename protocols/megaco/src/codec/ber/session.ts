// Session descriptions: in binary each line of SDP is a property of package 0000, B001 (v=) to B00F (m=), and each
// description a group (RFC 3525 annex C.11, §7.1.8). Other properties of annex C are kept beside the lines.
import { SignalingError } from '@altpath/core';
import type { Property, SessionDescription } from '../../message/index.js';
import { localFault } from './faults.js';
import type { Mapping } from './context.js';
import type { LocalRemoteValue, PropertyValue } from './schema-descriptors.js';
import { readString, writeString } from './wrapping.js';

/** Line types in the order of their numbers, 0000 B001 onwards. */
const LINES = 'vosiuepcbzkatrm';
const FIRST_LINE = 0x0000_b001;

/** Local or Remote into the model: lines in their order, joined by CRLF. */
export function sessionOf({ propGrps }: LocalRemoteValue, mapping: Mapping): SessionDescription {
  const lines: string[] = [];
  const others: (readonly Property[])[] = [];
  for (const group of propGrps) {
    const rest: Property[] = [];
    for (const record of group) {
      const letter = LINES[record.name - FIRST_LINE];
      if (letter === undefined) rest.push(mapping.property(record));
      else if (record.value.length === 0) lines.push(`${letter}=$`);
      else for (const value of record.value) lines.push(`${letter}=${lineOf(value)}`);
    }
    others.push(rest);
  }
  const sdp = lines.join('\r\n').replace(LAST_BLANKS, '');
  return others.some(({ length }) => length > 0) ? { sdp, properties: others } : { sdp };
}

/** One line: whatever would end it is a blank. */
function lineOf(value: Buffer): string {
  const text = readString(value);
  return BROKEN.test(text) ? text.replace(ALL_BROKEN, ' ') : text;
}

/** What text does not keep in front of its brace. */
const LAST_BLANKS = /[ \t\r\n]+$/;
const BROKEN = /[\0\r\n]/;
const ALL_BROKEN = new RegExp(BROKEN, 'g');

/** A `v=` line begins a group; a description that begins otherwise is one group up to its first `v=`. */
export function sessionRecord({ sdp, properties = [] }: SessionDescription, mapping: Mapping): LocalRemoteValue {
  const propGrps: PropertyValue[][] = [];
  for (const line of sdp.split(/\r\n|\n|\r/)) {
    const text = line.trim();
    if (text === '') continue;
    if (propGrps.length === 0 || text.startsWith('v=')) propGrps.push([]);
    propGrps[propGrps.length - 1]?.push(lineRecord(text));
  }
  properties.forEach((group, index) => (propGrps[index] ??= []).push(...group.map((each) => mapping.propertyRecord(each))));
  return { propGrps };
}

function lineRecord(line: string): PropertyValue {
  const number = line[1] === '=' ? LINES.indexOf((line[0] as string).toLowerCase()) : -1;
  if (number < 0) throw new SignalingError(localFault('session', `annex C has no number for the line ${line.slice(0, 20)}`));
  const text = line.slice(2);
  return { name: FIRST_LINE + number, value: text === '$' ? CHOOSE : [writeString(text)] };
}

const CHOOSE: readonly Buffer[] = [];
