// From drafts to bytes (RFC 3435 appendix A): CRLF line ends, one space where white space stands, brackets around
// literals, empty lines before session descriptions.
import { formatEndpoint } from '../message/endpoint-name.js';
import type { CommandDraft, ResponseDraft } from '../message/message.js';
import type { Parameters } from '../message/parameters.js';
import { commentOf } from '../message/return-codes.js';
import { PARAMETER_ROWS } from './parameter-lines.js';

/**
 * Writes a command.
 *
 * @throws RangeError when the id is outside 1..999999999: a mistake of ours.
 */
export function encodeCommand(draft: CommandDraft, transactionId: number): Buffer {
  if (!(transactionId >= 1)) throw new RangeError(`no transaction id: ${transactionId}`);
  const profile = draft.profile === undefined || draft.profile === '' ? '' : ` ${oneLine(draft.profile)}`;
  const line = `${draft.verb} ${idText(transactionId)} ${formatEndpoint(draft.endpoint)} MGCP 1.0${profile}\r\n`;
  return Buffer.from(line + writeParameters(draft.parameters) + writeDescriptions(draft.descriptions));
}

/**
 * Writes a response. An id of 0 is possible: it answers a command that had none to speak of.
 *
 * @throws RangeError when the code is outside 0..999, or the id above 999999999: a mistake of ours.
 */
export function encodeResponse(draft: ResponseDraft, transactionId: number): Buffer {
  if (!(Number.isInteger(draft.code) && draft.code >= 0 && draft.code <= 999)) throw new RangeError(`no return code: ${draft.code}`);
  const code = String(draft.code).padStart(3, '0');
  const origin = draft.packageName === undefined ? '' : ` /${draft.packageName}`;
  const comment = oneLine(draft.comment ?? commentOf(draft.code));
  const line = `${code} ${idText(transactionId)}${origin}${comment === '' ? '' : ` ${comment}`}\r\n`;
  return Buffer.from(line + writeParameters(draft.parameters ?? {}) + writeDescriptions(draft.descriptions));
}

/** Puts messages into one datagram, in order (§3.5.5). Who joins them sees to the size. */
export function joinDatagram(messages: readonly Buffer[]): Buffer {
  if (messages.length === 1) return messages[0] as Buffer;
  return Buffer.concat(messages.flatMap((message, i) => (i === 0 ? [message] : [SEPARATOR, message])));
}

const SEPARATOR = Buffer.from('.\r\n');

function idText(transactionId: number): string {
  if (!(Number.isInteger(transactionId) && transactionId >= 0 && transactionId <= 999_999_999)) {
    throw new RangeError(`no transaction id: ${transactionId}`);
  }
  return String(transactionId);
}

/** Text that must not end its line: nothing a user or a peer wrote becomes a parameter. */
function oneLine(text: string): string {
  return text.replace(/[^\P{Cc}\t]/gu, ' ').trim();
}

function writeParameters(parameters: Parameters): string {
  let text = '';
  for (const row of PARAMETER_ROWS) {
    for (const value of row.write(parameters)) text += value === '' ? `${row.code}:\r\n` : `${row.code}: ${value}\r\n`;
  }
  for (const { name, value } of parameters.extensions ?? []) {
    const line = oneLine(value);
    text += line === '' ? `${name}:\r\n` : `${name}: ${line}\r\n`;
  }
  return text;
}

function writeDescriptions(descriptions: readonly string[] = []): string {
  return descriptions.map((text) => `\r\n${text}${text.endsWith('\n') ? '' : '\r\n'}`).join('');
}
