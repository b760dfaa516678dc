// Side calls: a leg of a call hears somebody who is in no call with it (music, a mixer of three). Who it hears is called on its behalf:
// he is told where the leg listens, and the leg to listen to him. Nobody is told of these calls; they are neither kept nor recorded.
import type { Millis } from '@altpath/core';
import type { Call, Purpose } from '../call.js';
import { otherRole } from '../half-call.js';
import type { Target } from '../number-plan.js';
import type { OperatorView } from '../operator-view.js';
import { targetsOf } from './forwarding.js';

/** In place of the line that a caller has. */
const LISTENER = 'side';

export class SideCalls {
  constructor(private readonly operator: OperatorView) {}

  /** Whom a feature names, as far as he speaks SIP. */
  partiesOf(to: string | undefined): readonly Target[] {
    return this.#targetsOf(to).filter(({ kind }) => kind !== 'line');
  }

  /** Who plays: whoever can be called on behalf of another. A line of a gateway has a telephone, a channel may lead to a player. */
  playersOf(to: string | undefined): readonly Target[] {
    const { board } = this.operator;
    return this.#targetsOf(to).filter((target) => target.kind !== 'line' || board.line(target.line)?.settings.isTrunk === true);
  }

  #targetsOf(to: string | undefined): readonly Target[] {
    const targets = to === undefined ? [] : targetsOf(to, '', this.operator.plan);
    return typeof targets === 'string' ? [] : targets;
  }

  /** Calls the first of these that answers. The leg hears him once it is in `sources` of its call. */
  open(purpose: Purpose, targets: readonly Target[], now: Millis): Call {
    const { operator } = this;
    const { call, role } = purpose;
    const side = operator.beginFor(purpose, targets, { line: LISTENER, local: call[role]?.local }, now);
    side.caller = operator.board.stationOf(call, otherRole(role))?.caller;
    operator.callEvent(side, 'originating:reached', now);
    return side;
  }

  /** The leg listens elsewhere now, if it does. */
  move(side: Call): void {
    const { originating, serves } = side;
    const local = serves?.call[serves.role]?.local;
    if (!originating || local === undefined || originating.local === local) return;
    originating.local = local;
    this.operator.board.stir(side, 'terminating');
  }

  close(side: Call, now: Millis): void {
    if (this.operator.board.has(side)) this.operator.callEvent(side, 'originating:on-hook', now);
  }
}
