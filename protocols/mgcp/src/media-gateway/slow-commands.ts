// A gateway that takes its time over connections, as real ones do that must ask for resources: which commands abort
// which while they are being carried out (RFC 3435 §3.5.6, §4.4.4).
import { type Millis, NEVER } from '@altpath/core';
import { endpointKey, isAllOf, matches } from '../message/endpoint-name.js';
import type { MgcpCommand } from '../message/message.js';
import { ReturnCode } from '../message/return-codes.js';
import type { CommandHandle } from '../transaction/index.js';

export interface SlowOwner {
  execute(command: MgcpCommand, handle: CommandHandle, now: Millis): void;
  answer(handle: CommandHandle, code: number, now: Millis): void;
}

interface Pending {
  readonly command: MgcpCommand;
  readonly handle: CommandHandle;
  readonly dueAt: Millis;
}

/** §3.5.6: what takes longer than this is announced by 100. */
const ANNOUNCED_MS = 200;

export class SlowCommands {
  #pending: Pending[] = [];

  /** @param executionMs  How long a create or modify takes; 0: nothing is ever pending. */
  constructor(
    private readonly executionMs: Millis,
    private readonly owner: SlowOwner,
  ) {}

  /** @returns false when the command is to be carried out at once. */
  take(command: MgcpCommand, handle: CommandHandle, now: Millis): boolean {
    if (this.executionMs === 0) return false;
    this.#abort((other) => isAbortedBy(other, command), now);
    if (command.verb === 'MDCX' && this.#pending.some((other) => other.command.verb === 'CRCX' && isSameEndpoint(other.command, command))) {
      this.owner.answer(handle, ReturnCode.transientError, now);
      return true;
    }
    if (command.verb !== 'CRCX' && command.verb !== 'MDCX') return false;
    this.#pending.push({ command, handle, dueAt: now + this.executionMs });
    if (this.executionMs >= ANNOUNCED_MS) this.owner.answer(handle, ReturnCode.inProgress, now);
    return true;
  }

  tick(now: Millis): void {
    const due = this.#pending.filter(({ dueAt }) => dueAt <= now);
    this.#pending = this.#pending.filter(({ dueAt }) => dueAt > now);
    for (const { command, handle } of due) this.owner.execute(command, handle, now);
  }

  deadline(): Millis {
    return this.#pending.reduce((at, { dueAt }) => Math.min(at, dueAt), NEVER);
  }

  #abort(isAborted: (command: MgcpCommand) => boolean, now: Millis): void {
    const aborted = this.#pending.filter(({ command }) => isAborted(command));
    this.#pending = this.#pending.filter(({ command }) => !isAborted(command));
    for (const { handle } of aborted) this.owner.answer(handle, ReturnCode.aborted, now);
  }
}

/** §4.4.4: a delete aborts creates and modifies; a modify or a notification request aborts the one before it. */
function isAbortedBy(pending: MgcpCommand, command: MgcpCommand): boolean {
  if (!isSameEndpoint(pending, command)) return false;
  if (command.verb === 'DLCX') return true;
  const isSecondModify = pending.verb === 'MDCX' && command.verb === 'MDCX';
  return isSecondModify || (command.verb === 'RQNT' && pending.parameters.requestIdentifier !== undefined);
}

function isSameEndpoint(pending: MgcpCommand, command: MgcpCommand): boolean {
  if (endpointKey(pending.endpoint) === endpointKey(command.endpoint)) return true;
  return isAllOf(command.endpoint) && matches(command.endpoint.local, pending.endpoint.local);
}
