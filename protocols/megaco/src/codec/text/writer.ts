// The hand that writes: tokens, blocks, lists and indentation in one of two styles. It knows no descriptor.
import { CLASS, isAll, QUOTE, SAFE, SPACE, TAB } from './characters.js';
import type { Token } from './tokens.js';

/** `pretty`: long tokens, one thing a line. `compact`: short tokens, no blanks. */
export type TextStyle = 'pretty' | 'compact';

export class Writer {
  text = '';
  readonly #pretty: boolean;
  #line = '\n';

  constructor(style: TextStyle) {
    this.#pretty = style === 'pretty';
  }

  /** Adds text as it is. */
  add(text: string): void {
    this.text += text;
  }

  /** Octets between braces that are not read: a brace is escaped, and a backslash does not stand in front of the last. */
  raw(text: string): void {
    this.text += text.includes('}') ? text.replaceAll('}', '\\}') : text;
    if (text.endsWith('\\')) this.text += ' ';
  }

  token(token: Token): void {
    this.text += this.#pretty ? token.long : token.short;
  }

  equal(): void {
    this.text += this.#pretty ? ' = ' : '=';
  }

  /** `token = ` */
  assign(token: Token): void {
    this.token(token);
    this.equal();
  }

  open(): void {
    if (this.#pretty) {
      this.#line += '  ';
      this.text += ` {${this.#line}`;
    } else this.text += '{';
  }

  close(): void {
    if (this.#pretty) {
      this.#line = this.#line.slice(0, -2);
      this.text += `${this.#line}}`;
    } else this.text += '}';
  }

  comma(): void {
    this.text += this.#pretty ? `,${this.#line}` : ',';
  }

  /** A line end in both styles, without indentation. */
  newLine(): void {
    this.text += '\n';
  }

  empty(): void {
    this.text += this.#pretty ? ' { }' : '{}';
  }

  /** `item, item` */
  list<T>(items: readonly T[], write: (w: Writer, item: T) => void): void {
    for (let i = 0; i < items.length; i += 1) {
      if (i > 0) this.comma();
      write(this, items[i] as T);
    }
  }

  /** `{ item, item }` */
  block<T>(items: readonly T[], write: (w: Writer, item: T) => void): void {
    this.open();
    this.list(items, write);
    this.close();
  }

  /** A string in quotes. What the grammar forbids in one becomes `'` for a quote and a blank for a control character. */
  quoted(text: string): void {
    this.text += `"${isQuotable(text) ? text : Array.from(text, quotable).join('')}"`;
  }

  /** A bare word where the grammar has one for it, else a string. */
  wordOrQuoted(text: string): void {
    if (text !== '' && isAll(text, SAFE)) this.text += text;
    else this.quoted(text);
  }
}

function isQuotable(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (((CLASS[code] ?? 0) & SAFE) === 0 && (code === QUOTE || isControl(code))) return false;
  }
  return true;
}

function quotable(character: string): string {
  if (character === '"') return "'";
  return isControl(character.charCodeAt(0)) ? ' ' : character;
}

function isControl(code: number): boolean {
  return (code < SPACE && code !== TAB) || code === 0x7f;
}

/**
 * The parts of one `{ a, b, c }` of which any may be absent: `begin` before each part that is there writes the brace or
 * the comma, `end` the closing brace. With no part there nothing is written.
 */
export class Parts {
  #any = false;

  constructor(readonly w: Writer) {}

  begin(): Writer {
    if (this.#any) this.w.comma();
    else this.w.open();
    this.#any = true;
    return this.w;
  }

  end(): void {
    if (this.#any) this.w.close();
  }
}
