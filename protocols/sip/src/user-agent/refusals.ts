// What a request must be to be served (RFC 3261 §8.2): extensions that we know, a body that we can read. Else the status and the
// header lines that say what would do.
import { audioOf, parseSessionDescription } from '@altpath/sdp';
import type { SipMessage } from '../codec/sip-message.js';
import { refusalOfInterval } from './session-timer.js';
import { ACCEPT, EXTENSIONS } from './words.js';

export interface RequestRefusal {
  readonly status: number;
  readonly lines?: readonly string[] | undefined;
  readonly reason?: string | undefined;
}

const SDP = 'application/sdp';
/** Methods whose body is a session description. */
const WITH_DESCRIPTION = new Set(['INVITE', 'ACK', 'PRACK', 'UPDATE']);

/** @param isForged  It claims to come from another node of ours, and does not. */
export function refusalOfInvite(request: SipMessage, isForged: boolean): RequestRefusal | undefined {
  if (isForged) return { status: 403 };
  if (request.toTag !== '') return { status: 481 };
  const { contacts } = request;
  // RFC 3261 §8.1.1.8: without it nothing could ever be sent to the caller.
  if (contacts === '*' || contacts.length !== 1) return { status: 400, reason: 'Bad Contact' };
  const tooShort = refusalOfInterval(request);
  return refusalOfRequest(request) ?? (tooShort === undefined ? undefined : { status: 422, lines: [tooShort] });
}

export function refusalOfRequest(request: SipMessage): RequestRefusal | undefined {
  const required = request.has('Require') ? request.tokens('Require') : [];
  const unknown = required.filter((tag) => !EXTENSIONS.includes(tag.toLowerCase()));
  if (unknown.length > 0) return { status: 420, lines: [`Unsupported: ${unknown.join(', ')}`] };
  return WITH_DESCRIPTION.has(request.method) ? refusalOfBody(request) : undefined;
}

/** RFC 3261 §8.2.3. */
function refusalOfBody(request: SipMessage): RequestRefusal | undefined {
  if (request.body.length === 0) return undefined;
  const type = (request.header('Content-Type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type !== SDP) return isOptional(request) ? undefined : { status: 415, lines: [ACCEPT] };
  const encoding = request.header('Content-Encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') return { status: 415, lines: ['Accept-Encoding: identity'] };
  const description = parseSessionDescription(request.body.toString('latin1'));
  if (!description.ok) return { status: 400, reason: 'Bad Session Description' };
  // RFC 3264 §6: nothing in it that could be talked over.
  if (request.method === 'INVITE' && !audioOf(description.value)) return { status: 488, lines: ['Warning: 304 altpath "no audio stream"'] };
  return undefined;
}

/** RFC 3261 §20.11. */
function isOptional(request: SipMessage): boolean {
  return /;\s*handling\s*=\s*optional/i.test(request.header('Content-Disposition') ?? '');
}
