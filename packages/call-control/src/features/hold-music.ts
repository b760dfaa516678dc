// Music for who is held: a line that puts somebody on hold may name who plays it, and he is called for as long as the hold lasts.
import type { Millis } from '@altpath/core';
import type { Call } from '../call.js';
import { type HalfCallRole, otherRole, ROLES } from '../half-call.js';
import { Line } from '../line.js';
import type { OperatorView } from '../operator-view.js';

export class HoldMusic {
  constructor(private readonly operator: OperatorView) {}

  /** Something of the call has changed: its music begins or ends. */
  follow(call: Call, now: Millis): void {
    if (!this.operator.board.has(call) || call.isMixed) return;
    const held = this.#listener(call);
    if (held === undefined) return this.#end(call, now);
    // Once for each hold: who does not play is not asked again and again.
    if (!call.hasMusic) this.#begin(call, held, now);
  }

  /** Who is held, and is to hear music, and where that can go. */
  #listener(call: Call): HalfCallRole | undefined {
    if (call.state !== 'held-by-originating' && call.state !== 'held-by-terminating') return undefined;
    const holder: HalfCallRole = call.state === 'held-by-originating' ? 'originating' : 'terminating';
    const held = otherRole(holder);
    return this.#wish(call, holder) !== undefined && call[held]?.local !== undefined ? held : undefined;
  }

  #wish(call: Call, holder: HalfCallRole): string | undefined {
    const station = this.operator.board.stationOf(call, holder);
    return station instanceof Line ? station.settings.features?.music : undefined;
  }

  #begin(call: Call, held: HalfCallRole, now: Millis): void {
    const { sideCalls, observer } = this.operator;
    const targets = sideCalls.playersOf(this.#wish(call, otherRole(held)));
    call.hasMusic = true;
    observer.count('call.music', targets.length === 0 ? 'nobody' : 'begun');
    if (targets.length === 0) return;
    call.sources[held] = sideCalls.open({ call, role: held, follow: (music, at) => this.#tell(call, held, music, at) }, targets, now);
  }

  /** The music has begun, or plays no more, or its hold is over. */
  #tell(call: Call, held: HalfCallRole, music: Call, now: Millis): void {
    const { board, sideCalls } = this.operator;
    if (!board.has(call) || call.sources[held] !== music) return sideCalls.close(music, now);
    if (!board.has(music)) call.sources[held] = undefined;
    board.stir(call, held);
  }

  #end(call: Call, now: Millis): void {
    if (!call.hasMusic) return;
    call.hasMusic = false;
    for (const role of ROLES) {
      const music = call.sources[role];
      call.sources[role] = undefined;
      if (music) this.operator.sideCalls.close(music, now);
    }
  }
}
