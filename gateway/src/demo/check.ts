// What all verdicts are made of: claims that hold or do not, instants and lengths of time, and tones that were heard.
import type { AudioReport } from '@altpath/simulators';

export interface Check {
  readonly claim: string;
  readonly holds: boolean;
  readonly detail?: string | undefined;
}

/** When things happened, in milliseconds since the epoch; absent when the act did not get there. */
export interface Instants {
  /** The primary went. */
  readonly killedAt?: number | undefined;
  /** Whoever was rung answered. */
  readonly answeredAt?: number | undefined;
  /** Both sides of the call that was answered then were through. */
  readonly talkingAt?: number | undefined;
  /** The primary began to come back. */
  readonly backAt?: number | undefined;
  /** The backup went. */
  readonly killedAgainAt?: number | undefined;
  /** Telephone 1 was hung up. */
  readonly hungUpAt?: number | undefined;
  /** Telephones 1 and 2 idle, no context and no connection left. */
  readonly clearedAt?: number | undefined;
}

/** A claim that there is nothing of a kind. @param found  What there is all the same, in words; undefined: nobody came to look. */
export function none(claim: string, found: readonly string[] | undefined): Check {
  return { claim, holds: found?.length === 0, detail: found?.join(', ') || undefined };
}

/** A claim that something happened once. */
export function once(claim: string, times: number): Check {
  return { claim, holds: times === 1, detail: times === 1 ? undefined : `${times} times` };
}

/** Packets of 20 ms, half a second, in which a tone must have been heard. */
const PACKETS_OF_TONE = 25;

/** The listener heard the tone that the speaker sent, and long enough to be sure. */
export function hears(listener: AudioReport | undefined, speaker: AudioReport | undefined): boolean {
  return listener !== undefined && speaker !== undefined && listener.hearsHz === speaker.sendsHz && listener.heard >= PACKETS_OF_TONE;
}

/** Milliseconds between two instants, to a tenth; undefined when one of them is missing. */
export function span(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : Math.round((to - from) * 10) / 10;
}

/** A line of the figures: what, how long, and what to know about it. */
export function timeLine(what: string, ms: number | undefined, remark?: string): string {
  return `${what.padEnd(30)} ${ms === undefined ? 'never' : `${ms.toFixed(1)} ms`}${remark === undefined ? '' : `   (${remark})`}`;
}

/** A line of the figures: who heard what. */
export function toneLine(who: string, audio: AudioReport | undefined): string {
  const heard =
    audio === undefined
      ? 'nothing'
      : `${audio.hearsHz ?? 'no'} Hz in ${audio.heard} packets, ${audio.lost} lost, longest gap ${audio.longestGapMs} ms`;
  return `${`${who} heard`.padEnd(30)} ${heard}`;
}
