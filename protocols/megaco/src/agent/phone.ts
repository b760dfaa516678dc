// The telephone at a line: how it lies as far as is known, which request the gateway has for it, and which it is given next.
// A trunk has no telephone: its request tells whose call it carries, and asks for nothing that a user does (`trunk.ts`).
import type { HalfCallState, Phase } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import type { RequestId } from '../message/index.js';
import { type Change, mediaOf } from './changes.js';
import type { FoundTermination } from './found-termination.js';
import type { Identifiers } from './identifiers.js';
import { Inheritance } from './inheritance.js';
import type { GatewayFacts, LineKind } from './line-facts.js';
import { askedFor, hookOf } from './phases.js';
import { type Request, RequestLedger } from './request-ledger.js';
import { ASKED_OF_TRUNK, toldOfTrunk } from './trunk.js';

export class Phone {
  /** As told, or as it should be until something else is told. */
  hook: 'on' | 'off' | 'unknown' = 'unknown';
  /** The phase whose tone or ring has ended by itself. */
  silenced: Phase | undefined;
  readonly inheritance = new Inheritance();
  #requests: RequestLedger;

  constructor(
    private readonly kind: LineKind,
    private readonly facts: GatewayFacts,
    private readonly identifiers: Identifiers,
  ) {
    this.#requests = this.#newLedger();
  }

  get requests(): RequestLedger {
    return this.#requests;
  }

  ordered({ phase }: HalfCallState): void {
    if (phase !== this.silenced) this.silenced = undefined;
    if (phase !== 'dialling') this.inheritance.heard();
  }

  /**
   * The state asks for a request that the gateway does not have; also where the phone is held to lie otherwise than the state
   * supposes: the gateway knows, and says so if it does.
   */
  needs(goal: HalfCallState): boolean {
    if (this.kind === 'trunk') return this.#trunkNeeds(goal) !== undefined;
    const isOtherHook = this.hook !== 'unknown' && this.hook !== hookOf(goal.phase);
    return isOtherHook || this.inheritance.isOpen || this.#requests.needs(goal);
  }

  /** The request that goes with a change, or alone; undefined when the gateway has what the state needs. */
  requestWith(change: Change | undefined, goal: HalfCallState, now: Millis): Request | undefined {
    if (this.kind === 'trunk') return this.#trunkRequest(change, goal, now);
    const identity = this.#requests.current?.identity;
    switch (change?.kind) {
      case 'sweep':
        return undefined;
      case 'locate':
        // It says where the phone is and how it lies, and changes nothing for who comes next.
        return identity ? this.#requests.makeAgain(identity) : this.#requests.make({ phase: 'idle', role: 'originating' }, 'again', now);
      case 'leave':
        // The request of a call goes with its own context, not with the end of another.
        return mediaOf(goal) === undefined ? this.#make(goal, now) : undefined;
      case 'create':
        return this.#make(goal, now);
      default:
        if (!this.needs(goal)) return undefined;
        // Of what a stand-in finds as it should be it asks only how the phone lies.
        if (this.inheritance.isQuestion && identity && !this.#requests.needs(goal) && goal.phase !== 'idle')
          return this.#requests.makeAgain(identity);
        return this.#make(goal, now);
    }
  }

  /** The gateway has the request. */
  accepted(request: Request): void {
    this.#requests.accepted(request);
    this.inheritance.asked(request);
    if (this.kind === 'trunk') return;
    // A phone that lies otherwise says so at once, being asked by state; what it has said already is newer.
    if (!request.hookTold && request.manner !== 'again' && request.identity !== undefined) this.hook = hookOf(request.identity.phase);
  }

  /** It has told how it lies, upon this request: newer than what the acceptance of the request supposes. */
  noteHook(requestId: RequestId, coming: Request | undefined): void {
    for (const request of [this.#requests.current, coming]) if (request?.id === requestId) request.hookTold = true;
  }

  /** An audit found this. */
  adopt(found: FoundTermination, now: Millis): void {
    this.#requests.adopt(found.requestId);
    if (this.kind === 'trunk') return;
    this.inheritance.take(found, this.facts, now);
    if (found.identity !== undefined) this.hook = hookOf(found.identity.phase);
  }

  /** What it does is not known any more. */
  doubt(): void {
    this.#requests.doubt();
    this.hook = 'unknown';
    this.silenced = undefined;
    this.inheritance.clear();
  }

  /** The line is another node's: what was reported and counted is forgotten too. */
  forget(): void {
    this.doubt();
    this.#requests = this.#newLedger();
  }

  #newLedger(): RequestLedger {
    const { kind, facts, identifiers } = this;
    return new RequestLedger((phase, manner) => (kind === 'trunk' ? ASKED_OF_TRUNK : askedFor(phase, manner, facts)), identifiers);
  }

  /** What the trunk's request is to tell and does not. */
  #trunkNeeds(goal: HalfCallState): HalfCallState | undefined {
    const told = toldOfTrunk(goal, this.facts);
    return told && this.#requests.needs(told) ? told : undefined;
  }

  /** With what a call begins by or goes on with; a trunk that is to be found first, or to be free, is asked for nothing. */
  #trunkRequest(change: Change | undefined, goal: HalfCallState, now: Millis): Request | undefined {
    if (change?.kind === 'sweep' || change?.kind === 'locate' || change?.kind === 'leave') return undefined;
    const told = change?.kind === 'create' ? toldOfTrunk(goal, this.facts) : this.#trunkNeeds(goal);
    return told && this.#requests.make(told, 'begin', now);
  }

  #make(goal: HalfCallState, now: Millis): Request {
    return this.#requests.make(goal, this.silenced === goal.phase ? 'silently' : 'begin', now);
  }
}
