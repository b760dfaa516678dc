// Where a line's termination is: in the null context, in one with the ephemeral termination that carries its media, or
// nobody here knows where. What is undefined is not known.
import type { Phase } from '@altpath/call-control';
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
import type { Done } from './steps.js';

/** The termination that carries the media of a call. */
export interface Ephemeral {
  readonly terminationId: TerminationId;
  readonly mode: StreamMode | undefined;
  /** The far side's description, as call control gave it or as an audit gave it back. */
  readonly remote: string | undefined;
  /** Its own, whole. */
  readonly local: string | undefined;
  /** It has been asked once for the local description that it did not tell. */
  readonly isAsked?: boolean | undefined;
}

/** The line is in this context. */
export interface Joined {
  readonly kind: 'joined';
  readonly contextId: ContextId;
  /** The call that it is for; undefined: of none that this node knows. */
  readonly callId: string | undefined;
  /** `none`: the line is alone. */
  readonly ephemeral: Ephemeral | 'none' | undefined;
  /** Phase in which a takeover found it: the gateway may know more of the far side than call control does. */
  readonly foundIn?: Phase | undefined;
  /** It was to be left, and nobody answered: its number may stand for another context by now. */
  readonly isDoubtful?: boolean | undefined;
}

/** It may be in a context. */
export interface Unknown {
  readonly kind: 'unknown';
  /** Then in one for this call. */
  readonly callId?: string | undefined;
  /** As with `Joined`. */
  readonly foundIn?: Phase | undefined;
  /** How often it has been asked where it is. */
  readonly inVain: number;
}

export type Place = { readonly kind: 'null' } | Joined | Unknown;

export const NULL_PLACE: Place = { kind: 'null' };

/** The gateway knows where the far side is, whatever this node knows of it. Only a caller who waits has nobody yet. */
export function mayKnowRemote({ foundIn, ephemeral }: Joined): boolean {
  if (ephemeral !== undefined && ephemeral !== 'none' && ephemeral.remote !== undefined) return true;
  return foundIn !== undefined && foundIn !== 'routing';
}

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
        if (isWhole) this.#place = { ...change.joined, ephemeral: seen ? asAudited(seen) : 'none' };
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
