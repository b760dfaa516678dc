// What the tests of the codec share: messages as lines.
import { decode } from './decode.js';
import type { SipMessage } from './sip-message.js';

/** Lines and body with CRLF behind each line; the body follows the empty line. */
export function text(lines: readonly string[], body = ''): Buffer {
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
}

export const INVITE: readonly string[] = [
  'INVITE sip:otto@example.org SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bKa;rport',
  'Max-Forwards: 70',
  'From: "Nora" <sip:nora@example.net>;tag=n',
  'To: <sip:otto@example.org>',
  'Call-ID: c1@example.net',
  'CSeq: 7 INVITE',
  'Contact: <sip:nora@192.0.2.7:5062>',
  'Content-Length: 0',
];

/** The INVITE with other lines in place of the one that begins with `start`. */
export function changed(start: string, ...lines: readonly string[]): string[] {
  return INVITE.flatMap((line) => (line.startsWith(start) ? [...lines] : [line]));
}

/** @throws Error when the bytes are refused. */
export function message(lines: readonly string[], body = ''): SipMessage {
  const decoded = decode(text(lines, body));
  if (!decoded.ok) throw new Error(`refused: ${decoded.fault.code}`);
  return decoded.message;
}
