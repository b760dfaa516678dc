// How verdicts are tested: a good call holds every claim, and each change to what was seen of it makes one fail.
import type { AudioReport } from '@altpath/simulators';
import { expect } from 'chai';
import type { Check } from './check.js';

/** A claim, and what must be seen otherwise for it to fail. */
export type Fault<Facts> = readonly [claim: string, change: Partial<Facts>];

/** One test for each fault. @param factsOf  What is seen of a good call, changed so. */
export function eachFails<Facts>(
  judge: (facts: Facts) => readonly Check[],
  factsOf: (change: Partial<Facts>) => Facts,
  faults: readonly Fault<Facts>[],
): void {
  for (const [index, [claim, change]] of faults.entries())
    it(`one that does not hold fails: ${claim} (${index + 1})`, () => {
      expect(failed(judge(factsOf(change)))).to.include(claim);
    });
}

/** The claims that do not hold. */
export function failed(checks: readonly Check[]): readonly string[] {
  return checks.filter(({ holds }) => !holds).map(({ claim }) => claim);
}

/** What a telephone heard that heard the other well. */
export function audio(sendsHz: number, hearsHz: number, longestGapMs = 21): AudioReport {
  return { sendsHz, hearsHz, sent: 60, received: 60, lost: 0, heard: 60, longestGapMs };
}
