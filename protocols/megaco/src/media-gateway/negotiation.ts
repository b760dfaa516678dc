// Which alternatives of Local and Remote a gateway takes: one of each, or with ReserveGroup and ReserveValue all that it
// can (RFC 3525 §7.1.7, §7.1.8).
import { sameHost } from '@altpath/core';
import { type Checked, ErrorCode, refused } from './refusal.js';
import { codecOf, CODECS, readSessions, type Session, writeSession } from './session.js';
import type { MediaEnd, StreamControl } from './stream.js';

/** One alternative that is taken, with those of its formats that are. */
interface Taken {
  readonly session: Session;
  readonly formats: readonly string[];
}

/** What becomes of a Local; its port is taken later, once nothing else of the command can fail. */
export interface LocalChoice {
  /** Empty: nothing that was asked for can be reserved. */
  readonly taken: readonly Taken[];
  /** The text for this port. */
  write(port: number): string;
}

export interface RemoteChoice {
  readonly text: string;
  readonly end: MediaEnd | undefined;
}

/** Our end as far as it is known: the port of a stream that has one already. */
export interface OwnEnd {
  readonly address: string;
  readonly port: number | undefined;
}

/** Which of the formats of an alternative can be done, in its own order; `$` stands for all. */
function formatsOf(session: Session): readonly string[] {
  const { kind, protocol, formats } = session.media;
  if ((kind !== 'audio' && kind !== '$') || (protocol.toUpperCase() !== 'RTP/AVP' && protocol !== '$')) return [];
  if (formats.includes('$')) return CODECS.map(({ payloadType }) => String(payloadType));
  return formats.filter((format) => codecOf(session, format) !== undefined);
}

function nameOf(session: Session, format: string): string | undefined {
  return codecOf(session, format)?.name;
}

/** Reads the Local of a command: 449, 472, 515 (no audio), 510 (audio that cannot be done, or not at that address). */
export function chooseLocal(sdp: string, control: StreamControl, own: OwnEnd, remote: string | undefined): Checked<LocalChoice> {
  const sessions = readSessions(sdp);
  if (!sessions.ok) return sessions;
  const wanted = remote === undefined ? undefined : codecsOf(remote);
  const able = sessions.value.filter((session) => isOurs(session, own)).map((session) => ({ session, formats: formatsOf(session) }));
  const taken = narrow(able, control, wanted);
  const refusal = checkTaken(sessions.value, taken, control);
  if (refusal) return refusal;
  if (taken.some(({ session, formats }) => writeSession(session, formats, { ...own, port: 1 }) === undefined))
    return refused(ErrorCode.unknownValue, 'a choice that cannot be made in Local');
  const write = (port: number): string =>
    taken.map(({ session, formats }) => writeSession(session, formats, { address: own.address, port })).join('\r\n');
  return { ok: true, value: { taken, write } };
}

/** Reads the Remote of a command: the same codes; nothing in it can be chosen by a gateway. */
export function chooseRemote(sdp: string, control: StreamControl): Checked<RemoteChoice> {
  const sessions = readSessions(sdp);
  if (!sessions.ok) return sessions;
  const taken = narrow(
    sessions.value.map((session) => ({ session, formats: formatsOf(session) })),
    control,
    undefined,
  );
  const refusal = checkTaken(sessions.value, taken, control);
  if (refusal) return refusal;
  const texts = taken.map(({ session, formats }) => writeSession(session, formats));
  if (texts.includes(undefined)) return refused(ErrorCode.unknownValue, 'a choice that cannot be made in Remote');
  const [first] = taken;
  if (first && first.session.address === undefined) return refused(ErrorCode.missingInformation, 'no address in Remote');
  return { ok: true, value: { text: texts.join('\r\n'), end: first && endOf(first.session) } };
}

function endOf({ address, media }: Session): MediaEnd | undefined {
  const port = Number(media.port.split('/')[0]);
  return address !== undefined && port >= 1 && port <= 65_535 ? { host: address, port } : undefined;
}

/** A Local may name an address and a port only where they are what this gateway has given before. */
function isOurs({ address, media }: Session, own: OwnEnd): boolean {
  const isAddress = address === undefined || address === '$' || sameHost(address, own.address);
  return isAddress && (media.port === '$' || Number(media.port) === own.port);
}

/** All that can be done, or one: with a format that the other side has too, if there is one. */
function narrow(able: readonly Taken[], control: StreamControl, wanted: ReadonlySet<string> | undefined): readonly Taken[] {
  const possible = able.filter(({ formats }) => formats.length > 0);
  const isCommon = (session: Session, format: string): boolean => wanted?.has(nameOf(session, format) ?? '') === true;
  const values = possible.map(({ session, formats }): Taken => {
    if (control.reserveValue) return { session, formats };
    const format = formats.find((each) => isCommon(session, each)) ?? formats[0];
    return { session, formats: format === undefined ? [] : [format] };
  });
  if (control.reserveGroup) return values;
  const group = values.find(({ session, formats }) => formats.some((each) => isCommon(session, each))) ?? values[0];
  return group ? [group] : [];
}

function checkTaken(
  sessions: readonly Session[],
  taken: readonly Taken[],
  { reserveGroup, reserveValue }: StreamControl,
): { readonly ok: false; readonly refusal: { readonly code: number; readonly text: string } } | undefined {
  // §7.1.7: where reservation is asked for, an empty descriptor is the answer, and no error.
  if (taken.length > 0 || reserveGroup || reserveValue) return undefined;
  const isAudio = sessions.some(({ media: { kind } }) => kind === 'audio' || kind === '$');
  return isAudio ? refused(ErrorCode.noResources, 'no alternative can be supported') : refused(ErrorCode.unsupportedMedia);
}

/** Names of the codecs that a description holds. */
function codecsOf(sdp: string): ReadonlySet<string> {
  const sessions = readSessions(sdp);
  const names = sessions.ok
    ? sessions.value.flatMap((session) => formatsOf(session).flatMap((format) => nameOf(session, format) ?? []))
    : [];
  return new Set(names);
}
