// What nodes say to each other beside SIP, in one datagram: the byte 0xC1 (no SIP message starts so), a body in plain
// text, and a signature. Two sorts: `beat` (I live, and how) and `told` (a topic and a content, fire and forget).
//
//   0xC1 beat NODE BOOT SEQUENCE TIME STATE SYNCED LF KEY SP MAC
//   0xC1 told NODE BOOT SEQUENCE TIME TOPIC LF CONTENT LF KEY SP MAC
//
// NODE is the position in the configuration, TIME epoch milliseconds in base 36, SYNCED boot ids with commas or `-`.
import type { Millis, NodeState, Signer } from '@altpath/core';

/** The first byte of every datagram of this kind: how a listener tells it from signaling. */
export const CLUSTER_BYTE = 0xc1;
/** A told datagram is at most this long: it must pass any path unfragmented. */
export const MAX_DATAGRAM_BYTES = 1200;

/** The states that a node says of itself. */
export type OwnState = Extract<NodeState, 'up' | 'joining' | 'draining'>;

/** Who speaks, and where in its life: `boot` is new with every start, `sequence` grows by one with every datagram. */
export interface Origin {
  readonly node: number;
  readonly boot: string;
  readonly sequence: number;
  readonly time: Millis;
}

export type ClusterDatagram =
  | { readonly kind: 'beat'; readonly origin: Origin; readonly state: OwnState; readonly synced: readonly string[] }
  | { readonly kind: 'told'; readonly origin: Origin; readonly topic: string; readonly content: string };

export type DatagramVerdict =
  { readonly ok: true; readonly datagram: ClusterDatagram } | { readonly ok: false; readonly reason: 'malformed' | 'signature' };

const BEAT = /^beat (\d{1,2}) ([\w-]{1,32}) ([0-9a-z]{1,11}) ([0-9a-z]{1,11}) (up|joining|draining) (-|[\w,-]{1,560})$/;
const TOLD = /^told (\d{1,2}) ([\w-]{1,32}) ([0-9a-z]{1,11}) ([0-9a-z]{1,11}) ([!-~]{1,32})\n([^]*)$/;

/** Writes and signs a datagram. Texts are latin1; `boot` is 1 to 32 word characters, `topic` 1 to 32 printable ones without blanks. */
export function writeDatagram(datagram: ClusterDatagram, signer: Signer): Buffer {
  const { node, boot, sequence, time } = datagram.origin;
  const head = `${datagram.kind} ${node} ${boot} ${sequence.toString(36)} ${Math.floor(time).toString(36)}`;
  const tail =
    datagram.kind === 'beat' ? ` ${datagram.state} ${datagram.synced.join(',') || '-'}` : ` ${datagram.topic}\n${datagram.content}`;
  const { keyId, mac } = signer.sign('cluster', head + tail);
  return Buffer.from(`\u00c1${head}${tail}\n${keyId} ${mac}`, 'latin1');
}

/** Checks the signature first: nothing of an unsigned datagram is believed or even looked at. */
export function readDatagram(bytes: Buffer, signer: Signer): DatagramVerdict {
  const text = bytes.toString('latin1', 1);
  const line = text.lastIndexOf('\n');
  const space = text.indexOf(' ', line);
  if (bytes[0] !== CLUSTER_BYTE || bytes.length > MAX_DATAGRAM_BYTES || line < 0 || space < 0) return { ok: false, reason: 'malformed' };
  const body = text.slice(0, line);
  if (!signer.verify('cluster', body, text.slice(line + 1, space), text.slice(space + 1))) return { ok: false, reason: 'signature' };
  const datagram = readBeat(body) ?? readTold(body);
  return datagram ? { ok: true, datagram } : { ok: false, reason: 'malformed' };
}

function readBeat(body: string): ClusterDatagram | undefined {
  const [, node, boot, sequence, time, state, synced] = BEAT.exec(body) ?? [];
  if (node === undefined || boot === undefined || sequence === undefined || time === undefined || synced === undefined) return undefined;
  return {
    kind: 'beat',
    origin: readOrigin(node, boot, sequence, time),
    state: state as OwnState,
    synced: synced === '-' ? [] : synced.split(','),
  };
}

function readTold(body: string): ClusterDatagram | undefined {
  const [, node, boot, sequence, time, topic, content] = TOLD.exec(body) ?? [];
  if (node === undefined || boot === undefined || sequence === undefined || time === undefined) return undefined;
  return { kind: 'told', origin: readOrigin(node, boot, sequence, time), topic: topic ?? '', content: content ?? '' };
}

function readOrigin(node: string, boot: string, sequence: string, time: string): Origin {
  return { node: Number(node), boot, sequence: Number.parseInt(sequence, 36), time: Number.parseInt(time, 36) };
}
