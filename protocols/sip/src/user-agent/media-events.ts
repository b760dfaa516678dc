// What a telephone's new description means to a call, and how what call control orders about media reads in SIP.
import type { HalfCallEvent, HalfCallState, MediaState } from '@altpath/call-control';
import { isHeld, isNowhere, sameMedia } from '@altpath/sdp';

/**
 * What is told when a telephone has described itself anew.
 *
 * @param before  What it said last; undefined: not known.
 * @param isOn    Whether it has the other on hold so far.
 */
export function mediaEvents(before: string | undefined, after: string, isOn: boolean): readonly HalfCallEvent[] {
  const events: HalfCallEvent[] = [];
  // The hold of RFC 2543 does not say where the media is: it stays where it was.
  if (!isNowhere(after) && !sameMedia(before, after)) events.push({ kind: 'media', local: after });
  if (isHeld(after) !== isOn) events.push({ kind: isOn ? 'retrieve' : 'hold' });
  return events;
}

/**
 * The mode that a telephone is told. One that holds the other by itself has said so, and is not told it again; one that still waits
 * for an answer gets in a provisional response what its 2xx will say (RFC 6337 §3.1.1), and that is a talk.
 */
export function wantedMode(order: Pick<HalfCallState, 'phase' | 'media'>): MediaState['mode'] {
  return OPEN.has(order.phase) ? 'sendrecv' : (order.media?.mode ?? 'sendrecv');
}

const OPEN: ReadonlySet<HalfCallState['phase']> = new Set(['routing', 'ringback', 'early', 'holding']);
