// Music for who is held: a line that puts somebody on hold may name who plays it, and he is called for as long as the hold lasts.
// The music is a call of its own, of which the held side is no leg: it is told to listen there, and the player where it listens.
import type { Millis } from '@altpath/core';
import { Call, otherRole } from '../call.js';
import type { HalfCallRole } from '../half-call.js';
import { Line } from '../line.js';
import type { Target } from '../number-plan.js';
import type { Operator } from '../operator.js';
import { targetsOf } from './forwarding.js';

/** A call that plays music for somebody who is held. */
export interface Playing {
  readonly call: Call;
  /** Who is held. */
  readonly role: HalfCallRole;
}

/** In place of the line that a caller has. */
const LISTENER = 'held';

export class HoldMusic {
  constructor(private readonly operator: Operator) {}

  /** Something of the call has changed: its music begins or ends, or plays elsewhere. */
  follow(call: Call, now: Millis): void {
    if (call.plays) return this.#tell(call, call.plays, now);
    if (!this.operator.board.has(call)) return;
    const held = this.#listener(call);
    const { music } = call;
    if (held === undefined) {
      call.music = undefined;
      if (music instanceof Call) this.#end(music, now);
    } else if (music === undefined) this.#begin(call, held, now);
    else if (music instanceof Call) this.#move(music, call[held]?.local);
  }

  /** Who is held, and is to hear music, and where that can go. */
  #listener(call: Call): HalfCallRole | undefined {
    if (call.state !== 'held-by-originating' && call.state !== 'held-by-terminating') return undefined;
    const holder: HalfCallRole = call.state === 'held-by-originating' ? 'originating' : 'terminating';
    const station = this.operator.board.stationOf(call, holder);
    const held = otherRole(holder);
    const isWished = station instanceof Line && station.settings.features?.music !== undefined;
    return isWished && call[held]?.local !== undefined ? held : undefined;
  }

  #begin(call: Call, held: HalfCallRole, now: Millis): void {
    const { operator } = this;
    const holder = operator.board.stationOf(call, otherRole(held));
    const targets = this.#players(holder instanceof Line ? holder.settings.features?.music : undefined);
    // Once for each hold: who does not play is not asked again and again.
    call.music = 'silence';
    if (targets.length === 0) return operator.observer.count('call.music', 'nobody');
    const music = operator.beginFor({ call, role: held }, targets, { line: LISTENER, local: call[held]?.local }, now);
    music.caller = holder?.caller;
    call.music = music;
    operator.observer.count('call.music', 'begun');
    operator.callEvent(music, 'originating:reached', now);
  }

  /** Only parties play: a line of a gateway has a telephone. */
  #players(to: string | undefined): readonly Target[] {
    const targets = to === undefined ? [] : targetsOf(to, '', this.operator.plan);
    return typeof targets === 'string' ? [] : targets.filter(({ kind }) => kind !== 'line');
  }

  /** Who is held listens elsewhere now. */
  #move(music: Call, local: string | undefined): void {
    const { originating } = music;
    if (!originating || originating.local === local) return;
    originating.local = local;
    this.operator.board.stir(music, 'terminating');
  }

  /** The music has begun or ended, or its hold has ended. */
  #tell(music: Call, { call, role }: Playing, now: Millis): void {
    const { board } = this.operator;
    const isWanted = board.has(call) && call.music === music;
    if (!board.has(music)) {
      if (isWanted) call.music = 'silence';
    } else if (!isWanted) return this.#end(music, now);
    if (isWanted) board.stir(call, role);
  }

  #end(music: Call, now: Millis): void {
    if (this.operator.board.has(music)) this.operator.callEvent(music, 'originating:on-hook', now);
  }
}
