// The store that is memory alone: everything is gone with the process, and nothing is ever waited for.
import type { NodeStore, StoreState } from '@altpath/core';
import type { MergeDetails } from './detail-table.js';
import { NO_JOURNAL } from './journal.js';
import { Calls, Details, Locations } from './tables.js';

export interface MemoryOptions {
  /** What two copies of one call's record say together; default: the one that came later. */
  readonly mergeDetails?: MergeDetails | undefined;
  /** Finished calls that are kept; default 100,000. */
  readonly maxDetails?: number | undefined;
}

/** Opening and closing it cost nothing; closing forgets nothing. */
export class MemoryStore implements NodeStore {
  readonly locations = new Locations();
  readonly calls = new Calls(NO_JOURNAL);
  readonly details: Details;
  readonly #since = Date.now();

  constructor({ mergeDetails = LATER_COUNTS, maxDetails }: MemoryOptions = {}) {
    this.details = new Details(NO_JOURNAL, mergeDetails, maxDetails);
  }

  async open(): Promise<void> {}

  async flush(): Promise<void> {}

  async close(): Promise<void> {}

  state(): StoreState {
    return { kind: 'memory', state: 'up', since: this.#since, waiting: 0 };
  }
}

export const LATER_COUNTS: MergeDetails = (_known, other) => other;
