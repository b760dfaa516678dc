// Which request (Events with its RequestID) a gateway has for a line, which reports belong to it, and which request comes
// next. A request stays in force after a report, and may be reported on any number of times (RFC 3525 §7.1.9).
import type { HalfCallState, Phase } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import type { RequestId } from '../message/index.js';
import { callOf, formatRequestId, GENERATIONS, type Identifiers, parseRequestId, type RequestIdentity } from './identifiers.js';
import type { ReportVerdict } from './line-facts.js';
import type { Asked, Manner } from './phases.js';

/** A request that the gateway has, or will have when it executes the transaction that is out. */
export interface Request {
  readonly id: RequestId;
  /** Undefined: an audit found it, and it is none of ours. */
  readonly identity: RequestIdentity | undefined;
  /** What it asks for; undefined: an audit found it. */
  readonly asked: Asked | undefined;
  /** What `askedFor` was told. */
  readonly manner: Manner | undefined;
  /** It has told how the phone lies. */
  hookTold: boolean;
}

/** Reports kept against repetition. */
const REMEMBERED_REPORTS = 8;

export class RequestLedger {
  #current: Request | undefined;
  /** The request in force is to be asked once more. */
  #isStale = false;
  /** Of the newest request that was made or found. */
  #generation: number | undefined;
  #reported: readonly string[] = [];

  /** @param asks  What a request of a phase asks for. */
  constructor(
    private readonly asks: (phase: Phase, manner: Manner) => Asked,
    private readonly identifiers: Identifiers,
  ) {}

  /** The request in force; undefined when it is not known. */
  get current(): Request | undefined {
    return this.#current;
  }

  /** What is in force was found by an audit: nothing else has been asked since. */
  get isInherited(): boolean {
    return this.#current !== undefined && (this.#current.asked === undefined || this.#current.manner === 'again');
  }

  /** The state asks for a request that the gateway does not have. */
  needs(goal: HalfCallState): boolean {
    return this.#isStale || !this.isFor(goal);
  }

  /** The request in force is one of this state. */
  isFor(goal: HalfCallState): boolean {
    const identity = this.#current?.identity;
    if (identity === undefined || identity.phase !== goal.phase || identity.role !== goal.role) return false;
    const call = callOf(goal.callId);
    // Without a call the slot only says who armed the line.
    return call === undefined || (call.slot === identity.slot && call.callCounter === identity.callCounter);
  }

  make(goal: Pick<HalfCallState, 'phase' | 'role' | 'callId'>, manner: Manner, now: Millis): Request {
    this.#generation = GENERATIONS.after(this.#generation ?? GENERATIONS.first(now));
    const identity = this.identifiers.identity(goal.phase, goal.role, goal.callId, this.#generation);
    return this.#requestOf(identity, manner);
  }

  /** The request that was found, asked once more under an identifier of its own: that it came before is not forgotten by it. */
  makeAgain(found: RequestIdentity): Request {
    this.#generation = GENERATIONS.after(this.#generation ?? found.generation);
    return this.#requestOf({ ...found, generation: this.#generation }, 'again');
  }

  accepted(request: Request): void {
    this.#current = request;
    this.#isStale = false;
  }

  /** The gateway may have another request, or none. */
  doubt(): void {
    this.#current = undefined;
  }

  /** What the request in force asks for has been reported, and nothing came of it: it is asked once more. */
  ask(): void {
    this.#isStale = true;
  }

  /** @param found  What an audit found in force; undefined where there is nothing, or it is not told. */
  adopt(found: RequestId | undefined): void {
    const identity = found === undefined ? undefined : parseRequestId(found);
    if (found !== this.#current?.id) {
      this.#current = found === undefined ? undefined : { id: found, identity, asked: undefined, manner: undefined, hookTold: false };
    }
    this.#isStale = false;
    if (identity !== undefined && (this.#generation === undefined || GENERATIONS.isLater(identity.generation, this.#generation))) {
      this.#generation = identity.generation;
    }
  }

  /**
   * What a report with this identifier is.
   *
   * @param fingerprint  Of `fingerprint`; undefined where it cannot be told from another.
   * @param coming       The request of the transaction that is out.
   */
  judge(id: RequestId, fingerprint: string | undefined, coming: Request | undefined): ReportVerdict {
    if (fingerprint !== undefined && this.#reported.includes(fingerprint)) return 'repeated';
    // The gateway has executed the transaction, though its reply is still on the way.
    if (id === coming?.id) return 'current';
    if (id === this.#current?.id) return coming === undefined ? 'current' : 'late';
    const identity = parseRequestId(id);
    if (identity === undefined || this.#generation === undefined) return 'foreign';
    // No answer came to the transaction that asked for this, but it was executed.
    if (this.#current === undefined && coming === undefined && identity.generation === this.#generation) return 'current';
    return GENERATIONS.isLater(identity.generation, this.#generation) ? 'foreign' : 'late';
  }

  noteReported(id: RequestId, fingerprint: string | undefined, verdict: ReportVerdict, coming: Request | undefined): void {
    if (fingerprint !== undefined) this.#reported = [...this.#reported.slice(1 - REMEMBERED_REPORTS), fingerprint];
    // Somebody else has armed the line, or nobody: what we think is there is not.
    if (verdict === 'foreign' && coming === undefined && id !== this.#current?.id) this.doubt();
  }

  #requestOf(identity: RequestIdentity, manner: Manner): Request {
    return { id: formatRequestId(identity), identity, asked: this.asks(identity.phase, manner), manner, hookTold: false };
  }
}
