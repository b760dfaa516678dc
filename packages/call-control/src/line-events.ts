// What happens on a line: its telephone is lifted, dials, flashes and is put down, and its gateway carries out orders or fails.
import type { Millis } from '@altpath/core';
import { match, P } from 'ts-pattern';
import type { Call } from './call.js';
import { meansSameCall } from './call-identity.js';
import type { Cause } from './cause.js';
import { failureEvent, lossEvent } from './failure.js';
import type { DialResult, HalfCallEvent } from './half-call.js';
import type { Line } from './line.js';
import type { Operator } from './operator.js';
import type { LineEvent } from './states.js';

type Reached = Extract<HalfCallEvent, { kind: 'reached' }>;
type Failed = Extract<HalfCallEvent, { kind: 'failed' }>;

export class LineEvents {
  constructor(private readonly operator: Operator) {}

  take(line: Line, event: HalfCallEvent, now: Millis): void {
    match(event)
      .with({ kind: 'off-hook' }, () => this.hook(line, 'off', now))
      .with({ kind: 'on-hook' }, () => this.hook(line, 'on', now))
      .with({ kind: 'flash' }, () => this.#flash(line, now))
      .with({ kind: 'dialled' }, ({ digits, result }) => this.dialled(line, digits, result, now))
      .with({ kind: 'reached' }, (reached) => this.#reached(line, reached, now))
      .with({ kind: 'failed' }, (failed) => this.#failed(line, failed, now))
      .with({ kind: 'tone-ended' }, () => this.#happened(line, 'tone-ended', 'tone-ended', now))
      .with({ kind: 'lost' }, ({ cause }) => this.lost(line, cause, now))
      // Words of parties alone.
      .with({ kind: P.union('set-up', 'hold', 'retrieve', 'media', 'digit', 'transfer') }, ({ kind }) =>
        this.operator.ignored(`${line.phase} ${kind}`),
      )
      .exhaustive();
  }

  hook(line: Line, hook: 'on' | 'off', now: Millis): void {
    line.hook = hook;
    // Who speaks is there, whatever was said of it.
    line.inService = true;
    line.known = true;
    const offHook = this.operator.draining ? 'barred' : 'off-hook';
    if (hook === 'on') this.#happened(line, 'on-hook', 'on-hook', now);
    else this.#happened(line, offHook, 'off-hook', now);
  }

  dialled(line: Line, digits: string, result: DialResult, now: Millis): void {
    const { operator } = this;
    if (line.call) return this.#dialledBefore(line, line.call, digits);
    if (line.state !== 'dialling') return operator.ignored(`${line.phase} dialled`);
    // A pause after a whole number is a whole number, even where longer ones begin like it.
    const found = result === 'no-match' ? undefined : operator.plan.find(digits);
    if (found && !found.forbid) {
      operator.begin(line, { dialled: digits, ...found }, undefined, now);
      return;
    }
    operator.observer.count('call.refused', found ? 'call-rejected' : result === 'match' ? 'unallocated-number' : result);
    operator.lineEvent(line, 'no-number', now);
  }

  lost(line: Line, cause: Cause, now: Millis): void {
    const event = lossEvent(cause);
    if (event === 'gone') line.hook = 'unknown';
    if (line.call || line.state !== 'idle') this.#happened(line, event === 'gone' ? 'gone' : 'media-lost', event, now, cause);
  }

  #flash(line: Line, now: Millis): void {
    line.hook = 'off';
    if (line.call) this.operator.callEvent(line.call, `${line.role}:flash`, now);
    else this.operator.ignored(`${line.state} flash`);
  }

  /** A caller was found waiting, and what he had dialled comes behind: nobody has called anybody yet, or some lines only. */
  #dialledBefore(line: Line, call: Call, digits: string): void {
    const isSought = line.role === 'originating' && call.waiting && call.dialled === undefined;
    if (!isSought || !this.operator.plan.find(digits)) return this.operator.ignored(`${line.phase} dialled`);
    call.dialled = digits;
    call.targets = this.operator.targetsAfter(digits, call.terminating);
  }

  #reached(line: Line, reached: Reached, now: Millis): void {
    const { call } = line;
    const sameCall = call !== undefined && meansSameCall(call.callId, reached.callId);
    if (sameCall && reached.local !== undefined) this.operator.learn(line, reached.local);
    if (!line.isFor(reached)) return;
    line.orderedAt = undefined;
    // While a leg may still be found, nobody is called: he may be in this very call.
    if (call?.waiting && call.state === 'routing') return;
    if (call) this.operator.callEvent(call, `${line.role}:reached`, now);
  }

  #failed(line: Line, failed: Failed, now: Millis): void {
    this.operator.observer.count('call.order.failed', failed.cause);
    if (!line.isFor(failed)) return;
    line.orderedAt = undefined;
    const event = failureEvent(failed.phase, failed.cause);
    if (event === 'on-hook') return this.hook(line, 'on', now);
    if (event === 'busy') line.hook = 'off';
    if (line.call) return this.operator.callEvent(line.call, `${line.role}:${event}`, now, failed.cause);
    if (event === 'busy') this.hook(line, 'off', now);
  }

  #happened(line: Line, own: LineEvent, ofLeg: 'off-hook' | 'on-hook' | 'tone-ended' | 'lost' | 'gone', now: Millis, cause?: Cause): void {
    if (line.call) this.operator.callEvent(line.call, `${line.role}:${ofLeg}`, now, cause);
    else this.operator.lineEvent(line, own, now);
  }
}
