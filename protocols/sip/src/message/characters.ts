// Character classes of the SIP grammar as one table of bits, and the small scans over bytes that every reader shares.
// Offsets are byte offsets; text is latin1, so an offset into the bytes is the same offset into the text.
// V8 folds the constants that a module keeps to itself and fetches imported and exported ones at each use, which costs
// a scan a third of its time. So hot files name the few characters they look for once more, and keep the table in a
// constant of their own.

const QUOTE = 0x22;
const ZERO = 0x30;
const BACKSLASH = 0x5c;

/** A character of `token` (RFC 3261 §25.1). */
export const TOKEN = 1;
/** SP, HTAB, CR and LF: what linear white space is made of once lines have been told apart. */
export const LWS = 2;
/** A character that may stand in a URI, escapes and IPv6 brackets included. */
export const URI = 4;
/** A character that may stand in an unquoted parameter value: a token, a host, or what phones put there. */
export const VALUE = 8;
/** `unreserved` or `user-unreserved`: stands in a user part as it is. */
export const USER = 16;
/** A character of a host name or an IPv4 address. */
export const HOST = 32;
/** A character of `word`, as in a Call-ID, and the `@` between two of them. */
export const WORD = 64;
/** A capital letter: a scan that meets none spares itself the lower-casing. */
export const UPPER = 128;

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The classes of each of the 256 characters. */
export const CLASSES: Uint8Array = classes();
const table = CLASSES;
const WHITE = LWS;

function classes(): Uint8Array {
  const marks = new Uint8Array(256);
  const mark = (bit: number, characters: string): void => {
    for (const character of characters) marks[character.charCodeAt(0)] = (marks[character.charCodeAt(0)] ?? 0) | bit;
  };
  mark(TOKEN, `${ALPHANUMERIC}-.!%*_+\`'~`);
  mark(LWS, ' \t\r\n');
  mark(URI, `${ALPHANUMERIC}-_.!~*'()%;/?:@&=+$,[]#{}|^\``);
  mark(VALUE, `${ALPHANUMERIC}-.!%*_+\`'~[]:/@?&=$()<>{}|^#\\`);
  mark(USER, `${ALPHANUMERIC}-_.!~*'()&=+$,;?/`);
  mark(HOST, `${ALPHANUMERIC}-._`);
  mark(WORD, `${ALPHANUMERIC}-.!%*_+\`'~()<>:\\"/[]?{}@`);
  mark(UPPER, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ');
  // Deviation: bytes above 0x7f are tolerated where phones put raw UTF-8; they are never looked into.
  for (let code = 0x80; code < 0x100; code += 1) marks[code] = URI | VALUE | WORD;
  return marks;
}

/** @returns the first offset from `at` on that holds no linear white space, at most `end`. */
export function skipLws(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && ((table[bytes[i] as number] as number) & WHITE) !== 0) i += 1;
  return i;
}

/** @returns the offset after the last character before `end` that is no linear white space, at least `start`. */
export function trimLws(bytes: Uint8Array, start: number, end: number): number {
  let i = end;
  while (i > start && ((table[bytes[i - 1] as number] as number) & WHITE) !== 0) i -= 1;
  return i;
}

/** @returns the first offset from `at` on whose character is not of the class `bit`, at most `end`. */
export function skipClass(bytes: Uint8Array, at: number, end: number, bit: number): number {
  let i = at;
  while (i < end && ((table[bytes[i] as number] as number) & bit) !== 0) i += 1;
  return i;
}

/**
 * Compares the bytes at `at` with a word, letters without case.
 * The bytes are there: what ends before the word does not match.
 */
export function matches(bytes: Uint8Array, at: number, word: Word): boolean {
  const { letters, masks } = word;
  const { length } = letters;
  for (let i = 0; i < length; i += 1) if (((bytes[at + i] as number) | (masks[i] as number)) !== letters[i]) return false;
  return true;
}

/** A word to compare bytes with: its letters in lower case, and the bit that makes a byte lower case where a letter stands. */
export interface Word {
  readonly letters: Uint8Array;
  readonly masks: Uint8Array;
}

export function wordOf(text: string): Word {
  const letters = new Uint8Array(Buffer.from(text.toLowerCase(), 'latin1'));
  return { letters, masks: letters.map((code) => (code >= 0x61 && code <= 0x7a ? 0x20 : 0)) };
}

/** @returns the offset after the closing quote of the quoted string that opens at `at`, or -1 when it never closes. */
export function skipQuoted(bytes: Uint8Array, at: number, end: number): number {
  for (let i = at + 1; i < end; i += 1) {
    const code = bytes[i];
    if (code === BACKSLASH) i += 1;
    else if (code === QUOTE) return i + 1;
  }
  return -1;
}

/**
 * Reads an unsigned decimal number that fills the range.
 *
 * @returns -1 when the range is empty or holds anything but digits; `Infinity` above 2^53.
 */
export function readDecimal(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return -1;
  let value = 0;
  for (let i = start; i < end; i += 1) {
    const digit = (bytes[i] as number) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value <= Number.MAX_SAFE_INTEGER ? value : Infinity;
}

/** @returns the text with folded lines joined by one space (RFC 3261 §7.3.1) and no white space around it. */
export function unfold(text: string): string {
  // Not by a pattern: one that looks for white space before a line end takes quadratic time on a long run of spaces.
  return text.includes('\n') ? trimmed(text.split('\n').map(trimmed).join(' ')) : text;
}

/** @returns the text without linear white space around it. `String.trim` would take 0xa0 as well, half a letter of UTF-8. */
export function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhite(text.charCodeAt(start))) start += 1;
  while (end > start && isWhite(text.charCodeAt(end - 1))) end -= 1;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function isWhite(code: number): boolean {
  return ((table[code] ?? 0) & WHITE) !== 0;
}

/** @returns what a quoted string says: quotes taken off, escapes resolved; any other text as it is. */
export function unquote(text: string): string {
  if (text.length < 2 || text.charCodeAt(0) !== QUOTE) return text;
  const inner = text.slice(1, text.endsWith('"') ? -1 : undefined);
  return inner.includes('\\') ? inner.replace(/\\([^])/g, '$1') : inner;
}
