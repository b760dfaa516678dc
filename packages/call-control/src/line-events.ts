// What happens on a line: its telephone is lifted, dials, flashes and is put down, and its gateway carries out orders or fails.
import type { Millis } from '@altpath/core';
import { match, P } from 'ts-pattern';
import type { Call } from './call.js';
import { meansSameCall } from './call-identity.js';
import type { Cause } from './cause.js';
import { findExtension } from './features/extensions.js';
import { failureEvent, lossEvent } from './failure.js';
import type { DialResult, HalfCallEvent } from './half-call.js';
import type { Line } from './line.js';
import type { NumberMatch } from './number-plan.js';
import type { Beginning, Operator } from './operator.js';
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
    if (hook === 'off') line.liftedAt = now;
    // Who speaks is there, whatever was said of it.
    line.inService = true;
    line.known = true;
    line.isBarred = this.operator.draining;
    const offHook = this.operator.barsLines ? 'barred' : 'off-hook';
    if (hook === 'on' && this.operator.secondCalls.hungUp(line)) return;
    if (hook === 'on') this.#happened(line, 'on-hook', 'on-hook', now);
    else this.#happened(line, offHook, 'off-hook', now);
  }

  dialled(line: Line, digits: string, result: DialResult, now: Millis): void {
    const { operator } = this;
    if (line.call) return this.#dialledBefore(line, line.call, digits);
    if (line.state !== 'dialling') return operator.ignored(`${line.phase} dialled`);
    // A pause after a whole number is a whole number, even where longer ones begin like it.
    const found = result === 'no-match' ? undefined : this.#find(line, digits);
    const refusal = found ? this.#refusal(line, found) : result === 'match' ? 'unallocated-number' : result;
    if (found && refusal === undefined) {
      const { callId } = operator.begin(line, found, undefined, now);
      // A ladder begins where its caller has lifted the receiver.
      if (operator.observer.tracing) operator.observer.belongs?.(line.name, callId, { from: line.liftedAt ?? now, until: now });
      return;
    }
    operator.observer.count('call.refused', refusal);
    operator.lineEvent(line, 'no-number', now);
  }

  /** Whom these digits mean: of two numbers that they may be, that of the plan. */
  #find(line: Line, digits: string): (Beginning & NumberMatch) | undefined {
    const { plan } = this.operator;
    const found = plan.find(digits);
    if (found) return { dialled: digits, ...found };
    const extension = findExtension(digits, line.caller.number, line.settings.features ?? {}, plan);
    return extension && { dialled: extension.number, ...extension.match };
  }

  /** Why the line may not call this number now. */
  #refusal(line: Line, { forbid, emergency }: NumberMatch): string | undefined {
    if (forbid) return 'call-rejected';
    if (emergency) return undefined;
    if (line.isBarred) return 'draining';
    return this.operator.hunting.hasRoom(line.name, undefined) ? undefined : 'no-circuit';
  }

  lost(line: Line, cause: Cause, now: Millis): void {
    const event = lossEvent(cause);
    if (event === 'gone') line.hook = 'unknown';
    if (event === 'gone' && line.other) this.operator.callEvent(line.other.call, `${line.other.role}:gone`, now, cause);
    if (line.call || line.state !== 'idle') this.#happened(line, event === 'gone' ? 'gone' : 'media-lost', event, now, cause);
  }

  #flash(line: Line, now: Millis): void {
    line.hook = 'off';
    if (this.operator.secondCalls.flash(line, now)) return;
    if (line.call) this.operator.callEvent(line.call, `${line.role}:flash`, now);
    else this.operator.ignored(`${line.state} flash`);
  }

  /** A caller was found waiting, and what he had dialled comes behind: nobody has called anybody yet, or some lines only. */
  #dialledBefore(line: Line, call: Call, digits: string): void {
    const isSought = line.role === 'originating' && call.waiting && call.dialled === undefined;
    const found = this.#find(line, digits);
    if (!isSought || !found) return this.operator.ignored(`${line.phase} dialled`);
    call.dialled = found.dialled;
    call.targets = this.operator.targetsAfter(found.dialled, call.terminating);
  }

  #reached(line: Line, reached: Reached, now: Millis): void {
    const { call } = line;
    const sameCall = call !== undefined && meansSameCall(call.callId, reached.callId);
    if (sameCall && reached.local !== undefined) this.operator.learn(line, reached.local);
    if (!line.isFor(reached)) return;
    line.orderedAt = undefined;
    this.operator.ledger.told(line.name);
    if (call && line.isConnecting) return this.operator.secondCalls.connected(line, call, now);
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
