// The INVITE of a leg that another node began: read from what that node saved, and gone on with here.
import type { Hop, Millis } from '@altpath/core';
import { decode } from '../codec/decode.js';
import { copyOf } from '../proxy/copy-of.js';
import { Passage } from '../proxy/forward.js';
import { inboundKey } from '../proxy/inbound.js';
import { ClientInvite, type SavedClientInvite } from './client-leg.js';
import type { Leg } from './leg-view.js';
import { type SavedServerInvite, ServerInvite } from './server-leg.js';
import { ServerRequest } from './server-request.js';
import { bodyOf } from './words.js';

export type SavedInvite = SavedServerInvite | SavedClientInvite;

/**
 * Gives the leg the INVITE half that `save` told. Its dialog, standing and order are there already.
 *
 * @param saved  What came back from a store, or from another node.
 * @param here   The same INVITE, where it is being served here already.
 * @returns the INVITE under which copies of it are merged; undefined for our own, and where nothing was left to be done.
 */
export function resumeInvite(leg: Leg, saved: unknown, here: ServerRequest | undefined, now: Millis): string | undefined {
  if (!isSavedInvite(saved)) return undefined;
  if (saved.kind === 'client') {
    const invite = new ClientInvite(leg, saved);
    leg.invite = invite;
    invite.resume(saved, now);
    return undefined;
  }
  const { environment, transactions } = leg.host.sender;
  const decoded = decode(Buffer.from(saved.request, 'latin1'));
  if (!decoded.ok || (!here && transactions.inbound.has(inboundKey(decoded.message, 'INVITE')))) return undefined;
  const passage = new Passage(decoded.message, saved.hop);
  const server = here ?? new ServerRequest(environment, passage, copyOf(transactions, passage), leg.dialog?.state.localTag);
  const invite = new ServerInvite(leg, server, now);
  leg.invite = invite;
  // What is open is not saved: the INVITE says it again.
  const offer = bodyOf(decoded.message);
  if (offer !== undefined && leg.offers?.state === 'none') leg.offers.theyOffered(offer);
  leg.source = server.hop;
  leg.isTold = server.isTold(now);
  invite.resume(saved, now);
  return mergeKey(decoded.message);
}

/** RFC 3261 §8.2.2.2: requests that are equal in these are one, whatever way they came. */
export function mergeKey({ callId, fromTag, cseq }: { readonly callId: string; readonly fromTag: string; readonly cseq: number }): string {
  return `${callId}|${fromTag}|${cseq}`;
}

function isSavedInvite(value: unknown): value is SavedInvite {
  if (typeof value !== 'object' || value === null) return false;
  const saved = value as Readonly<Record<string, unknown>>;
  if (saved['kind'] === 'client') {
    const texts = [saved['callId'], saved['tag']];
    return texts.every((each) => typeof each === 'string' && /^[\w-]{1,64}$/.test(each)) && Number.isSafeInteger(saved['cseq']);
  }
  return saved['kind'] === 'server' && typeof saved['request'] === 'string' && isHop(saved['hop']) && Number.isSafeInteger(saved['rseq']);
}

function isHop(value: unknown): value is Hop {
  if (typeof value !== 'object' || value === null) return false;
  const { transport, host, port } = value as Partial<Hop>;
  return ['udp', 'tcp', 'tls', 'ws', 'wss'].includes(transport ?? '') && typeof host === 'string' && Number.isInteger(port);
}
