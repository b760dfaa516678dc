// What happens with a party: it calls, answers or refuses, tells where its media is, holds, asks for a transfer, hangs up.
import type { Millis } from '@altpath/core';
import { match, P } from 'ts-pattern';
import type { Call } from './call.js';
import { meansSameCall } from './call-identity.js';
import type { Cause } from './cause.js';
import { lossEvent, partyFailureEvent } from './failure.js';
import { type HalfCallEvent, type LineName, otherRole, type SetUp } from './half-call.js';
import type { Beginning, Operator } from './operator.js';
import { Party } from './party.js';
import { isAnswered } from './states.js';

export class PartyEvents {
  constructor(private readonly operator: Operator) {}

  /** A party that nobody knew begins a call. */
  setUp(name: LineName, setUp: SetUp, now: Millis): void {
    const { operator } = this;
    const party = new Party(name, setUp.caller);
    operator.board.addParty(party);
    const beginning = this.#beginning(setUp);
    if (typeof beginning === 'string') {
      operator.observer.count('call.refused', beginning);
      return operator.dismiss(party, 'congested', undefined, beginning, now);
    }
    const call = operator.begin(party, beginning, setUp.local, now);
    call.isPassedOn = setUp.line !== undefined;
    call.recordId = setUp.recordId;
    // Its connection is there: there is nothing to wait for.
    operator.callEvent(call, 'originating:reached', now);
  }

  /** Where the call goes, or why it goes nowhere. */
  #beginning({ dialled, line }: SetUp): Beginning | Cause {
    const { draining, plan, anchoring } = this.operator;
    // Where all calls are anchored they come for those who are registered, too, whom no number names.
    const found =
      plan.find(dialled) ?? (anchoring.isOn ? { ...NO_NUMBER, targets: [{ kind: 'registrar' as const, user: dialled }] } : undefined);
    const emergency = found?.emergency ?? false;
    if (!found && line === undefined) return 'unallocated-number';
    if (found?.forbid && line === undefined) return 'call-rejected';
    if (draining && !emergency) return 'congestion';
    return line === undefined ? { dialled, targets: [], ...found } : { dialled, targets: [{ kind: 'line', line }], emergency };
  }

  take(party: Party, event: HalfCallEvent, now: Millis): void {
    const { call } = party;
    if (!call) return this.operator.ignored(`party ${event.kind}`);
    if (party.aside) return this.operator.transferring.takeAside(party, call, event, now);
    match(event)
      .with({ kind: 'off-hook' }, ({ local }) => this.#answered(party, call, local, now))
      .with({ kind: 'on-hook' }, ({ cause }) => this.#hungUp(party, call, cause, now))
      .with({ kind: P.union('hold', 'retrieve') }, ({ kind }) => this.operator.callEvent(call, `${party.role}:${kind}`, now))
      .with({ kind: 'media' }, ({ local }) => this.#media(party, call, local, now))
      .with({ kind: 'digit' }, ({ digit, durationMs }) => this.#digit(party, call, digit, durationMs, now))
      .with({ kind: 'reached' }, (reached) => this.#reached(party, call, reached, now))
      .with({ kind: 'failed' }, (failed) => this.#failed(party, call, failed, now))
      .with({ kind: 'lost' }, ({ cause }) => this.operator.callEvent(call, `${party.role}:${lossEvent(cause)}`, now, cause))
      .with({ kind: 'transfer' }, (transfer) => this.operator.transferring.request(party, call, transfer, now))
      // It is known already, and what only telephones do.
      .with({ kind: P.union('set-up', 'flash', 'dialled', 'tone-ended') }, ({ kind }) => this.operator.ignored(`party ${kind}`))
      .exhaustive();
  }

  #answered(party: Party, call: Call, local: string | undefined, now: Millis): void {
    if (local !== undefined) this.operator.learn(party, local);
    this.operator.callEvent(call, `${party.role}:answered`, now);
  }

  /** Who has not answered and hangs up has refused. */
  #hungUp(party: Party, call: Call, cause: Cause | undefined, now: Millis): void {
    this.operator.callEvent(call, `${party.role}:${party.phase === 'ringing' ? 'refused' : 'on-hook'}`, now, cause);
  }

  #media(party: Party, call: Call, local: string, now: Millis): void {
    this.operator.learn(party, local);
    if (party.phase === 'ringing') this.operator.callEvent(call, `${party.role}:media`, now);
  }

  #digit(party: Party, call: Call, digit: string, durationMs: Millis, now: Millis): void {
    const other = this.operator.board.stationOf(call, otherRole(party.role));
    // TODO when gateways can be told to play digits: a line hears none that its telephone cannot hear in the media.
    if (!(other instanceof Party) || !isAnswered(call.state)) return this.operator.ignored(`${call.state} digit`);
    this.operator.board.ports.notice?.(other.name, { kind: 'digit', digit, durationMs }, now);
  }

  #reached(party: Party, call: Call, reached: Extract<HalfCallEvent, { kind: 'reached' }>, now: Millis): void {
    if (!meansSameCall(call.callId, reached.callId)) return;
    if (reached.local !== undefined) this.operator.learn(party, reached.local);
    if (!party.isFor(reached)) return;
    this.operator.callEvent(call, `${party.role}:reached`, now);
    if (reached.local !== undefined && party.phase === 'ringing') this.operator.callEvent(call, `${party.role}:media`, now);
  }

  #failed(party: Party, call: Call, failed: Extract<HalfCallEvent, { kind: 'failed' }>, now: Millis): void {
    this.operator.observer.count('call.order.failed', failed.cause);
    if (!party.isFor(failed)) return;
    this.operator.callEvent(call, `${party.role}:${partyFailureEvent(failed.phase, failed.cause)}`, now, failed.cause);
  }
}

/** What the plan says of a user that is none of its numbers. */
const NO_NUMBER = { forbid: false, emergency: false };
