// What the acts with two analog telephones see of them, and what they claim of that alike. Each is the only one of its gateway: telephone 1
// of gateway 1, telephone 2 of gateway 2.
import type { AudioReport, LineState } from '@altpath/simulators';
import { type Check, hears, type Instants, none, once, span, toneLine } from './check.js';

/** Everything that is seen of the two. */
export interface TelephoneFacts extends Instants {
  /** What each telephone's user perceived, in order. */
  readonly states1: readonly LineState[];
  readonly states2: readonly LineState[];
  /** Of the call that they had with each other. */
  readonly audio1?: AudioReport | undefined;
  readonly audio2?: AudioReport | undefined;
  /** Contexts, connections and calls that still are there at the end, in words. */
  readonly left: readonly string[];
}

/** Lengths in milliseconds; absent when one of their ends is missing. What finding out that a node is gone costs is in them. */
export interface TelephoneTimes {
  /** From the answer until both talk. */
  readonly answerToTalkMs?: number | undefined;
  /** From the hanging up of telephone 1 until all is cleared. */
  readonly hangUpMs?: number | undefined;
}

const COMPLAINTS: readonly LineState[] = ['reorder', 'howler'];
/** Longer than a busy machine makes anybody wait for a packet of 20 ms. */
const LONGEST_GAP_MS = 1_000;

export function rangOnce({ states2 }: TelephoneFacts): Check {
  return once('telephone 2 rang once', states2.filter((state) => state === 'ringing').length);
}

export function heardEachOther({ audio1, audio2 }: TelephoneFacts): Check[] {
  return [
    { claim: 'telephone 1 heard telephone 2', holds: hears(audio1, audio2) },
    { claim: 'telephone 2 heard telephone 1', holds: hears(audio2, audio1) },
  ];
}

/** Their media went on while a node was gone. */
export function noticedNothing({ audio1, audio2 }: TelephoneFacts): Check {
  const gapMs = Math.max(...[audio1, audio2].map((audio) => audio?.longestGapMs ?? Infinity));
  return { claim: 'neither of them noticed', holds: gapMs < LONGEST_GAP_MS, detail: `longest gap ${gapMs} ms` };
}

/** @param touched  What the primary, once back, asked of the gateways, audits aside. */
export function cameBackQuietly({ backAt }: Instants, touched: readonly string[]): Check {
  return none('the primary came back and touched nothing', backAt === undefined ? undefined : touched);
}

export function heardNoFailure({ states1, states2 }: TelephoneFacts): Check {
  return none(
    'nobody heard a tone of failure',
    [...states1, ...states2].filter((state) => COMPLAINTS.includes(state)),
  );
}

/** @param areAsked  The gateways have been asked to report when they are lifted. */
export function waitForCalls({ states1, states2 }: TelephoneFacts, areAsked = true): Check {
  return {
    claim: 'both telephones wait for the next call',
    holds: areAsked && [states1, states2].every((states) => states.at(-1) === 'idle'),
  };
}

/** How long things took. */
export function telephoneTimes({ answeredAt, talkingAt, hungUpAt, clearedAt }: Instants): TelephoneTimes {
  return { answerToTalkMs: span(answeredAt, talkingAt), hangUpMs: span(hungUpAt, clearedAt) };
}

/** Lines of the figures: what they heard. */
export function toneLines({ audio1, audio2 }: TelephoneFacts): string[] {
  return [toneLine('telephone 1', audio1), toneLine('telephone 2', audio2)];
}
