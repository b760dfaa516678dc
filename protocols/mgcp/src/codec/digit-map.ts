// Digit maps: how many digits make a number (RFC 3435 §2.1.5; letter P: RFC 3660 §2.7). A map is a set of alternatives,
// matched all at once, one symbol after the other: no backtracking, each symbol costs at most the length of the map.

/** A symbol that was dialled: `0`..`9`, `A`..`D`, `*`, `#`, or `T` for the timer. Other letters belong to extensions. */
export type DigitSymbol = string;

/** One position of an alternative: the symbols it takes, and whether any number of them (`.`). */
interface Position {
  readonly symbols: string;
  readonly repeats: boolean;
}

interface Alternative {
  readonly positions: readonly Position[];
  /** P: counts as a match only while no other alternative could go on. */
  readonly waits: boolean;
}

export interface DigitMap {
  readonly alternatives: readonly Alternative[];
  /** Extension letters in it, upper case, P left out: who does not know them answers 537. */
  readonly extensionLetters: string;
}

/** Longest map that is read: RFC 3435 §2.1.5 recommends that gateways take at least 2048 bytes. */
const MAX_LENGTH = 16_384;

/**
 * Reads a digit map.
 *
 * @returns undefined for what is none: unbalanced parentheses, an empty alternative, a subrange of other than two digits
 *          (or two of A to D), a character that is no digit map letter.
 */
export function parseDigitMap(text: string): DigitMap | undefined {
  const map = text.trim().toUpperCase();
  if (map.length === 0 || map.length > MAX_LENGTH) return undefined;
  const isList = map.startsWith('(');
  if (isList !== map.endsWith(')')) return undefined;
  const alternatives: Alternative[] = [];
  for (const part of (isList ? map.slice(1, -1) : map).split('|')) {
    // A lone string has no bars around which others could stand.
    const alternative = parseAlternative(part.trim());
    if (alternative === undefined || (!isList && alternatives.length > 0)) return undefined;
    alternatives.push(alternative);
  }
  const letters = new Set(
    alternatives.flatMap(({ positions }) => positions.flatMap(({ symbols }) => [...symbols.replace(/[0-9A-DT#*]/g, '')])),
  );
  return { alternatives, extensionLetters: [...letters].join('') };
}

/** Whether a text is a digit map by the grammar, extension letters included. */
export function isDigitMap(text: string): boolean {
  return parseDigitMap(text) !== undefined;
}

const LETTER = /^[0-9A-Z#*]$/;

function parseAlternative(text: string): Alternative | undefined {
  const positions: Position[] = [];
  let waits = false;
  let at = 0;
  while (at < text.length) {
    const letter = text.charAt(at);
    let symbols: string | undefined;
    if (letter === '[') {
      const close = text.indexOf(']', at);
      symbols = close < 0 ? undefined : parseRange(text.slice(at + 1, close));
      at = close + 1;
    } else {
      symbols = LETTER.test(letter) ? symbolsOf(letter) : undefined;
      at += 1;
    }
    if (symbols === undefined) return undefined;
    waits = symbols === 'P' && at === text.length;
    const repeats = text[at] === '.';
    if (repeats) at += 1;
    if (!waits) positions.push({ symbols, repeats });
  }
  return positions.length === 0 ? undefined : { positions, waits };
}

function symbolsOf(letter: string): string {
  return letter === 'X' ? '0123456789' : letter;
}

function parseRange(text: string): string | undefined {
  let symbols = '';
  for (let at = 0; at < text.length; at += 1) {
    const first = text.charAt(at);
    if (text[at + 1] === '-') {
      const last = text.charAt(at + 2);
      const isSpan = (isDigit(first) && isDigit(last)) || (/[A-D]/.test(first) && /[A-D]/.test(last));
      if (!isSpan || last < first) return undefined;
      for (let code = first.charCodeAt(0); code <= last.charCodeAt(0); code += 1) symbols += String.fromCharCode(code);
      at += 2;
    } else if (LETTER.test(first)) {
      symbols += symbolsOf(first);
    } else {
      return undefined;
    }
  }
  return symbols === '' ? undefined : symbols;
}

function isDigit(text: string): boolean {
  return text.length === 1 && text >= '0' && text <= '9';
}

/**
 * What the digits so far are:
 * `partial`: more symbols are needed, a timer alone would not do (T-partial);
 * `partial-could-match`: the timer alone would complete a match, or an alternative that waits for others has matched (T-critical);
 * `match`: one alternative is complete;
 * `no-match`: nothing that follows can make a match. With `match` and `no-match` what was gathered is reported.
 */
export type DigitMapResult = 'partial' | 'partial-could-match' | 'match' | 'no-match';

/** Follows what is dialled through a map. */
export class DigitMapMatcher {
  readonly #alternatives: readonly Alternative[];
  /** For each alternative, the positions that may come next; its length stands for "complete". */
  #open: (readonly number[])[];
  #result: DigitMapResult = 'partial';

  constructor(map: DigitMap) {
    this.#alternatives = map.alternatives;
    this.#open = this.#start();
  }

  /** The outcome of the last symbol; `partial` before the first. */
  get result(): DigitMapResult {
    return this.#result;
  }

  /** Takes one symbol, letters without case, and says what the string is now. After an end nothing changes any more. */
  feed(symbol: DigitSymbol): DigitMapResult {
    if (this.#result === 'match' || this.#result === 'no-match') return this.#result;
    const open = this.#step(symbol.toUpperCase());
    this.#result = this.#judge(open);
    this.#open = open;
    return this.#result;
  }

  /** Forgets what was dialled. */
  reset(): void {
    this.#open = this.#start();
    this.#result = 'partial';
  }

  #start(): (readonly number[])[] {
    return this.#alternatives.map((alternative) => closure(alternative, [0]));
  }

  #step(symbol: string): (readonly number[])[] {
    return this.#alternatives.map((alternative, i) => {
      const next: number[] = [];
      for (const at of this.#open[i] ?? []) {
        const position = alternative.positions[at];
        if (position?.symbols.includes(symbol)) next.push(position.repeats ? at : at + 1);
      }
      return next.length === 0 ? next : closure(alternative, next);
    });
  }

  #judge(open: readonly (readonly number[])[]): DigitMapResult {
    let complete = false;
    let waiting = 0;
    let goingOn = 0;
    for (let i = 0; i < open.length; i += 1) {
      const { positions, waits } = this.#alternatives[i] as Alternative;
      const places = open[i] as readonly number[];
      const isComplete = places.includes(positions.length);
      if (isComplete && !waits) complete = true;
      if (isComplete && waits) waiting += 1;
      // RFC 3660 §2.7: a waiting alternative yields to others, not to a longer form of itself.
      else if (places.length > 0) goingOn += 1;
    }
    if (complete) return 'match';
    if (goingOn === 0) return waiting > 0 ? 'match' : 'no-match';
    if (waiting > 0) return 'partial-could-match';
    return this.#timerMatches(open) ? 'partial-could-match' : 'partial';
  }

  #timerMatches(open: readonly (readonly number[])[]): boolean {
    return this.#alternatives.some(({ positions }, i) =>
      (open[i] ?? []).some((at) => {
        if (!positions[at]?.symbols.includes('T')) return false;
        // Behind the timer only what may be left out.
        for (let rest = at + 1; rest < positions.length; rest += 1) if (!positions[rest]?.repeats) return false;
        return true;
      }),
    );
  }
}

/** Adds the positions that can be reached by leaving out repetitions. Sorted, no doubles. */
function closure(alternative: Alternative, places: readonly number[]): readonly number[] {
  const { positions } = alternative;
  const reached: number[] = [];
  let last = -1;
  for (const place of places) {
    if (place <= last) continue;
    for (let at = place; ; at += 1) {
      reached.push(at);
      last = at;
      if (at >= positions.length || !positions[at]?.repeats) break;
    }
  }
  return reached;
}
