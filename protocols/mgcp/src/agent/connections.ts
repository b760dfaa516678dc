// Connections of an endpoint: how call control's media become a mode, and when a connection is what is wanted (RFC 3435
// §2.3.5, §3.2.2.6).
import { type MediaState, writtenMode } from '@altpath/call-control';
import { sameDescription } from '@altpath/sdp';
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
  return writtenMode(media.mode, media.remote !== undefined, (mode) => refused.has(mode));
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
