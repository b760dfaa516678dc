// Session descriptions on their way between call control and a gateway. In Local and Remote the lines o=, s= and t= may be
// left out (RFC 3525 §7.1.8); call control's other protocols need them. What a gateway shall choose is written `$`.
import { linesOfFirst } from '@altpath/sdp';
import type { GatewayFacts } from './line-facts.js';

/** What a gateway is asked for: an address and a port of its own, for these codecs. */
export function wantedLocal({ codecs, packetMs, family }: Pick<GatewayFacts, 'codecs' | 'packetMs' | 'family'>): string {
  const formats = codecs.map((codec, index) => ({ codec, payloadType: STATIC_TYPES[codec.toUpperCase()] ?? FIRST_DYNAMIC_TYPE + index }));
  return joined([
    'v=0',
    `c=IN ${family} $`,
    `m=audio $ RTP/AVP ${formats.map(({ payloadType }) => payloadType).join(' ')}`,
    ...formats
      .filter(({ payloadType }) => payloadType >= FIRST_DYNAMIC_TYPE)
      .map(({ codec, payloadType }) => `a=rtpmap:${payloadType} ${codec}${codec.includes('/') ? '' : '/8000'}`),
    ...(packetMs === undefined ? [] : [`a=ptime:${packetMs}`]),
  ]);
}

/**
 * What a gateway answered as its Local, as call control is told: whole, with one audio stream.
 *
 * @returns undefined while it has no media, or has not chosen everything.
 */
export function localOf(sdp: string | undefined): string | undefined {
  const own = linesOfFirst(sdp ?? '');
  if (!own.some((line) => line.startsWith('m=')) || own.some((line) => /^[cm]=.*\$/.test(line))) return undefined;
  const connection = own.find((line) => line.startsWith('c='))?.slice(2) ?? 'IN IP4 0.0.0.0';
  const heads = ['v=0', find(own, 'o=') ?? `o=- 0 0 ${connection}`, find(own, 's=') ?? 's=-'];
  const firstMedia = own.findIndex((line) => line.startsWith('m='));
  const session = own.slice(0, firstMedia).filter((line) => !/^[vost]=/.test(line));
  return `${joined([...heads, ...session, find(own, 't=') ?? 't=0 0', ...own.slice(firstMedia)])}\r\n`;
}

/** The far side's description as a gateway is told it. */
export function remoteFor(description: string): string {
  return joined(linesOfFirst(description).filter((line) => !/^[ost]=/.test(line)));
}

/** RFC 3551 table 4. */
const STATIC_TYPES: Readonly<Record<string, number>> = { PCMU: 0, GSM: 3, G723: 4, PCMA: 8, G722: 9, G728: 15, G729: 18 };
const FIRST_DYNAMIC_TYPE = 96;

function find(all: readonly string[], prefix: string): string | undefined {
  return all.find((line) => line.startsWith(prefix));
}

/** As Local and Remote hold it: no line end behind the last line. */
function joined(all: readonly string[]): string {
  return all.join('\r\n');
}
