// What befalls the node that controls a call, in its middle.
import type { Millis } from '@altpath/core';
import type { Fault } from './scene.js';

/** The node stops, and is back then; undefined: when all is over. */
export const FAULTS: readonly (readonly [what: string, fault: Fault, backAfterMs: Millis | undefined])[] = [
  ['is killed, and returns when all is over', 'killed', undefined],
  ['is gone, and returns when all is over', 'gone', undefined],
  ['is drained, and returns when all is over', 'drained', undefined],
  ['is frozen for 4 s', 'frozen', 4_000],
  ['starts again', 'killed', 2_000],
];
