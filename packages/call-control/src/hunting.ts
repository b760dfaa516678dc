// Hunting: the targets of a call in their order, until one can ring. A target that is no line of this node's becomes a party.
import type { Observer } from '@altpath/core';
import { match } from 'ts-pattern';
import type { Call } from './call.js';
import type { Cause } from './cause.js';
import type { CalledParty, LineName } from './half-call.js';
import { type Line } from './line.js';
import type { Target } from './number-plan.js';
import { Party } from './party.js';
import type { Station } from './station.js';
import type { Switchboard } from './switchboard.js';

export interface HuntingSettings {
  /** The protocol that reaches targets which are no lines of ours (`sip`); undefined: they are refused with `interworking`. */
  readonly parties?: string | undefined;
  /** Index of the living other node that holds the line's gateway; undefined: the line is here, or nowhere. */
  readonly elsewhere?: ((line: LineName) => number | undefined) | undefined;
}

export class Hunting {
  /** A takeover is going on: lines that nothing is known of may still be found. */
  seeking = false;
  #parties = 0;

  constructor(
    private readonly settings: HuntingSettings,
    private readonly board: Switchboard,
    private readonly observer: Observer,
  ) {}

  /**
   * Takes the next target that can ring from the call's list.
   *
   * @returns `later`: it is a line that a takeover has not come to; undefined: no target is left.
   */
  next(call: Call): Station | 'later' | undefined {
    for (;;) {
      const [target, ...rest] = call.targets;
      if (!target) return undefined;
      if (this.#isSought(target)) return 'later';
      call.targets = rest;
      const found = this.#candidate(target, call);
      if (typeof found !== 'string') return found;
      if (found === 'user-busy') call.metBusy = true;
      call.refusal = found;
      this.observer.count('call.target.refused', found);
    }
  }

  /** One of these becomes, or may become, a party. */
  mayBeParties(targets: readonly Target[]): boolean {
    if (this.settings.parties === undefined) return false;
    return targets.some((target) => target.kind !== 'line' || this.#nodeOf(target.line) !== undefined);
  }

  #nodeOf(line: LineName): number | undefined {
    return this.settings.elsewhere?.(line);
  }

  /** A takeover has not come to this line yet: who calls it now shall not be refused for that. */
  #isSought(target: Target): boolean {
    if (!this.seeking || target.kind !== 'line' || this.#nodeOf(target.line) !== undefined) return false;
    return this.board.line(target.line)?.known === false;
  }

  /** Who is behind a target, or why he cannot ring. */
  #candidate(target: Target, call: Call): Station | Cause {
    return match<Target, Station | Cause>(target)
      .with({ kind: 'line' }, ({ line: name }) => {
        const node = this.#nodeOf(name);
        if (node !== undefined) {
          // Two nodes that take each other for the line's home would pass the call to and fro.
          return call.isPassedOn ? 'network-out-of-order' : this.#party({ kind: 'line-at-node', node, line: name });
        }
        return this.#line(name);
      })
      .with({ kind: 'registrar' }, { kind: 'sip' }, { kind: 'group' }, (party) => this.#party(party))
      .exhaustive();
  }

  #line(name: LineName): Line | Cause {
    const line = this.board.line(name);
    if (!line) return 'unallocated-number';
    if (!line.inService) return 'destination-out-of-order';
    return line.isFree ? line : 'user-busy';
  }

  #party(called: CalledParty): Party | Cause {
    const { parties } = this.settings;
    if (parties === undefined) return 'interworking';
    this.#parties += 1;
    const party = new Party(`${parties}/o${this.#parties}`, undefined, called);
    this.board.addParty(party);
    return party;
  }
}
