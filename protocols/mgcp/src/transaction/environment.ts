// What the transaction layer needs of whoever owns it.
import type { AdapterOutput, Millis, Observer } from '@altpath/core';
import type { CommandDraft, MgcpCommand, MgcpResponse } from '../message/message.js';
import type { TransactionIds } from './ids.js';

export interface TransactionEnvironment {
  /** Gets `send` and `resolve` outputs in the order in which they are to be performed. */
  readonly emit: (output: AdapterOutput) => void;
  /** In [0, 1). */
  readonly random: () => number;
  readonly ids: TransactionIds;
  readonly observer: Observer;
  /** Where the owner asks for names too: its numbers for `resolve`. Default: the layer's own, from 1. */
  readonly resolveId?: () => number;
  /** The call that a command belongs to, or the line that is in none, for traces. Default, and where it knows none: its C, else ''. */
  readonly callIdOf?: (command: MgcpCommand | CommandDraft) => string | undefined;
  /** Is given final responses to no command that is outstanding: to copies of one, or too late for whoever waited. */
  readonly stray?: (response: MgcpResponse, now: Millis) => void;
  /** The local listener that sends commands; answers leave by the one that received. */
  readonly listener?: number | undefined;
}
