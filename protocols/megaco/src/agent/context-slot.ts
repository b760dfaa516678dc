// Where a line's termination is: in the null context, in one with the ephemeral termination that carries its media, or
// nobody here knows where. What is undefined is not known.
import type { Millis } from '@altpath/core';
import {
  ALL_CONTEXTS,
  CHOOSE_CONTEXT,
  type ContextId,
  type MediaDescriptor,
  NULL_CONTEXT,
  type RequestId,
  type StreamMode,
  type TerminationId,
} from '../message/index.js';
import type { Change } from './changes.js';
import { localOf } from './descriptions.js';
import { type Ephemeral, type Joined, NULL_PLACE, type Place } from './place.js';
import type { Done } from './steps.js';

/** How long the first answer is waited for that tells where a termination is; each further one twice as long. */
const PATIENCE_MS = 2_000;

export class ContextSlot {
  #place: Place = NULL_PLACE;
  /** Requests by which it was asked where it is. A report on any of them tells, however late: nothing has moved it since. */
  #asked: readonly RequestId[] = [];
  #askAt: Millis = 0;

  constructor(private readonly line: TerminationId) {}

  get place(): Place {
    return this.#place;
  }

  /** Undefined where it is not known. */
  get contextId(): ContextId | undefined {
    return this.#place.kind === 'joined' ? this.#place.contextId : this.#place.kind === 'null' ? NULL_CONTEXT : undefined;
  }

  get ephemeral(): Ephemeral | undefined {
    const ephemeral = this.#place.kind === 'joined' ? this.#place.ephemeral : undefined;
    return ephemeral === 'none' ? undefined : ephemeral;
  }

  /** An audit's finding. */
  found(place: Place): void {
    this.#place = place;
    this.#asked = [];
    this.#askAt = 0;
  }

  /** Where it is known to be is where an audit found it, or the audit does not tell. */
  agrees(found: Place): boolean {
    if (this.#place.kind !== 'joined') return false;
    return found.kind === 'unknown' || (found.kind === 'joined' && found.contextId === this.#place.contextId);
  }

  /** It is being asked where it is. @param requestId  On which it will report. */
  ask(requestId: RequestId | undefined): void {
    if (requestId !== undefined) this.#asked = [...this.#asked, requestId];
  }

  /** The gateway has understood. Where its reply tells nothing, the report is waited for, whatever is ordered meanwhile. */
  wait(now: Millis): void {
    if (this.#place.kind === 'unknown') this.#askAt = now + PATIENCE_MS * 2 ** (this.#place.inVain - 1);
  }

  /** When something may be done about it. */
  get dueAt(): Millis {
    return this.#place.kind === 'unknown' ? this.#askAt : 0;
  }

  /** A report on this request was caused by asking where it is. */
  isAsked(requestId: RequestId): boolean {
    return this.#asked.includes(requestId);
  }

  /** It is in the null context. */
  left(): void {
    this.found(NULL_PLACE);
  }

  /** What was to be left is not there: the context, or a termination in it, of which the ephemeral one is named first. */
  notLeft(joined: Joined, isContext: boolean): void {
    const hasNamed = joined.isDoubtful === true && joined.ephemeral !== undefined && joined.ephemeral !== 'none';
    this.#place = hasNamed && !isContext ? { ...joined, ephemeral: 'none' } : NULL_PLACE;
  }

  /** It is not where it was thought to be. */
  lose(): void {
    this.found({ kind: 'unknown', inVain: 0 });
  }

  /** The ephemeral termination is gone, and the line is still in its context. */
  ephemeralGone(): void {
    if (this.#place.kind === 'joined') this.#place = { ...this.#place, ephemeral: 'none' };
  }

  /**
   * What was done of a change.
   *
   * @param isWhole  All of it was.
   */
  changed(change: Change, done: readonly Done[], isWhole: boolean): void {
    const ephemeral = done.find(({ target }) => target === 'ephemeral');
    switch (change.kind) {
      case 'create': {
        const own = done.find(({ target }) => target === 'line');
        if (own === undefined && !isWhole) return;
        const { callId } = change;
        if (own === undefined || !isSpecific(own.contextId)) this.found({ kind: 'unknown', callId, inVain: 0 });
        else this.#place = { kind: 'joined', contextId: own.contextId, callId, ephemeral: ephemeral ? asAdded(ephemeral, change) : 'none' };
        return;
      }
      case 'complete':
        if (ephemeral) this.#place = { ...change.joined, ephemeral: asAdded(ephemeral, change) };
        return;
      case 'modify': {
        if (!ephemeral && !isWhole) return;
        const { mode, remote = change.ephemeral.remote, asksLocal, joined } = change;
        const local = localIn(ephemeral?.media) ?? change.ephemeral.local;
        this.#place = { ...joined, ephemeral: { ...change.ephemeral, mode, remote, local, ...(asksLocal && { isAsked: true }) } };
        return;
      }
      case 'look': {
        const seen = done.find(({ target, terminationId }) => target === 'look' && !this.#isLine(terminationId));
        if (!isWhole) return;
        // Another context has the number by now.
        if (change.joined.isDoubtful && !done.some(({ terminationId }) => this.#isLine(terminationId))) return this.lose();
        this.#place = { ...change.joined, ephemeral: seen ? asAudited(seen) : 'none', isDoubtful: undefined };
        return;
      }
      case 'leave':
      case 'sweep':
        if (isWhole) this.left();
        return;
      case 'locate': {
        const own = done.find(({ terminationId }) => this.#isLine(terminationId));
        if (own !== undefined && this.#place.kind === 'unknown') this.heard(own.contextId);
        return;
      }
      default:
        return change satisfies never;
    }
  }

  /** A message of the gateway says where the line is; `*` says nothing but that it was understood. */
  heard(contextId: ContextId): void {
    const place = this.#place;
    if (place.kind !== 'unknown') return;
    const { callId, foundIn, inVain } = place;
    if (contextId === NULL_CONTEXT) this.left();
    else if (isSpecific(contextId)) this.found({ kind: 'joined', contextId, callId, ephemeral: undefined, foundIn });
    else this.#place = { ...place, inVain: inVain + 1 };
  }

  /** Nobody answered: whether it was done is not known. */
  doubt(change: Change): void {
    switch (change.kind) {
      case 'create':
        return this.found({ kind: 'unknown', callId: change.callId, inVain: 0 });
      case 'complete':
        this.#place = { ...change.joined, ephemeral: undefined };
        return;
      case 'modify':
        // Who still wants it writes it again.
        this.#place = { ...change.joined, ephemeral: { ...change.ephemeral, mode: undefined, remote: undefined } };
        return;
      case 'leave':
        if (change.joined.ephemeral === undefined) this.lose();
        else this.#place = { ...change.joined, isDoubtful: true };
        return;
      case 'look':
      case 'locate':
      case 'sweep':
        return;
      default:
        return change satisfies never;
    }
  }

  #isLine(terminationId: TerminationId): boolean {
    return terminationId.toLowerCase() === this.line.toLowerCase();
  }
}

function isSpecific(contextId: ContextId): boolean {
  return contextId !== NULL_CONTEXT && contextId !== CHOOSE_CONTEXT && contextId !== ALL_CONTEXTS;
}

function asAdded(
  { terminationId, media }: Done,
  { mode, remote }: { readonly mode: StreamMode; readonly remote: string | undefined },
): Ephemeral {
  return { terminationId, mode, remote, local: localIn(media) };
}

function asAudited({ terminationId, media }: Done): Ephemeral {
  const stream = media?.streams[0];
  const remote = stream?.remote?.sdp;
  return { terminationId, mode: stream?.localControl?.mode, remote: remote?.includes('m=') ? remote : undefined, local: localIn(media) };
}

/** What the gateway wrote as mode or Remote in answer to ours may be narrower than ours, and is not compared with it. */
function localIn(media: MediaDescriptor | undefined): string | undefined {
  return localOf(media?.streams[0]?.local?.sdp);
}
