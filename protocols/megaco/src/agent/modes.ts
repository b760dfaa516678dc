// How call control's media become the mode of an ephemeral termination. The line's own termination always sends and
// receives: what passes between the two is decided by the other one (RFC 3525 §7.1.7).
import { type MediaState, writtenMode } from '@altpath/call-control';
import type { StreamMode } from '../message/index.js';

/**
 * The mode to be written for what call control wants.
 *
 * @param mode     Of the media wanted.
 * @param refused  Modes that the gateway does not have: another that sends no more than they do stands in, if there is one.
 */
export function modeFor(mode: MediaState['mode'], knowsRemote: boolean, refused: ReadonlySet<string>): StreamMode {
  return STREAM_MODES[writtenMode(mode, knowsRemote, (each) => refused.has(STREAM_MODES[each]))];
}

/** The mode in call control's words; what it has no word for sends and receives. */
export function neutralMode(mode: StreamMode | undefined): MediaState['mode'] {
  return mode === 'receive-only' ? 'recvonly' : mode === 'send-only' ? 'sendonly' : mode === 'inactive' ? 'inactive' : 'sendrecv';
}

const STREAM_MODES: Readonly<Record<MediaState['mode'], StreamMode>> = {
  sendrecv: 'send-receive',
  recvonly: 'receive-only',
  sendonly: 'send-only',
  inactive: 'inactive',
};
