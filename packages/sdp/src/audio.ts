// Offer and answer (RFC 3264) for one audio stream: PCMU, PCMA and whatever static payload types a caller names.
import { isIPv6 } from 'node:net';
import type { Outcome } from '@altpath/core';
import {
  type AddressFamily,
  type Attribute,
  attributeOf,
  connectionOf,
  type Direction,
  directionOf,
  type MediaDescription,
  type SessionDescription,
} from './description.js';

/** An RTP codec. Payload types below 96 are those of RFC 3551 table 4. */
export interface AudioCodec {
  readonly payloadType: number;
  readonly name: string;
  readonly clockHz: number;
}

export const PCMU: AudioCodec = { payloadType: 0, name: 'PCMU', clockHz: 8_000 };
export const PCMA: AudioCodec = { payloadType: 8, name: 'PCMA', clockHz: 8_000 };

/** One side's end of the stream. */
export interface AudioEnd {
  readonly address: string;
  /** Where RTP is received; 0 refuses. */
  readonly port: number;
  /** In order of preference; default PCMU, PCMA. */
  readonly codecs?: readonly AudioCodec[];
  /** Default `sendrecv`. */
  readonly direction?: Direction;
  /** Digits; equal through one session, while `sessionVersion` grows by one a change (RFC 3264 §8). Default 1 and 1. */
  readonly sessionId?: string;
  readonly sessionVersion?: string;
  readonly username?: string;
}

/** What the other side said about its audio. */
export interface AudioView {
  readonly address: string;
  readonly port: number;
  readonly codecs: readonly AudioCodec[];
  readonly direction: Direction;
}

/** Describes an offer of one audio stream. */
export function offerAudio(end: AudioEnd): SessionDescription {
  return describe(end, [audioMedia(end, end.codecs ?? [PCMU, PCMA], end.direction ?? 'sendrecv')]);
}

/**
 * Answers an offer (RFC 3264 §6): the first audio stream is taken with the codecs both sides have, in the offer's
 * order; every other stream is refused with port 0, since an answer has as many m= lines as the offer.
 *
 * @returns the answer, or the fault `sdp.answer.audio` (blame: remote) when no offered audio stream can be taken: the
 *          caller's 488.
 */
export function answerAudio(offer: SessionDescription, end: AudioEnd): Outcome<SessionDescription> {
  const ours = end.codecs ?? [PCMU, PCMA];
  let taken = false;
  const media = offer.media.map((offered) => {
    const common = codecsOf(offered).filter((codec) => ours.some((own) => sameCodec(own, codec)));
    if (taken || offered.kind !== 'audio' || offered.port === 0 || common.length === 0) return refusal(offered);
    taken = true;
    return audioMedia(end, common, answerDirection(directionOf(offer, offered), end.direction ?? 'sendrecv'));
  });
  if (!taken) return { ok: false, fault: { code: 'sdp.answer.audio', blame: 'remote', hint: 'no audio stream in common' } };
  return { ok: true, value: describe(end, media) };
}

/** The first audio stream that is not refused, with its address; undefined when there is none. */
export function audioOf(session: SessionDescription): AudioView | undefined {
  const media = session.media.find((each) => each.kind === 'audio' && each.port !== 0);
  const connection = media && connectionOf(session, media);
  if (!media || !connection) return undefined;
  return { address: connection.address, port: media.port, codecs: codecsOf(media), direction: directionOf(session, media) };
}

/** What we may do, given what the offerer does and what we want (RFC 3264 §6.1). */
export function answerDirection(offered: Direction, wanted: Direction): Direction {
  const send = sends(wanted) && receives(offered);
  const receive = receives(wanted) && sends(offered);
  if (send) return receive ? 'sendrecv' : 'sendonly';
  return receive ? 'recvonly' : 'inactive';
}

/** @returns `true` when whoever wrote this direction sends media. */
export function sends(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'sendonly';
}

/** @returns `true` when whoever wrote this direction wants to receive media. */
export function receives(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'recvonly';
}

function describe(end: AudioEnd, media: readonly MediaDescription[]): SessionDescription {
  const family: AddressFamily = isIPv6(end.address) ? 'IP6' : 'IP4';
  return {
    origin: {
      username: end.username ?? '-',
      sessionId: end.sessionId ?? '1',
      sessionVersion: end.sessionVersion ?? '1',
      family,
      address: end.address,
    },
    name: '-',
    connection: { family, address: end.address },
    times: ['0 0'],
    others: [],
    attributes: [],
    media,
  };
}

function audioMedia(end: AudioEnd, codecs: readonly AudioCodec[], direction: Direction): MediaDescription {
  return {
    kind: 'audio',
    port: end.port,
    protocol: 'RTP/AVP',
    formats: codecs.map((codec) => String(codec.payloadType)),
    connections: [],
    others: [],
    attributes: [
      ...codecs.map((codec): Attribute => ({ name: 'rtpmap', value: `${codec.payloadType} ${codec.name}/${codec.clockHz}` })),
      { name: direction },
    ],
  };
}

function refusal(offered: MediaDescription): MediaDescription {
  const { kind, protocol, formats } = offered;
  return { kind, port: 0, protocol, formats, connections: [], others: [], attributes: [] };
}

/** Codecs of an RTP stream: named by a=rtpmap, else by the static table for the two that every phone has. */
function codecsOf(media: MediaDescription): AudioCodec[] {
  return media.formats.flatMap((format) => {
    const payloadType = Number(format);
    if (!/^\d{1,3}$/.test(format) || payloadType > 127) return [];
    const mapped = media.attributes.find((each) => each.name === 'rtpmap' && each.value?.trim().split(/\s+/)[0] === format);
    const encoding = /^\s*\d+\s+([^/\s]+)\/(\d+)/.exec(mapped?.value ?? '');
    if (encoding?.[1]) return [{ payloadType, name: encoding[1], clockHz: Number(encoding[2]) }];
    return [PCMU, PCMA].filter((codec) => codec.payloadType === payloadType);
  });
}

/** Two payload types that mean one encoding, whatever their numbers. */
export function sameCodec(a: AudioCodec, b: AudioCodec): boolean {
  return a.name.toUpperCase() === b.name.toUpperCase() && a.clockHz === b.clockHz;
}

/** Packet length the writer asks for in milliseconds (a=ptime), 20 where it does not say (RFC 3551 §4.2). */
export function packetTimeMs(session: SessionDescription): number {
  const audio = session.media.find((each) => each.kind === 'audio');
  const value = Number(attributeOf(audio?.attributes ?? [], 'ptime')?.value ?? 20);
  return Number.isInteger(value) && value >= 10 && value <= 200 ? value : 20;
}
