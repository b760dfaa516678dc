// A walk over one line of a message. The first thing that does not fit is remembered and ends the walk: readers go on
// as if the line ended there, and whoever started them looks at `problem` once. Nothing throws; no reader looks back.

/** Classes of characters, by the rules of RFC 3435 appendix A. */
export const DIGIT = 1;
export const HEX = 2;
/** ALPHA, DIGIT, hyphen: package names, event identifiers, codes. */
export const NAME = 4;
/** What an event name may hold besides: `#` and `*` of DTMF, which some gateways group in one word. */
export const EVENT = 8;
/** SuitableEventParamCharacter */
export const EVENT_PARAMETER = 16;
/** SuitableExtLCOCharacter and the slash. */
export const OPTION_NAME = 32;
/** SuitableExtLCOValChar, and the semicolons between them. */
export const OPTION_VALUE = 64;
/** The same without the semicolon: one of several values. */
export const OPTION_ITEM = 128;

const CLASSES = classes();

function classes(): Uint8Array {
  const marks = new Uint8Array(128);
  const mark = (bit: number, characters: string): void => {
    for (const character of characters) marks[character.charCodeAt(0)] = (marks[character.charCodeAt(0)] ?? 0) | bit;
  };
  const digits = '0123456789';
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  mark(DIGIT, digits);
  mark(HEX, `${digits}ABCDEFabcdef`);
  mark(NAME, `${digits}${letters}-`);
  mark(EVENT, `${digits}${letters}-#*`);
  for (let code = 0x21; code <= 0x7e; code += 1) {
    if (!'"(),='.includes(String.fromCharCode(code))) mark(EVENT_PARAMETER, String.fromCharCode(code));
  }
  const option = `${digits}${letters}+-_&!'|=#?.$*@[]^\`{}~/`;
  mark(OPTION_NAME, option);
  // Deviation: `(`, `)`, `%` and others stand unquoted in the values of real gateways; only what separates does not.
  for (let code = 0x21; code <= 0x7e; code += 1) {
    const character = String.fromCharCode(code);
    if (character !== '"' && character !== ',') mark(character === ';' ? OPTION_VALUE : OPTION_VALUE | OPTION_ITEM, character);
  }
  return marks;
}

/** What did not fit: the return code that says so, the rule, and where in the text of the message. */
export interface Problem {
  readonly code: number;
  readonly rule: string;
  readonly offset: number;
}

const QUOTE = 0x22;
const SPACE = 0x20;
const TAB = 0x09;
const PROTOCOL_ERROR = 510;

export class Cursor {
  problem: Problem | undefined = undefined;

  constructor(
    readonly text: string,
    public at: number,
    public end: number,
  ) {}

  get done(): boolean {
    return this.at >= this.end;
  }

  /** The next character, -1 at the end. */
  peek(): number {
    return this.at < this.end ? this.text.charCodeAt(this.at) : -1;
  }

  skipWhite(): void {
    while (this.at < this.end) {
      const code = this.text.charCodeAt(this.at);
      if (code !== SPACE && code !== TAB) return;
      this.at += 1;
    }
  }

  /** Steps over one character if it is the next. */
  take(character: string): boolean {
    if (this.at >= this.end || this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  expect(character: string, rule: string): void {
    if (!this.take(character)) this.fail(rule);
  }

  /** The longest run of characters of a class; fails when there is none. */
  word(bit: number, rule: string): string {
    const start = this.at;
    let at = start;
    while (at < this.end && ((CLASSES[this.text.charCodeAt(at)] ?? 0) & bit) !== 0) at += 1;
    if (at === start) {
      this.fail(rule);
      return '';
    }
    this.at = at;
    return this.text.slice(start, at);
  }

  /** A decimal number of at most that many digits. */
  number(maxDigits: number, rule: string): number {
    const start = this.at;
    const digits = this.word(DIGIT, rule);
    if (digits.length > maxDigits) this.failAt(start, rule);
    return Number(digits);
  }

  /** One to 32 hexadecimal digits, as written. */
  identifier(rule: string): string {
    const start = this.at;
    const digits = this.word(HEX, rule);
    if (digits.length > 32) this.failAt(start, rule);
    return digits;
  }

  /** A quoted string without its quotes, doubled quotes inside taken for one. */
  quoted(rule: string): string {
    const start = this.at + 1;
    let at = start;
    let value = '';
    for (;;) {
      const close = this.text.indexOf('"', at);
      if (close < 0 || close >= this.end) {
        this.fail(rule);
        return '';
      }
      if (close + 1 >= this.end || this.text.charCodeAt(close + 1) !== QUOTE) {
        value += this.text.slice(at, close);
        this.at = close + 1;
        return value;
      }
      value += this.text.slice(at, close + 1);
      at = close + 2;
    }
  }

  /** Everything up to the end; white space at the end is off already. */
  rest(): string {
    const text = this.text.slice(this.at, this.end);
    this.at = this.end;
    return text;
  }

  /** Items between commas, at least one; white space around commas is passed over. */
  list<Item>(read: () => Item): Item[] {
    const items: Item[] = [];
    do {
      this.skipWhite();
      items.push(read());
      this.skipWhite();
    } while (this.take(','));
    return items;
  }

  /** As `list`; none where nothing is left. */
  optionalList<Item>(read: () => Item): Item[] {
    return this.done ? [] : this.list(read);
  }

  /** Whether everything was read and fitted; what is left over does not fit. */
  finish(): boolean {
    this.skipWhite();
    if (!this.done) this.fail('parameter.rest');
    return this.problem === undefined;
  }

  fail(rule: string, code: number = PROTOCOL_ERROR): void {
    this.failAt(this.at, rule, code);
  }

  /** As `fail`, for something that was read already. */
  failAt(offset: number, rule: string, code: number = PROTOCOL_ERROR): void {
    this.problem ??= { code, rule, offset };
    this.at = this.end;
  }
}
