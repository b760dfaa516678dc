// What goes through a bridge: it relays RTP and changes nothing, so both telephones of a call have to speak one codec, and each
// side's description tells the gateway that one alone, with the events of RFC 4733 beside it where the telephone has them.
import {
  type AudioCodec,
  audioOf,
  offerAudio,
  parseSessionDescription,
  PCMA,
  PCMU,
  sameCodec,
  type SessionDescription,
  writeSessionDescription,
} from '@altpath/sdp';

/** What a telephone said of its audio, as far as a bridge can carry it. */
export interface Telephone {
  readonly address: string;
  readonly port: number;
  /** Of `CODECS`, in its own order of preference, under its own payload types; never empty. */
  readonly codecs: readonly AudioCodec[];
  /** Under which it takes digits and tones as events (RFC 4733). */
  readonly events: AudioCodec | undefined;
}

export type Telephones = readonly [originating: Telephone | undefined, terminating: Telephone | undefined];

/** What every telephone has: a gateway writes into its descriptions no more than one codec, and that without its name. */
const CODECS: readonly AudioCodec[] = [PCMU, PCMA];
const EVENTS = 'telephone-event';
/** RFC 4733 §2.5.1.1: digits, `*`, `#`, A to D. */
const EVENT_CODES = '0-15';
/** Nobody listens there (RFC 3264 §8.4, the old way to hold). */
const NOWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** @returns what a bridge needs; `'nowhere'` for a telephone that says of itself that nothing shall be sent to it; undefined where there is nothing a bridge could carry. */
export function readTelephone(description: string): Telephone | 'nowhere' | undefined {
  const parsed = parseSessionDescription(description);
  const audio = parsed.ok ? audioOf(parsed.value) : undefined;
  if (!parsed.ok || !audio || !isPlain(parsed.value, audio.port)) return undefined;
  if (NOWHERE.has(audio.address)) return 'nowhere';
  const codecs = audio.codecs.filter((codec) => CODECS.some((each) => sameCodec(each, codec)));
  if (codecs.length === 0) return undefined;
  const { address, port } = audio;
  return { address, port, codecs, events: audio.codecs.find(({ name }) => name.toLowerCase() === EVENTS) };
}

/**
 * The one codec of a call: what it has, while both telephones have that; else the first of the caller's that the other has.
 *
 * @returns undefined when they have none in common.
 */
export function chooseCodec([first, second]: Telephones, present: AudioCodec | undefined): AudioCodec | undefined {
  const theirs = (telephone: Telephone | undefined): readonly AudioCodec[] => telephone?.codecs ?? CODECS;
  const common = theirs(first ?? second).filter((codec) => theirs(second).some((each) => sameCodec(each, codec)));
  return common.find((codec) => present && sameCodec(codec, present)) ?? common[0];
}

/** The telephone's description for the gateway: its place, the codec, and its events. */
export function describeTelephone({ address, port, codecs, events }: Telephone, codec: AudioCodec): string {
  const own = codecs.find((each) => sameCodec(each, codec)) ?? codec;
  return writeSessionDescription(withEventCodes(offerAudio({ address, port, codecs: [own, ...(events ? [events] : [])] }), events));
}

/**
 * The gateway's description for a telephone. Events pass through a bridge like all else, though no gateway says so of itself:
 * they are offered where the other telephone takes them.
 *
 * @param local  As the gateway wrote it.
 * @param own    The telephone that reads it.
 */
export function describeBridge(local: string, own: Telephone | undefined, other: Telephone | undefined): string {
  const events = own ? other?.events && own.events : other?.events;
  const parsed = events && parseSessionDescription(local);
  if (!events || !parsed?.ok) return local;
  const format = String(events.payloadType);
  const media = parsed.value.media.map((each) => {
    if (each.kind !== 'audio' || each.port === 0 || each.formats.includes(format)) return each;
    const mapped = { name: 'rtpmap', value: `${format} ${events.name}/${events.clockHz}` };
    return { ...each, formats: [...each.formats, format], attributes: [...each.attributes, mapped] };
  });
  return writeSessionDescription(withEventCodes({ ...parsed.value, media }, events));
}

function withEventCodes(session: SessionDescription, events: AudioCodec | undefined): SessionDescription {
  if (!events) return session;
  const format = String(events.payloadType);
  const media = session.media.map((each) => {
    const isTold = each.attributes.some(({ name, value }) => name === 'fmtp' && value?.startsWith(`${format} `));
    if (!each.formats.includes(format) || isTold) return each;
    return { ...each, attributes: [...each.attributes, { name: 'fmtp', value: `${format} ${EVENT_CODES}` }] };
  });
  return { ...session, media };
}

/** RTP in the clear: the keys of anything else are not the gateway's to know. */
function isPlain(session: SessionDescription, port: number): boolean {
  const media = session.media.find((each) => each.kind === 'audio' && each.port === port);
  return media !== undefined && /^RTP\/AVPF?$/i.test(media.protocol);
}
