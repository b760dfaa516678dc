// Where a line's termination can be. What is undefined is not known.
import type { Phase } from '@altpath/call-control';
import type { ContextId, StreamMode, TerminationId } from '../message/index.js';

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
