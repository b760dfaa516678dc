// Number patterns of the configuration as an MGCP digit map, and the judgement of what was dialled against them
// (RFC 3435 §2.1.5). A pattern is digits, `x` for any one digit and `.` at its end for any rest; the longest literal
// beginning wins. A map fires at its shortest match, so a pattern that a more specific one goes on from waits for the timer T.
import type { DialPlan } from './line-facts.js';

/** RFC 3435 §2.1.5: gateways should take maps of this size. */
export const USUAL_MAP_BYTES = 2_048;

/** @param maxBytes  The longest map that the gateway takes. */
export function dialPlanOf(patterns: readonly string[], maxBytes = USUAL_MAP_BYTES): DialPlan {
  return { patterns, digitMap: digitMapOf(patterns, maxBytes) };
}

/**
 * The digit map of number patterns. Patterns that differ in one place are written as one with a range, which changes
 * nothing; where the map is still too long, digits are widened from behind until it fits: then it lets through numbers
 * that no pattern has, and whoever gets them says so.
 *
 * @param patterns  Those with a character that no telephone dials are left out.
 * @returns never longer than `maxBytes`, down to the 8 bytes of the widest map.
 */
export function digitMapOf(patterns: readonly string[], maxBytes = USUAL_MAP_BYTES): string {
  const strings = [...new Set(patterns)].filter(isDiallable).map(parsePattern);
  if (strings.length === 0) return WIDEST_MAP;
  const longest = Math.max(...strings.map((string) => string.places.length));
  for (let kept = longest; kept >= 0; kept -= 1) {
    const text = formatMap(merged(withTimers(strings.map((string) => widened(string, kept)))));
    if (text.length <= maxBytes) return text;
  }
  return WIDEST_MAP;
}

/** Whether a dial string is a number of some pattern, whole. */
export function isComplete(digits: string, patterns: readonly string[]): boolean {
  return digits !== '' && patterns.some((pattern) => fits(digits, pattern));
}

/** Anything, until the user pauses. */
const WIDEST_MAP = '(xx.T)';

/** One string of a map: for each place the symbols that may stand there, in the order of `SYMBOLS`. */
interface DialString {
  readonly places: readonly string[];
  /** Any more digits may follow. */
  readonly rest: boolean;
  /** How many places, from the front, stand for one digit alone: the pattern's rank. */
  readonly literal: number;
}

interface MapEntry extends DialString {
  /** Complete only when the user pauses. */
  readonly timer: boolean;
}

const SYMBOLS = '0123456789*#ABCD';
const ANY_DIGIT = '0123456789';

function isDiallable(pattern: string): boolean {
  return /^[0-9xX*#A-Da-d]*\.?$/.test(pattern) && pattern !== '';
}

function parsePattern(pattern: string): DialString {
  const rest = pattern.endsWith('.');
  const places = [...(rest ? pattern.slice(0, -1) : pattern).toUpperCase()].map((symbol) => (symbol === 'X' ? ANY_DIGIT : symbol));
  return { places, rest, literal: literalLength(places) };
}

function literalLength(places: readonly string[]): number {
  const firstOpen = places.findIndex((place) => place.length > 1);
  return firstOpen < 0 ? places.length : firstOpen;
}

function fits(digits: string, pattern: string): boolean {
  if (!isDiallable(pattern)) return false;
  const rest = pattern.endsWith('.');
  const length = rest ? pattern.length - 1 : pattern.length;
  if (digits.length < length || (!rest && digits.length > length)) return false;
  for (let at = 0; at < length; at += 1) {
    const symbol = pattern.charAt(at).toUpperCase();
    const digit = digits.charAt(at);
    if (symbol === 'X' ? !ANY_DIGIT.includes(digit) : symbol !== digit) return false;
  }
  // The rest is digits, as the map has it.
  for (let at = length; at < digits.length; at += 1) if (!ANY_DIGIT.includes(digits.charAt(at))) return false;
  return true;
}

/** Marks what is complete only when the user pauses. */
function withTimers(strings: readonly DialString[]): MapEntry[] {
  const longer = new Map<number, readonly DialString[]>();
  return strings.map((string) => {
    const length = string.places.length;
    const candidates = longer.get(length) ?? strings.filter((other) => other.rest || other.places.length > length);
    longer.set(length, candidates);
    return { ...string, timer: string.rest || candidates.some((other) => goesOnFrom(string, other)) };
  });
}

/**
 * Whether some number of `other`, which may be longer, begins with a whole number of `string`. A pattern of lower rank does
 * not count: `100x` is not held up by a route for all that is left over.
 */
function goesOnFrom(string: DialString, other: DialString): boolean {
  if (string === other || other.literal < string.literal) return false;
  return string.places.every((place, at) => {
    const theirs = other.places[at];
    return theirs === undefined || [...place].some((symbol) => theirs.includes(symbol));
  });
}

/** Joins entries that differ in the symbols of one place only, until none is left: the joined one says exactly the same. */
function merged(entries: readonly MapEntry[]): readonly MapEntry[] {
  let list = [...new Map(entries.map((entry) => [keyOf(entry), entry])).values()];
  let isDone = false;
  while (!isDone) {
    const before = list.length;
    const places = Math.max(0, ...list.map((entry) => entry.places.length));
    for (let at = places - 1; at >= 0; at -= 1) list = mergedAt(list, at);
    isDone = list.length === before;
  }
  return list;
}

function mergedAt(entries: readonly MapEntry[], at: number): MapEntry[] {
  const groups = new Map<string, MapEntry>();
  for (const entry of entries) {
    const place = entry.places[at];
    const key = place === undefined ? keyOf(entry) : keyOf(withPlace(entry, at, '?'));
    const other = groups.get(key);
    const theirs = other?.places[at];
    groups.set(
      key,
      other === undefined || place === undefined || theirs === undefined ? entry : withPlace(other, at, union(theirs, place)),
    );
  }
  return [...groups.values()];
}

function keyOf(entry: MapEntry): string {
  return `${entry.places.join(' ')}${entry.rest ? ' .' : ''}${entry.timer ? ' T' : ''}`;
}

function withPlace(entry: MapEntry, at: number, place: string): MapEntry {
  return { ...entry, places: entry.places.map((own, index) => (index === at ? place : own)) };
}

function union(a: string, b: string): string {
  return [...SYMBOLS].filter((symbol) => a.includes(symbol) || b.includes(symbol)).join('');
}

/** Leaves the first places as they are and lets any digit stand in the others; keys such as `*` stay what they are. */
function widened(string: DialString, kept: number): DialString {
  const places = string.places.map((place, at) =>
    at < kept || [...place].some((symbol) => !ANY_DIGIT.includes(symbol)) ? place : ANY_DIGIT,
  );
  return { ...string, places, literal: literalLength(places) };
}

function formatMap(entries: readonly MapEntry[]): string {
  return `(${entries.map(formatEntry).join('|')})`;
}

function formatEntry(entry: MapEntry): string {
  const digits = entry.places.map(formatPlace).join('');
  // `x.` may be no digit at all; T alone must not be a number.
  const rest = entry.rest ? (digits === '' ? 'xx.' : 'x.') : '';
  return `${digits}${rest}${entry.timer ? 'T' : ''}`;
}

/** `5`, `x`, `[1-46*]`. */
function formatPlace(place: string): string {
  if (place === ANY_DIGIT) return 'x';
  if (place.length === 1) return place;
  let text = '';
  for (let at = 0; at < place.length;) {
    let end = at;
    while (end + 1 < place.length && isNextDigit(place, end)) end += 1;
    text += end - at > 1 ? `${place.charAt(at)}-${place.charAt(end)}` : place.slice(at, end + 1);
    at = end + 1;
  }
  return `[${text}]`;
}

function isNextDigit(place: string, at: number): boolean {
  return ANY_DIGIT.includes(place.charAt(at + 1)) && place.charCodeAt(at + 1) === place.charCodeAt(at) + 1;
}
