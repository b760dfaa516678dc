// Legs of other nodes: what another must know to go on with one, the leg that is made of that, and the leg that only a message in
// its dialog tells of (a ghost). The token in our Contact says which call the message is about.
import type { CallControlPort, HalfCallRole } from '@altpath/call-control';
import type { Hop, Millis } from '@altpath/core';
import type { SipMessage } from '../codec/sip-message.js';
import { Dialog, dialogKeyOf } from './dialog.js';
import type { Leg, LegHost, Session } from './leg-view.js';
import { type LegClaims, readLegToken } from './leg-token.js';
import { OfferAnswer } from './offer-answer.js';
import { resumeInvite } from './saved-invite.js';
import type { ServerRequest } from './server-request.js';
import { bodyOf } from './words.js';

/** A node that goes on with many legs at once tells their telephones so within this time. */
const SPREAD_MS = 5_000;

/** What a ghost needs of the user agent. */
export interface GhostHost extends LegHost {
  readonly calls: CallControlPort;
  /** The leg of a stored call, which is this node's from now on. */
  recall(callId: string, role: HalfCallRole, now: Millis): Leg | undefined;
  /** A leg that nobody knew, under a name of this node. */
  haunt(role: HalfCallRole): Leg;
}

interface SavedLeg {
  /** Of this text's form. */
  readonly v: 1;
  readonly role: HalfCallRole;
  readonly standing: 'pending' | 'answered';
  readonly phase: 'ringing' | 'talking';
  readonly callId: string;
  readonly dialog?: unknown;
  readonly offers?: unknown;
  readonly talk: unknown;
  readonly source?: Hop | undefined;
  readonly isTold: boolean;
  readonly invite?: unknown;
}

/** @returns what another node must know of the leg; undefined where nothing is left to go on with, or its call has no name yet. */
export function saveLeg(leg: Leg): string | undefined {
  const { standing, callId, session, source } = leg;
  if (callId === undefined || (standing !== 'pending' && standing !== 'answered')) return undefined;
  const invite = leg.invite?.save();
  if (invite === undefined && standing === 'pending') return undefined;
  const saved: SavedLeg = {
    v: 1,
    role: leg.role,
    standing,
    phase: standing === 'answered' ? 'talking' : 'ringing',
    callId,
    dialog: session?.dialog.state,
    offers: session?.offers.save(),
    talk: leg.talk.save(),
    // A connection is this node's alone.
    source: source && { transport: source.transport, host: source.host, port: source.port },
    isTold: leg.isTold,
    invite,
  };
  return JSON.stringify(saved);
}

/** A saved leg as it was read. */
export interface ReadLeg {
  readonly saved: SavedLeg;
  readonly session: Session | undefined;
}

/** What stands in a saved leg before the leg is there. Undefined for text of another kind. */
export function readSavedLeg(text: string): ReadLeg | undefined {
  try {
    const saved: unknown = JSON.parse(text);
    if (!isSavedLeg(saved)) return undefined;
    const dialog = Dialog.adopted(saved.dialog);
    const offers = OfferAnswer.adopted(saved.offers);
    const session = dialog && offers && { dialog, offers };
    if (!session && saved.standing === 'answered') return undefined;
    return { saved, session };
  } catch {
    // What is stored may be another version's.
    return undefined;
  }
}

/**
 * Makes a fresh leg what was saved. Its telephone is told where the leg is now: a refresh with our Contact, soon.
 *
 * @param leg   New, of the saved role, and known to the user agent by its name.
 * @param here  The INVITE of the leg, where it is being served here already.
 * @returns    the INVITE under which copies of it are merged, where it is not answered.
 */
export function resumeLeg(leg: Leg, { saved, session }: ReadLeg, here: ServerRequest | undefined, now: Millis): string | undefined {
  const { callId, role, phase, standing } = saved;
  leg.order = { phase, role, callId };
  leg.standing = standing;
  leg.isTold = saved.isTold;
  leg.source = saved.source;
  leg.session = session;
  if (session) leg.host.enter(leg, session);
  leg.talk.resume(saved.talk, standing === 'answered', now);
  const merged = saved.invite === undefined ? undefined : resumeInvite(leg, saved.invite, here, now);
  if (standing === 'answered') leg.talk.ours.announceIn(Math.floor(leg.talk.dice() * SPREAD_MS), now);
  leg.host.environment.observer.count('sip.takeover', 'adopted');
  return merged;
}

/**
 * A request has come within a dialog that nobody here knows, with a Contact of ours for its Request-URI. It is another node's that
 * lives; or one that a store has; or its request is all that there is. What is found is entered with the user agent.
 *
 * @param from     Where the request came from.
 * @param mayWait  Until somebody has the line at the other end.
 * @returns        where to pass it on to; `later`: that is not known yet; undefined: it is this node's, if anybody's.
 */
export function seek(host: GhostHost, request: SipMessage, from: Hop, mayWait: boolean, now: Millis): Hop | 'later' | undefined {
  const { signer, observer } = host.environment;
  const claims = readLegToken(signer, request.uri.user, request.callId);
  if (!claims) {
    observer.count('sip.takeover.refused', 'token');
    return undefined;
  }
  const carrier = carrierOf(host, claims, from, now);
  if (carrier) {
    observer.count('sip.takeover', 'passed-on');
    return carrier.hop;
  }
  const leg = host.recall(claims.callId, claims.role, now);
  if (leg && leg.standing === 'pending') answeredUnheard(leg, request, from, now);
  if (!leg && mayWait && isSought(host.calls, claims, now)) return 'later';
  // An ACK tells nothing that could be gone on with.
  if (!leg && request.method !== 'ACK') ghostOf(host, request, from, claims, now);
  return undefined;
}

/** Another living node goes on with the call that the token names. */
export interface Carrier {
  /** By number in the file. */
  readonly node: number;
  readonly hop: Hop;
}

/** @param from  Where the message came from: what a node has passed on goes no further. */
export function carrierOf(
  { calls, environment }: Pick<GhostHost, 'calls' | 'environment'>,
  claims: LegClaims,
  from: Hop,
  now: Millis,
): Carrier | undefined {
  if (environment.identity.nodeAt(from.host, from.port) >= 0) return undefined;
  const node = calls.carrierOf?.(claims.callId, claims.line, now);
  const hop = node === undefined ? undefined : environment.hopTo(node);
  return node === undefined || !hop ? undefined : { node, hop };
}

/** Whoever takes the line of the call will hear its telephone, too. */
export function isSought(calls: CallControlPort, { line }: LegClaims, now: Millis): boolean {
  return line !== undefined && calls.isSought?.(line, now) === true;
}

/** What is kept of the leg is older than the dialog that its telephone speaks in. */
function answeredUnheard(leg: Leg, request: SipMessage, from: Hop, now: Millis): void {
  if (leg.host.legOf(dialogKeyOf(request)) || request.method === 'PRACK') return;
  enterDialogOf(leg, request, from, 'sendrecv', now);
  leg.standing = 'answered';
  if (leg.role === 'terminating' && request.method !== 'BYE') leg.tell({ kind: 'off-hook', local: descriptionIn(request) }, now);
}

/**
 * Makes a leg of a request within its dialog alone, and tells call control that it is there. It can answer, and send what the request
 * has shown the way for.
 *
 * @param from  Where the request came from.
 */
function ghostOf(host: GhostHost, request: SipMessage, from: Hop, { callId, role, line: farLine }: LegClaims, now: Millis): Leg {
  const leg = host.haunt(role);
  leg.order = { phase: 'talking', role, callId, farLine };
  leg.standing = 'answered';
  enterDialogOf(leg, request, from, undefined, now);
  leg.talk.ask(false, now);
  host.environment.observer.count('sip.takeover', 'ghost');
  const found = { line: leg.name, hook: 'off', state: leg.order, local: descriptionIn(request), mayBeOnHold: true } as const;
  host.calls.restore([found], true, now);
  return leg;
}

/** @param mode  What the telephone was told of the other end; undefined: nobody knows. */
function enterDialogOf(leg: Leg, request: SipMessage, from: Hop, mode: 'sendrecv' | undefined, now: Millis): void {
  leg.source = from;
  const number = ghostNumber(now);
  const offers = leg.host.newOffers(request.callId, request.toTag, number);
  offers.assume(mode);
  leg.session = { dialog: Dialog.ofRequest(request, number), offers };
  leg.host.enter(leg, leg.session);
  leg.talk.hear(request);
  leg.talk.expectSigns(now);
}

/**
 * Where this node's numbers begin in a dialog of another: of requests (RFC 3261 §8.1.1.5: below 2^31) and of descriptions. Seconds are
 * above what any node before has counted up to.
 */
export function ghostNumber(now: Millis): number {
  return Math.floor(now / 1_000) % 2 ** 30;
}

function descriptionIn(request: SipMessage): string | undefined {
  return request.method === 'INVITE' || request.method === 'UPDATE' ? bodyOf(request) : undefined;
}

function isSavedLeg(value: unknown): value is SavedLeg {
  if (typeof value !== 'object' || value === null) return false;
  const saved = value as Partial<Record<keyof SavedLeg, unknown>>;
  return (
    saved.v === 1 &&
    (saved.role === 'originating' || saved.role === 'terminating') &&
    (saved.standing === 'pending' || saved.standing === 'answered') &&
    (saved.phase === 'ringing' || saved.phase === 'talking') &&
    typeof saved.callId === 'string' &&
    /^[0-9A-F]{13}$/i.test(saved.callId) &&
    (saved.source === undefined || isHop(saved.source)) &&
    typeof saved.isTold === 'boolean'
  );
}

function isHop(value: unknown): value is Hop {
  if (typeof value !== 'object' || value === null) return false;
  const { transport, host, port } = value as Partial<Record<keyof Hop, unknown>>;
  return ['udp', 'tcp', 'tls', 'ws', 'wss'].includes(String(transport)) && typeof host === 'string' && Number.isInteger(port);
}
