// Connections of an endpoint: how call control's media become a mode, and when a session description says the same as
// another although a gateway has written it anew (RFC 3435 §2.3.5, §3.2.2.6).
import type { MediaState } from '@altpath/call-control';
import type { ConnectionMode } from '../message/connection-options.js';

/** A connection that is there. What is undefined is not known. */
export interface Connection {
  readonly callId: string | undefined;
  readonly connectionId: string;
  readonly mode: ConnectionMode | undefined;
  /** The far side's description, as we gave it or as an audit gave it back. */
  readonly remote: string | undefined;
  readonly local: string | undefined;
}

/**
 * The mode to be written for what call control wants.
 *
 * @param refused  Modes that the gateway does not have: another that sends no more than they do stands in, if there is one.
 */
export function modeFor(media: MediaState, refused: ReadonlySet<string>): ConnectionMode {
  const wanted = media.remote === undefined ? WITHOUT_REMOTE[media.mode] : media.mode;
  return STAND_INS[wanted].find((mode) => !refused.has(mode)) ?? wanted;
}

/** The mode in call control's words; what it has no word for sends and receives. */
export function neutralMode(mode: ConnectionMode | undefined): MediaState['mode'] {
  return mode === 'recvonly' || mode === 'sendonly' || mode === 'inactive' ? mode : 'sendrecv';
}

/** Whether the connection is what call control wants. */
export function fits(connection: Connection, media: MediaState, refused: ReadonlySet<string>): boolean {
  return connection.mode === modeFor(media, refused) && (media.remote === undefined || sameDescription(connection.remote, media.remote));
}

/** Identifiers of calls and connections are compared without case, as gateways may write them anew. */
export function sameCallId(a: string | undefined, b: string | undefined): boolean {
  return a?.toLowerCase() === b?.toLowerCase();
}

/** Whether two descriptions name the same media at the same place. Their origin, name and times may differ, and line ends. */
export function sameDescription(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a === b || essence(a) === essence(b);
}

/** §2.3.5: a connection that does not know where to send to cannot be told to send (527). */
const WITHOUT_REMOTE: Readonly<Record<MediaState['mode'], MediaState['mode']>> = {
  sendrecv: 'recvonly',
  recvonly: 'recvonly',
  sendonly: 'inactive',
  inactive: 'inactive',
};

const STAND_INS: Readonly<Record<MediaState['mode'], readonly MediaState['mode'][]>> = {
  sendrecv: ['sendrecv'],
  recvonly: ['recvonly'],
  sendonly: ['sendonly', 'sendrecv'],
  inactive: ['inactive', 'recvonly'],
};

function essence(description: string): string {
  return description
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[vost]=/.test(line))
    .sort()
    .join('\n');
}
