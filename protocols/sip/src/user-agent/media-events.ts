// What a telephone's new description means to a call, and how what call control orders about media reads in SIP.
import type { HalfCallState, MediaState } from '@altpath/call-control';
import { isNowhere, sameMedia } from '@altpath/sdp';

/**
 * Whether a telephone that describes itself anew is to be sent to differently from now on. Who has the other on hold is told apart.
 *
 * @param before  What it said last; undefined: not known.
 */
export function isNews(before: string | undefined, after: string): boolean {
  // The hold of RFC 2543 does not say where the media is: it stays where it was.
  return !isNowhere(after) && !sameMedia(before, after);
}

/**
 * The mode that a telephone is told. One that holds the other by itself has said so, and is not told it again; one that still waits
 * for an answer gets in a provisional response what its 2xx will say (RFC 6337 §3.1.1), and that is a talk.
 */
export function wantedMode(order: Pick<HalfCallState, 'phase' | 'media'>): MediaState['mode'] {
  return OPEN.has(order.phase) ? 'sendrecv' : (order.media?.mode ?? 'sendrecv');
}

const OPEN: ReadonlySet<HalfCallState['phase']> = new Set(['routing', 'ringback', 'early', 'holding']);
