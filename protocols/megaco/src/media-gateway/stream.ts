// One stream of one termination: what LocalControl, Local and Remote say of it now (RFC 3525 §7.1.6 to §7.1.8). How a
// command changes it is planned in media.ts.
import type { Property, StreamId, StreamMode } from '../message/index.js';

/** LocalControl as it stands: what a new one leaves out has its default (§7.1.7). */
export interface StreamControl {
  readonly mode: StreamMode;
  readonly reserveValue: boolean;
  readonly reserveGroup: boolean;
  readonly properties: readonly Property[];
}

export const DEFAULT_CONTROL: StreamControl = { mode: 'inactive', reserveValue: false, reserveGroup: false, properties: [] };

/** An address that media goes to. */
export interface MediaEnd {
  readonly host: string;
  readonly port: number;
}

/** Unchangeable; a change is a new one. */
export interface StreamState {
  readonly id: StreamId;
  readonly control: StreamControl;
  /** Session descriptions as chosen, several where they are reserved; undefined: never said, `''`: released. */
  readonly local: string | undefined;
  readonly remote: string | undefined;
  /** Where the first remote description sends media; undefined: nowhere yet. */
  readonly remoteEnd: MediaEnd | undefined;
  /** The port that Local's media comes to; ephemeral terminations only. */
  readonly localPort: number | undefined;
}

const SENDING: ReadonlySet<StreamMode> = new Set(['send-only', 'send-receive']);
const RECEIVING: ReadonlySet<StreamMode> = new Set(['receive-only', 'send-receive']);

/** Out of the context, to the exterior (§7.1.7). */
export function sends(mode: StreamMode): boolean {
  return SENDING.has(mode);
}

/** From the exterior, into the context. */
export function receives(mode: StreamMode): boolean {
  return RECEIVING.has(mode);
}

export function modeOf(isSending: boolean, isReceiving: boolean): StreamMode {
  if (isSending) return isReceiving ? 'send-receive' : 'send-only';
  return isReceiving ? 'receive-only' : 'inactive';
}
