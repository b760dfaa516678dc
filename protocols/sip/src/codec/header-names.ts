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

/** The line that could not be told apart into name and value: it keeps its place, and no name finds it. */
export const BROKEN = 63;
if (NAMES.length >= BROKEN) throw new RangeError('header names: the index keeps six bits for a number');

// All names one after the other in lower case, and the bit that makes a byte lower case where a letter stands; a name
// is found by number through its offset and length. Constants of this module only: V8 folds those.
const flat = Buffer.from(NAMES.map(([name]) => name.toLowerCase()).join(''), 'latin1');
const letters = new Uint8Array(flat);
const masks = letters.map((code) => (code >= 0x61 && code <= 0x7a ? 0x20 : 0));
const offsets = new Uint16Array(64);
const lengths = new Uint8Array(64);
/** Chained hash over the first three bytes, without case and colon included: head by hash, next by number. */
const heads = new Uint8Array(256);
const nexts = new Uint8Array(64);
/** By compact letter: `a` is 0. */
const compact = new Uint8Array(26);
const byText = new Map<string, number>();

let offset = 0;
NAMES.forEach(([name], index) => {
  offsets[index + 1] = offset;
  lengths[index + 1] = name.length;
  offset += name.length;
});
// From the last to the first: the head of a chain is the name that is asked for most.
for (let id = NAMES.length; id > 0; id -= 1) {
  const [name, letter] = NAMES[id - 1] as readonly [string, string?];
  const lower = name.toLowerCase();
  byText.set(lower, id);
  byText.set(name, id);
  if (letter !== undefined) {
    byText.set(letter, id);
    compact[letter.charCodeAt(0) - 0x61] = id;
  }
  const key = hash(lower.charCodeAt(0), lower.charCodeAt(1), `${lower}:`.charCodeAt(2));
  nexts[id] = heads[key] as number;
  heads[key] = id;
}

function hash(a: number, b: number, c: number): number {
  return ((a | 0x20) * 37 + (b | 0x20) * 11 + (c | 0x20) * 3) & 255;
}

/** By number: how many bytes the long name takes. */
export const NAME_LENGTHS: Uint8Array = lengths;

/** @returns the number of a name given as text, long or compact, in any case; `OTHER` when the table lacks it. */
export function headerId(name: string): number {
  return byText.get(name) ?? byText.get(name.toLowerCase()) ?? OTHER;
}

/**
 * Recognises a header field whose long name stands at `at`, in any case, colon directly behind: nearly every one.
 *
 * @param at  At least three bytes stand there.
 * @returns   `OTHER` for everything else, which is then looked at more closely.
 */
export function longHeaderId(bytes: Uint8Array, at: number): number {
  let id = heads[hash(bytes[at] as number, bytes[at + 1] as number, bytes[at + 2] as number)] as number;
  while (id !== 0) {
    const length = lengths[id] as number;
    if (bytes[at + length] === 0x3a && equals(bytes, at, id, length)) return id;
    id = nexts[id] as number;
  }
  return 0;
}

/** @returns the number of the name that fills the range, long or compact; `OTHER` when the table lacks it. */
export function headerIdAt(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  const first = (bytes[start] as number) | 0x20;
  if (length === 1) return first >= 0x61 && first <= 0x7a ? (compact[first - 0x61] as number) : OTHER;
  let id = heads[hash(first, bytes[start + 1] as number, length === 2 ? 0x3a : (bytes[start + 2] as number))] as number;
  while (id !== 0 && !(lengths[id] === length && equals(bytes, start, id, length))) id = nexts[id] as number;
  return id;
}

function equals(bytes: Uint8Array, start: number, id: number, length: number): boolean {
  const from = offsets[id] as number;
  for (let i = 0; i < length; i += 1) {
    if (((bytes[start + i] as number) | (masks[from + i] as number)) !== letters[from + i]) return false;
  }
  return true;
}

/** @returns the name as the documents spell it, for a header field that we write ourselves. */
export function headerName(id: number): string {
  return NAMES[id - 1]?.[0] ?? '';
}
