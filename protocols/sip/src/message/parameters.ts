// Parameters of Via, of addresses and of URIs: `;name=value` lists, kept as text and read when somebody asks.
// Names are compared without case (RFC 3261 §7.3.1).
import { trimmed, unquote } from './characters.js';

/**
 * A parameter list. `get` gives the value with the quotes of a quoted string taken off; `null` is a flag without a
 * value, `undefined` an absent parameter. `entries` and `text` give everything as written, quotes included.
 */
export interface Parameters {
  /** `;a;b=c` as written; empty when there are none. */
  readonly text: string;
  get(name: string): string | null | undefined;
  has(name: string): boolean;
  /** Names in lower case with values as written, in order. */
  entries(): [string, string | null][];
  /** The text without the parameters named (lower case), otherwise as written, white space at separators removed. */
  without(names: readonly string[]): string;
}

class ParameterList implements Parameters {
  private list: [string, string | null][] | undefined = undefined;

  constructor(readonly text: string) {}

  get(name: string): string | null | undefined {
    const wanted = name.toLowerCase();
    for (const [key, value] of this.entries()) if (key === wanted) return value === null ? null : unquote(value);
    return undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  entries(): [string, string | null][] {
    this.list ??= split(this.text);
    return this.list;
  }

  without(names: readonly string[]): string {
    let rest = '';
    for (const part of parts(this.text)) {
      const equals = part.indexOf('=');
      const name = trimmed(equals < 0 ? part : part.slice(0, equals)).toLowerCase();
      if (name !== '' && !names.includes(name)) rest += `;${trimmed(part)}`;
    }
    return rest;
  }
}

function split(text: string): [string, string | null][] {
  const list: [string, string | null][] = [];
  for (const part of parts(text)) {
    const equals = part.indexOf('=');
    const name = trimmed(equals < 0 ? part : part.slice(0, equals)).toLowerCase();
    if (name !== '') list.push([name, equals < 0 ? null : trimmed(part.slice(equals + 1))]);
  }
  return list;
}

/** What stands between the semicolons that are in no quoted string. */
function parts(text: string): string[] {
  if (!text.includes('"')) return text.split(';');
  const found: string[] = [];
  let quoted = false;
  let from = 0;
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i];
    if (character === '\\' && quoted) i += 1;
    else if (character === '"') quoted = !quoted;
    else if (character === ';' && !quoted) {
      found.push(text.slice(from, i));
      from = i + 1;
    }
  }
  found.push(text.slice(from));
  return found;
}

/** No parameters. */
export const NO_PARAMETERS: Parameters = new ParameterList('');

/** @param text  `;a;b=c`, empty for none. Nothing is checked: readers of messages have walked over it before. */
export function parametersOf(text: string): Parameters {
  return text === '' ? NO_PARAMETERS : new ParameterList(text);
}
