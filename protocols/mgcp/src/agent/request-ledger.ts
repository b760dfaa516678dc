// Which request (X, R, S, D) a gateway has for a line, which reports belong to it, and which request comes next. In
// lockstep a request is reported on once, and then the gateway waits for another (RFC 3435 §4.4.1, §4.4.2).
import type { HalfCallState } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import type { FoundEndpoint } from './found-endpoint.js';
import {
  callCounterOf,
  GENERATIONS,
  type Identifiers,
  parseRequestIdentifier,
  rememberedDigits,
  type RequestIdentity,
} from './identifiers.js';
import type { GatewayFacts, ReportVerdict } from './line-facts.js';
import { asksTheSame, requestFor, type RequestParameters } from './requests.js';

/** A request that the gateway has, or will have when it accepts the command that is out. */
export interface Request {
  /** Upper case. */
  readonly identifier: string;
  /** Undefined: an audit found it, and it is none of ours. */
  readonly identity: RequestIdentity | undefined;
  /** What it asks for, as sent or as an audit found it; undefined when the audit did not tell. */
  readonly asked: RequestParameters | undefined;
  /** It has been reported on. */
  reported: boolean;
}

/** Identifiers that were reported on, kept against repetition. */
const REMEMBERED_REPORTS = 8;

export class RequestLedger {
  #current: Request | undefined;
  /** Of the newest request that was made or found. */
  #generation: number | undefined;
  #reported: readonly string[] = [];
  /** Identifier of what an audit found that this node had not asked for. */
  #found: string | undefined;
  /** What the next audit finds counts as reported on: the report was lost. */
  #lapsed = false;
  /** A request that is asked once more because of that: its report, if it comes after all, is the report of the other, too. */
  #renewed: Request | undefined;

  constructor(
    private readonly facts: GatewayFacts,
    private readonly identifiers: Identifiers,
  ) {}

  /** The request in force; undefined when it is not known. */
  get current(): Request | undefined {
    return this.#current;
  }

  /** It is the request that the newest audit found: another node may have acted upon its report already. */
  isInherited(identifier: string): boolean {
    return identifier === this.#found;
  }

  /** The state asks for a request that the gateway does not have. */
  needs(goal: HalfCallState): boolean {
    const request = this.#current;
    if (request === undefined || request.reported) return true;
    const { identity, asked } = request;
    // Somebody else's words for the same: nothing need be sent.
    if (identity === undefined) return asked === undefined || !asksTheSame(asked, requestFor(goal, true, this.facts, 0));
    return !(
      identity.phase === goal.phase &&
      identity.role === goal.role &&
      identity.callCounter === callCounterOf(goal.callId) &&
      identity.dialled === rememberedDigits(goal.dialled)
    );
  }

  /** @param signals  As `requestFor`. */
  make(goal: HalfCallState, signals: boolean, now: Millis): Request {
    this.#generation = GENERATIONS.after(this.#generation ?? GENERATIONS.first(now));
    const identity: RequestIdentity = {
      slot: this.identifiers.slot,
      phase: goal.phase,
      role: goal.role,
      generation: this.#generation,
      callCounter: callCounterOf(goal.callId),
      dialled: rememberedDigits(goal.dialled),
    };
    return { identifier: this.identifiers.request(identity), identity, asked: requestFor(goal, signals, this.facts, now), reported: false };
  }

  accepted(request: Request): void {
    this.#current = request;
    if (request.identity?.phase !== this.#renewed?.identity?.phase) this.#renewed = undefined;
  }

  /** The gateway may have another request, or none. */
  doubt(): void {
    this.#current = undefined;
  }

  /** The gateway has given up a report, and now waits for another request (RFC 3435 §4.4.1, §4.4.7). */
  lapse(): void {
    this.#lapsed = true;
    this.#renew();
  }

  adopt(found: FoundEndpoint): void {
    const { identity, asked } = found;
    const identifier = found.requestIdentifier?.toUpperCase();
    if (identifier !== this.#current?.identifier) {
      this.#current = identifier === undefined ? undefined : { identifier, identity, asked, reported: this.#reported.includes(identifier) };
      this.#found = identifier;
    }
    if (this.#lapsed) this.#renew();
    this.#lapsed = false;
    if (identity !== undefined && (this.#generation === undefined || GENERATIONS.isLater(identity.generation, this.#generation))) {
      this.#generation = identity.generation;
    }
  }

  /**
   * What a report with this identifier is.
   *
   * @param coming  The request of the command that is out.
   */
  judge(identifier: string, coming: Request | undefined): ReportVerdict {
    if (this.#reported.includes(identifier)) return 'repeated';
    if (identifier === this.#renewed?.identifier) return 'current';
    // The gateway has accepted the command, though its response is still on the way.
    if (identifier === coming?.identifier) return 'current';
    if (identifier === this.#current?.identifier) return coming === undefined ? 'current' : 'late';
    const identity = parseRequestIdentifier(identifier);
    if (identity === undefined || this.#generation === undefined) return 'foreign';
    // No answer came to the command that asked for this, but it was executed.
    if (this.#current === undefined && coming === undefined && identity.generation === this.#generation) return 'current';
    return GENERATIONS.isLater(identity.generation, this.#generation) ? 'foreign' : 'late';
  }

  noteReported(identifier: string, verdict: ReportVerdict, coming: Request | undefined): void {
    // `0` names persistent events before any request, and any number of them.
    if (identifier !== '0') this.#reported = [...this.#reported.slice(1 - REMEMBERED_REPORTS), identifier];
    for (const request of [this.#current, coming]) if (request?.identifier === identifier) request.reported = true;
    // Somebody else has armed the line, or nobody: what we think is there is not.
    if (verdict === 'foreign' && coming === undefined) this.doubt();
  }

  #renew(): void {
    if (this.#current === undefined || this.#current.reported) return;
    this.#current.reported = true;
    this.#renewed = this.#current;
  }
}
