// The descriptions that a controller writes to one end of a call about the other end, whose media it never touches: the
// other end's own words under an origin of this leg (RFC 3264 §5, §6, §8). Text to text, and nothing is remembered.
import { isIPv6 } from 'node:net';
import type { Outcome } from '@altpath/core';
import { answerDirection, receives, sends } from './audio.js';
import { linesOfFirst, sameDescription } from './compare.js';
import { connectionOf, type Direction, directionOf, type MediaDescription, type Origin, type SessionDescription } from './description.js';
import { commonFormats, hasSubstance, withFormats } from './formats.js';
import { parseSessionDescription } from './parse.js';
import { writeSessionDescription } from './write.js';

/** The `o=` line of a leg: one for as long as the leg lasts, but for its version, which counts up with each change. */
export interface LegOrigin {
  /** Digits; another for each leg. */
  readonly sessionId: string;
  /** Who writes: a literal or a name. Only of the first description; later ones keep what that said. */
  readonly host: string;
  /** What was last written to this leg, offer or answer; undefined: nothing yet. */
  readonly previous?: string | undefined;
  /** Of the first description; above 1 where another node may have written some that are not known. Default 1. */
  readonly firstVersion?: number | undefined;
}

/**
 * Answers an offer of one end with what the other end has said of itself (RFC 3264 §6): m= lines in the offer's number
 * and order, those without partner refused; of each the formats that both have in the offer's order under the other end's
 * numbers, with all else that the other end says of them.
 *
 * @param offer   What the reader offers.
 * @param local   The other end's description; of several alternatives the first, and it may lack its o=, s= and t= lines.
 * @param mode    What the reader's connection shall be: `recvonly` is written `sendonly`. It decides about audio alone; other
 *                media also keep the direction that the other end gives them.
 * @returns       the answer; the very text of `origin.previous` where nothing has changed. Faults: `sdp.parse.X` of the
 *                offer; `sdp.answer.audio` (the caller's 488) without an audio stream in common; `sdp.answer.local`
 *                (blame: local) where the other end's description cannot be read.
 */
export function answerFor(offer: string, local: string, mode: Direction, origin: LegOrigin): Outcome<string> {
  const offered = read(offer);
  if (!offered.ok) return offered;
  const own = read(local);
  if (!own.ok) return { ok: false, fault: { ...own.fault, code: 'sdp.answer.local', blame: 'local' } };
  const wanted = mirrored(mode);
  const partners = pair(offered.value.media, own.value.media);
  const media = offered.value.media.map((each, index) => {
    const partner = partners[index];
    const formats = partner && isUsed(each) ? commonFormats(each, partner) : [];
    if (!isUsed(partner) || !hasSubstance(partner, formats)) return refused(each);
    const direction = answerDirection(directionOf(offered.value, each), directionWanted(own.value, partner, wanted));
    return { ...directed(withFormats(partner, formats), direction), protocol: each.protocol };
  });
  const hasAudio = media.some((each) => each.kind === 'audio' && each.port !== 0);
  if (!hasAudio) return { ok: false, fault: { code: 'sdp.answer.audio', blame: 'remote', hint: 'no audio stream in common' } };
  const grouped = offered.value.attributes.some((each) => each.name === 'group');
  return { ok: true, value: written(own.value, media, origin, grouped) };
}

/**
 * Offers one end what the other end has said of itself (RFC 3264 §5, §8): every stream that was ever written to this leg
 * keeps its place, those that the other end does not have are refused, new ones come behind them.
 *
 * @param local  As of `answerFor`.
 * @param mode   As of `answerFor`.
 * @returns      the offer; the very text of `origin.previous` where nothing has changed. Fault `sdp.offer.local`
 *               (blame: local): the other end's description cannot be read.
 */
export function offerFor(local: string, mode: Direction, origin: LegOrigin): Outcome<string> {
  const own = read(local);
  if (!own.ok) return { ok: false, fault: { ...own.fault, code: 'sdp.offer.local', blame: 'local' } };
  const wanted = mirrored(mode);
  const before = origin.previous === undefined ? undefined : read(origin.previous);
  const slots = before?.ok ? before.value.media : [];
  const partners = pair(slots, own.value.media);
  const places = [
    ...slots.map((slot, index) => ({ slot, partner: partners[index] })),
    ...own.value.media.filter((each) => !partners.includes(each)).map((partner) => ({ slot: partner, partner })),
  ];
  const media = places.map(({ slot, partner }) => {
    if (!isUsed(partner)) return refused(slot);
    return directed(partner, directionWanted(own.value, partner, wanted));
  });
  return { ok: true, value: written(own.value, media, origin, true) };
}

/**
 * Whether its writer wants to hear nothing: every audio stream that it has is `sendonly` or `inactive`, or to be sent
 * nowhere (`c=0.0.0.0` of RFC 2543 §B.5). False for a description without audio, or none at all.
 */
export function isHeld(description: string): boolean {
  const session = read(description);
  if (!session.ok) return false;
  const audio = session.value.media.filter((each) => each.kind === 'audio' && each.port !== 0);
  return audio.length > 0 && audio.every((each) => !receives(directionOf(session.value, each)) || goesNowhere(session.value, each));
}

/**
 * Whether two descriptions name the same media at the same place; the directions of audio do not count, nor who wrote them when.
 *
 * @returns `false` as well where one of them is not known or cannot be read.
 */
export function sameMedia(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const nobody: LegOrigin = { sessionId: '0', host: '0.0.0.0' };
  const one = offerFor(a, 'sendrecv', nobody);
  const other = offerFor(b, 'sendrecv', nobody);
  return one.ok && other.ok && sameDescription(one.value, other.value);
}

/** Whether audio is to be sent nowhere: the hold of RFC 2543, which does not tell where the media is. */
export function isNowhere(description: string): boolean {
  const session = read(description);
  if (!session.ok) return false;
  const audio = session.value.media.filter((each) => each.kind === 'audio' && each.port !== 0);
  return audio.length > 0 && audio.every((each) => goesNowhere(session.value, each));
}

/**
 * What the writer of an answer wants by itself: the directions that only give back what it was offered (`recvonly` to
 * `sendonly`, RFC 3264 §6.1) are taken away.
 *
 * @returns the answer with the directions that are its writer's own; as it came where either cannot be read.
 */
export function wishOf(answer: string, offer: string): string {
  const answered = read(answer);
  const offered = read(offer);
  if (!answered.ok || !offered.ok) return answer;
  const media = answered.value.media.map((each, index) => {
    if (!isUsed(each)) return each;
    const counterpart = offered.value.media[index];
    const direction = directionOf(answered.value, each);
    const most = counterpart ? answerDirection(directionOf(offered.value, counterpart), 'sendrecv') : 'sendrecv';
    return directed(each, direction === most ? 'sendrecv' : direction);
  });
  return writeSessionDescription({ ...answered.value, attributes: undirected(answered.value), media });
}

// --- streams -------------------------------------------------------------------------------------------------------

/** For each stream of the first list its partner in the second: by place where the kinds agree, else in order within a kind. */
function pair(first: readonly MediaDescription[], second: readonly MediaDescription[]): (MediaDescription | undefined)[] {
  const byPlace = first.length <= second.length && first.every((each, index) => areAlike(each, second[index]));
  if (byPlace && first.some((each, index) => each.kind === 'audio' && isUsed(each) && isUsed(second[index]))) {
    return first.map((_, index) => second[index]);
  }
  const partners: (MediaDescription | undefined)[] = first.map(() => undefined);
  const left = second.filter(isUsed);
  // Streams that are not refused choose first.
  for (const used of [true, false]) {
    first.forEach((each, index) => {
      const at = isUsed(each) === used ? left.findIndex((other) => areAlike(each, other)) : -1;
      if (at >= 0) partners[index] = left.splice(at, 1)[0];
    });
  }
  return partners;
}

function isUsed(media: MediaDescription | undefined): media is MediaDescription {
  return media !== undefined && media.port !== 0;
}

/** Feedback (AVPF, RFC 4585 §5) may be left unused by either side; encryption may not. */
function areAlike(a: MediaDescription, b: MediaDescription | undefined): boolean {
  const plain = (protocol: string): string => protocol.toUpperCase().replace(/AVPF$/, 'AVP');
  return a.kind === b?.kind && plain(a.protocol) === plain(b.protocol);
}

function refused({ kind, protocol, formats }: MediaDescription): MediaDescription {
  return { kind, port: 0, protocol, formats, connections: [], others: [], attributes: [] };
}

// --- directions ----------------------------------------------------------------------------------------------------

const DIRECTIONS = new Set<string>(['sendrecv', 'sendonly', 'recvonly', 'inactive'] satisfies Direction[]);

/** The same flow, seen from its other end. */
function mirrored(mode: Direction): Direction {
  return answerDirection(mode, 'sendrecv');
}

function directionWanted(session: SessionDescription, media: MediaDescription, wanted: Direction): Direction {
  // A gateway writes into its description what mode its connection has just now: of audio, whoever orders modes knows better.
  if (media.kind === 'audio') return wanted;
  const own = directionOf(session, media);
  const send = sends(own) && sends(wanted);
  const receive = receives(own) && receives(wanted);
  if (send) return receive ? 'sendrecv' : 'sendonly';
  return receive ? 'recvonly' : 'inactive';
}

function directed(media: MediaDescription, direction: Direction): MediaDescription {
  return { ...media, attributes: [...undirected(media), { name: direction }] };
}

function undirected(owner: Pick<MediaDescription, 'attributes'>): MediaDescription['attributes'] {
  return owner.attributes.filter((each) => !DIRECTIONS.has(each.name));
}

function goesNowhere(session: SessionDescription, media: MediaDescription): boolean {
  const address = connectionOf(session, media)?.address;
  return address === '0.0.0.0' || address === '::';
}

// --- text ----------------------------------------------------------------------------------------------------------

const NO_ORIGIN = 'o=- 0 0 IN IP4 0.0.0.0';

/** Gateways leave out lines that say nothing between them (RFC 3525 §7.1.8); a description without origin is one of theirs. */
function read(description: string): Outcome<SessionDescription> {
  const lines = linesOfFirst(description);
  const whole = lines.some((line) => line.startsWith('o=')) ? lines : [...lines.slice(0, 1), NO_ORIGIN, ...lines.slice(1)];
  return parseSessionDescription(whole.join('\r\n'));
}

function written(own: SessionDescription, media: readonly MediaDescription[], origin: LegOrigin, grouped: boolean): string {
  const before = origin.previous === undefined ? undefined : parseSessionDescription(origin.previous);
  const first: Origin = {
    username: '-',
    sessionId: origin.sessionId,
    sessionVersion: String(origin.firstVersion ?? 1),
    family: isIPv6(origin.host) ? 'IP6' : 'IP4',
    address: origin.host,
  };
  const session: SessionDescription = {
    origin: before?.ok ? before.value.origin : first,
    name: '-',
    // RFC 8866 §5.7: also a refused stream has a connection.
    connection: own.connection ?? media.find((each) => each.connections[0])?.connections[0],
    times: ['0 0'],
    others: own.others.filter((line) => line.type === 'b'),
    attributes: undirected(own).filter((each) => grouped || each.name !== 'group'),
    media,
  };
  const text = writeSessionDescription(session);
  if (!before?.ok || text === origin.previous) return text;
  return writeSessionDescription({ ...session, origin: { ...session.origin, sessionVersion: next(session.origin.sessionVersion) } });
}

/** RFC 3264 §8: the version of a changed description is one higher. */
function next(version: string): string {
  return /^\d{1,20}$/.test(version) ? String(BigInt(version) + 1n) : '1';
}
