// Digit maps of H.248: which strings of digits a caller may dial (RFC 3525 §7.1.14). A map is a set of alternatives,
// matched all at once, one symbol after the other: no backtracking, each symbol costs at most the length of the map.
// Time is the collector's; here only which timer it is that a string waits under.

/** A symbol that was dialled: `0`..`9`, `A`..`K`. In package dd `E` is the star and `F` the hash (E.6.2). */
export type DigitSymbol = string;

/** One position of an alternative. */
interface Position {
  readonly symbols: string;
  /** `.`: any number of them, none included. */
  readonly repeats: boolean;
  /** `Z`: only an event of long duration satisfies it. */
  readonly isLong: boolean;
}

interface Alternative {
  readonly positions: readonly Position[];
  /** One for each place between positions: the timer that was written last before it. */
  readonly timers: readonly (InterEventTimer | undefined)[];
}

/** `S` and `L` (§7.1.14.2). */
export type InterEventTimer = 'short' | 'long';

export interface DigitMap {
  readonly alternatives: readonly Alternative[];
}

/** Longer ones are refused: no dialling plan of a line needs them. */
const MAX_LENGTH = 16_384;

/**
 * Reads the body of a digit map: one string, or a list of them in parentheses. Letters count without case.
 *
 * @returns undefined for what is none: unbalanced parentheses, an empty alternative, a dot or a Z without its symbol, a
 *          range that falls, a character that is no digit map letter.
 */
export function parseDigitMap(body: string): DigitMap | undefined {
  const map = body.replace(/\s+/g, '').toUpperCase();
  if (map.length === 0 || map.length > MAX_LENGTH) return undefined;
  const isList = map.startsWith('(');
  if (isList !== map.endsWith(')')) return undefined;
  const alternatives = (isList ? map.slice(1, -1).split('|') : [map]).map(parseAlternative);
  return alternatives.every((each) => each !== undefined) ? { alternatives } : undefined;
}

const EVENT_SYMBOL = /^[0-9A-K]$/;
const TIMERS: Readonly<Record<string, InterEventTimer>> = { S: 'short', L: 'long' };

function parseAlternative(text: string): Alternative | undefined {
  const positions: Position[] = [];
  const timers: (InterEventTimer | undefined)[] = [undefined];
  let isLong = false;
  for (let at = 0; at < text.length;) {
    const letter = text.charAt(at);
    const timer = TIMERS[letter];
    if (timer !== undefined) {
      timers[positions.length] = timer;
      at += 1;
    } else if (letter === 'Z' && !isLong) {
      isLong = true;
      at += 1;
    } else {
      const selector = selectorAt(text, at);
      if (selector === undefined) return undefined;
      at = selector.end;
      const repeats = text[at] === '.';
      if (repeats) at += 1;
      positions.push({ symbols: selector.symbols, repeats, isLong });
      timers.push(timers.at(-1));
      isLong = false;
    }
  }
  return positions.length === 0 || isLong ? undefined : { positions, timers };
}

function selectorAt(text: string, at: number): { readonly symbols: string; readonly end: number } | undefined {
  const letter = text.charAt(at);
  if (letter !== '[') {
    if (letter === 'X') return { symbols: DIGITS, end: at + 1 };
    return EVENT_SYMBOL.test(letter) ? { symbols: letter, end: at + 1 } : undefined;
  }
  const close = text.indexOf(']', at);
  const symbols = close < 0 ? undefined : parseRange(text.slice(at + 1, close));
  return symbols === undefined ? undefined : { symbols, end: close + 1 };
}

const DIGITS = '0123456789';

/** `1-7`, `0-9EF`, `25A`. The grammar has spans of digits only; spans of letters, which §7.1.14.3 hints at, are taken too. */
function parseRange(text: string): string | undefined {
  let symbols = '';
  for (let at = 0; at < text.length; at += 1) {
    const first = text.charAt(at);
    if (!EVENT_SYMBOL.test(first)) {
      if (first !== 'X') return undefined;
      symbols += DIGITS;
    } else if (text[at + 1] === '-') {
      const last = text.charAt(at + 2);
      if (!EVENT_SYMBOL.test(last) || isDigit(first) !== isDigit(last) || last < first) return undefined;
      for (let code = first.charCodeAt(0); code <= last.charCodeAt(0); code += 1) symbols += String.fromCharCode(code);
      at += 2;
    } else {
      symbols += first;
    }
  }
  return symbols === '' ? undefined : symbols;
}

function isDigit(symbol: string): boolean {
  return symbol >= '0' && symbol <= '9';
}

/**
 * What a symbol made of the string:
 * `open`: go on, or wait; `unambiguous`: one alternative is complete and nothing can be added;
 * `impossible`: no alternative goes on with this symbol, which is not part of the string.
 */
export type DigitMapResult = 'open' | 'unambiguous' | 'impossible';

/** Follows what is dialled through a map (§7.1.14.5). */
export class DigitMapMatcher {
  readonly #alternatives: readonly Alternative[];
  /** For each alternative the positions that may come next; its length stands for "complete". Empty: no candidate any more. */
  #open: (readonly number[])[];
  #dialled = '';

  constructor(map: DigitMap) {
    this.#alternatives = map.alternatives;
    this.#open = map.alternatives.map(({ positions }) => closure(positions, [0]));
  }

  /** The current dial string; `Z` stands before a symbol whose length mattered. */
  get dialled(): string {
    return this.#dialled;
  }

  /** Some alternative is fully satisfied by what was dialled. */
  get isSatisfied(): boolean {
    return this.#open.some((places, index) => places.includes(this.#lengthOf(index)));
  }

  /** The timer that the string waits under now, once something was dialled (§7.1.14.2, §7.1.14.3). */
  get timer(): InterEventTimer {
    const explicit = new Set<InterEventTimer>();
    this.#open.forEach((places, index) => {
      // Where several places of one alternative are open, the last says what was written last.
      const place = places.at(-1);
      const timer = place === undefined ? undefined : this.#alternatives[index]?.timers[place];
      if (timer !== undefined) explicit.add(timer);
    });
    if (explicit.has('long')) return 'long';
    return explicit.has('short') || this.isSatisfied ? 'short' : 'long';
  }

  /**
   * Takes one symbol.
   *
   * @param isLong  The event lasted longer than the long-duration threshold.
   */
  feed(symbol: DigitSymbol, isLong = false): DigitMapResult {
    const letter = symbol.toUpperCase();
    const long = isLong ? this.#step(letter, true) : [];
    // §7.1.14.5 rule 4: a long event that some alternative asked for drops all that did not.
    const isLongHere = long.some((places) => places.length > 0);
    const open = isLongHere ? long : this.#step(letter, false);
    if (!open.some((places) => places.length > 0)) return 'impossible';
    this.#open = open;
    this.#dialled += isLongHere ? `Z${letter}` : letter;
    const goesOn = open.some((places, index) => places.some((place) => place < this.#lengthOf(index)));
    return goesOn ? 'open' : 'unambiguous';
  }

  #step(letter: string, wantsLong: boolean): (readonly number[])[] {
    return this.#alternatives.map(({ positions }, index) => {
      const next: number[] = [];
      for (const at of this.#open[index] ?? []) {
        const position = positions[at];
        if (position?.isLong === wantsLong && position.symbols.includes(letter)) next.push(position.repeats ? at : at + 1);
      }
      return next.length === 0 ? next : closure(positions, next);
    });
  }

  #lengthOf(index: number): number {
    return this.#alternatives[index]?.positions.length ?? 0;
  }
}

/** Adds the positions that can be reached by leaving out repetitions. Sorted, no doubles. */
function closure(positions: readonly Position[], places: readonly number[]): readonly number[] {
  const reached = new Set<number>();
  for (const place of places) {
    for (let at = place; !reached.has(at); at += 1) {
      reached.add(at);
      if (at >= positions.length || !positions[at]?.repeats) break;
    }
  }
  return [...reached].toSorted((a, b) => a - b);
}
