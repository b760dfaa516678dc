// What the tests of the codec share.
import type { MgcpCommand, MgcpResponse } from '../message/message.js';
import { type Decoded, decodeDatagram } from './decode.js';

/** Lines with CRLF behind each. */
export function datagram(...lines: string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(''));
}

/** The message as what it should be. @throws Error when it is something else. */
export function onlyOf<Kind extends Decoded['kind']>(message: Decoded | undefined, kind: Kind): Extract<Decoded, { kind: Kind }> {
  if (message?.kind !== kind) throw new Error(`not a ${kind}: ${message?.kind === 'broken' ? message.fault.code : message?.kind}`);
  return message as Extract<Decoded, { kind: Kind }>;
}

/** The one command of these lines. */
export function commandIn(...lines: string[]): MgcpCommand {
  return onlyOf(decodeDatagram(datagram(...lines))[0], 'command');
}

/** The one response of these lines. */
export function responseIn(...lines: string[]): MgcpResponse {
  return onlyOf(decodeDatagram(datagram(...lines))[0], 'response');
}
