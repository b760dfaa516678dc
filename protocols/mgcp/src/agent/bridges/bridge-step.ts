// Which command brings a bridge nearer to what call control wants, and how it is written (RFC 3435 §2.3.5 to §2.3.9). Nothing is
// remembered here.
import { type AnchorSides, type BackOff, type MediaState, writtenMode } from '@altpath/call-control';
import { type AudioCodec, sameDescription } from '@altpath/sdp';
import type { EndpointName } from '../../message/endpoint-name.js';
import type { CommandDraft } from '../../message/message.js';
import type { BridgeGateway } from './bridge-gateway.js';
import { type CallMedia, otherSide, type Pair, type Side, SIDES } from './call-media.js';

export type Mode = MediaState['mode'];

/** A connection as the gateway has it; what is undefined is not known. */
export interface BridgeConnection {
  readonly connectionId: string;
  readonly mode: Mode | undefined;
  readonly remote: string | undefined;
  readonly local: string | undefined;
  /** Of its options, which count where it was made without a telephone's description. */
  readonly codec: string | undefined;
  /** Whether it is still there shall be seen: it is written again. */
  readonly doubted: boolean;
}

/** A connection of the call that must go, or all of them on that endpoint. None is forgotten before the gateway says that it is gone. */
export interface Leftover {
  readonly endpoint: EndpointName;
  readonly connectionId: string | undefined;
  readonly backOff: BackOff;
}

/** A connection is made, or changed. */
export interface Writing {
  readonly kind: 'create' | 'modify';
  readonly side: Side;
  readonly mode: Mode;
  readonly remote: string | undefined;
  readonly codec: string;
}

export type Step =
  | Writing
  | { readonly kind: 'delete'; readonly side: Side; readonly connection: BridgeConnection }
  | { readonly kind: 'sweep'; readonly leftover: Leftover };

/** A bridge as far as its next step depends on it. */
export interface BridgeView {
  readonly wanted: AnchorSides;
  readonly connections: Readonly<Pair<BridgeConnection>>;
  readonly media: CallMedia;
  readonly ground: BridgeGateway;
}

/** @returns undefined: it is what is wanted; `incompatible`: its telephones cannot be bridged. */
export function dueStep(view: BridgeView): Step | 'incompatible' | undefined {
  const { wanted, connections, media } = view;
  for (const side of SIDES) {
    const connection = connections[side];
    if (connection && !wanted[side]) return { kind: 'delete', side, connection };
  }
  if (!wanted.some(Boolean)) return undefined;
  const { codec } = media;
  if (!codec) return 'incompatible';
  const written = (kind: Writing['kind'], side: Side): Writing => writingOf(view, codec, kind, side);
  // Whose telephone is known is served first: a gateway that reads no options takes the codec from there.
  const order = SIDES.toSorted((a, b) => Number(media.isKnown(b)) - Number(media.isKnown(a)));
  const missing = order.find((side) => wanted[side] && !connections[side]);
  if (missing !== undefined) return written('create', missing);
  return SIDES.map((side) => written('modify', side)).find((step) => wanted[step.side] && !isDone(step, connections[step.side]));
}

/** The gateway has the connection of a side as it is wanted, for all that is known. */
export function isSettled(view: BridgeView, side: Side): boolean {
  const { codec } = view.media;
  return codec !== undefined && isDone(writingOf(view, codec, 'modify', side), view.connections[side]);
}

function writingOf(view: BridgeView, codec: AudioCodec, kind: Writing['kind'], side: Side): Writing {
  const { wanted, ground } = view;
  const remote = remoteOf(view, side);
  const mode = wanted[side]?.mode ?? 'inactive';
  // Whom nobody hears yet may speak: so one command makes an answered call whole, and no node can end between two.
  const isUnheard = mode === 'sendonly' && remoteOf(view, otherSide(side)) === undefined;
  return { kind, side, remote, codec: codec.name, mode: modeFor(isUnheard ? 'sendrecv' : mode, remote, ground) };
}

function remoteOf({ connections, media }: BridgeView, side: Side): string | undefined {
  return media.remoteOf(side) ?? connections[side]?.remote;
}

/** The mode that is written: nothing can be sent to a place that is not known (RFC 3435 §2.3.5, return code 527). */
export function modeFor(mode: Mode, remote: string | undefined, { refusedModes }: BridgeGateway): Mode {
  return writtenMode(mode, remote !== undefined, (each) => refusedModes.has(each));
}

/** The gateway has the connection as the step would write it. */
function isDone({ remote, mode, codec }: Writing, connection: BridgeConnection | undefined): boolean {
  if (!connection || connection.doubted) return false;
  // Of a connection that somebody else made, and of a telephone that nobody has told of, nothing better is known.
  if (remote === undefined && connection.mode === undefined) return true;
  const isCodec = remote !== undefined || connection.codec === undefined || connection.codec === codec;
  return isCodec && connection.mode === mode && sameDescription(connection.remote, remote);
}

/** @param at  The endpoint, and the connection of the step's side, where they are there. */
export function draftOf(
  step: Step,
  callId: string,
  at: { readonly endpoint: EndpointName; readonly connection: BridgeConnection | undefined },
  ground: BridgeGateway,
): CommandDraft {
  const { endpoint, connection } = at;
  if (step.kind === 'sweep') {
    const { connectionId } = step.leftover;
    return { verb: 'DLCX', endpoint: step.leftover.endpoint, parameters: { callId, ...(connectionId !== undefined && { connectionId }) } };
  }
  if (step.kind === 'delete') return { verb: 'DLCX', endpoint, parameters: { callId, connectionId: step.connection.connectionId } };
  const { mode, remote, codec } = step;
  const { packetMs } = ground.gateway.facts;
  // One codec and no list: osmo-mgw takes a list for a name. Where a telephone is known its description says it.
  const options = { localConnectionOptions: { packetizationMs: { min: packetMs, max: packetMs }, codecs: [codec] } };
  // What the gateway knows already is told again: without it osmo-mgw falls back to the codec of its options.
  const description = remote !== undefined && { descriptions: [remote] };
  if (step.kind === 'create') return { verb: 'CRCX', endpoint, parameters: { callId, ...options, mode }, ...description };
  const isOther = remote === undefined && connection?.codec !== codec;
  return {
    verb: 'MDCX',
    endpoint,
    parameters: { callId, connectionId: connection?.connectionId, ...(isOther && options), mode },
    ...description,
  };
}
