// What an act of the demo is to the program around it: it is played, closed and judged; one ladder is drawn of it.
import type { Check } from './check.js';

export type ActName = 'sip' | 'mgcp' | 'megaco' | 'controller';

/** What came of an act. */
export interface ActResult {
  readonly checks: readonly Check[];
  /** Times and tones, one a line, for people. */
  readonly figures: readonly string[];
  /** The same and every message, for programs. */
  readonly report: Readonly<Record<string, unknown>>;
}

export interface Act {
  readonly name: ActName;
  readonly title: string;
  /** Columns of its ladder from left to right. */
  readonly participants: readonly string[];
  /** Plays it from start to hang-up; rejects where it cannot go on. Call `close` in any case. */
  play(): Promise<void>;
  /** Ends what the act itself opened; the nodes are the stage's. */
  close(): Promise<void>;
  result(): ActResult;
}
