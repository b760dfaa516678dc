// The mode of a connection that is written for what call control wants, where a gateway cannot have that: adapters put it into
// their protocol's words.
import type { MediaState } from './half-call.js';

type Mode = MediaState['mode'];

/**
 * @param knowsRemote  The connection knows where to send to.
 * @param isRefused    Whether the gateway does not have a mode: another that sends no more than it stands in, if there is one.
 */
export function writtenMode(mode: Mode, knowsRemote: boolean, isRefused: (mode: Mode) => boolean): Mode {
  const wanted = knowsRemote ? mode : WITHOUT_REMOTE[mode];
  return STAND_INS[wanted].find((each) => !isRefused(each)) ?? wanted;
}

/** Nothing can be sent to a place that is not known (RFC 3435 §2.3.5: return code 527; H.248.8: error 441). */
const WITHOUT_REMOTE: Readonly<Record<Mode, Mode>> = {
  sendrecv: 'recvonly',
  recvonly: 'recvonly',
  sendonly: 'inactive',
  inactive: 'inactive',
};

const STAND_INS: Readonly<Record<Mode, readonly Mode[]>> = {
  sendrecv: ['sendrecv'],
  recvonly: ['recvonly'],
  sendonly: ['sendonly', 'sendrecv'],
  inactive: ['inactive', 'recvonly'],
};
