// Headers that npm `sip` leaves as text: option tags, parameters behind a value, RSeq and RAck, Replaces, sipfrag.
import type { SipHeaders } from './npm-sip.js';

/** @returns `true` when a header that lists tokens (Supported, Require, Allow) has this one. */
export function lists(headers: SipHeaders, name: 'supported' | 'require' | 'allow', token: string): boolean {
  return tokensOf(headers[name]).includes(token.toLowerCase());
}

/** The tokens of a list, in lower case. */
export function tokensOf(value: unknown): readonly string[] {
  if (typeof value !== 'string') return [];
  return value
    .split(',')
    .map((token) => token.trim().toLowerCase())
    .filter((token) => token !== '');
}

/** A value and the parameters behind it: `1800;refresher=uac`. Names are in lower case. */
export interface Valued {
  readonly value: string;
  readonly params: Readonly<Record<string, string>>;
}

/** @param text  A header's text; undefined gives undefined. */
export function valuedOf(text: unknown): Valued | undefined {
  if (typeof text !== 'string') return undefined;
  const [value = '', ...params] = text.split(';').map((part) => part.trim());
  const pairs = params.map((param) => param.split('=', 2).map((side) => side.trim()));
  return { value, params: Object.fromEntries(pairs.map(([name = '', of = '']) => [name.toLowerCase(), of])) };
}

/** The number in a header; undefined where there is none that is a whole number. */
export function numberOf(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : undefined;
}

/** `RAck: response-num CSeq-num Method` (RFC 3262 §7.2). */
export function rackOf(headers: SipHeaders): { readonly rseq: number; readonly seq: number } | undefined {
  const match = typeof headers['rack'] === 'string' ? /^\s*(\d+)\s+(\d+)\s+INVITE\s*$/.exec(headers['rack']) : undefined;
  return match ? { rseq: Number(match[1]), seq: Number(match[2]) } : undefined;
}

/** A dialog as a third party names it to one end of it (RFC 3891 §3). */
export interface ReplacedDialog {
  readonly callId: string;
  /** The tag of the end that it is said to. */
  readonly toTag: string;
  readonly fromTag: string;
}

export function writeReplaces({ callId, toTag, fromTag }: ReplacedDialog): string {
  return `${callId};to-tag=${toTag};from-tag=${fromTag}`;
}

/** @returns undefined where there is no such header, or it lacks a tag. */
export function replacesOf(headers: SipHeaders): ReplacedDialog | undefined {
  const replaces = valuedOf(headers['replaces']);
  const { 'to-tag': toTag, 'from-tag': fromTag } = replaces?.params ?? {};
  return replaces && toTag && fromTag ? { callId: replaces.value, toTag, fromTag } : undefined;
}

/** A URI of Refer-To, taken apart: whom to call, and the Replaces that the INVITE is to have (RFC 3891 §3, RFC 3515 §2.1). */
export function readReferTo(text: string): { readonly uri: string; readonly replaces: string | undefined } {
  const [uri = '', headers = ''] = text.split('?', 2);
  const pair = headers.split('&').find((each) => each.toLowerCase().startsWith('replaces='));
  return { uri, replaces: pair === undefined ? undefined : unescaped(pair.slice('replaces='.length)) };
}

/** The status of the message that a sipfrag body begins with (RFC 3420). */
export function statusOfFragment(content: string | undefined): number | undefined {
  const status = /^SIP\/2\.0 ([1-6]\d\d)/.exec(content ?? '')?.[1];
  return status === undefined ? undefined : Number(status);
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that escapes nothing stands for itself.
    return text;
  }
}
