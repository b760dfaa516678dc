// Responses to INVITEs of ours that no transaction here waits for: another node sent them and is gone, or they come very late. The
// token in their Via tells of which leg they are. A 2xx must be acknowledged whatever becomes of it, and so must a failure.
import type { Cause, CallControlPort, HalfCallRole } from '@altpath/call-control';
import { type Hop, isReliable, type Millis } from '@altpath/core';
import { buildRequest } from '../codec/build.js';
import { isHeld } from '@altpath/sdp';
import type { SipMessage } from '../codec/sip-message.js';
import { causeOfStatus } from './causes.js';
import { ClientInvite } from './client-leg.js';
import { Dialog, dialogKeyOf } from './dialog.js';
import { TelephoneLeg } from './leg.js';
import type { Leg, LegHost } from './leg-view.js';
import { type LegClaims, readLegToken } from './leg-token.js';
import { carrierOf, ghostNumber, isSought } from './takeover.js';
import { DIALOG_PARAMETER, LEG_PARAMETER, bodyOf } from './words.js';

/** What this needs of the user agent. */
export interface StrayHost extends LegHost {
  readonly calls: CallControlPort;
  /** The leg of a stored call, which is this node's from now on. */
  recall(callId: string, role: HalfCallRole, now: Millis): Leg | undefined;
  /** The dialog of this message was ours, and is over. */
  hasEnded(message: SipMessage): boolean;
  /** A leg that nobody knew, under a name of this node. */
  haunt(role: HalfCallRole): Leg;
}

/** @returns whether the response was of a leg; then it has been dealt with. */
export function takeStray(host: StrayHost, response: SipMessage, from: Hop, now: Millis): boolean {
  if (response.cseqMethod !== 'INVITE' || response.status === 100) return false;
  const { parameters } = response.topVia;
  const first = readLegToken(host.environment.signer, parameters.get(LEG_PARAMETER) ?? '', response.callId);
  const claims = first ?? readLegToken(host.environment.signer, parameters.get(DIALOG_PARAMETER) ?? '', response.callId);
  if (!claims) return false;
  host.environment.observer.count('sip.takeover', 'response');
  if (host.hasEnded(response)) return late(host, response, from, now);
  const known = host.legOf(dialogKeyOf(response));
  // Who was given the call has sent its INVITE again, and waits for the answer.
  const carrier = known ? undefined : carrierOf(host, claims, from, now);
  if (carrier && host.environment.peers.isFresh(carrier.node, now)) {
    host.environment.send(response.bytes, carrier.hop, now, 'takeover: the call is at another node');
    return true;
  }
  const leg = known ?? host.recall(claims.callId, claims.role, now);
  // A leg that is gone on with has sent its INVITE again, with the branch that this response has.
  const branch = host.sender.transactions.findOutbound(response.topVia.branch, 'INVITE');
  if (branch) branch.receive(response, from, now);
  // It comes again, over UDP, as long as it is not acknowledged.
  else if (!leg && !isReliable(from.transport) && isSought(host.calls, claims, now))
    host.environment.observer.count('sip.response.left', 'line');
  else if (response.status >= 300) failed(host, response, from, leg && !hasOnlyRung(leg) ? undefined : first, leg, now);
  else if (response.status >= 200)
    answered(host, response, leg && !hasOnlyRung(leg) ? leg : ghost(host, response, claims, first, leg, now), now);
  else if (!leg && first) rings(host, response, first, now);
  return true;
}

/** The dialog is over here: whoever repeats himself is told that he was heard. */
function late(host: StrayHost, response: SipMessage, from: Hop, now: Millis): true {
  if (response.status >= 300) failed(host, response, from, undefined, undefined, now);
  else if (response.status >= 200) {
    const nobody = new TelephoneLeg(host, '', 'terminating', 'over');
    const plan = host.wordings.ack(nobody, Dialog.ofResponse(response, 0), response.cseq, undefined, now);
    host.sender.acknowledge(plan, false, now);
  }
  return true;
}

function answered(host: StrayHost, response: SipMessage, leg: Leg, now: Millis): void {
  const { dialog, invite } = leg;
  if (invite instanceof ClientInvite && invite.isOf(response)) return invite.answeredElsewhere(response, now);
  if (!dialog) return;
  host.sender.acknowledge(host.wordings.ack(leg, dialog, response.cseq, undefined, now), false, now);
  // What a dead node has told its telephone last nobody knows: it may be on hold, or not any more.
  if (leg.standing !== 'answered' || !dialog.isUnheardOf(response.cseq)) return;
  leg.offers?.doubt();
  leg.host.renegotiate(leg, now);
}

/** RFC 3261 §17.1.1.3, without the INVITE: where the failure came from, and by the branch that it names. */
function failed(host: StrayHost, response: SipMessage, from: Hop, claims: LegClaims | undefined, rung: Leg | undefined, now: Millis): void {
  const { branch, transport, sentBy } = response.topVia;
  const ack = buildRequest('ACK', response.to.uri, [
    `Via: SIP/2.0/${transport} ${sentBy};rport;branch=${branch}`,
    'Max-Forwards: 70',
    `From: ${response.header('From') ?? ''}`,
    `To: ${response.header('To') ?? ''}`,
    `Call-ID: ${response.callId}`,
    `CSeq: ${response.cseq} ACK`,
  ]);
  host.environment.send(ack, from, now, 'takeover: its node is gone');
  if (claims) refuse(host, claims, rung, causeOfStatus(response.status, response.headerValues('Reason')), now);
}

/** The call goes on to the next target, or ends. */
function refuse(host: StrayHost, { callId, role }: LegClaims, rung: Leg | undefined, cause: Cause, now: Millis): void {
  const leg = rung ?? host.haunt(role);
  leg.standing = 'over';
  if (!rung) host.calls.restore([{ line: leg.name, hook: 'off', state: { phase: 'ringing', role, callId } }], true, now);
  leg.tell({ kind: 'failed', phase: 'ringing', callId, cause }, now);
}

/** The telephone rings in a call of which this node knows nothing: its caller hears that, until it answers or refuses. */
function rings(host: StrayHost, response: SipMessage, { callId, role, line }: LegClaims, now: Millis): void {
  const leg = host.haunt(role);
  leg.standing = 'pending';
  leg.order = { phase: 'ringing', role, callId, farLine: line };
  host.calls.restore([{ line: leg.name, hook: 'off', state: leg.order, local: bodyOf(response) }], true, now);
}

function hasOnlyRung({ standing, role, invite, session }: Leg): boolean {
  return standing === 'pending' && role === 'terminating' && !invite && !session;
}

/**
 * The telephone has answered in a call of which this node knows nothing: its 2xx tells the whole dialog.
 *
 * @param first  Stands in its INVITE if that began the call; else it agrees to other media, and to which is not known.
 * @param rung   The leg, where it was heard to ring.
 */
function ghost(
  host: StrayHost,
  response: SipMessage,
  { callId, role, line }: LegClaims,
  first: LegClaims | undefined,
  rung: Leg | undefined,
  now: Millis,
): Leg {
  const leg = rung ?? host.haunt(role);
  const number = ghostNumber(now);
  const offers = host.newOffers(response.callId, response.fromTag, number);
  const local = bodyOf(response);
  offers.assume(first ? 'sendrecv' : undefined);
  leg.session = { dialog: Dialog.ofResponse(response, number), offers };
  host.enter(leg, leg.session);
  leg.standing = 'answered';
  leg.order = { phase: 'talking', role, callId, farLine: line };
  leg.talk.established(response, now);
  // A line's gateway tells who has whom on hold.
  if (!first) leg.talk.ask(line === undefined && local !== undefined && isHeld(local), now);
  if (rung) leg.tell({ kind: 'off-hook', local }, now);
  else host.calls.restore([{ line: leg.name, hook: 'off', state: leg.order, local, mayBeOnHold: !first }], true, now);
  return leg;
}
