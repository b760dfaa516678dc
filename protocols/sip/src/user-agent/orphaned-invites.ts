// INVITEs and CANCELs of callers whose node is gone, and that ask this one now. The notice of the dead node says which call that is;
// with a stored call the leg goes on whole, without one it is made anew of the INVITE itself, which tells all of it.
import type { CallControlPort, HalfCallRole } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import { decode } from '../codec/decode.js';
import { copyOf } from '../proxy/copy-of.js';
import { answerHop } from '../proxy/derive.js';
import { Passage } from '../proxy/forward.js';
import { inboundKey } from '../proxy/inbound.js';
import { callerOf, dialledOf } from './caller-identity.js';
import { causeOfReason } from './causes.js';
import type { Leg, LegHost } from './leg-view.js';
import { ServerInvite } from './server-leg.js';
import { ServerRequest } from './server-request.js';
import { bodyOf } from './words.js';

export interface OrphanHost extends LegHost {
  readonly calls: CallControlPort;
  recall(callId: string, role: HalfCallRole, now: Millis): Leg | undefined;
  haunt(role: HalfCallRole): Leg;
  /** Makes a leg one that this INVITE begins. */
  serve(leg: Leg, server: ServerRequest, now: Millis): void;
}

/** Goes on with the call of an INVITE that came to another node before. Its server transaction has been forgotten again. */
export function takeOverInvite(host: OrphanHost, passage: Passage, callId: string, now: Millis): void {
  const { environment, transactions } = host.sender;
  environment.observer.count('sip.takeover', 'invite');
  const { request, hop } = passage;
  const leg = host.recall(callId, 'originating', now);
  if (leg) {
    // The leg has the transaction again, where the caller's branch is the same as before.
    const again = transactions.inbound.get(inboundKey(request, 'INVITE'));
    if (again) return again.repeated(answerHop(request.topVia, hop), now);
    const server = new ServerRequest(environment, passage, copyOf(transactions, passage), leg.dialog?.state.localTag);
    leg.source = hop;
    if (leg.invite instanceof ServerInvite && leg.invite.moveTo(server, now)) return;
    return server.reply(482, {}, now);
  }
  const server = new ServerRequest(environment, passage, copyOf(transactions, passage));
  server.reply(100, {}, now);
  const ghost = host.haunt('originating');
  ghost.standing = 'pending';
  ghost.order = { phase: 'routing', role: 'originating', callId };
  host.serve(ghost, server, now);
  const state = { ...ghost.order, dialled: dialledOf(request.uri.user), caller: callerOf(environment, request, hop, now) };
  host.calls.restore([{ line: ghost.name, hook: 'off', state, local: bodyOf(request) }], true, now);
}

/** The caller of such a call gives up. */
export function takeOverCancel(host: OrphanHost, passage: Passage, callId: string, now: Millis): void {
  host.environment.observer.count('sip.takeover', 'cancel');
  const reasons = passage.request.headerValues('Reason');
  const leg = host.recall(callId, 'originating', now);
  if (leg?.invite instanceof ServerInvite) return leg.invite.cancel(now, false, reasons);
  refuseInviteOf(host, passage, now);
  if (leg) return;
  const ghost = host.haunt('originating');
  const dialled = dialledOf(passage.request.uri.user);
  host.calls.restore([{ line: ghost.name, hook: 'off', state: { phase: 'ringback', role: 'originating', callId, dialled } }], true, now);
  ghost.left(causeOfReason(reasons), now);
}

/** RFC 3261 §9.2: the INVITE of a CANCEL gets 487. It went to another node; its CANCEL has all of it that an answer needs (§9.1). */
function refuseInviteOf(host: OrphanHost, cancel: Passage, now: Millis): void {
  const text = cancel.request.bytes.toString('latin1');
  const { environment, transactions } = host.sender;
  const decoded = decode(Buffer.from(text.replace(/^CANCEL /, 'INVITE ').replace(/^(CSeq\s*:\s*\d+\s+)CANCEL/im, '$1INVITE'), 'latin1'));
  if (!decoded.ok || transactions.inbound.has(inboundKey(decoded.message, 'INVITE'))) return;
  const passage = new Passage(decoded.message, cancel.hop);
  new ServerRequest(environment, passage, copyOf(transactions, passage)).reply(487, {}, now);
}
