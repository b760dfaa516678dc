// Session descriptions of H.248: SDP with lines left out, `$` where the gateway shall choose, formats and whole sessions
// to choose from (RFC 3525 §7.1.8). Text in, text out; which of the alternatives are taken is negotiation.ts' matter.
import { type AudioCodec, PCMA, PCMU } from '@altpath/sdp';
import { ipFamily } from '@altpath/core';
import { type Checked, ErrorCode, refused } from './refusal.js';

/** Codecs of an analog line here, in its own order of preference. */
export const CODECS: readonly AudioCodec[] = [PCMU, PCMA];

/** The m= line, fields as written; each may be `$`. */
export interface MediaLine {
  readonly kind: string;
  readonly port: string;
  readonly protocol: string;
  readonly formats: readonly string[];
}

/** One session description of a Local or Remote. */
export interface Session {
  /** All lines in their order; the m= line is among them. */
  readonly lines: readonly string[];
  readonly media: MediaLine;
  /** Address of its c= line: a literal, `$`, or undefined where there is none. */
  readonly address: string | undefined;
}

/** The alternatives of a descriptor that is not empty: 449 for two media in one session, 472 for one without media. */
export function readSessions(sdp: string): Checked<readonly Session[]> {
  const sessions: Session[] = [];
  for (const lines of splitSessions(sdp)) {
    const media = lines.filter((line) => /^m=/i.test(line));
    if (media.length > 1) return refused(ErrorCode.unknownValue, 'two media in one session description');
    const read = readMediaLine(media[0]);
    if (!read) return refused(ErrorCode.missingInformation, 'no media in a session description');
    sessions.push({ lines, media: read, address: addressOf(lines) });
  }
  return { ok: true, value: sessions };
}

function splitSessions(sdp: string): readonly (readonly string[])[] {
  const sessions: string[][] = [];
  for (const line of sdp.split(/\r\n|\n|\r/)) {
    const text = line.trim();
    if (text === '') continue;
    const current = sessions.at(-1);
    if (!current || /^v=/i.test(text)) sessions.push([text]);
    else current.push(text);
  }
  return sessions;
}

function readMediaLine(line: string | undefined): MediaLine | undefined {
  const [kind, port, protocol, ...formats] = (line ?? '').slice(2).trim().split(/\s+/);
  if (!kind || !port || !protocol || formats.length === 0) return undefined;
  return { kind: kind.toLowerCase(), port, protocol, formats };
}

function addressOf(lines: readonly string[]): string | undefined {
  const connection = lines.find((line) => /^c=/i.test(line));
  return connection?.slice(2).trim().split(/\s+/).at(-1)?.split('/')[0];
}

/** The codec that a format means here; undefined for one that is not known. Dynamic ones are named by a=rtpmap. */
export function codecOf({ lines }: Session, format: string): AudioCodec | undefined {
  const map = lines.find((line) => line.toLowerCase().startsWith(`a=rtpmap:${format.toLowerCase()} `));
  if (map === undefined) return CODECS.find(({ payloadType }) => String(payloadType) === format);
  const name = /^\S+\s+([^/\s]+)\/8000\b/.exec(map.slice(2))?.[1]?.toUpperCase();
  return CODECS.find((codec) => codec.name === name);
}

/**
 * Writes a session with some of its formats, and with an address and port of our own where it is ours.
 *
 * @returns undefined where it leaves something open that nobody here can choose.
 */
export function writeSession(
  session: Session,
  formats: readonly string[],
  own?: { readonly address: string; readonly port: number },
): string | undefined {
  const lines = session.lines.filter((line) => isOfFormats(line, formats)).map((line) => (own ? fill(line, own) : line));
  const media = lines.findIndex((line) => /^m=/i.test(line));
  const { kind, port, protocol } = session.media;
  const fields = own ? ['audio', String(own.port), protocol === '$' ? 'RTP/AVP' : protocol] : [kind, port, protocol];
  lines[media] = `m=${[...fields, ...formats].join(' ')}`;
  // §7.1.8: what is mandatory and was left out is added.
  if (own && session.address === undefined) lines.splice(media, 0, `c=${connection(own.address)}`);
  if (own && !/^v=/i.test(lines[0] ?? '')) lines.unshift('v=0');
  return lines.some((line) => line.includes('$')) ? undefined : lines.join('\r\n');
}

/** Attributes of formats that were not taken go with them. */
function isOfFormats(line: string, formats: readonly string[]): boolean {
  const format = /^a=(?:rtpmap|fmtp):(\S+)/i.exec(line)?.[1];
  return format === undefined || formats.includes(format);
}

function fill(line: string, { address }: { readonly address: string }): string {
  if (/^c=/i.test(line)) return `c=${connection(address)}`;
  if (!line.includes('$')) return line;
  if (/^o=/i.test(line)) return `o=- 1 1 ${connection(address)}`;
  if (/^s=/i.test(line)) return 's=-';
  if (/^t=/i.test(line)) return 't=0 0';
  return line.replace(/^a=ptime:\s*\$$/i, 'a=ptime:20');
}

function connection(address: string): string {
  return `IN ${ipFamily(address) === 6 ? 'IP6' : 'IP4'} ${address}`;
}
