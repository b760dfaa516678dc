// A bridge in words: for the store, from which another node goes on with it, and for the other nodes, which take it over where
// there is no store. Who wrote it, and when, decides whose it is.
import type { MediaState } from '@altpath/call-control';
import type { Millis } from '@altpath/core';

type Mode = MediaState['mode'];

/** A connection as somebody else knew it. */
export interface KnownConnection {
  readonly connectionId: string;
  /** The gateway's description. */
  readonly local?: string | undefined;
  /** What the gateway was told, and how it was asked to be; undefined where that is not told, or may be another by now. */
  readonly remote?: string | undefined;
  readonly mode?: Mode | undefined;
}

export interface KnownBridge {
  readonly callId: string;
  /** Name of the gateway. */
  readonly gateway: string;
  /** Local name of the endpoint. */
  readonly endpoint: string;
  /** By role, the originating one first. */
  readonly connections: readonly [KnownConnection | undefined, KnownConnection | undefined];
  /** Index of the node whose it is, and when that came to have it: the newest has it. */
  readonly node: number;
  readonly since: Millis;
  /** Its call is over: whoever finds it deletes it. */
  readonly isOver?: true | undefined;
}

/** A bridge, or that there is none of this call any more. */
export type BridgeWord = KnownBridge | { readonly callId: string; readonly since: Millis };

const MODES: readonly Mode[] = ['sendrecv', 'recvonly', 'sendonly', 'inactive'];

/** What a word to other nodes may have at most: with its topic about 1 KB goes into a datagram. */
const MAX_WORD = 900;

/** The whole of it. */
export function writeBridge(bridge: KnownBridge): string {
  return JSON.stringify(bridge);
}

/** For other nodes: without what an `anchor` says anew, and without descriptions where they are too long. Printable ASCII. */
export function writeWord(word: BridgeWord): string {
  if (!('endpoint' in word)) return JSON.stringify(word);
  const [first, second] = word.connections;
  const brief = (isLong: boolean): string =>
    JSON.stringify({
      ...word,
      connections: [first, second].map((each) => each && { connectionId: each.connectionId, ...(isLong && { local: each.local }) }),
    });
  const text = brief(true);
  return text.length <= MAX_WORD && /^[\x20-\x7e]*$/.test(text) ? text : brief(false);
}

/** @returns undefined for what is none. */
export function readWord(text: string): BridgeWord | undefined {
  const value = parse(text);
  if (!isRecord(value)) return undefined;
  const { callId, since, gateway, endpoint, connections, node, isOver } = value;
  if (typeof callId !== 'string' || typeof since !== 'number') return undefined;
  if (endpoint === undefined) return { callId, since };
  if (typeof gateway !== 'string' || typeof endpoint !== 'string' || typeof node !== 'number') return undefined;
  if (!Array.isArray(connections)) return undefined;
  const [first, second] = (connections as readonly unknown[]).map(readConnection);
  return { callId, since, gateway, endpoint, connections: [first, second], node, ...(isOver === true && { isOver }) };
}

function readConnection(value: unknown): KnownConnection | undefined {
  if (!isRecord(value) || typeof value['connectionId'] !== 'string') return undefined;
  const text = (key: string): string | undefined => (typeof value[key] === 'string' ? value[key] : undefined);
  return {
    connectionId: value['connectionId'],
    local: text('local'),
    remote: text('remote'),
    mode: MODES.find((mode) => mode === value['mode']),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whoever wrote it: what is no JSON says nothing.
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
