// Header field names as small numbers: the codec compares numbers, never texts. Names are without case, and the
// compact forms of the registry (RFC 3261 §7.3.3 and its extensions) are the same headers.

const NAMES: readonly (readonly [name: string, compact?: string])[] = [
  ['Via', 'v'],
  ['From', 'f'],
  ['To', 't'],
  ['Call-ID', 'i'],
  ['CSeq'],
  ['Max-Forwards'],
  ['Content-Length', 'l'],
  ['Contact', 'm'],
  ['Route'],
  ['Record-Route'],
  ['Path'],
  ['Expires'],
  ['Require'],
  ['Proxy-Require'],
  ['Supported', 'k'],
  ['Content-Type', 'c'],
  ['Service-Route'],
  ['Unsupported'],
  ['Allow'],
  ['Min-Expires'],
  ['Authorization'],
  ['Proxy-Authorization'],
  ['WWW-Authenticate'],
  ['Proxy-Authenticate'],
  ['Accept'],
  ['Date'],
  ['User-Agent'],
  ['Server'],
  ['Warning'],
  ['Retry-After'],
  ['RAck'],
  ['RSeq'],
  ['Event', 'o'],
  ['Subscription-State'],
  ['Session-Expires', 'x'],
  ['Min-SE'],
  ['Max-Breadth'],
  ['Timestamp'],
  ['Subject', 's'],
  ['Content-Encoding', 'e'],
  ['Refer-To', 'r'],
  ['Referred-By', 'b'],
  ['Allow-Events', 'u'],
  ['Accept-Contact', 'a'],
  ['Request-Disposition', 'd'],
  ['Reject-Contact', 'j'],
  ['Identity-Info', 'n'],
  ['Identity', 'y'],
  ['Reason'],
  ['Replaces'],
  ['Privacy'],
  ['P-Asserted-Identity'],
  ['Content-Disposition'],
  ['AlternatePath'],
];

/** A header field whose name is not in the table. */
export const OTHER = 0;
// The numbers of the names that the codec itself asks for: their places in the table, from 1.
export const VIA = 1;
export const FROM = 2;
export const TO = 3;
export const CALL_ID = 4;
export const CSEQ = 5;
export const MAX_FORWARDS = 6;
export const CONTENT_LENGTH = 7;
export const CONTACT = 8;
export const ROUTE = 9;
export const RECORD_ROUTE = 10;
export const PATH = 11;
export const EXPIRES = 12;

/** Texts, by number, in lower case. */
const LOWER: readonly string[] = ['', ...NAMES.map(([name]) => name.toLowerCase())];
const BYTES: readonly Uint8Array[] = LOWER.map((name) => Buffer.from(name, 'latin1'));

const byText = new Map<string, number>();
/** By compact letter: `a` is 0. */
const compact = new Uint8Array(26);
/** Chained hash: head by hash, next by number. */
const heads = new Uint8Array(256);
const nexts = new Uint8Array(NAMES.length + 1);

NAMES.forEach(([name, letter], index) => {
  const id = index + 1;
  const lower = name.toLowerCase();
  byText.set(lower, id);
  if (letter !== undefined) {
    byText.set(letter, id);
    compact[letter.charCodeAt(0) - 0x61] = id;
  }
  const key = hash(lower.length, lower.charCodeAt(0), lower.charCodeAt(lower.length - 1));
  nexts[id] = heads[key] as number;
  heads[key] = id;
});

function hash(length: number, first: number, last: number): number {
  return (length * 37 + first * 11 + last * 3) & 255;
}

/** @returns the number of a name given as text, long or compact, in any case; `OTHER` when the table lacks it. */
export function headerId(name: string): number {
  return byText.get(name) ?? byText.get(name.toLowerCase()) ?? OTHER;
}

/** @returns the number of the name that stands in the bytes; they are token characters, which the caller has seen to. */
export function headerIdAt(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  const first = (bytes[start] as number) | 0x20;
  if (length === 1) return first >= 0x61 && first <= 0x7a ? (compact[first - 0x61] as number) : OTHER;
  let id = heads[hash(length, first, (bytes[end - 1] as number) | 0x20)] as number;
  while (id !== OTHER && !equals(BYTES[id] as Uint8Array, bytes, start, length)) id = nexts[id] as number;
  return id;
}

function equals(name: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (name.length !== length) return false;
  for (let i = 0; i < length; i += 1) if (((bytes[start + i] as number) | 0x20) !== name[i]) return false;
  return true;
}

/** @returns the name as the documents spell it, for a header field that we write ourselves. */
export function headerName(id: number): string {
  return NAMES[id - 1]?.[0] ?? '';
}
