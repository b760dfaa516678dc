// Hunting: the targets of a call in their order, until one can ring. A target that is no line of this node's becomes a party.
import type { Observer } from '@altpath/core';
import { match } from 'ts-pattern';
import type { Call } from './call.js';
import type { Cause } from './cause.js';
import { type Situation, treat } from './features/forwarding.js';
import { mayKnock } from './features/second-call.js';
import type { CalledParty, LineName } from './half-call.js';
import { Line } from './line.js';
import type { NumberPlan, Target } from './number-plan.js';
import { Party } from './party.js';
import type { Station } from './station.js';
import { gatewayOf, type Switchboard } from './switchboard.js';

export interface HuntingSettings {
  /** The protocol that reaches targets which are no lines of ours (`sip`); undefined: they are refused with `interworking`. */
  readonly parties?: string | undefined;
  /** Index of the living other node that holds the line's gateway; undefined: the line is here, or nowhere. */
  readonly elsewhere?: ((line: LineName) => number | undefined) | undefined;
  /** The node that held the line's gateway is down, and nobody has taken it yet, or this node is about to. */
  readonly isOrphaned?: ((line: LineName) => boolean) | undefined;
  /** Calls that a gateway may have at the same time, by its name; one that is not named has no limit. */
  readonly maxCalls?: ReadonlyMap<string, number> | undefined;
}

export class Hunting {
  /** A takeover is going on: lines that nothing is known of may still be found. */
  seeking = false;
  /** No new calls; lines are given away. */
  draining = false;
  #parties = 0;

  constructor(
    private readonly settings: HuntingSettings,
    private readonly board: Switchboard,
    private readonly plan: NumberPlan,
    private readonly observer: Observer,
  ) {}

  /**
   * Takes the next target that can ring from the call's list.
   *
   * @returns `later`: it is a line that a takeover has not come to, here or elsewhere; undefined: no target is left.
   */
  next(call: Call): Station | 'later' | undefined {
    for (;;) {
      const [target, ...rest] = call.targets;
      if (!target) return undefined;
      if (this.#isSought(target, call)) return 'later';
      call.targets = rest;
      if (target.kind === 'line' && this.#treats('called', call, target.line)) continue;
      const found = this.#candidate(target, call);
      if (typeof found !== 'string') return found;
      this.refused(call, target.kind === 'line' ? target.line : undefined, found);
    }
  }

  /** A target does not take the call. @param line  Its line, which may have it forwarded. */
  refused(call: Call, line: LineName | undefined, cause: Cause): void {
    const situation = cause === 'user-busy' ? 'busy' : cause === 'no-answer' ? 'unanswered' : undefined;
    if (line !== undefined && situation !== undefined && this.#treats(situation, call, line)) return;
    if (line !== undefined && !call.isPassedOn && NODE_TROUBLE.includes(cause) && this.#isBetweenNodes(line, call)) {
      call.targets = [{ kind: 'line', line }, ...call.targets];
      return this.observer.count('call.target.sought', cause);
    }
    this.#refuse(call, cause, cause);
  }

  /** It was called through another node, which has not answered: the line will be somebody's, once. */
  #isBetweenNodes(line: LineName, call: Call): boolean {
    const node = this.#nodeOf(line);
    // The line has come here meanwhile.
    if (node === undefined) return call.askedNode !== undefined || this.#isOrphaned(line);
    if (call.failedNode === node) return false;
    call.failedNode = node;
    return true;
  }

  #isOrphaned(line: LineName): boolean {
    return this.board.line(line)?.known === false && this.settings.isOrphaned?.(line) === true;
  }

  #refuse(call: Call, cause: Cause, why: string): void {
    if (cause === 'user-busy') call.metBusy = true;
    call.refusal = cause;
    this.observer.count('call.target.refused', why);
  }

  /** What the line's subscriber has switched on decides. Of a call that another node has passed on, that node has asked. */
  #treats(situation: Situation, call: Call, line: LineName): boolean {
    const treatment = call.isPassedOn ? undefined : treat(situation, call, line, this.board.line(line)?.settings.features, this.plan);
    if (treatment?.kind === 'forward') {
      call.targets = [...treatment.targets, ...call.targets];
      call.diversions = [...call.diversions, { ...treatment.diversion, number: this.board.line(line)?.caller.number }];
      this.observer.count('call.forwarded', treatment.diversion.reason);
    } else if (treatment) this.#refuse(call, treatment.cause, treatment.why);
    return treatment !== undefined;
  }

  /** A call may begin on this line, or come to it: its gateway has no more than it may have. */
  hasRoom(line: LineName, call: Call | undefined): boolean {
    const gateway = gatewayOf(line);
    const most = this.settings.maxCalls?.get(gateway);
    return most === undefined || this.board.callsAt(gateway, call) < most;
  }

  /** One of these becomes, or may become, a party. */
  mayBeParties(targets: readonly Target[]): boolean {
    if (this.settings.parties === undefined) return false;
    return targets.some((target) => target.kind !== 'line' || this.#nodeOf(target.line) !== undefined);
  }

  /** Another living node has the gateway of this line. `false` for a party. */
  isElsewhere(line: LineName): boolean {
    return this.board.line(line) !== undefined && this.#nodeOf(line) !== undefined;
  }

  #nodeOf(line: LineName): number | undefined {
    return this.settings.elsewhere?.(line);
  }

  /** A takeover has not come to this line yet: who calls it now shall not be refused for that. */
  #isSought(target: Target, call: Call): boolean {
    if (target.kind !== 'line') return false;
    const node = this.#nodeOf(target.line);
    if (node !== undefined) return node === call.failedNode || this.#followsLines(call);
    return (this.seeking && this.board.line(target.line)?.known === false) || this.#isOrphaned(target.line);
  }

  /** The node drains, and its lines go one gateway after the other: where the caller's has come, the call goes on. */
  #followsLines(call: Call): boolean {
    return this.draining && this.board.stationOf(call, 'originating') instanceof Line;
  }

  /** Who is behind a target, or why he cannot ring. */
  #candidate(target: Target, call: Call): Station | Cause {
    call.askedNode = undefined;
    return match<Target, Station | Cause>(target)
      .with({ kind: 'line' }, ({ line: name }) => {
        const node = this.#nodeOf(name);
        if (node !== undefined) {
          call.askedNode = node;
          // Two nodes that take each other for the line's home would pass the call to and fro.
          return call.isPassedOn ? 'network-out-of-order' : this.#party({ kind: 'line-at-node', node, line: name }, call);
        }
        return this.#line(name, call);
      })
      .with({ kind: 'registrar' }, { kind: 'sip' }, { kind: 'group' }, (party) => this.#party(party, call))
      .exhaustive();
  }

  #line(name: LineName, call: Call): Line | Cause {
    const line = this.board.line(name);
    if (!line) return 'unallocated-number';
    // Who has passed the call on waits for who has the line.
    if (!line.known && call.isPassedOn) return 'network-out-of-order';
    if (!line.inService) return 'destination-out-of-order';
    if (!line.isFree && !mayKnock(line, call)) return 'user-busy';
    return call.emergency || this.hasRoom(name, call) ? line : 'no-circuit';
  }

  #party(called: CalledParty, call: Call): Party | Cause {
    const { parties } = this.settings;
    if (parties === undefined) return 'interworking';
    this.#parties += 1;
    const party = new Party(`${parties}/o${this.#parties}`, undefined, called, call.countAttempt(called));
    this.board.addParty(party);
    return party;
  }
}

/** What is said of a node that does not answer, takes no calls any more, or has not got the line. */
const NODE_TROUBLE: readonly Cause[] = ['temporary-failure', 'recovery-on-timer-expiry', 'congestion', 'network-out-of-order'];
