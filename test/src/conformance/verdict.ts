// The verdict of our codec on a message, and what no message may do to it: throw, or give another answer when it is cut.
import type { Fault } from '@altpath/core';
import { checkStrict, decode, type SipMessage } from '@altpath/sip';

export interface Verdict {
  readonly accepted: boolean;
  readonly message: SipMessage | undefined;
  readonly fault: Fault | undefined;
}

/** Larger than any message of a corpus. */
const LIMITS = { maxBytes: 1 << 20, maxHeaders: 4096 };

/** What decode and checkStrict say together. */
export function verdictOn(bytes: Buffer): Verdict {
  const decoded = decode(bytes, LIMITS);
  if (!decoded.ok) return { accepted: false, message: decoded.message, fault: decoded.fault };
  const fault = checkStrict(decoded.message);
  return { accepted: fault === undefined, message: decoded.message, fault };
}

/** Asks a message for everything it can be asked for. */
export function readEverything(message: SipMessage): void {
  const { contacts, from, to, topVia } = message;
  const addresses = [from, to, ...message.routes, ...message.recordRoutes, ...message.paths, ...(contacts === '*' ? [] : contacts)];
  for (const address of addresses) void [address.display, address.uri, address.tag, address.parameters.entries()];
  for (const via of [topVia, ...message.vias]) void [via.text, via.host, via.sentBy, via.branch, via.parameters.entries()];
  void [message.uri.user, message.uri.host, message.uri.parameters.entries(), message.reason, message.body, message.transactionKey];
  void [message.callId, message.cseq, message.cseqMethod, message.maxForwards, message.expires, message.contentLength];
  for (const name of ['subject', 'x-unknown', 'm', 'Via']) void [message.header(name), message.headerValues(name), message.tokens(name)];
}

/** Decodes the bytes, reads all there is, and checks it: what a fuzzer or a truncation does to a message. */
export function exercise(bytes: Buffer): boolean {
  const decoded = decode(bytes, LIMITS);
  const { message } = decoded;
  if (message) {
    readEverything(message);
    checkStrict(message);
  }
  return decoded.ok;
}

/** Cuts the bytes at every place where they are few, else at some 300 places that move with their length. */
export function exerciseTruncated(bytes: Buffer): void {
  const stride = Math.max(1, Math.floor(bytes.length / 300));
  for (let end = 0; end < bytes.length; end += bytes.length > 1_000 ? stride : 1) exercise(bytes.subarray(0, end));
}
