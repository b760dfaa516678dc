// What the contract suites of stores are given.
import type { NodeStore } from '@altpath/core';

/** A store under test, fresh, empty and not opened yet, and how to clean up behind it. */
export interface StoreUnderTest {
  readonly store: NodeStore;
  dispose?(): Promise<void> | void;
}
