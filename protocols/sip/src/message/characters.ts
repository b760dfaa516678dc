// Character classes of the SIP grammar as one table of bits, and the small scans over bytes that every reader shares.
// Offsets are byte offsets; text is latin1, so an offset into the bytes is the same offset into the text.

export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const QUOTE = 0x22;
export const STAR = 0x2a;
export const COMMA = 0x2c;
export const SLASH = 0x2f;
export const ZERO = 0x30;
export const NINE = 0x39;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const LESS = 0x3c;
export const EQUALS = 0x3d;
export const GREATER = 0x3e;
export const QUESTION = 0x3f;
export const AT = 0x40;
export const OPEN_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_BRACKET = 0x5d;

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

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The classes of each of the 256 characters. */
export const CLASSES: Uint8Array = classes();

function classes(): Uint8Array {
  const table = new Uint8Array(256);
  const mark = (bit: number, characters: string): void => {
    for (const character of characters) table[character.charCodeAt(0)] = (table[character.charCodeAt(0)] ?? 0) | bit;
  };
  mark(TOKEN, `${ALPHANUMERIC}-.!%*_+\`'~`);
  mark(LWS, ' \t\r\n');
  mark(URI, `${ALPHANUMERIC}-_.!~*'()%;/?:@&=+$,[]#{}|^\``);
  mark(VALUE, `${ALPHANUMERIC}-.!%*_+\`'~[]:/@?&=$()<>{}|^#\\`);
  mark(USER, `${ALPHANUMERIC}-_.!~*'()&=+$,;?/`);
  mark(HOST, `${ALPHANUMERIC}-._`);
  mark(WORD, `${ALPHANUMERIC}-.!%*_+\`'~()<>:\\"/[]?{}@`);
  // Deviation: bytes above 0x7f are tolerated where phones put raw UTF-8; they are never looked into.
  for (let code = 0x80; code < 0x100; code += 1) table[code] = URI | VALUE | WORD;
  return table;
}

/** @returns the first offset from `at` on that holds no linear white space, at most `end`. */
export function skipLws(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && ((CLASSES[bytes[i] as number] as number) & LWS) !== 0) i += 1;
  return i;
}

/** @returns the offset after the last character before `end` that is no linear white space, at least `start`. */
export function trimLws(bytes: Uint8Array, start: number, end: number): number {
  let i = end;
  while (i > start && ((CLASSES[bytes[i - 1] as number] as number) & LWS) !== 0) i -= 1;
  return i;
}

/** @returns the first offset from `at` on whose character is not of the class `bit`, at most `end`. */
export function skipClass(bytes: Uint8Array, at: number, end: number, bit: number): number {
  let i = at;
  while (i < end && ((CLASSES[bytes[i] as number] as number) & bit) !== 0) i += 1;
  return i;
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
  return text.includes('\n') ? text.replace(/[ \t]*\r?\n[ \t]*/g, ' ').trim() : text;
}

/** @returns what a quoted string says: quotes taken off, escapes resolved; any other text as it is. */
export function unquote(text: string): string {
  if (text.length < 2 || text.charCodeAt(0) !== QUOTE) return text;
  const inner = text.slice(1, text.endsWith('"') ? -1 : undefined);
  return inner.includes('\\') ? inner.replace(/\\([^])/g, '$1') : inner;
}
