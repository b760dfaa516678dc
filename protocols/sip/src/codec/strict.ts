// The rest of what RFC 4475 calls invalid: rules that only the final reader of a header field depends on. A proxy
// forwards such messages; whoever acts on them himself (a registrar) asks here first.
import type { Fault } from '@altpath/core';
import { remoteFault } from '../errors.js';
import { CLASSES, TOKEN, WORD } from '../message/characters.js';
import type { NameAddress } from '../message/name-address.js';
import { parseUri } from '../message/uri.js';
import type { Via } from '../message/via.js';
import * as names from './header-names.js';
import type { SipMessage } from './sip-message.js';

const UINT32_MAX = 2 ** 32 - 1;

/**
 * Checks a decoded message against the rules that decode() leaves to the final reader.
 *
 * @returns the first fault found, its hint the reason phrase of a 400; undefined when there is none.
 */
export function checkStrict(message: SipMessage): Fault | undefined {
  return (
    checkVias(message) ??
    checkAddress(message.from, 'From') ??
    checkAddress(message.to, 'To') ??
    checkContacts(message) ??
    checkRouting(message) ??
    checkCallId(message) ??
    checkNumbers(message) ??
    checkDate(message) ??
    checkWarning(message)
  );
}

function bad(name: string): Fault {
  return remoteFault(`sip.parse.${name.toLowerCase()}`, `Bad ${name}`);
}

function checkVias(message: SipMessage): Fault | undefined {
  const vias: Via[] = [];
  return message.readAllVias(vias) && vias.every((via) => via.protocol === 'SIP/2.0') ? undefined : bad('Via');
}

function checkAddress(address: NameAddress, name: string): Fault | undefined {
  return parseUri(address.uri).ok && isDisplayName(address) ? undefined : bad(name);
}

/** RFC 3261 §25.1: a display name is quoted, or tokens with white space between (RFC 4475 §3.1.2.15). */
function isDisplayName(address: NameAddress): boolean {
  if (address.quoted) return true;
  const { display } = address;
  for (let i = 0; i < display.length; i += 1) {
    const code = display.charCodeAt(i);
    if (code !== 0x20 && code !== 0x09 && code < 0x80 && ((CLASSES[code] ?? 0) & TOKEN) === 0) return false;
  }
  return true;
}

function checkContacts(message: SipMessage): Fault | undefined {
  if (message.contacts === '*') return message.headerValues('contact').length === 1 ? undefined : bad('Contact');
  return checkAddresses(message, names.CONTACT);
}

function checkRouting(message: SipMessage): Fault | undefined {
  return checkAddresses(message, names.ROUTE) ?? checkAddresses(message, names.RECORD_ROUTE) ?? checkAddresses(message, names.PATH);
}

function checkAddresses(message: SipMessage, id: number): Fault | undefined {
  const list: NameAddress[] = [];
  if (!message.readAddresses(id, list)) return bad(names.headerName(id));
  for (const address of list) {
    const fault = checkAddress(address, names.headerName(id));
    if (fault) return fault;
  }
  return undefined;
}

function checkCallId(message: SipMessage): Fault | undefined {
  const text = message.callId;
  for (let i = 0; i < text.length; i += 1) if (((CLASSES[text.charCodeAt(i)] ?? 0) & WORD) === 0) return bad('Call-ID');
  return undefined;
}

function checkNumbers(message: SipMessage): Fault | undefined {
  // Expires, in a field or at a Contact, is not judged: RFC 3261 §20.10 makes the default of what is malformed.
  const minExpires = message.header('min-expires');
  if (minExpires !== undefined && !isDelta(minExpires)) return bad('Min-Expires');
  const retryAfter = message.header('retry-after');
  // RFC 3261 §20.33: seconds, then a comment or parameters.
  if (retryAfter !== undefined && !isDelta(retryAfter.split(/[ \t(;]/, 1)[0] ?? '')) return bad('Retry-After');
  return undefined;
}

function isDelta(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) <= UINT32_MAX;
}

const DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/i;

/** RFC 3261 §20.17: only GMT. */
function checkDate(message: SipMessage): Fault | undefined {
  const date = message.header('date');
  return date === undefined || DATE.test(date) ? undefined : bad('Date');
}

/** RFC 3261 §20.43: a code of three digits, then the agent. */
function checkWarning(message: SipMessage): Fault | undefined {
  return message.headerValues('warning').every((value) => /^\d{3} \S/.test(value)) ? undefined : bad('Warning');
}
