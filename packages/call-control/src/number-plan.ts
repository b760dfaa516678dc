// The number plan: which targets a dialled number has, and as what it is dialled there. Patterns are those of `numbers` in
// the configuration: digits, `x` for any one digit, a last `.` for any rest. Digit maps are made from the patterns by the protocols.
import { match } from 'ts-pattern';
import type { CalledParty, CallerIdentity, LineName } from './half-call.js';

/** Where a number leads: a line of the file, wherever it is, or a party. */
export type Target = { readonly kind: 'line'; readonly line: LineName } | Exclude<CalledParty, { readonly kind: 'line-at-node' }>;

/** The value of a `numbers` entry: a target, a list tried in order, or these with more to say. */
export type NumberRule = string | readonly string[] | NumberDetail;

export interface NumberDetail {
  /** May be left out where `forbid` is set. */
  readonly to?: string | readonly string[] | undefined;
  /** How many digits are cut from the front of what was dialled (a `+` counts as one) before it goes to a party. Default 0. */
  readonly strip?: number | undefined;
  /** Put in front of what is left, as it stands. Default: nothing. */
  readonly prefix?: string | undefined;
  /** What the called side is told instead of the caller's own number; `anonymous` withholds number and name. */
  readonly callerId?: string | undefined;
  /** Nobody may call it: the call is refused with `call-rejected`. */
  readonly forbid?: boolean | undefined;
  /** No limit, drain or feature stands in its way. */
  readonly emergency?: boolean | undefined;
}

/** What a number was found to be. */
export interface NumberMatch {
  readonly pattern: string;
  /**
   * In the order in which they are tried; never empty but where `forbid` is set, or where `strip` leaves no digit for a target that
   * needs one.
   */
  readonly targets: readonly Target[];
  /** As in `NumberDetail`; see `presentedCaller`. */
  readonly callerId?: string | undefined;
  readonly forbid: boolean;
  readonly emergency: boolean;
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
  readonly to: readonly string[];
  readonly detail: NumberDetail;
}

/** @returns `true` for digits (`0-9 * # +`) and `x`, at least one of them or of `.`, which may only stand last. */
export function isNumberPattern(text: string): boolean {
  return /^\+?[0-9*#x]*\.?$/i.test(text) && text !== '' && text !== '+';
}

/**
 * Reads a target as the configuration writes it: `LINE@GATEWAY`, `registrar`, `sip:…`, `group:NAME`.
 *
 * @param user  What a party is dialled as. A SIP URI that has a user of its own keeps it.
 */
export function parseTarget(text: string, user: string): Target {
  if (text === 'registrar') return { kind: 'registrar', user };
  if (/^sips?:/i.test(text)) return { kind: 'sip', uri: withUser(text, user) };
  if (text.startsWith('group:')) return { kind: 'group', name: text.slice('group:'.length), user };
  return { kind: 'line', line: text };
}

/** The target as the configuration writes it; a SIP URI as it is called. */
export function formatTarget(target: Target): string {
  return match(target)
    .with({ kind: 'line' }, ({ line }) => line)
    .with({ kind: 'registrar' }, () => 'registrar')
    .with({ kind: 'sip' }, ({ uri }) => uri)
    .with({ kind: 'group' }, ({ name }) => `group:${name}`)
    .exhaustive();
}

/** Whom the called side is told of: the caller, or what the number's rule puts in his place. */
export function presentedCaller({ callerId }: Pick<NumberMatch, 'callerId'>, caller: CallerIdentity): CallerIdentity {
  if (callerId === undefined) return caller;
  return callerId === 'anonymous' ? {} : { ...caller, number: callerId };
}

/**
 * What was dialled without what only eyes need: `-`, `.`, `(` and `)` (RFC 3966 §5.1.1, visual separators), which stand in numbers that
 * a SIP URI brings.
 */
export function plainDigits(text: string): string {
  return text.replace(/[-.()]/g, '');
}

/** The numbers of a cluster. Built once a configuration; answers by walking its patterns, best first. */
export class NumberPlan {
  readonly #entries: readonly Entry[];
  readonly #numberOf = new Map<LineName, string>();
  /** As the configuration writes them, best match first: what digit maps are made from. */
  readonly patterns: readonly string[];
  /** One of the numbers is an emergency number. */
  readonly hasEmergency: boolean;

  /** @throws RangeError for a pattern that is none, an entry without a target, or a `strip` that is no count: configuration has checked it before. */
  constructor(numbers: Readonly<Record<string, NumberRule>>) {
    const entries = Object.entries(numbers).map(([pattern, rule]) => entryOf(pattern, rule));
    // The longest literal prefix wins; among equals the longer and the closed one, then the first of the file.
    this.#entries = entries.sort((a, b) => b.literal - a.literal || Number(a.open) - Number(b.open) || b.head.length - a.head.length);
    this.patterns = this.#entries.map(({ pattern }) => pattern);
    this.hasEmergency = entries.some(({ detail }) => detail.emergency === true);
    for (const { pattern, to, detail } of entries) {
      const [first] = to;
      // A number that stands for something else than its line says nothing of who calls.
      const isOwn = first !== undefined && isLiteral(pattern) && detail.forbid !== true && detail.emergency !== true;
      if (isOwn && !this.#numberOf.has(first)) this.#numberOf.set(first, pattern);
    }
  }

  /** The best entry for a whole number, with or without visual separators; undefined when there is none. */
  find(number: string): NumberMatch | undefined {
    const digits = plainDigits(number);
    const entry = this.#entries.find((each) => matches(each, digits));
    return entry && matchOf(entry, digits);
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
  const detail: NumberDetail = typeof rule === 'object' && !isList(rule) ? rule : { to: rule };
  const to = detail.to === undefined ? [] : typeof detail.to === 'string' ? [detail.to] : detail.to;
  if (to.length === 0 && detail.forbid !== true) throw new RangeError(`a number without target: ${pattern}`);
  const { strip = 0 } = detail;
  if (!Number.isSafeInteger(strip) || strip < 0) throw new RangeError(`not a count of digits to strip: ${strip}`);
  const open = pattern.endsWith('.');
  const head = (open ? pattern.slice(0, -1) : pattern).toLowerCase();
  const wild = head.indexOf('x');
  return { pattern, head, open, literal: wild < 0 ? head.length : wild, to, detail };
}

function isList(rule: readonly string[] | NumberDetail): rule is readonly string[] {
  return Array.isArray(rule);
}

function matchOf({ pattern, to, detail }: Entry, digits: string): NumberMatch {
  const { strip = 0, prefix = '', callerId, forbid = false, emergency = false } = detail;
  const user = prefix + digits.slice(strip);
  const targets = to.map((text) => parseTarget(text, user)).filter((target) => !('user' in target) || target.user !== '');
  return { pattern, targets, callerId, forbid, emergency };
}

/** The URI, with the user where it names none. */
function withUser(uri: string, user: string): string {
  if (user === '' || uri.includes('@')) return uri;
  const scheme = uri.indexOf(':') + 1;
  // RFC 3261 §25.1: a user part may have any key of a telephone but `#`.
  return `${uri.slice(0, scheme)}${user.replaceAll('#', '%23')}@${uri.slice(scheme)}`;
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
