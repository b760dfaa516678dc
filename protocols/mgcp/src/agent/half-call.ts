// Half-calls of MGCP lines: call control's orders go to their lines, and the lines that may have a command to send stand
// in one queue, in which each is once.
import type { HalfCallPort, HalfCallState, LineName } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import type { CommandDraft } from '../message/message.js';
import type { Line } from './line.js';

export declare class HalfCalls implements HalfCallPort {
  readonly protocol: 'mgcp';
  add(line: Line): void;
  remove(name: LineName): void;
  find(name: LineName): Line | undefined;
  lines(): Iterable<Line>;
  order(name: LineName, state: HalfCallState, now: Millis): void;
  /** For `LinePorts.touched`. */
  touch(name: LineName): void;
  /** The next line of the queue that has a command, with it; undefined when the queue is empty. Take as many as may be sent. */
  take(now: Millis): { readonly line: Line; readonly command: CommandDraft } | undefined;
  /** Puts lines whose wait is over back into the queue. */
  tick(now: Millis): void;
  /** May be early. */
  deadline(): Millis;
}
