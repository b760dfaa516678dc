// The number plan: which targets a dialled number has. Patterns are those of `numbers` in the configuration: digits,
// `x` for any one digit, a last `.` for any rest. Digit maps are made from the patterns by the protocols.
import { match } from 'ts-pattern';
import type { LineName } from './half-call.js';

/** Where a number leads. */
export type Target =
  | { readonly kind: 'line'; readonly line: LineName }
  | { readonly kind: 'registrar' }
  | { readonly kind: 'sip'; readonly uri: string }
  | { readonly kind: 'group'; readonly name: string };

/** The value of a `numbers` entry: a target, a list tried in order, or an object of which `to` is read here. */
export type NumberRule = string | readonly string[] | { readonly to: string | readonly string[] };

/** What a number was found to be. */
export interface NumberMatch {
  readonly pattern: string;
  /** In the order in which they are tried; never empty. */
  readonly targets: readonly Target[];
}

/**
 * What collected digits are. `complete`: a number, and none is longer; `extensible`: a number, but a longer one begins like it;
 * `partial`: the beginning of a number; `no-match`: no number begins like this.
 */
export type DigitsVerdict = 'complete' | 'extensible' | 'partial' | 'no-match';

interface Entry {
  readonly pattern: string;
  /** The pattern without its last `.`. */
  readonly head: string;
  readonly open: boolean;
  /** Length of what stands before the first `x` or `.`. */
  readonly literal: number;
  readonly targets: readonly Target[];
}

/** @returns `true` for digits (`0-9 * # +`) and `x`, at least one of them or of `.`, which may only stand last. */
export function isNumberPattern(text: string): boolean {
  return /^\+?[0-9*#x]*\.?$/i.test(text) && text !== '' && text !== '+';
}

/** Reads a target as the configuration writes it: `LINE@GATEWAY`, `registrar`, `sip:…`, `group:NAME`. */
export function parseTarget(text: string): Target {
  if (text === 'registrar') return { kind: 'registrar' };
  if (/^sips?:/i.test(text)) return { kind: 'sip', uri: text };
  if (text.startsWith('group:')) return { kind: 'group', name: text.slice('group:'.length) };
  return { kind: 'line', line: text };
}

/** The target as the configuration writes it. */
export function formatTarget(target: Target): string {
  return match(target)
    .with({ kind: 'line' }, ({ line }) => line)
    .with({ kind: 'registrar' }, () => 'registrar')
    .with({ kind: 'sip' }, ({ uri }) => uri)
    .with({ kind: 'group' }, ({ name }) => `group:${name}`)
    .exhaustive();
}

/** The numbers of a cluster. Built once a configuration; answers by walking its patterns, best first. */
export class NumberPlan {
  readonly #entries: readonly Entry[];
  readonly #numberOf = new Map<LineName, string>();
  /** As the configuration writes them, best match first: what digit maps are made from. */
  readonly patterns: readonly string[];

  /** @throws RangeError for a pattern that is none, or an entry without a target: configuration has checked it before. */
  constructor(numbers: Readonly<Record<string, NumberRule>>) {
    const entries = Object.entries(numbers).map(([pattern, rule]) => entryOf(pattern, rule));
    // The longest literal prefix wins; among equals the longer and the closed one, then the first of the file.
    this.#entries = entries.sort((a, b) => b.literal - a.literal || Number(a.open) - Number(b.open) || b.head.length - a.head.length);
    this.patterns = this.#entries.map(({ pattern }) => pattern);
    for (const { pattern, targets } of entries) {
      const [first] = targets;
      if (first?.kind === 'line' && isLiteral(pattern) && !this.#numberOf.has(first.line)) this.#numberOf.set(first.line, pattern);
    }
  }

  /** The best entry for a whole number; undefined when there is none. */
  find(digits: string): NumberMatch | undefined {
    const entry = this.#entries.find((each) => matches(each, digits));
    return entry && { pattern: entry.pattern, targets: entry.targets };
  }

  /** What these digits are, as collected so far. */
  verdict(digits: string): DigitsVerdict {
    const whole = this.#entries.some((each) => matches(each, digits));
    const longer = this.#entries.some((each) => begins(each, digits));
    if (whole) return longer ? 'extensible' : 'complete';
    return longer ? 'partial' : 'no-match';
  }

  /** The number under which a line is called: the first literal number of which it is the first target. */
  numberOf(line: LineName): string | undefined {
    return this.#numberOf.get(line);
  }
}

function entryOf(pattern: string, rule: NumberRule): Entry {
  if (!isNumberPattern(pattern)) throw new RangeError(`not a number pattern: ${pattern}`);
  const to = typeof rule === 'object' && 'to' in rule ? rule.to : rule;
  const targets = (typeof to === 'string' ? [to] : to).map(parseTarget);
  if (targets.length === 0) throw new RangeError(`a number without target: ${pattern}`);
  const open = pattern.endsWith('.');
  const head = (open ? pattern.slice(0, -1) : pattern).toLowerCase();
  const wild = head.indexOf('x');
  return { pattern, head, open, literal: wild < 0 ? head.length : wild, targets };
}

function isLiteral(pattern: string): boolean {
  return !/[x.]/i.test(pattern);
}

/** The digits are a whole number of this entry. */
function matches({ head, open }: Entry, digits: string): boolean {
  if (digits.length < head.length || (digits.length > head.length && !open)) return false;
  return digits !== '' && agrees(head, digits);
}

/** A longer number of this entry begins with the digits. */
function begins({ head, open }: Entry, digits: string): boolean {
  return (digits.length < head.length || open) && agrees(head, digits);
}

/** As far as both go, digit for digit. */
function agrees(head: string, digits: string): boolean {
  const length = Math.min(head.length, digits.length);
  for (let at = 0; at < length; at += 1) {
    const wanted = head.charCodeAt(at);
    const given = digits.charCodeAt(at);
    if (wanted === ANY ? given < ZERO || given > NINE : wanted !== given) return false;
  }
  return true;
}

const ANY = 0x78; // x
const ZERO = 0x30;
const NINE = 0x39;
