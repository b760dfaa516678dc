// How a line, or a group of lines, makes itself known to its call agent: after power on, spread over time so that the
// agent is not run over (RFC 3435 §4.4.6), and after the agent was lost, again and again (§4.4.7). One table serves both.
import { type Millis, NEVER } from '@altpath/core';
import type { EndpointName } from '../message/endpoint-name.js';
import type { CommandDraft, MgcpResponse } from '../message/message.js';
import { effectiveCode, isSuccess, ReturnCode } from '../message/return-codes.js';
import { delayS } from './audit.js';
import type { GatewayLine } from './line.js';
import type { GatewayTimers } from './settings.js';

/**
 * - `waiting`  for its timer, a command, or somebody at the telephone
 * - `telling`  a RestartInProgress is on its way
 * - `refused`  a permanent error came: only a command of the agent starts it again
 * - `over`     the agent knows
 */
export type ProcedureState = 'waiting' | 'telling' | 'refused' | 'over';

/** What the procedure has done for it. */
export interface ProcedureOwner {
  readonly timers: GatewayTimers;
  random(): number;
  /** Sends this to the lines' call agents, in place of what the procedure sent before. */
  tell(procedure: Procedure, draft: CommandDraft, now: Millis): void;
  /** The agent knows: the lines are in service. */
  over(procedure: Procedure, now: Millis): void;
}

/** Redirections one after the other that are followed at once; then the agents get a pause. */
const MAX_REDIRECTS = 8;

export class Procedure {
  #state: ProcedureState = 'waiting';
  #at: Millis;
  /** The disconnected timer, doubled each time; 0 before the first. */
  #waitMs: Millis = 0;
  #since: Millis;
  /** When it last ended in vain. */
  #endedAt: Millis;
  #redirects = 0;

  /**
   * @param method    `restart` after power on; `disconnected` when a command got no answer.
   * @param endpoint  The one name of all the lines: a wildcard where there are several.
   */
  constructor(
    readonly lines: readonly GatewayLine[],
    readonly endpoint: EndpointName,
    readonly method: 'restart' | 'disconnected',
    private readonly owner: ProcedureOwner,
    now: Millis,
  ) {
    this.#since = now;
    this.#endedAt = now;
    this.#at = method === 'restart' ? now + owner.random() * owner.timers.mwdMs : now;
    if (method === 'disconnected') this.#wait(now);
  }

  get state(): ProcedureState {
    return this.#state;
  }

  /** How long the agent has been lost, in seconds (RD); 0 for a restart. */
  lostForS(now: Millis): number {
    return this.method === 'disconnected' ? delayS(this.#since, now) : 0;
  }

  /** A command for one of the lines: the agent is there, so it is told now. */
  commanded(now: Millis): void {
    if (this.#state === 'waiting' || this.#state === 'refused') this.#tell(now);
  }

  /** Somebody uses the telephone. Of a disconnected line not oftener than Tdmin (§4.4.7 step 3). */
  used(now: Millis): void {
    if (this.#state !== 'waiting') return;
    const isRested = now - this.#endedAt >= this.owner.timers.tdminMs;
    if (this.#waitMs === 0 || isRested) this.#tell(now);
  }

  /** The answer to what was told. `isRedirected`: it named another agent, which the lines turn to now. */
  answered(response: MgcpResponse, isRedirected: boolean, now: Millis): void {
    const code = effectiveCode(response.code);
    if (isSuccess(code)) {
      this.#state = 'over';
      this.owner.over(this, now);
    } else if (code === ReturnCode.redirected && isRedirected && this.#redirects < MAX_REDIRECTS) {
      this.#redirects += 1;
      this.#tell(now);
    } else if (code < 500 || isRedirected) {
      this.#pause(now);
    } else {
      this.#state = 'refused';
      this.#endedAt = now;
    }
  }

  /** It reached nobody. */
  failed(now: Millis): void {
    this.#endedAt = now;
    this.#wait(now);
  }

  tick(now: Millis): void {
    if (this.#state === 'waiting' && now >= this.#at) this.#tell(now);
  }

  deadline(): Millis {
    return this.#state === 'waiting' ? this.#at : NEVER;
  }

  #tell(now: Millis): void {
    this.#state = 'telling';
    const seconds = this.lostForS(now);
    const parameters = { restartMethod: this.method, ...(this.method === 'disconnected' && { restartDelayS: seconds }) };
    this.owner.tell(this, { verb: 'RSIP', endpoint: this.endpoint, parameters }, now);
  }

  /** §4.4.7 steps 1 and 4: at first at random between 1 s and Tdinit (so of 15 parts, the first is left out), then doubled up to Tdmax. */
  #wait(now: Millis): void {
    const { tdinitMs, tdmaxMs } = this.owner.timers;
    const first = tdinitMs / 15 + this.owner.random() * (tdinitMs - tdinitMs / 15);
    this.#waitMs = this.#waitMs === 0 ? first : Math.min(this.#waitMs * 2, tdmaxMs);
    this.#state = 'waiting';
    this.#at = now + this.#waitMs;
  }

  /** A transient refusal: again as a new transaction, after a while; a disconnected line keeps to Tdmin. */
  #pause(now: Millis): void {
    const { retryMs, tdminMs } = this.owner.timers;
    this.#redirects = 0;
    this.#endedAt = now;
    this.#state = 'waiting';
    this.#at = now + (this.method === 'disconnected' ? tdminMs : retryMs * (1 + this.owner.random()));
  }
}

/**
 * Divides lines into as few groups as one name each can tell (§4.4.6: "take full advantage of wild-carding"): all that
 * share everything before the last term take a wildcard in its place, unless others, left out here, share it too.
 */
export function groupsOf(
  lines: readonly GatewayLine[],
  all: readonly GatewayLine[],
): readonly { lines: readonly GatewayLine[]; endpoint: EndpointName }[] {
  const groups = new Map<string, GatewayLine[]>();
  for (const line of lines) groups.set(stemOf(line.name), [...(groups.get(stemOf(line.name)) ?? []), line]);
  return [...groups].flatMap(([stem, group]) => {
    const [first] = group;
    const isWhole = all.filter(({ name }) => name.startsWith(stem)).length === group.length;
    if (!first || group.length === 1 || !isWhole) return group.map((line) => ({ lines: [line], endpoint: line.endpoint }));
    return [{ lines: group, endpoint: { local: `${stem}*`, domain: first.endpoint.domain } }];
  });
}

function stemOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/') + 1);
}
