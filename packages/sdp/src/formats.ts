// The formats of a medium: which of two descriptions' formats mean the same, whatever numbers they bear (RFC 3264 §6.1,
// RFC 3551 §6), and which lines of a medium belong to which format.
import type { Attribute, MediaDescription } from './description.js';

/** Static payload types of RFC 3551 tables 4 and 5, as a=rtpmap would write them. */
const STATIC: Readonly<Record<string, string>> = {
  0: 'PCMU/8000',
  3: 'GSM/8000',
  4: 'G723/8000',
  5: 'DVI4/8000',
  6: 'DVI4/16000',
  7: 'LPC/8000',
  8: 'PCMA/8000',
  9: 'G722/8000',
  10: 'L16/44100/2',
  11: 'L16/44100',
  12: 'QCELP/8000',
  13: 'CN/8000',
  14: 'MPA/90000',
  15: 'G728/8000',
  16: 'DVI4/11025',
  17: 'DVI4/22050',
  18: 'G729/8000',
  25: 'CELB/90000',
  26: 'JPEG/90000',
  28: 'NV/90000',
  31: 'H261/90000',
  32: 'MPV/90000',
  33: 'MP2T/90000',
  34: 'H263/90000',
};

/** Attributes whose value begins with a payload type (RFC 8866 §6.6, §6.15; RFC 4585 §4.2; RFC 6236 §3.1.1). */
const OF_A_FORMAT = new Set(['rtpmap', 'fmtp', 'rtcp-fb', 'imageattr']);

/** They ride beside speech and are none (RFC 4733, RFC 3389, RFC 4588, RFC 2198). */
const BESIDE = /^(?:TELEPHONE-EVENT|TONE|CN|RTX|RED)\//;

interface Format {
  readonly text: string;
  /** Equal for formats of the same meaning: name, clock and channels in capitals, or the text where there is no name. */
  readonly meaning: string;
  readonly settings: string;
}

/**
 * The formats that both media have.
 *
 * @returns texts of `own`, in the order of `offered`: whoever sends to the writer of `own` uses its numbers.
 */
export function commonFormats(offered: MediaDescription, own: MediaDescription): readonly string[] {
  const left = formatsOf(own);
  const common: string[] = [];
  for (const wanted of formatsOf(offered)) {
    const same = left.filter((each) => each.meaning === wanted.meaning);
    // One codec may stand there several times with other settings (H.264 profiles): the nearest one is meant.
    const found =
      same.find((each) => each.settings === wanted.settings) ?? same.find((each) => each.text === wanted.text) ?? same.find(() => true);
    if (!found) continue;
    left.splice(left.indexOf(found), 1);
    common.push(found.text);
  }
  return withoutWidows(own, common);
}

/** Whether there is a format among these that carries speech or pictures by itself. */
export function hasSubstance(media: MediaDescription, formats: readonly string[]): boolean {
  return formatsOf(media).some((each) => formats.includes(each.text) && !BESIDE.test(each.meaning));
}

/** The medium with no more than these of its formats, and without what it says of the others. */
export function withFormats(media: MediaDescription, formats: readonly string[]): MediaDescription {
  const isKept = (attribute: Attribute): boolean => {
    if (!OF_A_FORMAT.has(attribute.name)) return true;
    const format = payloadTypeOf(attribute);
    return format === '*' || formats.includes(format);
  };
  return { ...media, formats, attributes: media.attributes.filter(isKept) };
}

/** Retransmission (RFC 4588 §8.6) of a format that is not there any more goes with it. */
function withoutWidows(media: MediaDescription, formats: readonly string[]): readonly string[] {
  return formats.filter((format) => {
    const partner = /(?:^|;)\s*apt=(\d+)/.exec(settingsOf(media, format))?.[1];
    return partner === undefined || formats.includes(partner);
  });
}

function formatsOf(media: MediaDescription): Format[] {
  const isRtp = /\bRTP\//.test(media.protocol.toUpperCase());
  return media.formats.map((text) => ({
    text,
    meaning: (isRtp ? encodingOf(media, text) : undefined) ?? text.toUpperCase(),
    settings: settingsOf(media, text),
  }));
}

function encodingOf(media: MediaDescription, format: string): string | undefined {
  const mapped = media.attributes.find((each) => each.name === 'rtpmap' && payloadTypeOf(each) === format);
  const encoding = /^\s*\S+\s+(\S+)/.exec(mapped?.value ?? '')?.[1] ?? STATIC[format];
  // One channel is the default (RFC 8866 §6.6).
  return encoding?.toUpperCase().replace(/^([^/]+\/[^/]+)\/1$/, '$1');
}

function settingsOf(media: MediaDescription, format: string): string {
  const found = media.attributes.find((each) => each.name === 'fmtp' && payloadTypeOf(each) === format);
  return found?.value?.trim().replace(/^\S+\s*/, '') ?? '';
}

function payloadTypeOf(attribute: Attribute): string {
  return attribute.value?.trim().split(/\s/, 1)[0] ?? '';
}
