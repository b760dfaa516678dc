// Number patterns of the configuration as a digit map of H.248, and the judgement of what was dialled against them (RFC 3525
// §7.1.14). All alternatives are matched at once, and what could still go on waits for the short timer by itself: a
// pattern is an alternative as it stands, but for the keys `*` and `#`, which are E and F.
import { type DialResult, NumberPlan } from '@altpath/call-control';
import type { DigitMapValue } from '../message/index.js';
import type { DialPlan } from './line-facts.js';

/** Seconds until the first digit, after a whole number that could be longer, and after the beginning of one. */
const TIMERS = { start: 16, short: 4, long: 16 } as const;
/** What gateways surely take. */
export const USUAL_MAP_LENGTH = 2_048;

/**
 * @param written  A map that the configuration gives for this gateway: a body, or timers and body as text writes them. What
 *                 it lets through is judged by the patterns all the same.
 */
export function dialPlanOf(patterns: readonly string[], written?: string): DialPlan {
  const numbers = new NumberPlan(Object.fromEntries(patterns.map((pattern) => [pattern, 'registrar'])));
  return { numbers, digitMap: (written === undefined ? undefined : parseWritten(written)) ?? { ...TIMERS, body: digitMapOf(patterns) } };
}

/**
 * The map of number patterns. Those that differ in one place are written as one with a range, which changes nothing; where
 * the map is still too long, places are widened from behind until it fits: then it lets through numbers that no pattern has.
 *
 * @param patterns   Those with a character that no telephone dials are left out.
 * @param maxLength  Never exceeded, down to the 5 characters of the widest map.
 */
export function digitMapOf(patterns: readonly string[], maxLength = USUAL_MAP_LENGTH): string {
  const alternatives = [...new Set(patterns)].filter(isDiallable).map(placesOf);
  const longest = Math.max(0, ...alternatives.map((places) => places.length));
  for (let kept = longest; kept > 0; kept -= 1) {
    const body = `(${merged(alternatives.map((places) => widened(places, kept)))
      .map(formatAlternative)
      .join('|')})`;
    if (body.length <= maxLength) return body;
  }
  return WIDEST_MAP;
}

/**
 * What a completed digit map says (E.6.2).
 *
 * @param collected  `ds`: digit map symbols.
 * @param method     `Meth`: UM, FM or PM; a word that is none of them counts as PM.
 */
export function judge(
  collected: string,
  method: string | undefined,
  { numbers }: DialPlan,
): { readonly digits: string; readonly result: DialResult } {
  const all = keysOf(collected);
  const isNumber = (digits: string): boolean => ['complete', 'extensible'].includes(numbers.verdict(digits));
  // `#` says "that was all" where no pattern has it.
  const digits = !isNumber(all) && all.length > 1 && all.endsWith('#') ? all.slice(0, -1) : all;
  const isMatch = method === 'UM' || method === 'FM' || isNumber(digits);
  return { digits, result: isMatch ? 'match' : numbers.verdict(digits) === 'partial' ? 'timeout' : 'no-match' };
}

/** Any digits, until the user pauses. */
const WIDEST_MAP = '(xx.)';

/** For each place the symbols that may stand there, in the order of `SYMBOLS`; a last empty place is a dot: any more digits. */
type Places = readonly string[];

const ANY_DIGIT = '0123456789';
const SYMBOLS = `${ANY_DIGIT}EF`;
const REST = '';

function isDiallable(pattern: string): boolean {
  return /^[0-9x*#]*\.?$/i.test(pattern) && pattern !== '';
}

function placesOf(pattern: string): Places {
  return [...pattern.toLowerCase()].map((key) => (key === '.' ? REST : key === 'x' ? ANY_DIGIT : key.replace('*', 'E').replace('#', 'F')));
}

/** Leaves the first places as they are and lets any digit stand in the others; `*` and `#` stay what they are. */
function widened(places: Places, kept: number): Places {
  return places.map((place, at) => (at < kept || place === REST || /[EF]/.test(place) ? place : ANY_DIGIT));
}

/** Joins alternatives that differ in one place only, until there are none. */
function merged(alternatives: readonly Places[]): readonly Places[] {
  let list: readonly Places[] = alternatives;
  for (let before = -1; before !== list.length;) {
    before = list.length;
    const longest = Math.max(0, ...list.map((places) => places.length));
    for (let at = longest - 1; at >= 0; at -= 1) list = mergedAt(list, at);
  }
  return list;
}

function mergedAt(alternatives: readonly Places[], at: number): readonly Places[] {
  const groups = new Map<string, Places>();
  for (const places of alternatives) {
    const place = places[at];
    const key = places.map((each, index) => (index === at && place !== REST ? '?' : each)).join(' ');
    const other = groups.get(key)?.[at];
    const joined = [...SYMBOLS].filter((symbol) => place?.includes(symbol) || other?.includes(symbol)).join('');
    groups.set(
      key,
      places.map((each, index) => (index === at ? joined : each)),
    );
  }
  return [...groups.values()];
}

function formatAlternative(places: Places): string {
  // `x.` may be no digit at all; nothing dialled must not be a number.
  if (places.join('') === '') return 'xx.';
  return places.map((place) => (place === REST ? 'x.' : formatPlace(place))).join('');
}

/** `5`, `x`, `[1-46E]`. */
function formatPlace(place: string): string {
  if (place === ANY_DIGIT) return 'x';
  if (place.length === 1) return place;
  return `[${place.replace(RUNS, (run) => `${run.charAt(0)}-${run.charAt(run.length - 1)}`)}]`;
}

/** Three and more digits that follow each other. */
const RUNS = new RegExp(
  [...ANY_DIGIT]
    .flatMap((_, from) => [...ANY_DIGIT].map((__, to) => ANY_DIGIT.slice(from, to + 1)))
    .filter((run) => run.length > 2)
    .sort((a, b) => b.length - a.length)
    .join('|'),
  'g',
);

/** `T:16,S:4,L:16,(100x|9x.)`; undefined when it is no such thing. */
function parseWritten(text: string): DigitMapValue | undefined {
  const match = /^((?:[TSLZ]:\d{1,2},)*)([^,:]+)$/i.exec(text.replace(/\s+/g, ''));
  if (match?.[2] === undefined) return undefined;
  const timers = Object.fromEntries(
    (match[1] ?? '').split(',').flatMap((timer) => {
      const name = TIMER_NAMES[timer.charAt(0).toUpperCase()];
      return name === undefined ? [] : [[name, Number(timer.slice(2))]];
    }),
  ) as Omit<DigitMapValue, 'body'>;
  return { ...TIMERS, ...timers, body: match[2] };
}

const TIMER_NAMES: Readonly<Record<string, keyof Omit<DigitMapValue, 'body'>>> = { T: 'start', S: 'short', L: 'long', Z: 'duration' };

/** Keys of the telephone from digit map symbols; Z marks a long press, and letters that are no keys here are left out. */
function keysOf(symbols: string): string {
  return symbols
    .toUpperCase()
    .replaceAll('E', '*')
    .replaceAll('F', '#')
    .replace(/[^0-9*#]/g, '');
}
