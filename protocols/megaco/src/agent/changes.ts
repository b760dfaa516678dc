// Which change brings a termination nearer to what call control wants: join a context, change what the ephemeral
// termination does, leave, or first find out where it is. Nothing is remembered and nothing is written here.
import { type HalfCallState, meansSameCall, type MediaState, type Phase } from '@altpath/call-control';
import { sameDescription } from '@altpath/sdp';
import type { StreamMode } from '../message/index.js';
import { type Ephemeral, type Joined, mayKnowRemote, type Place } from './place.js';
import type { GatewayFacts } from './line-facts.js';
import { modeFor } from './modes.js';

/** What an ephemeral termination is told. */
export interface MediaChange {
  readonly mode: StreamMode;
  /** The far side's description where it is news. */
  readonly remote: string | undefined;
}

export type Change =
  /** Join a new context together with a new ephemeral termination. */
  | ({ readonly kind: 'create'; readonly callId: string } & MediaChange)
  /** Add the ephemeral termination that is missing in the context. */
  | ({ readonly kind: 'complete'; readonly joined: Joined } & MediaChange)
  | ({ readonly kind: 'modify'; readonly joined: Joined; readonly ephemeral: Ephemeral; readonly asksLocal: boolean } & MediaChange)
  /** Ask what else is in the context. */
  | { readonly kind: 'look'; readonly joined: Joined }
  | { readonly kind: 'leave'; readonly joined: Joined }
  /** Ask where the termination is. */
  | { readonly kind: 'locate' }
  /** It does not say: take it out of whatever context it is in. */
  | { readonly kind: 'sweep' };

/** Requests to tell where it is, before it is taken out unseen. */
const LOCATIONS = 4;

/** The media that a state has; without a call there are none. */
export function mediaOf(goal: HalfCallState): MediaState | undefined {
  return goal.callId === undefined ? undefined : goal.media;
}

/** The gateway refuses a mode. @returns whether another is left that does for what is wanted. */
export function hasOtherMode(mode: StreamMode, goal: HalfCallState | undefined, { refusedModes }: GatewayFacts): boolean {
  const media = goal && mediaOf(goal);
  if (media === undefined) return false;
  refusedModes.add(mode);
  return !refusedModes.has(modeFor(media.mode, media.remote !== undefined, refusedModes));
}

/** What must be done about context and media, or undefined when both are what the state wants. */
export function changeFor(goal: HalfCallState, place: Place, facts: GatewayFacts): Change | undefined {
  const media = mediaOf(goal);
  switch (place.kind) {
    case 'unknown':
      return { kind: place.inVain < LOCATIONS ? 'locate' : 'sweep' };
    case 'null':
      if (media === undefined || goal.callId === undefined) return undefined;
      return {
        kind: 'create',
        callId: goal.callId,
        mode: modeFor(media.mode, media.remote !== undefined, facts.refusedModes),
        remote: media.remote,
      };
    case 'joined':
      if (media === undefined || place.callId === undefined || !meansSameCall(place.callId, goal.callId))
        return { kind: 'leave', joined: place };
      return changeWithin(goal.phase, media, place, facts);
    default:
      return place satisfies never;
  }
}

function changeWithin(phase: Phase, media: MediaState, joined: Joined, facts: GatewayFacts): Change | undefined {
  const { ephemeral } = joined;
  // What was to be left and is wanted after all may have been left in part.
  if (ephemeral === undefined || joined.isDoubtful) return { kind: 'look', joined };
  const { remote: told } = media;
  if (ephemeral === 'none')
    return { kind: 'complete', joined, mode: modeFor(media.mode, told !== undefined, facts.refusedModes), remote: told };
  const mode = modeWithin(phase, media, joined, facts);
  const remote = told === undefined || sameDescription(ephemeral.remote, told) ? undefined : told;
  const asksLocal = wantsLocal(joined, ephemeral);
  if (ephemeral.mode === mode && remote === undefined && !asksLocal) return undefined;
  return { kind: 'modify', joined, ephemeral, mode, remote, asksLocal };
}

/**
 * After a takeover call control may not know where the far side is although the gateway does: then it asks a line that
 * talks, or rings and may be answered, to listen only. That must not silence anybody.
 */
function modeWithin(phase: Phase, media: MediaState, joined: Joined, facts: GatewayFacts): StreamMode {
  const knowsRemote = media.remote !== undefined || mayKnowRemote(joined);
  const isBothWays = phase === 'talking' || phase === 'knocking' || phase === 'ringing';
  const isUninformed = media.remote === undefined && media.mode === 'recvonly' && isBothWays && knowsRemote;
  return modeFor(isUninformed ? 'sendrecv' : media.mode, knowsRemote, facts.refusedModes);
}

/** The far side will need it, and nobody has told it. Where both talked already, the far side has it. */
function wantsLocal({ foundIn }: Joined, { local, isAsked }: Ephemeral): boolean {
  const hasTalked = foundIn === 'talking' || foundIn === 'knocking' || foundIn === 'holding' || foundIn === 'held';
  return local === undefined && isAsked !== true && !hasTalked;
}
