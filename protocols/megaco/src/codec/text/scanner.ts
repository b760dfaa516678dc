// The hand that moves over the text: blanks, words, numbers, strings, raw octets. It knows characters, no token and no
// descriptor. RFC 3525 §B.2. A fault sticks: the first one stays, the position jumps to the end, and every reader from
// there finds nothing, so that lists end by themselves and nobody throws. Each step leaves the blanks behind it behind.
import {
  BACKSLASH,
  CLASS,
  COMMA,
  CR,
  EQUAL,
  LEFT_BRACE,
  LF,
  MINUS,
  QUOTE,
  RIGHT_BRACE,
  SAFE,
  SEMICOLON,
  SPACE,
  TAB,
} from './characters.js';

/** Why reading stopped, before the message around it is known. */
export interface Stop {
  readonly code: string;
  readonly hint: string;
  readonly offset: number;
  /** H.248.8. */
  readonly errorCode: number;
}

/** The error codes of syntax by level (H.248.8): message, transaction, action, command. */
export const SYNTAX = { message: 400, transaction: 403, action: 422, command: 442 } as const;

const ZERO = 0x30;
const DELETE = 0x7f;
const ALL_CLASSES = 0xff;
/** A hint quotes the peer, who may have sent one very long word. */
const MAX_HINT = 160;

export class Scanner {
  pos = 0;
  /** The classes that every character of the last word has. */
  classes = 0;
  stop: Stop | undefined;
  /** The error code of a plain syntax error here. */
  level: number = SYNTAX.message;
  /** Protocol version of the message; decides which words are tokens where names could stand as well. */
  version = 1;

  readonly #end: number;

  /** @param text  The message's octets as latin1 characters. */
  constructor(readonly text: string) {
    this.#end = text.length;
  }

  get atEnd(): boolean {
    return this.pos >= this.#end;
  }

  /** Records the first fault and ends the reading. */
  fail(rule: string, hint: string, offset: number = this.pos, errorCode: number = this.level): void {
    if (this.stop === undefined) this.stop = { code: `megaco.parse.${rule}`, hint: hint.slice(0, MAX_HINT), offset, errorCode };
    this.pos = this.text.length;
  }

  /** LWSP: blanks, line ends, and comments from `;` to the end of the line. */
  skip(): void {
    const { text } = this;
    while (this.pos < this.#end) {
      const code = text.charCodeAt(this.pos);
      if (code === SPACE || code === LF || code === CR || code === TAB) this.pos += 1;
      else if (code === SEMICOLON) this.#skipComment();
      else return;
    }
  }

  #skipComment(): void {
    const { text } = this;
    let at = this.pos + 1;
    for (; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === LF || code === CR) break;
    }
    this.pos = at;
  }

  /** @returns whether this character stands here, without taking it. */
  at(code: number): boolean {
    return this.pos < this.#end && this.text.charCodeAt(this.pos) === code;
  }

  /** Takes this character and the blanks behind it, if it stands here. */
  eat(code: number): boolean {
    if (!this.at(code)) return false;
    this.pos += 1;
    this.skip();
    return true;
  }

  /** Takes this character or fails. */
  expect(code: number): void {
    if (!this.eat(code)) this.unexpected(String.fromCharCode(code));
  }

  unexpected(wanted: string): void {
    const found = this.atEnd ? 'the end' : JSON.stringify(this.text.slice(this.pos, this.pos + 12));
    this.fail('syntax', `${wanted} expected, ${found} found`);
  }

  equal(): void {
    this.expect(EQUAL);
  }

  comma(): boolean {
    return this.eat(COMMA);
  }

  open(): void {
    this.expect(LEFT_BRACE);
  }

  close(): void {
    this.expect(RIGHT_BRACE);
  }

  /** Takes the longest run of SafeChars; empty where there is none (no fault). */
  word(): string {
    const { text, pos } = this;
    const last = this.#end;
    let classes = ALL_CLASSES;
    let end = pos;
    while (end < last) {
      const found = CLASS[text.charCodeAt(end)] as number;
      if ((found & SAFE) === 0) break;
      classes &= found;
      end += 1;
    }
    this.classes = classes;
    if (end === pos) return '';
    this.pos = end;
    this.skip();
    return text.slice(pos, end);
  }

  /** A decimal number of at most `digits` digits and value `max`; anything else is a fault. */
  number(max: number, rule: string, digits = 10): number {
    const start = this.pos;
    const value = decimal(this.word(), max, digits);
    if (value >= 0) return value;
    this.fail('number', `${rule}: a number from 0 to ${max} expected`, start);
    return 0;
  }

  /** A quoted string, which stands here; the text between the quotes. No line end may be inside. */
  string(): string {
    const { text } = this;
    const start = this.pos + 1;
    for (let at = start; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        this.pos = at + 1;
        this.skip();
        return text.slice(start, at);
      }
      if ((code < SPACE && code !== TAB) || code === DELETE) break;
    }
    this.fail('string', 'a string without its closing quote', start - 1);
    return '';
  }

  /** Takes the `{` in front of raw octets. The blanks behind it belong to it; a `;` begins octets and no comment. */
  expectRaw(): void {
    if (!this.at(LEFT_BRACE)) {
      this.unexpected('{');
      return;
    }
    this.pos += 1;
    while (isBlank(this.text.charCodeAt(this.pos))) this.pos += 1;
  }

  /**
   * Octets as they are, up to the `}` that no backslash precedes, which is taken as well. The opening brace is taken
   * already (`expectRaw`). Blanks at both ends belong to the braces (LBRKT, RBRKT).
   */
  raw(): string {
    const { text, pos } = this;
    let end = text.indexOf('}', pos);
    let escaped = false;
    while (end > pos && text.charCodeAt(end - 1) === BACKSLASH) {
      escaped = true;
      end = text.indexOf('}', end + 1);
    }
    if (end < 0) {
      this.fail('brace', 'a brace that is not closed', pos);
      return '';
    }
    let last = end;
    while (last > pos && isBlank(text.charCodeAt(last - 1))) last -= 1;
    this.pos = end + 1;
    this.skip();
    const octets = text.slice(pos, last);
    return escaped ? octets.replaceAll('\\}', '}') : octets;
  }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === LF || code === CR || code === TAB;
}

/** @returns the value of a text of 1 to `digits` decimal digits that is at most `max`, else -1. */
export function decimal(text: string, max: number, digits = 10): number {
  const { length } = text;
  if (length === 0 || length > digits) return -1;
  let value = 0;
  for (let i = 0; i < length; i += 1) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value <= max ? value : -1;
}

/** @returns both ends of `5-9`, or one number twice the same where there is no dash. -1 marks what is no number. */
export function decimalRange(text: string, max: number): readonly [first: number, last: number | undefined] {
  for (let i = 1; i < text.length; i += 1) {
    if (text.charCodeAt(i) === MINUS) return [decimal(text.slice(0, i), max), decimal(text.slice(i + 1), max)];
  }
  return [decimal(text, max), undefined];
}

export const UINT16 = 0xffff;
export const UINT32 = 0xffff_ffff;
