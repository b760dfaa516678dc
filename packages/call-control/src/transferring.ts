// Transfers: a party has its partner connected with somebody else, and leaves. Blind: the partner goes on as a caller of the same
// call, while who asked waits beside it and comes back when nobody takes the call. Attended: the partner takes the seat that the same
// telephone has in another call.
import type { Millis } from '@altpath/core';
import { match, P } from 'ts-pattern';
import type { Call } from './call.js';
import type { Cause } from './cause.js';
import { lossEvent } from './failure.js';
import { type CallerIdentity, type HalfCallEvent, type LineName, type Notice, otherRole, ROLES } from './half-call.js';
import { presentedCaller, type Target } from './number-plan.js';
import type { OperatorView } from './operator-view.js';
import { Party } from './party.js';
import { CALL_STATES, type CallState, isAnswered } from './states.js';
import type { Station } from './station.js';

type Transfer = Extract<HalfCallEvent, { kind: 'transfer' }>;

/** Who is called, and whom he is told of. */
interface Destination {
  readonly targets: readonly Target[];
  readonly caller: CallerIdentity | undefined;
}

export class Transferring {
  constructor(private readonly operator: OperatorView) {}

  request(party: Party, call: Call, transfer: Transfer, now: Millis): void {
    const { operator } = this;
    const cause = this.#begin(party, call, transfer, now);
    operator.observer.count('call.transfer', cause ?? 'begun');
    if (cause !== undefined) this.#notify(party.name, { kind: 'transfer', progress: 'failed', cause }, now);
  }

  /** @returns why not, where it is refused. */
  #begin(party: Party, call: Call, { to, replaces }: Transfer, now: Millis): Cause | undefined {
    const partner = this.operator.board.stationOf(call, otherRole(party.role));
    // A line that has another call is not where it could be transferred.
    if (!partner || partner.call !== call || !isAnswered(call.state) || call.transferor) return 'temporary-failure';
    if (replaces !== undefined) return this.#attended(party, call, partner, replaces, now);
    const destination = this.#destination(to, partner);
    if (typeof destination === 'string') return destination;
    this.#blind(party, call, destination, now);
    return undefined;
  }

  #destination(to: string, partner: Station): Destination | Cause {
    const found = this.operator.plan.find(to);
    const who = identityOf(partner);
    if (found) return found.forbid ? 'call-rejected' : { targets: found.targets, caller: who && presentedCaller(found, who) };
    return /^sips?:/i.test(to) ? { targets: [{ kind: 'sip', uri: to }], caller: who } : 'unallocated-number';
  }

  #blind(party: Party, call: Call, { targets, caller }: Destination, now: Millis): void {
    const { operator } = this;
    if (party.role === 'originating') operator.board.swapSeats(call);
    call.targets = targets;
    call.caller = caller;
    call.metBusy = false;
    call.refusal = undefined;
    call.isPassedOn = false;
    this.#notify(party.name, { kind: 'transfer', progress: 'trying' }, now);
    operator.callEvent(call, 'terminating:transfer', now, 'normal-clearing');
  }

  /** @param replaces  The same telephone's party in the other call. */
  #attended(party: Party, call: Call, partner: Station, replaces: LineName, now: Millis): Cause | undefined {
    const { board } = this.operator;
    const replaced = board.party(replaces);
    const other = replaced?.call;
    if (
      !replaced ||
      !other ||
      other === call ||
      other.serves ||
      replaced.aside ||
      // Nobody is connected with himself.
      board.stationOf(other, otherRole(replaced.role)) === partner ||
      !CALL_STATES[other.state].on[`${replaced.role}:replaced`]
    )
      return 'temporary-failure';
    const { role } = replaced;
    const local = call[partner.role]?.local;
    const moved = partner.role;
    const caller = identityOf(partner);
    this.#notify(party.name, { kind: 'transfer', progress: 'done' }, now);
    board.detach(replaced, other);
    this.operator.leave(replaced, 'idle', other, 'normal-clearing', now);
    board.detach(partner, call);
    board.attach(partner, other, role, { local });
    if (role === 'originating') other.caller = caller;
    this.operator.callEvent(other, `${role}:replaced`, now, 'normal-clearing');
    this.operator.callEvent(call, `${moved}:moved`, now, 'normal-clearing');
    return undefined;
  }

  /** Something happens with a party that waits beside its call. */
  takeAside(party: Party, call: Call, event: HalfCallEvent, now: Millis): void {
    match(event)
      .with({ kind: 'on-hook' }, ({ cause }) => this.#leave(party, call, 'idle', cause ?? 'normal-clearing', now))
      .with({ kind: 'lost' }, ({ cause }) => this.#leave(party, call, lossEvent(cause) === 'gone' ? 'idle' : 'congested', cause, now))
      .with({ kind: 'retrieve' }, () => this.#giveUp(call, now))
      .with({ kind: 'media' }, { kind: 'reached', local: P.string }, ({ local }) => {
        if (call.transferor) call.transferor.local = local;
      })
      .otherwise(({ kind }) => this.operator.ignored(`aside ${kind}`));
  }

  /** A row of the table has been taken: who asked for a transfer is told, and leaves when somebody has taken his place. */
  follow(call: Call, before: CallState, cause: Cause, now: Millis): void {
    const party = call.transferor && this.operator.board.party(call.transferor.line);
    if (!party) return;
    match<[CallState, CallState]>([before, call.state])
      .with(['offering', P.union('alerting', 'early')], () => this.#notify(party.name, { kind: 'transfer', progress: 'ringing' }, now))
      .with([P.any, 'talking'], () => {
        this.#notify(party.name, { kind: 'transfer', progress: 'done' }, now);
        this.#leave(party, call, 'idle', 'normal-clearing', now);
      })
      .with([P.any, 'releasing'], () => {
        this.#notify(party.name, { kind: 'transfer', progress: 'failed', cause }, now);
        this.#leave(party, call, 'busy', cause, now);
      })
      .otherwise(() => undefined);
  }

  /** Nobody has taken the call: the two are together again, as they were. */
  takeBack(call: Call, now: Millis): void {
    const { operator } = this;
    const { was } = call.transferor ?? {};
    const party = operator.board.takeBack(call);
    if (!party) return;
    const cause = call.metBusy ? 'user-busy' : (call.refusal ?? 'unallocated-number');
    this.#notify(party.name, { kind: 'transfer', progress: 'failed', cause }, now);
    operator.callEvent(call, 'taken-back', now);
    for (const role of ROLES) if (was === `held-by-${role}` || was === 'held-by-both') operator.callEvent(call, `${role}:hold`, now);
  }

  /** Who asked for the transfer takes his partner back before anybody has answered. */
  #giveUp(call: Call, now: Millis): void {
    call.targets = [];
    const { transferor } = call;
    if (transferor) transferor.was = RETRIEVED[transferor.was] ?? transferor.was;
    if (call.state === 'hunting') this.takeBack(call, now);
    else this.operator.callEvent(call, 'terminating:refused', now, 'normal-clearing');
  }

  #leave(party: Party, call: Call, state: 'idle' | 'busy' | 'congested', cause: Cause, now: Millis): void {
    this.operator.board.detach(party, call);
    this.operator.leave(party, state, call, cause, now);
  }

  #notify(party: LineName, notice: Notice, now: Millis): void {
    this.operator.board.ports.notice?.(party, notice, now);
  }
}

/** Who is transferred, as the one who is called then is told. */
function identityOf(station: Station): CallerIdentity | undefined {
  if (station.caller) return station.caller;
  const called = station instanceof Party ? station.called : undefined;
  return called && 'user' in called ? { number: called.user } : undefined;
}

/** What a hold is when the side of the called has ended its own. */
const RETRIEVED: Readonly<Partial<Record<CallState, CallState>>> = {
  'held-by-terminating': 'talking',
  'held-by-both': 'held-by-originating',
};
