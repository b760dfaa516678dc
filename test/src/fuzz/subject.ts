// What a fuzzer needs to know of one protocol, and how it tries one message: whatever comes may be refused, and may neither
// throw nor take long.
import type { Random } from '@altpath/testkit';

/** One codec, with what stands behind it. */
export interface Subject {
  readonly name: string;
  /** Messages to start from. */
  readonly seeds: readonly Buffer[];
  /** What its parsers trip over: put in wherever it falls. */
  readonly morsels: readonly Buffer[];
  /**
   * Feeds one message.
   *
   * @returns `accepted`, `refused`, or what it did wrong. What it throws is wrong too.
   */
  exercise(bytes: Buffer, random: Random): string;
}

/** More CPU time than this for one message, twice in a row, is a hang. */
const SLOW_MS = 250;

/** @returns `accepted`, `refused`, or what went wrong. */
export function tried(subject: Subject, bytes: Buffer, random: Random): string {
  try {
    const before = process.cpuUsage();
    const outcome = subject.exercise(Buffer.from(bytes), random);
    if (cpuSince(before) <= SLOW_MS) return outcome;
    const again = process.cpuUsage();
    subject.exercise(Buffer.from(bytes), random);
    return cpuSince(again) <= SLOW_MS ? outcome : `takes ${Math.round(cpuSince(again))} ms`;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

export function isHarmless(outcome: string): boolean {
  return outcome === 'accepted' || outcome === 'refused';
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
