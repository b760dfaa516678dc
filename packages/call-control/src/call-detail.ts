// The record of a finished call: how it is made from a call's life, and how the copies of several nodes become one. A node
// that stood in for one that died writes what it knows, and says which instants it only estimates.
import type { CallDetailRecord, Millis } from '@altpath/core';
import { match, P } from 'ts-pattern';
import { type Cause, Q850 } from './cause.js';
import type { CallEvent } from './states.js';

/** An instant of a record that its writer may not have seen. */
export type EstimatedInstant = CallDetailRecord['estimated'][number];

/** What is known of a call while it lasts. */
export interface CallLife {
  readonly callId: string;
  /** Number or address of the caller, and what was dialled; `unknown` where no leg tells it. */
  readonly from: string;
  readonly to: string;
  /** As in `CallDetailRecord`; `unknown` without a leg. */
  readonly protocol: string;
  readonly setUpAt: Millis;
  /** undefined: nobody has answered. */
  readonly answeredAt?: Millis | undefined;
  /** Which of the instants this node has only estimated. */
  readonly estimated: readonly EstimatedInstant[];
  /** Names of the nodes that carried it, this one last. */
  readonly nodes: readonly string[];
}

/** How a call ended. */
export interface CallEnd {
  readonly endedBy: CallDetailRecord['endedBy'];
  readonly cause: Cause;
  /** Nobody saw when: a takeover found that it had ended. */
  readonly isEstimated: boolean;
}

/** The record of a call that has ended now. */
export function detailOf(life: CallLife, { endedBy, cause, isEstimated }: CallEnd, now: Millis): CallDetailRecord {
  const { callId, from, to, protocol, setUpAt, answeredAt, estimated, nodes } = life;
  const guessed = new Set<EstimatedInstant>(isEstimated ? [...estimated, 'endedAt'] : estimated);
  return {
    callId,
    from,
    to,
    protocol,
    setUpAt,
    answeredAt,
    endedAt: now,
    estimated: INSTANTS.filter((instant) => guessed.has(instant) && (instant !== 'answeredAt' || answeredAt !== undefined)),
    endedBy,
    cause,
    q850: Q850[cause],
    nodes,
  };
}

/** What the node that has the line knows of a call which another one has passed on: that one saw how it began and ended. */
export function copyFor(recordId: string, detail: CallDetailRecord): CallDetailRecord {
  const estimated = INSTANTS.filter((instant) => instant !== 'answeredAt' || detail.estimated.includes(instant));
  return { ...detail, callId: recordId, estimated };
}

/**
 * Who ended a call by this event, and why.
 *
 * @param cause  Where the event, or the last target that refused the call, told one: it stands for what the event says by itself.
 */
export function endOf(event: CallEvent, cause?: Cause): CallEnd {
  const end = (endedBy: CallEnd['endedBy'], by: Cause, isEstimated = false): CallEnd => ({ endedBy, cause: cause ?? by, isEstimated });
  return match<CallEvent, CallEnd>(event)
    .with('originating:on-hook', () => end('originating', 'normal-clearing'))
    .with('terminating:on-hook', () => end('terminating', 'normal-clearing'))
    .with('all-busy', () => end('terminating', 'user-busy'))
    .with('none-left', () => end('network', 'destination-out-of-order'))
    .with('time-out', () => end('network', 'recovery-on-timer-expiry'))
    .with('terminating:tone-ended', () => end('network', 'no-answer'))
    .with(P.union('originating:missing', 'terminating:missing', 'digits-unknown'), () => end('network', 'temporary-failure', true))
    .otherwise(() => end('network', 'temporary-failure'));
}

/**
 * Makes one record of two copies of one call. In any order the same comes out, and copies that are added again change nothing.
 *
 * - Set up: the earliest instant that was seen. Answered likewise; a copy that knows of no answer says nothing about it.
 * - An answer that is later than an end that was seen was none: the telephone was lifted in vain.
 * - Ended: the latest instant that was seen, with who ended it and why. Where no copy saw it: the earliest estimate, since
 *   estimates are late if anything.
 * - An instant is estimated only where no copy saw it.
 * - Nodes: those of the copy that knows more of them, then what the other adds, each once.
 * - Caller, called and protocols: from a copy that knows them, first from the one that saw the set-up.
 *
 * @returns a new record under the call id of `a`.
 */
export function mergeDetails(a: CallDetailRecord, b: CallDetailRecord): CallDetailRecord {
  const copies = [a, b];
  const setUp = pick(copies, 'setUpAt', earlier);
  const sawEnd = copies.some((copy) => sees(copy, 'endedAt'));
  const ended = pick(copies, 'endedAt', sawEnd ? later : earlier) ?? a;
  const answered = pick(
    copies.filter(({ answeredAt }) => answeredAt !== undefined && !(sawEnd && answeredAt > ended.endedAt)),
    'answeredAt',
    earlier,
  );
  const first = setUp ?? a;
  const other = first === a ? b : a;
  const names = [...copies].sort((x, y) => y.nodes.length - x.nodes.length || order(x.nodes.join(), y.nodes.join()));
  const estimated = new Set(INSTANTS.filter((instant) => !copies.some((copy) => sees(copy, instant))));
  if (!answered) estimated.delete('answeredAt');
  return {
    callId: a.callId,
    from: known(first.from, other.from),
    to: known(first.to, other.to),
    protocol: protocols(other.protocol) > protocols(first.protocol) ? other.protocol : first.protocol,
    setUpAt: first.setUpAt,
    answeredAt: answered?.answeredAt,
    endedAt: ended.endedAt,
    estimated: [...estimated],
    endedBy: ended.endedBy,
    cause: ended.cause,
    q850: ended.q850,
    nodes: [...new Set(names.flatMap(({ nodes }) => nodes))],
  };
}

const INSTANTS: readonly EstimatedInstant[] = ['setUpAt', 'answeredAt', 'endedAt'];

/** The copy has the instant, and has not estimated it. */
function sees(copy: CallDetailRecord, instant: EstimatedInstant): boolean {
  return copy[instant] !== undefined && !copy.estimated.includes(instant);
}

/** Whether the first instant is to be preferred to the second. */
type Preference = (a: Millis, b: Millis) => boolean;
const earlier: Preference = (a, b) => a < b;
const later: Preference = (a, b) => a > b;

/** The copy whose instant counts: one that saw it before one that did not, then as is preferred, then by its words. */
function pick(copies: readonly CallDetailRecord[], instant: EstimatedInstant, isBetter: Preference): CallDetailRecord | undefined {
  return [...copies].sort((x, y) => {
    const seen = Number(sees(y, instant)) - Number(sees(x, instant));
    const [at, other] = [x[instant] ?? 0, y[instant] ?? 0];
    const preferred = at === other ? 0 : isBetter(at, other) ? -1 : 1;
    return seen || preferred || order(words(x), words(y));
  })[0];
}

function words({ from, to, protocol, endedBy, cause }: CallDetailRecord): string {
  return [from, to, protocol, endedBy, cause].join();
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function known(text: string, other: string): string {
  return text === UNKNOWN ? other : text;
}

/** How many legs' protocols the text names. */
function protocols(text: string): number {
  return text === UNKNOWN ? 0 : text.split('+').length;
}

/** What stands where no leg tells. */
const UNKNOWN = 'unknown';
