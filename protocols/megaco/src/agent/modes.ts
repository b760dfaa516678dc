// How call control's media become the mode of an ephemeral termination. The line's own termination always sends and
// receives: what passes between the two is decided by the other one (RFC 3525 §7.1.7).
import type { MediaState } from '@altpath/call-control';
import type { StreamMode } from '../message/index.js';

/**
 * The mode to be written for what call control wants.
 *
 * @param mode     Of the media wanted.
 * @param refused  Modes that the gateway does not have: another that sends no more than they do stands in, if there is one.
 */
export function modeFor(mode: MediaState['mode'], knowsRemote: boolean, refused: ReadonlySet<string>): StreamMode {
  const wanted = knowsRemote ? mode : WITHOUT_REMOTE[mode];
  return STAND_INS[wanted].find((each) => !refused.has(each)) ?? STREAM_MODES[wanted];
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

/** Nothing can be sent to a place that is not known (441). */
const WITHOUT_REMOTE: Readonly<Record<MediaState['mode'], MediaState['mode']>> = {
  sendrecv: 'recvonly',
  recvonly: 'recvonly',
  sendonly: 'inactive',
  inactive: 'inactive',
};

const STAND_INS: Readonly<Record<MediaState['mode'], readonly StreamMode[]>> = {
  sendrecv: ['send-receive'],
  recvonly: ['receive-only'],
  sendonly: ['send-only', 'send-receive'],
  inactive: ['inactive', 'receive-only'],
};
