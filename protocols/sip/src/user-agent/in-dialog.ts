// What a request within a dialog of ours does: it ends the call, acknowledges what was reliable, asks what we can, or concerns the talk.
import type { Millis } from '@altpath/core';
import { causeOfReason } from './causes.js';
import type { Leg, LegHost, Session } from './leg-view.js';
import type { RequestRefusal } from './refusals.js';
import { ServerInvite } from './server-leg.js';
import type { ServerRequest } from './server-request.js';
import { ACCEPT, ALLOW, SUPPORTED } from './words.js';

type Host = Pick<LegHost, 'environment' | 'finished'>;

export function serveInDialog(host: Host, of: { readonly leg: Leg; readonly session: Session }, server: ServerRequest, now: Millis): void {
  const { leg, session } = of;
  switch (server.request.method) {
    case 'BYE':
      return bye(host, leg, session, server, now);
    case 'PRACK':
      return prack(leg, server, now);
    case 'OPTIONS':
      return server.reply(200, { lines: [ALLOW, SUPPORTED, ACCEPT] }, now);
    default:
      return leg.talk.serve(session, server, now);
  }
}

/** RFC 3261 §15.1.2. In an early dialog the INVITE ends with it. */
function bye(host: Host, leg: Leg, session: Session, server: ServerRequest, now: Millis): void {
  // RFC 3261 §15: whom we call may not hang up before it has answered.
  if (leg.session !== session || (leg.role === 'terminating' && leg.standing === 'pending'))
    return refuse(host, server, { status: 481 }, now);
  server.reply(200, {}, now);
  leg.talk.theirs.end(now);
  leg.left(causeOfReason(server.request.headerValues('Reason')), now);
  if (leg.invite instanceof ServerInvite) leg.invite.hungUp(now);
  host.finished(leg, now);
}

function prack(leg: Leg, server: ServerRequest, now: Millis): void {
  const answer = leg.invite instanceof ServerInvite ? leg.invite.prack(server.request, now) : { status: 481 };
  server.reply(answer.status, { body: answer.body }, now);
}

export function refuse(
  { environment }: Pick<Host, 'environment'>,
  server: ServerRequest,
  { status, lines, reason }: RequestRefusal,
  now: Millis,
): void {
  environment.observer.count('sip.call.refused', String(status));
  server.reply(status, { lines, reason }, now);
}
